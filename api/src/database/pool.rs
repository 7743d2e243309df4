//! A pool as the rest of the server sees it, and a transaction: one type each for both databases, and on PostgreSQL every
//! statement has a limit that needs no answer from the other end.

use std::fmt::{self, Debug, Formatter};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use sea_orm::sea_query::Values;
use sea_orm::sqlx::postgres::PgRow;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    SqliteTransactionMode, Statement, StreamTrait, TransactionOptions, TransactionTrait, sqlx,
};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::lease::{Asked, Lease};
use super::postgres::Server;
use super::sqlite;

/// Told of every statement and how long it took, apart from those that begin and end transactions.
type Counter = Arc<dyn Fn(&str, Duration) + Send + Sync>;

/// Who is told, if anybody is.
#[derive(Clone, Default)]
struct Counting(Option<Counter>);

impl Counting {
    async fn count<T>(&self, statement: &Statement, answer: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let answer = answer.await;
        if let Some(counter) = &self.0 {
            counter(&statement.sql, start.elapsed());
        }
        answer
    }
}

/// How long the end waits for connections that are in use.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(5);

/// Several connections to one database. A handle: its copies are the same pool.
#[derive(Clone, Default)]
pub struct Pool {
    plain: DatabaseConnection,
    /// Where it is PostgreSQL: what statements are sent through.
    server: Option<Arc<Server>>,
    counter: Counting,
}

/// A transaction. Dropped before it was committed, it is rolled back.
pub struct Transaction {
    inside: Inside,
    counter: Counting,
}

enum Inside {
    Sqlite(DatabaseTransaction),
    Postgres(Mutex<Lease>),
}

impl Debug for Pool {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        self.plain.fmt(to)
    }
}

impl Debug for Transaction {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str("Transaction")
    }
}

impl Pool {
    pub(super) fn sqlite(plain: DatabaseConnection) -> Self {
        Self { plain, server: None, counter: Counting(None) }
    }

    pub(super) fn postgres(server: Server) -> Self {
        Self { plain: server.pool.clone().into(), server: Some(Arc::new(server)), counter: Counting(None) }
    }

    /// The library's own pool: for the steps of the tables, which take no other, and for its figures.
    #[must_use]
    pub fn plain(&self) -> &DatabaseConnection {
        &self.plain
    }

    /// How many of its connections are idle besides those of the library's own.
    pub(super) fn kept(&self) -> usize {
        self.server.as_ref().map_or(0, |server| server.kept.idle())
    }

    /// Whether sessions are shared with others, as behind a pooler.
    pub(super) fn is_shared(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.is_shared)
    }

    /// This copy, and no other, with `counter` told of its statements.
    #[must_use]
    pub fn counted(mut self, counter: impl Fn(&str, Duration) + Send + Sync + 'static) -> Self {
        let counter: Counter = Arc::new(counter);
        let count = Arc::clone(&counter);
        if self.server.is_none() {
            self.plain.set_metric_callback(move |sent| count(&sent.statement.sql, sent.elapsed));
        }
        Self { counter: Counting(Some(counter)), ..self }
    }

    /// Begins a transaction that is going to write: on SQLite it is the only one from here on.
    ///
    /// # Errors
    /// Where the database fails, or no connection comes free in time.
    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        self.begin_as("BEGIN", Some(SqliteTransactionMode::Immediate)).await
    }

    /// Begins a transaction that reads the database as it was when it began.
    ///
    /// # Errors
    /// Where the database fails, or no connection comes free in time.
    pub async fn begin_snapshot(&self) -> Result<Transaction, DbErr> {
        self.begin_as("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", None).await
    }

    /// In these words on PostgreSQL, and in this mode on SQLite.
    async fn begin_as(
        &self,
        words: &str,
        sqlite_transaction_mode: Option<SqliteTransactionMode>,
    ) -> Result<Transaction, DbErr> {
        let inside = match &self.server {
            Some(server) => Inside::Postgres(Mutex::new(server.begin(words).await?)),
            None => {
                let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
                Inside::Sqlite(self.plain.begin_with_options(options).await?)
            }
        };
        Ok(Transaction { inside, counter: self.counter.clone() })
    }

    /// Closes all connections, once those in use are back.
    ///
    /// # Errors
    /// Where the driver fails to.
    pub async fn close(self) -> Result<(), DbErr> {
        let Some(server) = &self.server else { return self.plain.close().await };
        server.kept.close();
        // One that is frozen never comes back.
        timeout(PATIENCE_AT_THE_END, self.plain.close()).await.unwrap_or(Ok(()))
    }
}

impl Transaction {
    /// Keeps what it did.
    ///
    /// # Errors
    /// Where the database fails. Where the connection is lost meanwhile, nobody knows whether it was kept.
    pub async fn commit(self) -> Result<(), DbErr> {
        match self.inside {
            Inside::Sqlite(transaction) => transaction.commit().await,
            Inside::Postgres(lease) => lease.into_inner().commit().await.map_err(while_querying),
        }
    }

    /// Undoes what it did.
    ///
    /// # Errors
    /// Where the database fails; then, too, it is undone.
    pub async fn rollback(self) -> Result<(), DbErr> {
        match self.inside {
            Inside::Sqlite(transaction) => transaction.rollback().await,
            Inside::Postgres(lease) => lease.into_inner().rollback().await.map_err(while_querying),
        }
    }
}

impl Pool {
    /// Hands over the rows that a statement gives, as they come. What `each` says is whether it wants more of them.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn query_each_raw(
        &self,
        statement: Statement,
        each: &mut (dyn FnMut(QueryResult) -> bool + Send),
    ) -> Result<(), DbErr> {
        let mut sent = pin!(async {
            match &self.server {
                Some(server) => {
                    server.ask(prepared(&statement), &mut |row| each(row.into())).await?;
                }
                None => sqlite::ask(self.plain.get_sqlite_connection_pool(), prepared(&statement), each).await?,
            }
            Ok(())
        });
        self.counter.count(&statement, sent.as_mut()).await
    }
}

impl Transaction {
    /// Takes the rows that a statement gives, as they come, until one cannot be taken.
    ///
    /// # Errors
    /// Where the database fails, and why a row was not taken.
    pub async fn each_row<E: From<DbErr> + Send>(
        &self,
        statement: Statement,
        mut take: impl FnMut(QueryResult) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        let mut fault = None;
        let mut each = |row| {
            fault = take(row).err();
            fault.is_none()
        };
        self.query_each_raw(statement, &mut each).await?;
        fault.map_or(Ok(()), Err)
    }

    async fn query_each_raw(
        &self,
        statement: Statement,
        each: &mut (dyn FnMut(QueryResult) -> bool + Send),
    ) -> Result<(), DbErr> {
        match &self.inside {
            Inside::Sqlite(transaction) => {
                let mut rows = transaction.stream_raw(statement).await?;
                while let Some(row) = rows.try_next().await? {
                    if !each(row) {
                        break;
                    }
                }
            }
            Inside::Postgres(lease) => {
                let mut lease = lease.lock().await;
                let mut each = |row: PgRow| each(row.into());
                let done = self.counter.count(&statement, lease.ask(prepared(&statement), &mut each)).await;
                done.map_err(while_querying)?;
            }
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        self.plain.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let Some(server) = &self.server else { return self.plain.execute_raw(statement).await };
        let done = self.counter.count(&statement, server.ask(prepared(&statement), &mut |_| true)).await?;
        Ok(done.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let Some(server) = &self.server else { return self.plain.execute_unprepared(sql).await };
        Ok(server.ask(Asked { sql, values: None }, &mut |_| true).await?.into())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if self.server.is_none() {
            return self.plain.query_all_raw(statement).await;
        }
        let mut rows = Vec::new();
        let mut keep = |row| {
            rows.push(row);
            true
        };
        self.query_each_raw(statement, &mut keep).await?;
        Ok(rows)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        match &self.inside {
            Inside::Sqlite(_) => DbBackend::Sqlite,
            Inside::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.inside {
            Inside::Sqlite(transaction) => transaction.execute_raw(statement).await,
            Inside::Postgres(lease) => {
                let mut lease = lease.lock().await;
                let done = self.counter.count(&statement, lease.ask(prepared(&statement), &mut |_| true)).await;
                Ok(done.map_err(while_querying)?.into())
            }
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.inside {
            Inside::Sqlite(transaction) => transaction.execute_unprepared(sql).await,
            Inside::Postgres(lease) => {
                let done = lease.lock().await.ask(Asked { sql, values: None }, &mut |_| true).await;
                Ok(done.map_err(while_querying)?.into())
            }
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if let Inside::Sqlite(transaction) = &self.inside {
            return transaction.query_all_raw(statement).await;
        }
        let mut rows = Vec::new();
        let mut keep = |row| {
            rows.push(row);
            true
        };
        self.query_each_raw(statement, &mut keep).await?;
        Ok(rows)
    }
}

fn prepared(statement: &Statement) -> Asked<'_> {
    let values = statement.values.clone().unwrap_or_else(|| Values(Vec::new()));
    Asked { sql: &statement.sql, values: Some(values) }
}

pub(super) fn while_querying(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}
