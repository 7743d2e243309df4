//! The front door: routes, and what every answer carries.

mod address;
mod documents;
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
use axum::routing::{any, get};

pub use server::serve;

use crate::app::{App, schema_text};
use crate::config::Front;
use documents::Documents;
use request::Patience;

/// The application, and how it is asked.
pub struct Door {
    app: App,
    front: Front,
    documents: Documents,
    is_draining: AtomicBool,
}

/// All routes over `app`, with the usual settings.
pub fn router(app: App) -> Router {
    let front = Front::default();
    let documents = Documents::registered(front.persisted_queries_bytes);
    Arc::new(Door::with(app, front, documents)).router()
}

impl Door {
    /// The door to `app`.
    ///
    /// # Errors
    /// Where a file that the settings name cannot be read.
    pub fn new(app: App, front: Front) -> Result<Self, String> {
        let documents = Documents::new(&front)?;
        Ok(Self::with(app, front, documents))
    }

    fn with(app: App, front: Front, documents: Documents) -> Self {
        Self { app, front, documents, is_draining: AtomicBool::new(false) }
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
