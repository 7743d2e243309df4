//! GraphQL over HTTP: one request in, one answer out.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request as Query, Response as Answer, Variables};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use futures_util::FutureExt;
use serde_json::Value as Json;

use super::encoded::{Encoded, code, request_error};
use super::media::Media;
use super::metrics::Turn;
use super::refusal::Refusal;
use super::request::{self, Asked, Parameters};
use super::{Bill, Door, access_log, context, identity};
use crate::database::while_waited_for;
use crate::kernel::caller::Caller;
use crate::kernel::document::Prepared;
use crate::kernel::error::Result;
use crate::server::app::Ask;

/// Answers one request at `/graphql`.
pub(super) async fn handle(State(door): State<Arc<Door>>, request: Request) -> Response {
    let caller = context::caller(request.extensions());
    let (media, outcome) = match Media::negotiated(request.headers()) {
        Ok(media) => (media, AssertUnwindSafe(answer(&door, request, media, &caller)).catch_unwind().await),
        Err(refusal) => (Media::Json, Ok(Err(refusal))),
    };
    let outcome = outcome.unwrap_or_else(|_| {
        let message = "something went wrong on our side: the log has it under this request's id";
        Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", message))
    });
    outcome.unwrap_or_else(|refusal| {
        door.metrics.refused(refusal.code, &refusal.message);
        refusal.answer(media, &caller)
    })
}

async fn answer(door: &Door, request: Request, media: Media, caller: &Caller) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let asked = request::read(&parts.method, &parts.uri, headers, body, door.patience()).await?;
    let work = async {
        let viewer = identity::viewer(&door.app, headers, caller).await?;
        let queries = prepare(door, asked)?;
        let cost = check(door, &parts.method, &queries)?;
        door.admit(&viewer, caller, cost)?;
        let bill = door.bill(&viewer, caller);
        Ok(queries.answer(&bill, media).await.respond(media))
    };
    let limit = door.front.request_timeout.duration();
    tokio::time::timeout(limit, while_waited_for(work)).await.unwrap_or_else(|_| {
        let message = format!("this took longer than {} seconds, and was given up", limit.as_secs_f64());
        Err(Refusal::new(StatusCode::GATEWAY_TIMEOUT, "TIMEOUT", message))
    })
}

/// What a request asks, looked at and ready to run.
enum Queries {
    One(Box<Result<Prepared>>),
    Batch(Vec<Result<Result<Prepared>, Refusal>>),
}

impl Queries {
    /// Those that can run.
    fn prepared(&self) -> Vec<&Prepared> {
        match self {
            Self::One(query) => query.iter().collect(),
            Self::Batch(queries) => queries.iter().flatten().flatten().collect(),
        }
    }

    /// Answers them, one after the other: what writes, writes in the order asked.
    async fn answer(self, bill: &Bill<'_>, media: Media) -> Encoded {
        let Bill { door, viewer, caller, place } = bill;
        let run = async |query| {
            let ask = Ask { query, viewer: (*viewer).clone(), caller: (*caller).clone(), place: place.clone() };
            Encoded::new(run(door, ask).await, media)
        };
        match self {
            Self::One(query) => run(*query).await,
            Self::Batch(queries) => {
                let mut answers = Vec::with_capacity(queries.len());
                for query in queries {
                    answers.push(match query {
                        Ok(query) => run(query).await,
                        Err(refusal) => {
                            door.metrics.refused(refusal.code, &refusal.message);
                            access_log::failed(refusal.code);
                            Encoded::refused(&refusal, caller)
                        }
                    });
                }
                Encoded::batch(answers)
            }
        }
    }
}

/// Runs one query, and counts how that went.
async fn run(door: &Door, ask: Ask) -> Answer {
    let (start, place) = (Instant::now(), ask.place.clone());
    let asked = ask.query.as_ref().ok().map(|query| (kind(query.kind), query.request.operation_name.clone()));
    let crate::server::app::Answer { response, figures } = door.app.answer(ask).await;
    let operation = asked.as_ref().and_then(|(_, operation)| operation.as_deref());
    access_log::ran(operation, figures, response.errors.len(), place.spent());
    response.errors.first().inspect(|error| access_log::failed(code(error)));
    if let Some(error) = request_error(&response) {
        door.metrics.refused(code(error), &error.message);
    } else if let Some((kind, _)) = asked {
        let outcome = if response.errors.is_empty() { "ok" } else { "partial" };
        door.metrics.answered(&Turn { kind, operation, outcome, took: start.elapsed(), figures });
    }
    response
}

const fn kind(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}

/// Finds the documents of a request and looks at them.
fn prepare(door: &Door, asked: Asked) -> Result<Queries, Refusal> {
    let prepare = |parameters: Parameters| {
        let text = door.documents.find(&parameters)?;
        let variables = Variables::from_json(Json::Object(parameters.variables));
        let mut query = Query::new(text.as_ref()).variables(variables);
        query.operation_name = parameters.operation_name;
        // What is wrong with the document itself is the answer to its query.
        let prepared = door.app.prepare(query);
        if prepared.is_ok() {
            door.documents.remember(parameters.document.as_ref(), &text);
        }
        Ok(prepared)
    };
    Ok(match asked {
        Asked::One(parameters) => Queries::One(Box::new(prepare(parameters)?)),
        Asked::Batch(batch) => Queries::Batch(batch.into_iter().map(prepare).collect()),
    })
}

/// Refuses what only all queries together show: one that writes, though it came by GET, and a batch that costs too much. Answers
/// with their cost.
fn check(door: &Door, method: &Method, queries: &Queries) -> Result<u64, Refusal> {
    let prepared = queries.prepared();
    if matches!(*method, Method::GET | Method::HEAD) && prepared.iter().any(|query| query.kind != OperationType::Query)
    {
        let message = "only a query is sent by GET; a mutation is sent by POST";
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_REQUEST", message);
        return Err(refusal.with(header::ALLOW, HeaderValue::from_static("POST")));
    }
    let cost = prepared.iter().map(|query| query.measure.cost).fold(0, u64::saturating_add);
    door.app.check_cost(cost).map_err(|error| Refusal::of(&error))?;
    Ok(cost)
}
