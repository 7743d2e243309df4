//! Working days, and how many of them the two sides have for what they owe each other.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use entity::Timestamp;
use entity::claim::{self, ClaimStatus};

/// Which days are worked: Monday to Friday in the districts' time zone, but for holidays (节假日) and make-up days (调休).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The days that are not what their weekday says, and whether each is worked.
    exceptions: BTreeMap<NaiveDate, bool>,
}

impl Calendar {
    /// Reads a table of days that are not what their weekday says: CSV with the head `date,kind`, dates as YYYY-MM-DD, kinds
    /// `holiday` and `workday`.
    ///
    /// # Errors
    /// What is wrong with it, and in which line. A day that stands there twice is wrong: nobody can tell which line is meant.
    pub fn read(table: &str) -> Result<Self, String> {
        let mut calendar = Self::default();
        let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(table.as_bytes());
        let head = rows.headers().map_err(|error| error.to_string())?;
        if head.iter().collect::<Vec<_>>() != ["date", "kind"] {
            return Err("line 1: the head is not date,kind".into());
        }
        for (line, row) in (2..).zip(rows.records()) {
            let row = row.map_err(|error| format!("line {line}: {error}"))?;
            let (day, kind) = (row.get(0).unwrap_or_default(), row.get(1).unwrap_or_default());
            let day: NaiveDate = day.parse().map_err(|_| format!("line {line}: {day:?} is no date like 2026-10-01"))?;
            if calendar.exceptions.contains_key(&day) {
                return Err(format!("line {line}: {day} stands in an earlier line, too"));
            }
            let is_worked = match kind {
                "holiday" => false,
                "workday" => true,
                _ => return Err(format!("line {line}: {kind:?} is neither holiday nor workday")),
            };
            calendar.exceptions.insert(day, is_worked);
        }
        Ok(calendar)
    }

    /// The years from this one on, as far as a date that is reckoned now may lie, of which the table has no day: their holidays would
    /// count as worked.
    #[must_use]
    pub fn years_without_days(&self, today: NaiveDate, ahead: u64) -> Vec<i32> {
        let last = today.checked_add_days(Days::new(ahead)).unwrap_or(today).year();
        let has = |year: &i32| self.exceptions.keys().any(|day| day.year() == *year);
        (today.year()..=last).filter(|year| !has(year)).collect()
    }

    /// Whether the day is worked.
    #[must_use]
    pub fn is_worked(&self, day: NaiveDate) -> bool {
        let is_weekday = !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        self.exceptions.get(&day).copied().unwrap_or(is_weekday)
    }

    /// The end of the working day that is `days` working days after the day of `start`: a claim proposed on Monday with
    /// 5 days to answer is due when the next Monday ends.
    #[must_use]
    pub fn due(&self, start: Timestamp, days: u32) -> Timestamp {
        let mut day = start.day();
        let mut left = days;
        while left > 0 {
            let Some(next) = day.checked_add_days(Days::new(1)) else { break };
            day = next;
            if self.is_worked(day) {
                left -= 1;
            }
        }
        day.checked_add_days(Days::new(1)).map_or(start, Timestamp::start_of)
    }
}

/// How long each side has, which differs from place to place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Working days to answer a proposal; then it expires.
    pub days_to_answer: u32,
    /// Working days to deliver what was accepted, where neither side named a date.
    pub days_to_deliver: u32,
    /// Working days to confirm a delivery; then the clock does. None: it waits for ever.
    pub days_to_confirm: Option<u32>,
    /// Working days in which a confirmed delivery can be corrected, and a rating taken back.
    pub days_to_correct: u32,
    /// Which days are worked.
    pub calendar: Calendar,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            days_to_answer: 5,
            days_to_deliver: 20,
            days_to_confirm: Some(10),
            days_to_correct: 10,
            calendar: Calendar::default(),
        }
    }
}

impl Rules {
    /// When the step is due that a claim awaits: the answer; the delivery, by the date that was named for it, else by the end of the
    /// work, else by the end of the item's window, else so many working days after it was accepted; the confirmation. None where
    /// nothing is awaited, or the confirmation has no end.
    #[must_use]
    pub fn due(&self, claim: &claim::Model) -> Option<Timestamp> {
        let after = |moment: Option<Timestamp>, days| self.calendar.due(moment.unwrap_or(claim.created_at), days);
        match claim.status {
            ClaimStatus::Proposed => Some(after(None, self.days_to_answer)),
            ClaimStatus::Accepted | ClaimStatus::InProgress => {
                let named = claim.deliver_by.or(claim.ends_at).or(claim.promised_until);
                named.or_else(|| Some(after(claim.accepted_at, self.days_to_deliver)))
            }
            ClaimStatus::Delivered => self.days_to_confirm.map(|days| after(claim.delivered_at, days)),
            _ => None,
        }
    }

    /// Until when what was done at this moment can be corrected.
    #[must_use]
    pub fn correctable_until(&self, done: Timestamp) -> Timestamp {
        self.calendar.due(done, self.days_to_correct)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(calendar: &Calendar, start: &str, days: u32) -> Option<String> {
        Timestamp::parse(start).map(|start| calendar.due(start, days).to_string())
    }

    #[test]
    fn weekends_do_not_count() {
        let plain = Calendar::default();
        // 2026-03-02 is a Monday; the fifth working day after it is the next Monday.
        assert_eq!(due(&plain, "2026-03-02T10:00:00+08:00", 5).as_deref(), Some("2026-03-09T16:00:00Z"));
        assert_eq!(due(&plain, "2026-03-06T23:59:00+08:00", 1).as_deref(), Some("2026-03-09T16:00:00Z"));
        assert_eq!(due(&plain, "2026-03-07T10:00:00+08:00", 1).as_deref(), Some("2026-03-09T16:00:00Z"));
    }

    #[test]
    fn holidays_do_not_count_and_make_up_days_do() {
        let table = "date,kind\n2026-10-01,holiday\n2026-10-02,holiday\n2026-10-10,workday\n";
        let calendar = Calendar::read(table).unwrap_or_default();
        // From Wednesday: Thursday and Friday are holidays, so Monday is the first.
        assert_eq!(due(&calendar, "2026-09-30T10:00:00+08:00", 1).as_deref(), Some("2026-10-05T16:00:00Z"));
        // From Friday: Saturday the 10th is worked.
        assert_eq!(due(&calendar, "2026-10-09T10:00:00+08:00", 1).as_deref(), Some("2026-10-10T16:00:00Z"));
    }

    #[test]
    fn a_year_of_which_the_table_has_no_day_is_told() {
        let calendar = Calendar::read("date,kind\n2026-10-01,holiday\n").unwrap_or_default();
        let years = |day: &str| day.parse().map(|day| calendar.years_without_days(day, 60)).unwrap_or_default();
        assert_eq!(years("2026-10-01"), [0_i32; 0]);
        assert_eq!(years("2026-11-15"), [2027]);
        assert_eq!(years("2025-12-31"), [2025]);
        assert_eq!(years("2027-12-15"), [2027, 2028]);
    }

    #[test]
    fn a_bad_table_names_its_line() {
        let fault = |table: &str| Calendar::read(table).err();
        assert_eq!(fault("day,kind\n").as_deref(), Some("line 1: the head is not date,kind"));
        assert_eq!(
            fault("date,kind\n2026-10-01,holiday\n1 Oct,holiday\n").as_deref(),
            Some("line 3: \"1 Oct\" is no date like 2026-10-01")
        );
        assert_eq!(
            fault("date,kind\n2026-10-01,rest\n").as_deref(),
            Some("line 2: \"rest\" is neither holiday nor workday")
        );
        let (once, again) = ("date,kind\n2026-10-10,workday\n", "date,kind\n2026-10-10,workday\n2026-10-10,holiday\n");
        assert!(Calendar::read(once).is_ok());
        assert_eq!(fault(again).as_deref(), Some("line 3: 2026-10-10 stands in an earlier line, too"));
    }
}
