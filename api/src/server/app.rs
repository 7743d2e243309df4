//! The application: built once, it turns a GraphQL request into an answer.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{
    EmptySubscription, Name, Request, Response, SDLExportOptions, Schema, SchemaBuilder, ServerError, ValidationMode,
    Value,
};
use futures_util::FutureExt;
use sea_orm::prelude::Uuid;

use crate::access::account::token::SigningKey;
use crate::access::account::{Gate, alone};
use crate::access::roles::{self, Permission};
use crate::database::Database;
use crate::feature::attachment::files::Files;
use crate::feature::claim::calendar::Rules;
use crate::graph::lists::lists;
use crate::graph::mutation::Mutation;
use crate::graph::prices::PRICES;
use crate::graph::query::{Interfaces, Query};
use crate::kernel::caller::Caller;
use crate::kernel::clock::Clock;
use crate::kernel::connection::Lists;
use crate::kernel::document::{self, Introspection, Limits, Prepared, Types};
use crate::kernel::drive::{Queue, drive};
use crate::kernel::error::{Error, Result, settle};
use crate::kernel::global_id::Table;
use crate::kernel::loader::{Act, Cost, Rows};
use crate::kernel::turns::{Place, Turns};
use crate::kernel::viewer::Viewer;
use crate::kernel::write::{Changes, Desk};
use crate::server::config::Budget;

/// How long a statement takes that is logged, where nobody says.
const SLOW_STATEMENT: Duration = Duration::from_secs(1);

/// The whole schema.
pub type Graph = Schema<Query, Mutation, EmptySubscription>;

/// The schema, not yet connected to anything.
#[must_use]
pub fn graph() -> Graph {
    builder().finish()
}

fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    let builder = Schema::build(Query, Mutation::default(), EmptySubscription).register_output_type::<Interfaces>();
    // What the library would look at was looked at before: see `kernel/document`.
    builder.validation_mode(ValidationMode::Fast).limit_recursive_depth(64)
}

/// The schema in GraphQL's own language, as `schema.graphql` has it.
#[must_use]
pub fn schema_text(graph: &Graph) -> String {
    let mut text =
        graph.sdl_with_options(SDLExportOptions::new().prefer_single_line_descriptions().include_specified_by());
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// A database, a clock and the schema over them. Cheap to clone.
#[derive(Clone)]
pub struct App {
    database: Database,
    turns: Turns,
    clock: Clock,
    graph: Graph,
    types: Types,
    lists: Arc<Lists>,
    introspection: Introspection,
    limits: Limits,
    body_bytes: usize,
    answer_bytes: u64,
    introspects: bool,
    rules: Rules,
    files: Option<Arc<Files>>,
    gate: Arc<Gate>,
    slow_statement: Duration,
}

/// One request, looked at and ready to run, or why it cannot.
#[derive(Debug)]
pub struct Ask {
    /// What is asked.
    pub query: Result<Prepared>,
    /// Who asks.
    pub viewer: Viewer,
    /// From where.
    pub caller: Caller,
    /// Its place at the database's turns.
    pub place: Place,
}

/// What a request is answered with.
#[derive(Debug)]
pub struct Answer {
    /// Data and errors.
    pub response: Response,
    /// What it took.
    pub figures: Figures,
}

/// What a request took, as `extensions.cost` tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Fields that it might have been answered with, pages multiplied.
    pub requested: u64,
    /// Fields that it was answered with.
    pub spent: u64,
    /// Statements sent to the database.
    pub statements: u64,
    /// Rows read from it.
    pub rows: u64,
}

impl Figures {
    /// What two requests took together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            requested: self.requested.saturating_add(other.requested),
            spent: self.spent.saturating_add(other.spent),
            statements: self.statements.saturating_add(other.statements),
            rows: self.rows.saturating_add(other.rows),
        }
    }

    fn report(self) -> Value {
        let Self { requested, spent, statements, rows } = self;
        let figures = [("requested", requested), ("spent", spent), ("statements", statements), ("rows", rows)];
        Value::Object(figures.into_iter().map(|(name, figure)| (Name::new(name), figure.into())).collect())
    }
}

impl App {
    /// The application over `database`.
    #[must_use]
    pub fn new(database: Database, clock: Clock, budget: Budget) -> Self {
        let (reads, writes) = database.shares();
        let graph = graph();
        let text = schema_text(&graph);
        let types = Types::of(&text);
        let body_bytes = usize::try_from(budget.body_bytes).unwrap_or(usize::MAX);
        Self {
            turns: Turns::new(reads, writes),
            database,
            clock,
            graph,
            types,
            lists: Arc::new(lists()),
            introspection: Introspection::of(&text),
            limits: Limits::from(budget),
            body_bytes,
            answer_bytes: budget.answer_bytes,
            introspects: true,
            rules: Rules::default(),
            files: None,
            gate: Arc::new(Gate::new(SigningKey::random())),
            slow_statement: SLOW_STATEMENT,
        }
    }

    /// The same, and it takes files in.
    #[must_use]
    pub fn with_files(self, files: Files) -> Self {
        Self { files: Some(Arc::new(files)), ..self }
    }

    /// Where files go; none where it takes none in.
    #[must_use]
    pub fn files(&self) -> Option<&Arc<Files>> {
        self.files.as_ref()
    }

    /// The same with other rules of claims: how long each side has, and which days are worked.
    #[must_use]
    pub fn with_rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// The same with another gate. Without one, its tokens are good for this process alone.
    #[must_use]
    pub fn with_gate(self, gate: Gate) -> Self {
        Self { gate: Arc::new(gate), ..self }
    }

    /// What it takes to come in.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Whose turn it is there.
    #[must_use]
    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    /// What somebody's request reads with: as of now, and when it is their turn.
    #[must_use]
    pub fn rows(&self, viewer: Viewer, caller: &Caller) -> Rows {
        let place = self.turns.place(&viewer, caller);
        self.rows_at(place, viewer, &caller.request_id)
    }

    fn rows_at(&self, place: Place, viewer: Viewer, request_id: &str) -> Rows {
        let cost = Cost::new(request_id, self.slow_statement, self.answer_bytes);
        Rows::new(self.database.reader.clone(), cost, place, viewer, self.clock.now())
    }

    /// The same, but a statement that takes as long as this is logged.
    #[must_use]
    pub fn with_slow_statement(self, slow_statement: Duration) -> Self {
        Self { slow_statement, ..self }
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

    /// The same, but it tells nothing of its schema: no introspection, and no suggestions in errors.
    #[must_use]
    pub fn without_introspection(mut self) -> Self {
        self.graph = builder().disable_introspection().disable_suggestions().finish();
        self.introspects = false;
        self
    }

    /// Refuses queries that are sent together, where together they cost too much.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED`.
    pub fn check_cost(&self, cost: u64) -> Result<()> {
        self.limits.check_cost(cost)
    }

    /// How many values the JSON of one query may hold.
    #[must_use]
    pub fn body_values(&self) -> usize {
        self.limits.body_values()
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

    /// Looks at one request, before anything of it runs.
    ///
    /// # Errors
    /// As `document::prepare`, and where it asks for the schema of an application that does not tell it.
    pub fn prepare(&self, request: Request) -> Result<Prepared> {
        let mut prepared =
            document::prepare(request, &self.limits, &PRICES, &self.types, &self.lists, self.introspects)?;
        alone::check(&mut prepared.request)?;
        if prepared.measure.introspects() && !self.introspects {
            return Err(Error::BadRequest("introspection is switched off".into()));
        }
        Ok(prepared)
    }

    /// Runs one request, level by level.
    pub async fn answer(&self, ask: Ask) -> Answer {
        let Ask { query, viewer, caller, place } = ask;
        let (request_id, language) = (caller.request_id.clone(), caller.language);
        let rows = self.rows_at(place.clone(), viewer.clone(), &request_id);
        let cost = rows.cost();
        let writer = cost.counts(self.database.writer.clone());
        let desk = Desk::of_caller(writer, place, self.clock.clone(), viewer, caller);
        let (mut response, requested, spent) = match query {
            Ok(Prepared { mut request, kind, measure, introspections, area_codes }) => {
                let told = measure.introspects().then(|| self.introspection.of_request(&mut request)).flatten();
                let rows = rows.naming_areas(area_codes);
                let rows = if kind == OperationType::Query { rows.remembering() } else { rows };
                let mut response = self.run(request, rows, desk).await;
                told.into_iter().for_each(|told| told.put(&mut response.data));
                // What a mutation did is done: its answer lacks single fields, but is never taken back.
                if kind == OperationType::Query
                    && let Err(error) = cost.bulk().check(&response.data)
                {
                    response = failed(error);
                }
                let spent = spent(&response.data, &introspections);
                (response, measure.cost, spent)
            }
            Err(error) => (failed(error), 0, 0),
        };
        response.errors.iter_mut().for_each(|error| settle(error, &request_id, language));
        let figures = Figures { requested, spent, statements: cost.statements(), rows: cost.rows() };
        response.extensions.insert("cost".into(), figures.report());
        Answer { response, figures }
    }

    async fn run(&self, request: Request, rows: Rows, desk: Desk) -> Response {
        let queue = Queue::default();
        let shared = rows.clone().share(queue.clone());
        let execution = self
            .graph
            .execute(request.data(shared).data(desk.clone()).data(self.rules.clone()).data(Arc::clone(&self.gate)));
        // A panic in a field or a loader is one masked error, never a dropped connection.
        let answer = AssertUnwindSafe(drive(execution, queue)).catch_unwind().await;
        let answer = answer.unwrap_or_else(|_| failed(Error::Internal("a resolver panicked".into())));
        for (reader, seen) in rows.accounted() {
            let desk = desk.clone().signed_in(reader);
            for act in [Act::UnmaskContact, Act::ReadAuditLog] {
                let seen: Vec<_> =
                    seen.iter().filter(|(one, ..)| *one == act).map(|(_, table, key)| (*table, *key)).collect();
                if let Err(error) = account_for(&desk, act, &seen).await {
                    return failed(error);
                }
            }
        }
        answer
    }
}

/// What was shown that is to be accounted for, and to whom, goes into the audit log before the answer goes out.
pub(super) async fn account_for(desk: &Desk, act: Act, seen: &[(Table, Uuid)]) -> Result<()> {
    if seen.is_empty() {
        return Ok(());
    }
    let party = match roles::places(desk.viewer(), Permission::ActFor) {
        Some((parties, paths)) if paths.is_empty() && parties.len() == 1 => parties.first().copied(),
        _ => None,
    };
    let written = desk.write(act.word(), |tx| async move {
        seen.iter().for_each(|subject| tx.audit(*subject, party, &Changes::default()));
        Ok(())
    });
    written.await.map(|_| ())
}

fn failed(error: Error) -> Response {
    let told = |error: Error, locations| ServerError {
        source: Some(Arc::new(error)),
        locations,
        ..ServerError::new("", None)
    };
    Response::from_errors(match error {
        Error::Invalid(faults) => {
            let faults = faults.iter();
            faults.map(|fault| told(Error::BadRequest(fault.message.clone()), fault.locations.clone())).collect()
        }
        error => vec![told(error, Vec::new())],
    })
}

/// The fields of an answer, each of which costs one; those of an introspection do not.
fn spent(data: &Value, introspections: &HashSet<String>) -> u64 {
    let Value::Object(fields) = data else { return 0 };
    fields
        .iter()
        .filter(|(name, _)| !introspections.contains(name.as_str()))
        .map(|(_, value)| 1 + answered(value))
        .sum()
}

fn answered(value: &Value) -> u64 {
    match value {
        Value::Object(fields) => fields.values().map(|value| 1 + answered(value)).sum(),
        Value::List(values) => values.iter().map(answered).sum(),
        _ => 0,
    }
}
