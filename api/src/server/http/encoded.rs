//! An answer as it is sent: its status, and its text.

use async_graphql::{Response as Answer, ServerError, Value};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::media::Media;
use super::refusal::Refusal;
use crate::kernel::caller::Caller;

/// An answer as it is sent.
pub(super) struct Encoded {
    status: StatusCode,
    text: String,
    /// In how many seconds to come back, where something was tried too often.
    retry_after: Option<u64>,
}

impl Encoded {
    /// A request error has no `data`. In the newer media type it is a 400, too; what passes a limit is one in both, and a failure
    /// of ours a 5xx.
    pub(super) fn new(answer: Answer, media: Media) -> Self {
        let Some(error) = request_error(&answer) else {
            let text = serde_json::to_string(&answer).unwrap_or_default();
            return Self { status: StatusCode::OK, text, retry_after: retry_after(&answer) };
        };
        let status = match code(error) {
            "INTERNAL" => StatusCode::INTERNAL_SERVER_ERROR,
            "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
            "LIMIT_EXCEEDED" => StatusCode::BAD_REQUEST,
            _ if media == Media::GraphQl => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        };
        let text = json!({ "errors": answer.errors, "extensions": answer.extensions }).to_string();
        Self { status, text, retry_after: retry_after(&answer) }
    }

    /// One of several that was refused.
    pub(super) fn refused(refusal: &Refusal, caller: &Caller) -> Self {
        Self { status: refusal.status, text: refusal.text(caller), retry_after: None }
    }

    /// Several, each as if it had been asked alone.
    pub(super) fn batch(answers: Vec<Self>) -> Self {
        let retry_after = answers.iter().filter_map(|answer| answer.retry_after).max();
        let texts: Vec<String> = answers.into_iter().map(|answer| answer.text).collect();
        Self { status: StatusCode::OK, text: format!("[{}]", texts.join(",")), retry_after }
    }

    /// The response that carries it. What somebody was answered is theirs, and of that moment.
    pub(super) fn respond(self, media: Media) -> Response {
        let headers = [(header::CONTENT_TYPE, media.name()), (header::CACHE_CONTROL, "no-store")];
        let mut response = (self.status, headers, self.text).into_response();
        response.headers_mut().extend(self.retry_after.map(|seconds| (header::RETRY_AFTER, seconds.into())));
        response
    }
}

/// The first error of a request of which nothing could run.
pub(super) fn request_error(answer: &Answer) -> Option<&ServerError> {
    answer.errors.first().filter(|_| answer.errors.iter().all(|error| error.path.is_empty()))
}

/// In how many seconds to come back, where something was tried too often.
fn retry_after(answer: &Answer) -> Option<u64> {
    let extensions = answer.errors.iter().filter_map(|error| error.extensions.as_ref());
    let mut seconds = extensions.filter_map(|extensions| match extensions.get("retryAfter") {
        Some(Value::Number(seconds)) => seconds.as_u64(),
        _ => None,
    });
    seconds.next()
}

/// The code of an error.
pub(super) fn code(error: &ServerError) -> &str {
    match error.extensions.as_ref().and_then(|extensions| extensions.get("code")) {
        Some(Value::String(code)) => code,
        _ => "",
    }
}
