//! What ends, and who takes over: parties closed and merged, persons who were registered twice, while others go on acting on them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use api::command::verify::{Verdict, verify};
use api::kernel::global_id::Table;
use entity::account_grant::Role;
use entity::area::AreaLevel;
use entity::claim::ClaimStatus;
use entity::claim_event::{self, ClaimAction};
use entity::{area, check_in, claim, former_name, list_item, member, party};
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::harness::{Client, World, all, case, columns_of_claim};

fn id(party: &party::Model) -> String {
    Table::Party.id(party.id).0
}

fn person(member: &member::Model) -> String {
    Table::Member.id(member.id).0
}

async fn verified(world: &World) -> Verdict {
    let verdict = verify(&world.database, |_| ()).await.unwrap();
    assert!(verdict.holds(), "{verdict:#?}");
    verdict
}

/// What stands in the way: code, path and what is named.
async fn refused(who: &Client, mutation: &str, input: Value) -> (String, Value, Value) {
    let payload = who.payload(mutation, input, "").await;
    let error = payload["userErrors"][0].clone();
    (error["code"].as_str().unwrap_or_default().to_owned(), error["path"].clone(), error["nodes"].clone())
}

async fn district(world: &World) -> area::Model {
    world.given.district().await
}

case!(a_unit_is_merged_into_another_and_all_that_was_its_own_follows);
async fn a_unit_is_merged_into_another_and_all_that_was_its_own_follows(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let old = given.unit("第一小学").with(|row| row.credit_code = Some("12510600000000001A".into())).await;
    let new = given.unit("实验小学").await;
    let (clerk, liaison, successor) =
        (world.clerk_of(&community).await, world.liaison_of(&old).await, world.liaison_of(&new).await);
    let manager = world.manager_of(&district(&world).await).await;
    for unit in [&old, &new] {
        given.check_in(unit, &community).confirmed().await;
    }
    let need = given.need(&community).title("路灯").quantity(10).await;
    let hall = given.resource(&old).title("礼堂").await;
    let wish = json!({ "itemId": Table::ListItem.id(need.id).0, "quantity": 4 });
    let made = liaison.does("proposeClaim", wish, "claim { id }").await["claim"]["id"].as_str().unwrap().to_owned();
    let done = given.claim(&hall, &community).status(ClaimStatus::Completed).await;
    liaison.does("rateClaim", json!({ "id": Table::Claim.id(done.id).0, "stars": 5 }), "").await;
    let worker = given.member(&old).await;

    let merge = json!({ "id": id(&old), "intoId": id(&new), "reason": "学校合并" });
    let merged = manager.does("mergeParty", merge, "party { id name formerNames { name } listItems { totalCount } claims { totalCount } checkIns(filter: { status: { eq: CONFIRMED } }) { totalCount } }").await;
    assert_eq!(
        merged["party"],
        json!({ "id": id(&new), "name": "实验小学", "formerNames": [{ "name": "第一小学" }], "listItems": { "totalCount": 1 },
            "claims": { "totalCount": 2 }, "checkIns": { "totalCount": 1 } })
    );
    // Whatever was noted before leads on: the id, the code, the name.
    let stranger = &world.stranger;
    let asked = format!(
        "{{ byId: unit(id: \"{old}\") {{ id }} byCode: unit(creditCode: \"12510600000000001A\") {{ id }}
           node(id: \"{old}\") {{ ... on Unit {{ id name status successor {{ id }} endedAt }} }}
           units(filter: {{ formerNames: {{ some: {{ name: {{ eq: \"第一小学\" }} }} }} }}) {{ nodes {{ id }} }}
           there: units(filter: {{ status: {{ eq: ACTIVE }} }}) {{ nodes {{ name }} }} }}",
        old = id(&old)
    );
    let led = stranger.read(&asked).await;
    assert_eq!((&led["byId"]["id"], &led["byCode"]["id"]), (&json!(id(&new)), &json!(id(&new))));
    assert_eq!(led["units"]["nodes"], json!([{ "id": id(&new) }]));
    assert_eq!(led["there"]["nodes"], json!([{ "name": "实验小学" }]));
    let node = &led["node"];
    assert_eq!(
        (&node["id"], &node["name"], &node["status"], &node["successor"]["id"]),
        (&json!(id(&old)), &json!("第一小学"), &json!("MERGED"), &json!(id(&new)))
    );
    assert!(node["endedAt"].is_string());
    // Its liaison acts for the successor now, by either id, and the successor's own for what was the other's.
    clerk.does("acceptClaim", json!({ "id": made }), "").await;
    liaison.does("startClaim", json!({ "id": made, "asPartyId": id(&old) }), "").await;
    let delivery = json!({ "id": made, "deliveredQuantity": 4 });
    let delivered = successor
        .does("deliverClaim", delivery, "claim { claimant { name } events { nodes { action onBehalfOf { name } } } }")
        .await;
    assert_eq!(
        delivered["claim"],
        json!({ "claimant": { "name": "实验小学" }, "events": { "nodes": [
            { "action": "PROPOSE", "onBehalfOf": { "name": "第一小学" } }, { "action": "ACCEPT", "onBehalfOf": { "name": "文庙社区" } },
            { "action": "START", "onBehalfOf": { "name": "实验小学" } }, { "action": "DELIVER", "onBehalfOf": { "name": "实验小学" } },
        ] } })
    );
    let listed = json!({ "ownerId": id(&old), "categoryId": Table::Category.id(need.category_id).0, "title": "操场", "form": "VENUE" });
    let listed = liaison.does("createResource", listed, "resource { owner { name } }").await;
    assert_eq!(listed["resource"]["owner"]["name"], "实验小学");
    // What it listed stays where it was, and its people work there now.
    let hall = list_item::Entity::find_by_id(hall.id).one(&world.database.reader).await.unwrap().unwrap();
    assert_eq!((hall.owner_id, hall.has_own_place, hall.area_id), (new.id, true, old.area_id));
    let worker = member::Entity::find_by_id(worker.id).one(&world.database.reader).await.unwrap().unwrap();
    assert_eq!(worker.unit_id, Some(new.id));
    verified(&world).await;

    // A successor that is merged in its turn leads everybody on at once.
    let third = given.unit("城区教育集团").await;
    manager.does("mergeParty", json!({ "id": id(&new), "intoId": id(&third), "reason": "集团化" }), "").await;
    let led = stranger.read(&format!("{{ unit(id: \"{}\") {{ name formerNames {{ name }} }} }}", id(&old))).await;
    let mut names: Vec<&str> =
        led["unit"]["formerNames"].as_array().unwrap().iter().map(|name| name["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!((led["unit"]["name"].as_str().unwrap(), names), ("城区教育集团", vec!["实验小学", "第一小学"]));
    verified(&world).await;
}

case!(two_communities_are_merged_with_what_lies_in_them);
async fn two_communities_are_merged_with_what_lies_in_them(world: World) {
    let given = &world.given;
    let (old, new) = (given.community("文庙社区").await, given.community("东街社区").await);
    let (old_area, new_area) = (given.area_of(&old).await, given.area_of(&new).await);
    let grid = given.area(&old_area, AreaLevel::Grid).name("第一网格").await;
    let building = given.area(&grid, AreaLevel::Building).name("1栋").await;
    let hospital = given.unit("人民医院").await;
    // The unit is confirmed at the one and has asked the other; the person lives in both.
    given.check_in(&hospital, &old).confirmed().part(&grid).await;
    given.check_in(&hospital, &new).await;
    let resident = given.member(&hospital).await;
    for community in [&old, &new] {
        given.member_check_in(&resident, community).confirmed().await;
    }
    let need = given.need(&old).title("路灯").await;
    let claim = given.claim(&need, &hospital).await;
    let worker = world.grid_worker_of(&grid).await;
    let clerk = world.clerk_of(&old).await;
    let manager = world.manager_of(&given.street().await).await;
    let merge = json!({ "id": id(&old), "intoId": id(&new), "reason": "社区撤并" });
    manager.does("mergeParty", merge, "").await;
    let asked = format!(
        "{{ community(code: \"{}\") {{ name code needs {{ nodes {{ title area {{ name }} }} }} units {{ nodes {{ name }} }} }}
           area(code: \"{}\") {{ name children {{ nodes {{ name }} }} }}
           gone: node(id: \"{}\") {{ ... on Area {{ name endedAt successor {{ name }} children {{ totalCount }} }} }}
           ended: areas(filter: {{ ended: true }}) {{ nodes {{ name }} }} }}",
        old_area.code, old_area.code, Table::Area.id(old_area.id).0
    );
    let told = world.stranger.read(&asked).await;
    assert_eq!(
        told["community"],
        json!({ "name": "东街社区", "code": new_area.code, "needs": { "nodes": [{ "title": "路灯", "area": { "name": new_area.name } }] },
            "units": { "nodes": [{ "name": "人民医院" }] } })
    );
    assert_eq!(told["area"], json!({ "name": new_area.name, "children": { "nodes": [{ "name": "第一网格" }] } }));
    assert!(told["gone"]["endedAt"].is_string());
    assert_eq!(
        (&told["gone"]["successor"]["name"], &told["gone"]["children"]["totalCount"]),
        (&json!(new_area.name), &json!(0))
    );
    assert_eq!(told["ended"]["nodes"], json!([{ "name": old_area.name }]));
    let moved = area::Entity::find_by_id(building.id).one(&world.database.reader).await.unwrap().unwrap();
    assert_eq!(moved.path, format!("{}{}/{}/", new_area.path, grid.code, building.code));
    let live = check_in::Entity::find()
        .filter(check_in::Column::Status.eq("CONFIRMED"))
        .all(&world.database.reader)
        .await
        .unwrap();
    assert_eq!(live.iter().map(|row| (row.community_id, row.area_id)).collect::<Vec<_>>(), [(new.id, grid.id)]);
    // The clerk of the one acts for the other.
    clerk.does("acceptClaim", json!({ "id": Table::Claim.id(claim.id).0 }), "").await;
    let grants = worker.read("{ viewer { grants { scope { ... on Area { name ancestors { name } } } } } }").await;
    assert_eq!(grants["viewer"]["grants"][0]["scope"]["name"], "第一网格");
    verified(&world).await;
}

case!(a_community_is_split_along_its_grids);
async fn a_community_is_split_along_its_grids(world: World) {
    let given = &world.given;
    let (old, new) = (given.community("文庙社区").await, given.community("东街社区").await);
    let (old_area, new_area) = (given.area_of(&old).await, given.area_of(&new).await);
    let (east, west) =
        (given.area(&old_area, AreaLevel::Grid).name("东网格").await, given.area(&old_area, AreaLevel::Grid).await);
    let building = given.area(&east, AreaLevel::Building).name("1栋").await;
    let (hospital, school) = (given.unit("人民医院").await, given.unit("第一小学").await);
    given.check_in(&hospital, &old).confirmed().part(&east).await;
    given.check_in(&school, &old).confirmed().await;
    given.check_in(&school, &new).confirmed().await;
    let (here, there) = (given.member(&hospital).await, given.member(&hospital).await);
    given.member_check_in(&here, &old).confirmed().part(&building).await;
    given.member_check_in(&there, &old).confirmed().part(&west).await;
    let lamps = given.need(&old).title("东巷路灯").within(&building).await;
    let bench = given.need(&old).title("社区长椅").await;
    let done = given.claim(&lamps, &hospital).status(ClaimStatus::Completed).await;
    let (clerk, successor) = (world.clerk_of(&old).await, world.clerk_of(&new).await);
    clerk.does("rateClaim", json!({ "id": Table::Claim.id(done.id).0, "stars": 5 }), "").await;
    let live = given.claim(&lamps, &school).await;
    given.claim(&bench, &school).await;
    let manager = world.manager_of(&given.street().await).await;
    let parts = |parts: &[&area::Model]| parts.iter().map(|part| Table::Area.id(part.id).0).collect::<Vec<_>>();
    let split = |areas: &[&area::Model]| json!({ "id": id(&old), "partIds": parts(areas), "intoId": id(&new), "reason": "社区拆分" });
    assert_eq!(refused(&manager, "splitParty", split(&[])).await.0, "INVALID");
    let (code, path, _) = refused(&manager, "splitParty", split(&[&old_area])).await;
    assert_eq!((code.as_str(), path), ("INVALID", json!(["partIds"])));
    assert_eq!(refused(&manager, "splitParty", split(&[&east, &new_area])).await.0, "INVALID");
    assert_eq!(clerk.is_refused("splitParty", split(&[&east])).await, "FORBIDDEN");
    assert_eq!(area::Entity::find_by_id(east.id).one(&world.database.reader).await.unwrap().unwrap(), east);
    // A building that lies in the grid goes with it, once.
    manager.does("splitParty", split(&[&east, &building]), "").await;
    let told = world.stranger.read(
        "{ communities(orderBy: [{ field: NAME }]) { nodes { name status area { children { totalCount } } needs { nodes { title } } units { nodes { name } } } } }",
    );
    let told = told.await;
    let community = |name: &str, areas: i32, needs: Value, units: Value| {
        json!({ "name": name, "status": "ACTIVE",
        "area": { "children": { "totalCount": areas } }, "needs": { "nodes": needs }, "units": { "nodes": units } })
    };
    let (lamp, bench) = (json!([{ "title": "东巷路灯" }]), json!([{ "title": "社区长椅" }]));
    let (both, one) = (json!([{ "name": "人民医院" }, { "name": "第一小学" }]), json!([{ "name": "第一小学" }]));
    assert_eq!(
        told["communities"]["nodes"],
        json!([community("东街社区", 1, lamp, both), community("文庙社区", 1, bench, one)])
    );
    let residents = |who: Client| async move {
        let told = who.read("{ memberCheckIns { nodes { member { id } } } }").await;
        told["memberCheckIns"]["nodes"].clone()
    };
    assert_eq!(residents(successor.clone()).await, json!([{ "member": { "id": person(&here) } }]));
    assert_eq!(residents(clerk.clone()).await, json!([{ "member": { "id": person(&there) } }]));
    // Claims and what was said of them went along.
    successor.does("acceptClaim", json!({ "id": Table::Claim.id(live.id).0 }), "").await;
    let claim = format!(
        "{{ claim(id: \"{}\") {{ owner {{ name }} ratings {{ stars by {{ name }} }} }} }}",
        Table::Claim.id(done.id).0
    );
    let told = world.stranger.read(&claim).await;
    assert_eq!(
        told["claim"],
        json!({ "owner": { "name": "东街社区" }, "ratings": [{ "stars": 5, "by": { "name": "东街社区" } }] })
    );
    verified(&world).await;
}

case!(a_party_is_closed_and_opened_again);
async fn a_party_is_closed_and_opened_again(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let unit = given.unit("人民医院").await;
    given.check_in(&unit, &community).confirmed().await;
    let hall = given.resource(&unit).title("会议室").open_to_all().await;
    let draft = given.resource(&unit).title("草稿").draft().await;
    let (clerk, liaison) = (world.clerk_of(&community).await, world.liaison_of(&unit).await);
    let manager = world.manager_of(&district(&world).await).await;
    let wish = json!({ "itemId": Table::ListItem.id(hall.id).0 });
    let claim = clerk.does("proposeClaim", wish.clone(), "claim { id }").await["claim"]["id"].clone();
    let close = json!({ "id": id(&unit), "reason": "单位撤销" });
    let (code, path, nodes) = refused(&manager, "closeParty", close.clone()).await;
    assert_eq!((code.as_str(), path, nodes), ("HELD_BY_CLAIMS", json!(["id"]), json!([{ "id": claim }])));
    let status = |party: Uuid| {
        let db = world.database.clone();
        async move { party::Entity::find_by_id(party).one(&db.reader).await.unwrap().unwrap().status.word() }
    };
    assert_eq!(status(unit.id).await, "ACTIVE");
    clerk.does("withdrawClaim", json!({ "id": claim }), "").await;
    assert_eq!(refused(&manager, "closeParty", json!({ "id": id(&unit), "reason": " " })).await.0, "REASON_REQUIRED");
    let stale = json!({ "id": id(&unit), "reason": "单位撤销", "ifVersion": 9 });
    assert_eq!(refused(&manager, "closeParty", stale).await.0, "CONFLICT");
    assert_eq!(refused(&manager, "reopenParty", close.clone()).await.0, "INVALID_TRANSITION");
    let closed = manager
        .does(
            "closeParty",
            close.clone(),
            "party { status listItems { nodes { title status } } checkIns { nodes { status } } }",
        )
        .await;
    assert_eq!(closed["party"]["status"], "CLOSED");
    assert_eq!(closed["party"]["checkIns"]["nodes"], json!([{ "status": "ENDED" }]));
    let listed = closed["party"]["listItems"]["nodes"].clone();
    assert_eq!(listed, json!([{ "title": "草稿", "status": "DRAFT" }, { "title": "会议室", "status": "CLOSED" }]));
    // Nothing more is done for it, or with it.
    let publish = json!({ "id": Table::ListItem.id(draft.id).0 });
    assert_eq!(refused(&liaison, "publishListItem", publish.clone()).await.0, "FORBIDDEN");
    let anew = json!({ "unitId": id(&unit), "communityId": id(&community) });
    assert_eq!(refused(&liaison, "checkIn", anew.clone()).await.0, "ENDED");
    assert_eq!(refused(&manager, "closeParty", close.clone()).await.0, "ENDED");
    let profile = json!({ "id": id(&unit), "ifVersion": 2, "memberCount": 3 });
    assert_eq!(refused(&manager, "updateUnit", profile).await.0, "ENDED");
    assert_eq!(liaison.read("{ viewer { parties { totalCount } } }").await["viewer"]["parties"]["totalCount"], 0);
    verified(&world).await;
    manager.does("reopenParty", close, "").await;
    liaison.does("publishListItem", publish, "").await;
    liaison.does("checkIn", anew, "").await;
    verified(&world).await;
}

case!(whoever_publishes_while_a_party_is_closed_leaves_nothing_open);
async fn whoever_publishes_while_a_party_is_closed_leaves_nothing_open(world: World) {
    let given = &world.given;
    let manager = world.manager_of(&district(&world).await).await;
    for number in 0..16 {
        let unit = given.unit(&format!("第{number}医院")).await;
        let liaison = world.liaison_of(&unit).await;
        let draft = json!({ "id": Table::ListItem.id(given.resource(&unit).draft().await.id).0 });
        let closing = manager.payload("closeParty", json!({ "id": id(&unit), "reason": "撤销" }), "");
        let (closed, put) = tokio::join!(closing, liaison.payload("publishListItem", draft, ""));
        assert_eq!(closed["userErrors"], json!([]));
        let code = put["userErrors"][0]["code"].as_str().unwrap_or("DONE");
        assert!(["DONE", "CONFLICT", "FORBIDDEN"].contains(&code), "{put}");
    }
    verified(&world).await;
}

case!(what_cannot_be_merged_is_told_and_nothing_changes);
async fn what_cannot_be_merged_is_told_and_nothing_changes(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let (one, other) = (given.unit("第一小学").await, given.unit("实验小学").await);
    let need = given.need(&community).quantity(10).await;
    let first = given.claim(&need, &one).status(ClaimStatus::Delivered).await;
    let second = given.claim(&need, &other).status(ClaimStatus::Delivered).await;
    let manager = world.manager_of(&district(&world).await).await;
    let merge =
        |from: &party::Model, into: &party::Model| json!({ "id": id(from), "intoId": id(into), "reason": "合并" });
    let (code, path, nodes) = refused(&manager, "mergeParty", merge(&one, &other)).await;
    let claims = [&first, &second].map(|claim| json!({ "id": Table::Claim.id(claim.id).0 }));
    assert_eq!((code.as_str(), path, nodes), ("HELD_BY_CLAIMS", json!(["id"]), json!(claims)));
    assert_eq!(refused(&manager, "mergeParty", merge(&one, &one)).await.0, "INVALID");
    assert_eq!(refused(&manager, "mergeParty", merge(&one, &community)).await.0, "SAME_SIDE");
    let elsewhere = given.area(None, AreaLevel::District).code("519999").name("别处").await;
    let far = given.unit("别处小学").within(&elsewhere).await;
    let (code, path, _) = refused(&manager, "mergeParty", merge(&one, &far)).await;
    assert_eq!((code.as_str(), path), ("FORBIDDEN", json!(["intoId"])));
    assert_eq!(world.liaison_of(&one).await.is_refused("mergeParty", merge(&one, &other)).await, "FORBIDDEN");
    let rows = party::Entity::find().filter(party::Column::EndedAt.is_not_null());
    assert_eq!(rows.count(&world.database.reader).await.unwrap(), 0);
    assert_eq!(former_name::Entity::find().count(&world.database.reader).await.unwrap(), 0);
    verified(&world).await;
}

case!(two_claims_on_one_item_become_one_of_as_much);
async fn two_claims_on_one_item_become_one_of_as_much(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let (one, other) = (given.unit("第一小学").await, given.unit("实验小学").await);
    let (lamps, benches) =
        (given.need(&community).title("路灯").quantity(10).await, given.need(&community).title("长椅").await);
    given.claim(&lamps, &one).quantity(4).status(ClaimStatus::InProgress).await;
    given.claim(&lamps, &other).quantity(3).status(ClaimStatus::Accepted).await;
    given.claim(&benches, &one).quantity(2).await;
    given.claim(&benches, &other).status(ClaimStatus::Delivered).await;
    let manager = world.manager_of(&district(&world).await).await;
    manager.does("mergeParty", json!({ "id": id(&one), "intoId": id(&other), "reason": "合并" }), "").await;
    let admin = world.admin().await;
    let told = admin.read(
        "{ claims(orderBy: [{ field: CREATED_AT }]) { nodes { promised { title } status quantity claimant { name } events(last: 1) { nodes { action quantity note onBehalfOf { name } } } } } }",
    );
    let told = told.await["claims"]["nodes"].clone();
    let event = |action: &str, quantity: Value, who: &str| json!({ "nodes": [{ "action": action, "quantity": quantity, "note": "合并", "onBehalfOf": { "name": who } }] });
    let claim = |title: &str, status: &str, quantity: i32, events: Value| json!({ "promised": { "title": title }, "status": status, "quantity": quantity, "claimant": { "name": "实验小学" }, "events": events });
    let delivered = json!({ "nodes": [{ "action": "DELIVER", "quantity": null, "note": null, "onBehalfOf": { "name": "实验小学" } }] });
    assert_eq!(told[0], claim("路灯", "IN_PROGRESS", 7, event("CHANGE_QUANTITY", json!(7), "第一小学")));
    assert_eq!(told[1], claim("路灯", "CANCELLED", 3, event("CANCEL", Value::Null, "实验小学")));
    assert_eq!(told[2], claim("长椅", "WITHDRAWN", 2, event("WITHDRAW", Value::Null, "第一小学")));
    assert_eq!((&told[3]["status"], &told[3]["quantity"]), (&json!("DELIVERED"), &json!(1)), "{delivered}");
    verified(&world).await;
}

case!(a_unit_is_found_by_the_name_that_it_had);
async fn a_unit_is_found_by_the_name_that_it_had(world: World) {
    let unit = world.given.unit("第一小学").await;
    let liaison = world.liaison_of(&unit).await;
    liaison.does("updateUnit", json!({ "id": id(&unit), "ifVersion": 1, "name": "实验小学" }), "").await;
    liaison.does("updateUnit", json!({ "id": id(&unit), "ifVersion": 2, "memberCount": 4 }), "").await;
    let found = world.stranger.read(
        "{ units(filter: { or: [{ name: { contains: \"第一\" } }, { formerNames: { some: { name: { contains: \"第一\" } } } }] }) { nodes { name formerNames { name } } } }",
    );
    assert_eq!(found.await["units"]["nodes"], json!([{ "name": "实验小学", "formerNames": [{ "name": "第一小学" }] }]));
}

case!(two_persons_who_are_one_are_told_and_merged);
async fn two_persons_who_are_one_are_told_and_merged(world: World) {
    let given = &world.given;
    let (community, other) = (given.community("文庙社区").await, given.community("东街社区").await);
    let unit = given.unit("人民医院").await;
    let named = |phone: &'static str| {
        given.member(&unit).with(move |row| (row.name, row.phone) = ("王建国".into(), Some(phone.into())))
    };
    // As they were registered before phones had one spelling.
    let (first, second, third) =
        (named("13812345678").await, named("+86 138-1234-5678").await, named("13900000000").await);
    for person in [&first, &second, &third] {
        given.member_check_in(person, &community).confirmed().await;
    }
    given.member_check_in(&second, &other).await;
    let verdict = verified(&world).await;
    let told = [format!(
        "member {} (文庙社区) has the name and phone of member {}: mergeMember, if they are one person",
        second.id, first.id
    )];
    assert_eq!(verdict.twins.iter().map(ToString::to_string).collect::<Vec<_>>(), told);
    let resident = world.person(&second).await;
    let (clerk, street) = (world.clerk_of(&community).await, world.manager_of(&given.street().await).await);
    let merge = json!({ "id": person(&second), "intoId": person(&first), "reason": "重复登记" });
    assert_eq!(clerk.is_refused("mergeMember", merge.clone()).await, "FORBIDDEN");
    assert_eq!(
        refused(&street, "mergeMember", json!({ "id": person(&first), "intoId": person(&first), "reason": "重复" }))
            .await
            .0,
        "INVALID"
    );
    let stale = json!({ "id": person(&second), "intoId": person(&first), "reason": "重复登记", "ifVersion": 7 });
    assert_eq!(refused(&street, "mergeMember", stale).await.0, "CONFLICT");
    street.does("mergeMember", merge.clone(), "member { id }").await;
    assert!(verified(&world).await.twins.is_empty());
    // The account and the check-in elsewhere are the one's now; who knew the other's id is led on.
    let own =
        resident.read("{ viewer { memberCheckIns { nodes { status community { name } member { id } } } } }").await;
    let mut own: Vec<String> = own["viewer"]["memberCheckIns"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "{} {} {}",
                row["community"]["name"].as_str().unwrap(),
                row["status"].as_str().unwrap(),
                row["member"]["id"] == person(&first)
            )
        })
        .collect();
    own.sort_unstable();
    assert_eq!(own, ["东街社区 PENDING true", "文庙社区 CONFIRMED true", "文庙社区 ENDED true"]);
    let led = clerk
        .read(&format!(
            "{{ node(id: \"{}\") {{ ... on Member {{ contact {{ phone }} successor {{ id }} }} }} }}",
            person(&second)
        ))
        .await;
    assert_eq!(
        (&led["node"]["successor"]["id"], &led["node"]["contact"]["phone"]),
        (&json!(person(&first)), &Value::Null)
    );
    assert_eq!(refused(&street, "mergeMember", merge).await.0, "INVALID");
    // Whoever is erased is erased as both.
    street.does("eraseMember", json!({ "id": person(&second), "reason": "本人要求" }), "").await;
    let kept =
        member::Entity::find().filter(member::Column::Name.eq("王建国")).all(&world.database.reader).await.unwrap();
    assert_eq!(kept.iter().map(|row| row.id).collect::<Vec<_>>(), [third.id]);
    verified(&world).await;
}

/// Claims of the unit on needs of the community, and of the community on what the unit lists: so many of each.
const EACH: u32 = 500;

case!(sixteen_go_on_acting_while_a_unit_and_a_community_are_merged);
async fn sixteen_go_on_acting_while_a_unit_and_a_community_are_merged(world: World) {
    let given = &world.given;
    let (community, neighbour) = (given.community("文庙社区").await, given.community("东街社区").await);
    let (old, new) = (given.unit("第一小学").await, given.unit("实验小学").await);
    for unit in [&old, &new] {
        for community in [&community, &neighbour] {
            given.check_in(unit, community).confirmed().await;
        }
    }
    let category = world.given.shipped_category("environment").await;
    let grid = given.area(&given.area_of(&community).await, AreaLevel::Grid).await;
    let mut claims = Vec::new();
    let (mut items, mut rows, mut events) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..2 * EACH {
        let (owner, claimant) = if number < EACH { (&community, &old) } else { (&old, &community) };
        let item = if number < EACH { given.need(owner) } else { given.resource(owner) };
        let item = item.category(&category).published().quantity(2).with(|row| row.held = 1);
        let claim = given.claim(&item.model(), claimant);
        events.push(
            given
                .event(claim.model().id, ClaimAction::Propose, None, ClaimStatus::Proposed)
                .with(|row| row.on_behalf_of_id = Some(claimant.id)),
        );
        claims.push((Table::Claim.id(claim.model().id).0, Table::ListItem.id(item.model().id).0));
        items.push(item);
        rows.push(claim);
    }
    given.write_all(items, all::<_, list_item::ActiveModel>).await;
    given.write_all(rows, columns_of_claim).await;
    given.write_all(events, all::<_, claim_event::ActiveModel>).await;
    let category = Table::Category.id(category.id).0;
    let claims = Arc::new(claims);
    let (merged, acted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..16_usize {
        let who = match number % 4 {
            0 => world.liaison_of(&old).await,
            1 => world.liaison_of(&new).await,
            2 => world.clerk_of(&community).await,
            _ => world.clerk_of(&neighbour).await,
        };
        let (claims, merged, acted, category) = (claims.clone(), merged.clone(), acted.clone(), category.clone());
        let (unit, place, part) = (id(&old), id(&community), Table::Area.id(grid.id).0);
        clients.spawn(async move {
            for round in 0.. {
                if merged.load(Ordering::Relaxed) {
                    break;
                }
                let (claim, item) = &claims[(number * 61 + round * 17) % claims.len()];
                let (mutation, input) = match round % 5 {
                    0 => ("acceptClaim", json!({ "id": claim })),
                    1 => ("startClaim", json!({ "id": claim })),
                    2 => ("proposeClaim", json!({ "itemId": item })),
                    3 if number % 4 < 2 => ("createResource", json!({ "ownerId": unit, "categoryId": category, "title": "操场", "form": "VENUE", "publish": true })),
                    3 => ("createNeed", json!({ "ownerId": place, "categoryId": category, "title": "路灯", "publish": true, "areaId": part })),
                    _ => ("cancelClaim", json!({ "id": claim, "reason": "另有安排" })),
                };
                let payload = who.payload(mutation, input, "").await;
                let code = payload["userErrors"][0]["code"].as_str().unwrap_or("DONE").to_owned();
                let known = ["DONE", "FORBIDDEN", "CONFLICT", "INVALID_TRANSITION", "ALREADY_CLAIMED", "OWN_ITEM", "SAME_SIDE", "NOT_ENOUGH_REMAINING", "NOT_CHECKED_IN", "WHICH_PARTY", "INVALID"];
                assert!(known.contains(&code.as_str()), "{mutation}: {payload}");
                acted.fetch_add(u32::from(code == "DONE"), Ordering::Relaxed);
            }
        });
    }
    let manager = world.manager_of(&district(&world).await).await;
    for (from, into) in [(&old, &new), (&community, &neighbour)] {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let input = json!({ "id": id(from), "intoId": id(into), "reason": "撤并" });
        manager.does("mergeParty", input, "").await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    merged.store(true, Ordering::Relaxed);
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    assert!(acted.load(Ordering::Relaxed) > 16, "the others did nothing");
    verified(&world).await;
    // Every old id resolves, and every history reads on.
    let admin = world.admin().await;
    for some in claims.chunks(100) {
        let ids: Vec<&str> = some.iter().map(|(claim, _)| claim.as_str()).collect();
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Claim { claimant { name status } owner { name status } events(first: 1) { nodes { action onBehalfOf { name } } } } } }";
        let answer = admin.ask_with(query, json!({ "ids": ids })).await;
        for node in answer.good()["nodes"].as_array().unwrap() {
            let mut sides = [&node["claimant"], &node["owner"]]
                .map(|side| format!("{} {}", side["name"].as_str().unwrap(), side["status"].as_str().unwrap()));
            sides.sort_unstable();
            assert_eq!(sides, ["东街社区 ACTIVE", "实验小学 ACTIVE"]);
            assert_eq!(node["events"]["nodes"][0]["action"], "PROPOSE");
        }
    }
    let kept = claim::Entity::find()
        .filter(claim::Column::ClaimantId.is_in([old.id, community.id]))
        .count(&world.database.reader);
    assert_eq!(kept.await.unwrap(), 0);
    let led = world
        .stranger
        .read(&format!("{{ unit(id: \"{}\") {{ id }} community(id: \"{}\") {{ id }} }}", id(&old), id(&community)))
        .await;
    assert_eq!(led, json!({ "unit": { "id": id(&new) }, "community": { "id": id(&neighbour) } }));
}

case!(roles_are_granted_where_somebody_still_is);
async fn roles_are_granted_where_somebody_still_is(world: World) {
    let given = &world.given;
    let (old, new, gone) = (given.unit("第一小学").await, given.unit("实验小学").await, given.unit("旧医院").await);
    let account = given.account().called("teacher").await;
    let before = given.grant(&account, Role::UnitLiaison).on(&gone).await;
    let manager = world.manager_of(&district(&world).await).await;
    manager.does("mergeParty", json!({ "id": id(&old), "intoId": id(&new), "reason": "合并" }), "").await;
    manager.does("closeParty", json!({ "id": id(&gone), "reason": "撤销" }), "").await;
    let grant = |party: &party::Model| json!({ "accountId": Table::Account.id(account.id).0, "role": "UNIT_LIAISON", "scopeId": id(party) });
    let (code, path, nodes) = refused(&manager, "grantRole", grant(&gone)).await;
    assert_eq!((code.as_str(), path, nodes), ("ENDED", json!(["scopeId"]), json!([{ "id": id(&gone) }])));
    manager.does("grantRole", grant(&old), "").await;
    let teacher = world.token_of(&account).await;
    let parties = teacher.read("{ viewer { parties { nodes { name } } } }").await;
    assert_eq!(parties["viewer"]["parties"]["nodes"], json!([{ "name": "实验小学" }]));
    // What was granted where nobody is any more can be taken back.
    manager.does("revokeRole", json!({ "id": Table::Grant.id(before.id).0 }), "").await;
    verified(&world).await;
}

case!(the_database_itself_hangs_nothing_on_what_has_ended);
async fn the_database_itself_hangs_nothing_on_what_has_ended(world: World) {
    let given = &world.given;
    let (old, new) = (given.unit("第一小学").await, given.unit("实验小学").await);
    let manager = world.manager_of(&district(&world).await).await;
    manager.does("mergeParty", json!({ "id": id(&old), "intoId": id(&new), "reason": "合并" }), "").await;
    let item = given.resource(&old).published().model();
    let written = list_item::Entity::insert(all::<_, list_item::ActiveModel>(item))
        .exec_without_returning(&world.database.writer)
        .await;
    assert!(written.unwrap_err().to_string().contains("the party in list_item.owner_id has ended"));
    let account = given.account().await;
    let grant = given.grant(&account, Role::UnitLiaison).on(&old).model();
    let written = entity::account_grant::Entity::insert(all::<_, entity::account_grant::ActiveModel>(grant))
        .exec_without_returning(&world.database.writer)
        .await;
    assert!(written.unwrap_err().to_string().contains("the party in account_grant.party_id has ended"));
}
