//! The clock: the only place that knows what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use entity::Timestamp;

/// Tells the time. A test stops it, and moves it by hand.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's.
    System,
    /// Stopped at a moment, in milliseconds since 1970.
    Stopped(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still.
    #[must_use]
    pub fn stopped(at: Timestamp) -> Self {
        Self::Stopped(Arc::new(AtomicI64::new(at.milliseconds())))
    }

    /// The moment now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else asks")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Stopped(moment) => Timestamp(moment.load(Relaxed)),
        }
    }

    /// Moves a stopped clock, and all its copies, on by so many milliseconds. The machine's clock is left alone.
    pub fn advance(&self, milliseconds: i64) {
        if let Self::Stopped(moment) = self {
            moment.fetch_add(milliseconds, Relaxed);
        }
    }
}
