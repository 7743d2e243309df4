//! What reading costs: `cargo bench -p tests --bench reads`. Each question is asked of the server and, in turn, of a handler that
//! sends one statement of SQL by hand: what is printed is the share of that limit which the server reaches, on PostgreSQL.

#[path = "../../harness/mod.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "the harness of the tests, of which this uses a part")]
mod harness;

#[path = "../callers.rs"]
mod callers;
mod limit;
mod processes;
mod questions;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use api::command::demo::{self, Scale};
use api::database::Database;
use api::server::config::{Budget, Connections, Front};
use api::server::http::Door;
use chrono::NaiveDate;
use clap::Parser;
use entity::Timestamp;
use harness::{Listening, World, postgres};
use sea_orm::sqlx::postgres::PgPoolOptions;
use serde_json::Value;

use callers::Caller;
use processes::Work;
use questions::{QUESTIONS, Question};

/// What is measured, and how long.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// How much data there is
    #[arg(long, value_enum, default_value = "city")]
    scale: Scale,
    /// A PostgreSQL that holds the data already, in place of a new one: postgres://…
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Rounds of each of the two, after one that warms up
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// Requests of each connection in a round
    #[arg(long, default_value_t = 20)]
    requests: usize,
    /// Connections of those who ask
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Only these questions
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Ends with 1 where a share or a number of statements is not what it is to be
    #[arg(long)]
    floor: bool,
    /// What Cargo says to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// How long a statement may take, as it is where nobody says otherwise.
const STATEMENT: Duration = Duration::from_secs(10);

/// The limit's connections to the database.
const POOL: u32 = 8;

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    ExitCode::from(u8::from(!runtime.block_on(run(&options)) && options.floor))
}

/// Whether all is as it is to be.
async fn run(options: &Options) -> bool {
    let Some(url) = &options.database else {
        let world = loaded(options.scale).await;
        let holds = measure(world.databases.serving(STATEMENT).await, options).await;
        world.databases.remove().await;
        return holds;
    };
    measure(Database::connect_bounded(url, STATEMENT).await.expect("a database"), options).await
}

async fn loaded(scale: Scale) -> World {
    let world = World::new(Some(postgres::server().expect("a PostgreSQL"))).await;
    let as_of = NaiveDate::from_ymd_opt(2026, 3, 2).expect("a day");
    let start = Instant::now();
    demo::load(&world.database, &demo::Options { scale, seed: 1, as_of }, |_| ()).await.expect("the demo");
    println!("Loaded the demo ({scale:?}) in {:.0} s", start.elapsed().as_secs_f64());
    world
}

async fn measure(database: Database, options: &Options) -> bool {
    let pool = database.reader.plain().get_postgres_connection_pool().connect_options();
    let by_hand = PgPoolOptions::new().max_connections(POOL).test_before_acquire(false);
    let by_hand = limit::serve(by_hand.connect_with(pool.as_ref().clone()).await.expect("a connection")).await;
    let now = Timestamp::parse("2026-03-02T02:00:00Z").expect("a moment");
    let app = api::server::app::App::new(database.clone(), api::kernel::clock::Clock::stopped(now), Budget::default());
    let front = Front { rate_limit_cost: 0, ..Front::default() };
    let server = Listening::with(Door::new(app, front).expect("settings that hold"), Connections::USUAL).await;
    println!(
        "{} connections; requests a second, medians of {} rounds; CPU with that of those who ask",
        options.connections, options.rounds
    );
    let mut holds = true;
    for question in &QUESTIONS {
        if options.only.is_empty() || options.only.iter().any(|only| only == question.name) {
            holds &= compare(question, &question.arguments(&database).await, (server.address, by_hand), options).await;
        }
    }
    println!("This process, with both servers and those who ask, holds {} MB", processes::resident() >> 20);
    holds
}

/// One question, round by round, each of the two first in every other one.
async fn compare(
    question: &Question,
    arguments: &[Vec<String>],
    (server, by_hand): (SocketAddr, SocketAddr),
    options: &Options,
) -> bool {
    let statements = same_answers(question, arguments, server, by_hand).await;
    let posted: Vec<String> = arguments.iter().map(|one| question.posted(one)).collect();
    let posted_by_hand: Vec<String> = arguments.iter().map(|one| question.posted_by_hand(one)).collect();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=options.rounds {
        let mut ways = [(&mut ours, server, &posted), (&mut theirs, by_hand, &posted_by_hand)];
        if round % 2 == 1 {
            ways.reverse();
        }
        for (figures, address, posted) in ways {
            let figure = one_round(address, posted, round, options).await;
            if round > 0 {
                figures.push(figure);
            }
        }
    }
    let ratio = median(ours.iter().zip(&theirs).map(|(ours, theirs)| ours.rate / theirs.rate));
    let holds = ratio >= question.floor && statements <= question.statements;
    println!("{} {}", question.name, question.about);
    println!("   server {}, {statements} statements", told(&ours));
    println!("   limit  {}", told(&theirs));
    println!("   share {ratio:.3} (floor {:.2}){}", question.floor, if holds { "" } else { "  NOT REACHED" });
    holds
}

/// What a round came to.
struct Figure {
    rate: f64,
    half: Duration,
    most: Duration,
    work: Work,
}

async fn one_round(address: SocketAddr, posted: &[String], round: usize, options: &Options) -> Figure {
    let mut callers = Vec::new();
    for _ in 0..options.connections {
        callers.push(Caller::to(address).await);
    }
    // Everybody begins at another place of the arguments.
    let of = |caller: usize| {
        let from = caller * 7 + round * options.requests;
        (from..from + options.requests).map(|turn| posted[turn % posted.len()].clone()).collect()
    };
    let before = Work::now();
    let (rate, mut times) = callers::round(callers, (0..options.connections).map(of).collect(), "\"data\":{").await;
    let work = Work::now().since(before, times.len());
    times.sort();
    Figure { rate, half: times[times.len() / 2], most: times[times.len() * 99 / 100], work }
}

/// Holds that both say the same, and answers with how many statements the server sends.
async fn same_answers(question: &Question, arguments: &[Vec<String>], server: SocketAddr, by_hand: SocketAddr) -> u64 {
    let (mut server, mut by_hand) = (Caller::to(server).await, Caller::to(by_hand).await);
    let mut statements = 0;
    for one in arguments.iter().step_by(arguments.len().div_ceil(10)) {
        let ours: Value = serde_json::from_str(&server.send(&question.posted(one), "").await).expect("JSON");
        let theirs: Value = serde_json::from_str(&by_hand.send(&question.posted_by_hand(one), "").await).expect("JSON");
        assert_eq!(without_times(&ours["data"]), without_times(&theirs["data"]), "{} {one:?}", question.name);
        statements = statements.max(ours["extensions"]["cost"]["statements"].as_u64().expect("a number"));
    }
    statements
}

/// Moments are written in two ways: as texts, and as the database has them.
fn without_times(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| *name != "createdAt");
            kept.map(|(name, value)| (name.clone(), without_times(value))).collect()
        }
        Value::Array(values) => values.iter().map(without_times).collect(),
        other => other.clone(),
    }
}

fn told(figures: &[Figure]) -> String {
    let milliseconds = |of: fn(&Figure) -> Duration| median(figures.iter().map(|one| of(one).as_secs_f64() * 1_000.0));
    format!(
        "{:7.0}/s   p50 {:6.1} ms   p99 {:6.1} ms   CPU {:6.0} µs here, {:6.0} µs in PostgreSQL",
        median(figures.iter().map(|one| one.rate)),
        milliseconds(|one| one.half),
        milliseconds(|one| one.most),
        median(figures.iter().map(|one| one.work.here)),
        median(figures.iter().map(|one| one.work.postgres)),
    )
}

/// The middle one.
fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
