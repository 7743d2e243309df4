//! Configuration: the only reader of the environment.

mod front;
mod sign_in;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

pub use front::{Connections, ForwardedHeader, Front, HostName, Origin, Seconds, Switch};
pub use sign_in::SignIn;

use crate::database::sqlite_path;
use crate::kernel::document::Limits;

/// Where the server keeps its data where nobody says: a file under the current folder.
pub const USUAL_DATABASE: &str = "sqlite:data/cobuild.db";

/// What all commands share.
#[derive(Clone, Debug, Args)]
pub struct Settings {
    /// The database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME [default: sqlite:data/cobuild.db, with a demo district]
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
    /// Whether the tables are left as they are, and refused where they are not up to date: for a role that may not change them
    #[arg(long, env = "COBUILD_NO_MIGRATE", num_args = 0..=1, require_equals = true, default_value = "off", default_missing_value = "on", global = true)]
    pub no_migrate: Switch,
    /// Seconds that one statement of a query may take, where the server serves
    #[arg(long, env = "COBUILD_STATEMENT_TIMEOUT", value_name = "SECONDS", value_parser = Seconds::positive, default_value_t = Seconds(10.0), global = true)]
    pub statement_timeout: Seconds,
    /// Seconds after which a statement of a request is logged: its text without what was asked for, and the request's id
    #[arg(long, env = "COBUILD_SLOW_STATEMENT", value_name = "SECONDS", value_parser = Seconds::positive, default_value_t = Seconds(1.0), global = true)]
    pub slow_statement: Seconds,
    /// Seconds for which PostgreSQL is waited for, where it cannot be reached yet when a command starts
    #[arg(long, env = "COBUILD_CONNECT_TIMEOUT", value_name = "SECONDS", default_value_t = Seconds(30.0), global = true)]
    pub connect_timeout: Seconds,
    /// The folder for files that are sent in; several servers share one [default: files, beside the SQLite file, else data/files]
    #[arg(long, env = "COBUILD_FILES", value_name = "FOLDER", global = true)]
    pub files: Option<PathBuf>,
    /// The address and port to listen on
    #[arg(long, env = "COBUILD_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8000", global = true)]
    pub listen: SocketAddr,
    /// What to log: error, warn, info, debug or trace, or a filter such as cobuild=debug,sqlx=warn
    #[arg(long, env = "COBUILD_LOG", value_name = "FILTER", default_value = "info", value_parser = log_filter, global = true)]
    pub log: String,
    /// How to log
    #[arg(long, env = "COBUILD_LOG_FORMAT", value_name = "FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
    /// How large a request may be.
    #[command(flatten)]
    pub budget: Budget,
    /// How connections are kept.
    #[command(flatten)]
    pub connections: Connections,
    /// What may be asked, in which way, and by whom.
    #[command(flatten)]
    pub front: Front,
    /// How long each side of a claim has.
    #[command(flatten)]
    pub claims: Claims,
    /// What signs tokens, how long they last, and who else may vouch for somebody.
    #[command(flatten)]
    pub sign_in: SignIn,
}

/// How long each side of a claim has, which differs from place to place.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Claims")]
pub struct Claims {
    /// Working days to answer a proposal; then it expires
    #[arg(long, env = "COBUILD_DAYS_TO_ANSWER", value_name = "DAYS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=365), global = true)]
    pub days_to_answer: u32,
    /// Working days to deliver what was accepted, where neither a date was named for it nor the item has a window
    #[arg(long, env = "COBUILD_DAYS_TO_DELIVER", value_name = "DAYS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=365), global = true)]
    pub days_to_deliver: u32,
    /// Working days to confirm a delivery; then the clock confirms it. 0: it waits for ever
    #[arg(long, env = "COBUILD_DAYS_TO_CONFIRM", value_name = "DAYS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=365), global = true)]
    pub days_to_confirm: u32,
    /// Working days in which a confirmed delivery can be corrected, and a rating taken back
    #[arg(long, env = "COBUILD_DAYS_TO_CORRECT", value_name = "DAYS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=365), global = true)]
    pub days_to_correct: u32,
    /// Holidays and make-up days: a CSV file with the head date,kind; kinds are holiday and workday [default: none]
    #[arg(long, env = "COBUILD_CALENDAR", value_name = "FILE", global = true)]
    pub calendar: Option<PathBuf>,
}

impl Settings {
    /// Where files that are sent in are kept.
    #[must_use]
    pub fn files_folder(&self) -> PathBuf {
        let beside = || sqlite_path(self.database_url.as_deref().unwrap_or(USUAL_DATABASE)).and_then(Path::parent);
        self.files.clone().unwrap_or_else(|| beside().unwrap_or_else(|| Path::new("data")).join("files"))
    }
}

/// How large a request may be. What passes is refused before it costs anything.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Limits of a request")]
pub struct Budget {
    /// Bytes of its body
    #[arg(long = "limit-body-bytes", env = "COBUILD_LIMIT_BODY_BYTES", value_name = "N", default_value_t = Self::USUAL.body_bytes, global = true)]
    pub body_bytes: u64,
    /// Bytes of a file that is sent in
    #[arg(long = "limit-file-bytes", env = "COBUILD_LIMIT_FILE_BYTES", value_name = "N", default_value_t = Self::USUAL.file_bytes, value_parser = clap::value_parser!(u64).range(..=1 << 30), global = true)]
    pub file_bytes: u64,
    /// Bytes of the files that one account sends in within a day
    #[arg(long = "limit-file-bytes-a-day", env = "COBUILD_LIMIT_FILE_BYTES_A_DAY", value_name = "N", default_value_t = Self::USUAL.file_bytes_a_day, global = true)]
    pub file_bytes_a_day: u64,
    /// Bytes of its document
    #[arg(long = "limit-document-bytes", env = "COBUILD_LIMIT_DOCUMENT_BYTES", value_name = "N", default_value_t = Self::USUAL.document_bytes, global = true)]
    pub document_bytes: u64,
    /// Tokens of its document
    #[arg(long = "limit-tokens", env = "COBUILD_LIMIT_TOKENS", value_name = "N", default_value_t = Self::USUAL.tokens, global = true)]
    pub tokens: u64,
    /// Brackets within brackets; more than about 1,000 can overflow the parser's stack
    #[arg(long = "limit-bracket-depth", env = "COBUILD_LIMIT_BRACKET_DEPTH", value_name = "N", default_value_t = Self::USUAL.bracket_depth, value_parser = clap::value_parser!(u64).range(..=500), global = true)]
    pub bracket_depth: u64,
    /// Fields within fields; edges, node, nodes and pageInfo do not count
    #[arg(long = "limit-depth", env = "COBUILD_LIMIT_DEPTH", value_name = "N", default_value_t = Self::USUAL.depth, global = true)]
    pub depth: u64,
    /// Aliases
    #[arg(long = "limit-aliases", env = "COBUILD_LIMIT_ALIASES", value_name = "N", default_value_t = Self::USUAL.aliases, global = true)]
    pub aliases: u64,
    /// Directives
    #[arg(long = "limit-directives", env = "COBUILD_LIMIT_DIRECTIVES", value_name = "N", default_value_t = Self::USUAL.directives, global = true)]
    pub directives: u64,
    /// Selections side by side
    #[arg(long = "limit-selections", env = "COBUILD_LIMIT_SELECTIONS", value_name = "N", default_value_t = Self::USUAL.selections, global = true)]
    pub selections: u64,
    /// Operations in its document
    #[arg(long = "limit-operations", env = "COBUILD_LIMIT_OPERATIONS", value_name = "N", default_value_t = Self::USUAL.operations, global = true)]
    pub operations: u64,
    /// Fragments in its document
    #[arg(long = "limit-fragments", env = "COBUILD_LIMIT_FRAGMENTS", value_name = "N", default_value_t = Self::USUAL.fragments, global = true)]
    pub fragments: u64,
    /// Objects within objects of an argument
    #[arg(long = "limit-filter-depth", env = "COBUILD_LIMIT_FILTER_DEPTH", value_name = "N", default_value_t = Self::USUAL.filter_depth, global = true)]
    pub filter_depth: u64,
    /// Objects in its arguments, variables in place: the conditions of filters, above all
    #[arg(long = "limit-conditions", env = "COBUILD_LIMIT_CONDITIONS", value_name = "N", default_value_t = Self::USUAL.conditions, global = true)]
    pub conditions: u64,
    /// Values in its arguments, variables in place: each time that a list is used, all that is in it
    #[arg(long = "limit-values", env = "COBUILD_LIMIT_VALUES", value_name = "N", default_value_t = Self::USUAL.values, global = true)]
    pub values: u64,
    /// Objects and lists within each other in its variables
    #[arg(long = "limit-variable-depth", env = "COBUILD_LIMIT_VARIABLE_DEPTH", value_name = "N", default_value_t = Self::USUAL.variable_depth, global = true)]
    pub variable_depth: u64,
    /// Values of its variables, those in lists and objects included
    #[arg(long = "limit-variable-values", env = "COBUILD_LIMIT_VARIABLE_VALUES", value_name = "N", default_value_t = Self::USUAL.variable_values, global = true)]
    pub variable_values: u64,
    /// Fields that may be answered, page sizes multiplied, and what has to be looked through to find them
    #[arg(long = "limit-cost", env = "COBUILD_LIMIT_COST", value_name = "N", default_value_t = Self::USUAL.cost, global = true)]
    pub cost: u64,
    /// Bytes of its answer
    #[arg(long = "limit-answer-bytes", env = "COBUILD_LIMIT_ANSWER_BYTES", value_name = "N", default_value_t = Self::USUAL.answer_bytes, global = true)]
    pub answer_bytes: u64,
    /// Fields of the introspection
    #[arg(long = "limit-introspection-fields", env = "COBUILD_LIMIT_INTROSPECTION_FIELDS", value_name = "N", default_value_t = Self::USUAL.introspection_fields, global = true)]
    pub introspection_fields: u64,
    /// Lists within lists of the introspection
    #[arg(long = "limit-introspection-depth", env = "COBUILD_LIMIT_INTROSPECTION_DEPTH", value_name = "N", default_value_t = Self::USUAL.introspection_depth, global = true)]
    pub introspection_depth: u64,
}

impl Budget {
    /// What holds where nobody says otherwise. The standard introspection query fits.
    pub const USUAL: Self = Self {
        body_bytes: 1 << 20,
        file_bytes: 10 << 20,
        file_bytes_a_day: 1 << 30,
        document_bytes: Limits::USUAL.document_bytes,
        tokens: Limits::USUAL.tokens,
        bracket_depth: Limits::USUAL.bracket_depth,
        depth: Limits::USUAL.depth,
        aliases: Limits::USUAL.aliases,
        directives: Limits::USUAL.directives,
        selections: Limits::USUAL.selections,
        operations: Limits::USUAL.operations,
        fragments: Limits::USUAL.fragments,
        filter_depth: Limits::USUAL.filter_depth,
        conditions: Limits::USUAL.conditions,
        values: Limits::USUAL.values,
        variable_depth: Limits::USUAL.variable_depth,
        variable_values: Limits::USUAL.variable_values,
        cost: Limits::USUAL.cost,
        answer_bytes: 16 << 20,
        introspection_fields: Limits::USUAL.introspection_fields,
        introspection_depth: Limits::USUAL.introspection_depth,
    };
}

impl From<Budget> for Limits {
    fn from(budget: Budget) -> Self {
        Self {
            document_bytes: budget.document_bytes,
            tokens: budget.tokens,
            bracket_depth: budget.bracket_depth,
            depth: budget.depth,
            aliases: budget.aliases,
            directives: budget.directives,
            selections: budget.selections,
            operations: budget.operations,
            fragments: budget.fragments,
            filter_depth: budget.filter_depth,
            conditions: budget.conditions,
            values: budget.values,
            variable_depth: budget.variable_depth,
            variable_values: budget.variable_values,
            cost: budget.cost,
            introspection_fields: budget.introspection_fields,
            introspection_depth: budget.introspection_depth,
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::USUAL
    }
}

/// How to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object a line, for machines
    Json,
}

fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}
