//! The commands, each a file.

mod admin;
mod demo;
mod gate;
mod import;
mod migrate;
mod schema;
mod serve;
mod signals;
mod terminal;
mod verify;

use std::io::IsTerminal;
use std::process::ExitCode;

use crate::config::{Command, Config, Import, LogFormat, Settings, USUAL_DATABASE};
use crate::database::{Database, sqlite_path};

pub(crate) use admin::role;

/// What a command ends in where it cannot go on: printed as it is.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs what the command line asks for. A fault is one line on standard error, and exit code 1.
pub async fn run(config: Config) -> ExitCode {
    log(&config.settings);
    let Config { settings, command } = config;
    let outcome = match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(&settings).await,
        Command::Migrate { action } => migrate::migrate(&settings, action).await,
        Command::Import { what: Import::Divisions { paths } } => import::divisions(&settings, &paths).await,
        Command::Demo(demo) => demo::demo(&settings, &demo).await,
        Command::Admin { what } => admin::admin(&settings, &what).await,
        Command::Verify => verify::verify(&settings).await,
        Command::Schema => schema::schema(),
    };
    outcome.unwrap_or_else(|failure| {
        terminal::complain(&failure.to_string());
        ExitCode::FAILURE
    })
}

fn log(settings: &Settings) {
    let filter = tracing_subscriber::EnvFilter::new(&settings.log);
    let logger = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Colours are for terminals; in a file they are noise.
    let logger = logger.with_ansi(std::io::stderr().is_terminal());
    // A second logger in one process is refused, and the first goes on.
    let _ = match settings.log_format {
        LogFormat::Text => logger.with_target(false).try_init(),
        LogFormat::Json => logger.json().flatten_event(true).try_init(),
    };
}

/// The database that the settings name, or the usual one. One that a newer Cobuild made is left alone: what its steps hold true
/// of the data, this one might break.
async fn connect(settings: &Settings) -> Result<Database, Failure> {
    let url = settings.database_url.as_deref().unwrap_or(USUAL_DATABASE);
    let told = |error| format!("cannot open the database: {error}");
    let database = Database::connect(url).await.map_err(told)?;
    let unknown = database.unknown().await.map_err(told)?;
    if unknown.is_empty() {
        return Ok(database);
    }
    let (version, steps) = (env!("CARGO_PKG_VERSION"), unknown.join(", "));
    Err(format!("this database was made by a newer Cobuild: version {version} does not know its steps {steps}").into())
}

/// The same, where it is there already: a command that only looks makes no database.
async fn connect_existing(settings: &Settings) -> Result<Database, Failure> {
    let url = settings.database_url.as_deref().unwrap_or(USUAL_DATABASE);
    match sqlite_path(url) {
        Some(path) if !path.exists() => Err(format!("there is no database at {}", path.display()).into()),
        _ => connect(settings).await,
    }
}

/// The same, with its tables up to date: brought there, unless that is somebody else's task.
async fn connect_migrated(settings: &Settings) -> Result<Database, Failure> {
    let database = connect(settings).await?;
    if settings.no_migrate.is_on() {
        require_current(&database).await?;
        return Ok(database);
    }
    database.migrate().await.map_err(|error| format!("cannot bring the database up to date: {error}"))?;
    Ok(database)
}

/// Refuses a database whose tables are not up to date.
async fn require_current(database: &Database) -> Result<(), Failure> {
    let pending = database.pending().await?;
    if pending.is_empty() {
        return Ok(());
    }
    let (count, steps) = (pending.len(), pending.join(", "));
    Err(format!("{count} steps of the tables have not been run: cobuild migrate up runs them ({steps})").into())
}
