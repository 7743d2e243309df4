//! How much somebody may ask for a minute: a bucket of cost for each, which fills as time goes by. What a request took of the
//! database beyond that is taken afterwards, from a bucket that may go into debt.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderValue, StatusCode, header};
use sea_orm::prelude::Uuid;

use super::refusal::Refusal;
use crate::kernel::caller::{Caller, Network};
use crate::kernel::viewer::Viewer;
use crate::server::config::Front;

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

/// How much is missing from a bucket, as of that moment; of one that is full, nothing is kept.
#[derive(Clone, Copy, Debug)]
struct Missing {
    cost: f64,
    at: Instant,
}

/// The buckets.
pub(super) struct Limiter {
    missing: Mutex<Buckets>,
    size: f64,
    /// What a millisecond at the database costs.
    millisecond: f64,
    spares_loopback: bool,
}

#[derive(Debug, Default)]
struct Buckets {
    by_key: HashMap<Key, Missing>,
    /// With so many it is time to throw those away that are full again.
    many: usize,
}

/// With fewer buckets than this none is thrown away.
const FEW: usize = 1_024;

/// In how many seconds an empty bucket is full.
const MINUTE: f64 = 60.0;

impl Limiter {
    /// As configured; none where there is no limit.
    pub(super) fn new(front: &Front) -> Option<Self> {
        let size = NonZeroU32::new(front.rate_limit_cost)?;
        Some(Self {
            missing: Mutex::default(),
            size: size.get().into(),
            millisecond: front.rate_limit_millisecond.into(),
            spares_loopback: !front.rate_limit_loopback.is_on(),
        })
    }

    /// Takes so much from the buckets of whoever asks, or says when there will be enough: at most a whole bucket.
    pub(super) fn take(&self, viewer: &Viewer, caller: &Caller, cost: u64) -> Result<(), Refusal> {
        let cost = (cost as f64).min(self.size);
        for key in keys(viewer, caller, self.spares_loopback) {
            if let Err(wait) = self.take_from(key, cost, Instant::now()) {
                return Err(self.refusal(wait));
            }
        }
        Ok(())
    }

    /// Takes what a request spent at the database, whether or not so much is there: a debt of at most a whole bucket, so that
    /// whoever stops asking may ask again within two minutes.
    pub(super) fn charge(&self, viewer: &Viewer, caller: &Caller, spent: Duration) {
        let cost = spent.as_secs_f64() * 1_000.0 * self.millisecond;
        for key in keys(viewer, caller, self.spares_loopback) {
            self.charge_to(key, cost, Instant::now());
        }
    }

    /// Takes it, or says in how many seconds it will be there.
    fn take_from(&self, key: Key, cost: f64, now: Instant) -> Result<(), u64> {
        self.with(key, now, |missing| {
            let short = missing + cost - self.size;
            if short > 0.0 { (missing, Err((short / self.size * MINUTE) as u64 + 1)) } else { (missing + cost, Ok(())) }
        })
    }

    fn charge_to(&self, key: Key, cost: f64, now: Instant) {
        self.with(key, now, |missing| ((missing + cost).min(2.0 * self.size), ()));
    }

    /// Changes how much is missing from a bucket.
    fn with<T>(&self, key: Key, now: Instant, change: impl FnOnce(f64) -> (f64, T)) -> T {
        let left = |missing: &Missing| {
            let filled = now.saturating_duration_since(missing.at).as_secs_f64() / MINUTE * self.size;
            (missing.cost - filled).max(0.0)
        };
        let mut buckets = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        let (cost, outcome) = change(buckets.by_key.get(&key).map_or(0.0, left));
        buckets.by_key.insert(key, Missing { cost, at: now });
        if buckets.by_key.len() > buckets.many.max(FEW) {
            buckets.by_key.retain(|_, missing| left(missing) > 0.0);
            buckets.many = 2 * buckets.by_key.len();
        }
        outcome
    }

    fn refusal(&self, wait: u64) -> Refusal {
        let message = format!("more than {} of cost was asked for in a minute: try again in {wait} seconds", self.size);
        let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message);
        let refusal = refusal.in_chinese(format!("一分钟内的查询量超过 {}，请 {wait} 秒后再试", self.size));
        refusal.with(header::RETRY_AFTER, HeaderValue::from(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key::Account(Uuid::nil());

    /// Buckets of 600, which fill by 10 a second.
    fn limiter() -> Limiter {
        Limiter::new(&Front { rate_limit_cost: 600, ..Front::default() }).unwrap()
    }

    #[test]
    fn a_bucket_fills_as_time_goes_by() {
        let (limiter, now) = (limiter(), Instant::now());
        assert_eq!(limiter.take_from(KEY, 590.0, now), Ok(()));
        assert_eq!(limiter.take_from(KEY, 40.0, now), Err(4));
        assert_eq!(limiter.take_from(KEY, 40.0, now + Duration::from_secs(3)), Ok(()));
    }

    #[test]
    fn what_was_spent_is_taken_even_where_it_is_not_there() {
        let (limiter, now) = (limiter(), Instant::now());
        limiter.charge_to(KEY, 900.0, now);
        assert_eq!(limiter.take_from(KEY, 1.0, now), Err(31));
        assert_eq!(limiter.take_from(KEY, 1.0, now + Duration::from_secs(31)), Ok(()));
    }

    #[test]
    fn a_debt_has_an_end() {
        let (limiter, now) = (limiter(), Instant::now());
        limiter.charge_to(KEY, 1e12, now);
        assert_eq!(limiter.take_from(KEY, 1.0, now), Err(61));
    }

    #[test]
    fn full_buckets_are_thrown_away() {
        let (limiter, now) = (limiter(), Instant::now());
        for number in 0..3_000 {
            let later = now + Duration::from_secs(number);
            limiter.take_from(Key::Account(Uuid::from_u128(number.into())), 1.0, later).unwrap();
        }
        assert!(limiter.missing.lock().unwrap().by_key.len() <= FEW + 1);
    }
}
