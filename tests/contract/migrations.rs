//! Migrations: the tables that entities expect, and nothing lost on the way to them.

use std::collections::{BTreeMap, BTreeSet};

use api::database::Database;
use migration::{Migrator, MigratorTrait};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, Statement, Value};

use crate::harness::{World, case};

case!(migrating_twice_changes_nothing);
async fn migrating_twice_changes_nothing(world: World) {
    let before = (columns(&world.database).await, count_rows(&world.database).await);
    world.database.migrate().await.unwrap();
    assert_eq!((columns(&world.database).await, count_rows(&world.database).await), before);
    assert_eq!(before.1["seaql_migrations"], i64::try_from(Migrator::migrations().len()).unwrap());
}

case!(entities_and_tables_have_the_same_columns);
async fn entities_and_tables_have_the_same_columns(world: World) {
    let mut tables = columns(&world.database).await;
    tables.remove("seaql_migrations");
    assert_eq!(tables, expected_columns());
    // Which columns a selection shows is told by the bits of one number.
    assert!(tables.values().all(|columns| columns.len() <= 64));
}

case!(no_step_loses_a_row);
async fn no_step_loses_a_row(world: World) {
    let database = world.empty_database().await;
    let mut before = BTreeMap::new();
    while let Some(step) = database.migrate_once().await.unwrap() {
        let after = count_rows(&database).await;
        for (table, rows) in &before {
            assert!(after.get(table).is_none_or(|left| left >= rows), "{step} loses rows of {table}");
        }
        for (table, row) in
            first_rows().iter().filter(|(table, _)| !before.contains_key(*table) && after.contains_key(*table))
        {
            insert(&database, table, row).await;
        }
        before = count_rows(&database).await;
        let empty: Vec<_> = before.iter().filter(|(_, rows)| **rows == 0).collect();
        assert!(empty.is_empty(), "a table without a row proves nothing, so add one to `first_rows`: {empty:?}");
    }
}

/// A row or two of every table, in the columns that it had when it was made: never changed, only added to.
#[rustfmt::skip]
fn first_rows() -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
    let id = |number: u128| Value::from(Uuid::from_u128(number));
    let place = || [("area_id", id(1)), ("area_path", "51/".into())];
    let made = || [("created_at", 1_i64.into()), ("updated_at", 1_i64.into())];
    let asked = || [("status", "PENDING".into()), ("requested_at", 1_i64.into()), ("updated_at", 1_i64.into())];
    let mut rows = vec![
        ("area", vec![("id", id(1)), ("level", "PROVINCE".into()), ("code", "51".into()), ("name", "四川省".into()), ("path", "51/".into())]),
        ("party", vec![("id", id(2)), ("kind", "COMMUNITY".into()), ("name", "文庙社区".into()), ("committee_kind", "OTHER".into())]),
        ("party", vec![("id", id(3)), ("kind", "UNIT".into()), ("name", "医院".into()), ("unit_kind", "HOSPITAL".into())]),
        ("check_in", vec![("id", id(4)), ("unit_id", id(3)), ("community_id", id(2))]),
        ("member", vec![("id", id(5)), ("name", "王强".into())]),
        ("member_check_in", vec![("id", id(6)), ("member_id", id(5)), ("community_id", id(2))]),
        ("category", vec![("id", id(7)), ("code", "own".into()), ("name", "自定".into()), ("position", 0.into()), ("created_at", 1_i64.into())]),
        ("list_item", vec![
            ("id", id(8)), ("kind", "NEED".into()), ("owner_id", id(2)), ("category_id", id(7)), ("title", "路灯".into()),
            ("description", "".into()), ("status", "PUBLISHED".into()), ("published_at", 1_i64.into()), ("urgency", "NORMAL".into()),
            ("visibility", "PUBLIC".into()), ("auto_accept", false.into()), ("open_to_all", false.into()), ("has_own_place", false.into()),
        ]),
        ("claim", vec![
            ("id", id(9)), ("item_id", id(8)), ("item_kind", "NEED".into()), ("claimant_id", id(3)), ("owner_id", id(2)),
            ("direction", "UNIT_TO_COMMUNITY".into()), ("status", "PROPOSED".into()), ("quantity", 1.into()),
            ("promised_title", "路灯".into()), ("promised_description", "".into()),
        ]),
        ("claim_event", vec![("id", id(10)), ("claim_id", id(9)), ("action", "PROPOSE".into()), ("to_status", "PROPOSED".into()), ("at", 1_i64.into())]),
        ("rating", vec![("id", id(11)), ("claim_id", id(9)), ("by_id", id(2)), ("stars", 5.into()), ("at", 1_i64.into())]),
        ("attachment", vec![("id", id(12)), ("item_id", id(8)), ("url", "https://files.example/1".into()), ("created_at", 1_i64.into())]),
        ("account", vec![("id", id(13)), ("username", "li".into()), ("name", "李华".into()), ("is_disabled", false.into()), ("is_demo", false.into())]),
        ("account_grant", vec![("id", id(14)), ("account_id", id(13)), ("role", "ADMIN".into()), ("granted_at", 1_i64.into())]),
        ("session", vec![("id", id(15)), ("account_id", id(13)), ("created_at", 1_i64.into()), ("expires_at", 2_i64.into())]),
        ("refresh_token", vec![("hash", "ab".into()), ("session_id", id(15)), ("created_at", 1_i64.into()), ("expires_at", 2_i64.into())]),
        ("access_token", vec![
            ("id", id(16)), ("account_id", id(13)), ("name", "脚本".into()), ("hash", "cd".into()), ("may_write", true.into()),
            ("created_at", 1_i64.into()), ("expires_at", 2_i64.into()),
        ]),
        ("outside_identity", vec![("issuer", "https://id.example.org".into()), ("subject", "u-17".into()), ("account_id", id(13))]),
        ("past_home", vec![("id", id(18)), ("party_id", id(3)), ("area_id", id(1)), ("area_path", "51/".into()), ("until", 1_i64.into())]),
        ("sign_in_failure", vec![("subject", "account:li".into()), ("failures", 1.into()), ("since", 1_i64.into())]),
        ("audit_entry", vec![
            ("id", id(17)), ("at", 1_i64.into()), ("source", "API".into()), ("actor_id", id(13)), ("action", "updateNeed".into()),
            ("subject", "x".into()), ("changes", "[]".into()),
        ]),
        ("past_grant", vec![("id", id(19)), ("account_id", id(13)), ("party_id", id(2)), ("until", 1_i64.into())]),
        ("former_name", vec![("id", id(20)), ("party_id", id(2)), ("name", "老文庙社区".into()), ("until", 1_i64.into())]),
        ("idempotency_key", vec![("account_id", id(13)), ("key", "k".into()), ("fingerprint", "ef".into()), ("created_at", 1_i64.into())]),
        ("outbox", vec![("at", 1_i64.into()), ("subject", "x".into())]),
    ];
    for (table, row) in &mut rows {
        match *table {
            "area" | "member" | "claim" | "account" => row.extend(made()),
            "party" | "list_item" => row.extend(place().into_iter().chain(made())),
            "check_in" | "member_check_in" => row.extend(place().into_iter().chain(asked())),
            _ => {}
        }
    }
    rows
}

async fn insert(database: &Database, table: &'static str, row: &[(&'static str, Value)]) {
    let mut insert = Query::insert();
    insert.into_table(table).columns(row.iter().map(|(column, _)| *column));
    insert.values_panic(row.iter().map(|(_, value)| Expr::val(value.clone())));
    database.writer.execute(&insert).await.unwrap_or_else(|error| panic!("{table}: {error}"));
}

/// How many rows each table has.
async fn count_rows(database: &Database) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for table in columns(database).await.into_keys() {
        let count = Statement::from_string(database.backend(), format!("SELECT count(*) FROM {table}"));
        let count = database.reader.query_one_raw(count).await.unwrap().unwrap();
        counts.insert(table, count.try_get_by_index(0).unwrap());
    }
    counts
}

/// Every entity's table and columns.
fn expected_columns() -> BTreeMap<String, BTreeSet<String>> {
    fn of<E: EntityTrait>() -> (String, BTreeSet<String>) {
        let columns = E::Column::iter().map(|column| column.as_str().to_owned()).collect();
        (E::default().table_name().to_owned(), columns)
    }
    macro_rules! entities {
        ($($table:ident),+) => { BTreeMap::from([$(of::<entity::$table::Entity>()),+]) };
    }
    entities!(
        access_token,
        account,
        account_grant,
        area,
        attachment,
        audit_entry,
        audit_lane,
        category,
        check_in,
        claim,
        claim_event,
        former_name,
        idempotency_key,
        list_item,
        member,
        member_check_in,
        outbox,
        outside_identity,
        party,
        past_grant,
        past_home,
        rating,
        refresh_token,
        session,
        sign_in_failure
    )
}

/// Every table and its columns, generated ones too, as the database has them.
async fn columns(database: &Database) -> BTreeMap<String, BTreeSet<String>> {
    let sql = match database.backend() {
        DbBackend::Sqlite => {
            "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_xinfo(tables.name) AS columns \
             WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'"
        }
        _ => "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public'",
    };
    let statement = Statement::from_string(database.backend(), sql);
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in database.reader.query_all_raw(statement).await.unwrap() {
        let (table, column) = row.try_get_many_by_index().unwrap();
        tables.entry(table).or_default().insert(column);
    }
    tables
}
