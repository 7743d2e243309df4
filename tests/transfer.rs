//! A claim changes hands: offered by whoever claimed, taken over by another, or not.

use api::kernel::global_id::Table;
use entity::claim;
use entity::claim_event;
use entity::list_item::Visibility;
use entity::party;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::claiming::{Street, street};
use crate::harness::{Client, World, case};

fn id(party: &party::Model) -> String {
    Table::Party.id(party.id).0
}

async fn verified(world: &World) {
    let verdict = api::command::verify::verify(&world.database, |_| ()).await.unwrap();
    assert!(verdict.holds(), "{verdict:#?}");
}

/// What stands in the way: code and path.
async fn refused(who: &Client, mutation: &str, input: Value) -> (String, Value) {
    let error = who.payload(mutation, input, "").await["userErrors"][0].clone();
    (error["code"].as_str().unwrap_or_default().to_owned(), error["path"].clone())
}

/// A claim of four that is under way, another unit that is checked in, and who acts for it.
async fn offered(world: &World) -> (Street, String, party::Model, Client) {
    let street = street(world).await;
    let claim = street.propose(4).await;
    street.clerk.does("acceptClaim", json!({ "id": claim }), "").await;
    street.liaison.does("startClaim", json!({ "id": claim }), "").await;
    let other = world.given.unit("第二医院").await;
    world.given.check_in(&other, &street.community).confirmed().await;
    let liaison = world.liaison_of(&other).await;
    (street, claim, other, liaison)
}

case!(a_claim_is_offered_and_taken_over);
async fn a_claim_is_offered_and_taken_over(world: World) {
    let (street, claim, other, successor) = offered(&world).await;
    // That the item takes no more claims is no obstacle.
    street.clerk.does("closeListItem", json!({ "id": street.item() }), "").await;
    let actions = format!("{{ claim(id: \"{claim}\") {{ availableActions }} }}");
    let may = |answer: &Value| answer["claim"]["availableActions"].clone();
    assert_eq!(may(&street.liaison.read(&actions).await), json!(["DELIVER", "CANCEL", "CHANGE_QUANTITY", "TRANSFER"]));
    assert_eq!(may(&successor.read(&actions).await), json!([]));
    let offer = json!({ "id": claim, "toPartyId": id(&other), "note": "我院搬迁" });
    let selection = "claim { status claimant { name } transferTo { name } } event { action note onBehalfOf { name } }";
    let made = street.liaison.does("transferClaim", offer, selection).await;
    assert_eq!(
        made["claim"],
        json!({ "status": "IN_PROGRESS", "claimant": { "name": "人民医院" }, "transferTo": { "name": "第二医院" } })
    );
    assert_eq!(
        made["event"],
        json!({ "action": "TRANSFER", "note": "我院搬迁", "onBehalfOf": { "name": "人民医院" } })
    );
    assert_eq!(may(&successor.read(&actions).await), json!(["TAKE_OVER", "REFUSE_TRANSFER"]));
    let mine = successor.read("{ claims(filter: { transferTo: { mine: true } }) { totalCount } }").await;
    assert_eq!(mine["claims"]["totalCount"], 1);
    assert_eq!(street.clerk.is_refused("answerTransfer", json!({ "id": claim, "accept": true })).await, "FORBIDDEN");
    assert_eq!(street.liaison.is_refused("answerTransfer", json!({ "id": claim, "accept": true })).await, "FORBIDDEN");
    // The work goes on meanwhile: what waits to be confirmed changes hands no more.
    let taken = successor.does("answerTransfer", json!({ "id": claim, "accept": true }), selection).await;
    assert_eq!(
        taken["claim"],
        json!({ "status": "IN_PROGRESS", "claimant": { "name": "第二医院" }, "transferTo": null })
    );
    assert_eq!(taken["event"]["onBehalfOf"]["name"], "第二医院");
    assert_eq!(
        street.liaison.is_refused("deliverClaim", json!({ "id": claim, "deliveredQuantity": 4 })).await,
        "FORBIDDEN"
    );
    successor.does("deliverClaim", json!({ "id": claim, "deliveredQuantity": 4 }), "").await;
    street.clerk.does("confirmClaim", json!({ "id": claim }), "").await;
    successor.does("rateClaim", json!({ "id": claim, "stars": 5 }), "").await;
    verified(&world).await;
}

case!(an_offer_is_refused_taken_back_and_replaced);
async fn an_offer_is_refused_taken_back_and_replaced(world: World) {
    let (street, claim, other, successor) = offered(&world).await;
    let third = world.given.unit("第三医院").await;
    world.given.check_in(&third, &street.community).confirmed().await;
    let third_liaison = world.liaison_of(&third).await;
    let offer = |to: &party::Model| json!({ "id": claim, "toPartyId": id(to) });
    let answer = |accept: bool| json!({ "id": claim, "accept": accept, "note": "人手不足" });
    assert_eq!(street.liaison.is_refused("answerTransfer", answer(false)).await, "INVALID_TRANSITION");
    street.liaison.does("transferClaim", offer(&other), "").await;
    let kept = successor
        .does("answerTransfer", answer(false), "claim { claimant { name } transferTo { name } } event { action }")
        .await;
    assert_eq!(kept["claim"], json!({ "claimant": { "name": "人民医院" }, "transferTo": null }));
    assert_eq!(kept["event"]["action"], "REFUSE_TRANSFER");
    // Taken back by whoever made it; and a second one in the place of the first.
    street.liaison.does("transferClaim", offer(&other), "").await;
    street.liaison.does("answerTransfer", answer(false), "").await;
    street.liaison.does("transferClaim", offer(&other), "").await;
    street.liaison.does("transferClaim", offer(&third), "").await;
    assert_eq!(successor.is_refused("answerTransfer", answer(true)).await, "FORBIDDEN");
    // What is over is offered to nobody.
    street.clerk.does("cancelClaim", json!({ "id": claim, "reason": "不需要了" }), "").await;
    let told = world.stranger.read(&format!("{{ claim(id: \"{claim}\") {{ status transferTo {{ name }} }} }}")).await;
    assert_eq!(told["claim"], json!({ "status": "CANCELLED", "transferTo": null }));
    assert_eq!(third_liaison.is_refused("answerTransfer", answer(true)).await, "FORBIDDEN");
    verified(&world).await;
}

case!(a_claim_is_offered_to_nobody_who_could_not_claim);
async fn a_claim_is_offered_to_nobody_who_could_not_claim(world: World) {
    let given = &world.given;
    let (street, claim, other, successor) = offered(&world).await;
    let before = claim_event::Entity::find().count(&world.database.reader).await.unwrap();
    let offer = |to: &party::Model| json!({ "id": claim, "toPartyId": id(to) });
    let at = |code: &str| (code.to_owned(), json!(["toPartyId"]));
    assert_eq!(refused(&street.liaison, "transferClaim", offer(&street.unit)).await, at("INVALID"));
    assert_eq!(refused(&street.liaison, "transferClaim", offer(&street.community)).await, at("SAME_SIDE"));
    assert_eq!(
        refused(&street.liaison, "transferClaim", offer(&given.unit("远方医院").await)).await,
        at("NOT_CHECKED_IN")
    );
    let closed =
        |row: &mut party::Model| (row.status, row.ended_at) = (party::PartyStatus::Closed, Some(row.updated_at));
    let gone = given.unit("旧医院").with(closed).await;
    assert_eq!(refused(&street.liaison, "transferClaim", offer(&gone)).await, at("ENDED"));
    assert_eq!(street.clerk.is_refused("transferClaim", offer(&other)).await, "FORBIDDEN");
    let stale = json!({ "id": claim, "toPartyId": id(&other), "ifVersion": 1 });
    assert_eq!(refused(&street.liaison, "transferClaim", stale).await.0, "CONFLICT");
    let own = given.claim(&street.need, &other).await;
    assert_eq!(refused(&street.liaison, "transferClaim", offer(&other)).await, at("ALREADY_CLAIMED"));
    assert_eq!(claim_event::Entity::find().count(&world.database.reader).await.unwrap(), before + 1);
    // It claims itself between the offer and its answer.
    successor.does("withdrawClaim", json!({ "id": Table::Claim.id(own.id).0 }), "").await;
    street.liaison.does("transferClaim", offer(&other), "").await;
    successor.does("proposeClaim", json!({ "itemId": street.item() }), "").await;
    assert_eq!(successor.is_refused("answerTransfer", json!({ "id": claim, "accept": true })).await, "ALREADY_CLAIMED");
    let row = claim::Entity::find_by_id(Table::Claim.key(&claim.clone().into()).unwrap())
        .one(&world.database.reader)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.claimant_id, row.transfer_to_id), (street.unit.id, Some(other.id)));
    street.liaison.does("deliverClaim", json!({ "id": claim, "deliveredQuantity": 4 }), "").await;
    assert_eq!(refused(&street.liaison, "transferClaim", offer(&other)).await.0, "INVALID_TRANSITION");
    verified(&world).await;
}

case!(whoever_takes_over_at_the_moment_it_is_taken_back_either_has_it_or_not);
async fn whoever_takes_over_at_the_moment_it_is_taken_back_either_has_it_or_not(world: World) {
    let (street, claim, other, successor) = offered(&world).await;
    for _ in 0..4 {
        street.liaison.payload("transferClaim", json!({ "id": claim, "toPartyId": id(&other) }), "").await;
        let answer = |accept: bool| json!({ "id": claim, "accept": accept });
        let (taken, back) = tokio::join!(
            successor.payload("answerTransfer", answer(true), ""),
            street.liaison.payload("answerTransfer", answer(false), "")
        );
        let done = [&taken, &back].iter().filter(|payload| payload["userErrors"] == json!([])).count();
        assert_eq!(done, 1, "{taken} {back}");
        if taken["userErrors"] == json!([]) {
            break;
        }
    }
    verified(&world).await;
}

case!(an_offer_follows_whoever_it_was_made_to);
async fn an_offer_follows_whoever_it_was_made_to(world: World) {
    let (street, claim, other, _) = offered(&world).await;
    let heir = world.given.unit("医疗集团").await;
    let manager = world.manager_of(&world.given.district().await).await;
    street.liaison.does("transferClaim", json!({ "id": claim, "toPartyId": id(&other) }), "").await;
    manager.does("mergeParty", json!({ "id": id(&other), "intoId": id(&heir), "reason": "合并" }), "").await;
    let liaison = world.liaison_of(&heir).await;
    let told = liaison.read(&format!("{{ claim(id: \"{claim}\") {{ transferTo {{ name }} }} }}")).await;
    assert_eq!(told["claim"]["transferTo"]["name"], "医疗集团");
    // The one that offered it is merged into the one that it offered it to.
    manager.does("mergeParty", json!({ "id": id(&street.unit), "intoId": id(&heir), "reason": "合并" }), "").await;
    let told =
        liaison.read(&format!("{{ claim(id: \"{claim}\") {{ claimant {{ name }} transferTo {{ name }} }} }}")).await;
    assert_eq!(told["claim"], json!({ "claimant": { "name": "医疗集团" }, "transferTo": null }));
    verified(&world).await;
}

case!(what_is_for_those_who_are_checked_in_is_offered_to_them_alone);
async fn what_is_for_those_who_are_checked_in_is_offered_to_them_alone(world: World) {
    let given = &world.given;
    let street = street(&world).await;
    let need = given.need(&street.community).open_to_all().visible_to(Visibility::CheckedIn).await;
    let claim = given.claim(&need, &street.unit).await;
    let offer = json!({ "id": Table::Claim.id(claim.id).0, "toPartyId": id(&given.unit("远方医院").await) });
    assert_eq!(street.liaison.is_refused("transferClaim", offer).await, "NOT_CHECKED_IN");
}
