//! One error type. What a caller may know is its code and message; the rest goes to the log.

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, ServerError};
use sea_orm::DbErr;

use super::caller::Language;
use super::document;
use super::refusal::Message;
use crate::database::Fault;

/// What a request or a command can end in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The request itself is wrong: the message says what, and how to mend it.
    #[error("{0}")]
    BadRequest(String),
    /// A value of the request is none of its type: whoever typed it is told in their language.
    #[error("{}", .0.english)]
    BadValue(Arc<Message>),
    /// The document is not valid: each fault says what is wrong, and where.
    #[error("{}", .0.first().map_or("the document is not valid", |fault| fault.message.as_str()))]
    Invalid(Arc<[document::Fault]>),
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
    /// The connection was lost while a transaction was being kept. Masked from callers.
    #[error("the database, while it was to keep a transaction: {0}")]
    Unsettled(Arc<DbErr>),
    /// The store of files fails. Masked from callers.
    #[error("the store of files: {0}")]
    Store(Arc<std::io::Error>),
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
            Self::BadRequest(_) | Self::BadValue(_) | Self::Invalid(_) => "BAD_REQUEST",
            Self::LimitExceeded(_) => "LIMIT_EXCEEDED",
            Self::BadCursor(_) => "BAD_CURSOR",
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::RateLimited { .. } | Self::LineFull { .. } => "RATE_LIMITED",
            Self::Busy | Self::Crowded { .. } | Self::Unsettled(_) | Self::Store(_) => "UNAVAILABLE",
            Self::Database(error) => match Fault::of(error) {
                Fault::Cancelled => "TIMEOUT",
                Fault::Collision => "UNAVAILABLE",
                fault if fault.is_outage() => "UNAVAILABLE",
                _ => "INTERNAL",
            },
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// The same for the log, with what it happened to; an outage happens to all.
    #[must_use]
    pub fn about(self, subject: &str) -> Self {
        if self.is_outage() { self } else { Self::Internal(format!("{subject}: {self}")) }
    }

    /// Whether the database, and not what was asked of it, is why it failed.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Database(error) => Fault::of(error).is_outage(),
            Self::Unsettled(_) => true,
            _ => false,
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

    /// The same in Chinese, where this one has words of its own.
    #[must_use]
    pub fn in_its_own_chinese(&self) -> Option<&str> {
        match self {
            Self::BadValue(message) => Some(&message.chinese),
            _ => None,
        }
    }

    /// What a caller is told.
    #[must_use]
    pub fn message(&self) -> String {
        let told = match self {
            Self::Database(error) => match Fault::of(error) {
                Fault::Collision => return Self::Busy.to_string(),
                Fault::Cancelled => "the database took longer than one statement may: ask for less",
                Fault::Full => "too many requests wait for the database: try again in a moment",
                Fault::Unreachable => "the database cannot be reached just now: try again in a moment",
                Fault::ReadOnly => "the database takes no changes just now: try again in a moment",
                Fault::Storage => "the database can neither read nor save just now: try again in a moment",
                Fault::Taken | Fault::Other => OURS,
            },
            Self::Unsettled(_) => UNSETTLED,
            Self::Store(_) => "files can neither be read nor saved just now: try again in a moment",
            Self::Internal(_) => OURS,
            _ => return self.to_string(),
        };
        told.to_owned()
    }
}

const OURS: &str = "something went wrong on our side: the log has it under this request's id";

/// Nobody knows, and only the key tells.
const UNSETTLED: &str = "the database was lost while this was being saved, so it may be done or not: send it again with the \
    same idempotencyKey, which does it once, or look before you send it again";

/// Turns what the GraphQL library reports into what a caller sees: a code, and one line without what is not meant for them.
///
/// What carries none of our errors was found wrong with the request before any of our code ran.
pub fn settle(error: &mut ServerError, request_id: &str, language: Language) {
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
    if language == Language::Chinese {
        let own = error.source::<Error>().and_then(Error::in_its_own_chinese).map(str::to_owned);
        error.message = own.unwrap_or_else(|| in_chinese(code, &error.message));
    }
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", code);
    extensions.set("requestId", request_id);
}

/// What an error is, for people who read Chinese. What is wrong in a document, and where, is for whoever wrote it: that stands after it,
/// in the words of the specification.
#[must_use]
pub fn in_chinese(code: &str, english: &str) -> String {
    let (kind, tells_more) = match code {
        "UNAUTHENTICATED" => ("登录已失效或尚未登录，请重新登录", false),
        "FORBIDDEN" => ("您没有权限进行此操作", false),
        "NOT_FOUND" => ("没有这个内容，或您无权查看", false),
        "RATE_LIMITED" => ("操作过于频繁，请稍后再试", true),
        "UNAVAILABLE" => ("服务暂时不可用，请稍后再试", false),
        "TIMEOUT" => ("处理超时，请缩小查询范围或稍后再试", false),
        "INTERNAL" => ("服务器内部错误，请凭 requestId 联系管理员", false),
        "LIMIT_EXCEEDED" => ("超出限制", true),
        "BAD_CURSOR" => ("分页游标无效，请从第一页重新查询", false),
        "PERSISTED_QUERY_NOT_FOUND" => return english.to_owned(),
        _ => ("请求有误", true),
    };
    if tells_more { format!("{kind}：{english}") } else { kind.to_owned() }
}
