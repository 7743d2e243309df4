//! What every request is given before anything else looks at it: who is at the other end.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;

use super::Door;
use super::address::Source;
use crate::kernel::caller::{Caller, Language};

/// Works out from where a request comes, once and for all that handle it.
pub(super) async fn introduce(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let source = Source::of(&parts, &door.front.trusted_proxies);
    let caller = Caller {
        request_id: uuid::Uuid::now_v7().simple().to_string(),
        address: source.address,
        is_local: source.is_local,
        agent: parts
            .headers
            .get(header::USER_AGENT)
            .map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned()),
        language: language(&parts.headers),
    };
    parts.extensions.insert(source);
    parts.extensions.insert(caller);
    next.run(Request::from_parts(parts, body)).await
}

/// Who is at the other end of a request; where nobody worked that out, somebody whom nobody knows.
pub(super) fn caller(extensions: &Extensions) -> Caller {
    extensions.get().cloned().unwrap_or_default()
}

fn language(headers: &HeaderMap) -> Language {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
    header.map_or_else(Language::default, Language::preferred)
}
