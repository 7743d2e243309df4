//! Who still waits: a request that was dropped takes its statements with it.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

tokio::task_local! {
    /// Whether somebody still waits for the request that this task works at.
    pub(super) static IS_WAITED_FOR: Arc<AtomicBool>;
}

/// When a request was last dropped before it was done: the connections that come back just then may be busy with it.
static LAST_GIVEN_UP: Mutex<Option<Instant>> = Mutex::new(None);

/// Whether a request was dropped lately. Nobody else leaves a connection busy, and to ask each of them takes a round trip.
pub(super) fn was_one_given_up() -> bool {
    let last = *LAST_GIVEN_UP.lock().unwrap_or_else(PoisonError::into_inner);
    last.is_some_and(|moment| moment.elapsed() < Duration::from_secs(10))
}

/// Works at a request. Once this is dropped, done or not, what the database still does for it stops.
pub async fn while_waited_for<T>(work: impl Future<Output = T>) -> T {
    struct Waiting {
        anybody: Arc<AtomicBool>,
        is_done: bool,
    }
    impl Drop for Waiting {
        fn drop(&mut self) {
            self.anybody.store(false, Relaxed);
            if !self.is_done {
                *LAST_GIVEN_UP.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            }
        }
    }
    let anybody = Arc::new(AtomicBool::new(true));
    let work = pin!(IS_WAITED_FOR.scope(Arc::clone(&anybody), work));
    // Made last, this is dropped first: whoever takes the work's connections back knows already.
    let mut waiting = Waiting { anybody, is_done: false };
    let answer = work.await;
    waiting.is_done = true;
    answer
}
