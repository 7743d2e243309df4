//! The rules that the database holds by itself, whatever the code above it does.

use entity::area::{self, AreaLevel};
use entity::claim::{self, ClaimStatus};
use entity::party::UnitLevel;
use entity::{audit_entry, check_in, list_item, member_check_in, party};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::{Expr, Uuid};
use sea_orm::sea_query::{ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, IntoActiveModel,
    Iterable, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, SqlErr, Value,
};

use crate::harness::{World, case};

case!(a_party_has_one_live_claim_on_an_item);
async fn a_party_has_one_live_claim_on_an_item(world: World) {
    let given = &world.given;
    let need = given.need(&given.community("文庙社区").await).await;
    let unit = given.unit("区人民医院").await;
    for ended in ClaimStatus::iter().filter(|status| !api::feature::claim::machine::is_live(*status)) {
        given.claim(&need, &unit).status(ended).await;
    }
    let live = given.claim(&need, &unit).status(ClaimStatus::Accepted).await;
    let mut second = live.clone().into_active_model().reset_all();
    second.id = Set(Uuid::from_u128(1));
    use claim::Column::{AwaitingId, CommunityId, ProviderId, ReceiverId, UnitId};
    for generated in [CommunityId, UnitId, ProviderId, ReceiverId, AwaitingId] {
        second.not_set(generated);
    }
    let refused = second.insert(&world.database.writer).await.unwrap_err();
    assert!(matches!(refused.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))), "{refused}");
    let named = if world.backend == DbBackend::Sqlite { "claim.item_id, claim.claimant_id" } else { "claim_one_live" };
    assert!(refused.to_string().contains(named), "{refused}");
    assert_eq!(claim::Entity::find().count(&world.database.reader).await.unwrap(), 6);
}

case!(no_more_is_held_than_there_is);
async fn no_more_is_held_than_there_is(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let limited = given.need(&community).quantity(3).await;
    let unlimited = given.need(&community).await;
    hold(&world, &limited, 3).await.unwrap();
    hold(&world, &unlimited, 3_000_000_000).await.unwrap();
    for (item, held) in [(&limited, 4), (&limited, -1), (&unlimited, -1)] {
        assert_checked(&hold(&world, item, held).await.unwrap_err(), "list_item_held");
    }
    let mut lowered = limited.clone().into_active_model();
    lowered.quantity = Set(Some(2));
    assert_checked(&lowered.update(&world.database.writer).await.unwrap_err(), "list_item_held");
}

case!(what_does_not_exist_cannot_be_claimed);
async fn what_does_not_exist_cannot_be_claimed(world: World) {
    let given = &world.given;
    let claim = given.claim(&given.need(&given.community("文庙社区").await).await, &given.unit("医院").await).await;
    let nothing = Uuid::from_u128(1);
    for column in [claim::Column::ItemId, claim::Column::ClaimantId, claim::Column::OwnerId] {
        let refused = set(&world, "claim", column.as_str(), nothing.into()).await.unwrap_err();
        assert!(matches!(refused.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))), "{column:?}: {refused}");
    }
    let removed = list_item::Entity::delete_by_id(claim.item_id).exec(&world.database.writer).await.unwrap_err();
    assert!(matches!(removed.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))), "{removed}");
}

/// Columns of choices, which hold their own words and no others.
const CHOICES: &[(&str, &str)] = &[
    ("area", "level"),
    ("check_in", "status"),
    ("claim", "direction"),
    ("claim", "item_kind"),
    ("claim", "status"),
    ("claim_event", "action"),
    ("list_item", "form"),
    ("list_item", "kind"),
    ("list_item", "mode"),
    ("list_item", "status"),
    ("list_item", "urgency"),
    ("list_item", "visibility"),
    ("member_check_in", "status"),
    ("party", "committee_kind"),
    ("party", "kind"),
    ("party", "unit_kind"),
    ("party", "unit_level"),
];

case!(the_audit_log_is_neither_changed_nor_cut);
async fn the_audit_log_is_neither_changed_nor_cut(world: World) {
    let admin = world.admin().await;
    let input = serde_json::json!({ "username": "lihua", "name": "李华", "password": "correct horse battery" });
    admin.does("createAccount", input, "").await;
    let before = audit_entry::Entity::find().all(&world.database.reader).await.unwrap();
    assert_eq!(before.len(), 1);
    let mut attempts = vec![
        "UPDATE audit_entry SET action = 'nothing'",
        "UPDATE audit_entry SET changes = '[]'",
        // Whoever takes something out may take nothing else.
        "UPDATE audit_entry SET redacted_at = 1, action = 'nothing'",
        "UPDATE audit_entry SET redacted_at = 1, hash = ''",
        "DELETE FROM audit_entry",
    ];
    if world.backend == DbBackend::Sqlite {
        attempts.push("INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry");
    }
    for attempt in attempts {
        let refused = world.database.writer.execute_unprepared(attempt).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{attempt}: {refused}");
    }
    assert_eq!(audit_entry::Entity::find().all(&world.database.reader).await.unwrap(), before);
}

case!(a_choice_holds_no_unknown_word);
async fn a_choice_holds_no_unknown_word(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let unit = given.unit("区人民医院").with(|row| row.unit_level = Some(UnitLevel::City)).await;
    given.check_in(&unit, &community).await;
    given.member_check_in(&given.member(&unit).await, &community).await;
    given.need(&community).await;
    given.service(&unit).await;
    given.claim(&given.resource(&unit).await, &community).status(ClaimStatus::Completed).await;
    world.lift_append_only("claim_event").await;
    for (table, column) in CHOICES {
        let refused = set(&world, table, column, "SLEEPING".into()).await;
        let refused = refused.expect_err(&format!("{table}.{column} holds an unknown word"));
        // A party of an unknown kind breaks several rules, and each database names another.
        assert_checked(&refused, if (*table, *column) == ("party", "kind") { "" } else { column });
    }
}

case!(what_stands_in_an_area_moves_with_it);
async fn what_stands_in_an_area_moves_with_it(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("区人民医院").await);
    let stays = given.community("东街社区").await;
    given.need(&community).await;
    given.check_in(&unit, &community).await;
    given.member_check_in(&given.member(&unit).await, &community).await;
    let moved = "51/5106/510604/510604001/510603001001/";
    let set = area::Entity::update_many().col_expr(area::Column::Path, Expr::value(moved));
    set.filter(area::Column::Id.eq(community.area_id)).exec(&world.database.writer).await.unwrap();

    let reader = &world.database.reader;
    let place = |id| party::Entity::find_by_id(id).select_only().column(party::Column::AreaPath).into_tuple();
    assert_eq!(place(community.id).one(reader).await.unwrap(), Some(moved.to_owned()));
    assert_eq!(place(stays.id).one(reader).await.unwrap(), Some(stays.area_path));
    assert_eq!(list_item::Entity::find().one(reader).await.unwrap().unwrap().area_path, moved);
    assert_eq!(check_in::Entity::find().one(reader).await.unwrap().unwrap().area_path, moved);
    assert_eq!(member_check_in::Entity::find().one(reader).await.unwrap().unwrap().area_path, moved);
}

case!(text_sorts_by_code_point);
async fn text_sorts_by_code_point(world: World) {
    let given = &world.given;
    // By pinyin 社 comes after 中 only by accident; U+FF5E sorts before U+20000, unlike in UTF-16.
    let mut names = ["a", "B", "é", "中", "𠀀", "Z", "社", "啊", "～", "1", "ß", "_", "b", "10", "2", "e"];
    let community = given.community("文庙社区").await;
    for name in names {
        given.area(&given.street().await, AreaLevel::Grid).name(name).await;
        given.unit(name).await;
        given.need(&community).title(name).await;
    }
    names.sort_unstable();
    let reader = &world.database.reader;
    let areas = area::Entity::find().filter(area::Column::Level.eq(AreaLevel::Grid)).order_by_asc(area::Column::Name);
    let areas: Vec<String> = areas.all(reader).await.unwrap().into_iter().map(|area| area.name).collect();
    assert_eq!(areas, names);
    let units = party::Entity::find().filter(party::Column::UnitKind.is_not_null()).order_by_asc(party::Column::Name);
    let units: Vec<String> = units.all(reader).await.unwrap().into_iter().map(|unit| unit.name).collect();
    assert_eq!(units, names);
    let items = list_item::Entity::find().order_by_desc(list_item::Column::Title).all(reader).await.unwrap();
    assert!(items.iter().rev().map(|item| item.title.as_str()).eq(names));
}

async fn hold(world: &World, item: &list_item::Model, held: i64) -> Result<(), DbErr> {
    let held = list_item::Entity::update_many().col_expr(list_item::Column::Held, Expr::value(held));
    held.filter(list_item::Column::Id.eq(item.id)).exec(&world.database.writer).await.map(drop)
}

/// Sets a column of all rows that have it.
async fn set(world: &World, table: &'static str, column: &'static str, value: Value) -> Result<(), DbErr> {
    let mut update = Query::update();
    update.table(table).value(column, Expr::val(value)).and_where(Expr::col(column).is_not_null());
    let changed = world.database.writer.execute(&update).await?;
    assert!(changed.rows_affected() > 0, "no row has {table}.{column}");
    Ok(())
}

/// Holds that a CHECK refused it: the one with this name, or one of the table's own.
#[track_caller]
fn assert_checked(refused: &DbErr, name: &str) {
    let text = refused.to_string();
    assert!(text.to_lowercase().contains("check constraint") && text.contains(name), "{text}");
}
