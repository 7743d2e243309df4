//! Races: many people at once, on real connections and real tasks, and the rules of claims hold.

use std::collections::BTreeMap;

use api::kernel::global_id::Table;
use entity::{claim, claim_event, idempotency_key, list_item, party};
use futures_util::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::harness::{Client, World, case};

/// Runs each in a task of its own, so that they meet wherever threads can, and counts what came of them.
async fn at_once(
    tasks: impl IntoIterator<Item = impl Future<Output = String> + Send + 'static>,
) -> BTreeMap<String, usize> {
    let tasks: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut outcomes = BTreeMap::new();
    for outcome in join_all(tasks).await {
        *outcomes.entry(outcome.expect("no panic")).or_default() += 1;
    }
    outcomes
}

/// `DONE`, or the code of the refusal.
async fn outcome(who: Client, mutation: &'static str, input: serde_json::Value) -> String {
    let payload = who.payload(mutation, input, "").await;
    payload["userErrors"][0]["code"].as_str().unwrap_or("DONE").to_owned()
}

case!(sixty_four_units_claim_one_each_of_ten);
async fn sixty_four_units_claim_one_each_of_ten(world: World) {
    let given = &world.given;
    let need = given.need(&given.community("文庙社区").await).quantity(10).open_to_all().await;
    let mut liaisons = Vec::new();
    for number in 0..64 {
        liaisons.push(world.liaison_of(&given.unit(&format!("单位{number}")).await).await);
    }
    let input = json!({ "itemId": Table::ListItem.id(need.id).0, "quantity": 1 });
    let outcomes = at_once(liaisons.into_iter().map(|liaison| outcome(liaison, "proposeClaim", input.clone()))).await;
    assert_eq!(outcomes, BTreeMap::from([("DONE".into(), 10), ("NOT_ENOUGH_REMAINING".into(), 54)]));
    let item = list_item::Entity::find_by_id(need.id).one(&world.database.reader).await.unwrap().unwrap();
    assert_eq!(item.held, 10);
    assert_eq!(claim::Entity::find().count(&world.database.reader).await.unwrap(), 10);
    assert_eq!(claim_event::Entity::find().count(&world.database.reader).await.unwrap(), 10);
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(one_of_sixteen_who_register_the_same_person_does);
async fn one_of_sixteen_who_register_the_same_person_does(world: World) {
    let community = world.given.community("文庙社区").await;
    let clerk = world.clerk_of(&community).await;
    let tasks = (0..16).map(|turn| {
        let phone = if turn % 2 == 0 { "13812345678" } else { "+86 138-1234-5678" };
        let input =
            json!({ "person": { "name": "王建国", "phone": phone }, "communityId": Table::Party.id(community.id).0 });
        outcome(clerk.clone(), "checkInMember", input)
    });
    let outcomes = at_once(tasks).await;
    assert_eq!(outcomes, BTreeMap::from([("DONE".into(), 1), ("DUPLICATE".into(), 15)]));
    assert_eq!(entity::member::Entity::find().count(&world.database.reader).await.unwrap(), 1);
}

case!(one_of_thirty_two_steps_on_one_claim_is_taken);
async fn one_of_thirty_two_steps_on_one_claim_is_taken(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("人民医院").await);
    let claim = given.claim(&given.need(&community).quantity(3).await, &unit).quantity(2).await;
    let (clerk, liaison) = (world.clerk_of(&community).await, world.liaison_of(&unit).await);
    let id = Table::Claim.id(claim.id).0;
    let steps = (0..32).map(|turn| match turn % 3 {
        0 => outcome(clerk.clone(), "acceptClaim", json!({ "id": id })),
        1 => outcome(liaison.clone(), "withdrawClaim", json!({ "id": id })),
        _ => outcome(clerk.clone(), "declineClaim", json!({ "id": id, "reason": "人手不足" })),
    });
    let outcomes = at_once(steps).await;
    assert_eq!(outcomes.get("DONE"), Some(&1), "{outcomes:?}");
    let lost: usize = ["CONFLICT", "INVALID_TRANSITION"].iter().filter_map(|code| outcomes.get(*code)).sum();
    assert_eq!(lost, 31, "{outcomes:?}");
    assert_eq!(claim_event::Entity::find().count(&world.database.reader).await.unwrap(), 2);
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(one_mutation_sent_twenty_times_under_one_key_is_done_once);
async fn one_mutation_sent_twenty_times_under_one_key_is_done_once(world: World) {
    let given = &world.given;
    let need = given.need(&given.community("文庙社区").await).quantity(10).open_to_all().await;
    let liaison = world.liaison_of(&given.unit("人民医院").await).await;
    let input = json!({ "itemId": Table::ListItem.id(need.id).0, "quantity": 2, "idempotencyKey": "k-1" });
    let sent = (0..20).map(|_| {
        let (liaison, input) = (liaison.clone(), input.clone());
        async move { liaison.does("proposeClaim", input, "claim { id } event { id }").await.to_string() }
    });
    let outcomes = at_once(sent).await;
    assert_eq!(outcomes.len(), 1, "the same thing and event for all: {outcomes:?}");
    let item = list_item::Entity::find_by_id(need.id).one(&world.database.reader).await.unwrap().unwrap();
    assert_eq!(item.held, 2);
    assert_eq!(claim_event::Entity::find().count(&world.database.reader).await.unwrap(), 1);
    let other = json!({ "itemId": Table::ListItem.id(need.id).0, "quantity": 3, "idempotencyKey": "k-1" });
    assert_eq!(liaison.is_refused("proposeClaim", other).await, "KEY_REUSED");
}

case!(a_refusal_is_not_remembered);
async fn a_refusal_is_not_remembered(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("人民医院").await);
    let need = given.need(&community).quantity(10).await;
    let liaison = world.liaison_of(&unit).await;
    let input = || json!({ "itemId": Table::ListItem.id(need.id).0, "idempotencyKey": "k-1" });
    assert_eq!(liaison.is_refused("proposeClaim", input()).await, "NOT_CHECKED_IN");
    assert_eq!(idempotency_key::Entity::find().count(&world.database.reader).await.unwrap(), 0);
    given.check_in(&unit, &community).confirmed().await;
    let first = liaison.does("proposeClaim", input(), "claim { id } event { id }").await;
    assert_eq!(liaison.does("proposeClaim", input(), "claim { id } event { id }").await, first);
    // A day later the key stands for nothing, and the claim is live still.
    world.clock.advance(24 * 3_600_000);
    assert_eq!(liaison.is_refused("proposeClaim", input()).await, "ALREADY_CLAIMED");
}

case!(two_servers_tick_at_once_and_do_each_thing_once);
async fn two_servers_tick_at_once_and_do_each_thing_once(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("人民医院").await);
    for status in [claim::ClaimStatus::Proposed, claim::ClaimStatus::Delivered] {
        for _ in 0..5 {
            given.claim(&given.need(&community).quantity(3).await, &unit).status(status).quantity(2).delivered(1).await;
        }
    }
    let before = claim_event::Entity::find().count(&world.database.reader).await.unwrap();
    assert_eq!(api::server::ticks::tick(&world.app).await.unwrap(), 0);
    // Given a day ago: 5 working days to answer, 10 to confirm.
    world.clock.advance(16 * 24 * 3_600_000);
    let (one, other) = (world.app.clone(), world.app.clone());
    let (one, other) = tokio::join!(
        tokio::spawn(async move { api::server::ticks::tick(&one).await.unwrap() }),
        tokio::spawn(async move { api::server::ticks::tick(&other).await.unwrap() })
    );
    assert_eq!(one.unwrap() + other.unwrap(), 10);
    assert_eq!(claim_event::Entity::find().count(&world.database.reader).await.unwrap(), before + 10);
    let claims = claim::Entity::find().all(&world.database.reader).await.unwrap();
    let statuses: Vec<String> = claims.iter().map(|claim| claim.status.word()).collect();
    assert_eq!(statuses, [["EXPIRED"; 5], ["COMPLETED"; 5]].concat());
    for item in list_item::Entity::find().all(&world.database.reader).await.unwrap() {
        assert!(item.held <= 1, "an expired claim holds nothing, a completed one what was delivered: {}", item.held);
    }
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(a_unit_that_many_register_at_once_is_registered_once);
async fn a_unit_that_many_register_at_once_is_registered_once(world: World) {
    let admin = world.admin().await;
    let mut districts = Vec::new();
    for _ in 0..2 {
        districts.push(Table::Area.id(world.given.district().await.id).0);
    }
    let same_name = (0..8).map(|number| {
        let spelling =
            if number % 2 == 0 { "文庙社区卫生服务中心" } else { "文庙社区 卫生服务中心" };
        json!({ "name": spelling, "kind": "HOSPITAL", "areaId": districts[0] })
    });
    let outcomes = at_once(same_name.map(|input| outcome(admin.clone(), "createUnit", input))).await;
    assert_eq!(outcomes, BTreeMap::from([("DONE".into(), 1), ("DUPLICATE".into(), 7)]));
    let same_code = (0..8).map(|number| {
        let (name, area) = (format!("第{number}医院"), &districts[number % 2]);
        json!({ "name": name, "kind": "HOSPITAL", "areaId": area, "creditCode": "91350211M000100Y46" })
    });
    let outcomes = at_once(same_code.map(|input| outcome(admin.clone(), "createUnit", input))).await;
    assert_eq!(outcomes, BTreeMap::from([("DONE".into(), 1), ("DUPLICATE".into(), 7)]));
    assert_eq!(party::Entity::find().count(&world.database.reader).await.unwrap(), 2);
}
