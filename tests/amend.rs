//! Claims amended: how many, what was delivered, what was said; who may not act for both sides; and whose check-in a person's is.

use api::kernel::global_id::Table;
use entity::account_grant::Role;
use entity::claim::ClaimStatus;
use entity::list_item::{self, ResourceForm};
use entity::{claim, claim_event, rating};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::claiming::{Street, street};
use crate::harness::{Client, World, case};

const DAY: i64 = 86_400_000;

async fn held(world: &World, item: &list_item::Model) -> i64 {
    list_item::Entity::find_by_id(item.id).one(&world.database.reader).await.unwrap().unwrap().held
}

async fn verified(world: &World) {
    let verdict = api::command::verify::verify(&world.database, |_| ()).await.unwrap();
    assert!(verdict.holds(), "{verdict:#?}");
}

/// What stands in the way: code, path and words.
async fn refused(who: &Client, mutation: &str, input: Value) -> (String, Value, String) {
    let error = who.payload(mutation, input, "").await["userErrors"][0].clone();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (word(&error["code"]), error["path"].clone(), word(&error["message"]))
}

/// A claim of four of the street's ten, done and confirmed.
async fn done(street: &Street) -> String {
    let claim = street.propose(4).await;
    street.clerk.does("acceptClaim", json!({ "id": claim }), "").await;
    street.liaison.does("startClaim", json!({ "id": claim }), "").await;
    street.liaison.does("deliverClaim", json!({ "id": claim, "deliveredQuantity": 4, "peopleServed": 40 }), "").await;
    street.clerk.does("confirmClaim", json!({ "id": claim }), "").await;
    claim
}

case!(a_liaison_claims_more_or_fewer_before_it_is_delivered);
async fn a_liaison_claims_more_or_fewer_before_it_is_delivered(world: World) {
    let street = street(&world).await;
    let claim = street.propose(4).await;
    let other = world.given.claim(&street.need, &world.given.unit("第二医院").await).quantity(3).await;
    let change = |quantity: i32| json!({ "id": claim, "quantity": quantity });
    let selection = "claim { quantity status version } event { action quantity note }";
    let payload = street
        .liaison
        .does("changeClaimQuantity", json!({ "id": claim, "quantity": 7, "note": "再加三盏" }), selection)
        .await;
    assert_eq!(payload["claim"], json!({ "quantity": 7, "status": "PROPOSED", "version": 2 }));
    assert_eq!(payload["event"], json!({ "action": "CHANGE_QUANTITY", "quantity": 7, "note": "再加三盏" }));
    assert_eq!(held(&world, &street.need).await, 10);
    let (code, path, message) = refused(&street.liaison, "changeClaimQuantity", change(8)).await;
    assert_eq!(
        (code.as_str(), path, message.as_str()),
        ("NOT_ENOUGH_REMAINING", json!(["quantity"]), "only 0 left: 7 at most")
    );
    assert_eq!(refused(&street.liaison, "changeClaimQuantity", change(0)).await.0, "INVALID");
    let stale = json!({ "id": claim, "quantity": 1, "ifVersion": 1 });
    assert_eq!(refused(&street.liaison, "changeClaimQuantity", stale).await.0, "CONFLICT");
    assert_eq!(street.clerk.is_refused("changeClaimQuantity", change(1)).await, "FORBIDDEN");
    assert_eq!(held(&world, &street.need).await, 10);
    street.clerk.does("acceptClaim", json!({ "id": claim }), "").await;
    // Fewer are claimed of what is closed, but not more.
    street.clerk.does("closeListItem", json!({ "id": street.item() }), "").await;
    let fewer = street.liaison.does("changeClaimQuantity", change(2), selection).await;
    assert_eq!((&fewer["claim"]["quantity"], &fewer["claim"]["status"]), (&json!(2), &json!("ACCEPTED")));
    assert_eq!(refused(&street.liaison, "changeClaimQuantity", change(3)).await.0, "NOT_CLAIMABLE");
    assert_eq!(held(&world, &street.need).await, 5);
    street.liaison.does("startClaim", json!({ "id": claim }), "").await;
    street.liaison.does("deliverClaim", json!({ "id": claim, "deliveredQuantity": 2 }), "").await;
    assert_eq!(refused(&street.liaison, "changeClaimQuantity", change(1)).await.0, "INVALID_TRANSITION");
    assert_eq!(other.status, ClaimStatus::Proposed);
    verified(&world).await;
}

case!(those_who_change_how_many_at_once_never_hold_more_than_there_is);
async fn those_who_change_how_many_at_once_never_hold_more_than_there_is(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let need = given.need(&community).quantity(20).await;
    let mut claims = Vec::new();
    for number in 0..8 {
        let unit = given.unit(&format!("第{number}医院")).await;
        let claim = given.claim(&need, &unit).quantity(1).await;
        claims.push((world.liaison_of(&unit).await, Table::Claim.id(claim.id).0));
    }
    let mut changes = tokio::task::JoinSet::new();
    for (liaison, id) in claims {
        let input = json!({ "id": id, "quantity": 5 });
        changes.spawn(async move { liaison.payload("changeClaimQuantity", input, "").await });
    }
    let mut changed = 0;
    while let Some(payload) = changes.join_next().await {
        let code = payload.unwrap()["userErrors"][0]["code"].clone();
        assert!(code.is_null() || ["NOT_ENOUGH_REMAINING", "CONFLICT"].iter().any(|known| code == *known), "{code}");
        changed += i64::from(code.is_null());
    }
    // Eight hold one each; three of them can have four more.
    assert!((1..=3).contains(&changed), "{changed}");
    assert_eq!(held(&world, &need).await, 8 + 4 * changed);
    verified(&world).await;
}

case!(a_confirmed_delivery_is_corrected_while_it_is_fresh);
async fn a_confirmed_delivery_is_corrected_while_it_is_fresh(world: World) {
    let street = street(&world).await;
    let claim = done(&street).await;
    assert_eq!(held(&world, &street.need).await, 4);
    let correct = |quantity: i32, reason: &str| json!({ "id": claim, "deliveredQuantity": quantity, "peopleServed": 9, "reason": reason });
    assert_eq!(street.liaison.is_refused("correctDelivery", correct(3, "少了一盏")).await, "FORBIDDEN");
    let (code, path, _) = refused(&street.clerk, "correctDelivery", correct(5, "多了一盏")).await;
    assert_eq!((code.as_str(), path), ("INVALID", json!(["deliveredQuantity"])));
    assert_eq!(refused(&street.clerk, "correctDelivery", correct(3, "  ")).await.0, "REASON_REQUIRED");
    let selection = "claim { status deliveredQuantity peopleServed } event { action note quantity peopleServed }";
    let corrected = street.clerk.does("correctDelivery", correct(3, "有一盏不亮"), selection).await;
    assert_eq!(corrected["claim"], json!({ "status": "COMPLETED", "deliveredQuantity": 3, "peopleServed": 9 }));
    assert_eq!(
        corrected["event"],
        json!({ "action": "CORRECT", "note": "有一盏不亮", "quantity": 3, "peopleServed": 9 })
    );
    assert_eq!(held(&world, &street.need).await, 3);
    let history = street.clerk.ask_with("query($id: ID!) { node(id: $id) { ... on Claim { events(filter: { action: { in: [DELIVER, CORRECT] } }) { nodes { action quantity } } } } }", json!({ "id": claim })).await;
    assert_eq!(
        history.good()["node"]["events"]["nodes"],
        json!([{ "action": "DELIVER", "quantity": 4 }, { "action": "CORRECT", "quantity": 3 }])
    );
    // Ten working days on, and a weekend or two, it stays what it is.
    world.clock.advance(20 * DAY);
    let before = claim::Entity::find().all(&world.database.reader).await.unwrap();
    assert_eq!(refused(&street.clerk, "correctDelivery", correct(2, "晚了")).await.0, "INVALID_TRANSITION");
    assert_eq!(claim::Entity::find().all(&world.database.reader).await.unwrap(), before);
    verified(&world).await;
}

case!(a_rating_at_the_same_moment_puts_back_nothing_that_was_corrected);
async fn a_rating_at_the_same_moment_puts_back_nothing_that_was_corrected(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("人民医院").await);
    let (clerk, liaison) = (world.clerk_of(&community).await, world.liaison_of(&unit).await);
    let mut corrected = 0;
    for _ in 0..16 {
        let need = given.need(&community).quantity(10).await;
        let row = given.claim(&need, &unit).quantity(4).status(ClaimStatus::Completed).await;
        let id = Table::Claim.id(row.id).0;
        let correction = json!({ "id": id, "deliveredQuantity": 3, "reason": "少了一盏" });
        let (correction, rating) = tokio::join!(
            clerk.payload("correctDelivery", correction, ""),
            liaison.payload("rateClaim", json!({ "id": id, "stars": 5 }), "")
        );
        assert_eq!(rating["userErrors"], json!([]));
        let is_done = correction["userErrors"] == json!([]);
        corrected += i32::from(is_done);
        let delivered = if is_done { 3 } else { 4 };
        let after = claim::Entity::find_by_id(row.id).one(&world.database.reader).await.unwrap().unwrap();
        assert_eq!((after.delivered_quantity, held(&world, &need).await), (Some(delivered), i64::from(delivered)));
    }
    assert!(corrected > 0, "the correction never came through");
    verified(&world).await;
}

case!(what_was_lent_and_came_back_holds_nothing_however_it_is_corrected);
async fn what_was_lent_and_came_back_holds_nothing_however_it_is_corrected(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("人民医院").await);
    for (form, after) in [(ResourceForm::Venue, 0), (ResourceForm::Fund, 1)] {
        let hall = given.resource(&unit).form(form).quantity(5).await;
        let claim = given.claim(&hall, &community).quantity(3).status(ClaimStatus::Completed).await;
        let input = json!({ "id": Table::Claim.id(claim.id).0, "deliveredQuantity": 1, "reason": "只用了一间" });
        world.clerk_of(&community).await.does("correctDelivery", input, "").await;
        assert_eq!(held(&world, &hall).await, after, "{form:?}");
    }
    verified(&world).await;
}

case!(a_rating_is_taken_back_and_given_anew);
async fn a_rating_is_taken_back_and_given_anew(world: World) {
    let street = street(&world).await;
    let claim = done(&street).await;
    let id = || json!({ "id": claim });
    assert_eq!(refused(&street.clerk, "withdrawRating", id()).await.2, "this side has not rated");
    street.clerk.does("rateClaim", json!({ "id": claim, "stars": 1, "comment": "按错了" }), "").await;
    let actions = |who: Client| {
        let id = claim.clone();
        async move {
            let query = "query($id: ID!) { node(id: $id) { ... on Claim { availableActions } } }";
            who.ask_with(query, json!({ "id": id })).await.good()["node"]["availableActions"].clone()
        }
    };
    assert_eq!(actions(street.clerk.clone()).await, json!(["CORRECT", "WITHDRAW_RATING"]));
    assert_eq!(actions(street.liaison.clone()).await, json!(["RATE"]));
    let taken = street
        .clerk
        .does(
            "withdrawRating",
            json!({ "id": claim, "note": "评错了" }),
            "claim { ratings { stars } } event { action note }",
        )
        .await;
    assert_eq!(taken["claim"]["ratings"], json!([]));
    assert_eq!(taken["event"], json!({ "action": "WITHDRAW_RATING", "note": "评错了" }));
    let rated = async |stars: Value| {
        let query = "query($stars: IntOp!) { claims(filter: { receiverStars: $stars }) { totalCount } }";
        world.stranger.ask_with(query, json!({ "stars": stars })).await.good()["claims"]["totalCount"].clone()
    };
    assert_eq!((rated(json!({ "isNull": true })).await, rated(json!({ "eq": 5 })).await), (json!(1), json!(0)));
    let again = street.clerk.does("rateClaim", json!({ "id": claim, "stars": 5 }), "claim { ratings { stars } }").await;
    assert_eq!(again["claim"]["ratings"], json!([{ "stars": 5 }]));
    assert_eq!((rated(json!({ "isNull": true })).await, rated(json!({ "eq": 5 })).await), (json!(0), json!(1)));
    street.liaison.does("rateClaim", json!({ "id": claim, "stars": 2 }), "").await;
    assert_eq!(rated(json!({ "eq": 5 })).await, json!(1), "it is the receiver's rating that counts");
    verified(&world).await;
    world.clock.advance(20 * DAY);
    assert_eq!(refused(&street.clerk, "withdrawRating", id()).await.0, "INVALID_TRANSITION");
    assert_eq!(rating::Entity::find().count(&world.database.reader).await.unwrap(), 2);
}

case!(who_acts_for_both_sides_is_marked_and_rates_for_one);
async fn who_acts_for_both_sides_is_marked_and_rates_for_one(world: World) {
    let street = street(&world).await;
    let given = &world.given;
    let account = given.account().await;
    given.grant(&account, Role::CommunityStaff).on(&street.community).await;
    given.grant(&account, Role::UnitLiaison).on(&street.unit).await;
    let both = world.token_of(&account).await;
    let (owner, claimant) = (Table::Party.id(street.community.id).0, Table::Party.id(street.unit.id).0);
    let mark = async || {
        let seen = world
            .stranger
            .read("{ claims { nodes { actedForBoth } } marked: claims(filter: { actedForBoth: true }) { totalCount } }")
            .await;
        (seen["claims"]["nodes"][0]["actedForBoth"].clone(), seen["marked"]["totalCount"].clone())
    };
    let claim = street.propose(2).await;
    both.does("acceptClaim", json!({ "id": claim, "asPartyId": owner }), "").await;
    assert_eq!(mark().await, (json!(false), json!(0)));
    both.does("startClaim", json!({ "id": claim, "asPartyId": claimant }), "").await;
    assert_eq!(mark().await, (json!(true), json!(1)));
    street.liaison.does("deliverClaim", json!({ "id": claim, "deliveredQuantity": 2 }), "").await;
    street.clerk.does("confirmClaim", json!({ "id": claim }), "").await;
    assert_eq!(mark().await, (json!(true), json!(1)), "the mark stays");
    both.does("rateClaim", json!({ "id": claim, "stars": 5, "asPartyId": owner }), "").await;
    let other = json!({ "id": claim, "stars": 5, "asPartyId": claimant });
    let before = claim_event::Entity::find().count(&world.database.reader).await.unwrap();
    assert_eq!(both.is_refused("rateClaim", other.clone()).await, "FORBIDDEN");
    let query = "query($id: ID!, $party: ID) { node(id: $id) { ... on Claim { whyNot(action: RATE, asPartyId: $party) { code } } } }";
    let told = both.ask_with(query, json!({ "id": claim, "party": claimant })).await;
    assert_eq!(told.good()["node"]["whyNot"], json!({ "code": "FORBIDDEN" }));
    assert_eq!(claim_event::Entity::find().count(&world.database.reader).await.unwrap(), before);
    street.liaison.does("rateClaim", json!({ "id": claim, "stars": 4 }), "").await;
    verified(&world).await;
}

case!(who_ended_their_check_in_renews_it_themselves_and_is_not_unmasked_before);
async fn who_ended_their_check_in_renews_it_themselves_and_is_not_unmasked_before(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let person = given.member(&given.unit("人民医院").await).await;
    let (clerk, oneself) = (world.clerk_of(&community).await, world.person(&person).await);
    let input = json!({ "memberId": Table::Member.id(person.id).0, "communityId": Table::Party.id(community.id).0 });
    let asked =
        oneself.does("checkInMember", input.clone(), "memberCheckIn { id }").await["memberCheckIn"]["id"].clone();
    let masked = async |id: &Value| {
        let query = "query($id: ID!) { node(id: $id) { ... on MemberCheckIn { member { contact(unmask: true) { masked } } } } }";
        clerk.ask_with(query, json!({ "id": id })).await.good()["node"]["member"]["contact"]["masked"].clone()
    };
    // Who asks for it themselves shows whom to call back.
    assert_eq!(masked(&asked).await, Value::Null);
    clerk.does("confirmMemberCheckIn", json!({ "id": asked }), "").await;
    oneself.does("endMemberCheckIn", json!({ "id": asked }), "").await;
    assert_eq!(masked(&asked).await, "OUT_OF_REACH");
    let refused = clerk.in_chinese().payload("checkInMember", input.clone(), "").await["userErrors"][0].clone();
    assert_eq!(
        (&refused["code"], &refused["message"]),
        (&json!("FORBIDDEN"), &json!("本人已结束报到，须由本人重新报到"))
    );
    let renewed =
        oneself.does("checkInMember", input.clone(), "memberCheckIn { id }").await["memberCheckIn"]["id"].clone();
    clerk.does("confirmMemberCheckIn", json!({ "id": renewed }), "").await;
    clerk.does("endMemberCheckIn", json!({ "id": renewed }), "").await;
    // What staff ended, staff may begin; but until it is confirmed it shows them nothing.
    let by_staff = clerk.does("checkInMember", input, "memberCheckIn { id }").await["memberCheckIn"]["id"].clone();
    assert_eq!(masked(&by_staff).await, "OUT_OF_REACH");
}
