//! One error type. What a caller may know is its code and message; the rest goes to the log.

use std::sync::Arc;

use sea_orm::DbErr;

/// What a request or a command can end in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The request itself is wrong: the message says what, and how to mend it.
    #[error("{0}")]
    BadRequest(String),
    /// A cursor that is none, or is of another list, filter or order.
    #[error("{0}")]
    BadCursor(String),
    /// The database failed, or cannot be reached. Masked from callers.
    #[error("the database: {0}")]
    Database(Arc<DbErr>),
    /// A fault of ours. Masked from callers.
    #[error("{0}")]
    Internal(String),
}

/// A result with our error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Database(Arc::new(error))
    }
}
