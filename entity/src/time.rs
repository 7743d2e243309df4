//! Time: one representation on every database, so that both sort and compare it alike.

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, Utc};
use sea_orm::DeriveValueType;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, DeriveValueType)]
pub struct Timestamp(pub i64);

const HOURS: i32 = 3_600;

impl Timestamp {
    /// The moment now, by the machine's clock.
    #[must_use]
    pub fn now() -> Self {
        Self(Utc::now().timestamp_millis())
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// `milliseconds` later; earlier where negative.
    #[must_use]
    pub const fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// RFC 3339, any offset. `None` where the text is no such moment, or lies outside the years 1 to 9999.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let moment = DateTime::parse_from_rfc3339(text).ok()?;
        let timestamp = Self(moment.timestamp_millis());
        timestamp.utc().map(|_| timestamp)
    }

    /// The first moment of a day in the districts' time zone (Asia/Shanghai, which has kept UTC+8 since 1991).
    #[must_use]
    pub fn start_of(day: NaiveDate) -> Self {
        Self(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()).plus(i64::from(-8 * HOURS) * 1_000)
    }

    /// The day in the districts' time zone.
    #[must_use]
    pub fn day(self) -> NaiveDate {
        let shanghai = FixedOffset::east_opt(8 * HOURS);
        let utc = self.utc().unwrap_or_default();
        shanghai.map_or_else(|| utc.date_naive(), |offset| utc.with_timezone(&offset).date_naive())
    }

    fn utc(self) -> Option<DateTime<Utc>> {
        use chrono::Datelike;
        DateTime::from_timestamp_millis(self.0).filter(|moment| (1..=9999).contains(&moment.year()))
    }
}

/// RFC 3339 in UTC; milliseconds only where there are any.
impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.utc().unwrap_or_default().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_offset_comes_in_and_utc_goes_out() {
        let text = |text| Timestamp::parse(text).map(|moment| moment.to_string());
        assert_eq!(text("2026-03-01T08:30:00+08:00").as_deref(), Some("2026-03-01T00:30:00Z"));
        assert_eq!(text("2026-03-01T00:30:00.250Z").as_deref(), Some("2026-03-01T00:30:00.250Z"));
        assert_eq!(text("2026-03-01"), None);
        assert_eq!(text("2026-02-30T00:00:00Z"), None);
    }

    #[test]
    fn a_day_starts_at_midnight_in_shanghai() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap_or_default();
        assert_eq!(Timestamp::start_of(day).to_string(), "2026-02-28T16:00:00Z");
        assert_eq!(Timestamp::start_of(day).day(), day);
        assert_eq!(Timestamp::start_of(day).plus(-1).day(), day.pred_opt().unwrap_or_default());
    }
}
