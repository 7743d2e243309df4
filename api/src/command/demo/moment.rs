//! Moments on an even clock, and the waking hours onto which they fall.

use chrono::NaiveDate;
use entity::Timestamp;

use crate::feature::claim::calendar::Calendar;

pub(super) const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// A moment on a clock that runs day and night.
///
/// Chance spreads things over whole days; people act between 8 and 20. So each day is squeezed into its waking hours
/// when a moment becomes a timestamp, which keeps the order and the day of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(i64);

impl Moment {
    pub(super) fn start_of(day: NaiveDate) -> Self {
        Self(Timestamp::start_of(day).milliseconds())
    }

    pub(super) const fn plus(self, milliseconds: i64) -> Self {
        Self(self.0 + milliseconds)
    }

    pub(super) const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    pub(super) fn day(self) -> NaiveDate {
        Timestamp(self.0).day()
    }

    /// The same moment, for what the clock itself does.
    pub(super) const fn exact(self) -> Timestamp {
        Timestamp(self.0)
    }

    /// The moment in its day's waking hours.
    pub(super) fn stamp(self) -> Timestamp {
        let midnight = Timestamp::start_of(self.day());
        midnight.plus(8 * HOUR + (self.0 - midnight.milliseconds()) / 2)
    }
}

/// The midnight that follows `days` working days after the day of `start`, as the clock of claims counts them.
pub(super) fn due(start: Timestamp, days: u32) -> Moment {
    Moment(Calendar::default().due(start, days).milliseconds())
}

/// The earliest moment whose `days` working days to answer are not over a day after `now`.
pub(super) fn earliest_open(now: Moment, days: u32) -> Moment {
    let mut open = now;
    while due(open.plus(-DAY).stamp(), days) > now.plus(DAY) {
        open = open.plus(-DAY);
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    fn midnight(year: i32, month: u32, day: u32) -> Moment {
        Moment::start_of(NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default())
    }

    #[test]
    fn a_day_keeps_its_order_and_its_waking_hours() {
        let start = midnight(2026, 3, 1);
        let text = |moment: Moment| moment.stamp().to_string();
        assert_eq!(text(start), "2026-03-01T00:00:00Z");
        assert_eq!(text(start.plus(12 * HOUR)), "2026-03-01T06:00:00Z");
        assert_eq!(text(start.plus(DAY - 2)), "2026-03-01T11:59:59.999Z");
        assert_eq!(text(start.plus(DAY)), "2026-03-02T00:00:00Z");
    }

    #[test]
    fn what_is_open_stays_open_for_a_day() {
        // 2026-03-02 is a Monday: from the Tuesday before, five working days last until the end of Tuesday.
        let now = midnight(2026, 3, 2);
        assert_eq!(earliest_open(now, 5), midnight(2026, 2, 24));
        assert_eq!(due(midnight(2026, 2, 24).stamp(), 5), midnight(2026, 3, 4));
    }
}
