//! Who is let in at all: what every request costs whoever sends it, and which host names this server answers to.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::access_log::is_probe;
use super::media::Media;
use super::refusal::Refusal;
use super::{Door, context, host};
use crate::kernel::viewer::Viewer;

/// Takes of what an address may ask what it takes to read a request and to answer it, whatever becomes of it and wherever it goes.
/// What more a query or a file costs is taken once that is known.
pub(super) async fn charge(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let Some(price) = price(request.uri().path()) else { return next.run(request).await };
    match door.admit(&Viewer::Anonymous, &context::caller(request.extensions()), price) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refused(&door, &request, refusal),
    }
}

/// The price of a path, in the cost of queries. Pages are packed anew for each who asks; whoever watches over the server is not
/// to be told that they asked for too much, whatever else comes from their address: that has no price.
fn price(path: &str) -> Option<u64> {
    match path {
        path if is_probe(path) => None,
        "/schema.graphql" => Some(500),
        "/" | "/graphiql" | "/metrics" => Some(20),
        _ => Some(1),
    }
}

/// Refuses requests that are for another host, where hosts are limited, and those that name more than one: a page elsewhere can
/// have a name that leads here, and then reads what is answered.
pub(super) async fn check_host(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    match may_enter(&door, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refused(&door, &request, refusal),
    }
}

fn may_enter(door: &Door, request: &Request) -> Result<(), Refusal> {
    let hosts = &door.front.hosts;
    let lines = request.headers().get_all(header::HOST).iter().count();
    if lines > 1 {
        return Err(Refusal::bad("the request names more than one host"));
    }
    if hosts.is_empty() || is_probe(request.uri().path()) {
        return Ok(());
    }
    let names: Vec<String> = host::named(request.uri(), request.headers()).collect();
    if names.is_empty() {
        return Err(Refusal::bad("the request names no host"));
    }
    if names.iter().all(|name| hosts.iter().any(|host| host.takes(name))) {
        return Ok(());
    }
    let message = "this server does not answer to the host name that the request is for";
    Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, "BAD_REQUEST", message))
}

fn refused(door: &Door, request: &Request, refusal: Refusal) -> Response {
    door.metrics.refused(refusal.code, &refusal.message);
    let media = Media::negotiated(request.headers()).unwrap_or(Media::Json);
    refusal.answer(media, &context::caller(request.extensions()))
}
