//! The connection that writes to SQLite, looked at whenever it is handed out and comes back: one that is not sound is thrown away.
//!
//! SQLite ends a transaction by itself where the disk is full, cannot be read or written, where memory runs out and where a
//! statement is interrupted. The driver's own ROLLBACK fails then, so the driver goes on counting the transaction that is
//! none, and whatever is written from then on goes into savepoints, which nobody commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use sea_orm::ConnectOptions;
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::sqlite::SqliteError;
use sea_orm::sqlx::{Connection, Error, Executor, SqliteConnection};

use super::fault::Fault;
use super::sqlite::bound;

/// Has a pool throw such connections away, and tell it by `has_failed`. Where there is a limit, a transaction's statements are
/// stopped once they take longer together, or nobody waits for them any more.
pub(super) fn keep_sound(options: &mut ConnectOptions, limit: Option<Duration>, has_failed: &Arc<AtomicBool>) {
    let has_failed = Arc::clone(has_failed);
    options.test_before_acquire(false).map_sqlx_sqlite_pool_opts(move |options| {
        let has_failed = Arc::clone(&has_failed);
        options
            .after_connect(move |connection, _| Box::pin(bound_if(connection, limit)))
            .before_acquire(move |connection, _| {
                Box::pin(async move {
                    bound_if(connection, limit).await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .after_release(move |connection, _| {
                let has_failed = Arc::clone(&has_failed);
                Box::pin(async move {
                    let is_sound = is_sound(connection).await;
                    if !matches!(is_sound, Ok(true)) {
                        has_failed.store(true, Relaxed);
                        tracing::warn!("A transaction did not end as it should: its connection is thrown away");
                    }
                    is_sound
                })
            })
    });
}

async fn bound_if(connection: &mut SqliteConnection, limit: Option<Duration>) -> Result<(), Error> {
    match limit {
        Some(limit) => bound(connection, limit).await,
        None => Ok(()),
    }
}

/// Whether no transaction is open, as the driver counts them and as SQLite does, and whether the last thing that was done
/// did not meet a disk that fails: a file that was opened while it could only be read is never written to.
async fn is_sound(connection: &mut SqliteConnection) -> Result<bool, Error> {
    // What the driver has still to do, such as the rollback of a transaction that was dropped, is done before this.
    let last = connection.lock_handle().await?.last_error();
    if connection.is_in_transaction() || last.is_some_and(met_a_failing_disk) {
        return Ok(false);
    }
    // SQLite refuses to begin within a transaction. Beginning takes no lock and touches no file.
    connection.execute("BEGIN; ROLLBACK").await.map(|_| true)
}

fn met_a_failing_disk(error: SqliteError) -> bool {
    error.code().is_some_and(|code| Fault::of_code(&code).is_outage())
}
