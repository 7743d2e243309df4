//! The front door: routes, and what every answer carries.

mod graphql;
mod pages;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};

use crate::app::{App, schema_text};

/// All routes over `app`.
pub fn router(app: App) -> Router {
    let text = schema_text(app.graph());
    Router::new()
        .route("/", get(async || Html(pages::FRONT)))
        .route("/graphiql", get(async || Html(pages::graphiql())))
        .route("/schema.graphql", get(async move || plain(text.clone())))
        .route("/healthz", get(async || plain("ok\n".into())))
        .route("/graphql", any(graphql::handle))
        .fallback(async || {
            (StatusCode::NOT_FOUND, plain("Nothing here. The API is at /graphql, its front page at /\n".into()))
        })
        .with_state(app)
        .layer(axum::middleware::map_response(secure))
}

fn plain(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// Headers that keep a browser from doing more with an answer than it says.
async fn secure(mut response: Response) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}
