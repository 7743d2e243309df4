//! The front door: routes, and what every answer carries.

mod address;
mod files;
mod graphql;
mod identity;
mod media;
mod pages;
mod refusal;
mod request;
mod server;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get, post};

pub use server::serve;

use crate::app::{App, schema_text};
use crate::config::Front;
use request::Patience;

/// The application, and how it is asked.
pub struct Door {
    app: App,
    front: Front,
    is_draining: AtomicBool,
}

/// All routes over `app`, with the usual settings.
pub fn router(app: App) -> Router {
    Arc::new(Door::new(app, Front::default())).router()
}

impl Door {
    /// The door to `app`.
    #[must_use]
    pub fn new(app: App, front: Front) -> Self {
        Self { app, front, is_draining: AtomicBool::new(false) }
    }

    /// How long a body may be, how long it may take, and how many queries it may hold.
    fn patience(&self) -> Patience {
        let Front { body_timeout, batch_limit, .. } = self.front;
        Patience { bytes: self.app.body_bytes(), time: body_timeout.duration(), batch: usize::from(batch_limit) }
    }

    /// All its routes.
    pub fn router(self: Arc<Self>) -> Router {
        let text = schema_text(self.app.graph());
        Router::new()
            .route("/", get(async || Html(pages::FRONT)))
            .route("/graphiql", get(async || Html(pages::graphiql())))
            .route("/schema.graphql", get(async move || plain(text.clone())))
            .route("/healthz", get(async || plain("ok\n".into())))
            .route("/graphql", any(graphql::handle))
            .route("/files", post(files::receive))
            .route("/files/{id}", get(files::send))
            .fallback(async || {
                (StatusCode::NOT_FOUND, plain("Nothing here. The API is at /graphql, its front page at /\n".into()))
            })
            .with_state(self)
            .layer(axum::middleware::map_response(secure))
    }
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
