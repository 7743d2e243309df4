//! PostgreSQL behind pgbouncer, which lends a session for a transaction at a time: whatever is set or prepared in one is unknown
//! in the next.

use std::io::Write;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use api::database::{Database, Fault};
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::connect::KEY;
use crate::program::Folder;
use crate::proxy::Target;
use crate::server::Server;
use crate::{database, postgres};

/// A pgbouncer before the server of this process, which has fewer sessions than people ask for.
struct Pooler {
    program: PathBuf,
    folder: TempDir,
    user: Option<(u32, u32)>,
    port: u16,
    process: Child,
}

impl Pooler {
    fn start(program: PathBuf, sockets: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // A port that was free just now.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = format!(
            "[databases]\n* = host={} port=5432 user=cobuild\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             auth_type = any\npool_mode = transaction\ndefault_pool_size = 6\nmax_client_conn = 200\nunix_socket_dir =\n",
            sockets.display()
        );
        std::fs::write(folder.path().join("pgbouncer.ini"), settings).unwrap();
        // It refuses to run as root, as PostgreSQL does.
        let user = postgres::unprivileged(folder.path());
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let process = Self::run(&program, &folder, user);
        Self { program, folder, user, port, process }
    }

    fn run(program: &Path, folder: &TempDir, user: Option<(u32, u32)>) -> Child {
        let mut command = Command::new(program);
        command.arg(folder.path().join("pgbouncer.ini")).stdin(Stdio::null()).stdout(Stdio::null());
        if let Some((user, group)) = user {
            command.uid(user).gid(group);
        }
        command.stderr(Stdio::null()).spawn().unwrap()
    }

    fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    fn start_again(&mut self) {
        self.process = Self::run(&self.program, &self.folder, self.user);
    }

    fn address(&self, database: &str) -> String {
        format!("postgres://cobuild@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.end();
    }
}

/// Where Debian or anybody else has put it.
#[expect(clippy::disallowed_methods, reason = "a test that starts a program looks for it in PATH")]
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("pgbouncer")).find(|program| program.exists())
}

/// Connects, once the pooler listens.
async fn connected(url: &str) -> Database {
    let start = Instant::now();
    loop {
        match Database::connect_bounded(url, Duration::from_secs(1)).await {
            Ok(database) => return database,
            Err(error) => assert!(start.elapsed() < Duration::from_secs(10), "{error}"),
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn ask(sql: &str) -> Statement {
    Statement::from_string(DbBackend::Postgres, sql)
}

#[test]
fn behind_a_pooler_all_is_as_before_it() {
    let Ok(server) = postgres::server() else {
        return writeln!(std::io::stderr(), "NO POSTGRESQL TO STAND BEFORE").unwrap();
    };
    let Target::Socket(socket) = server.target() else {
        return writeln!(std::io::stderr(), "NO POSTGRESQL OF OUR OWN TO STAND BEFORE").unwrap();
    };
    let program = program().expect("pgbouncer is not in PATH: install the package of that name");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let name = format!("cobuild_pooled_{}", uuid::Uuid::now_v7().simple());
    runtime.block_on(server.create(&name, database::Content::Nothing)).unwrap();
    let mut pooler = Pooler::start(program, socket.parent().unwrap());
    let url = pooler.address(&name);
    let direct = runtime.block_on(connected(&url));

    // The commands, each of which begins where another one's session was.
    let (folder, settings) = (Folder::new(), [("DATABASE_URL", url.as_str()), ("COBUILD_SIGNING_KEY", KEY)]);
    folder.run_with(&settings, &["migrate", "up"]).good();
    folder.run_with(&settings, &["demo"]).good();
    assert!(folder.run_with(&settings, &["verify"]).good().contains("checks hold"));
    let servers = [(); 2].map(|()| Server::start(&folder, &settings));
    for server in servers.iter().cycle().take(12) {
        let answer =
            server.ask("{ communities(first: 3) { nodes { needs(first: 2) { nodes { title } } } } }", json!({}));
        assert!(answer["data"]["communities"]["nodes"][2].is_object(), "{answer}");
    }

    runtime.block_on(async {
        // More at once than there are sessions; and a limit holds in whichever session it is.
        let numbers = join_all((0..40).map(|number| direct.reader.query_one_raw(ask_for(number)))).await;
        for (number, row) in (0..).zip(numbers) {
            assert_eq!(row.unwrap().unwrap().try_get_by_index::<i32>(0).unwrap(), number);
        }
        for _ in 0..8 {
            let start = Instant::now();
            let stopped = direct.reader.query_one_raw(ask("SELECT pg_sleep(20)")).await.unwrap_err();
            assert_eq!(Fault::of(&stopped), Fault::Cancelled, "{stopped}");
            assert!(start.elapsed() < Duration::from_millis(2_500), "{:?}", start.elapsed());
        }
        // It ends, and is started again.
        pooler.end();
        let gone = direct.reader.query_one_raw(ask("SELECT 1")).await.unwrap_err();
        assert_eq!(Fault::of(&gone), Fault::Unreachable, "{gone}");
        pooler.start_again();
        let start = Instant::now();
        while direct.reader.query_one_raw(ask("SELECT 1")).await.is_err() {
            assert!(start.elapsed() < Duration::from_secs(15));
            sleep(Duration::from_millis(50)).await;
        }
        direct.close().await.unwrap();
    });
    drop((servers, pooler));
    runtime.block_on(server.drop(&name)).unwrap();
    writeln!(std::io::stderr(), "pgbouncer: tried").unwrap();
}

fn ask_for(number: i32) -> Statement {
    Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT $1::int + 0 * count(*)::int FROM party",
        [number.into()],
    )
}
