//! `proposeClaim` on PostgreSQL, beside a handler that sends the same statements by hand: rounds of the one and of the other, in turn.

use std::net::SocketAddr;
use std::time::Duration;

use api::kernel::global_id::Table;
use api::server::config::{Connections, Front};
use api::server::http::Door;
use entity::account_grant::Role;
use entity::{claim, list_item};
use sea_orm::prelude::Uuid;
use sea_orm::sqlx::postgres::PgPoolOptions;
use sea_orm::{EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::json;

use crate::callers::{self, Caller};
use crate::harness::{Listening, World, all};
use crate::{Options, by_hand, median, statements};

/// How many people claim at once.
const PEOPLE: usize = 32;
/// How many connections each server has to its database: Cobuild's usual number.
const POOL: u32 = 16;
const MUTATION: &str = "mutation($input: ProposeClaimInput!) { proposeClaim(input: $input) { claim { id status quantity version } userErrors { code } } }";

/// What an answer says of a claim that was made.
const DONE: &str = "\"userErrors\":[]";
/// The same, by hand.
const DONE_BY_HAND: &str = "\"claim\":{";

/// Who claims, and what: nobody claims the same twice, and seldom what another claims at that moment.
struct Stage {
    tokens: Vec<String>,
    items: Vec<Uuid>,
    asked: usize,
}

/// Runs it. Answers with the ratio: the median of what it was in each round.
pub async fn run(world: &World, options: &Options) -> f64 {
    let mut stage = Stage::set(world, options).await;
    let database = world.databases.serving(Duration::from_secs(10)).await;
    let door = Door::new(world.app_over(database.clone()), Front::default()).expect("settings that hold");
    let listening = Listening::with(door, Connections::default()).await;
    let theirs = PgPoolOptions::new().max_connections(POOL).test_before_acquire(!options.untested);
    let theirs = theirs
        .connect_with(database.reader.plain().get_postgres_connection_pool().connect_options().as_ref().clone())
        .await
        .expect("a connection");
    one_claim(listening.address, stage.requests(1, ask), DONE).await;
    is_as_written(&statements::sent(&database).await);
    let address = by_hand::serve(theirs.clone(), world.now.0).await;
    one_claim(address, stage.requests(1, ask_by_hand), DONE_BY_HAND).await;
    is_as_written(&statements::sent_by_hand(&theirs).await);
    tell_statements();

    let mut cobuild = Way::new(listening.address, ask, DONE);
    let mut by_hand = Way::new(address, ask_by_hand, DONE_BY_HAND);
    for round in 0..=options.rounds {
        // Each goes first in every other round; the first round warms up.
        let ways = if round % 2 == 0 { [&mut cobuild, &mut by_hand] } else { [&mut by_hand, &mut cobuild] };
        for way in ways {
            let figure = way.round(stage.requests(options.claims, way.ask)).await;
            if round > 0 {
                way.figures.push(figure);
            }
        }
    }
    let ratios: Vec<f64> = cobuild.figures.iter().zip(&by_hand.figures).map(|(ours, theirs)| ours / theirs).collect();
    println!("  Cobuild: {}", told(cobuild.figures, 0, "/s"));
    println!("  by hand: {}", told(by_hand.figures, 0, "/s"));
    println!("  the one by the other, round by round: {}", told(ratios.clone(), 3, ""));
    let claims = claim::Entity::find().count(&world.database.reader).await.expect("a count");
    println!("  {claims} claims are in the database");
    theirs.close().await;
    median(ratios)
}

/// One of the two ways to claim, and what it reached in each round.
struct Way {
    ask: fn(&str, Uuid) -> String,
    done: &'static str,
    address: SocketAddr,
    figures: Vec<f64>,
}

impl Way {
    const fn new(address: SocketAddr, ask: fn(&str, Uuid) -> String, done: &'static str) -> Self {
        Self { ask, done, address, figures: Vec::new() }
    }

    /// On new connections: while the other one has its round, ours would be idle for too long.
    async fn round(&self, requests: Vec<Vec<String>>) -> f64 {
        let mut callers = Vec::new();
        for _ in 0..PEOPLE {
            callers.push(Caller::to(self.address).await);
        }
        callers::round(callers, requests, self.done).await.0
    }
}

/// The median, and the quarters around it.
fn told(mut figures: Vec<f64>, decimals: usize, unit: &str) -> String {
    figures.sort_by(f64::total_cmp);
    let at = |quarter: usize| figures[(figures.len() - 1) * quarter / 4];
    let [low, middle, high] = [1, 2, 3].map(|quarter| format!("{:.decimals$}{unit}", at(quarter)));
    format!("median {middle}, half of them {low} to {high}")
}

async fn one_claim(address: SocketAddr, requests: Vec<Vec<String>>, done: &'static str) {
    callers::round(vec![Caller::to(address).await], requests, done).await;
}

/// Holds that the statements of `propose.sql` are what one claim takes. Where they are not, they are left to be copied.
fn is_as_written(sent: &[String]) {
    let (sent, written) = (sent.join("\n"), by_hand::statements().join("\n"));
    if sent != written {
        let file = std::env::temp_dir().join("propose.sql");
        std::fs::write(&file, sent + "\n").expect("a file of statements");
        panic!("propose.sql is not what is sent, which is in {}", file.display());
    }
}

fn tell_statements() {
    println!("  statements of one proposeClaim, besides BEGIN and COMMIT, the same both ways:");
    for (number, statement) in by_hand::statements().iter().enumerate() {
        println!("  {:2} {}", number + 1, brief(statement));
    }
}

/// A statement without its columns.
fn brief(statement: &str) -> String {
    match (statement.strip_prefix("SELECT "), statement.find(" FROM ")) {
        (Some(_), Some(from)) => format!("SELECT …{}", &statement[from..]),
        _ => statement.to_owned(),
    }
}

impl Stage {
    async fn set(world: &World, options: &Options) -> Self {
        let given = &world.given;
        let community = given.community("文庙社区").await;
        let mut tokens = Vec::new();
        for number in 0..PEOPLE {
            let unit = given.unit(&format!("单位{number}")).await;
            let account = given.account().await;
            given.grant(&account, Role::UnitLiaison).on(&unit).await;
            let (token, row) = given.access_token(&account);
            row.await;
            tokens.push(token);
        }
        let first: list_item::Model = given.need(&community).open_to_all().await;
        let count = 2 * (1 + (options.rounds + 1) * options.claims);
        let needs =
            (0..count).map(|_| given.need(&community).open_to_all().with(|row| row.category_id = first.category_id));
        let needs: Vec<_> = needs.collect();
        let items = needs.iter().map(|need| need.id).collect();
        given.write_all(needs, |row: list_item::Model| all(row.into_active_model())).await;
        Self { tokens, items, asked: 0 }
    }

    /// What everybody sends next. Each begins at another place of the items.
    fn requests(&mut self, count: usize, ask: fn(&str, Uuid) -> String) -> Vec<Vec<String>> {
        let from = self.asked;
        self.asked += count;
        let apart = self.items.len() / PEOPLE;
        let of = |(number, token): (usize, &String)| {
            let turns = from..from + count;
            turns.map(|turn| ask(token, self.items[(number * apart + turn) % self.items.len()])).collect()
        };
        self.tokens.iter().enumerate().map(of).collect()
    }
}

fn ask(token: &str, item: Uuid) -> String {
    let input = json!({ "itemId": Table::ListItem.id(item).0, "quantity": 1 });
    post("/graphql", token, &json!({ "query": MUTATION, "variables": { "input": input } }).to_string())
}

fn ask_by_hand(token: &str, item: Uuid) -> String {
    post("/claims", token, &json!({ "itemId": item.to_string(), "quantity": 1 }).to_string())
}

fn post(path: &str, token: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}
