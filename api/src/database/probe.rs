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

/// A write of PostgreSQL's log, which is there when it commits.
const LOGGED: &str = "SELECT pg_logical_emit_message(true, 'cobuild', '')";
/// A write of some hundred pages, which are gone when it is.
const FILLED: &str = "CREATE TEMPORARY TABLE cobuild_trial ON COMMIT DROP AS
    SELECT repeat('-', 1900) AS filler FROM generate_series(1, 400)";

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
    /// Whether writes are taken: by a disk that has room and does not fail, which is tried, and on PostgreSQL by a server that is
    /// no standby and not set to read only. Cheap however often it is asked.
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
            _ => Some(self.is_primary().await? && self.logs_and_has_room(has_failed).await?),
        };
        let at = Instant::now();
        let takes_writes = answer.unwrap_or(took_one_at.elapsed() < LONGEST_QUEUE);
        *last = Some(Seen { at, takes_writes, took_one_at: if answer == Some(true) { at } else { took_one_at } });
        Ok(takes_writes)
    }

    /// Whether a write has failed since the last trial that went well.
    pub(super) fn has_failed(&self) -> bool {
        self.probe.has_failed.load(Relaxed)
    }

    async fn is_primary(&self) -> Result<bool, DbErr> {
        let sql = "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'";
        let row = self.aside.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        row.map_or(Ok(false), |row| row.try_get_by_index(0))
    }

    /// After a failure, there has to be room for what people write, too; a role that may make no temporary table is taken at the
    /// word of the log.
    async fn logs_and_has_room(&self, has_failed: bool) -> Result<bool, DbErr> {
        // Set again by whatever meets a disk that fails from here on, this trial too.
        self.probe.has_failed.store(false, Relaxed);
        for trial in [LOGGED].into_iter().chain(has_failed.then_some(FILLED)) {
            let transaction = self.aside.begin().await?;
            let tried = match transaction.execute_unprepared(trial).await {
                Ok(_) => transaction.commit().await,
                Err(error) => Err(error),
            };
            match tried {
                Err(error) if Fault::of(&error) == Fault::Storage => return Ok(false),
                Err(error) if Fault::of(&error).is_outage() => return Err(error),
                _ => {}
            }
        }
        Ok(true)
    }

    /// Nothing where others wrote all the while. A write of one page changes nothing: the number that it sets is the one there.
    async fn takes_a_write(&self, has_failed: bool) -> Result<Option<bool>, DbErr> {
        // Set again by whatever fails from here on, this trial too.
        self.probe.has_failed.store(false, Relaxed);
        let number = Statement::from_string(DbBackend::Sqlite, "PRAGMA user_version");
        let number = self.aside.query_one_raw(number).await?.map_or(Ok(0), |row| row.try_get_by_index::<i32>(0))?;
        let trial = format!("PRAGMA user_version = {number};");
        let trials = trial.repeat(if has_failed { TRIALS_AFTER_FAILURE } else { 1 });
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
