//! What every request meets first: who is at the other end, what it goes by, and the line of the log that tells of it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;

use super::Door;
use super::access_log::{self, Entry};
use super::address::Source;
use super::correlation::Correlation;
use crate::kernel::caller::{Caller, Language};

/// Works out from where a request comes, once and for all that handle it, and tells the log how it went.
pub(super) async fn introduce(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let (source, correlation) = (Source::of(&parts, &door.front), Correlation::of(&parts.headers));
    let caller = Caller {
        request_id: correlation.request_id.clone(),
        address: source.address,
        is_local: source.is_local,
        agent: parts
            .headers
            .get(header::USER_AGENT)
            .map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned()),
        language: language(&parts.headers),
    };
    let entry = Entry::new(&parts, &caller, &correlation);
    parts.extensions.insert(source);
    parts.extensions.insert(caller);
    let answer = async move {
        let mut response = next.run(Request::from_parts(parts, body)).await;
        correlation.put_into(response.headers_mut());
        access_log::answered(response.status());
        response
    };
    entry.around(answer).await
}

/// Who is at the other end of a request; where nobody worked that out, somebody whom nobody knows.
pub(super) fn caller(extensions: &Extensions) -> Caller {
    extensions.get().cloned().unwrap_or_default()
}

fn language(headers: &HeaderMap) -> Language {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
    header.map_or_else(Language::default, Language::preferred)
}
