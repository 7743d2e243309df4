//! How the server does: for whoever starts it, sends requests to it, or watches it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;

use super::address::Source;
use super::{Door, nothing, plain};

/// Whether it runs at all: what does not answer this is to be started anew.
pub(super) async fn healthy() -> Response {
    plain("ok\n")
}

/// Whether requests should be sent to it: it is not about to stop, and its database is there, has all its tables and takes writes.
pub(super) async fn ready(State(door): State<Arc<Door>>) -> Response {
    let not_yet = |reason: &str| (StatusCode::SERVICE_UNAVAILABLE, plain(reason)).into_response();
    if door.is_draining.load(Relaxed) {
        return not_yet("stopping\n");
    }
    match door.app.database().obstacle().await {
        None => plain("ok\n"),
        Some(obstacle) => not_yet(&format!("{obstacle}\n")),
    }
}

/// Its figures, for whom they are: they tell which operations there are.
pub(super) async fn metrics(State(door): State<Arc<Door>>, request: Request) -> Response {
    let is_theirs = request.extensions().get().is_some_and(|source| may_see(source, &door.front.metrics_networks));
    if !is_theirs {
        return nothing(request.extensions());
    }
    let headers = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    (headers, door.metrics.text(door.app.database(), door.app.turns())).into_response()
}

/// Whether somebody there is in one of these networks. One of this machine's addresses is where its proxies are as well, so
/// whoever has one must be known to ask straight.
fn may_see(source: &Source, networks: &[IpNet]) -> bool {
    let Some(address) = source.address else { return source.is_local };
    let is_theirs = !source.is_hidden && networks.iter().any(|network| network.contains(&address));
    is_theirs && (source.is_local || !address.is_loopback())
}
