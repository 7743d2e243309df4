//! Claims (认领): who stands where, what became of them, and how one finds them.

use entity::claim::ClaimStatus;
use entity::party;
use serde_json::json;

use crate::harness::{World, case};

/// A community and a unit, and four claims between them, known by what was promised: on each other's needs and services.
async fn claims_between_two(world: &World) -> (party::Model, party::Model) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("区人民医院").await);
    let lamp = given.need(&community).title("社区要路灯").await;
    let hall = given.need(&unit).title("医院要场地").await;
    let clinic = given.service(&unit).title("医院义诊").await;
    let mediation = given.service(&community).title("社区调解").await;
    given.claim(&lamp, &unit).status(ClaimStatus::Proposed).await;
    given.claim(&hall, &community).status(ClaimStatus::Accepted).await;
    given.claim(&clinic, &community).status(ClaimStatus::Delivered).quantity(3).delivered(2).people_served(60).await;
    given.claim(&mediation, &unit).status(ClaimStatus::Declined).await;
    (community, unit)
}

const TITLES: [&str; 4] = ["社区要路灯", "医院要场地", "医院义诊", "社区调解"];

/// The titles that were promised by the claims under a filter, oldest first.
async fn promised(world: &World, filter: &str) -> Vec<String> {
    let query = format!(
        "{{ claims(filter: {filter}, orderBy: [{{ field: CREATED_AT }}]) {{ nodes {{ item {{ title }} }} totalCount }} }}"
    );
    let answer = world.stranger.read(&query).await;
    let nodes = answer["claims"]["nodes"].as_array().unwrap();
    assert_eq!(answer["claims"]["totalCount"], nodes.len(), "{filter}");
    nodes.iter().map(|node| node["item"]["title"].as_str().unwrap().to_owned()).collect()
}

/// Holds what a filter takes, and that its opposite takes the rest.
async fn assert_promised(world: &World, filter: &str, expected: &[&str]) {
    assert_eq!(promised(world, filter).await, expected, "{filter}");
    let mut rest = promised(world, "{}").await;
    rest.retain(|title| !expected.contains(&title.as_str()));
    assert_eq!(promised(world, &format!("{{ not: {filter} }}")).await, rest, "not {filter}");
}

case!(claims_are_found_by_who_stands_where);
async fn claims_are_found_by_who_stands_where(world: World) {
    claims_between_two(&world).await;
    let unit = r#"{ name: { eq: "区人民医院" } }"#;
    let stranger = r#"{ name: { eq: "区第一小学" } }"#;
    for (filter, titles) in [
        (format!("{{ party: {unit} }}"), &TITLES[..]),
        (format!("{{ party: {stranger} }}"), &[]),
        ("{ party: { community: {} } }".to_owned(), &TITLES),
        (format!("{{ claimant: {unit} }}"), &["社区要路灯", "社区调解"]),
        (format!("{{ owner: {unit} }}"), &["医院要场地", "医院义诊"]),
        // Of a need the claimant provides, else the owner.
        (format!("{{ provider: {unit} }}"), &["社区要路灯", "医院义诊"]),
        (format!("{{ receiver: {unit} }}"), &["医院要场地", "社区调解"]),
        ("{ provider: { community: {} } }".to_owned(), &["医院要场地", "社区调解"]),
        // The owner answers, the provider works, the receiver confirms; of an ended one nobody is awaited.
        (format!("{{ awaiting: {unit} }}"), &[]),
        ("{ awaiting: { community: {} } }".to_owned(), &["社区要路灯", "医院要场地", "医院义诊"]),
        ("{ awaiting: {} }".to_owned(), &["社区要路灯", "医院要场地", "医院义诊"]),
        (format!("{{ unit: {unit} }}"), &TITLES),
        (r#"{ community: { name: { startsWith: "文" } } }"#.to_owned(), &TITLES),
        ("{ direction: { eq: UNIT_TO_COMMUNITY } }".to_owned(), &["社区要路灯", "社区调解"]),
        ("{ status: { notIn: [PROPOSED, DECLINED] } }".to_owned(), &["医院要场地", "医院义诊"]),
        ("{ item: { kind: { eq: NEED } } }".to_owned(), &["社区要路灯", "医院要场地"]),
        ("{ item: { owner: { unit: {} } } }".to_owned(), &["医院要场地", "医院义诊"]),
        ("{ quantity: { gt: 1 } }".to_owned(), &["医院义诊"]),
        ("{ deliveredQuantity: { isNull: true } }".to_owned(), &["社区要路灯", "医院要场地", "社区调解"]),
        ("{ peopleServed: { notIn: [60] } }".to_owned(), &["社区要路灯", "医院要场地", "社区调解"]),
    ] {
        assert_promised(&world, &filter, titles).await;
    }
}

case!(a_claim_says_who_stands_where);
async fn a_claim_says_who_stands_where(world: World) {
    claims_between_two(&world).await;
    let query = "{ claims(orderBy: [{ field: CREATED_AT }]) { nodes {
        claimant { name } owner { name } provider { name } receiver { name } awaiting { name } community { name } unit { name }
        direction status quantity deliveredQuantity peopleServed item { __typename }
    } } }";
    let (community, unit) = (json!({ "name": "文庙社区" }), json!({ "name": "区人民医院" }));
    let answer = world.stranger.read(query).await;
    assert_eq!(
        answer["claims"]["nodes"][2],
        json!({
            "claimant": community, "owner": unit, "provider": unit, "receiver": community, "awaiting": community,
            "community": community, "unit": unit, "direction": "COMMUNITY_TO_UNIT", "status": "DELIVERED", "quantity": 3,
            "deliveredQuantity": 2, "peopleServed": 60, "item": { "__typename": "Service" }
        })
    );
    assert_eq!(
        answer["claims"]["nodes"][3],
        json!({
            "claimant": unit, "owner": community, "provider": community, "receiver": unit, "awaiting": null,
            "community": community, "unit": unit, "direction": "UNIT_TO_COMMUNITY", "status": "DECLINED", "quantity": 1,
            "deliveredQuantity": null, "peopleServed": null, "item": { "__typename": "Service" }
        })
    );
}

case!(a_party_sees_its_claims_by_side);
async fn a_party_sees_its_claims_by_side(world: World) {
    claims_between_two(&world).await;
    let lists = "claims { nodes { item { title } } totalCount } claimsMade { nodes { item { title } } totalCount }
        claimsReceived { nodes { item { title } } totalCount }";
    let query = format!("{{ units {{ nodes {{ {lists} }} }} communities {{ nodes {{ {lists} }} }} }}");
    let answer = world.stranger.read(&query).await;
    let list = |titles: &[&str]| {
        let nodes: Vec<_> = titles.iter().map(|title| json!({ "item": { "title": title } })).collect();
        json!({ "nodes": nodes, "totalCount": titles.len() })
    };
    let (newest_first, of_community, of_unit) =
        (["社区调解", "医院义诊", "医院要场地", "社区要路灯"], ["医院义诊", "医院要场地"], ["社区调解", "社区要路灯"]);
    assert_eq!(
        answer["units"]["nodes"],
        json!([{ "claims": list(&newest_first), "claimsMade": list(&of_unit), "claimsReceived": list(&of_community) }])
    );
    assert_eq!(
        answer["communities"]["nodes"],
        json!([{ "claims": list(&newest_first), "claimsMade": list(&of_community), "claimsReceived": list(&of_unit) }])
    );
}

case!(a_claim_is_overdue_once_its_due_moment_has_passed);
async fn a_claim_is_overdue_once_its_due_moment_has_passed(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("区人民医院").await);
    for (title, due) in [("刚过", Some(-1)), ("正好", Some(0)), ("未到", Some(1)), ("没有约定", None)] {
        let need = given.need(&community).title(title).await;
        let claim = given.claim(&need, &unit).status(ClaimStatus::Accepted);
        claim.with(|row| row.deliver_by = due.map(|milliseconds| world.now.plus(milliseconds))).await;
    }
    let ended = given.need(&community).title("已取消").await;
    given.claim(&ended, &unit).status(ClaimStatus::Cancelled).deliver_by(world.now.plus(-9)).await;
    assert_promised(&world, "{ isOverdue: true }", &["刚过"]).await;
    assert_promised(&world, "{ isOverdue: false }", &["正好", "未到", "没有约定", "已取消"]).await;
    let answer = world.stranger.read("{ claims(orderBy: [{ field: CREATED_AT }]) { nodes { isOverdue } } }").await;
    let flags: Vec<bool> =
        answer["claims"]["nodes"].as_array().unwrap().iter().map(|node| node["isOverdue"] == true).collect();
    assert_eq!(flags, [true, false, false, false, false]);
}

case!(claims_are_found_by_their_ratings);
async fn claims_are_found_by_their_ratings(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("区人民医院").await);
    for (title, stars) in
        [("未评", &[][..]), ("好评", &[(5, true), (4, false)]), ("一好一差", &[(5, true), (2, false)])]
    {
        let need = given.need(&community).title(title).await;
        let claim = given.claim(&need, &unit).status(ClaimStatus::Completed).await;
        for (stars, by_unit) in stars {
            given.rating(&claim, if *by_unit { &unit } else { &community }, *stars).comment("多谢").await;
        }
    }
    for (filter, titles) in [
        ("{ some: { stars: { lt: 3 } } }", &["一好一差"][..]),
        ("{ every: { stars: { gte: 4 } } }", &["未评", "好评"]),
        ("{ none: { stars: { lt: 3 } } }", &["未评", "好评"]),
        ("{ none: {} }", &["未评"]),
        ("{ some: { by: { community: {} }, stars: { gt: 3 } } }", &["好评"]),
    ] {
        assert_promised(&world, &format!("{{ ratings: {filter} }}"), titles).await;
    }
    let query = "{ claims(filter: { ratings: { some: { stars: { lt: 3 } } } }) { nodes { ratings { stars comment by { name } claim { item { title } } } } } }";
    let rating = |stars: i32, by: &str| json!({ "stars": stars, "comment": null, "by": { "name": by }, "claim": { "item": { "title": "一好一差" } } });
    let ratings = [rating(5, "区人民医院"), rating(2, "文庙社区")];
    assert_eq!(world.stranger.read(query).await["claims"]["nodes"], json!([{ "ratings": ratings }]));
}

case!(the_history_of_a_claim_is_read_oldest_first);
async fn the_history_of_a_claim_is_read_oldest_first(world: World) {
    let given = &world.given;
    let need = given.need(&given.community("文庙社区").await).await;
    let claim = given
        .claim(&need, &given.unit("区人民医院").await)
        .status(ClaimStatus::Delivered)
        .note("周六来")
        .people_served(9);
    let claim = claim.await;
    let events = "nodes { action from to at note quantity peopleServed onBehalfOf { name } }";
    let query = format!(
        "{{ claims {{ nodes {{ note evidence {{ url }} events {{ {events} }} }} }} claimEvents {{ {events} }} }}"
    );
    let answer = world.stranger.read(&query).await;
    let event = |place: i64, action: &str, from: Option<&str>, to: &str| {
        json!({
            "action": action, "from": from, "to": to, "at": claim.created_at.plus(place * 100).to_string(),
            "note": null, "quantity": null, "peopleServed": null, "onBehalfOf": null
        })
    };
    let history = json!([
        event(0, "PROPOSE", None, "PROPOSED"),
        event(1, "ACCEPT", Some("PROPOSED"), "ACCEPTED"),
        event(2, "START", Some("ACCEPTED"), "IN_PROGRESS"),
        event(3, "DELIVER", Some("IN_PROGRESS"), "DELIVERED"),
    ]);
    assert_eq!(answer["claims"]["nodes"], json!([{ "note": null, "evidence": [], "events": { "nodes": history } }]));
    assert_eq!(answer["claimEvents"]["nodes"], history);
    for (filter, number) in [
        ("{ action: { eq: START } }", 1),
        ("{ to: { in: [ACCEPTED, DELIVERED] } }", 2),
        ("{ claim: { status: { eq: DELIVERED } } }", 4),
        ("{ claim: { status: { eq: ACCEPTED } } }", 0),
        ("{ at: { during: { from: \"2026-03-01\", until: \"2026-03-01\" } } }", 4),
        ("{ not: { action: { eq: PROPOSE } } }", 3),
    ] {
        let answer =
            world.stranger.read(&format!("{{ claimEvents(filter: {filter}) {{ totalCount nodes {{ id }} }} }}")).await;
        assert_eq!(answer["claimEvents"]["totalCount"], number, "{filter}");
        assert_eq!(answer["claimEvents"]["nodes"].as_array().unwrap().len(), number, "{filter}");
    }
}
