//! One error type. What a caller may know is its code and message; the rest goes to the log.

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, ServerError};
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::sqlite::SqliteError;
use sea_orm::{DbErr, RuntimeErr, sqlx};

/// What a request or a command can end in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The request itself is wrong: the message says what, and how to mend it.
    #[error("{0}")]
    BadRequest(String),
    /// The request is larger than we look at: the message names the limit.
    #[error("{0}")]
    LimitExceeded(String),
    /// A cursor that is none, or is of another list, filter or order.
    #[error("{0}")]
    BadCursor(String),
    /// Whoever asks is not who they say, or not any more: the message says which token is wrong.
    #[error("{0}")]
    Unauthenticated(String),
    /// Too many attempts: the caller is told when to come back.
    #[error("too many attempts failed: try again in {seconds} seconds")]
    RateLimited {
        /// In how many seconds.
        seconds: u64,
    },
    /// Other writes were in the way each time it was tried.
    #[error("too many others wrote to the same place just now: try again in a moment")]
    Busy,
    /// Other statements were in the way all the time.
    #[error("the database had no turn for this within {seconds} seconds: ask for less, or try again in a moment")]
    Crowded {
        /// For how long it waited.
        seconds: u64,
    },
    /// Too many statements of the same caller wait already.
    #[error("{most} statements of yours wait for the database already: send fewer queries at a time")]
    LineFull {
        /// How many may wait.
        most: usize,
    },
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

impl Error {
    /// The stable code that a caller sees.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "BAD_REQUEST",
            Self::LimitExceeded(_) => "LIMIT_EXCEEDED",
            Self::BadCursor(_) => "BAD_CURSOR",
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::RateLimited { .. } | Self::LineFull { .. } => "RATE_LIMITED",
            Self::Busy | Self::Crowded { .. } => "UNAVAILABLE",
            Self::Database(error) if is_outage(error) => "UNAVAILABLE",
            Self::Database(error) if was_given_up(error) => "TIMEOUT",
            Self::Database(_) | Self::Internal(_) => "INTERNAL",
        }
    }

    /// In how many seconds to come back, where that helps.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited { seconds } => Some(*seconds),
            Self::Crowded { .. } | Self::LineFull { .. } => Some(1),
            _ => None,
        }
    }

    /// What a caller is told.
    #[must_use]
    pub fn message(&self) -> String {
        match self.code() {
            "UNAVAILABLE" if matches!(self, Self::Database(_)) => {
                "the database cannot be reached just now: try again in a moment".into()
            }
            "TIMEOUT" if matches!(self, Self::Database(_)) => {
                "the database took longer than one statement may: ask for less".into()
            }
            "INTERNAL" => "something went wrong on our side: the log has it under this request's id".into(),
            _ => self.to_string(),
        }
    }
}

/// Whether the database cannot be used at this moment, whatever it is asked.
pub(crate) fn is_outage(error: &DbErr) -> bool {
    let is_out = |error: &sqlx::Error| {
        matches!(error, sqlx::Error::WorkerCrashed) || sqlite_code(error).is_some_and(is_sqlite_outage)
    };
    matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(RuntimeErr::SqlxError(_)))
        || driver_error(error).is_some_and(is_out)
}

/// Whether a code of SQLite's tells of a disk or a file that fails, and not of what was asked: PERM, NOMEM, READONLY, IOERR,
/// CORRUPT, FULL, CANTOPEN, PROTOCOL and NOTADB, with all that extend them.
pub(crate) fn is_sqlite_outage(code: i32) -> bool {
    matches!(code & 0xff, 3 | 7 | 8 | 10 | 11 | 13 | 14 | 15 | 26)
}

fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    let error = error.as_database_error()?.try_downcast_ref::<SqliteError>()?;
    error.code()?.parse().ok()
}

/// What the driver said, of whatever it was asked.
pub(crate) fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error.as_ref()),
        _ => None,
    }
}

/// Whether the database stopped a statement that took too long: `query_canceled`, or SQLite's `SQLITE_INTERRUPT`.
fn was_given_up(error: &DbErr) -> bool {
    let (DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(code.as_ref(), "57014" | "9"))
}

/// Turns what the GraphQL library reports into what a caller sees: a code, and one line without what is not meant for them.
///
/// What carries none of our errors was found wrong with the request before any of our code ran.
pub fn settle(error: &mut ServerError, request_id: &str) {
    let code = match error.source::<Error>().cloned() {
        Some(ours) => {
            let message = ours.message();
            if message != ours.to_string() {
                tracing::error!(request.id = request_id, error = %ours, "A request failed on our side");
            }
            error.message = message;
            if let Some(seconds) = ours.retry_after() {
                error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("retryAfter", seconds);
            }
            ours.code()
        }
        None => "BAD_REQUEST",
    };
    if error.message.contains('\n') {
        error.message = error.message.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", code);
    extensions.set("requestId", request_id);
}
