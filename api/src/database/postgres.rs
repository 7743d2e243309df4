//! Connections to PostgreSQL: how long a statement may take, and what becomes of one that nobody waits for any more.

use std::time::Duration;

use sea_orm::ConnectOptions;
use sea_orm::sqlx::{Connection, Executor};

use super::options;
use super::waiting::was_one_given_up;
use crate::kernel::turns::Shares;

/// How many read at a time.
pub(super) const SHARES: Shares = Shares { light: 4, heavy: 1, long: 3, each: 3 };

/// How many transactions write at a time.
pub(super) const WRITERS: usize = 5;

/// Connections: some more than have their turn, for who somebody is, for the clock, and for how the database does.
const CONNECTIONS: u32 = 16;

/// The one pool.
pub(super) fn pool(url: &str, statement: Option<Duration>) -> ConnectOptions {
    let mut options = options(url, CONNECTIONS);
    if let Some(limit) = statement {
        options.statement_timeout(limit).map_sqlx_postgres_pool_opts(|options| {
            let options = options.after_connect(|connection, _| {
                Box::pin(async move {
                    // Makes the server notice that a connection was closed while it works. Not every system can.
                    let _ = connection.execute("SET client_connection_check_interval = '1s'").await;
                    Ok(())
                })
            });
            // The driver waits for a statement whose request was dropped; we close its connection, which stops it.
            options.after_release(|connection, _| {
                Box::pin(async move {
                    if !was_one_given_up() {
                        return Ok(true);
                    }
                    let answered = tokio::time::timeout(PATIENCE_WITH_DROPPED, connection.ping()).await;
                    answered.map_or(Ok(false), |answered| answered.map(|()| true))
                })
            })
        });
        // Every connection was tested when it came back.
        options.test_before_acquire_if_idle_for(Duration::from_secs(10));
    }
    options
}

/// How long a connection that came back may be busy with what nobody waits for.
const PATIENCE_WITH_DROPPED: Duration = Duration::from_millis(500);
