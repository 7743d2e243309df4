//! The application: built once, it turns a GraphQL request into an answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use async_graphql::{EmptySubscription, Request, Response, SDLExportOptions, Schema, ServerError, Value};
use futures_util::FutureExt;
use sea_orm::prelude::Uuid;

use crate::claim::calendar::Rules;
use crate::config::Budget;
use crate::database::Database;
use crate::kernel::caller::Caller;
use crate::kernel::clock::Clock;
use crate::kernel::document::{self, Limits, Shape};
use crate::kernel::drive::{Queue, drive};
use crate::kernel::error::{Error, Result, settle};
use crate::kernel::global_id::Table;
use crate::kernel::loader::{Cost, Rows};
use crate::kernel::viewer::Viewer;
use crate::kernel::write::{Changes, Desk};
use crate::mutation::Mutation;
use crate::query::Query;
use crate::roles::{self, Permission};

/// The whole schema.
pub type Graph = Schema<Query, Mutation, EmptySubscription>;

/// The schema, not yet connected to anything.
#[must_use]
pub fn graph() -> Graph {
    Schema::build(Query, Mutation::default(), EmptySubscription).finish()
}

/// The schema in GraphQL's own language, as `schema.graphql` has it.
#[must_use]
pub fn schema_text(graph: &Graph) -> String {
    let mut text = graph.sdl_with_options(SDLExportOptions::new().prefer_single_line_descriptions());
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// A database, a clock and the schema over them. Cheap to clone.
#[derive(Clone)]
pub struct App {
    database: Database,
    clock: Clock,
    graph: Graph,
    shape: Arc<Shape>,
    limits: Limits,
    body_bytes: usize,
    rules: Rules,
}

/// One request, ready to run.
#[derive(Debug)]
pub struct Ask {
    /// What is asked.
    pub request: Request,
    /// Who asks.
    pub viewer: Viewer,
    /// From where.
    pub caller: Caller,
}

impl App {
    /// The application over `database`.
    #[must_use]
    pub fn new(database: Database, clock: Clock, budget: Budget) -> Self {
        let graph = graph();
        let shape = Arc::new(Shape::of(&schema_text(&graph)));
        let body_bytes = usize::try_from(budget.body_bytes).unwrap_or(usize::MAX);
        Self { database, clock, graph, shape, limits: Limits::new(budget), body_bytes, rules: Rules::default() }
    }

    /// The same with other rules of claims: how long each side has, and which days are worked.
    #[must_use]
    pub fn with_rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The rules of claims.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// How long a request's body may be, in bytes.
    #[must_use]
    pub fn body_bytes(&self) -> usize {
        self.body_bytes
    }

    /// The schema.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Runs one request, level by level, and logs one line about it.
    pub async fn answer(&self, ask: Ask) -> Response {
        let Ask { request, viewer, caller } = ask;
        let request_id = caller.request_id.clone();
        let start = Instant::now();
        let rows = Rows::new(self.database.reader.clone(), viewer.clone(), self.clock.now());
        let cost = rows.cost();
        let desk = Desk::of_caller(cost.counts(self.database.writer.clone()), self.clock.clone(), viewer, caller);
        let mut operation = None;
        let (requested, mut response) = match document::prepare(request, &self.limits, &self.shape) {
            Ok((request, measure)) => {
                operation.clone_from(&request.operation_name);
                (measure.cost, self.run(request, rows, desk).await)
            }
            Err(error) => (0, failed(error)),
        };
        response.errors.iter_mut().for_each(|error| settle(error, &request_id));
        response.extensions.insert("cost".into(), report(requested, &cost));
        tracing::info!(
            request.id = request_id,
            operation = operation.unwrap_or_default(),
            milliseconds = start.elapsed().as_secs_f64() * 1_000.0,
            statements = cost.statements(),
            rows = cost.rows(),
            errors = response.errors.len(),
            "Answered a request"
        );
        response
    }

    async fn run(&self, request: Request, rows: Rows, desk: Desk) -> Response {
        let queue = Queue::default();
        let shared = rows.clone().share(queue.clone());
        let execution = self.graph.execute(request.data(shared).data(desk.clone()).data(self.rules.clone()));
        // A panic in a field or a loader is one masked error, never a dropped connection.
        let answer = AssertUnwindSafe(drive(execution, queue)).catch_unwind().await;
        let answer = answer.unwrap_or_else(|_| failed(Error::Internal("a resolver panicked".into())));
        match account_for(&desk, &rows.unmasked()).await {
            Ok(()) => answer,
            Err(error) => failed(error),
        }
    }
}

/// Whose contacts were shown in clear goes into the audit log before the answer goes out.
async fn account_for(desk: &Desk, unmasked: &[(Table, Uuid)]) -> Result<()> {
    if unmasked.is_empty() {
        return Ok(());
    }
    let party = match roles::places(desk.viewer(), Permission::ActFor) {
        Some((parties, paths)) if paths.is_empty() && parties.len() == 1 => parties.first().copied(),
        _ => None,
    };
    let written = desk.write("unmaskContact", |tx| async move {
        unmasked.iter().for_each(|subject| tx.audit(*subject, party, &Changes::default()));
        Ok(())
    });
    written.await.map(|_| ())
}

fn failed(error: Error) -> Response {
    Response::from_errors(vec![ServerError { source: Some(Arc::new(error)), ..ServerError::new("", None) }])
}

fn report(requested: u64, cost: &Cost) -> Value {
    let figures = [("requested", requested), ("statements", cost.statements()), ("rows", cost.rows())];
    Value::Object(figures.into_iter().map(|(name, figure)| (async_graphql::Name::new(name), figure.into())).collect())
}
