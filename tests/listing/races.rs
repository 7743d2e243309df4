//! Lists under many hands at once: what two do at the same moment breaks nothing, and whoever comes second is told.

use std::collections::BTreeMap;

use api::feature::list_item::expiry::expire_due;
use api::kernel::write::Desk;
use entity::audit_entry::{self, AuditSource};
use futures_util::future::join_all;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{id_of, place, row};
use crate::harness::{Client, World, case};

/// Does all of these at once, each in a task of its own, and counts their ends: `DONE`, or the code of the refusal.
async fn all_at_once(acts: impl IntoIterator<Item = (Client, &'static str, Value)>) -> BTreeMap<String, usize> {
    let tasks = acts.into_iter().map(|(who, mutation, input)| {
        tokio::spawn(async move {
            let payload = who.payload(mutation, input, "").await;
            payload["userErrors"][0]["code"].as_str().unwrap_or("DONE").to_owned()
        })
    });
    let mut ends = BTreeMap::new();
    for end in join_all(tasks.collect::<Vec<_>>()).await {
        *ends.entry(end.expect("a task that ends")).or_default() += 1;
    }
    ends
}

fn done(ends: &BTreeMap<String, usize>) -> usize {
    ends.get("DONE").copied().unwrap_or(0)
}

case!(of_two_changes_of_one_version_one_wins);
async fn of_two_changes_of_one_version_one_wins(world: World) {
    let place = place(&world).await;
    for round in 1..=6 {
        let need = world.given.need(&place.community).await;
        let edits = (0..8).map(|number| {
            let input =
                json!({ "id": id_of(&need), "ifVersion": 1, "title": format!("第{number}个"), "quantity": number + 1 });
            (place.clerk.clone(), "updateNeed", input)
        });
        let ends = all_at_once(edits).await;
        assert_eq!(ends, BTreeMap::from([("CONFLICT".to_owned(), 7), ("DONE".to_owned(), 1)]), "round {round}");
        let after = row(&world, &need).await;
        assert_eq!(after.version, 2);
        // Nothing of two is mixed.
        assert_eq!(after.title, format!("第{}个", after.quantity.unwrap() - 1));
    }
    let entries = audit_entry::Entity::find().all(&world.database.reader).await.unwrap();
    assert_eq!(entries.len(), 6);
}

case!(claims_and_a_lower_quantity_never_meet_below_zero);
async fn claims_and_a_lower_quantity_never_meet_below_zero(world: World) {
    let place = place(&world).await;
    let mut liaisons = Vec::new();
    for number in 0..8 {
        let unit = world.given.unit(&format!("单位{number}")).await;
        liaisons.push(world.liaison_of(&unit).await);
    }
    let mut ends = BTreeMap::<String, usize>::new();
    for round in 0..6 {
        let need = world.given.need(&place.community).quantity(10).open_to_all().await;
        let claims =
            liaisons.iter().map(|who| (who.clone(), "proposeClaim", json!({ "itemId": id_of(&need), "quantity": 1 })));
        // The clerk does not know which version claims have brought it to, and tries them all.
        let edits = (1..=6).map(|version| {
            (place.clerk.clone(), "updateNeed", json!({ "id": id_of(&need), "ifVersion": version, "quantity": 3 }))
        });
        let mut acts: Vec<_> = claims.chain(edits).collect();
        acts.rotate_left(round * 3 % 14);
        for (end, number) in all_at_once(acts).await {
            assert!(
                ["DONE", "CONFLICT", "HELD_BY_CLAIMS", "NOT_ENOUGH_REMAINING", "INVALID_TRANSITION"]
                    .contains(&end.as_str()),
                "{end}"
            );
            *ends.entry(end).or_default() += number;
        }
        let after = row(&world, &need).await;
        assert!(after.held <= i64::from(after.quantity.unwrap()), "{after:?}");
        assert!(after.held == 8 || after.quantity == Some(3), "either all claimed, or it was lowered: {after:?}");
    }
    assert!(ends.contains_key("CONFLICT"), "nobody met: {ends:?}");
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(an_item_is_either_claimed_or_withdrawn);
async fn an_item_is_either_claimed_or_withdrawn(world: World) {
    let place = place(&world).await;
    let mut liaisons = vec![place.liaison.clone()];
    for number in 0..3 {
        let unit = world.given.unit(&format!("单位{number}")).await;
        liaisons.push(world.liaison_of(&unit).await);
    }
    let mut withdrawn = 0;
    // On a machine that is busy the clerk may be long in coming first.
    for round in 0..400 {
        if round >= 24 && withdrawn > 0 {
            break;
        }
        let need = world.given.need(&place.community).quantity(10).open_to_all().await;
        let id = id_of(&need);
        let claims = liaisons.iter().map(|who| (who.clone(), "proposeClaim", json!({ "itemId": id })));
        let mut acts: Vec<_> = claims.chain([(place.clerk.clone(), "withdrawListItem", json!({ "id": id }))]).collect();
        acts.rotate_left(round % 5);
        let ends = all_at_once(acts).await;
        let after = row(&world, &need).await;
        if after.status.word() == "WITHDRAWN" {
            withdrawn += 1;
            assert_eq!((after.held, done(&ends)), (0, 1), "{ends:?}");
            assert!(ends.keys().all(|end| ["DONE", "NOT_CLAIMABLE", "NOT_FOUND"].contains(&end.as_str())), "{ends:?}");
        } else {
            assert_eq!((after.held, done(&ends)), (4, 4), "{ends:?}");
            assert!(ends.keys().all(|end| ["DONE", "HELD_BY_CLAIMS", "CONFLICT"].contains(&end.as_str())), "{ends:?}");
        }
    }
    assert!(withdrawn > 0, "the clerk never came first");
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(several_clocks_let_each_item_expire_once);
async fn several_clocks_let_each_item_expire_once(world: World) {
    let place = place(&world).await;
    for _ in 0..130 {
        world.given.need(&place.community).claim_by(world.now).await;
    }
    world.clock.advance(1);
    let clocks = (0..4).map(|_| {
        let desk = Desk::of_server(world.database.writer.clone(), world.clock.clone(), AuditSource::Clock);
        tokio::spawn(async move {
            let mut expired = 0;
            // As ticks do: until there is nothing left.
            for _ in 0..20 {
                expired += expire_due(&desk, 1_000).await.expect("a clock that is served");
            }
            expired
        })
    });
    let expired: u64 = join_all(clocks.collect::<Vec<_>>()).await.into_iter().map(|number| number.unwrap()).sum();
    assert_eq!(expired, 130);
    assert_eq!(audit_entry::Entity::find().all(&world.database.reader).await.unwrap().len(), 130);
    assert_eq!(world.stranger.list("needs", "status", "{ status: { notIn: [EXPIRED] } }").await, [""; 0]);
}
