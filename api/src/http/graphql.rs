//! GraphQL over HTTP: one request in, one answer out.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request as Query, Response as Answer, Value, Variables};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use serde_json::{Value as Json, json};

use super::address::{self, Peer};
use super::media::Media;
use super::refusal::Refusal;
use super::request::{self, Asked, Parameters};
use super::{Door, identity};
use crate::app::Ask;
use crate::kernel::caller::{Caller, Language};
use crate::kernel::document::Prepared;
use crate::kernel::error::Result;

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
    let asked = request::read(&parts.method, &parts.uri, headers, body, door.patience()).await?;
    let caller = Caller {
        request_id: request_id.to_owned(),
        address: address::caller(parts.extensions.get::<Peer>().copied(), headers, &door.front.trusted_proxies),
        language: language(headers),
    };
    let viewer = identity::viewer(&door.app, headers).await?;
    match asked {
        Asked::One(parameters) => {
            let query = prepare(door, parameters)?;
            check(door, &parts.method, [&query].into_iter())?;
            let answer = door.app.answer(Ask { query, viewer, caller }).await;
            Ok(Encoded::new(answer.response, media).respond(media))
        }
        Asked::Batch(parameters) => {
            let queries: Vec<_> = parameters.into_iter().map(|parameters| prepare(door, parameters)).collect();
            check(door, &parts.method, queries.iter().flatten())?;
            let mut answers = Vec::with_capacity(queries.len());
            // One after the other: what writes, writes in the order asked.
            for query in queries {
                answers.push(match query {
                    Ok(query) => {
                        let ask = Ask { query, viewer: viewer.clone(), caller: caller.clone() };
                        Encoded::new(door.app.answer(ask).await.response, media)
                    }
                    Err(refusal) => Encoded { status: refusal.status, text: refusal.text(request_id) },
                });
            }
            Ok(Encoded::batch(answers).respond(media))
        }
    }
}

/// Refuses what only all queries together show: one that writes, though it came by GET, and a batch that costs too much.
fn check<'q>(
    door: &Door,
    method: &Method,
    queries: impl Iterator<Item = &'q Result<Prepared>> + Clone,
) -> Result<(), Refusal> {
    let prepared = queries.flatten();
    if method == Method::GET && prepared.clone().any(|query| query.kind != OperationType::Query) {
        let message = "only a query is sent by GET; a mutation is sent by POST";
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_REQUEST", message);
        return Err(refusal.with(header::ALLOW, HeaderValue::from_static("POST")));
    }
    let cost = prepared.map(|query| query.measure.cost).fold(0, u64::saturating_add);
    door.app.check_cost(cost).map_err(|error| Refusal::of(&error))
}

fn language(headers: &HeaderMap) -> Language {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
    header.map_or_else(Language::default, Language::preferred)
}

/// Finds a request's document and looks at it. What is wrong with the document itself is the answer to its query.
fn prepare(door: &Door, parameters: Parameters) -> Result<Result<Prepared>, Refusal> {
    let text = door.documents.find(&parameters)?;
    let variables = Variables::from_json(Json::Object(parameters.variables));
    let mut query = Query::new(text.as_ref()).variables(variables);
    query.operation_name = parameters.operation_name;
    let prepared = door.app.prepare(query);
    if prepared.is_ok() {
        door.documents.remember(parameters.document.as_ref(), &text);
    }
    Ok(prepared)
}

/// An answer as it is sent.
struct Encoded {
    status: StatusCode,
    text: String,
}

impl Encoded {
    /// A request error has no `data`. In the newer media type it is a 400, too; a failure of ours is a 5xx in both.
    fn new(answer: Answer, media: Media) -> Self {
        let is_request_error = !answer.errors.is_empty() && answer.errors.iter().all(|error| error.path.is_empty());
        if !is_request_error {
            return Self { status: StatusCode::OK, text: serde_json::to_string(&answer).unwrap_or_default() };
        }
        let code = answer.errors.iter().find_map(|error| error.extensions.as_ref()?.get("code").cloned());
        let status = match code {
            Some(Value::String(code)) if code == "INTERNAL" => StatusCode::INTERNAL_SERVER_ERROR,
            Some(Value::String(code)) if code == "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
            _ if media == Media::GraphQl => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        };
        Self { status, text: json!({ "errors": answer.errors, "extensions": answer.extensions }).to_string() }
    }

    /// Several, each as if it had been asked alone.
    fn batch(answers: Vec<Self>) -> Self {
        let texts: Vec<String> = answers.into_iter().map(|answer| answer.text).collect();
        Self { status: StatusCode::OK, text: format!("[{}]", texts.join(",")) }
    }

    fn respond(self, media: Media) -> Response {
        let headers = [(header::CONTENT_TYPE, media.name()), (header::CACHE_CONTROL, "no-store")];
        (self.status, headers, self.text).into_response()
    }
}
