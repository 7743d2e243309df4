//! Connections to SQLite: one that writes, several that read, all on one file.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use sea_orm::sea_query::Values;
use sea_orm::sqlx::{self, AssertSqlSafe, Executor, SqliteConnection, SqlitePool};
use sea_orm::{ConnAcquireErr, ConnectOptions, DbErr, QueryResult, RuntimeErr};
use sea_query_sqlx::SqlxValues;

use super::lease::Asked;
use super::options;
use super::pool::while_querying;
use super::shares::Shares;
use super::waiting::IS_WAITED_FOR;

/// How many read at a time. SQLite works in this process: what is long takes as many processors as there are, and no more.
pub(super) fn shares() -> Shares {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    Shares { light: 4, heavy: 1, long: processors.min(8), each: 2 }
}

/// How many connections read: some more than have their turn, for who somebody is and how the database does.
pub(super) fn readers() -> u32 {
    u32::try_from(shares().all() + SPARE).unwrap_or(u32::MAX)
}

const SPARE: usize = 2;

/// The file of a SQLite address; none for one in memory or for another database.
#[must_use]
pub fn sqlite_path(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or(path);
    (!path.is_empty() && path != ":memory:").then(|| Path::new(path))
}

/// Stops what takes longer, and what nobody waits for any more. SQLite asks us every so many steps of its machine whether to
/// go on; for whom and until when, is set whenever a connection is taken from the pool: for a statement that reads, or a
/// transaction that writes.
pub(super) async fn bound(connection: &mut SqliteConnection, limit: Duration) -> Result<(), sqlx::Error> {
    let is_waited_for = IS_WAITED_FOR.try_with(Arc::clone).unwrap_or_else(|_| Arc::new(AtomicBool::new(true)));
    let end = Instant::now() + limit;
    let goes_on = move || is_waited_for.load(Relaxed) && Instant::now() < end;
    connection.lock_handle().await?.set_progress_handler(10_000, goes_on);
    Ok(())
}

/// Bounds each statement of a pool that reads.
pub(super) fn bound_readers(options: &mut ConnectOptions, limit: Duration) {
    options.test_before_acquire(false).map_sqlx_sqlite_pool_opts(move |options| {
        options
            .after_connect(move |connection, _| Box::pin(bound(connection, limit)))
            .before_acquire(move |connection, _| Box::pin(async move { bound(connection, limit).await.map(|()| true) }))
    });
}

/// A pool of so many connections.
pub(super) fn pool(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = options(url, connections);
    options.min_connections(1).map_sqlx_sqlite_opts(move |options| {
        options
            .create_if_missing(!read_only)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("journal_mode", "WAL")
            // What is acknowledged outlasts a power cut: each commit waits for the disk.
            .pragma("synchronous", "FULL")
            .pragma("query_only", if read_only { "ON" } else { "OFF" })
            .pragma("mmap_size", "268435456")
    });
    options
}

/// Sends one statement that reads, and hands over its rows for as long as more are wanted.
pub(super) async fn ask(
    pool: &SqlitePool,
    asked: Asked<'_>,
    each: &mut (dyn FnMut(QueryResult) -> bool + Send),
) -> Result<(), DbErr> {
    let mut connection = pool.acquire().await.map_err(|error| match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))),
    })?;
    let values = asked.values.unwrap_or_else(|| Values(Vec::new()));
    let mut rows = connection.fetch(sqlx::query_with(AssertSqlSafe(asked.sql), SqlxValues(values)));
    while let Some(row) = rows.try_next().await.map_err(while_querying)? {
        if !each(row.into()) {
            break;
        }
    }
    Ok(())
}
