//! The command line, as whoever runs the server meets it: the binary itself, its exit codes and what it prints.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a panic is how a case fails")]

extern crate cobuild as api;

mod admin;
mod connect;
#[path = "../harness/database.rs"]
#[expect(
    clippy::print_stderr,
    dead_code,
    unreachable_pub,
    reason = "the harness of the other test binary, of which the storm uses little"
)]
mod database;
mod exchange;
mod faults;
#[path = "../harness/found.rs"]
mod found;
#[path = "../hostile/mod.rs"]
mod hostile;
mod log;
mod pooler;
#[path = "../harness/postgres.rs"]
#[expect(dead_code, unreachable_pub, reason = "the harness of the other test binary, of which the storm uses little")]
mod postgres;
mod private;
mod program;
#[path = "../harness/proxy.rs"]
#[expect(dead_code, unreachable_pub, reason = "the harness of the other test binary, of which the storm uses little")]
mod proxy;
mod server;
#[path = "../harness/sources.rs"]
#[expect(dead_code, unreachable_pub, reason = "the harness of the other test binary, of which the storm uses little")]
mod sources;
mod start;
mod storm;
mod story;

use std::io::{Read, Write};

use clap::CommandFactory;
use cobuild::command::arguments::Config;
use cobuild::database::Database;
use found::nothing_found;
use program::Folder;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use server::Server;

/// A database that somebody names, in the folder at hand.
const NAMED: (&str, &str) = ("DATABASE_URL", "sqlite:named.db");

#[test]
fn help_names_every_setting_and_command() {
    let folder = Folder::new();
    let ran = folder.run(&["--help"]);
    let (config, commands) = (Config::command(), ["serve", "migrate", "import", "demo", "admin", "verify", "schema"]);
    let settings = config.get_arguments().filter_map(|argument| Some((argument.get_env()?, argument.get_long()?)));
    let settings: Vec<String> = settings
        .flat_map(|(variable, flag)| [format!("[env: {}", variable.to_string_lossy()), format!("--{flag}")])
        .collect();
    assert!(settings.len() >= 8 && config.get_subcommands().map(clap::Command::get_name).eq(commands));
    for word in settings.iter().map(String::as_str).chain(commands) {
        let mut follows =
            ran.good().match_indices(word).filter_map(|(start, _)| ran.out[start + word.len()..].chars().next());
        assert!(follows.any(|next| " =[]\n".contains(next)), "{word} is not in:\n{}", ran.out);
    }
    for command in commands {
        assert!(folder.run(&[command, "--help"]).good().contains(&format!("Usage: cobuild {command}")));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_wrong_value_is_one_error_that_names_the_setting() {
    let folder = Folder::new();
    let wrong = [
        (("COBUILD_LISTEN", "nonsense"), "invalid value 'nonsense' for '--listen <ADDRESS>'"),
        (
            ("DATABASE_URL", "mysql://cobuild:secret@localhost/cobuild"),
            "DATABASE_URL or --database-url must begin with sqlite: or postgres://",
        ),
        (("COBUILD_LOG", "["), "invalid value '[' for '--log <FILTER>'"),
        (("COBUILD_LOG_FORMAT", "xml"), "invalid value 'xml' for '--log-format <FORMAT>'"),
        (("COBUILD_HEADER_TIMEOUT", "-1"), "a number of seconds, from 0 to 86400"),
        (("COBUILD_STATEMENT_TIMEOUT", "0"), "more than 0 seconds"),
        (("COBUILD_MAX_CONNECTIONS", "0"), "0 is not in 1..=1000000"),
        (("COBUILD_BATCH_LIMIT", "11"), "11 is not in 0..=10"),
        (
            ("COBUILD_TRUSTED_PROXIES", "10.0.0.0/8,nonsense"),
            "invalid value 'nonsense' for '--trusted-proxies <NETWORKS>'",
        ),
        (
            ("COBUILD_CORS_ORIGINS", "https://a.example/path"),
            "an origin is like https://portal.example.org, without a path",
        ),
        (("COBUILD_GRAPHIQL", "maybe"), "[possible values: on, off]"),
        (("COBUILD_HOSTS", "https://cobuild.example.org"), "a host name is like cobuild.example.org, *.example.org"),
        (("COBUILD_HOSTS", "cobuild.example.org:8000"), "without a port"),
        (("COBUILD_FORWARDED_HEADER", "via"), "[possible values: any, x-forwarded-for, forwarded, x-real-ip]"),
        (("COBUILD_MAX_CONNECTIONS_OF_ADDRESS", "0"), "0 is not in 1..=1000000"),
    ];
    for (setting, complaint) in wrong {
        let ran = folder.run_with(&[setting], &[]);
        assert!(ran.failed(2).contains(complaint), "{setting:?}: {}", ran.err);
        assert_eq!((ran.out.as_str(), ran.err.matches("error: ").count()), ("", 1), "{}", ran.err);
        assert!(!ran.err.contains("secret"), "{}", ran.err);
    }
    let huge = folder.run(&["demo", "--scale", "huge"]);
    assert!(huge.failed(2).contains("'--scale <SCALE>'\n  [possible values: small, county, city]"), "{}", huge.err);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_schema_is_printed_as_it_is_committed() {
    assert_eq!(Folder::new().run(&["schema"]).good(), include_str!("../../schema.graphql"));
}

#[test]
fn a_first_start_loads_a_district_and_a_second_one_loads_nothing() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    assert_eq!(server.printed[0], "First start: loading a demo district into sqlite:data/cobuild.db …");
    assert!(server.printed[1].starts_with("Loaded as of 20"), "{:?}", server.printed);
    assert!(folder.path().join("data/cobuild.db").is_file());
    front_door_is_open(&server);
    let there = count(&server);
    assert_eq!(server.stop(), Some(0));

    let server = Server::start(&folder, &[]);
    assert_eq!(server.printed[0], "Cobuild is listening.");
    assert_eq!(count(&server), there);
    assert_eq!(server.stop(), Some(0));
    assert!(folder.run(&["verify"]).good().contains(" checks hold."));
}

/// What a first visitor clicks on works, and the queries on the front page answer with something.
fn front_door_is_open(server: &Server) {
    assert!(server.printed.iter().any(|line| line.contains("try     http://") && line.ends_with("/graphiql")));
    let front = server.get("/");
    assert_eq!(front.status, 200);
    for (path, text) in
        [("/graphiql", "GraphiQL"), ("/schema.graphql", include_str!("../../schema.graphql")), ("/healthz", "ok\n")]
    {
        let reply = server.get(path);
        assert!(reply.status == 200 && reply.body.contains(text), "{path}: {reply:?}");
        assert!(reply.head.contains("\r\nx-content-type-options: nosniff"), "{}", reply.head);
        assert!(front.body.contains(&format!("href=\"{path}\"")));
    }
    assert_eq!(server.get("/nowhere").status, 404);
    let queries: Vec<&str> =
        front.body.split("<pre>").skip(1).map(|rest| rest.split("</pre>").next().unwrap()).collect();
    assert_eq!(queries.len(), 3);
    for query in queries {
        let answer = server.ask(query, json!({}));
        assert!(answer["errors"].is_null(), "{query}\n{answer}");
        assert_eq!(nothing_found(&answer["data"]), [""; 0], "{query}\n{answer}");
    }
}

fn count(server: &Server) -> Value {
    let answer = server.ask("{ communities { totalCount } units { totalCount } claims { totalCount } }", json!({}));
    assert!(answer["data"]["claims"]["totalCount"].as_u64() > Some(1_000), "{answer}");
    answer["data"].clone()
}

#[test]
fn a_named_database_is_served_without_demo_data() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[NAMED]);
    assert_eq!(server.printed[0], "Cobuild is listening.");
    let answer = server.ask("{ communities { totalCount } categories { code } }", json!({}));
    assert_eq!(answer["data"]["communities"]["totalCount"], 0);
    assert_eq!(answer["data"]["categories"][0]["code"], "health");
    assert_eq!(server.stop(), Some(0));
    assert!(folder.path().join("named.db").is_file() && !folder.path().join("data").exists());
}

#[test]
fn idle_connections_do_not_keep_it_from_stopping() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[NAMED]);
    let silent = server.connect();
    let mut kept = server.connect();
    kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut beginning = [0; 15];
    kept.read_exact(&mut beginning).unwrap();
    assert_eq!(&beginning, b"HTTP/1.1 200 OK");
    assert_eq!(server.stop(), Some(0));
    drop((silent, kept));
}

#[test]
fn a_port_in_use_is_one_clear_error() {
    let folder = Folder::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = folder.run_with(&[NAMED, ("COBUILD_LISTEN", &address), ("COBUILD_LOG", "off")], &[]);
    let complaint = ran.failed(1);
    assert!(complaint.starts_with(&format!("error: cannot listen on {address}: ")), "{complaint}");
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
}

#[test]
fn a_list_of_documents_that_is_not_there_is_one_clear_error() {
    let folder = Folder::new();
    let ran = folder.run_with(&[NAMED, ("COBUILD_TRUSTED_DOCUMENTS", "nowhere.json"), ("COBUILD_LOG", "off")], &[]);
    let complaint = ran.failed(1);
    assert!(complaint.starts_with("error: cannot read the trusted documents nowhere.json: "), "{complaint}");
    assert_eq!((complaint.lines().count(), ran.out.as_str()), (1, ""));
}

#[test]
fn a_server_serves_as_it_is_configured() {
    let folder = Folder::new();
    let settings = [("COBUILD_GRAPHIQL", "off"), ("COBUILD_INTROSPECTION", "off"), ("COBUILD_HEADER_TIMEOUT", "0.3")];
    let server = Server::start(&folder, &[&[NAMED], &settings[..]].concat());
    assert!(!server.printed.iter().any(|line| line.contains("graphiql")), "{:?}", server.printed);
    assert_eq!((server.get("/graphiql").status, server.get("/readyz").body.as_str()), (404, "ok\n"));
    let answer = server.ask("{ __schema { queryType { name } } }", json!({}));
    assert_eq!(answer["errors"][0]["message"], "introspection is switched off");
    let mut nothing = Vec::new();
    server.connect().read_to_end(&mut nothing).unwrap();
    assert_eq!(nothing, [0; 0]);
    let metrics = server.get("/metrics").body;
    assert!(metrics.contains(r#"cobuild_refusals_total{code="BAD_REQUEST",limit=""} 1"#), "{metrics}");
    assert_eq!(server.stop(), Some(0));
}

/// Its value is a person's, and must not reach the log.
const PRIVATE: &str = "张三丰的私事";

#[test]
fn each_request_is_one_line_of_json_that_tells_nothing_private() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[NAMED, ("COBUILD_LOG_FORMAT", "json")]);
    let query = "query Find($name: String!) { units(filter: {name: {eq: $name}}) { totalCount nodes { name } } }";
    let answer = server.ask(query, json!({ "name": PRIVATE }));
    assert_eq!(answer["data"]["units"]["totalCount"], 0, "{answer}");
    server.ask("query Wrong { units(first: 101) { totalCount } }", json!({}));
    let text = server.log_with("Answered a request", 2);
    assert!(!text.contains(PRIVATE), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let answered: Vec<&Value> = lines.iter().filter(|line| line["message"] == "Answered a request").collect();
    assert_eq!(answered.len(), 2, "{text}");
    let first = answered[0];
    assert_eq!((first["errors"].as_u64(), answered[1]["errors"].as_u64()), (Some(0), Some(1)));
    assert_eq!(first["statements"], answer["extensions"]["cost"]["statements"]);
    assert_eq!(first["rows"], answer["extensions"]["cost"]["rows"]);
    assert!(first["milliseconds"].as_f64() > Some(0.0) && first["level"] == "INFO", "{first}");
    assert!(first["request.id"].as_str().is_some_and(|id| id.len() == 32), "{first}");
    assert_ne!(first["request.id"], answered[1]["request.id"]);
    assert_eq!((&first["method"], &first["path"], &first["status"]), (&json!("POST"), &json!("/graphql"), &json!(200)));
    assert_eq!((&first["address"], &first["code"]), (&json!("127.0.0.1"), &Value::Null));
    assert_eq!(answered[1]["code"], "BAD_REQUEST");
    assert_eq!((&first["operation"], &answered[1]["operation"]), (&json!("Find"), &json!("Wrong")));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn each_line_tells_who_asked_by_which_way_and_how_it_went() {
    let folder = Folder::new();
    let password = format!("{PRIVATE}, a long one");
    folder.run_with(&[NAMED], &["migrate", "up"]).good();
    folder.run_on(&password, &[NAMED], &["admin", "create-account", "lihua", "--password-stdin"]).good();
    let server =
        Server::start(&folder, &[NAMED, ("COBUILD_LOG_FORMAT", "json"), ("COBUILD_TRUSTED_PROXIES", "127.0.0.1/32")]);
    let session = server.ask_as(
        "",
        "mutation($input: SignInInput!) { signIn(input: $input) { viewer { account { id } } session { accessToken } } }",
        json!({ "input": { "username": "lihua", "password": password } }),
    );
    let token = session["data"]["signIn"]["session"]["accessToken"].as_str().expect("a token");
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = format!(
        "authorization: Bearer {token}\r\nx-forwarded-for: [2001:db8::7]:4711\r\nx-request-id: req-7\r\ntraceparent: {trace}\r\n"
    );
    server.post(server.address(), &headers, "{ viewer { account { username } } }");
    server.get(&format!("/nowhere?token={token}"));
    server.get(&format!("/graphql?query=%7B{token}"));
    server.get("/healthz");
    let log = server.log_with("Answered a request", 4);
    assert!(!log.contains(token) && !log.contains("lihua") && !log.contains(PRIVATE), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let told: Vec<&Value> = lines.iter().filter(|line| line["message"] == "Answered a request").collect();
    assert_eq!(told.len(), 4, "one a request, and none for a probe: {log}");
    let signed_in = told[1];
    for (field, value) in [
        ("request.id", json!("req-7")),
        ("trace.id", json!("0af7651916cd43dd8448eb211c80319c")),
        ("address", json!("2001:db8::7")),
        ("status", json!(200)),
        ("errors", json!(0)),
    ] {
        assert_eq!(signed_in[field], value, "{field}: {signed_in}");
    }
    assert_eq!(signed_in["account"].as_str().map(str::len), Some(36), "{signed_in}");
    assert_eq!((&told[2]["path"], &told[2]["status"]), (&json!("/nowhere"), &json!(404)));
    assert_eq!(
        (&told[3]["path"], &told[3]["status"], &told[3]["method"]),
        (&json!("/graphql"), &json!(200), &json!("GET"))
    );
    assert_eq!(told[3]["code"], "BAD_REQUEST");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_sign_in_that_failed_reaches_the_log_without_its_name() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[NAMED, ("COBUILD_TRUSTED_PROXIES", "127.0.0.1/32")]);
    for (from, name) in [("203.0.113.9", "lihua"), ("203.0.113.10", " LIHUA"), ("nonsense", "wang")] {
        let query = format!(
            "mutation {{ signIn(input: {{ username: \"{name}\", password: \"a secret\" }}) {{ userErrors {{ code }} }} }}"
        );
        server.post(server.address(), &format!("x-forwarded-for: {from}\r\n"), &query);
    }
    let log = server.log_with("Sign-in failed ", 3);
    assert!(!log.to_lowercase().contains("lihua") && !log.contains("wang") && !log.contains("a secret"), "{log}");
    let failed: Vec<&str> =
        log.lines().filter_map(|line| line.split_once("Sign-in failed ")).map(|(_, told)| told).collect();
    let field = |place: usize, name: &str| {
        let told = failed[place].split(&format!("{name}=")).nth(1).and_then(|rest| rest.split(' ').next());
        told.expect("the field").to_owned()
    };
    assert_eq!(failed.len(), 3, "{log}");
    assert_eq!([0, 1, 2].map(|place| field(place, "address")), ["203.0.113.9", "203.0.113.10", "unknown"]);
    assert_eq!([0, 1, 2].map(|place| field(place, "reason")), ["wrong-credentials"; 3]);
    assert_eq!((field(0, "name"), field(0, "name").len()), (field(1, "name"), 16));
    assert_ne!(field(0, "name"), field(2, "name"));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_log_for_people_that_goes_to_a_file_has_no_colours() {
    let folder = Folder::new();
    let ran = folder.run_with(&[NAMED], &["migrate", "up"]);
    ran.good();
    assert!(ran.err.contains("INFO") && !ran.err.contains('\u{1b}'), "{:?}", ran.err);
}

#[test]
fn migrations_are_listed_and_run() {
    let folder = Folder::new();
    for command in [&["migrate", "status"][..], &["verify"]] {
        assert!(folder.run_with(&[NAMED], command).failed(1).contains("there is no database at named.db"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "looking makes no database");
    }
    std::fs::write(folder.path().join("named.db"), "").unwrap();
    assert!(folder.run_with(&[NAMED], &["verify"]).failed(1).contains("steps of the tables have not been run"));
    let before = folder.run_with(&[NAMED], &["migrate", "status"]);
    let pending: Vec<&str> = before.good().lines().filter_map(|line| line.strip_prefix("pending ")).collect();
    assert_eq!(pending[0], "m0001_area");
    assert!(before.out.ends_with(&format!("\n{} steps to run\n", pending.len())), "{}", before.out);
    let up = folder.run_with(&[NAMED], &["migrate", "up"]);
    assert_eq!(up.good(), format!("{} steps run; the tables are up to date\n", pending.len()));
    let after = folder.run_with(&[NAMED], &["migrate", "status"]);
    let applied: Vec<&str> = after.good().lines().filter_map(|line| line.strip_prefix("applied ")).collect();
    assert_eq!(applied, pending);
    assert!(after.out.ends_with("\n0 steps to run\n"), "{}", after.out);
    assert_eq!(folder.run_with(&[NAMED], &["migrate", "up"]).good(), "0 steps run; the tables are up to date\n");
}

#[test]
fn demo_data_goes_into_an_empty_database_only_and_damage_shows() {
    let folder = Folder::new();
    let loaded = folder.run_with(&[NAMED], &["demo", "--as-of", "2026-03-02"]);
    let told = loaded.good();
    assert!(
        told.starts_with("Loaded as of 2026-03-02: 682 areas, 190 parties, ") && told.ends_with(" events\n"),
        "{told}"
    );
    let again = folder.run_with(&[NAMED, ("COBUILD_LOG", "off")], &["demo"]);
    let refusal = "error: this database already holds 190 parties; demo data only goes into an empty one\n";
    assert_eq!(again.failed(1), refusal);
    assert!(folder.run_with(&[NAMED], &["verify"]).good().contains(" checks hold."));

    damage(&folder);
    let broken = folder.run_with(&[NAMED, ("COBUILD_LOG", "off")], &["verify"]);
    let complaints: Vec<&str> = broken.failed(1).lines().collect();
    assert_eq!(complaints.len(), 1, "{}", broken.err);
    assert!(
        complaints[0].starts_with("error: list_item ") && complaints[0].contains("held is not what its claims hold")
    );
    assert_eq!(broken.out.matches("BROKEN").count(), 1, "{}", broken.out);
    assert!(broken.out.ends_with("\n1 breaches.\n"), "{}", broken.out);
}

/// Takes one off what is held of an item.
fn damage(folder: &Folder) {
    let url = format!("sqlite:{}", folder.path().join("named.db").display());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let database = Database::connect(&url).await.unwrap();
        let damage =
            "UPDATE list_item SET held = held - 1 WHERE id = (SELECT id FROM list_item WHERE held > 0 LIMIT 1)";
        assert_eq!(database.writer.execute_unprepared(damage).await.unwrap().rows_affected(), 1);
        database.close().await.unwrap();
    });
}

#[test]
fn an_import_that_finds_bad_rows_loads_the_rest_and_fails() {
    let folder = Folder::new();
    let quiet = [NAMED, ("COBUILD_LOG", "off")];
    let nothing = folder.run_with(&quiet, &["import", "divisions", "nowhere"]);
    assert_eq!(nothing.failed(1), "error: There is no nowhere.\n");
    assert!(folder.run_with(&quiet, &["import", "divisions"]).failed(2).contains("<PATH>"));

    let file = folder.path().join("provinces.csv");
    std::fs::write(&file, "code,name\n51,四川省\n").unwrap();
    let good = folder.run_with(&quiet, &["import", "divisions", "provinces.csv"]);
    assert_eq!(good.good(), "1 new, 0 changed, 0 same, 0 gone but kept (0 ended now), 0 bad\n");
    std::fs::write(&file, "code,name\n5x,四川省\n44,广东省\n").unwrap();
    let bad = folder.run_with(&quiet, &["import", "divisions", "provinces.csv"]);
    assert_eq!(bad.failed(1), "error: provinces.csv:2: the code \"5x\" is not made of digits\n");
    assert_eq!(bad.out, "1 new, 0 changed, 0 same, 1 gone but kept (0 ended now), 1 bad\n");
}
