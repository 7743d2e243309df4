//! How the server does: for whoever starts it, sends requests to it, or watches it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::address::{self, Peer};
use super::{Door, nothing, plain};

/// Whether it runs at all: what does not answer this is to be started anew.
pub(super) async fn healthy() -> Response {
    plain("ok\n")
}

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether requests should be sent to it: it is not about to stop, and its database is there and has all its tables.
pub(super) async fn ready(State(door): State<Arc<Door>>) -> Response {
    let not_yet = |reason| (StatusCode::SERVICE_UNAVAILABLE, plain(reason)).into_response();
    if door.is_draining.load(Relaxed) {
        return not_yet("stopping\n");
    }
    match tokio::time::timeout(PATIENCE, door.app.database().is_current()).await {
        Ok(Ok(true)) => plain("ok\n"),
        Ok(Ok(false)) => not_yet("the tables are not up to date\n"),
        Ok(Err(_)) | Err(_) => not_yet("the database cannot be reached\n"),
    }
}

/// Its figures, for whom they are: they tell which operations there are.
pub(super) async fn metrics(State(door): State<Arc<Door>>, request: Request) -> Response {
    let networks = &door.front.metrics_networks;
    let peer = request.extensions().get::<Peer>().copied();
    let caller = address::caller(peer, request.headers(), &door.front.trusted_proxies);
    // A proxy that nobody told us of stands for somebody, but not for itself.
    let is_hidden =
        request.headers().contains_key("x-forwarded-for") && caller == peer.map(|peer| peer.0.to_canonical());
    let is_theirs = caller.is_none_or(|caller| networks.iter().any(|network| network.contains(&caller)));
    if is_hidden || !is_theirs {
        return nothing();
    }
    let headers = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    (headers, door.metrics.text(door.app.database(), door.app.turns())).into_response()
}
