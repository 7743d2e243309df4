//! A nested query over the small demo: what of its time the handler takes for itself.

use std::time::{Duration, Instant};

use api::kernel::caller::Caller;
use api::kernel::viewer::Viewer;
use api::server::app::Ask;
use async_graphql::{Request, Variables};
use serde_json::{Value, json};

use crate::harness::World;
use crate::{Options, median};

const QUERY: &str = "{ communities(first: 20) { nodes { needs(first: 5) { nodes { title claims(first: 3) { nodes { claimant { name } } } } } } } }";

/// Asks it again and again, one after the other.
pub async fn run(world: &World, options: &Options) {
    let body = json!({ "query": QUERY, "variables": {} }).to_string();
    let (mut reads, mut runs, mut encodes) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = String::new();
    for turn in 0..options.queries + options.queries / 10 {
        let start = Instant::now();
        let asked: Value = serde_json::from_str(&body).expect("JSON");
        let query = asked["query"].as_str().expect("a document");
        let request = Request::new(query).variables(Variables::from_json(asked["variables"].clone()));
        let query = world.app.prepare(request);
        let read = start.elapsed();
        let (viewer, caller) = (Viewer::Anonymous, Caller::default());
        let place = world.app.turns().place(&viewer, &caller);
        let ask = Ask { query, viewer, caller, place };
        let answer = world.app.answer(ask).await;
        let run = start.elapsed();
        last = serde_json::to_string(&answer.response).expect("JSON");
        let encode = start.elapsed();
        // The first tenth warms up.
        if turn >= options.queries / 10 {
            reads.push(milliseconds(read));
            runs.push(milliseconds(run - read));
            encodes.push(milliseconds(encode - run));
        }
    }
    let answer: Value = serde_json::from_str(&last).expect("JSON");
    assert!(answer["errors"].is_null(), "{last}");
    let (read, run, encode) = (median(reads), median(runs), median(encodes));
    let own = (read + encode) / (read + run + encode);
    println!(
        "  {:?}: read, parse and walk {read:.3} ms + run {run:.3} ms + encode {encode:.3} ms; the handler's own {:.1} %  ({} bytes, {})",
        world.backend,
        own * 100.0,
        last.len(),
        answer["extensions"]["cost"]
    );
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
