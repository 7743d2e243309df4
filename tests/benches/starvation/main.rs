//! Whether anybody keeps the others waiting: `cargo bench -p tests --bench starvation`. While permitted queries run in a loop from
//! four addresses, somebody else asks for little; how long that takes is printed, beside how long it takes alone.

#[path = "../../harness/mod.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "the harness of the tests, of which this uses a part")]
mod harness;

mod asking;
mod queries;

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
use tokio::runtime::{Builder, Runtime};

use asking::{Besiegers, Neighbour, Times};
use queries::Hostile;

/// What is measured, and how long.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// How much data there is
    #[arg(long, value_enum, default_value = "city")]
    scale: Scale,
    /// Seconds of each siege
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Ends with 1 where the neighbour's median is above so many milliseconds
    #[arg(long, value_name = "MILLISECONDS")]
    most: Option<f64>,
    /// Queries of each of the four addresses at a time
    #[arg(long, default_value_t = 1)]
    each: usize,
    /// Only the sieges whose name has this word
    #[arg(long)]
    only: Option<String>,
    /// Databases that hold the data already, in place of new ones: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL")]
    database: Vec<String>,
    /// What Cargo says to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    // Who asks has threads of its own, so that it does not wait for those that serve.
    let asking = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let threads = 4 * std::thread::available_parallelism().map_or(1, usize::from);
    let serving = Builder::new_multi_thread().worker_threads(threads).enable_all().build().expect("a runtime");
    let mut worst: f64 = 0.0;
    for url in &options.database {
        let database = serving.block_on(Database::connect_bounded(url, STATEMENT)).expect("a database");
        worst = worst.max(measure(&serving, &asking, database, &options));
    }
    if options.database.is_empty() {
        for server in [None, Some(postgres::server().expect("a PostgreSQL"))] {
            let world = serving.block_on(loaded(server, options.scale));
            let database = serving.block_on(world.databases.serving(STATEMENT));
            worst = worst.max(measure(&serving, &asking, database, &options));
            serving.block_on(world.databases.remove());
        }
    }
    println!("The neighbour's worst median: {worst:.0} ms");
    ExitCode::from(u8::from(options.most.is_some_and(|most| worst > most)))
}

/// How long a statement may take, as it is where nobody says otherwise.
const STATEMENT: Duration = Duration::from_secs(10);

async fn loaded(server: Option<&'static postgres::Server>, scale: Scale) -> World {
    let world = World::new(server).await;
    let as_of = NaiveDate::from_ymd_opt(2026, 3, 2).expect("a day");
    let start = Instant::now();
    demo::load(&world.database, &demo::Options { scale, seed: 1, as_of }, |_| ()).await.expect("the demo");
    println!("Loaded the demo ({scale:?}) into {:?} in {:.0} s", world.backend, start.elapsed().as_secs_f64());
    world
}

/// Besieges a server of this database with one query after the other. Answers with the neighbour's worst median.
fn measure(serving: &Runtime, asking: &Runtime, database: Database, options: &Options) -> f64 {
    let backend = database.backend();
    let codes = serving.block_on(queries::codes(&database));
    let now = Timestamp::parse("2026-03-02T02:00:00Z").expect("a moment");
    let app = api::server::app::App::new(database, api::kernel::clock::Clock::stopped(now), Budget::default());
    let turns = app.turns().clone();
    // What one may ask a minute is no help here: it is the turns that are measured.
    let front = Front {
        rate_limit_cost: 0,
        trusted_proxies: vec!["127.0.0.0/8".parse().expect("a network")],
        ..Front::default()
    };
    let door = Door::new(app, front).expect("settings that hold");
    let server = serving.block_on(Listening::with(door, Connections::USUAL));
    asking.block_on(async {
        let mut neighbour = Neighbour::at(server.address).await;
        let alone = neighbour.ask_for(Duration::from_secs_f64(options.seconds)).await;
        println!("{backend:?}, four addresses, {} at a time each; the neighbour alone: {alone}", options.each);
        let mut worst: f64 = 0.0;
        for Hostile { name, body } in queries::hostile(&codes) {
            if options.only.as_ref().is_some_and(|word| !name.contains(word.as_str())) {
                continue;
            }
            let besiegers = Besiegers::around(server.address, &body, options.each);
            tokio::time::sleep(Duration::from_millis(500)).await;
            let besieged: Times = neighbour.ask_for(Duration::from_secs_f64(options.seconds)).await;
            println!("  {name:44} {besieged}   {}", besiegers.end().await);
            worst = worst.max(besieged.median());
            while turns.figures().running > 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            // What was given up is stopped within a second or two.
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        worst
    })
}
