//! What is owed by when: dates named, dates reckoned, dates that follow the calendar; and times that do not go together.

use api::feature::claim::calendar::{Calendar, Rules};
use api::kernel::global_id::Table;
use api::server::ticks;
use entity::audit_entry::{self, AuditSource};
use entity::claim::{self, ClaimStatus};
use sea_orm::prelude::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::claiming::{Street, street};
use crate::harness::{World, case};

const DAY: i64 = 86_400_000;

async fn faults(street: &Street, world: &World, input: Value) -> Vec<(String, String)> {
    let before = claim::Entity::find().count(&world.database.reader).await.unwrap();
    let mut whole = json!({ "itemId": street.item() });
    whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
    let payload = street.liaison.payload("proposeClaim", whole, "").await;
    assert_eq!(claim::Entity::find().count(&world.database.reader).await.unwrap(), before);
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = payload["userErrors"].as_array().unwrap();
    errors.iter().map(|error| (word(&error["path"][0]), word(&error["message"]))).collect()
}

case!(an_accepted_claim_is_due_whether_or_not_somebody_named_a_date);
async fn an_accepted_claim_is_due_whether_or_not_somebody_named_a_date(world: World) {
    let street = street(&world).await;
    let (day, days) = (world.now.plus(DAY), world.now.plus(3 * DAY));
    let propose = async |need: &entity::list_item::Model, more: Value| {
        let mut input = json!({ "itemId": Table::ListItem.id(need.id).0 });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let claim = street.liaison.does("proposeClaim", input, "claim { id }").await["claim"]["id"].clone();
        let accepted = street.clerk.does("acceptClaim", json!({ "id": claim }), "claim { dueAt acceptedAt }").await;
        assert_eq!(accepted["claim"]["acceptedAt"], world.now.to_string());
        accepted["claim"]["dueAt"].clone()
    };
    let given = &world.given;
    let appointment = json!({ "startsAt": day.to_string(), "endsAt": days.to_string() });
    assert_eq!(propose(&street.need, appointment.clone()).await, days.to_string());
    let mut named = appointment;
    named["deliverBy"] = json!(days.plus(DAY).to_string());
    assert_eq!(propose(&given.need(&street.community).await, named).await, days.plus(DAY).to_string());
    let window = given.need(&street.community).with(|row| row.available_until = Some(days)).await;
    assert_eq!(propose(&window, json!({})).await, days.to_string());
    // Neither a date nor a window: twenty working days from the day on which it was accepted.
    let reckoned = Calendar::default().due(world.now, 20);
    assert_eq!(propose(&given.need(&street.community).await, json!({})).await, reckoned.to_string());
    world.clock.advance(reckoned.milliseconds() - world.now.milliseconds() + 1);
    let late = street.clerk.read("{ claims(filter: { isOverdue: true }) { totalCount } }").await;
    assert_eq!(late["claims"]["totalCount"], 4);
}

case!(what_is_sent_back_was_not_delivered);
async fn what_is_sent_back_was_not_delivered(world: World) {
    let street = street(&world).await;
    let claim = street.propose(4).await;
    let id = || json!({ "id": claim });
    street.clerk.does("acceptClaim", id(), "").await;
    street.liaison.does("startClaim", id(), "").await;
    let deliver = json!({ "id": claim, "deliveredQuantity": 3, "peopleServed": 40 });
    let selection = "claim { deliveredQuantity peopleServed deliveredAt completedAt }";
    let now = world.now.to_string();
    let delivered = street.liaison.does("deliverClaim", deliver.clone(), selection).await;
    let done = json!({ "deliveredQuantity": 3, "peopleServed": 40, "deliveredAt": now, "completedAt": null });
    assert_eq!(delivered["claim"], done);
    let rework = json!({ "id": claim, "reason": "有一盏不亮" });
    let back = street.clerk.does("reworkClaim", rework, selection).await;
    let nothing = json!({ "deliveredQuantity": null, "peopleServed": null, "deliveredAt": null, "completedAt": null });
    assert_eq!(back["claim"], nothing);
    // What was said then stays in the history.
    let history = street.clerk.ask_with("query($id: ID!) { node(id: $id) { ... on Claim { events(filter: { action: { eq: DELIVER } }) { nodes { quantity peopleServed } } } } }", id()).await;
    assert_eq!(history.good()["node"]["events"]["nodes"], json!([{ "quantity": 3, "peopleServed": 40 }]));
    street.liaison.does("deliverClaim", deliver, "").await;
    let confirmed = street.clerk.does("confirmClaim", id(), selection).await;
    let done = json!({ "deliveredQuantity": 3, "peopleServed": 40, "deliveredAt": now, "completedAt": now });
    assert_eq!(confirmed["claim"], done);
    let found = street.clerk.read(&format!("{{ claims(filter: {{ completedAt: {{ gte: \"{now}\" }}, deliveredAt: {{ lte: \"{now}\" }} }}, orderBy: [{{ field: COMPLETED_AT }}]) {{ totalCount }} }}")).await;
    assert_eq!(found["claims"]["totalCount"], 1);
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(everything_that_is_wrong_with_a_proposal_is_told_at_once);
async fn everything_that_is_wrong_with_a_proposal_is_told_at_once(world: World) {
    let street = street(&world).await;
    let at = |days: i64| world.now.plus(days * DAY).to_string();
    let told = faults(
        &street,
        &world,
        json!({ "quantity": 11, "startsAt": at(-2), "endsAt": at(-2), "deliverBy": at(-3), "note": "啊".repeat(2_001) }),
    )
    .await;
    let expected = [
        ("quantity", "only 10 left"),
        ("startsAt", "it has passed already"),
        ("endsAt", "it has passed already"),
        ("deliverBy", "it has passed already"),
        ("endsAt", "the work is to end after it starts"),
        ("deliverBy", "it is before the work starts"),
        ("note", "at most 2000 characters; it has 2001"),
    ];
    assert_eq!(told, expected.map(|(path, message)| (path.to_owned(), message.to_owned())));
    assert_eq!(faults(&street, &world, json!({ "startsAt": at(3), "deliverBy": at(2) })).await.len(), 1);
    assert_eq!(faults(&street, &world, json!({ "startsAt": at(3), "endsAt": at(3) })).await.len(), 1);
}

case!(the_times_of_an_item_go_together);
async fn the_times_of_an_item_go_together(world: World) {
    let street = street(&world).await;
    let at = |days: i64| world.now.plus(days * DAY).to_string();
    let change = async |input: Value| {
        let mut whole = json!({ "id": street.item(), "ifVersion": street.need.version });
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        let payload = street.clerk.payload("updateNeed", whole, "").await;
        let errors = payload["userErrors"].as_array().unwrap();
        errors.iter().map(|error| error["path"][0].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(change(json!({ "availableFrom": at(2), "availableUntil": at(2) })).await, ["availableUntil"]);
    assert_eq!(change(json!({ "availableUntil": at(2), "claimBy": at(3) })).await, ["claimBy"]);
    assert_eq!(change(json!({ "claimBy": at(-1), "availableUntil": at(-1) })).await, ["claimBy", "availableUntil"]);
    let none: [&str; 0] = [];
    assert_eq!(change(json!({ "availableFrom": at(-2), "availableUntil": at(3), "claimBy": at(2) })).await, none);
}

case!(a_window_is_not_shortened_under_what_was_agreed);
async fn a_window_is_not_shortened_under_what_was_agreed(world: World) {
    let street = street(&world).await;
    let at = |days: i64| world.now.plus(days * DAY).to_string();
    let other = world.given.unit("第二人民医院").await;
    world.given.check_in(&other, &street.community).confirmed().await;
    let input = json!({ "itemId": street.item(), "startsAt": at(5), "endsAt": at(6) });
    let claim = street.liaison.does("proposeClaim", input.clone(), "claim { id }").await["claim"]["id"].clone();
    let waiting =
        world.liaison_of(&other).await.does("proposeClaim", input, "claim { id }").await["claim"]["id"].clone();
    street.clerk.does("acceptClaim", json!({ "id": claim }), "").await;
    let version = street
        .clerk
        .ask_with("query($id: ID!) { node(id: $id) { ... on Need { version } } }", json!({ "id": street.item() }))
        .await;
    let version = version.good()["node"]["version"].clone();
    let change = |days| json!({ "id": street.item(), "ifVersion": version, "availableUntil": at(days) });
    let refused = street.clerk.payload("updateNeed", change(5), "").await["userErrors"].clone();
    let message = "accepted claims are to be done outside the new window";
    let named = json!([{ "code": "HELD_BY_CLAIMS", "message": message, "path": ["availableUntil"], "nodes": [{ "id": claim }] }]);
    assert_eq!(refused, named, "and not {waiting}, which nobody accepted");
    street.clerk.does("updateNeed", change(6), "").await;
}

case!(dates_that_are_open_follow_the_calendar_and_none_moves_into_the_past);
async fn dates_that_are_open_follow_the_calendar_and_none_moves_into_the_past(world: World) {
    let street = street(&world).await;
    let given = &world.given;
    let claim = async |status| given.claim(&given.need(&street.community).await, &street.unit).status(status).await;
    let (proposed, accepted) = (claim(ClaimStatus::Proposed).await, claim(ClaimStatus::Accepted).await);
    let delivered = claim(ClaimStatus::Delivered).await;
    let done = claim(ClaimStatus::Completed).await;
    // As an earlier version left it.
    let bare = claim(ClaimStatus::InProgress).await;
    claim::Entity::update_many()
        .col_expr(claim::Column::DueAt, Expr::value(Option::<i64>::None))
        .filter(claim::Column::Id.eq(bare.id))
        .exec(&world.database.writer)
        .await
        .unwrap();
    let due = async |of: &claim::Model| {
        claim::Entity::find_by_id(of.id).one(&world.database.reader).await.unwrap().unwrap().due_at
    };
    // The next day turns out to be a holiday.
    let tomorrow = world.now.plus(DAY).day();
    let rules = |table: &str| Rules { calendar: Calendar::read(table).unwrap(), ..Rules::default() };
    let holiday = rules(&format!("date,kind\n{tomorrow},holiday\n"));
    let app = world.app.clone().with_rules(holiday.clone());
    assert_eq!(ticks::reckon(&app).await.unwrap(), 4);
    let day = |start: entity::Timestamp, days| Some(holiday.calendar.due(start, days));
    assert_eq!(due(&proposed).await, day(proposed.created_at, 5));
    assert!(due(&proposed).await > proposed.due_at);
    assert_eq!(due(&accepted).await, day(accepted.accepted_at.unwrap(), 20));
    assert_eq!(due(&bare).await, day(bare.accepted_at.unwrap(), 20));
    assert_eq!(due(&delivered).await, day(delivered.delivered_at.unwrap(), 10));
    assert_eq!(due(&done).await, None);
    assert_eq!(ticks::reckon(&app).await.unwrap(), 0, "what is right stays as it is");
    let told = audit_entry::Entity::find().filter(audit_entry::Column::Subject.eq(Table::Claim.id(bare.id).0));
    let told = told.one(&world.database.reader).await.unwrap().unwrap();
    let changed = json!([{ "field": "dueAt", "before": null, "after": due(&bare).await.unwrap().to_string() }]);
    assert_eq!((told.action.as_str(), told.source), ("reckonDue", AuditSource::Clock));
    assert_eq!(serde_json::from_str::<Value>(&told.changes).unwrap(), changed);
    // Five working days on, the holiday is taken back: what would have been due yesterday is not overdue, nor does it expire.
    world.clock.advance(due(&proposed).await.unwrap().milliseconds() - world.now.milliseconds() - 1);
    let back = world.app.clone().with_rules(rules("date,kind\n"));
    ticks::reckon(&back).await.unwrap();
    assert_eq!(due(&proposed).await, day(proposed.created_at, 5));
    assert_eq!(ticks::tick(&back).await.unwrap(), 0);
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}
