//! One line of the log for each request: what came, from whom, how it went and what it took. Never what was asked: neither queries
//! nor variables, nor what stands after the path.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::http::request::Parts;
use sea_orm::prelude::Uuid;

use super::correlation::Correlation;
use crate::kernel::caller::Caller;
use crate::server::app::Figures;

/// A path that is longer is cut off.
const LONGEST_PATH: usize = 200;

/// What the line of one request says. Whoever handles the request notes what they come to know; the line is written when all is
/// done, or when it will never be.
#[derive(Debug)]
pub(super) struct Entry {
    request_id: String,
    trace_id: Option<String>,
    method: String,
    path: String,
    /// Whether it only asks how the server does, which happens every few seconds.
    is_probe: bool,
    address: Option<String>,
    start: Instant,
    status: Option<StatusCode>,
    /// The first code of an error in the answer.
    code: Option<String>,
    account: Option<Uuid>,
    ran: Option<Ran>,
}

/// What queries took, where any ran.
#[derive(Debug, Default)]
struct Ran {
    operation: String,
    figures: Figures,
    errors: usize,
    /// How long the database worked for them.
    database: Duration,
}

tokio::task_local! {
    static ENTRY: RefCell<Entry>;
}

impl Entry {
    pub(super) fn new(parts: &Parts, caller: &Caller, correlation: &Correlation) -> Self {
        let path = parts.uri.path();
        Self {
            request_id: caller.request_id.clone(),
            trace_id: correlation.trace_id().map(str::to_owned),
            method: parts.method.as_str().chars().take(20).collect(),
            path: path.chars().take(LONGEST_PATH).collect(),
            is_probe: is_probe(path),
            address: caller
                .address
                .map(|address| address.to_string())
                .or_else(|| caller.network().map(|network| network.to_string())),
            start: Instant::now(),
            status: None,
            code: None,
            account: None,
            ran: None,
        }
    }

    /// Does some work whose course is noted here.
    pub(super) async fn around<T>(self, work: impl Future<Output = T>) -> T {
        ENTRY.scope(RefCell::new(self), work).await
    }
}

/// Whether a path is asked by those who watch over the server: often, and at no cost to speak of.
pub(super) fn is_probe(path: &str) -> bool {
    ["/healthz", "/readyz"].contains(&path)
}

/// Notes how the request at hand was answered.
pub(super) fn answered(status: StatusCode) {
    note(|entry| entry.status = Some(status));
}

/// Notes who asks.
pub(super) fn signed_in(account: Option<Uuid>) {
    note(|entry| entry.account = account);
}

/// Notes the code of an error. The first one counts.
pub(super) fn failed(code: &str) {
    note(|entry| {
        entry.code.get_or_insert_with(|| code.to_owned());
    });
}

/// Notes that a query ran, one of several perhaps.
pub(super) fn ran(operation: Option<&str>, figures: Figures, errors: usize, database: Duration) {
    note(|entry| {
        let ran = entry.ran.get_or_insert_default();
        if let (Some(operation), true) = (operation, ran.operation.is_empty()) {
            ran.operation = operation.to_owned();
        }
        ran.figures = ran.figures.and(figures);
        ran.errors += errors;
        // Those of a batch are in one place, which knows of them all.
        ran.database = database;
    });
}

fn note(change: impl FnOnce(&mut Entry)) {
    // Outside of a request there is nothing to be noted.
    let _ = ENTRY.try_with(|entry| change(&mut entry.borrow_mut()));
}

impl Drop for Entry {
    fn drop(&mut self) {
        let Self { request_id, trace_id, method, path, address, code, ran, .. } = self;
        let (status, account) =
            (self.status.map(|status| status.as_u16()), self.account.map(|account| account.to_string()));
        let milliseconds = in_milliseconds(self.start.elapsed());
        let ran = ran.as_ref();
        macro_rules! line {
            ($level:ident, $message:literal) => {
                tracing::$level!(
                    request.id = request_id,
                    trace.id = trace_id,
                    method,
                    path,
                    status,
                    code,
                    address,
                    account,
                    milliseconds,
                    operation = ran.map(|ran| ran.operation.as_str()),
                    statements = ran.map(|ran| ran.figures.statements),
                    rows = ran.map(|ran| ran.figures.rows),
                    database_milliseconds = ran.map(|ran| in_milliseconds(ran.database)),
                    errors = ran.map(|ran| ran.errors),
                    $message
                )
            };
        }
        match self.status {
            None => line!(info, "Gave up a request that nobody waits for any more"),
            Some(StatusCode::OK) if self.is_probe => line!(debug, "Answered a request"),
            Some(_) => line!(info, "Answered a request"),
        }
    }
}

fn in_milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
