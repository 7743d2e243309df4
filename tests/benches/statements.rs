//! The statements that a pool has sent, as the connections of the database remember them.

use std::time::Duration;

use api::database::Database;
use sea_orm::sqlx::{Executor, PgPool, Row};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// What each connection is asked.
const ASKED: &str = "SELECT statement, prepare_time::text AS at FROM pg_prepared_statements
    WHERE statement NOT LIKE '%pg_prepared_statements%' ORDER BY prepare_time";

/// Each statement that was sent by hand once, in the order in which they were first sent. BEGIN, COMMIT and pings are not among them.
pub async fn sent_by_hand(pool: &PgPool) -> Vec<String> {
    let mut found = Vec::new();
    let mut held = Vec::new();
    // A connection is handed back a moment after its answer was read; asked for earlier, the pool would open another.
    while pool.num_idle() < pool.size() as usize {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Held at once, so that every connection is asked.
    for _ in 0..pool.size() {
        held.push(pool.acquire().await.expect("a connection that is idle"));
    }
    for connection in &mut held {
        for row in (&mut **connection).fetch_all(ASKED).await.expect("a view of PostgreSQL's own") {
            found.push((row.get::<String, _>("at"), row.get::<String, _>("statement")));
        }
    }
    once(found)
}

/// The same of Cobuild, which keeps its connections at hand, so that its pool never sees them idle.
pub async fn sent(database: &Database) -> Vec<String> {
    // Whoever answered may not have handed its connection back yet.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut held = Vec::new();
    for _ in 0..database.reader.plain().get_postgres_connection_pool().size() {
        held.push(database.reader.begin().await.expect("a connection that is idle"));
    }
    let mut found = Vec::new();
    for connection in &held {
        let rows = connection.query_all_raw(Statement::from_string(DbBackend::Postgres, ASKED)).await;
        for row in rows.expect("a view of PostgreSQL's own") {
            found.push((row.try_get("", "at").expect("a time"), row.try_get("", "statement").expect("a text")));
        }
    }
    once(found)
}

fn once(mut found: Vec<(String, String)>) -> Vec<String> {
    found.sort();
    let mut statements: Vec<String> = Vec::new();
    for (_, statement) in found {
        if !statements.contains(&statement) {
            statements.push(statement);
        }
    }
    statements
}
