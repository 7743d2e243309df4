//! Items that take no claims any more, or not for long: opened again, given more time; and drafts of which nothing comes.

use api::kernel::global_id::Table;
use entity::list_item::{self, ListItemStatus};
use entity::{attachment, audit_entry, party};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::{Value, json};

use crate::claiming::{Street, street};
use crate::harness::{World, case};

const DAY: i64 = 86_400_000;

fn id(item: &list_item::Model) -> String {
    Table::ListItem.id(item.id).0
}

async fn refused(street: &Street, mutation: &str, input: Value) -> Vec<(String, String)> {
    let payload = street.clerk.payload(mutation, input, "").await;
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = payload["userErrors"].as_array().unwrap();
    errors.iter().map(|error| (word(&error["code"]), word(&error["path"][0]))).collect()
}

fn fault(code: &str, path: &str) -> (String, String) {
    (code.to_owned(), path.to_owned())
}

case!(a_closed_item_is_opened_again_and_claimed);
async fn a_closed_item_is_opened_again_and_claimed(world: World) {
    let street = street(&world).await;
    let claim = street.propose(4).await;
    street.clerk.does("closeListItem", json!({ "id": street.item() }), "").await;
    let actions = street
        .clerk
        .ask_with(
            "query($id: ID!) { node(id: $id) { ... on Need { availableActions } } }",
            json!({ "id": street.item() }),
        )
        .await;
    assert_eq!(actions.good()["node"]["availableActions"], json!(["REOPEN", "COPY"]));
    let stale = json!({ "id": street.item(), "ifVersion": 1 });
    assert_eq!(refused(&street, "reopenListItem", stale).await, [fault("CONFLICT", "ifVersion")]);
    let opened = street.clerk.does("reopenListItem", json!({ "id": street.item() }), "item { status remaining }").await;
    assert_eq!(opened["item"], json!({ "status": "PUBLISHED", "remaining": 6 }));
    // Twice is once too often.
    assert_eq!(
        refused(&street, "reopenListItem", json!({ "id": street.item() })).await,
        [fault("INVALID_TRANSITION", "")]
    );
    street.clerk.does("acceptClaim", json!({ "id": claim }), "").await;
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(an_expired_item_takes_claims_again_once_it_has_more_time);
async fn an_expired_item_takes_claims_again_once_it_has_more_time(world: World) {
    let street = street(&world).await;
    let past = world.now.plus(-DAY);
    let at = |days: i64| world.now.plus(days * DAY).to_string();
    let expired = async || {
        let need = world.given.need(&street.community).status(ListItemStatus::Expired);
        need.with(|row| (row.claim_by, row.available_until) = (Some(past), Some(past))).await
    };
    let need = expired().await;
    let both = [fault("INVALID", "claimBy"), fault("INVALID", "availableUntil")];
    assert_eq!(refused(&street, "reopenListItem", json!({ "id": id(&need) })).await, both);
    let half = json!({ "id": id(&need), "availableUntil": at(9) });
    assert_eq!(refused(&street, "extendListItem", half).await, [fault("INVALID", "claimBy")]);
    let crossed = json!({ "id": id(&need), "claimBy": at(9), "availableUntil": at(8) });
    assert_eq!(refused(&street, "extendListItem", crossed).await, [fault("INVALID", "claimBy")]);
    assert_eq!(list_item::Entity::find_by_id(need.id).one(&world.database.reader).await.unwrap().unwrap(), need);
    let more = json!({ "id": id(&need), "claimBy": at(8), "availableUntil": at(9) });
    let selection = "item { status claimBy availableUntil }";
    let extended = street.clerk.does("extendListItem", more, selection).await;
    assert_eq!(extended["item"], json!({ "status": "PUBLISHED", "claimBy": at(8), "availableUntil": at(9) }));
    let other = expired().await;
    let open = json!({ "id": id(&other), "claimBy": null, "availableUntil": null });
    let opened = street.clerk.does("reopenListItem", open, selection).await;
    assert_eq!(opened["item"], json!({ "status": "PUBLISHED", "claimBy": null, "availableUntil": null }));
    // More time is not less of it, nor the same.
    let less = json!({ "id": id(&need), "claimBy": at(7) });
    assert_eq!(refused(&street, "extendListItem", less).await, [fault("INVALID", "claimBy")]);
    assert_eq!(refused(&street, "extendListItem", json!({ "id": id(&need) })).await, [fault("INVALID", "claimBy")]);
}

case!(a_draft_of_which_nothing_comes_is_thrown_away);
async fn a_draft_of_which_nothing_comes_is_thrown_away(world: World) {
    let street = street(&world).await;
    let category = Table::Category.id(street.need.category_id).0;
    let draft = json!({ "ownerId": Table::Party.id(street.community.id).0, "categoryId": category, "title": "写错了",
        "attachments": [{ "url": "https://example.org/1" }] });
    let made = street.clerk.does("createNeed", draft, "need { id }").await["need"]["id"].clone();
    let before = list_item::Entity::find().count(&world.database.reader).await.unwrap();
    assert_eq!(street.liaison.is_refused("discardListItem", json!({ "id": made })).await, "NOT_FOUND");
    assert_eq!(
        refused(&street, "discardListItem", json!({ "id": street.item() })).await,
        [fault("INVALID_TRANSITION", "")]
    );
    let twice = [street.clerk.clone(), street.clerk.clone()].map(|clerk| {
        let input = json!({ "id": made });
        tokio::spawn(async move { clerk.payload("discardListItem", input, "item { title }").await })
    });
    let mut ends = Vec::new();
    for end in twice {
        let payload = end.await.unwrap();
        assert_eq!(payload["item"], Value::Null);
        ends.push(payload["userErrors"][0]["code"].as_str().unwrap_or("DONE").to_owned());
    }
    ends.retain(|end| end != "DONE");
    assert!(["NOT_FOUND", "CONFLICT"].map(|end| vec![end.to_owned()]).contains(&ends), "{ends:?}");
    assert_eq!(list_item::Entity::find().count(&world.database.reader).await.unwrap(), before - 1);
    assert_eq!(attachment::Entity::find().count(&world.database.reader).await.unwrap(), 0);
    let told = audit_entry::Entity::find().order_by_desc(audit_entry::Column::Id).one(&world.database.reader).await;
    let told = told.unwrap().unwrap();
    assert_eq!((told.action.as_str(), json!(told.subject)), ("discardListItem", made));
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(a_draft_is_saved_before_it_says_everything);
async fn a_draft_is_saved_before_it_says_everything(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let unit = given.unit("人民医院").await;
    let (clerk, liaison) = (world.clerk_of(&community).await, world.liaison_of(&unit).await);
    let owner = |party: &party::Model| json!({ "ownerId": Table::Party.id(party.id).0 });
    let selection = "need { id version title status missing availableActions }";
    let saved = clerk.does("createNeed", owner(&community), selection).await["need"].clone();
    assert_eq!(
        (&saved["title"], &saved["status"], &saved["missing"]),
        (&json!("（未填写标题）"), &json!("DRAFT"), &json!(["categoryId", "title"]))
    );
    // It is told what is missing: by what may be done, by what may not, and by trying.
    assert_eq!(saved["availableActions"], json!(["UPDATE", "DISCARD", "COPY"]));
    let why = format!("{{ listItem(id: {}) {{ whyNot(action: PUBLISH) {{ code message }} }} }}", saved["id"]);
    let told = clerk.in_chinese().read(&why).await;
    assert_eq!(told["listItem"]["whyNot"], json!({ "code": "INVALID", "message": "发布前请填写：类别、标题" }));
    assert_eq!(clerk.is_refused("publishListItem", json!({ "id": saved["id"] })).await, "INVALID");
    // What is said is missing no more, and one step later it is published.
    let edit = json!({ "id": saved["id"], "ifVersion": 1, "title": "路灯" });
    let edited = clerk.does("updateNeed", edit, selection).await["need"].clone();
    assert_eq!((&edited["title"], &edited["missing"]), (&json!("路灯"), &json!(["categoryId"])));
    let copy = clerk.does("copyListItem", json!({ "id": saved["id"] }), "item { missing }").await;
    assert_eq!(copy["item"]["missing"], json!(["categoryId"]));
    let category = Table::Category.id(given.shipped_category("environment").await.id).0;
    let edit = json!({ "id": saved["id"], "ifVersion": 2, "categoryId": category });
    assert_eq!(clerk.does("updateNeed", edit, selection).await["need"]["missing"], json!([]));
    clerk.does("publishListItem", json!({ "id": saved["id"] }), "").await;
    // Of a resource and of a service what they are, too; and nothing is published at once that says too little.
    let hall = liaison.does("createResource", owner(&unit), "resource { missing form }").await["resource"].clone();
    assert_eq!(hall, json!({ "missing": ["categoryId", "title", "form"], "form": "OTHER" }));
    let visit = liaison.does("createService", owner(&unit), "service { missing mode }").await["service"].clone();
    assert_eq!(visit["missing"], json!(["categoryId", "title", "mode"]));
    let before = list_item::Entity::find().count(&world.database.reader).await.unwrap();
    let mut at_once = owner(&unit);
    at_once["publish"] = json!(true);
    let payload = liaison.payload("createResource", at_once, "").await;
    let faults = payload["userErrors"].as_array().unwrap().iter().map(|error| (&error["code"], &error["path"]));
    let invalid = json!("INVALID");
    let fields = ["categoryId", "title", "form"].map(|field| json!([field]));
    assert_eq!(faults.collect::<Vec<_>>(), fields.iter().map(|field| (&invalid, field)).collect::<Vec<_>>());
    assert_eq!(list_item::Entity::find().count(&world.database.reader).await.unwrap(), before);
}
