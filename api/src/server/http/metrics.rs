//! Figures for Prometheus: what was asked, how it went, how long it took, and what it cost.

use std::collections::HashSet;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::database::Database;
use crate::kernel::turns::Turns;
use crate::server::app::Figures;

/// So many operations are counted by their names, the rest together: names are free to make up.
const NAMES: usize = 100;

/// A name that is longer is made up.
const NAME_LENGTH: usize = 64;

/// What a counter of requests goes by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    kind: &'static str,
    operation: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    code: String,
    limit: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pool {
    pool: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AtTurns {
    state: &'static str,
}

/// The figures so far.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Asked, Counter>,
    seconds: Family<Kind, Histogram, fn() -> Histogram>,
    refusals: Family<Refused, Counter>,
    statements: Counter,
    rows: Counter,
    pool: Family<Pool, Gauge>,
    turns: Family<AtTurns, Gauge>,
    waited: Counter<f64, AtomicU64>,
    log_lines_lost: Counter,
    names: Mutex<HashSet<String>>,
    /// Connections that are open.
    pub(super) connections: Gauge,
    /// Connections for which there was no place.
    pub(super) turned_away: Counter,
}

/// One query and its answer, as they are counted.
pub(super) struct Turn<'t> {
    pub(super) kind: &'static str,
    pub(super) operation: Option<&'t str>,
    pub(super) outcome: &'static str,
    pub(super) took: Duration,
    pub(super) figures: Figures,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("cobuild"),
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 2.0, 16))),
            refusals: Family::default(),
            statements: Counter::default(),
            rows: Counter::default(),
            pool: Family::default(),
            turns: Family::default(),
            waited: Counter::default(),
            log_lines_lost: Counter::default(),
            names: Mutex::default(),
            connections: Gauge::default(),
            turned_away: Counter::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("requests", "Queries and mutations that ran", metrics.requests.clone());
        let help = "How long they took";
        registry.register_with_unit("request", help, Unit::Seconds, metrics.seconds.clone());
        registry.register("refusals", "Requests that did not run, by code and limit", metrics.refusals.clone());
        registry.register("statements", "Statements sent to the database", metrics.statements.clone());
        registry.register("rows", "Rows read from the database", metrics.rows.clone());
        registry.register("pool_connections", "Connections to the database", metrics.pool.clone());
        registry.register("turns", "Statements that have or await their turn at the database", metrics.turns.clone());
        let help = "How long statements waited for their turn";
        registry.register_with_unit("turns_waited", help, Unit::Seconds, metrics.waited.clone());
        registry.register("connections", "Connections that are open", metrics.connections.clone());
        let help = "Lines of the log that could not be written";
        registry.register("log_lines_lost", help, metrics.log_lines_lost.clone());
        let help = "Connections for which there was no place";
        registry.register("connections_turned_away", help, metrics.turned_away.clone());
        metrics
    }

    /// Counts a query that ran.
    pub(super) fn answered(&self, turn: &Turn) {
        let Turn { kind, operation, outcome, took, figures } = *turn;
        self.requests.get_or_create(&Asked { kind, operation: self.named(operation), outcome }).inc();
        self.seconds.get_or_create(&Kind { kind }).observe(took.as_secs_f64());
        self.statements.inc_by(figures.statements);
        self.rows.inc_by(figures.rows);
    }

    /// Counts a request that did not run. What a limit is called stands at the beginning of its refusal.
    pub(super) fn refused(&self, code: &str, message: &str) {
        let limit = match code {
            "LIMIT_EXCEEDED" => message.split_once(':').map_or("body", |(limit, _)| limit),
            "RATE_LIMITED" => "rate",
            _ => "",
        };
        self.refusals.get_or_create(&Refused { code: code.to_owned(), limit: limit.to_owned() }).inc();
    }

    fn named(&self, operation: Option<&str>) -> String {
        let Some(name) = operation else { return String::new() };
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known =
            names.contains(name) || (names.len() < NAMES && name.len() <= NAME_LENGTH && names.insert(name.to_owned()));
        if is_known { name.to_owned() } else { "(other)".to_owned() }
    }

    /// All of it, in the text that Prometheus reads.
    pub(super) fn text(&self, database: &Database, turns: &Turns) -> String {
        let turns = turns.figures();
        for (state, number) in [("running", turns.running), ("waiting", turns.waiting)] {
            self.turns.get_or_create(&AtTurns { state }).set(i64::try_from(number).unwrap_or(i64::MAX));
        }
        self.waited.inner().store(turns.waited.as_secs_f64().to_bits(), Relaxed);
        for (pool, size, idle) in database.pools() {
            self.pool.get_or_create(&Pool { pool, state: "idle" }).set(idle);
            self.pool.get_or_create(&Pool { pool, state: "in use" }).set(size - idle);
        }
        self.log_lines_lost.inner().store(crate::server::log::lost(), Relaxed);
        let mut text = String::new();
        // Writing into a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
