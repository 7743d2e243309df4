//! Connections to PostgreSQL: how long a statement may take, on either side of the wire, and how to tell a server from a pooler
//! that stands before it.

use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgQueryResult};
use sea_orm::sqlx::{self, AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool, Row};
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use tokio::time::timeout;
use tracing::subscriber::NoSubscriber;

use super::kept::Kept;
use super::lease::{Asked, Each, Lease};
use super::pool::while_querying;
use super::shares::Shares;

/// How many read at a time.
pub(super) const SHARES: Shares = Shares { light: 4, heavy: 1, long: 3, each: 3 };

/// How many transactions write at a time.
pub(super) const WRITERS: usize = 5;

/// Connections: some more than have their turn, for who somebody is, for the clock, and for how the database does.
pub(super) const CONNECTIONS: u32 = 16;

/// How long it may take to come to a first connection.
const PATIENCE_WITH_FIRST: Duration = Duration::from_secs(5);

/// What an answer is allowed beyond the time after which PostgreSQL itself stops a statement.
const MARGIN: Duration = Duration::from_secs(2);

/// The parameter by which a session is known again.
const MARK: &str = "cobuild.session";

/// A server, or what stands before it, and how much of its time is ours.
pub(super) struct Server {
    pub(super) pool: PgPool,
    limits: Limits,
    /// Whether sessions are shared with others, as behind a pooler: there, what is set or prepared lasts for a transaction, so
    /// everything is done in transactions.
    pub(super) is_shared: bool,
    pub(super) kept: Arc<Kept>,
    traffic: Arc<Traffic>,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// A statement, where PostgreSQL itself is to stop it.
    pub(super) statement: Option<Duration>,
    /// An answer where it is not: a command's statements take as long as they take, but an answer that stays away for so long
    /// does not come any more.
    pub(super) answer: Duration,
    /// The wait for a connection.
    pub(super) acquire: Duration,
    /// Connections at a time.
    pub(super) connections: u32,
}

/// What goes on at the moment, by which a full pool is told from a server that is gone.
#[derive(Debug)]
pub(super) struct Traffic {
    started: Instant,
    on_loan: AtomicU32,
    /// When the last answer came, in milliseconds since the start.
    answered: AtomicU64,
    /// Whether a disk has failed since it was last seen to be well.
    has_failed: Arc<AtomicBool>,
}

/// One connection that is in use.
pub(super) struct Loan(Arc<Traffic>);

impl Loan {
    /// Says that a disk of the server's has failed.
    pub(super) fn failed(&self) {
        self.0.has_failed.store(true, Relaxed);
    }

    /// Says that the server has answered on it.
    pub(super) fn answered(&self) {
        self.0.answered.store(self.0.now(), Relaxed);
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.0.on_loan.fetch_sub(1, Relaxed);
    }
}

impl Server {
    /// Connects once, to see that it is there and who answers. A disk of its that fails is told by `has_failed`.
    pub(super) async fn open(url: &str, limits: Limits, has_failed: &Arc<AtomicBool>) -> Result<Self, DbErr> {
        let usual = read(url).map_err(while_connecting)?;
        // Poolers refuse what they do not know, and answers are read in binary form, where it means nothing.
        let usual = usual.disable_statement_logging().extra_float_digits(None);
        let mark = uuid::Uuid::now_v7().simple().to_string();
        let settings = limits.settings().into_iter().chain([(MARK, mark.clone())]);
        let marked = usual.clone().options(settings);
        let is_ours = match first(&marked).await {
            Ok(connection) => is_marked(connection, &mark).await.map_err(while_connecting)?,
            Err(error) if refuses_settings(&error) => {
                first(&usual).await.map_err(while_connecting)?.close().await.map_err(while_connecting)?;
                false
            }
            Err(error) => return Err(while_connecting(error)),
        };
        // What is prepared in one session is unknown in the next one that is lent to us.
        let options = if is_ours { marked } else { usual.statement_cache_capacity(0) };
        let pool = limits.pool(is_ours).connect_lazy_with(options);
        let (kept, traffic) = (Kept::new(limits.connections), Traffic::new(Arc::clone(has_failed)));
        Ok(Self { pool, limits, is_shared: !is_ours, kept, traffic })
    }

    /// Other connections to the same, within other limits.
    pub(super) fn beside(&self, limits: Limits) -> Self {
        let options = PgConnectOptions::clone(&self.pool.connect_options());
        let options = if self.is_shared { options } else { options.options(limits.settings()) };
        let pool = limits.pool(!self.is_shared).connect_lazy_with(options);
        let traffic = Traffic::new(Arc::clone(&self.traffic.has_failed));
        Self { pool, limits, is_shared: self.is_shared, kept: Kept::new(limits.connections), traffic }
    }

    /// Sends one statement, and nothing else on the same connection.
    pub(super) async fn ask(&self, asked: Asked<'_>, each: Each<'_>) -> Result<PgQueryResult, DbErr> {
        if !self.is_shared {
            return self.lease().await?.ask(asked, each).await.map_err(while_querying);
        }
        let mut lease = self.begin("BEGIN").await?;
        let done = lease.ask(asked, each).await.map_err(while_querying)?;
        if lease.is_whole() {
            lease.commit().await.map_err(while_querying)?;
        }
        Ok(done)
    }

    /// A connection on which a transaction has begun, in these words.
    pub(super) async fn begin(&self, words: &str) -> Result<Lease, DbErr> {
        let mut words = words.to_owned();
        if self.is_shared {
            let settings = self.limits.settings().into_iter();
            words.extend(settings.map(|(name, value)| format!("; SET LOCAL {name} = '{value}'")));
        }
        let mut lease = self.lease().await?;
        lease.begin(words).await.map_err(while_querying)?;
        Ok(lease)
    }

    async fn lease(&self) -> Result<Lease, DbErr> {
        let held = self.kept.take(&self.pool).await.map_err(|error| self.not_acquired(error))?;
        let limit = self.limits.statement.map_or(self.limits.answer, |limit| limit + MARGIN);
        Ok(Lease::new(held, Arc::clone(&self.kept), limit, !self.is_shared, self.traffic.lend()))
    }

    /// Why there was no connection: all are in use, or none can be made. The pool says the same of both.
    fn not_acquired(&self, error: sqlx::Error) -> DbErr {
        match error {
            sqlx::Error::PoolTimedOut if self.traffic.is_full(self.limits.connections) => {
                DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)
            }
            sqlx::Error::PoolTimedOut => while_connecting(too_late("no connection to PostgreSQL", self.limits.acquire)),
            sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
            error => while_connecting(error),
        }
    }
}

impl Limits {
    /// What PostgreSQL itself is told to hold to. A session that waits for us holds its locks no longer than a statement may
    /// take, since we may have lost it; who waits for a lock is told soon enough to try once more.
    fn settings(self) -> Vec<(&'static str, String)> {
        let Some(statement) = self.statement else { return Vec::new() };
        let limits = [
            ("statement_timeout", statement),
            ("lock_timeout", statement / 3),
            ("idle_in_transaction_session_timeout", statement),
        ];
        let limits = limits.map(|(name, limit)| (name, limit.as_millis().max(1).to_string()));
        // To compile a statement takes seconds, to run it milliseconds: the server judges that by costs, and by these it errs.
        limits.into_iter().chain([("jit", "off".to_owned())]).collect()
    }

    fn pool(self, is_ours: bool) -> PgPoolOptions {
        let options = PgPoolOptions::new().max_connections(self.connections).acquire_timeout(self.acquire);
        if self.statement.is_none() || !is_ours {
            return options;
        }
        options.after_connect(|connection, _| {
            Box::pin(async move {
                for setting in SESSION {
                    // Not every system and version can.
                    let _ = connection.execute(setting).await;
                }
                Ok(())
            })
        })
    }
}

/// What makes a server notice in time that we are gone: while it works, and while it waits for us.
const SESSION: [&str; 2] = [
    "SET client_connection_check_interval = '1s'",
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 10000",
];

impl Traffic {
    fn new(has_failed: Arc<AtomicBool>) -> Arc<Self> {
        Arc::new(Self { started: Instant::now(), on_loan: AtomicU32::new(0), answered: AtomicU64::new(0), has_failed })
    }

    /// Counts a connection as lent until this is dropped.
    pub(super) fn lend(self: &Arc<Self>) -> Loan {
        self.on_loan.fetch_add(1, Relaxed);
        Loan(Arc::clone(self))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether all connections are in use, or the server has answered somebody just now.
    fn is_full(&self, connections: u32) -> bool {
        let answered = self.answered.load(Relaxed);
        self.on_loan.load(Relaxed) >= connections || (answered > 0 && answered + 1_000 > self.now())
    }
}

/// Where a server is and which database of it is meant, in words that hold no secret; none where the address makes no sense.
#[must_use]
pub fn postgres_place(url: &str) -> Option<String> {
    let options = read(url).ok()?;
    let name = options.get_database().unwrap_or_else(|| options.get_username());
    let (host, port) =
        (options.get_socket().map_or(options.get_host().into(), |socket| socket.to_string_lossy()), options.get_port());
    Some(format!("{name} of PostgreSQL at {host}:{port}"))
}

/// Reads an address in silence: the driver would log what it does not understand of it, and that may be secret.
fn read(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    tracing::subscriber::with_default(NoSubscriber::new(), || PgConnectOptions::from_str(url))
}

async fn first(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let late = |_| Err(too_late("no connection to PostgreSQL", PATIENCE_WITH_FIRST));
    timeout(PATIENCE_WITH_FIRST, options.connect()).await.unwrap_or_else(late)
}

/// Whether the session at the other end is the one that was started with our settings.
async fn is_marked(mut connection: PgConnection, mark: &str) -> Result<bool, sqlx::Error> {
    let find = AssertSqlSafe(format!("SELECT current_setting('{MARK}', true)"));
    let found = timeout(PATIENCE_WITH_FIRST, connection.fetch_one(find)).await;
    let found = found.unwrap_or_else(|_| Err(too_late("no answer from PostgreSQL", PATIENCE_WITH_FIRST)))?;
    let found: Option<String> = found.try_get(0)?;
    connection.close().await?;
    Ok(found.as_deref() == Some(mark))
}

/// Whether it lets us in, but not with settings at the start: so poolers do.
fn refuses_settings(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.message().contains("startup parameter") || error.message().contains("options"))
}

/// What a wait ends in that was too long.
pub(super) fn too_late(what: &str, limit: Duration) -> sqlx::Error {
    let told = format!("{what} within {} seconds", limit.as_secs_f64());
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, told))
}

fn while_connecting(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}
