//! A storm: sixteen people do whatever comes to their minds, ten thousand times in all, while the server is killed twice. What
//! was answered as done is there afterwards, and every invariant holds.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use cobuild::access::account::identity::{ACCESS_TOKEN, hash};
use cobuild::database::Database;
use cobuild::kernel::global_id::Table;
use entity::account_grant::Role;
use entity::party::{self, PartyKind};
use entity::{Timestamp, access_token, account, account_grant, check_in, claim_event, list_item};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::exchange;
use crate::program::Folder;
use crate::server::Server;
use crate::{database, postgres};

/// What the server signs with; any would do, as long as it is the same after it was killed.
const KEY: &str = "5f0c1d2e3a4b5c6d7e8f90123456789a5f0c1d2e3a4b5c6d7e8f90123456789a";
/// How many mutations are sent in all.
const ACTIONS: usize = 10_000;
/// How many people send them: as many for units as for communities.
const PEOPLE: usize = 16;
/// How many parties they act for, so that two of them now and then do the same thing at once.
const PARTIES: usize = 6;
/// How many items each party has for it.
const ITEMS: usize = 4;
/// After how many of them the server is killed.
const KILLS: [usize; 2] = [ACTIONS / 3, ACTIONS * 2 / 3];
/// How long a request may go unanswered while the server is down.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_storm_breaks_nothing_on_sqlite() {
    storm("sqlite:storm.db");
}

#[test]
fn a_storm_breaks_nothing_on_postgresql() {
    let server = match postgres::source() {
        Ok(_) => postgres::server().unwrap(),
        Err(reason) => {
            let mut told = std::io::stderr();
            return writeln!(told, "NO STORM ON POSTGRESQL: {reason}").unwrap();
        }
    };
    let name = format!("cobuild_storm_{}", uuid::Uuid::now_v7().simple());
    let runtime = runtime();
    runtime.block_on(server.create(&name, database::Content::Nothing)).unwrap();
    storm(&server.address(&name));
    runtime.block_on(server.drop(&name)).unwrap();
}

fn storm(url: &str) {
    let folder = Folder::new();
    let settings = [("DATABASE_URL", url), ("COBUILD_LOG", "warn"), ("COBUILD_SIGNING_KEY", KEY)];
    folder.run_with(&settings, &["demo"]).good();
    let url = url.replace("sqlite:", &format!("sqlite:{}/", folder.path().display()));
    let cast = runtime().block_on(cast(&url));
    let mut server = Server::start(&folder, &settings);
    let sky = Arc::new(Sky { address: RwLock::new(server.address().to_owned()), ..Sky::over(&cast.items) });
    let started = Instant::now();
    let people = cast.people.into_iter().enumerate().map(|(number, person)| {
        let sky = Arc::clone(&sky);
        thread::spawn(move || person.rage(&sky, number as u64))
    });
    let people: Vec<_> = people.collect();
    for kill in KILLS {
        while sky.sent.load(SeqCst) < kill {
            pause(Duration::from_millis(20));
        }
        server.kill();
        server = Server::start(&folder, &settings);
        server.address().clone_into(&mut sky.address.write().unwrap());
    }
    for person in people {
        person.join().unwrap();
    }
    let took = started.elapsed();
    let answers = sky.answers.lock().unwrap().clone();
    let mut told = std::io::stderr();
    writeln!(told, "storm: {ACTIONS} actions of {PEOPLE} in {took:.1?}: {answers:?}").unwrap();
    assert!(answers.get("DONE").is_some_and(|done| *done > ACTIONS / 10), "hardly anything was done: {answers:?}");
    assert_eq!(server.stop(), Some(0));
    folder.run_with(&settings, &["verify"]).good();
    runtime().block_on(assert_there(&url, &sky.done.lock().unwrap()));
}

/// Holds that every event that was answered as done is there, with the status that was answered.
async fn assert_there(url: &str, done: &[(String, String)]) {
    let database = Database::connect(url).await.unwrap();
    let events = claim_event::Entity::find().all(&database.reader).await.unwrap();
    let events: BTreeMap<String, String> =
        events.into_iter().map(|event| (Table::ClaimEvent.id(event.id).0, event.to_status.word())).collect();
    for (event, status) in done {
        assert_eq!(events.get(event), Some(status), "an event that was answered as done is gone");
    }
    database.close().await.unwrap();
}

/// Who takes part, and what they may lay hands on.
struct Cast {
    people: Vec<Person>,
    items: Vec<Item>,
}

/// Somebody with a token, and the number of the party that they act for.
struct Person {
    token: String,
    party: usize,
}

/// An item, and the number of its owner.
#[derive(Clone)]
struct Item {
    id: String,
    owner: usize,
}

/// A claim, and the numbers of its two sides.
#[derive(Clone)]
struct Claim {
    id: String,
    sides: [usize; 2],
}

/// Units and communities that are checked in with each other, each with somebody to act for it.
async fn cast(url: &str) -> Cast {
    let database = Database::connect(url).await.unwrap();
    let reader = &database.reader;
    let check_ins = check_in::Entity::find().filter(check_in::Column::Status.eq(check_in::CheckInStatus::Confirmed));
    let check_ins = check_ins.order_by_asc(check_in::Column::Id).all(reader).await.unwrap();
    let mut parties: Vec<uuid::Uuid> = Vec::new();
    for kind in [PartyKind::Unit, PartyKind::Community] {
        let mut of_kind: Vec<_> =
            check_ins.iter().map(|row| if kind == PartyKind::Unit { row.unit_id } else { row.community_id }).collect();
        of_kind.sort_unstable();
        of_kind.dedup();
        of_kind.truncate(PARTIES / 2);
        parties.extend(of_kind);
    }
    let mut people = Vec::new();
    for (number, party) in parties.iter().cycle().take(PEOPLE).enumerate() {
        people.push(Person { token: token(&database, number, *party).await, party: number % PARTIES });
    }
    let mut items = Vec::new();
    for (owner, party) in parties.iter().enumerate() {
        for _ in 0..ITEMS {
            items.push(Item { id: item(&database, *party).await, owner });
        }
    }
    database.close().await.unwrap();
    Cast { people, items }
}

/// A need of which there is enough for some, not for all.
async fn item(database: &Database, owner: uuid::Uuid) -> String {
    let owner = party::Entity::find_by_id(owner).one(&database.reader).await.unwrap().unwrap();
    let any = list_item::Entity::find().filter(list_item::Column::Kind.eq(list_item::ListItemKind::Need));
    let any = any.one(&database.reader).await.unwrap().expect("the demo has needs");
    let id = entity::key::new(Timestamp(1_700_000_000_000));
    let item = list_item::Model {
        id,
        owner_id: owner.id,
        status: list_item::ListItemStatus::Published,
        visibility: list_item::Visibility::Public,
        quantity: Some(60),
        held: 0,
        open_to_all: true,
        claim_by: None,
        available_until: None,
        has_own_place: false,
        area_id: owner.area_id,
        area_path: owner.area_path,
        published_at: Some(Timestamp(1_700_000_000_000)),
        ..any
    };
    item.into_active_model().reset_all().insert(&database.writer).await.unwrap();
    Table::ListItem.id(id).0
}

/// What somebody new signs in with who acts for this party.
async fn token(database: &Database, number: usize, party: uuid::Uuid) -> String {
    let party = party::Entity::find_by_id(party).one(&database.reader).await.unwrap().unwrap();
    let (now, id) = (Timestamp(1_700_000_000_000), entity::key::new(Timestamp(1_700_000_000_000)));
    let account = account::ActiveModel {
        id: Set(id),
        username: Set(format!("storm{number}")),
        name: Set(format!("风{number}")),
        password_hash: Set(None),
        subject: Set(None),
        is_disabled: Set(false),
        is_demo: Set(false),
        created_by_id: Set(None),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
    };
    account.insert(&database.writer).await.unwrap();
    let role = if party.kind == PartyKind::Unit { Role::UnitLiaison } else { Role::CommunityStaff };
    let grant = account_grant::ActiveModel {
        id: Set(entity::key::new(now)),
        account_id: Set(id),
        role: Set(role),
        party_id: Set(Some(party.id)),
        granted_at: Set(now),
        ..Default::default()
    };
    grant.insert(&database.writer).await.unwrap();
    let token = format!("{ACCESS_TOKEN}{}", id.simple());
    let row = access_token::ActiveModel {
        id: Set(entity::key::new(now)),
        account_id: Set(id),
        name: Set("storm".to_owned()),
        hash: Set(hash(&token)),
        may_write: Set(true),
        created_at: Set(now),
        expires_at: Set(Timestamp(i64::MAX >> 11)),
        revoked_at: Set(None),
    };
    row.insert(&database.writer).await.unwrap();
    token
}

/// What all of them share.
struct Sky {
    address: RwLock<String>,
    sent: AtomicUsize,
    items: Vec<Item>,
    claims: Mutex<Vec<Claim>>,
    /// Events that were answered as done, and the status that they led to.
    done: Mutex<Vec<(String, String)>>,
    /// How often each answer came.
    answers: Mutex<BTreeMap<String, usize>>,
}

impl Sky {
    fn over(items: &[Item]) -> Self {
        Self {
            address: RwLock::default(),
            sent: AtomicUsize::new(0),
            items: items.to_vec(),
            claims: Mutex::default(),
            done: Mutex::default(),
            answers: Mutex::default(),
        }
    }
}

/// Steps on a claim: what they are called, and the mutation that takes each.
const STEPS: [(&str, &str); 9] = [
    ("ACCEPT", "acceptClaim"),
    ("DECLINE", "declineClaim"),
    ("WITHDRAW", "withdrawClaim"),
    ("START", "startClaim"),
    ("DELIVER", "deliverClaim"),
    ("REWORK", "reworkClaim"),
    ("CONFIRM", "confirmClaim"),
    ("CANCEL", "cancelClaim"),
    ("RATE", "rateClaim"),
];

impl Person {
    /// Sends mutations until there were enough of them in all.
    fn rage(&self, sky: &Sky, seed: u64) {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        loop {
            let number = sky.sent.fetch_add(1, SeqCst);
            if number >= ACTIONS {
                return;
            }
            let (mutation, mut input, owner) = self.whim(sky, &mut dice);
            input["idempotencyKey"] = format!("storm {number}").into();
            let answer = self.insist(sky, mutation, &input);
            let payload = &answer["data"][mutation];
            let code = match (&payload["userErrors"][0]["code"], &answer["errors"][0]["extensions"]["code"]) {
                (Value::String(code), _) | (_, Value::String(code)) => code.as_str(),
                _ => "DONE",
            };
            *sky.answers.lock().unwrap().entry(code.to_owned()).or_default() += 1;
            if let (Some(claim), Some(event), Some(to)) =
                (payload["claim"]["id"].as_str(), payload["event"]["id"].as_str(), payload["event"]["to"].as_str())
            {
                sky.done.lock().unwrap().push((event.to_owned(), to.to_owned()));
                if let Some(owner) = owner {
                    sky.claims.lock().unwrap().push(Claim { id: claim.to_owned(), sides: [self.party, owner] });
                }
            }
        }
    }

    /// Sends it again for as long as nobody answers, as a client would: the key keeps it from being done twice.
    fn insist(&self, sky: &Sky, mutation: &str, input: &Value) -> Value {
        let mut kind = mutation.to_owned();
        kind[..1].make_ascii_uppercase();
        let query = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ claim {{ id }} event {{ id to }} userErrors {{ code }} }} }}"
        );
        let body = json!({ "query": query, "variables": { "input": input } }).to_string();
        let started = Instant::now();
        loop {
            let address = sky.address.read().unwrap().clone();
            if let Some(answer) = exchange::post(&address, &self.token, &body) {
                return answer;
            }
            assert!(started.elapsed() < PATIENCE, "nobody answers {mutation}");
            pause(Duration::from_millis(50));
        }
    }

    /// Whatever comes to somebody's mind: to claim something, to take a step that they are told they may take, which another may
    /// take before them, or any step at all, whether it makes sense or not.
    fn whim(&self, sky: &Sky, dice: &mut ChaCha8Rng) -> (&'static str, Value, Option<usize>) {
        let is_blind = dice.random_ratio(1, 10);
        let claims: Vec<Claim> = sky.claims.lock().unwrap().clone();
        let of_mine = |claim: &&Claim| is_blind || claim.sides.contains(&self.party);
        let mine: Vec<&Claim> = claims.iter().rev().filter(of_mine).take(12).collect();
        if mine.is_empty() || dice.random_ratio(1, 4) {
            let kind = |party: usize| party / (PARTIES / 2);
            let others = |item: &&Item| is_blind || kind(item.owner) != kind(self.party);
            let items: Vec<&Item> = sky.items.iter().filter(others).collect();
            let item = items.choose(dice).expect("an item");
            let input = json!({ "itemId": item.id, "quantity": dice.random_range(1..4) });
            return ("proposeClaim", input, Some(item.owner));
        }
        let claim = mine.choose(dice).expect("a claim").id.clone();
        let told = if dice.random_ratio(1, 2) { self.told(sky, &claim) } else { Vec::new() };
        let any = STEPS.choose(dice).expect("a step").1;
        let mutation = told.choose(dice).copied().unwrap_or(any);
        let input = match mutation {
            "deliverClaim" => json!({ "id": claim, "deliveredQuantity": 1, "peopleServed": 3 }),
            "rateClaim" => json!({ "id": claim, "stars": dice.random_range(1..6) }),
            "reworkClaim" | "cancelClaim" | "declineClaim" => json!({ "id": claim, "reason": "风大" }),
            _ => json!({ "id": claim }),
        };
        (mutation, input, None)
    }

    /// The mutations that the server says somebody may send of a claim; none where it does not answer.
    fn told(&self, sky: &Sky, claim: &str) -> Vec<&'static str> {
        let query = format!("{{ claim(id: \"{claim}\") {{ availableActions }} }}");
        let address = sky.address.read().unwrap().clone();
        let answer = exchange::post(&address, &self.token, &json!({ "query": query }).to_string());
        let actions = answer.map(|answer| answer["data"]["claim"]["availableActions"].clone()).unwrap_or_default();
        let is_told = |action: &str| actions.as_array().is_some_and(|told| told.iter().any(|told| told == action));
        STEPS.iter().filter(|(action, _)| is_told(action)).map(|(_, mutation)| *mutation).collect()
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "these threads are clients, and no request waits for them")]
fn pause(time: Duration) {
    thread::sleep(time);
}
