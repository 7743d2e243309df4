//! Who asks: what a request's `Authorization` says.

use axum::http::{HeaderMap, StatusCode, header};

use super::refusal::Refusal;
use crate::app::App;
use crate::kernel::viewer::Viewer;

/// Whoever sends no token asks as nobody in particular. A token that is not accepted refuses the request: to answer it as
/// nobody's would hide what is wrong.
pub(super) async fn viewer(_app: &App, headers: &HeaderMap) -> Result<Viewer, Refusal> {
    if headers.contains_key(header::AUTHORIZATION) {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", "this token is not accepted"));
    }
    Ok(Viewer::Anonymous)
}
