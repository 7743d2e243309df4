//! Reach: what one may not see does not exist for one. The cases hide much and look for any trace of it.

use api::kernel::global_id::Table;
use entity::claim::ClaimStatus;
use entity::list_item::{self, ListItemStatus, Visibility};
use entity::{attachment, claim, claim_event, party, rating};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::harness::{Row, World, case};

/// A community with a claimed public need, a unit with a claimed public service, each checked in with the other.
struct Seen {
    community: party::Model,
    unit: party::Model,
    lonely: party::Model,
}

async fn what_all_see(world: &World) -> Seen {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("区人民医院").await);
    let lonely = given.unit("无人知道").await;
    given.check_in(&unit, &community).confirmed().await;
    let need = given.need(&community).title("路灯").quantity(3).await;
    let claim = given.claim(&need, &unit).status(ClaimStatus::Completed).await;
    given.rating(&claim, &community, 5).await;
    given.claim(&given.service(&unit).title("义诊").await, &community).await;
    Seen { community, unit, lonely }
}

/// Items that no stranger sees, each with all that can hang on one, and check-ins and persons.
async fn what_is_hidden(world: &World, seen: &Seen) -> Vec<String> {
    let given = &world.given;
    let mut ids = Vec::new();
    let secret = |owner| given.need(owner).title("秘密").quantity(9);
    for owner in [&seen.community, &seen.lonely] {
        let claimant = if owner.id == seen.community.id { &seen.lonely } else { &seen.community };
        for item in [
            secret(owner).draft(),
            secret(owner).visible_to(Visibility::Parties),
            secret(owner).visible_to(Visibility::CheckedIn).status(ListItemStatus::Closed),
            given.service(owner).title("秘密").visible_to(Visibility::CheckedIn),
        ] {
            ids.extend(with_all_that_hangs_on_it(world, item, claimant).await);
        }
    }
    for check_in in [
        given.check_in(&seen.lonely, &seen.community).await,
        given.check_in(&seen.lonely, &seen.community).rejected().await,
        given.check_in(&seen.lonely, &seen.community).ended().await,
    ] {
        ids.push(Table::CheckIn.id(check_in.id).to_string());
    }
    let member = given.member(&seen.unit).await;
    let check_in = given.member_check_in(&member, &seen.community).confirmed().await;
    ids.extend([Table::Member.id(member.id).to_string(), Table::MemberCheckIn.id(check_in.id).to_string()]);
    ids
}

async fn with_all_that_hangs_on_it(world: &World, item: Row<list_item::Model>, claimant: &party::Model) -> Vec<String> {
    let (given, reader) = (&world.given, &world.database.reader);
    let item = item.await;
    let claim = given.claim(&item, claimant).status(ClaimStatus::Completed).people_served(7).await;
    let rating: rating::Model = given.rating(&claim, claimant, 1).comment("差").await;
    let attached: [attachment::Model; 2] = [given.attachment(&item).await, given.evidence(&claim).await];
    let events =
        claim_event::Entity::find().filter(claim_event::Column::ClaimId.eq(claim.id)).all(reader).await.unwrap();
    let rows = [(Table::ListItem, item.id), (Table::Claim, claim.id), (Table::Rating, rating.id)];
    let rows = rows.into_iter().chain(attached.map(|row| (Table::Attachment, row.id)));
    let rows = rows.chain(events.into_iter().map(|row| (Table::ClaimEvent, row.id)));
    rows.map(|(table, id)| table.id(id).to_string()).collect()
}

/// Questions whose answers would change if anything hidden were counted, listed, ordered or looked through.
const QUESTIONS: &[&str] = &[
    "{ needs { totalCount nodes { title remaining } } listItems { totalCount nodes { id } } services { totalCount nodes { id } } }",
    "{ claims { totalCount nodes { id ratings { id stars } } } claimEvents { totalCount nodes { id } } checkIns { totalCount nodes { id } } }",
    "{ communities { nodes { needs { totalCount nodes { id } } services { totalCount } listItems { totalCount nodes { id } }
        claims { totalCount nodes { id } } claimsMade { totalCount nodes { id } } claimsReceived { totalCount nodes { id } }
        checkIns { totalCount nodes { id } } units { totalCount nodes { id } } } } }",
    "{ units { nodes { name needs { totalCount nodes { id } } services { totalCount } listItems { totalCount nodes { id } }
        claims { totalCount nodes { id } } claimsMade { totalCount nodes { id } } claimsReceived { totalCount nodes { id } }
        checkIns { totalCount nodes { id } } communities { totalCount nodes { id } } } } }",
    "{ some: communities(filter: { listItems: { some: { title: { eq: \"秘密\" } } } }) { totalCount }
       none: communities(filter: { listItems: { none: { title: { eq: \"秘密\" } } } }) { totalCount }
       every: communities(filter: { listItems: { every: { title: { eq: \"路灯\" } } } }) { totalCount }
       draft: communities(filter: { listItems: { some: { status: { eq: DRAFT } } } }) { totalCount } }",
    "{ any: units(filter: { listItems: { some: {} } }) { nodes { name } } none: units(filter: { listItems: { none: {} } }) { nodes { name } }
       not: units(filter: { not: { listItems: { none: {} } } }) { nodes { name } } }",
    "{ any: units(filter: { claims: { some: {} } }) { nodes { name } } none: units(filter: { claims: { none: {} } }) { nodes { name } }
       done: units(filter: { claims: { every: { status: { eq: COMPLETED } } } }) { nodes { name } }
       bad: units(filter: { claims: { some: { ratings: { some: { stars: { lt: 3 } } } } } }) { nodes { name } } }",
    "{ any: units(filter: { communities: { some: {} } }) { nodes { name } } none: units(filter: { checkIns: { none: {} } }) { nodes { name } }
       pending: units(filter: { checkIns: { some: { status: { in: [PENDING, REJECTED, ENDED] } } } }) { totalCount }
       every: communities(filter: { checkIns: { every: { status: { eq: CONFIRMED } } } }) { totalCount }
       lonely: communities(filter: { units: { some: { name: { eq: \"无人知道\" } } } }) { totalCount } }",
    "{ item: claims(filter: { item: { title: { eq: \"秘密\" } } }) { totalCount } not: claims(filter: { not: { item: { title: { eq: \"秘密\" } } } }) { totalCount }
       party: claims(filter: { party: { name: { eq: \"无人知道\" } } }) { totalCount } people: claims(filter: { peopleServed: { eq: 7 } }) { totalCount }
       bad: claims(filter: { ratings: { some: { stars: { eq: 1 } } } }) { totalCount } good: claims(filter: { ratings: { every: { stars: { gt: 1 } } } }) { totalCount } }",
    "{ draft: needs(filter: { status: { eq: DRAFT } }) { totalCount } hidden: listItems(filter: { visibility: { notIn: [PUBLIC] } }) { totalCount }
       claimed: needs(filter: { claims: { some: { peopleServed: { eq: 7 } } } }) { totalCount } }",
    "{ events: claimEvents(filter: { claim: { item: { title: { eq: \"秘密\" } } } }) { totalCount }
       not: claimEvents(filter: { not: { claim: { item: { title: { eq: \"秘密\" } } } } }) { totalCount }
       rated: claimEvents(filter: { action: { eq: RATE } }) { totalCount } }",
    "{ needs(first: 1, orderBy: [{ field: TITLE, direction: DESC }]) { nodes { title } pageInfo { hasNextPage endCursor } }
       listItems(last: 1, orderBy: [{ field: PUBLISHED_AT }]) { nodes { title } pageInfo { hasPreviousPage } }
       claims(first: 1, orderBy: [{ field: PEOPLE_SERVED, direction: DESC }]) { nodes { id } pageInfo { hasNextPage } } }",
    "{ areas { nodes { name communities { nodes { listItems { totalCount } claims { totalCount } } } } } }",
];

/// The answers, with what they cost, and without the names of the requests.
async fn ask_all(world: &World) -> Vec<Value> {
    let mut answers = Vec::new();
    for question in QUESTIONS {
        let answer = world.stranger.ask(question).await;
        answers.push(json!({ "question": question, "data": answer.good(), "cost": answer.body["extensions"] }));
    }
    answers
}

case!(what_is_hidden_leaves_no_trace);
async fn what_is_hidden_leaves_no_trace(world: World) {
    let seen = what_all_see(&world).await;
    let before = ask_all(&world).await;
    let hidden = what_is_hidden(&world, &seen).await;
    let after = ask_all(&world).await;
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    assert!(hidden.len() > 80, "{}", hidden.len());
    for ids in hidden.chunks(100) {
        let answer =
            world.stranger.ask_with("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
        assert_eq!(answer.good()["nodes"], json!(vec![Value::Null; ids.len()]));
    }
    for id in &hidden {
        let query = format!(
            "{{ node(id: \"{id}\") {{ id }} listItem(id: \"{id}\") {{ id }} claim(id: \"{id}\") {{ id }} items: listItems(filter: {{ id: {{ eq: \"{id}\" }} }}) {{ totalCount }}
                claims(filter: {{ or: [{{ id: {{ eq: \"{id}\" }} }}, {{ item: {{ id: {{ eq: \"{id}\" }} }} }}] }}) {{ totalCount }} }}"
        );
        let nothing = json!({ "node": null, "listItem": null, "claim": null, "items": { "totalCount": 0 }, "claims": { "totalCount": 0 } });
        assert_eq!(world.stranger.read(&query).await, nothing);
    }
}

case!(an_item_that_was_public_stays_readable_until_it_is_withdrawn);
async fn an_item_that_was_public_stays_readable_until_it_is_withdrawn(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    for status in
        [ListItemStatus::Published, ListItemStatus::Closed, ListItemStatus::Withdrawn, ListItemStatus::Expired]
    {
        given.need(&community).title(&status.word()).status(status).await;
    }
    given.need(&community).title("DRAFT").draft().await;
    let seen = world.stranger.list("needs", "status", "{}").await;
    assert_eq!(seen, ["CLOSED", "EXPIRED", "PUBLISHED"]);
}

case!(what_was_said_between_the_two_sides_is_not_for_a_stranger);
async fn what_was_said_between_the_two_sides_is_not_for_a_stranger(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("区人民医院").await);
    let need = given.need(&community).contact("李芳", "13812345678").await;
    given.attachment(&need).await;
    let claim: claim::Model =
        given.claim(&need, &unit).status(ClaimStatus::Completed).note("周六来").people_served(9).await;
    let evidence = given.evidence(&claim).await;
    given.rating(&claim, &community, 5).comment("多谢").await;
    let query = "{ claims { nodes { note evidence { id } peopleServed ratings { stars comment } item { attachments { name } contact(unmask: true) { name phone } }
        events { nodes { note quantity peopleServed onBehalfOf { name } } } } } }";
    let answer = world.stranger.ask(query).await;
    let claim = &answer.good()["claims"]["nodes"][0];
    let event = json!({ "note": null, "quantity": null, "peopleServed": null, "onBehalfOf": null });
    assert_eq!(claim["events"]["nodes"], json!(vec![event; 6]));
    assert_eq!((&claim["note"], &claim["evidence"], &claim["peopleServed"]), (&json!(null), &json!([]), &json!(9)));
    assert_eq!(claim["ratings"], json!([{ "stars": 5, "comment": null }]));
    assert_eq!(claim["item"]["contact"], json!({ "name": null, "phone": null }));
    assert_eq!(claim["item"]["attachments"].as_array().unwrap().len(), 1);
    for word in ["周六来", "多谢", "李芳", "138", "人手不足"] {
        assert!(!answer.text.contains(word), "{word}: {}", answer.text);
    }
    let id = Table::Attachment.id(evidence.id).to_string();
    assert_eq!(world.stranger.read(&format!("{{ node(id: \"{id}\") {{ id }} }}")).await["node"], Value::Null);
}

case!(what_is_personal_cannot_be_asked_about);
async fn what_is_personal_cannot_be_asked_about(world: World) {
    for (list, line) in [
        ("communities", "contact: {}"),
        ("communities", "contactPhone: { startsWith: \"138\" }"),
        ("communities", "secretaryName: { eq: \"王建国\" }"),
        ("units", "members: { some: {} }"),
        ("needs", "contactName: { eq: \"李芳\" }"),
        ("needs", "description: { contains: \"138\" }"),
        ("claims", "note: { contains: \"周六\" }"),
        ("claimEvents", "note: { isNull: false }"),
        ("claimEvents", "onBehalfOf: {}"),
    ] {
        let answer = world.stranger.ask(&format!("{{ {list}(filter: {{ {line} }}) {{ totalCount }} }}")).await;
        answer.refused("BAD_REQUEST");
    }
}
