//! PostgreSQL: a server that was named, or one started for this process alone.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use api::database::Database;
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::sync::OnceCell;

use super::database::Content;
use super::proxy::Target;
use super::sources;

/// Names a server in which databases may be created.
pub const VARIABLE: &str = "COBUILD_TEST_DATABASE_URL";

/// Where a server comes from.
pub enum Source {
    /// It runs already.
    Named(String),
    /// The folder that has these programs.
    Programs(PathBuf),
}

/// A running server.
pub struct Server {
    url: String,
    template: OnceCell<String>,
    /// Holds the standard input whose end ends the server.
    _keeper: Option<Child>,
}

/// Where a server could come from.
///
/// # Errors
/// Why from nowhere.
#[expect(clippy::disallowed_methods, reason = "the harness has no configuration but this variable and PATH")]
pub fn source() -> Result<Source, String> {
    if let Ok(url) = std::env::var(VARIABLE) {
        return Ok(Source::Named(url));
    }
    programs(&["initdb", "postgres"]).map(Source::Programs).ok_or_else(|| {
        format!("{VARIABLE} is not set, and initdb and postgres are neither in PATH nor in /usr/lib/postgresql/*/bin")
    })
}

/// The folder that has these programs.
#[expect(clippy::disallowed_methods, reason = "the harness has no configuration but PATH and what names a server")]
fn programs(wanted: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(installed());
    folders.into_iter().find(|folder| wanted.iter().all(|program| folder.join(program).exists()))
}

/// The server of this process, started when it is first asked for.
pub fn server() -> Result<&'static Server, String> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| match source()? {
        Source::Named(url) => Ok(Server { url, template: OnceCell::new(), _keeper: None }),
        Source::Programs(programs) => start(&programs),
    });
    server.as_ref().map_err(Clone::clone)
}

impl Server {
    /// The address of one of its databases.
    pub fn address(&self, database: &str) -> String {
        let (address, options) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let host = address.find("://").map_or(0, |scheme| scheme + 3);
        let end = address[host..].find('/').map_or(address.len(), |slash| host + slash);
        format!("{}/{database}?{options}", &address[..end])
    }

    /// Where it listens.
    pub fn target(&self) -> Target {
        let socket = self.url.split_once("host=").map(|(_, host)| host.split('&').next().unwrap_or_default());
        let (authority, _) = split(&self.url);
        match socket {
            Some(folder) => Target::Socket(Path::new(folder).join(".s.PGSQL.5432")),
            None if authority.contains(':') => Target::Address(authority.to_owned()),
            None => Target::Address(format!("{authority}:5432")),
        }
    }

    /// The address of one of its databases, where it is to be found at another address.
    pub fn address_at(&self, database: &str, address: SocketAddr) -> String {
        let (_, user) = split(&self.url);
        format!("postgres://{user}@{address}/{database}")
    }

    /// Makes a database.
    pub async fn create(&self, name: &str, content: Content) -> Result<(), DbErr> {
        let template = match content {
            Content::Nothing => "template0",
            Content::Migrated => self.template.get_or_try_init(|| self.migrated_template()).await?,
        };
        let connection = connect(&self.url).await?;
        connection.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        connection.close().await
    }

    /// Removes a database, even one in use.
    pub async fn drop(&self, name: &str) -> Result<(), DbErr> {
        let connection = connect(&self.url).await?;
        connection.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        connection.close().await
    }

    /// The name of the migrated database, made where it is not there. A server that is shared keeps it for the next
    /// process, and only one process at a time makes it.
    async fn migrated_template(&self) -> Result<String, DbErr> {
        let name = format!("cobuild_test_template_{:016x}", migrations());
        let connection = connect(&self.url).await?;
        connection.execute_unprepared("SELECT pg_advisory_lock(20260302)").await?;
        let find = "SELECT 1 FROM pg_database WHERE datname = $1";
        let find = Statement::from_sql_and_values(DbBackend::Postgres, find, [name.as_str().into()]);
        if connection.query_one_raw(find).await?.is_none() {
            // It gets its name once it is whole.
            let draft = format!("{name}_draft");
            self.drop(&draft).await?;
            connection.execute_unprepared(&format!("CREATE DATABASE {draft}")).await?;
            let database = Database::connect(&self.address(&draft)).await?;
            database.migrate().await?;
            database.close().await?;
            connection.execute_unprepared(&format!("ALTER DATABASE {draft} RENAME TO {name}")).await?;
        }
        connection.close().await?;
        Ok(name)
    }
}

/// The host with its port, and the user with their password.
fn split(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or((authority, ""), |(user, host)| (host, user))
}

async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).acquire_timeout(Duration::from_secs(5)).sqlx_logging(false);
    sea_orm::Database::connect(options).await
}

/// Changes whenever a migration does, be it only while it is being written.
fn migrations() -> u64 {
    let mut hasher = DefaultHasher::new();
    sources::of("migration").into_iter().for_each(|file| file.text.hash(&mut hasher));
    hasher.finish()
}

/// Debian's folders, newest version first.
fn installed() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin"))))
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, folder)| folder).collect()
}

fn start(programs: &Path) -> Result<Server, String> {
    let (folder, keeper) = keep(programs, include_str!("postgres.sh"))?;
    wait(&folder)?;
    let url = format!("postgres://cobuild@localhost/postgres?host={}", folder.display());
    Ok(Server { url, template: OnceCell::new(), _keeper: Some(keeper) })
}

/// A PostgreSQL and its standby, started for one case.
pub struct Pair {
    folder: PathBuf,
    keeper: Child,
}

impl Pair {
    /// Starts them; none where no PostgreSQL is here to start one with.
    pub async fn start() -> Option<Self> {
        programs(&["initdb", "postgres"])?;
        let programs = programs(&["initdb", "postgres", "pg_basebackup", "pg_ctl"]);
        let programs = programs.expect("pg_basebackup and pg_ctl are not beside postgres: install them, for a standby");
        let (folder, keeper) = keep(&programs, include_str!("standby.sh")).expect("a primary and its standby");
        let pair = Self { folder, keeper };
        pair.until("ready").await;
        Some(pair)
    }

    /// The address of a database of the one that is the primary at first.
    pub fn primary(&self, database: &str) -> String {
        self.address("primary", database)
    }

    /// The address of a database of the one that is the standby at first.
    pub fn standby(&self, database: &str) -> String {
        self.address("standby", database)
    }

    /// Ends the primary, and makes the standby the next one.
    pub async fn fail_over(&mut self) {
        let input = self.keeper.stdin.as_mut().expect("its standard input");
        input.write_all(b"promote\n").expect("somebody who reads it");
        self.until("promoted").await;
    }

    fn address(&self, which: &str, database: &str) -> String {
        format!("postgres://cobuild@localhost/{database}?host={}", self.folder.join(which).display())
    }

    async fn until(&self, file: &str) {
        let started = Instant::now();
        while !self.folder.join(file).exists() {
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(started.elapsed() < Duration::from_secs(60), "not {file} within a minute:\n{}", log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Runs a script with the programs, in a folder of its own, until the standard input that is handed back ends.
fn keep(programs: &Path, script: &str) -> Result<(PathBuf, Child), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no folder for PostgreSQL: {error}"))?;
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).args([programs, folder.path()]).current_dir(folder.path());
    // A process group of its own, so that Ctrl-C does not end the keeper before it has tidied up.
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    if let Some((user, group)) = unprivileged(folder.path()) {
        chown(folder.path(), Some(user), Some(group))
            .map_err(|error| format!("{}: {error}", folder.path().display()))?;
        command.uid(user).gid(group);
    }
    let keeper = command.spawn().map_err(|error| format!("sh: {error}"))?;
    Ok((folder.keep(), keeper))
}

/// Who runs the server where root runs the tests, since PostgreSQL refuses to run as root.
pub fn unprivileged(made_by_us: &Path) -> Option<(u32, u32)> {
    if std::fs::metadata(made_by_us).ok()?.uid() != 0 {
        return None;
    }
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let account = |name: &str| {
        let fields =
            accounts.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == name)?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    account("postgres").or_else(|| account("nobody"))
}

#[expect(clippy::disallowed_methods, reason = "no request waits for this, and there is no runtime yet")]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}

/// Returns once the server takes connections. Its last line of `postmaster.pid` says so.
fn wait(folder: &Path) -> Result<(), String> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(60) {
        let status = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        if status.lines().last().is_some_and(|line| line.trim() == "ready") {
            return Ok(());
        }
        pause();
    }
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    Err(format!("PostgreSQL did not start within a minute. Its log:\n{log}"))
}
