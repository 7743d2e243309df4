//! Whether a database takes writes at this moment, asked often by whoever watches the server and so answered from memory for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Database, Fault};

/// For how long an answer holds.
const HOLDS: Duration = Duration::from_secs(3);
/// How long a trial waits for the writers before it.
const PATIENCE: Duration = Duration::from_secs(1);
/// For how long no trial may get its turn before that counts as an answer.
const LONGEST_QUEUE: Duration = Duration::from_secs(30);

/// A write of one page that changes nothing.
const TRIAL: &str = "PRAGMA user_version = 0;";
/// How many of them show that there is room again for what people write, once a write has failed.
const TRIALS_AFTER_FAILURE: usize = 64;

/// What was seen of a database's writes.
#[derive(Debug, Default)]
pub(super) struct Probe {
    /// Whether a write has failed since the last trial that went well.
    pub(super) has_failed: Arc<AtomicBool>,
    last: Mutex<Option<Seen>>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Instant,
    takes_writes: bool,
    took_one_at: Instant,
}

impl Database {
    /// Whether writes are taken: on PostgreSQL by a server that is no standby and not set to read only; on SQLite, where
    /// one is tried, by a disk that has room and does not fail. Cheap however often it is asked.
    ///
    /// # Errors
    /// Where the database cannot be reached.
    pub async fn can_write(&self) -> Result<bool, DbErr> {
        let mut last = self.probe.last.lock().await;
        let has_failed = self.probe.has_failed.load(Relaxed);
        if let Some(seen) = *last
            && seen.at.elapsed() < HOLDS
            && !(has_failed && seen.takes_writes)
        {
            return Ok(seen.takes_writes);
        }
        let took_one_at = last.map_or_else(Instant::now, |seen| seen.took_one_at);
        let answer = match self.backend() {
            DbBackend::Sqlite => self.takes_a_write(has_failed).await?,
            _ => Some(self.is_primary().await?),
        };
        let at = Instant::now();
        let takes_writes = answer.unwrap_or(took_one_at.elapsed() < LONGEST_QUEUE);
        *last = Some(Seen { at, takes_writes, took_one_at: if answer == Some(true) { at } else { took_one_at } });
        Ok(takes_writes)
    }

    async fn is_primary(&self) -> Result<bool, DbErr> {
        let sql = "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'";
        let row = self.aside.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        row.map_or(Ok(false), |row| row.try_get_by_index(0))
    }

    /// Nothing where others wrote all the while.
    async fn takes_a_write(&self, has_failed: bool) -> Result<Option<bool>, DbErr> {
        // Set again by whatever fails from here on, this trial too.
        self.probe.has_failed.store(false, Relaxed);
        let trials = TRIAL.repeat(if has_failed { TRIALS_AFTER_FAILURE } else { 1 });
        match timeout(PATIENCE, self.writer.execute_unprepared(&trials)).await {
            Ok(Ok(_)) => Ok(Some(true)),
            Ok(Err(error)) if Fault::of(&error) == Fault::Collision => Ok(None),
            Ok(Err(error)) => {
                self.probe.has_failed.store(true, Relaxed);
                if Fault::of(&error).is_outage() { Ok(Some(false)) } else { Err(error) }
            }
            Err(_) => Ok(None),
        }
    }
}
