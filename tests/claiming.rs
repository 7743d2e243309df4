//! Claims as people make them: a liaison claims a need, the clerk answers, the work is done, confirmed and rated.

use api::kernel::global_id::Table;
use entity::{claim_event, list_item, party};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::harness::{Client, World, case};

/// A community with a need of ten, a unit checked in to it, and somebody to act for each.
pub struct Street {
    pub community: party::Model,
    pub unit: party::Model,
    pub need: list_item::Model,
    pub clerk: Client,
    pub liaison: Client,
}

pub async fn street(world: &World) -> Street {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let unit = given.unit("人民医院").await;
    given.check_in(&unit, &community).confirmed().await;
    let need = given.need(&community).title("路灯").quantity(10).measure("盏").await;
    let (clerk, liaison) = (world.clerk_of(&community).await, world.liaison_of(&unit).await);
    Street { community, unit, need, clerk, liaison }
}

impl Street {
    pub fn item(&self) -> String {
        Table::ListItem.id(self.need.id).0
    }

    pub async fn propose(&self, quantity: i32) -> String {
        let input = json!({ "itemId": self.item(), "quantity": quantity, "note": "周六上午" });
        let payload = self.liaison.does("proposeClaim", input, "claim { id }").await;
        payload["claim"]["id"].as_str().expect("an id").to_owned()
    }
}

async fn events(world: &World) -> Vec<(String, String)> {
    let events = claim_event::Entity::find().order_by_asc(claim_event::Column::Id).all(&world.database.reader).await;
    events.unwrap().into_iter().map(|event| (event.action.word(), event.to_status.word())).collect()
}

async fn held(world: &World, item: &list_item::Model) -> i64 {
    list_item::Entity::find_by_id(item.id).one(&world.database.reader).await.unwrap().unwrap().held
}

case!(a_need_is_claimed_done_confirmed_and_rated);
async fn a_need_is_claimed_done_confirmed_and_rated(world: World) {
    let street = street(&world).await;
    let claim = street.propose(4).await;
    assert_eq!(held(&world, &street.need).await, 4);
    let id = || json!({ "id": claim });
    let selection = "claim { status version awaiting { name } deliveredQuantity } event { action from to note onBehalfOf { name } }";
    let accepted = street.clerk.does("acceptClaim", id(), selection).await;
    assert_eq!(
        accepted,
        json!({
            "claim": { "status": "ACCEPTED", "version": 2, "awaiting": { "name": street.unit.name }, "deliveredQuantity": null },
            "event": { "action": "ACCEPT", "from": "PROPOSED", "to": "ACCEPTED", "note": null, "onBehalfOf": { "name": street.community.name } },
            "userErrors": [],
        })
    );
    street.liaison.does("startClaim", id(), "").await;
    let delivery = json!({
        "id": claim, "deliveredQuantity": 3, "peopleServed": 120, "note": "少一盏",
        "evidence": [{ "url": "https://files.example/1.png" }],
    });
    street.liaison.does("deliverClaim", delivery, "").await;
    street.clerk.does("reworkClaim", json!({ "id": claim, "reason": "有一盏不亮" }), "").await;
    let delivery = json!({ "id": claim, "deliveredQuantity": 3, "peopleServed": 120 });
    street.liaison.does("deliverClaim", delivery, "").await;
    let confirmed =
        street.clerk.does("confirmClaim", id(), "claim { status deliveredQuantity evidence { url } }").await;
    assert_eq!(
        confirmed["claim"],
        json!({ "status": "COMPLETED", "deliveredQuantity": 3, "evidence": [{ "url": "https://files.example/1.png" }] })
    );
    assert_eq!(held(&world, &street.need).await, 3);
    street.clerk.does("rateClaim", json!({ "id": claim, "stars": 5, "comment": "很好" }), "").await;
    let rated =
        street.liaison.does("rateClaim", json!({ "id": claim, "stars": 4 }), "claim { ratings { stars } }").await;
    assert_eq!(rated["claim"]["ratings"], json!([{ "stars": 5 }, { "stars": 4 }]));
    assert_eq!(street.clerk.is_refused("rateClaim", json!({ "id": claim, "stars": 1 })).await, "ALREADY_RATED");
    let happened: Vec<String> = events(&world).await.into_iter().map(|(action, _)| action).collect();
    let expected = ["PROPOSE", "ACCEPT", "START", "DELIVER", "REWORK", "DELIVER", "CONFIRM", "RATE", "RATE"];
    assert_eq!(happened, expected);
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(a_resource_is_claimed_the_other_way_round);
async fn a_resource_is_claimed_the_other_way_round(world: World) {
    let street = street(&world).await;
    let hall = world.given.resource(&street.unit).form(list_item::ResourceForm::Venue).quantity(1).auto_accept().await;
    let input = json!({ "itemId": Table::ListItem.id(hall.id).0 });
    let payload = street.clerk.does("proposeClaim", input, "claim { id status direction provider { name } }").await;
    let claim = payload["claim"]["id"].clone();
    assert_eq!(
        payload["claim"],
        json!({ "id": claim, "status": "ACCEPTED", "direction": "COMMUNITY_TO_UNIT", "provider": { "name": street.unit.name } })
    );
    assert_eq!(street.clerk.is_refused("startClaim", json!({ "id": claim })).await, "FORBIDDEN");
    street.liaison.does("startClaim", json!({ "id": claim }), "").await;
    street.liaison.does("deliverClaim", json!({ "id": claim, "deliveredQuantity": 1 }), "").await;
    assert_eq!(held(&world, &hall).await, 1);
    street.clerk.does("confirmClaim", json!({ "id": claim }), "").await;
    // A hall comes back whole.
    assert_eq!(held(&world, &hall).await, 0);
}

case!(a_refused_step_changes_nothing);
async fn a_refused_step_changes_nothing(world: World) {
    let street = street(&world).await;
    let claim = street.propose(4).await;
    let id = || json!({ "id": claim });
    let before = (events(&world).await, held(&world, &street.need).await);
    let other = world.given.community("北街社区").await;
    let foreign = world.clerk_of(&other).await;
    let nothing = json!({ "id": claim, "reason": "  " });
    let stale = json!({ "id": claim, "ifVersion": 7 });
    let unknown = json!({ "id": Table::Claim.id(street.need.id).0 });
    let refused: [(&Client, &str, Value, &str); 9] = [
        (&world.stranger, "acceptClaim", id(), "UNAUTHENTICATED"),
        (&foreign, "acceptClaim", id(), "FORBIDDEN"),
        (&street.liaison, "acceptClaim", id(), "FORBIDDEN"),
        (&street.clerk, "withdrawClaim", id(), "FORBIDDEN"),
        (&street.clerk, "confirmClaim", id(), "INVALID_TRANSITION"),
        (&street.clerk, "declineClaim", nothing, "REASON_REQUIRED"),
        (&street.clerk, "acceptClaim", stale, "CONFLICT"),
        (&street.clerk, "acceptClaim", unknown, "NOT_FOUND"),
        (&street.clerk, "rateClaim", json!({ "id": claim, "stars": 5 }), "INVALID_TRANSITION"),
    ];
    for (who, mutation, input, code) in refused {
        assert_eq!(who.is_refused(mutation, input).await, code, "{mutation}");
    }
    assert_eq!((events(&world).await, held(&world, &street.need).await), before);
}

/// The mutation of each action, and what it needs besides the claim.
const ACTIONS: [(&str, &str, &str); 9] = [
    ("ACCEPT", "acceptClaim", "{}"),
    ("DECLINE", "declineClaim", r#"{ "reason": "人手不足" }"#),
    ("WITHDRAW", "withdrawClaim", "{}"),
    ("START", "startClaim", "{}"),
    ("DELIVER", "deliverClaim", r#"{ "deliveredQuantity": 1 }"#),
    ("REWORK", "reworkClaim", r#"{ "reason": "不亮" }"#),
    ("CONFIRM", "confirmClaim", "{}"),
    ("CANCEL", "cancelClaim", r#"{ "reason": "计划有变" }"#),
    ("RATE", "rateClaim", r#"{ "stars": 5 }"#),
];

case!(what_one_is_told_one_may_do_is_what_the_mutation_does);
async fn what_one_is_told_one_may_do_is_what_the_mutation_does(world: World) {
    let street = street(&world).await;
    let given = &world.given;
    // Somebody who acts for both sides, too.
    let account = given.account().await;
    given.grant(&account, entity::account_grant::Role::UnitLiaison).on(&street.unit).await;
    given.grant(&account, entity::account_grant::Role::CommunityStaff).on(&street.community).await;
    let both = world.token_of(&account).await;
    let people = [&world.stranger, &street.clerk, &street.liaison, &both];
    let (owner, claimant) = (Table::Party.id(street.community.id).0, Table::Party.id(street.unit.id).0);
    let query = "query($id: ID!, $party: ID, $action: ClaimAction!) { claim(id: $id) {
        whyNot(action: $action, asPartyId: $party) { code path nodes { id } } availableActions(asPartyId: $party) } }";
    for status in <entity::claim::ClaimStatus as sea_orm::Iterable>::iter() {
        for (action, mutation, more) in ACTIONS {
            for person in people {
                for party in [None, Some(&owner), Some(&claimant)] {
                    let need = given.need(&street.community).quantity(3).await;
                    let claim = Table::Claim.id(given.claim(&need, &street.unit).status(status).await.id).0;
                    let told = person.ask_with(query, json!({ "id": claim, "party": party, "action": action })).await;
                    let told = told.good()["claim"].clone();
                    let mut input: Value = serde_json::from_str(more).expect("JSON");
                    input["id"] = claim.into();
                    input["asPartyId"] = json!(party);
                    let said = person.payload(mutation, input, "").await;
                    let error = &said["userErrors"][0];
                    let told_code = &told["whyNot"]["code"];
                    let about = format!("{action} of {status:?} for {party:?}");
                    assert_eq!((told_code, &told["whyNot"]["nodes"]), (&error["code"], &error["nodes"]), "{about}");
                    let is_available = told["availableActions"].as_array().unwrap().contains(&json!(action));
                    // Whoever acts for both and names none is told of what they may for either.
                    assert_eq!(
                        is_available || told_code == "WHICH_PARTY",
                        told_code.is_null() || told_code == "WHICH_PARTY",
                        "{about}"
                    );
                }
            }
        }
    }
}
