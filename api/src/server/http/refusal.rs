//! A request that never reached the graph, and how it is told so.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::access_log;
use super::media::Media;
use crate::kernel::caller::{Caller, Language};
use crate::kernel::error::{Error, in_chinese};

/// Why a request is refused: its status, its code, and what to tell.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
    /// The same in Chinese, where it is told in more words than its code has.
    chinese: Option<String>,
    /// Whether the request was what it should be, so that the older media type answers 200.
    is_well_formed: bool,
    header: Option<Box<(HeaderName, HeaderValue)>>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let header = match status {
            StatusCode::METHOD_NOT_ALLOWED => Some((header::ALLOW, "GET, HEAD, POST")),
            StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer")),
            _ => None,
        };
        let header = header.map(|(name, value)| Box::new((name, HeaderValue::from_static(value))));
        Self { status, code, message: message.into(), chinese: None, is_well_formed: false, header }
    }

    /// A request that is not what it should be.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// A request that is what it should be, but cannot be answered.
    pub(super) fn well_formed(code: &'static str, message: impl Into<String>) -> Self {
        Self { is_well_formed: true, ..Self::new(StatusCode::BAD_REQUEST, code, message) }
    }

    /// What is refused before it runs, by the graph's own words.
    pub(super) fn of(error: &Error) -> Self {
        let refusal = Self::new(StatusCode::BAD_REQUEST, error.code(), error.message());
        match error.in_its_own_chinese() {
            Some(words) => refusal.in_chinese(words),
            None => refusal,
        }
    }

    /// The same, with another value of its header.
    pub(super) fn with(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.header = Some(Box::new((name, value.into())));
        self
    }

    /// The same, with its words in Chinese.
    pub(super) fn in_chinese(mut self, words: impl Into<String>) -> Self {
        self.chinese = Some(words.into());
        self
    }

    /// The answer: one error, and no data.
    pub(super) fn answer(self, media: Media, caller: &Caller) -> Response {
        let text = self.text(caller);
        let Self { status, code, is_well_formed, header, .. } = self;
        let status = if is_well_formed && media == Media::Json { StatusCode::OK } else { status };
        access_log::failed(code);
        let mut response =
            (status, [(header::CONTENT_TYPE, media.name()), (header::CACHE_CONTROL, "no-store")], text).into_response();
        response.headers_mut().extend(header.map(|header| *header));
        response
    }

    /// The body of the answer.
    pub(super) fn text(&self, caller: &Caller) -> String {
        let extensions = json!({ "code": self.code, "requestId": caller.request_id });
        let message = match (caller.language, &self.chinese) {
            (Language::English, _) => self.message.clone(),
            (Language::Chinese, Some(words)) => words.clone(),
            (Language::Chinese, None) => in_chinese(self.code, &self.message),
        };
        json!({ "errors": [{ "message": message, "extensions": extensions }] }).to_string()
    }
}
