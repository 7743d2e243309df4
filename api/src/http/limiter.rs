//! How much somebody may ask for a minute: a bucket of cost for each, which fills as time goes by.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use axum::http::{HeaderValue, StatusCode, header};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sea_orm::prelude::Uuid;

use super::refusal::Refusal;
use crate::config::Front;
use crate::kernel::caller::{Caller, Network};
use crate::kernel::viewer::Viewer;

/// Whose bucket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// An address, or all those that nobody knows.
    Network(Network),
    /// An account, wherever it asks from.
    Account(Uuid),
}

/// Whose buckets a request takes from: those of the address it comes from, and of the viewer where they are somebody.
fn keys(viewer: &Viewer, caller: &Caller, spares_loopback: bool) -> impl Iterator<Item = Key> {
    let is_spared = spares_loopback && caller.is_local;
    let keys = [caller.network().map(Key::Network), viewer.account().map(Key::Account)];
    keys.into_iter().flatten().filter(move |_| !is_spared)
}

/// The buckets.
pub(super) struct Limiter {
    buckets: DefaultKeyedRateLimiter<Key>,
    size: NonZeroU32,
    spares_loopback: bool,
    clock: DefaultClock,
    taken: AtomicU32,
}

/// So often the buckets that are full again are thrown away.
const SWEEP: u32 = 1_024;

impl Limiter {
    /// As configured; none where there is no limit.
    pub(super) fn new(front: &Front) -> Option<Self> {
        let size = NonZeroU32::new(front.rate_limit_cost)?;
        Some(Self {
            buckets: RateLimiter::keyed(Quota::per_minute(size)),
            size,
            spares_loopback: !front.rate_limit_loopback.is_on(),
            clock: DefaultClock::default(),
            taken: AtomicU32::new(0),
        })
    }

    /// Takes so much from the buckets of whoever asks, or says when there will be enough: at most a whole bucket.
    pub(super) fn take(&self, viewer: &Viewer, caller: &Caller, cost: u64) -> Result<(), Refusal> {
        let Some(cost) = NonZeroU32::new(u32::try_from(cost).unwrap_or(u32::MAX)) else { return Ok(()) };
        let cost = cost.min(self.size);
        if self.taken.fetch_add(1, Relaxed) % SWEEP == SWEEP - 1 {
            self.buckets.retain_recent();
        }
        for key in keys(viewer, caller, self.spares_loopback) {
            if let Ok(Err(not_until)) = self.buckets.check_key_n(&key, cost) {
                let wait = not_until.wait_time_from(self.clock.now()).as_secs() + 1;
                return Err(self.refusal(wait));
            }
        }
        Ok(())
    }

    fn refusal(&self, wait: u64) -> Refusal {
        let message = format!("more than {} of cost was asked for in a minute: try again in {wait} seconds", self.size);
        let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message);
        refusal.with(header::RETRY_AFTER, HeaderValue::from(wait))
    }
}
