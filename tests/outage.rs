//! PostgreSQL behind a network that fails, and one that is not the primary any more: nobody waits for ever, what was acknowledged
//! is kept, and soon after the cause is gone all is well again.

use std::time::{Duration, Instant};

use api::database::{Database, Fault};
use api::kernel::global_id::Table;
use api::server::app::App;
use api::server::config::Budget;
use api::server::http::router;
use axum::body::Body;
use axum::http::Request;
use entity::account_grant::Role;
use entity::list_item::{self, ListItemStatus};
use entity::{access_token, claim, party};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, Statement};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::harness::postgres::Pair;
use crate::harness::{Client, Given, Proxy, World, case, timed};

const QUERY: &str = "{ units { nodes { name } } }";

/// In which time all is well after a cause is gone.
const SOON: Duration = Duration::from_secs(15);

const UNREACHABLE: &str = "the database cannot be reached just now: try again in a moment";

/// What a network does.
type Fail = fn(&Proxy);

/// A server whose way to PostgreSQL is ours, and people at it.
struct Scene {
    proxy: Proxy,
    app: App,
    stranger: Client,
    clerk: Client,
    community: party::Model,
}

impl Scene {
    /// None on SQLite, to which there is no way.
    async fn of(world: &World, statement: f64) -> Option<Self> {
        let (proxy, database) = world.databases.behind_proxy(Duration::from_secs_f64(statement)).await?;
        let app = world.app_over(database);
        let stranger = Client::new(router(app.clone()));
        let community = world.given.community("文庙社区").await;
        let clerk = clerk(&world.given, &community, &stranger).await;
        let scene = Self { proxy, app, stranger, clerk, community };
        // Several connections are open before anything happens.
        join_all((0..8).map(|_| scene.stranger.read(QUERY))).await;
        Some(scene)
    }

    /// What a need of this title is made with. The same twice makes one.
    async fn need(&self, world: &World, title: &str) -> Value {
        let category = Table::Category.id(world.given.shipped_category("safety.fire").await.id).0;
        json!({
            "ownerId": Table::Party.id(self.community.id).0, "categoryId": category, "title": title, "publish": false,
            "description": "东巷的灯不亮", "idempotencyKey": title,
        })
    }
}

async fn clerk(given: &Given, community: &party::Model, door: &Client) -> Client {
    let account = given.account().await;
    given.grant(&account, Role::CommunityStaff).on(community).await;
    let (token, row) = given.access_token(&account);
    row.await;
    door.with_token(&token)
}

const CREATE: &str =
    "mutation($input: CreateNeedInput!) { createNeed(input: $input) { need { id } userErrors { code message } } }";

async fn ready(client: &Client) -> (u16, String) {
    let answer = client.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    (answer.status.as_u16(), answer.text)
}

/// Asks until it is answered well, and says how long that took. Until then nothing but `UNAVAILABLE` is heard.
async fn until_well(client: &Client, query: &str, variables: Value) -> Duration {
    let start = Instant::now();
    loop {
        let answer = client.ask_with(query, variables.clone()).await;
        if answer.codes().is_empty() {
            answer.good();
            return start.elapsed();
        }
        assert_eq!(answer.codes(), ["UNAVAILABLE"], "{}", answer.text);
        assert!(start.elapsed() < SOON, "still {}", answer.text);
        sleep(Duration::from_millis(50)).await;
    }
}

async fn until_ready(client: &Client) {
    let start = Instant::now();
    while ready(client).await.0 != 200 {
        assert!(start.elapsed() < SOON, "still {:?}", ready(client).await);
        sleep(Duration::from_millis(50)).await;
    }
}

// Commands have no limit of PostgreSQL's own: their statements take as long as they take.
case!(a_command_waits_no_longer_than_an_answer_may_take);
async fn a_command_waits_no_longer_than_an_answer_may_take(world: World) {
    let Some((proxy, database)) = world.databases.behind_proxy(Duration::from_secs(9)).await else { return };
    database.close().await.unwrap();
    let address = world.databases.address_behind(&proxy);
    let database = Database::connect_within(&address, Duration::from_secs(2)).await.unwrap();
    let sleep = |seconds: f32| Statement::from_string(DbBackend::Postgres, format!("SELECT pg_sleep({seconds})"));
    database.reader.query_one_raw(sleep(1.5)).await.unwrap();
    let tx = database.writer.begin().await.unwrap();
    proxy.freeze();
    let (lost, time) = timed(tx.query_one_raw(sleep(0.0))).await;
    assert_eq!(Fault::of(&lost.unwrap_err()), Fault::Unreachable);
    assert!(time < Duration::from_secs(3), "{time:?}");
    // A new connection passes.
    let (well, time) = timed(database.reader.query_one_raw(sleep(0.0))).await;
    assert!(well.is_ok() && time < Duration::from_secs(5), "{well:?} {time:?}");
}

case!(frozen_connections_are_given_up_and_what_they_held_is_free);
async fn frozen_connections_are_given_up_and_what_they_held_is_free(world: World) {
    let Some(scene) = Scene::of(&world, 2.0).await else { return };
    let orphan = scene.app.database().writer.begin().await.unwrap();
    let hold = "UPDATE party SET name = name";
    orphan.execute_unprepared(hold).await.unwrap();
    scene.proxy.freeze();
    // It takes a second to distrust a connection, and four to give up one that was trusted.
    let queries = join_all((0..8).map(|_| until_well(&scene.stranger, QUERY, json!({})))).await;
    assert!(queries.iter().max() < Some(&Duration::from_secs(10)), "{queries:?}");
    let written = until_well(&scene.clerk, CREATE, json!({ "input": scene.need(&world, "路灯").await })).await;
    assert!(written < Duration::from_secs(10), "{written:?}");
    assert_eq!(ready(&scene.stranger).await, (200, "ok\n".to_owned()));
    // Somebody else, who stands elsewhere, waits no longer for what the lost transaction holds.
    let (freed, time) = timed(world.database.writer.execute_unprepared(hold)).await;
    freed.unwrap();
    assert!(time < SOON, "{time:?}");
    assert!(orphan.commit().await.is_err());
    assert_eq!(sessions(&world, "state LIKE 'idle in%'").await, 0);
}

/// How many sessions of this database are so, as somebody sees it who is not affected.
async fn sessions(world: &World, condition: &str) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND {condition}");
    let row = world.database.writer.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    row.unwrap().try_get("", "n").unwrap()
}

case!(a_tick_ends_whatever_the_network_does_and_the_next_goes_on);
async fn a_tick_ends_whatever_the_network_does_and_the_next_goes_on(world: World) {
    let Some(scene) = Scene::of(&world, 0.5).await else { return };
    world.given.need(&scene.community).claim_by(world.now.plus(60_000)).await;
    world.clock.advance(120_000);
    scene.proxy.swallow();
    let (ticked, time) = timed(api::server::ticks::tick(&scene.app)).await;
    assert_eq!(ticked.unwrap_err().code(), "UNAVAILABLE");
    assert!(time < SOON, "{time:?}");
    scene.proxy.clear();
    let start = Instant::now();
    let done = loop {
        match api::server::ticks::tick(&scene.app).await {
            Ok(done) => break done,
            Err(error) => assert!(start.elapsed() < SOON, "still {error}"),
        }
    };
    assert_eq!(done, 1);
}

case!(without_a_way_to_the_database_all_is_unavailable_until_there_is_one);
async fn without_a_way_to_the_database_all_is_unavailable_until_there_is_one(world: World) {
    let Some(scene) = Scene::of(&world, 0.5).await else { return };
    let need = json!({ "input": scene.need(&world, "路灯").await });
    let (refused, swallowed): (Fail, Fail) = (Proxy::refuse, Proxy::swallow);
    for (fail, longest) in [(refused, Duration::from_secs(7)), (swallowed, Duration::from_secs(9))] {
        fail(&scene.proxy);
        for (who, query, variables) in [
            (&scene.stranger, QUERY, json!({})),
            (&scene.clerk, QUERY, json!({})),
            (&scene.clerk, CREATE, need.clone()),
        ] {
            let (answer, time) = timed(who.ask_with(query, variables)).await;
            answer.refused("UNAVAILABLE");
            assert_eq!(answer.body["errors"][0]["message"], UNREACHABLE);
            assert!(time < longest, "{time:?}");
        }
        assert_eq!(ready(&scene.stranger).await, (503, "the database cannot be reached\n".to_owned()));
        scene.proxy.clear();
        until_well(&scene.stranger, QUERY, json!({})).await;
        until_ready(&scene.stranger).await;
    }
    assert_eq!(list_item::Entity::find().count(&world.database.reader).await.unwrap(), 0);
    until_well(&scene.clerk, CREATE, need).await;
    assert_eq!(list_item::Entity::find().count(&world.database.reader).await.unwrap(), 1);
}

case!(what_was_acknowledged_is_kept_and_done_once_however_the_network_fails);
async fn what_was_acknowledged_is_kept_and_done_once_however_the_network_fails(world: World) {
    let Some(scene) = Scene::of(&world, 2.0).await else { return };
    let needs: Vec<Value> =
        join_all((0..60).map(async |number| scene.need(&world, &format!("第{number}盏灯")).await)).await;
    let people = needs.chunks(10).map(async |needs| {
        for need in needs {
            until_well(&scene.clerk, CREATE, json!({ "input": need })).await;
            sleep(Duration::from_millis(100)).await;
        }
    });
    let weather = async {
        // Twice for longer than we wait for an answer.
        let (cut, freeze, refuse, swallow): (Fail, Fail, Fail, Fail) =
            (Proxy::cut, Proxy::freeze, Proxy::refuse, Proxy::swallow);
        let steps = [(cut, 100), (freeze, 4_500), (refuse, 500), (cut, 100), (freeze, 300), (swallow, 4_500)];
        for (fail, milliseconds) in steps {
            sleep(Duration::from_millis(200)).await;
            fail(&scene.proxy);
            sleep(Duration::from_millis(milliseconds)).await;
            scene.proxy.clear();
        }
    };
    tokio::join!(join_all(people), weather);
    let made = list_item::Entity::find().all(&world.database.reader).await.unwrap();
    let mut titles: Vec<&str> = made.iter().map(|need| need.title.as_str()).collect();
    titles.sort_unstable();
    let mut asked: Vec<&str> = needs.iter().map(|need| need["title"].as_str().unwrap()).collect();
    asked.sort_unstable();
    assert_eq!(titles, asked);
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(a_full_pool_is_not_a_database_that_is_gone);
async fn a_full_pool_is_not_a_database_that_is_gone(world: World) {
    let Some(scene) = Scene::of(&world, 60.0).await else { return };
    let held = join_all((0..16).map(|_| scene.app.database().writer.begin())).await;
    let (answer, time) = timed(scene.stranger.ask(QUERY)).await;
    answer.refused("UNAVAILABLE");
    assert_eq!(answer.body["errors"][0]["message"], "too many requests wait for the database: try again in a moment");
    assert!(time < Duration::from_secs(7), "{time:?}");
    assert_eq!(ready(&scene.stranger).await, (200, "ok\n".to_owned()));
    drop(held);
    until_well(&scene.stranger, QUERY, json!({})).await;
}

case!(a_connection_that_is_lost_while_it_commits_says_how_to_find_out);
async fn a_connection_that_is_lost_while_it_commits_says_how_to_find_out(world: World) {
    let Some(scene) = Scene::of(&world, 5.0).await else { return };
    // A commit that takes its time, in which its session is ended.
    for step in [
        "CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON list_item DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION linger()",
    ] {
        world.database.writer.execute_unprepared(step).await.unwrap();
    }
    let need = json!({ "input": scene.need(&world, "路灯").await });
    let (answer, ()) = tokio::join!(scene.clerk.ask_with(CREATE, need.clone()), async {
        while sessions(&world, "state = 'active' AND query = 'COMMIT'").await == 0 {
            sleep(Duration::from_millis(20)).await;
        }
        scene.proxy.cut();
    });
    answer.refused("UNAVAILABLE");
    let told = answer.body["errors"][0]["message"].as_str().unwrap();
    assert!(told.starts_with("the database was lost while this was being saved, so it may be done or not"), "{told}");
    until_well(&scene.clerk, CREATE, need).await;
    assert_eq!(list_item::Entity::find().count(&world.database.reader).await.unwrap(), 1);
}

case!(a_standby_serves_reads_says_so_and_takes_over);
async fn a_standby_serves_reads_says_so_and_takes_over(world: World) {
    if world.backend != DbBackend::Postgres {
        return;
    }
    let Some(mut pair) = Pair::start().await else { return };
    let primary = Database::connect(&pair.primary("postgres")).await.unwrap();
    primary.migrate().await.unwrap();
    let given = Given::new(primary.clone(), world.now);
    let community = given.community("文庙社区").await;
    let category = Table::Category.id(given.shipped_category("safety.fire").await.id).0;
    let standby = Database::connect_bounded(&pair.standby("postgres"), Duration::from_secs(2)).await.unwrap();
    let door = Client::new(router(App::new(standby.clone(), world.clock.clone(), Budget::default())));
    let clerk = clerk(&given, &community, &door).await;
    // The clerk's token is written last.
    while access_token::Entity::find().count(&standby.reader).await.ok() != Some(1) {
        sleep(Duration::from_millis(50)).await;
    }
    let told = "the database takes no writes: it is a standby, or for reading alone\n";
    assert_eq!(ready(&door).await, (503, told.to_owned()));
    assert_eq!(door.read("{ communities { nodes { name } } }").await["communities"]["nodes"][0]["name"], "文庙社区");
    let need = json!({ "input": {
        "ownerId": Table::Party.id(community.id).0, "categoryId": category, "title": "路灯", "publish": false,
    } });
    let answer = clerk.ask_with(CREATE, need.clone()).await;
    answer.refused("UNAVAILABLE");
    assert_eq!(answer.body["errors"][0]["message"], "the database takes no changes just now: try again in a moment");
    pair.fail_over().await;
    until_ready(&door).await;
    until_well(&clerk, CREATE, need).await;
    assert_eq!(list_item::Entity::find().count(&standby.reader).await.unwrap(), 1);
    standby.close().await.unwrap();
}

// Two items are spoiled so that they cannot be moved, and they are due before all others.
case!(what_the_clock_cannot_move_keeps_nothing_else_from_its_turn);
async fn what_the_clock_cannot_move_keeps_nothing_else_from_its_turn(world: World) {
    let (community, unit) = (world.given.community("文庙社区").await, world.given.unit("人民医院").await);
    let mut items = Vec::new();
    for (minute, title) in ["broken", "路灯", "broken", "长椅", "水井"].into_iter().enumerate() {
        let deadline = world.now.plus(60_000 * i64::try_from(minute).unwrap());
        items.push(world.given.need(&community).title(title).quantity(3).claim_by(deadline).await);
    }
    for title in ["broken", "路灯"] {
        let item = world.given.need(&community).title(title).quantity(3).await;
        world.given.claim(&item, &unit).quantity(2).await;
    }
    let spoil: &[&str] = match world.backend {
        DbBackend::Postgres => &[
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''broken''; END'",
            "CREATE TRIGGER broken BEFORE UPDATE ON list_item FOR EACH ROW WHEN (OLD.title = 'broken') \
             EXECUTE FUNCTION broken()",
        ],
        _ => &["CREATE TRIGGER broken BEFORE UPDATE ON list_item WHEN OLD.title = 'broken' \
                BEGIN SELECT RAISE(ABORT, 'broken'); END"],
    };
    for step in spoil {
        world.database.writer.execute_unprepared(step).await.unwrap();
    }
    world.clock.advance(16 * 24 * 3_600_000);
    let told = api::server::ticks::tick(&world.app).await.unwrap_err();
    assert_eq!(told.code(), "INTERNAL");
    assert!(told.to_string().contains("broken"), "{told}");
    let by_status = async |status: ListItemStatus| {
        let items = list_item::Entity::find().filter(list_item::Column::Status.eq(status));
        let mut titles: Vec<String> =
            items.all(&world.database.reader).await.unwrap().into_iter().map(|item| item.title).collect();
        titles.sort_unstable();
        titles
    };
    assert_eq!(by_status(ListItemStatus::Expired).await, ["水井", "路灯", "长椅"]);
    assert_eq!(by_status(ListItemStatus::Published).await, ["broken", "broken", "broken", "路灯"]);
    let claims = claim::Entity::find().all(&world.database.reader).await.unwrap();
    let mut statuses: Vec<String> = claims.iter().map(|claim| claim.status.word()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, ["EXPIRED", "PROPOSED"]);
}
