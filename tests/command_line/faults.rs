//! Disks that fail under a running server: what was acknowledged is kept, what cannot be done says so, and all is well again soon
//! after the cause is gone.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use cobuild::database::Database;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::connect::KEY;
use crate::exchange;
use crate::postgres;
use crate::program::Folder;
use crate::server::Server;

/// How soon a server is to be of use again.
const RECOVERY: Duration = Duration::from_secs(15);
/// Needs that fit on a disk that is called full, at the most.
const MANY: usize = 3_000;
/// Long enough to fill pages.
const DESCRIPTION: &str = "两个小时，自带水杯；雨天顺延，改期另行通知。";

// Where no small disk can be mounted, the limit of a file's size stands in for it.
#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let folder = Folder::new();
    match SmallDisk::mount(&folder.path().join("disk")) {
        Some(disk) => outlive(&folder, "sqlite:disk/named.db", &disk),
        None => outlive(&folder, "sqlite:named.db", &SizeLimit),
    }
}

#[test]
fn a_disk_that_cannot_be_written_loses_nothing_that_was_acknowledged() {
    outlive(&Folder::new(), "sqlite:named.db", &SizeLimit);
}

// The disk of a tablespace, which fills before that of the log: PostgreSQL goes on, and refuses what needs room.
#[test]
fn a_full_disk_of_postgresql_loses_nothing_that_was_acknowledged() {
    let Ok(server) = postgres::server() else {
        return writeln!(std::io::stderr(), "NO POSTGRESQL WHOSE DISK COULD FILL").unwrap();
    };
    let folder = Folder::new();
    let Some(disk) = SmallDisk::mount(&folder.path().join("disk")) else { return };
    let place = disk.0.join("tablespace");
    fs::create_dir(&place).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    if let Some((user, group)) = postgres::unprivileged(&place) {
        chown(&place, Some(user), Some(group)).unwrap();
    }
    let name = format!("cobuild_small_{}", uuid::Uuid::now_v7().simple());
    let run = |database: &str, sql: String| {
        runtime().block_on(async {
            let database = Database::connect(&server.address(database)).await.unwrap();
            database.writer.execute_unprepared(&sql).await.unwrap();
            database.close().await.unwrap();
        });
    };
    run("postgres", format!("CREATE TABLESPACE {name} LOCATION '{}'", place.display()));
    run("postgres", format!("CREATE DATABASE {name} TEMPLATE template0 TABLESPACE {name}"));
    let url = server.address(&name);
    outlive_as(&folder, &url, &url, &place, &disk);
    runtime().block_on(server.drop(&name)).unwrap();
    run("postgres", format!("DROP TABLESPACE {name}"));
}

/// What makes writes fail for a while.
trait Fault {
    fn begin(&self, server: &Server, database: &Path);
    fn end(&self, server: &Server);
}

/// A disk of its own, which is then filled.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"]).arg(at).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(at.to_owned()));
        }
        let mut told = std::io::stderr();
        writeln!(told, "NO SMALL DISK: nothing can be mounted here").unwrap();
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

impl Fault for SmallDisk {
    fn begin(&self, _: &Server, _: &Path) {
        let mut filler = File::create(self.0.join("filler")).unwrap();
        for size in [1 << 16, 1 << 10, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn end(&self, _: &Server) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

/// No file of the server's may grow: each write beyond is an error of the disk.
struct SizeLimit;

impl SizeLimit {
    fn set(server: &Server, bytes: &str) {
        let limit = ["--pid", &server.process_id().to_string(), &format!("--fsize={bytes}:")];
        assert!(Command::new("prlimit").args(limit).status().expect("prlimit, of util-linux").success());
    }
}

impl Fault for SizeLimit {
    fn begin(&self, server: &Server, database: &Path) {
        let ending = |ending: &str| PathBuf::from(format!("{}{ending}", database.display()));
        let log = fs::metadata(ending("-wal")).map_or(0, |log| log.len());
        Self::set(server, &log.to_string());
    }

    fn end(&self, server: &Server) {
        Self::set(server, "unlimited");
    }
}

fn outlive(folder: &Folder, url: &str, fault: &dyn Fault) {
    let file = folder.path().join(url.trim_start_matches("sqlite:"));
    let elsewhere = format!("sqlite:{}", file.display());
    outlive_as(folder, url, &elsewhere, &file, fault);
}

/// `elsewhere` is the same database as others find it, and `file` where it is, if it is one.
fn outlive_as(folder: &Folder, url: &str, elsewhere: &str, file: &Path, fault: &dyn Fault) {
    let settings = [("DATABASE_URL", url), ("COBUILD_LOG", "warn"), ("COBUILD_SIGNING_KEY", KEY)];
    folder.run_with(&settings, &["demo"]).good();
    let server = Server::start_ignoring("XFSZ", folder, &settings);
    let mut clerk = Clerk::sign_in(&server);
    clerk.creates(5);
    fault.begin(&server, file);
    clerk.creates_until_refused();
    assert_eq!(readiness(&server), (503, "the database takes no writes\n".to_owned()));
    assert_eq!(server.ask("{ units(first: 1) { nodes { name } } }", json!({}))["errors"], Value::Null);
    for _ in 0..3 {
        clerk.is_refused_a_title();
        clerk.tries();
    }
    fault.end(&server);
    let ended = Instant::now();
    while !clerk.tries() || readiness(&server) != (200, "ok\n".to_owned()) {
        assert!(ended.elapsed() < RECOVERY, "not of use again: {:?} {}", readiness(&server), server.log());
        pause(Duration::from_millis(200));
    }
    clerk.is_refused_a_title();
    clerk.creates(5);
    clerk.finds_all();
    runtime().block_on(nobody_holds(elsewhere));
    let (key, created) = (clerk.party, clerk.created);
    assert_eq!(server.stop(), Some(0));
    let server = Server::start(folder, &settings);
    Clerk { created, party: key, ..Clerk::sign_in(&server) }.finds_all();
    assert_eq!(server.stop(), Some(0));
    folder.run_with(&settings, &["verify"]).good();
}

fn readiness(server: &Server) -> (u16, String) {
    let reply = server.get("/readyz");
    (reply.status, reply.body)
}

/// Somebody else, too, may write to it: no transaction is left open.
async fn nobody_holds(url: &str) {
    let database = Database::connect(url).await.unwrap();
    let write = database.writer.begin().await.unwrap();
    write.execute_unprepared("UPDATE seaql_migrations SET applied_at = applied_at + 1").await.unwrap();
    write.rollback().await.unwrap();
    database.close().await.unwrap();
}

/// Who lists needs all day, and remembers those that were acknowledged.
struct Clerk<'s> {
    server: &'s Server,
    token: String,
    party: String,
    category: String,
    created: Vec<String>,
}

impl<'s> Clerk<'s> {
    fn sign_in(server: &'s Server) -> Self {
        let query = "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken }
            viewer { parties { nodes { id area { categories { id } } } } } } }";
        let input = json!({ "input": { "username": "clerk", "password": "cobuild-demo" } });
        let answer = server.ask(query, input)["data"]["signIn"].clone();
        let party = &answer["viewer"]["parties"]["nodes"][0];
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let category = text(&party["area"]["categories"][0]["id"]);
        Self {
            server,
            token: text(&answer["session"]["accessToken"]),
            party: text(&party["id"]),
            category,
            created: vec![],
        }
    }

    fn create(&self, title: &str) -> Value {
        let query =
            "mutation($input: CreateNeedInput!) { createNeed(input: $input) { need { id } userErrors { code } } }";
        let input = json!({ "ownerId": self.party, "categoryId": self.category, "title": title, "description": DESCRIPTION.repeat(20) });
        let body = json!({ "query": query, "variables": { "input": input } }).to_string();
        exchange::post(self.server.address(), &self.token, &body).expect("an answer")
    }

    /// Whether it is acknowledged. Where not, the one reason is that the database cannot do it now.
    fn tries(&mut self) -> bool {
        let answer = self.create("路灯");
        match answer["data"]["createNeed"]["need"]["id"].as_str() {
            Some(id) if answer["errors"].is_null() => {
                self.created.push(id.to_owned());
                true
            }
            _ => {
                assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
                false
            }
        }
    }

    fn creates(&mut self, count: usize) {
        for _ in 0..count {
            assert!(self.tries());
        }
    }

    fn creates_until_refused(&mut self) {
        let refused = (0..MANY).find(|_| !self.tries());
        refused.expect("the disk holds more than it can");
    }

    /// A refusal, which rolls a transaction back.
    fn is_refused_a_title(&self) {
        let answer = self.create("");
        let code = [&answer["data"]["createNeed"]["userErrors"][0]["code"], &answer["errors"][0]["extensions"]["code"]];
        assert!(code.iter().any(|code| [json!("INVALID"), json!("UNAVAILABLE")].contains(code)), "{answer}");
    }

    fn finds_all(&self) {
        for ids in self.created.chunks(30) {
            let fields = ids.iter().enumerate().map(|(place, id)| format!("n{place}: node(id: \"{id}\") {{ id }}"));
            let query = format!("{{ {} }}", fields.collect::<Vec<_>>().join(" "));
            let answer = self.server.ask_as(&self.token, &query, json!({}));
            let found: Vec<&Value> =
                answer["data"].as_object().expect("data").values().map(|need| &need["id"]).collect();
            assert_eq!(found, ids.iter().collect::<Vec<_>>(), "acknowledged, and not kept");
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "this thread is a client, and no request waits for it")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
