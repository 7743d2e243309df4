//! What somebody spent at the database lately.

use std::time::Duration;

use tokio::time::Instant;

/// What was spent counts for less as time goes by: after so long, for a third of what it was.
const LATELY: Duration = Duration::from_secs(10);

/// Time spent at the database, fading, and what runs just now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spent {
    /// Seconds of turns that are over, as they counted at that moment.
    pub(super) seconds: f64,
    at: Instant,
    /// Turns that are not.
    pub(super) running: usize,
    /// The seconds from `zero` to the beginning of each of those, in all.
    begun: f64,
    zero: Instant,
}

impl Spent {
    /// Nothing, as yet.
    pub(super) fn nothing(now: Instant) -> Self {
        Self { seconds: 0.0, at: now, running: 0, begun: 0.0, zero: now }
    }

    /// How much it is, in seconds.
    pub(super) fn by(&self, now: Instant) -> f64 {
        let past = now.saturating_duration_since(self.at).as_secs_f64();
        let over = self.seconds * (-past / LATELY.as_secs_f64()).exp();
        over + (self.running as f64 * self.since_zero(now) - self.begun).max(0.0)
    }

    /// A turn begins.
    pub(super) fn begin(&mut self, now: Instant) {
        self.running += 1;
        self.begun += self.since_zero(now);
    }

    /// A turn ends that began then.
    pub(super) fn end(&mut self, begun: Instant, now: Instant) {
        self.running = self.running.saturating_sub(1);
        self.begun -= self.since_zero(begun);
        let past = now.saturating_duration_since(self.at).as_secs_f64();
        let over = self.seconds * (-past / LATELY.as_secs_f64()).exp();
        self.seconds = over + now.saturating_duration_since(begun).as_secs_f64();
        self.at = now;
    }

    fn since_zero(&self, moment: Instant) -> f64 {
        moment.saturating_duration_since(self.zero).as_secs_f64()
    }
}
