//! `proposeClaim` on PostgreSQL, beside a handler that sends the same statements by hand: rounds of the one and of the other, in turn.

use std::net::SocketAddr;
use std::time::Duration;

use api::config::{Connections, Front};
use api::http::Door;
use api::kernel::global_id::Table;
use entity::account_grant::Role;
use entity::{claim, list_item};
use sea_orm::prelude::Uuid;
use sea_orm::sqlx::PgPool;
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

/// Runs it. Answers with the ratio of the two medians.
pub async fn run(world: &World, options: &Options) -> f64 {
    let mut stage = Stage::set(world, options).await;
    let database = world.databases.serving(Duration::from_secs(10)).await;
    let ours = database.reader.clone();
    let ours = ours.get_postgres_connection_pool();
    let door = Door::new(world.app_over(database), Front::default()).expect("settings that hold");
    let listening = Listening::with(door, Connections::default()).await;
    let theirs = PgPoolOptions::new().max_connections(POOL).test_before_acquire(!options.untested);
    let theirs = theirs.connect_with(ours.connect_options().as_ref().clone()).await.expect("a connection");
    let address = by_hand::serve(theirs.clone(), world.now.0).await;
    one_claim(listening.address, ours, stage.requests(1, ask), DONE).await;
    one_claim(address, &theirs, stage.requests(1, ask_by_hand), DONE_BY_HAND).await;
    tell_statements();

    let mut ways = [
        Way::new("Cobuild", listening.address, ask, DONE).await,
        Way::new("by hand", address, ask_by_hand, DONE_BY_HAND).await,
    ];
    for round in 0..=options.rounds {
        // Each goes first in every other round.
        ways.reverse();
        for way in &mut ways {
            way.round(stage.requests(options.claims, way.ask)).await;
        }
        let name = if round == 0 { "warm-up".to_owned() } else { format!("round {round}") };
        println!("  {name:9} {}", told(&ways, Way::last));
        if round == 0 {
            ways.iter_mut().for_each(|way| way.figures.clear());
        }
    }
    let claims = claim::Entity::find().count(&world.database.reader).await.expect("a count");
    println!("  median    {}", told(&ways, Way::median));
    println!("  {claims} claims are in the database");
    theirs.close().await;
    ratio(&ways, Way::median)
}

/// One of the two ways to claim, with its connections and what it reached in each round.
struct Way {
    name: &'static str,
    ask: fn(&str, Uuid) -> String,
    done: &'static str,
    callers: Vec<Caller>,
    figures: Vec<f64>,
}

impl Way {
    async fn new(name: &'static str, address: SocketAddr, ask: fn(&str, Uuid) -> String, done: &'static str) -> Self {
        let mut callers = Vec::new();
        for _ in 0..PEOPLE {
            callers.push(Caller::to(address).await);
        }
        Self { name, ask, done, callers, figures: Vec::new() }
    }

    async fn round(&mut self, requests: Vec<Vec<String>>) {
        let (callers, figure) = callers::round(std::mem::take(&mut self.callers), requests, self.done).await;
        self.callers = callers;
        self.figures.push(figure);
    }

    fn last(&self) -> f64 {
        self.figures.last().copied().unwrap_or_default()
    }

    fn median(&self) -> f64 {
        median(self.figures.clone())
    }
}

/// What Cobuild reaches of what is reached by hand.
fn ratio(ways: &[Way], figure: fn(&Way) -> f64) -> f64 {
    let of = |name| ways.iter().find(|way| way.name == name).map(figure).unwrap_or_default();
    of("Cobuild") / of("by hand")
}

fn told(ways: &[Way], figure: fn(&Way) -> f64) -> String {
    let mut each: Vec<String> = ways.iter().map(|way| format!("{} {:6.0}/s", way.name, figure(way))).collect();
    each.sort();
    format!("{}   ratio {:.3}", each.join("   "), ratio(ways, figure))
}

/// Sends one claim, and holds that the statements of `propose.sql` are what it takes.
async fn one_claim(address: SocketAddr, pool: &PgPool, requests: Vec<Vec<String>>, done: &'static str) {
    callers::round(vec![Caller::to(address).await], requests, done).await;
    assert_eq!(statements::sent(pool).await, by_hand::statements(), "propose.sql is not what is sent");
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
