//! The clock: the only place that knows what time it is.

use entity::Timestamp;

/// Tells the time. A test stops it.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's.
    System,
    /// Stopped.
    Stopped(Timestamp),
}

impl Clock {
    /// The moment now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else asks")]
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Stopped(moment) => moment,
        }
    }
}
