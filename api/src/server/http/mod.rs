//! The front door: routes, and what every answer carries.

mod access_log;
mod address;
mod admission;
mod browser;
mod context;
mod correlation;
mod documents;
mod encoded;
mod files;
mod forwarded;
mod graphql;
mod health;
mod host;
mod identity;
mod limiter;
mod media;
mod metrics;
mod pages;
mod places;
mod refusal;
mod request;
mod server;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Extensions, StatusCode, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

pub use server::serve;

use crate::kernel::caller::{Caller, Language};
use crate::kernel::turns::Place;
use crate::kernel::viewer::Viewer;
use crate::server::app::{App, schema_text};
use crate::server::config::Front;
use documents::Documents;
use limiter::Limiter;
use metrics::Metrics;
use refusal::Refusal;
use request::Patience;

/// The application, and how it is asked.
pub struct Door {
    app: App,
    front: Front,
    documents: Documents,
    limiter: Option<Limiter>,
    metrics: Metrics,
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
        let app = if front.introspection.is_on() { app } else { app.without_introspection() };
        let limiter = Limiter::new(&front);
        Self { app, front, documents, limiter, metrics: Metrics::new(), is_draining: AtomicBool::new(false) }
    }

    /// How long a body may be, how long it may take, and how much it may hold.
    fn patience(&self) -> Patience {
        let Front { body_timeout, batch_limit, .. } = self.front;
        let (bytes, batch) = (self.app.body_bytes(), usize::from(batch_limit));
        let values = self.app.body_values().saturating_mul(batch.max(1));
        Patience { bytes, values, time: body_timeout.duration(), batch }
    }

    /// Lets a request in that asks for so much, or refuses it for now.
    fn admit(&self, viewer: &Viewer, caller: &Caller, cost: u64) -> Result<(), Refusal> {
        self.limiter.as_ref().map_or(Ok(()), |limiter| limiter.take(viewer, caller, cost))
    }

    /// Has what a request spends at the database charged to whoever sent it, once the bill is dropped: however it ends.
    fn bill<'r>(&'r self, viewer: &'r Viewer, caller: &'r Caller) -> Bill<'r> {
        Bill { door: self, viewer, caller, place: self.app.turns().place(viewer, caller) }
    }

    /// All its routes.
    pub fn router(self: Arc<Self>) -> Router {
        let Front { graphiql, introspection, cors_origins, .. } = &self.front;
        let cors = (!cors_origins.is_empty()).then(|| browser::cors(cors_origins));
        let mut router = Router::new()
            .route("/", get(async |State(door): State<Arc<Self>>| pages::front(&door.front)))
            .route("/healthz", get(health::healthy))
            .route("/readyz", get(health::ready))
            .route("/metrics", get(health::metrics))
            .route("/graphql", any(graphql::handle))
            .route("/files", post(files::receive))
            .route("/files/{id}", get(files::send));
        if graphiql.is_on() {
            router = router.route("/graphiql", get(async || pages::graphiql()));
        }
        if introspection.is_on() {
            let text = schema_text(self.app.graph());
            router = router.route("/schema.graphql", get(async move || plain(text.clone())));
        }
        let router = router
            .fallback(async |request: Request| nothing(request.extensions()))
            .with_state(Arc::clone(&self))
            .layer(from_fn_with_state(Arc::clone(&self), admission::charge))
            .layer(CompressionLayer::new().quality(CompressionLevel::Precise(4)));
        let router = match cors {
            Some(cors) => router.layer(cors),
            None => router,
        };
        router
            .layer(from_fn_with_state(Arc::clone(&self), admission::check_host))
            .layer(map_response(browser::secure))
            .layer(from_fn_with_state(self, context::introduce))
    }
}

/// One request's place at the database's turns, and who pays for what it spends there.
struct Bill<'r> {
    door: &'r Door,
    viewer: &'r Viewer,
    caller: &'r Caller,
    place: Place,
}

impl Drop for Bill<'_> {
    fn drop(&mut self) {
        if let Some(limiter) = &self.door.limiter {
            limiter.charge(self.viewer, self.caller, self.place.spent());
        }
    }
}

fn nothing(extensions: &Extensions) -> Response {
    let words = match context::caller(extensions).language {
        Language::English => "Nothing here. The API is at /graphql, its front page at /\n",
        Language::Chinese => "这里没有内容。接口在 /graphql，首页在 /\n",
    };
    (StatusCode::NOT_FOUND, plain(words)).into_response()
}

fn plain(text: impl Into<String>) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, text.into()).into_response()
}
