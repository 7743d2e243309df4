//! Who asks: what a request's `Authorization` says.

use axum::http::{HeaderMap, StatusCode, header};

use super::access_log;
use super::refusal::Refusal;
use crate::access::account::identity::{self, LookUp};
use crate::kernel::caller::Caller;
use crate::kernel::error::Error;
use crate::kernel::viewer::Viewer;
use crate::server::app::App;

/// Whoever sends no token asks as nobody in particular. A token that is not good refuses the request: to answer it as
/// nobody's would hide what is wrong.
pub(super) async fn viewer(app: &App, headers: &HeaderMap, caller: &Caller) -> Result<Viewer, Refusal> {
    let Some(header) = headers.get(header::AUTHORIZATION) else { return Ok(Viewer::Anonymous) };
    let token = header.to_str().ok().and_then(|header| header.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let found = match token {
        Some(token) => {
            let (gate, database, now) = (app.gate(), &app.database().reader, app.clock().now());
            identity::of_token(LookUp { gate, database, now, caller }, token).await
        }
        None => Err(identity::void()),
    };
    let viewer = found.map_err(|error| refusal(&error))?;
    access_log::signed_in(viewer.account());
    Ok(viewer)
}

fn refusal(error: &Error) -> Refusal {
    let status = match error {
        Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        error if error.code() == "INTERNAL" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    if status != StatusCode::UNAUTHORIZED {
        tracing::error!(%error, "A token could not be looked up");
    }
    Refusal::new(status, error.code(), error.message())
}
