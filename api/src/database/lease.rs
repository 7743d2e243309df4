//! A connection to PostgreSQL on loan from its pool: what is done on it has a limit, and it is not used again once an answer
//! stayed away.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use sea_orm::sea_query::Values;
use sea_orm::sqlx::postgres::{PgQueryResult, PgRow};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Database, Either, Executor, PgConnection, Postgres, SqlSafeStr};
use sea_query_sqlx::SqlxValues;
use sqlx_core::transaction::TransactionManager;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::fault::Fault;
use super::kept::{Held, Kept};
use super::postgres::{Loan, too_late};

/// How the driver begins and ends transactions.
type Transactions = <Postgres as Database>::TransactionManager;

/// How long a connection that comes back may be busy with what nobody waits for.
const PATIENCE_WITH_DROPPED: Duration = Duration::from_millis(500);

/// How long one may take to come back, or to be closed.
const PATIENCE_WITH_RETURN: Duration = Duration::from_secs(2);

/// What is sent: SQL, and the values of its parameters, or none where the server is not to prepare it.
pub(super) struct Asked<'a> {
    pub(super) sql: &'a str,
    pub(super) values: Option<Values>,
}

/// Takes the rows of an answer as they come. What it says is whether it wants more.
pub(super) type Each<'a> = &'a mut (dyn FnMut(PgRow) -> bool + Send);

/// How a connection does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// All that was asked is answered.
    Whole,
    /// An answer is still to come.
    Busy,
    /// It is broken, or leads to a server that is not the right one any more.
    Lost,
}

/// The connection, until this is dropped.
pub(super) struct Lease {
    held: Option<Held>,
    kept: Arc<Kept>,
    /// How long each of the things below may take.
    limit: Duration,
    /// Whether a statement stays prepared for the next time, which only the same session of a server knows.
    keeps_prepared: bool,
    state: State,
    loan: Option<Loan>,
}

impl Lease {
    pub(super) fn new(held: Held, kept: Arc<Kept>, limit: Duration, keeps_prepared: bool, loan: Loan) -> Self {
        Self { held: Some(held), kept, limit, keeps_prepared, state: State::Whole, loan: Some(loan) }
    }

    /// Sends one statement, and hands over its rows. Where no more of them are wanted, the rest of the answer is still to come.
    pub(super) async fn ask(&mut self, asked: Asked<'_>, each: Each<'_>) -> Result<PgQueryResult, sqlx::Error> {
        let (limit, keeps_prepared) = (self.limit, self.keeps_prepared);
        let outcome = within(limit, answer(self.take_up()?, asked, keeps_prepared, each)).await;
        let (done, is_whole) = self.settle(outcome)?;
        if !is_whole {
            self.state = State::Busy;
        }
        Ok(done)
    }

    /// Whether all that was asked is answered.
    pub(super) fn is_whole(&self) -> bool {
        self.state == State::Whole
    }

    /// Begins a transaction, in these words.
    pub(super) async fn begin(&mut self, words: String) -> Result<(), sqlx::Error> {
        let (limit, words) = (self.limit, AssertSqlSafe(words).into_sql_str());
        let outcome = within(limit, Transactions::begin(self.take_up()?, Some(words))).await;
        self.settle(outcome)
    }

    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        let limit = self.limit;
        let outcome = within(limit, Transactions::commit(self.take_up()?)).await;
        self.settle(outcome)
    }

    pub(super) async fn rollback(&mut self) -> Result<(), sqlx::Error> {
        let limit = self.limit;
        let outcome = within(limit, Transactions::rollback(self.take_up()?)).await;
        self.settle(outcome)
    }

    /// The connection, which is busy from here on until the answer is here, whatever ends this first.
    fn take_up(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.state = State::Busy;
        self.held.as_mut().map(|held| &mut *held.connection).ok_or(sqlx::Error::PoolClosed)
    }

    fn settle<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        let fault = outcome.as_ref().err().map(Fault::of_driver);
        self.state = match fault {
            // A standby today was the primary yesterday: the next connection may find the new one.
            Some(Fault::Unreachable | Fault::ReadOnly) => State::Lost,
            _ => State::Whole,
        };
        if let Some(loan) = self.loan.as_ref().filter(|_| fault != Some(Fault::Unreachable)) {
            loan.answered();
            if fault == Some(Fault::Storage) {
                loan.failed();
            }
        }
        outcome
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        let is_open = Transactions::get_transaction_depth(&held.connection) > 0;
        if self.state == State::Whole && !is_open {
            return self.kept.give_back(held);
        }
        if is_open {
            Transactions::start_rollback(&mut held.connection);
        }
        let give_back = give_back(held, Arc::clone(&self.kept), self.state, self.loan.take());
        // Without a runtime, as at the end of a process, there is nobody who would wait for it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(give_back);
        }
    }
}

/// Gives a connection back once what is left to do on it is done, or closes it where it does not answer in time.
async fn give_back(mut held: Held, kept: Arc<Kept>, state: State, _loan: Option<Loan>) {
    let patience = match state {
        // What it began is still to be undone.
        State::Whole => Some(PATIENCE_WITH_RETURN),
        // The driver would wait for a statement whose request was dropped; a closed connection stops it.
        State::Busy => Some(PATIENCE_WITH_DROPPED),
        State::Lost => None,
    };
    if let Some(patience) = patience
        && matches!(timeout(patience, held.connection.ping()).await, Ok(Ok(())))
    {
        return kept.give_back(held);
    }
    let _ = timeout(PATIENCE_WITH_RETURN, held.connection.close()).await;
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(too_late("no answer from PostgreSQL", limit)))
}

/// What was done, and whether all rows were wanted.
async fn answer(
    connection: &mut PgConnection,
    asked: Asked<'_>,
    keeps_prepared: bool,
    each: Each<'_>,
) -> Result<(PgQueryResult, bool), sqlx::Error> {
    let sql = AssertSqlSafe(asked.sql);
    let mut answer = match asked.values {
        Some(values) => connection.fetch_many(sqlx::query_with(sql, SqlxValues(values)).persistent(keeps_prepared)),
        None => connection.fetch_many(sql),
    };
    let mut done = PgQueryResult::default();
    while let Some(part) = answer.try_next().await? {
        match part {
            Either::Left(part) => done.extend([part]),
            Either::Right(row) => {
                if !each(row) {
                    return Ok((done, false));
                }
            }
        }
    }
    Ok((done, true))
}
