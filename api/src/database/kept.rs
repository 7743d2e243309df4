//! Connections to PostgreSQL that have come back whole, at hand for who asks next. The driver's own pool, from which they come,
//! would ask the server after each that comes back, and wake a task of its own for that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, Connection, PgPool, Postgres};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// One that was idle for longer is asked whether it is still there before it is used.
const TRUSTED: Duration = Duration::from_secs(1);

/// How long it may take to say so.
const PATIENCE: Duration = Duration::from_secs(1);

/// One that nobody needed for so long is closed.
const IDLE: Duration = Duration::from_secs(600);

/// And one that is so old: what a server's session gathers in memory goes with it.
const OLD: Duration = Duration::from_secs(1_800);

/// Those that are at hand, and the places of all that there may be.
pub(super) struct Kept {
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
}

/// A connection in its place.
pub(super) struct Held {
    pub(super) connection: PoolConnection<Postgres>,
    made: Instant,
    place: OwnedSemaphorePermit,
}

struct Idle {
    connection: PoolConnection<Postgres>,
    made: Instant,
    since: Instant,
}

impl Kept {
    /// So many at a time.
    pub(super) fn new(connections: u32) -> Arc<Self> {
        let places = Semaphore::new(usize::try_from(connections).unwrap_or(usize::MAX));
        Arc::new(Self { places: Arc::new(places), idle: Mutex::default() })
    }

    /// How many wait.
    pub(super) fn idle(&self) -> usize {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The one that came back last, or a new one.
    pub(super) async fn take(&self, pool: &PgPool) -> Result<Held, sqlx::Error> {
        let place = Arc::clone(&self.places).acquire_owned();
        let place = timeout(pool.options().get_acquire_timeout(), place).await;
        let place = place.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        while let Some(Idle { mut connection, made, since }) = self.last() {
            if since.elapsed() < TRUSTED || matches!(timeout(PATIENCE, connection.ping()).await, Ok(Ok(()))) {
                return Ok(Held { connection, made, place });
            }
            let _ = timeout(PATIENCE, connection.close()).await;
        }
        let connection = pool.acquire().await?;
        Ok(Held { connection, made: Instant::now(), place })
    }

    fn last(&self) -> Option<Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Takes one back of which all that was asked is answered. Where it is not to be kept, the pool has it.
    pub(super) fn give_back(&self, held: Held) {
        let Held { connection, made, place } = held;
        if made.elapsed() > OLD || self.places.is_closed() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.first().is_some_and(|first| first.since.elapsed() > IDLE) {
            drop(idle.remove(0));
        }
        idle.push(Idle { connection, made, since: Instant::now() });
        drop(idle);
        drop(place);
    }

    /// Keeps none from here on.
    pub(super) fn close(&self) {
        self.places.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Without a runtime, as at the end of a process, the pool could not take them back: the system closes them.
impl Drop for Kept {
    fn drop(&mut self) {
        if Handle::try_current().is_err() {
            std::mem::forget(std::mem::take(self.idle.get_mut().unwrap_or_else(PoisonError::into_inner)));
        }
    }
}
