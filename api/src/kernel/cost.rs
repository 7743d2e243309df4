//! What a request has cost the database, and how much it may read for its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::database::Pool;

use super::bulk::Bulk;

/// So much of a slow statement is logged, in letters.
const LONGEST_STATEMENT: usize = 4_000;

/// What a request has cost the database.
#[derive(Debug)]
pub struct Cost {
    statements: AtomicU64,
    rows: AtomicU64,
    bulk: Bulk,
    request_id: String,
    slow: Duration,
}

impl Cost {
    /// Of an answer of so many bytes at most. A statement of this request that takes as long as `slow` is logged.
    #[must_use]
    pub fn new(request_id: &str, slow: Duration, bytes: u64) -> Self {
        let (statements, rows) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { statements, rows, bulk: Bulk::new(bytes), request_id: request_id.to_owned(), slow }
    }

    /// How much is read and written for its answer.
    #[must_use]
    pub fn bulk(&self) -> &Bulk {
        &self.bulk
    }

    /// This clone of a connection, and no other, with its statements counted here.
    #[must_use]
    pub fn counts(self: &Arc<Self>, database: Pool) -> Pool {
        let counted = Arc::clone(self);
        database.counted(move |sql, elapsed| {
            counted.statements.fetch_add(1, Relaxed);
            if elapsed >= counted.slow {
                counted.tell_slow(sql, elapsed);
            }
        })
    }

    /// Logs a statement's text: what was asked for stands in its parameters, which are nobody's business.
    fn tell_slow(&self, sql: &str, took: Duration) {
        let end = sql.char_indices().nth(LONGEST_STATEMENT).map_or(sql.len(), |(end, _)| end);
        tracing::warn!(
            request.id = self.request_id,
            milliseconds = took.as_secs_f64() * 1_000.0,
            statement = sql.get(..end).unwrap_or_default(),
            "A statement was slow"
        );
    }

    /// Statements sent: SELECT, INSERT, UPDATE and DELETE.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Relaxed)
    }

    /// Rows read into models.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.load(Relaxed)
    }

    /// Counts rows that were read.
    pub fn add_rows(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Relaxed);
    }
}
