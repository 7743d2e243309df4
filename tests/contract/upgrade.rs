//! Databases of earlier versions: brought up to date without losing a row, and served.
//!
//! `fixtures/at_m0011` was written by the version whose last step was m0011: by its demo data, cut down to a few items, and by a
//! working day on its API. Both databases hold the same rows; each has its tables as that version made them. It is never
//! written anew: a later version adds a folder of its own.

use std::collections::BTreeMap;

use api::access::account::Gate;
use api::access::account::token::SigningKey;
use api::command::verify::verify;
use api::database::Database;
use entity::claim;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryResult, Statement,
};
use serde_json::{Value, json};

use crate::harness::{Client, World, case, pure};

const ROWS: &str = include_str!("../fixtures/at_m0011/rows.jsonl");
const ON_SQLITE: &str = include_str!("../fixtures/at_m0011/sqlite.sql");
const ON_POSTGRES: &str = include_str!("../fixtures/at_m0011/postgresql.sql");

/// From the day on which a world stands to one soon after the fixture was written, in milliseconds.
const LATER: i64 = 270 * 86_400_000;

/// A table with its rows, in the columns that it had.
struct Table {
    name: String,
    columns: Vec<(String, Kind)>,
    rows: Vec<Vec<Value>>,
}

/// What is in a column.
#[derive(Clone, Copy)]
enum Kind {
    Id,
    Text,
    Integer,
    Real,
    Boolean,
}

case!(a_database_of_an_earlier_version_is_upgraded_without_losing_a_row);
async fn a_database_of_an_earlier_version_is_upgraded_without_losing_a_row(world: World) {
    let database = world.empty_database().await;
    let tables = tables();
    fill(&database, &tables).await;
    assert_eq!(lost(&database, &tables).await, BTreeMap::new(), "the fixture itself is not read as it was written");
    database.migrate().await.unwrap();
    assert!(database.is_current().await.unwrap());
    assert_eq!(lost(&database, &mended(tables)).await, BTreeMap::new());
    let verdict = verify(&database, |_| {}).await.unwrap();
    assert!(verdict.holds(), "{:?}", verdict.checks);
    is_served(&world, database).await;
}

/// A server over it lets its people in, by password and by the token of a script, and shows what they did.
async fn is_served(world: &World, database: Database) {
    world.clock.advance(LATER);
    let gate = Gate { admits_demo: true, ..Gate::new(SigningKey::random()) };
    let app = world.app_over(database.clone()).with_gate(gate);
    // What no statement can fill in, a server does when it starts: whatever is owed has a date then.
    assert!(api::server::ticks::reckon(&app).await.unwrap() > 0);
    let undated = claim::Entity::find()
        .filter(claim::Column::Status.is_in(api::feature::claim::machine::LIVE))
        .filter(claim::Column::DueAt.is_null());
    assert_eq!(undated.count(&database.reader).await.unwrap(), 0);
    let door = Client::new(api::server::http::router(app));
    let script = door.with_token("cobuild_RDTco-DXjn2CddlNwnPplXLimQRn4KYknW_ogBDSny8");
    let need = script.read("{ viewer { account { username } } needs(filter: { title: { eq: \"周六上午的志愿者\" } }) { nodes { quantity claims(filter: { status: { eq: COMPLETED } }) { nodes { status ratings { stars } } } } } }").await;
    let claims = json!({ "nodes": [{ "status": "COMPLETED", "ratings": [{ "stars": 5 }, { "stars": 4 }] }] });
    assert_eq!(need["needs"]["nodes"], json!([{ "quantity": 20, "claims": claims }]));
    assert_eq!(need["viewer"]["account"]["username"], "clerk");
    let credentials = json!({ "username": "lihua", "password": "correct horse battery" });
    let who = "session { accessToken } viewer { account { name grants { role } } }";
    let signed_in = door.does("signIn", credentials, who).await;
    assert_eq!(signed_in["viewer"]["account"], json!({ "name": "李华", "grants": [{ "role": "ANALYST" }] }));
}

/// The tables as they ought to be afterwards: what is owed has a date wherever one can be told, and what was sent back, or called off
/// after that, was not delivered.
fn mended(mut tables: Vec<Table>) -> Vec<Table> {
    let claims = tables.iter_mut().find(|table| table.name == "claim").unwrap();
    let column = |name: &str| claims.columns.iter().position(|(column, _)| column == name).unwrap();
    let [status, due, delivered, people] = ["status", "due_at", "delivered_quantity", "people_served"].map(column);
    let dates = ["deliver_by", "ends_at", "promised_until"].map(column);
    for row in &mut claims.rows {
        let stands = row[status].as_str().unwrap().to_owned();
        if ["ACCEPTED", "IN_PROGRESS"].contains(&stands.as_str()) && row[due].is_null() {
            row[due] = dates.iter().map(|date| row[*date].clone()).find(|date| !date.is_null()).unwrap_or_default();
        }
        if !["DELIVERED", "COMPLETED"].contains(&stands.as_str()) {
            (row[delivered], row[people]) = (Value::Null, Value::Null);
        }
    }
    tables
}

fn tables() -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for line in ROWS.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        match line {
            Value::Array(row) => tables.last_mut().unwrap().rows.push(row),
            head => tables.push(table(&head)),
        }
    }
    tables
}

fn table(head: &Value) -> Table {
    let texts = |name: &str| -> Vec<String> { serde_json::from_value(head[name].clone()).unwrap() };
    let kinds = texts("types").into_iter().map(|word| match word.as_str() {
        "id" => Kind::Id,
        "text" => Kind::Text,
        "integer" => Kind::Integer,
        "real" => Kind::Real,
        "boolean" => Kind::Boolean,
        other => panic!("{other} is no kind of column"),
    });
    let columns = texts("columns").into_iter().zip(kinds).collect();
    Table { name: head["table"].as_str().unwrap().to_owned(), columns, rows: Vec::new() }
}

/// Makes the tables as that version made them, and puts its rows in.
async fn fill(database: &Database, tables: &[Table]) {
    let is_sqlite = database.backend() == DbBackend::Sqlite;
    let tx = database.writer.begin().await.unwrap();
    tx.execute_unprepared(if is_sqlite { ON_SQLITE } else { ON_POSTGRES }).await.unwrap();
    for table in tables {
        let columns: Vec<String> = table.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        // PostgreSQL gives out the outbox's positions itself, unless it is told not to.
        let overriding = if is_sqlite { "" } else { " OVERRIDING SYSTEM VALUE" };
        let row = |row: &Vec<Value>| {
            let values = row.iter().zip(&table.columns).map(|(value, (_, kind))| literal(value, *kind, is_sqlite));
            format!("({})", values.collect::<Vec<_>>().join(", "))
        };
        for rows in table.rows.chunks(200) {
            let rows: Vec<String> = rows.iter().map(row).collect();
            let insert =
                format!("INSERT INTO {} ({}){overriding} VALUES {}", table.name, columns.join(", "), rows.join(", "));
            tx.execute_unprepared(&insert).await.unwrap_or_else(|error| panic!("{}: {error}", table.name));
        }
    }
    if !is_sqlite {
        let go_on = "SELECT setval('outbox_position_seq', (SELECT max(position) FROM outbox))";
        tx.execute_unprepared(go_on).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn literal(value: &Value, kind: Kind, is_sqlite: bool) -> String {
    match (value, kind) {
        (Value::String(hex), Kind::Id) if is_sqlite => format!("X'{hex}'"),
        (Value::String(text), _) => format!("'{}'", text.replace('\'', "''")),
        (other, _) => other.to_string(),
    }
}

/// The rows, table by table, that are not there any more as they were.
async fn lost(database: &Database, tables: &[Table]) -> BTreeMap<String, Vec<String>> {
    let mut lost = BTreeMap::new();
    for table in tables {
        let columns: Vec<String> = table.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let select = format!("SELECT {} FROM {}", columns.join(", "), table.name);
        let rows = database.reader.query_all_raw(Statement::from_string(database.backend(), select)).await.unwrap();
        let mut there: BTreeMap<String, usize> = BTreeMap::new();
        for row in rows {
            *there.entry(Value::Array(read(&row, table)).to_string()).or_default() += 1;
        }
        let mut gone: Vec<String> = table.rows.iter().map(|row| Value::from(row.clone()).to_string()).collect();
        gone.retain(|row| there.get_mut(row).is_none_or(|left| left.checked_sub(1).map(|less| *left = less).is_none()));
        if !gone.is_empty() {
            lost.insert(table.name.clone(), gone);
        }
    }
    lost
}

fn read(row: &QueryResult, table: &Table) -> Vec<Value> {
    let value = |(place, (_, kind)): (usize, &(String, Kind))| match kind {
        Kind::Id => json!(row.try_get_by_index::<Option<uuid::Uuid>>(place).unwrap().map(|id| id.simple().to_string())),
        Kind::Text => json!(row.try_get_by_index::<Option<String>>(place).unwrap()),
        // PostgreSQL has small and large ones, and the driver is strict.
        Kind::Integer => {
            let large = row.try_get_by_index::<Option<i64>>(place);
            json!(
                large
                    .or_else(|_| row.try_get_by_index::<Option<i32>>(place).map(|small| small.map(i64::from)))
                    .unwrap()
            )
        }
        Kind::Real => json!(row.try_get_by_index::<Option<f64>>(place).unwrap()),
        Kind::Boolean => json!(row.try_get_by_index::<Option<bool>>(place).unwrap()),
    };
    table.columns.iter().enumerate().map(value).collect()
}

pure!(the_fixture_holds_a_row_of_every_table_of_its_time);
fn the_fixture_holds_a_row_of_every_table_of_its_time() {
    let tables = tables();
    let empty: Vec<&str> =
        tables.iter().filter(|table| table.rows.is_empty()).map(|table| table.name.as_str()).collect();
    assert_eq!((tables.len(), empty), (21, Vec::new()));
}
