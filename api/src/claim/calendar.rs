//! Working days: Monday to Friday in the districts' time zone.

use chrono::{Datelike, Days, Weekday};
use entity::Timestamp;

/// The end of the working day that is `days` working days after the day of `start`: a claim proposed on Monday with
/// 5 days to answer is due when the next Monday ends.
#[must_use]
pub fn due(start: Timestamp, days: u32) -> Timestamp {
    let mut day = start.day();
    let mut left = days;
    while left > 0 {
        let Some(next) = day.checked_add_days(Days::new(1)) else { break };
        day = next;
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    day.checked_add_days(Days::new(1)).map_or(start, Timestamp::start_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekends_do_not_count() {
        let text = |start: &str, days| Timestamp::parse(start).map(|start| due(start, days).to_string());
        // 2026-03-02 is a Monday; the fifth working day after it is the next Monday.
        assert_eq!(text("2026-03-02T10:00:00+08:00", 5).as_deref(), Some("2026-03-09T16:00:00Z"));
        assert_eq!(text("2026-03-06T23:59:00+08:00", 1).as_deref(), Some("2026-03-09T16:00:00Z"));
        assert_eq!(text("2026-03-07T10:00:00+08:00", 1).as_deref(), Some("2026-03-09T16:00:00Z"));
    }
}
