//! Runs one request level by level, so that its statements follow the query's shape.
//!
//! The execution is polled until it is idle: by then every resolver of this level has asked its loader. Then all loads asked
//! for run together. Only when all of them are done is the execution polled again, so that the next level is asked for at
//! once, however unevenly the loads finished. Dropping the future drops its queries.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_graphql::runtime::Timer;
use futures_util::future::{BoxFuture, poll_fn};
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::task::{AtomicWaker, FutureObj, Spawn, SpawnError};
use tokio::task::coop::has_budget_remaining;

/// The loads that this level's resolvers have asked for.
#[derive(Clone, Default)]
pub(crate) struct Queue(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

impl Queue {
    fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Spawn for Queue {
    fn spawn_obj(&self, load: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Box::pin(load));
        Ok(())
    }
}

/// No delay: the turn decides when loads run, and waiting for more of them would be pure loss.
pub(crate) struct Now;

impl Timer for Now {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Wakes the request's task, and remembers that it was the execution that asked to be polled again: joining more than
/// 30 futures yields by waking itself, so that pending alone does not mean idle.
struct Again {
    asked: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Again {
    fn wake(self: Arc<Self>) {
        self.asked.store(true, SeqCst);
        self.task.wake();
    }
}

/// Drives `execution`, whose loaders put their loads into `queue`, to its end.
pub(crate) async fn drive<T>(execution: impl Future<Output = T>, queue: Queue) -> T {
    let again = Arc::new(Again { asked: true.into(), task: AtomicWaker::new() });
    let waker = Waker::from(Arc::clone(&again));
    let mut execution = pin!(execution);
    let mut loads = FuturesUnordered::new();
    poll_fn(move |context| {
        again.task.register(context.waker());
        loop {
            while loads.is_empty() && again.asked.swap(false, SeqCst) {
                if let Poll::Ready(answer) = execution.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Poll::Ready(answer);
                }
                // Whoever has used up this task's budget wakes itself, and is given more only once the task has given way.
                if again.asked.load(SeqCst) && !has_budget_remaining() {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
            loads.extend(queue.take());
            match loads.poll_next_unpin(context) {
                Poll::Ready(Some(())) => {}
                _ if again.asked.load(SeqCst) && loads.is_empty() => {}
                _ => return Poll::Pending,
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use tokio::runtime::Builder;
    use tokio::sync::Semaphore;

    use super::*;

    /// Who runs out of the runtime's budget is woken at once where no worker runs the task, and is refused again until it gives way.
    #[test]
    fn an_execution_that_never_waits_comes_to_its_end() {
        let (ended, waited) = mpsc::channel();
        thread::spawn(move || {
            let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
            let execution = async {
                let door = Semaphore::new(1);
                for _ in 0..1_000 {
                    drop(door.acquire().await);
                }
                "done"
            };
            ended.send(runtime.block_on(drive(execution, Queue::default())))
        });
        assert_eq!(waited.recv_timeout(Duration::from_secs(20)), Ok("done"));
    }
}
