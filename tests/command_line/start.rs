//! How servers start and stop: killed at any moment of the first start, two at once, over tables of another version, without the
//! right to change tables, and told to go.

use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use cobuild::command::verify::verify;
use cobuild::database::Database;
use entity::party;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::program::Folder;
use crate::server::Server;
use crate::{NAMED, database, postgres};

/// How often the tables are killed while they are made, and a whole first start.
const KILLS_OF_MIGRATIONS: usize = 80;
const KILLS_OF_STARTS: usize = 20;
/// How many are killed at a time.
const AT_ONCE: usize = 4;
/// Parties of the demo data.
const PARTIES: u64 = 190;

#[test]
fn a_kill_while_the_tables_are_made_leaves_what_starts_again() {
    let up = &["migrate", "up"];
    let folder = Folder::new();
    let took = time(|| assert!(spawn(&folder, &[NAMED], up).wait().unwrap().success()));
    at_moments(took, KILLS_OF_MIGRATIONS, |delay, _| {
        let folder = Folder::new();
        kill_after(delay, spawn(&folder, &[NAMED], up));
        assert_eq!(runtime().block_on(parties_once_migrated(&folder, "named.db")), 0);
    });
}

#[test]
fn a_kill_while_the_demo_is_loaded_leaves_all_of_it_or_none() {
    let folder = Folder::new();
    let took = time(|| assert_eq!(Server::start(&folder, &[]).stop(), Some(0)));
    at_moments(took, KILLS_OF_STARTS, |delay, number| {
        let folder = Folder::new();
        kill_after(delay, spawn(&folder, &[("COBUILD_LISTEN", "127.0.0.1:0")], &["serve"]));
        let parties = runtime().block_on(parties_once_migrated(&folder, "data/cobuild.db"));
        assert!([0, PARTIES].contains(&parties), "{parties} of {PARTIES} parties");
        if number % 5 == 0 {
            let server = Server::start(&folder, &[]);
            let there = server.ask("{ units { totalCount } communities { totalCount } }", json!({}))["data"].clone();
            assert_eq!(there, json!({ "units": { "totalCount": 150 }, "communities": { "totalCount": 40 } }));
            assert_eq!(server.stop(), Some(0));
        }
    });
}

/// Brings the tables up to date, as any command does, and counts the parties; all that `verify` checks holds.
async fn parties_once_migrated(folder: &Folder, name: &str) -> u64 {
    let path = folder.path().join(name);
    let database = Database::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    database.migrate().await.unwrap();
    assert!(database.is_current().await.unwrap());
    assert!(verify(&database, |_| {}).await.unwrap().holds());
    let parties = party::Entity::find().count(&database.reader).await.unwrap();
    database.close().await.unwrap();
    parties
}

/// Does something at so many moments, spread evenly over a while and a little beyond, some of them side by side.
fn at_moments(took: Duration, count: usize, act: impl Fn(Duration, usize) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let number = next.fetch_add(1, SeqCst);
            if number >= count {
                return;
            }
            act(took.mul_f64(1.1 * number as f64 / count as f64), number);
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
}

fn spawn(folder: &Folder, settings: &[(&str, &str)], arguments: &[&str]) -> Child {
    let mut command = folder.command(settings);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn kill_after(delay: Duration, mut process: Child) {
    pause(delay);
    process.kill().unwrap();
    process.wait().unwrap();
}

fn time(act: impl FnOnce()) -> Duration {
    let started = Instant::now();
    act();
    started.elapsed()
}

#[test]
fn those_that_start_on_one_new_file_at_once_make_it_once() {
    for _ in 0..8 {
        let folder = Folder::new();
        let start =
            || folder.command(&[NAMED]).args(["migrate", "up"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let started: Vec<Child> = (0..3).map(|_| start().unwrap()).collect();
        let mut run = 0;
        for process in started {
            let ran = process.wait_with_output().unwrap();
            let (told, complaint) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
            assert!(ran.status.success(), "{told}{complaint}");
            run += told.split(' ').next().unwrap().parse::<usize>().unwrap();
        }
        let status = folder.run_with(&[NAMED], &["migrate", "status"]);
        assert_eq!(status.good().matches("applied ").count(), run, "each step is run by one of them");
    }
}

#[test]
fn one_file_takes_one_server_and_any_command_beside_it() {
    let folder = Folder::new();
    let mut first = Server::start(&folder, &[NAMED]);
    let quiet = [NAMED, ("COBUILD_LOG", "off"), ("COBUILD_LISTEN", "127.0.0.1:0")];
    let refusal = format!(
        "error: another server (process {}) runs on named.db: one SQLite file takes one server; stop that one first, or use \
         PostgreSQL\n",
        first.process_id()
    );
    assert_eq!(folder.run_with(&quiet, &["serve"]).failed(1), refusal);
    let absolute = format!("sqlite:{}", folder.path().join("named.db").display());
    assert!(folder.run_with(&[("DATABASE_URL", &absolute)], &[]).failed(1).contains("another server"));
    std::fs::write(folder.path().join("provinces.csv"), "code,name\n51,四川省\n").unwrap();
    for command in
        [&["verify"][..], &["migrate", "status"], &["migrate", "up"], &["import", "divisions", "provinces.csv"]]
    {
        folder.run_with(&quiet, command).good();
    }
    folder.run_on("a good long password\n", &quiet, &["admin", "create-account", "lihua", "--password-stdin"]).good();
    assert_eq!(
        first.ask("{ areas { nodes { name } } }", json!({}))["data"]["areas"]["nodes"],
        json!([{ "name": "四川省" }])
    );
    first.kill();
    assert_eq!(Server::start(&folder, &[NAMED]).stop(), Some(0));
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let folder = Folder::new();
    folder.run_with(&[NAMED], &["migrate", "up"]).good();
    runtime().block_on(async {
        let url = format!("sqlite:{}", folder.path().join("named.db").display());
        let database = Database::connect(&url).await.unwrap();
        let newer = "INSERT INTO seaql_migrations VALUES ('m8000_tomorrow', 1), ('m9000_later', 1)";
        database.writer.execute_unprepared(newer).await.unwrap();
        database.close().await.unwrap();
    });
    let before = std::fs::read(folder.path().join("named.db")).unwrap();
    std::fs::write(folder.path().join("provinces.csv"), "code,name\n51,四川省\n").unwrap();
    let commands: [&[&str]; 8] = [
        &[],
        &["serve", "--no-migrate"],
        &["migrate", "up"],
        &["migrate", "status"],
        &["verify"],
        &["demo"],
        &["import", "divisions", "provinces.csv"],
        &["admin", "grant", "lihua", "admin"],
    ];
    for command in commands {
        let ran = folder.run_with(&[NAMED, ("COBUILD_LOG", "off"), ("COBUILD_LISTEN", "127.0.0.1:0")], command);
        let refusal = format!(
            "error: this database was made by a newer Cobuild: version {} does not know its steps m8000_tomorrow, m9000_later\n",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(ran.failed(1), refusal, "{command:?}");
    }
    assert!(std::fs::read(folder.path().join("named.db")).unwrap() == before, "it was changed");
}

#[test]
fn a_server_that_may_not_change_tables_serves_where_they_are_current() {
    let folder = Folder::new();
    let told = folder.run_with(&[NAMED, ("COBUILD_LOG", "off"), ("COBUILD_NO_MIGRATE", "1")], &["serve"]);
    let complaint = told.failed(1);
    assert!(
        complaint.contains(" steps of the tables have not been run: cobuild migrate up runs them (m0001_area, "),
        "{complaint}"
    );
    assert!(folder.run_with(&[NAMED], &["migrate", "status"]).good().contains("pending m0001_area\n"));
    folder.run_with(&[NAMED], &["migrate", "up"]).good();
    let server = Server::start(&folder, &[NAMED, ("COBUILD_NO_MIGRATE", "on")]);
    assert_eq!(server.get("/readyz").body, "ok\n");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_role_that_may_not_change_tables_serves_on_postgresql() {
    let server = match postgres::source() {
        Ok(_) => postgres::server().unwrap(),
        Err(reason) => {
            let mut told = std::io::stderr();
            return writeln!(told, "NO ROLE ON POSTGRESQL: {reason}").unwrap();
        }
    };
    let name = format!("cobuild_role_{}", uuid::Uuid::now_v7().simple());
    let runtime = runtime();
    runtime.block_on(server.create(&name, database::Content::Nothing)).unwrap();
    let owner = server.address(&name);
    let role = with_user(&owner, &format!("{name}:secret"));
    let key = ("COBUILD_SIGNING_KEY", "5f0c1d2e3a4b5c6d7e8f90123456789a5f0c1d2e3a4b5c6d7e8f90123456789a");
    let folder = Folder::new();
    let as_owner = [("DATABASE_URL", owner.as_str())];
    let as_role = [("DATABASE_URL", role.as_str()), key, ("COBUILD_NO_MIGRATE", "on"), ("COBUILD_LOG", "warn")];
    runtime.block_on(execute(
        &owner,
        &format!("CREATE ROLE {name} LOGIN PASSWORD 'secret'; REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
    ));
    let early = folder.run_with(&as_role, &["serve"]);
    assert!(early.failed(1).contains("steps of the tables have not been run"), "{}", early.err);
    folder.run_with(&as_owner, &["demo"]).good();
    runtime.block_on(execute(
        &owner,
        &format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"),
    ));
    let serving = Server::start(&folder, &as_role);
    assert_eq!(serving.get("/readyz").body, "ok\n");
    let sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { viewer { account { username } } } }";
    let signed_in = serving.ask(sign_in, json!({ "input": { "username": "clerk", "password": "cobuild-demo" } }));
    assert_eq!(signed_in["data"]["signIn"]["viewer"]["account"]["username"], "clerk", "{signed_in}");
    assert_eq!(serving.stop(), Some(0));
    // Nothing is to be run, so nothing is changed without the setting either.
    assert_eq!(Server::start(&folder, &as_role[..2]).stop(), Some(0));
    folder.run_with(&as_role, &["verify"]).good();
    runtime.block_on(execute(&owner, &format!("DROP OWNED BY {name}; DROP ROLE {name}")));
    runtime.block_on(server.drop(&name)).unwrap();
}

/// The same address, as somebody else.
fn with_user(address: &str, user: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap();
    let host = rest.split_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{user}@{host}")
}

async fn execute(url: &str, sql: &str) {
    let database = Database::connect(url).await.unwrap();
    database.writer.execute_unprepared(sql).await.unwrap();
    database.close().await.unwrap();
}

#[test]
fn a_hangup_stops_a_server_in_good_order_unless_it_is_to_be_ignored() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[NAMED]);
    server.signal("HUP");
    assert_eq!(server.ended(), Some(0));
    let kept = Server::start_ignoring("HUP", &folder, &[NAMED]);
    kept.signal("HUP");
    assert_eq!(kept.get("/readyz").body, "ok\n");
    assert_eq!(kept.stop(), Some(0));
}

#[test]
fn a_second_signal_ends_what_the_first_waits_for() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[NAMED]);
    let mut slow = server.connect();
    slow.write_all(
        b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
    )
    .unwrap();
    pause(Duration::from_millis(300));
    server.signal("TERM");
    pause(Duration::from_millis(300));
    let insisted = Instant::now();
    server.signal("TERM");
    assert_eq!(server.ended(), Some(1));
    assert!(insisted.elapsed() < Duration::from_secs(3));
    let mut nothing = Vec::new();
    let _ = slow.read_to_end(&mut nothing);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "no request waits for this thread")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
