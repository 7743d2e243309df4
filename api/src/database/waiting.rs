//! Who still waits: a request that was dropped takes its statements with it.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

tokio::task_local! {
    /// Whether somebody still waits for the request that this task works at.
    pub(super) static IS_WAITED_FOR: Arc<AtomicBool>;
}

/// Works at a request. Once this is dropped, done or not, what the database still does for it stops.
pub async fn while_waited_for<T>(work: impl Future<Output = T>) -> T {
    struct Waiting(Arc<AtomicBool>);
    impl Drop for Waiting {
        fn drop(&mut self) {
            self.0.store(false, Relaxed);
        }
    }
    let anybody = Arc::new(AtomicBool::new(true));
    let work = pin!(IS_WAITED_FOR.scope(Arc::clone(&anybody), work));
    // Made last, this is dropped first: whoever takes the work's connections back knows already.
    let _waiting = Waiting(anybody);
    work.await
}
