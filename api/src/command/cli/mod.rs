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

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::command::arguments::{Command, Config, Import};
use crate::database::{Database, Fault, postgres_place, sqlite_path};
use crate::server::config::{Settings, USUAL_DATABASE};
use crate::server::log;

pub(crate) use admin::role;

/// What a command ends in where it cannot go on: printed as it is.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs what the command line asks for. A fault is one line on standard error, and exit code 1.
pub async fn run(config: Config) -> ExitCode {
    log::start(&config.settings);
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
    let code = outcome.unwrap_or_else(|failure| {
        terminal::complain(&failure.to_string());
        ExitCode::FAILURE
    });
    log::finish();
    code
}

/// The database that the settings name, or the usual one. One that a newer Cobuild made is left alone: what its steps hold true
/// of the data, this one might break.
async fn connect(settings: &Settings) -> Result<Database, Failure> {
    let database = reach(settings, None).await?;
    let unknown = database.unknown().await.map_err(|error| format!("cannot open the database: {error}"))?;
    if unknown.is_empty() {
        return Ok(database);
    }
    let (version, steps) = (env!("CARGO_PKG_VERSION"), unknown.join(", "));
    Err(format!("this database was made by a newer Cobuild: version {version} does not know its steps {steps}").into())
}

/// The same, for serving: statements have a limit.
async fn connect_bounded(settings: &Settings) -> Result<Database, Failure> {
    reach(settings, Some(settings.statement_timeout.duration())).await
}

/// Opens it once it can be reached: whoever starts together with PostgreSQL may be there first.
async fn reach(settings: &Settings, statement: Option<Duration>) -> Result<Database, Failure> {
    let url = settings.database_url.as_deref().unwrap_or(USUAL_DATABASE);
    let place = if sqlite_path(url).is_some() { None } else { postgres_place(url) };
    let place = place.map(|place| format!(" {place}")).unwrap_or_default();
    let (start, mut pause) = (Instant::now(), FIRST_PAUSE);
    loop {
        let opened = match statement {
            Some(limit) => Database::connect_bounded(url, limit).await,
            None => Database::connect(url).await,
        };
        let error = match opened {
            Ok(database) => return Ok(database),
            Err(error) => error,
        };
        if !Fault::may_pass(&error) || start.elapsed() + pause > settings.connect_timeout.duration() {
            return Err(format!("cannot open the database{place}: {error}").into());
        }
        tracing::warn!(%error, "The database{place} cannot be reached yet; it is tried again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

/// How long to wait after the first attempt, and at most, before it is tried to connect again.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(2);

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
