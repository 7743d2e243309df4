//! GraphQL over HTTP: one request in, one answer out.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::{Request as Query, Response as Answer, Variables};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use serde_json::{Value as Json, json};

use super::address::{self, Peer};
use super::media::Media;
use super::refusal::Refusal;
use super::request::{self, Parameters, Patience};
use super::{Door, identity};
use crate::app::Ask;
use crate::kernel::caller::{Caller, Language};

/// Answers one request at `/graphql`.
pub(super) async fn handle(State(door): State<Arc<Door>>, request: Request) -> Response {
    let request_id = uuid::Uuid::now_v7().simple().to_string();
    let (media, outcome) = match Media::negotiated(request.headers()) {
        Ok(media) => (media, AssertUnwindSafe(answer(&door, request, media, &request_id)).catch_unwind().await),
        Err(refusal) => (Media::Json, Ok(Err(refusal))),
    };
    let outcome = outcome.unwrap_or_else(|_| {
        let message = "something went wrong on our side: the log has it under this request's id";
        Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", message))
    });
    outcome.unwrap_or_else(|refusal| refusal.answer(media, &request_id))
}

async fn answer(door: &Door, request: Request, media: Media, request_id: &str) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let patience = Patience { bytes: door.app.body_bytes(), time: door.front.body_timeout.duration() };
    let parameters = request::read(&parts.method, &parts.uri, headers, body, patience).await?;
    let caller = Caller {
        request_id: request_id.to_owned(),
        address: address::caller(parts.extensions.get::<Peer>().copied(), headers, &door.front.trusted_proxies),
        language: language(headers),
    };
    let viewer = identity::viewer(&door.app, headers).await?;
    let ask = Ask { request: query(parameters), viewer, caller };
    Ok(encode(door.app.answer(ask).await, media))
}

fn language(headers: &HeaderMap) -> Language {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
    header.map_or_else(Language::default, Language::preferred)
}

fn query(parameters: Parameters) -> Query {
    let mut query = Query::new(parameters.query).variables(Variables::from_json(Json::Object(parameters.variables)));
    query.operation_name = parameters.operation_name;
    query
}

/// A request error has no `data`; in the newer media type it is a 400, too.
fn encode(answer: Answer, media: Media) -> Response {
    let is_request_error = !answer.errors.is_empty() && answer.errors.iter().all(|error| error.path.is_empty());
    let status = if is_request_error && media == Media::GraphQl { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let text = if is_request_error {
        json!({ "errors": answer.errors, "extensions": answer.extensions }).to_string()
    } else {
        serde_json::to_string(&answer).unwrap_or_default()
    };
    (status, [(header::CONTENT_TYPE, media.name()), (header::CACHE_CONTROL, "no-store")], text).into_response()
}
