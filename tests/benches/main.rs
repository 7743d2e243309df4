//! What Cobuild's own work costs: `cargo bench -p tests`. It starts a PostgreSQL of its own, prints figures, and judges nothing
//! unless it is told a floor.

#[path = "../harness/mod.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "the harness of the tests, of which this uses a part")]
mod harness;

mod by_hand;
mod callers;
mod claims;
mod nested;
mod statements;

use std::process::ExitCode;

use api::command::demo::{self, Scale};
use chrono::NaiveDate;
use clap::Parser;
use clap::builder::RangedU64ValueParser;
use harness::{World, postgres};

/// What is measured, and how long.
#[derive(Clone, Debug, Parser)]
pub struct Options {
    /// Ends with 1 where proposeClaim has less than this share of the throughput by hand
    #[arg(long, value_name = "RATIO")]
    floor: Option<f64>,
    /// Rounds of each of the two, after one that warms up: short and many, since a machine is not as fast at every moment
    #[arg(long, default_value_t = 41, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    rounds: usize,
    /// Claims of each of the 32 connections in a round
    #[arg(long, default_value_t = 25)]
    claims: usize,
    /// Nested queries on each database
    #[arg(long, default_value_t = 300)]
    queries: usize,
    /// The pool by hand does not test a connection before it is used; as it comes, it does, and Cobuild's does so afterwards
    #[arg(long)]
    untested: bool,
    /// What Cargo says to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let postgres = postgres::server().expect("a PostgreSQL");
    // The log is written as a server writes it, only that nobody reads it.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .with_writer(std::io::sink)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let ratio = runtime.block_on(async {
        println!("A nested query over the small demo, medians of {}:", options.queries);
        let sqlite = world(None).await;
        nested::run(&sqlite, &options).await;
        let world = world(Some(postgres)).await;
        nested::run(&world, &options).await;
        println!("proposeClaim on PostgreSQL, 32 connections, {} claims on each in a round:", options.claims);
        let ratio = claims::run(&world, &options).await;
        sqlite.databases.remove().await;
        world.databases.remove().await;
        ratio
    });
    ExitCode::from(u8::from(options.floor.is_some_and(|floor| ratio < floor)))
}

/// The small demo, as of the day on which the world stands still.
async fn world(server: Option<&'static postgres::Server>) -> World {
    let world = World::new(server).await;
    let as_of = NaiveDate::from_ymd_opt(2026, 3, 2).expect("a day");
    demo::load(&world.database, &demo::Options { scale: Scale::Small, seed: 1, as_of }, |_| ())
        .await
        .expect("the demo");
    world
}

/// The middle one.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
