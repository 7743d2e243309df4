//! The audit log as somebody with a console would change it, and what `verify` says of that; and whose acts they were.

use api::command::verify::verify;
use api::kernel::global_id::Table;
use entity::account_grant::Role;
use entity::audit_entry;
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::json;

use crate::harness::{World, case};

/// Five acts of a clerk, in the order of the chain.
async fn written(world: &World) -> Vec<audit_entry::Model> {
    let community = world.given.community("文庙社区").await;
    let clerk = world.clerk_of(&community).await;
    for population in [1_000, 2_000, 3_000, 4_000, 5_000] {
        let version = population / 1_000;
        let input = json!({ "id": Table::Party.id(community.id).0, "ifVersion": version, "population": population });
        clerk.does("updateCommunity", input, "").await;
    }
    let entries = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Number);
    entries.all(&world.database.reader).await.unwrap()
}

async fn told(world: &World) -> Vec<String> {
    let verdict = verify(&world.database, |_| ()).await.unwrap();
    let breaches = verdict.checks.into_iter().flat_map(|check| check.breaches);
    breaches.map(|breach| format!("{} {}: {}", breach.table, breach.key.simple(), breach.wrong)).collect()
}

fn key(world: &World, key: Uuid) -> String {
    if world.backend == DbBackend::Sqlite { format!("X'{}'", key.simple()) } else { format!("'{key}'") }
}

macro_rules! tampered {
    ($name:ident, |$world:ident, $entries:ident| $sql:expr, [$($wrong:expr),+]) => {
        case!($name);
        async fn $name($world: World) {
            let $entries = written(&$world).await;
            assert_eq!(told(&$world).await, Vec::<String>::new());
            $world.lift_append_only("audit_entry").await;
            for statement in $sql {
                $world.database.writer.execute_unprepared(&statement).await.unwrap();
            }
            assert_eq!(told(&$world).await, [$($wrong),+]);
        }
    };
}

fn entry(entry: &audit_entry::Model, wrong: &str) -> String {
    format!("audit_entry {}: {wrong}", entry.id.simple())
}

tampered!(
    an_entry_that_was_changed_is_told,
    |world, entries| [format!("UPDATE audit_entry SET action = 'nothing' WHERE id = {}", key(&world, entries[2].id))],
    [entry(&entries[2], "it is not what was written")]
);
tampered!(
    an_entry_whose_changes_were_changed_is_told,
    |world, entries| [format!("UPDATE audit_entry SET changes = '[]' WHERE id = {}", key(&world, entries[2].id))],
    [entry(&entries[2], "its changes are not what was written")]
);
tampered!(
    changes_that_nobody_took_out_are_told,
    |world, entries| [format!(
        "UPDATE audit_entry SET changes = '[]', redacted_at = 1 WHERE id = {}",
        key(&world, entries[2].id)
    )],
    [entry(&entries[2], "no act took its changes out")]
);
tampered!(
    an_entry_that_is_gone_is_told,
    |world, entries| [format!("DELETE FROM audit_entry WHERE id = {}", key(&world, entries[1].id))],
    [entry(&entries[2], "entries before it are missing")]
);
tampered!(
    a_log_that_was_cut_is_told,
    |world, entries| [format!("DELETE FROM audit_entry WHERE id = {}", key(&world, entries[4].id))],
    [format!("audit_lane {}: the last entries of the lane are missing", Uuid::nil().simple())]
);
tampered!(
    an_entry_that_was_slipped_in_is_told,
    |world, entries| {
        [
        format!(
            "INSERT INTO audit_entry (id, at, source, action, subject, changes) SELECT {}, at, source, action, subject, changes
             FROM audit_entry WHERE id = {}",
            key(&world, Uuid::from_u128(7)),
            key(&world, entries[0].id)
        )
    ]
    },
    [format!("audit_entry {}: it stands in no lane of the chain", Uuid::from_u128(7).simple())]
);

case!(an_entry_put_in_the_place_of_another_is_refused_and_told);
async fn an_entry_put_in_the_place_of_another_is_refused_and_told(world: World) {
    if world.backend != DbBackend::Sqlite {
        // PostgreSQL has no such statement.
        return;
    }
    let entries = written(&world).await;
    let replace = "INSERT OR REPLACE INTO audit_entry (id, at, source, action, subject, changes, lane, number, changes_hash, hash)
        SELECT id, at, source, 'nothing', subject, changes, lane, number, changes_hash, hash FROM audit_entry WHERE number = 3";
    let refused = world.database.writer.execute_unprepared(replace).await.unwrap_err().to_string();
    assert!(refused.contains("append-only"), "{refused}");
    assert_eq!(told(&world).await, Vec::<String>::new());
    world.lift_append_only("audit_entry").await;
    world.database.writer.execute_unprepared(replace).await.unwrap();
    assert_eq!(told(&world).await, [entry(&entries[2], "it is not what was written")]);
}

case!(many_who_write_at_once_leave_the_chain_whole);
async fn many_who_write_at_once_leave_the_chain_whole(world: World) {
    let before = audit_entry::Entity::find().count(&world.database.reader).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..16 {
        let community = world.given.community(&format!("第{number}社区")).await;
        let clerk = world.clerk_of(&community).await;
        writers.spawn(async move {
            for version in 1..=6 {
                let input =
                    json!({ "id": Table::Party.id(community.id).0, "ifVersion": version, "population": version });
                clerk.does("updateCommunity", input, "").await;
            }
        });
    }
    while let Some(written) = writers.join_next().await {
        written.unwrap();
    }
    assert_eq!(audit_entry::Entity::find().count(&world.database.reader).await.unwrap(), before + 96);
    assert_eq!(told(&world).await, Vec::<String>::new());
}

case!(whose_act_it_was_stays_known_after_their_role_is_taken_back);
async fn whose_act_it_was_stays_known_after_their_role_is_taken_back(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("人民医院").await);
    let account = given.account().with(|row| row.name = "李华".to_owned()).await;
    let grant = given.grant(&account, Role::CommunityStaff).on(&community).await;
    let claim = given.claim(&given.need(&community).quantity(3).await, &unit).await;
    let lihua = world.token_of(&account).await;
    lihua.does("acceptClaim", json!({ "id": Table::Claim.id(claim.id).0 }), "").await;
    let (clerk, manager) = (world.clerk_of(&community).await, world.manager_of(&given.district().await).await);
    let stranger = world.clerk_of(&given.community("远方社区").await).await;
    let query = format!(
        "{{ node(id: \"{}\") {{ ... on Claim {{ events(filter: {{ action: {{ eq: ACCEPT }} }}) {{ nodes {{ actor {{ name }} }} }} }} }} }}",
        Table::Claim.id(claim.id).0
    );
    let actor =
        async |who: &crate::harness::Client| who.read(&query).await["node"]["events"]["nodes"][0]["actor"].clone();
    manager.does("revokeRole", json!({ "id": Table::Grant.id(grant.id).0 }), "").await;
    assert_eq!(actor(&clerk).await, json!({ "name": "李华" }));
    assert_eq!(actor(&manager).await, json!({ "name": "李华" }));
    assert_eq!(actor(&stranger).await, json!(null));
    let log = manager
        .read("{ auditEntries(filter: { action: { eq: \"acceptClaim\" } }) { nodes { actor { name } } } }")
        .await;
    assert_eq!(log["auditEntries"]["nodes"], json!([{ "actor": { "name": "李华" } }]));
}

case!(whoever_reads_the_log_is_in_the_log);
async fn whoever_reads_the_log_is_in_the_log(world: World) {
    let admin = world.admin().await;
    let acts = async || {
        let entries =
            audit_entry::Entity::find().order_by_asc(audit_entry::Column::Id).all(&world.database.reader).await;
        entries.unwrap().into_iter().map(|entry| entry.action).collect::<Vec<_>>()
    };
    world.stranger.read("{ auditEntries { totalCount } needs { totalCount } }").await;
    admin.read("{ needs { totalCount } }").await;
    assert_eq!(acts().await, [""; 0]);
    // However it is read: as a list, as a count alone, by id; once a request.
    let read = admin.read("{ auditEntries { nodes { id } } count: auditEntries { totalCount } }").await;
    assert_eq!((&read["auditEntries"]["nodes"], &read["count"]["totalCount"]), (&json!([]), &json!(0)));
    assert_eq!(acts().await, ["readAuditLog"]);
    let first = audit_entry::Entity::find().one(&world.database.reader).await.unwrap().unwrap();
    let id = Table::AuditEntry.id(first.id).0;
    let seen = admin
        .read(&format!("{{ node(id: \"{id}\") {{ ... on AuditEntry {{ action subject {{ __typename }} }} }} }}"))
        .await;
    assert_eq!(seen["node"], json!({ "action": "readAuditLog", "subject": { "__typename": "Account" } }));
    assert_eq!(acts().await, ["readAuditLog"; 2]);
    assert_eq!(told(&world).await, Vec::<String>::new());
}
