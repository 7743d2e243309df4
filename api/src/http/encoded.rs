//! An answer as it is sent: its status, and its text.

use async_graphql::{Response as Answer, Value};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::media::Media;
use super::refusal::Refusal;

/// An answer as it is sent.
pub(super) struct Encoded {
    status: StatusCode,
    text: String,
    /// In how many seconds to come back, where something was tried too often.
    retry_after: Option<u64>,
}

impl Encoded {
    /// A request error has no `data`. In the newer media type it is a 400, too; a failure of ours is a 5xx in both.
    pub(super) fn new(answer: Answer, media: Media) -> Self {
        let extensions = || answer.errors.iter().filter_map(|error| error.extensions.as_ref());
        let retry_after = extensions().find_map(|extensions| match extensions.get("retryAfter") {
            Some(Value::Number(seconds)) => seconds.as_u64(),
            _ => None,
        });
        let is_request_error = !answer.errors.is_empty() && answer.errors.iter().all(|error| error.path.is_empty());
        if !is_request_error {
            let text = serde_json::to_string(&answer).unwrap_or_default();
            return Self { status: StatusCode::OK, text, retry_after };
        }
        let code = extensions().find_map(|extensions| extensions.get("code"));
        let status = match code {
            Some(Value::String(code)) if code == "INTERNAL" => StatusCode::INTERNAL_SERVER_ERROR,
            Some(Value::String(code)) if code == "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
            _ if media == Media::GraphQl => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        };
        let text = json!({ "errors": answer.errors, "extensions": answer.extensions }).to_string();
        Self { status, text, retry_after }
    }

    /// One of several that was refused.
    pub(super) fn refused(refusal: &Refusal, request_id: &str) -> Self {
        Self { status: refusal.status, text: refusal.text(request_id), retry_after: None }
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
