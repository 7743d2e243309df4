//! The statements that a pool has sent, as the connections of the database remember them.

use std::time::Duration;

use sea_orm::sqlx::{Executor, PgPool, Row};

/// Each statement once, in the order in which they were first sent. BEGIN, COMMIT and pings are not among them.
pub async fn sent(pool: &PgPool) -> Vec<String> {
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
        let rows = "SELECT statement, prepare_time::text AS at FROM pg_prepared_statements ORDER BY prepare_time";
        for row in (&mut **connection).fetch_all(rows).await.expect("a view of PostgreSQL's own") {
            found.push((row.get::<String, _>("at"), row.get::<String, _>("statement")));
        }
    }
    found.sort();
    let mut statements: Vec<String> = Vec::new();
    for (_, statement) in found {
        if !statements.contains(&statement) {
            statements.push(statement);
        }
    }
    statements
}
