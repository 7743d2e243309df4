//! The graph as a whole: ids, interfaces, aliases, and variables that were not said.

use serde_json::json;

use crate::harness::{World, case};

case!(everything_is_found_again_by_its_id);
async fn everything_is_found_again_by_its_id(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("区人民医院").await);
    given.check_in(&unit, &community).confirmed().await;
    let need = given.need(&community).await;
    given.attachment(&need).await;
    given.resource(&unit).await;
    given.service(&unit).await;
    let claim = given.claim(&need, &unit).status(entity::claim::ClaimStatus::Completed).await;
    given.rating(&claim, &unit, 5).await;
    let query = "{
        areas(first: 1) { nodes { id } } communities { nodes { id } } units { nodes { id } } checkIns { nodes { id } }
        needs { nodes { id attachments { id } } } resources { nodes { id } } services { nodes { id } }
        claims { nodes { id ratings { id } } } claimEvents(first: 1) { nodes { id } } categories { id }
    }";
    let found = world.stranger.read(query).await;
    for (pointer, kind) in [
        ("/areas/nodes/0/id", "Area"),
        ("/communities/nodes/0/id", "Community"),
        ("/units/nodes/0/id", "Unit"),
        ("/checkIns/nodes/0/id", "CheckIn"),
        ("/needs/nodes/0/id", "Need"),
        ("/needs/nodes/0/attachments/0/id", "Attachment"),
        ("/resources/nodes/0/id", "Resource"),
        ("/services/nodes/0/id", "Service"),
        ("/claims/nodes/0/id", "Claim"),
        ("/claims/nodes/0/ratings/0/id", "Rating"),
        ("/claimEvents/nodes/0/id", "ClaimEvent"),
        ("/categories/0/id", "Category"),
    ] {
        let id = found.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is there"));
        let again = world.stranger.read(&format!("{{ node(id: {id}) {{ __typename id }} }}")).await;
        assert_eq!(again["node"], json!({ "__typename": kind, "id": id }));
    }
    let (need, claim) = (&found["needs"]["nodes"][0]["id"], &found["claims"]["nodes"][0]["id"]);
    for (field, kind) in [
        (format!("listItem(id: {need})"), json!({ "__typename": "Need" })),
        (format!("listItem(id: {claim})"), json!(null)),
        (format!("claim(id: {claim})"), json!({ "__typename": "Claim" })),
        (format!("claim(id: {need})"), json!(null)),
        ("claim(id: \"\")".to_owned(), json!(null)),
        (format!("area(id: {need})"), json!(null)),
    ] {
        assert_eq!(
            world.stranger.read(&format!("{{ found: {field} {{ __typename }} }}")).await["found"],
            kind,
            "{field}"
        );
    }
}

case!(many_ids_come_back_in_their_order_with_null_for_nonsense);
async fn many_ids_come_back_in_their_order_with_null_for_nonsense(world: World) {
    let given = &world.given;
    given.need(&given.community("文庙社区").await).title("路灯").await;
    given.unit("区人民医院").await;
    let found = world.stranger.read("{ needs { nodes { id } } units { nodes { id } } }").await;
    let need = found["needs"]["nodes"][0]["id"].as_str().unwrap();
    let unit = found["units"]["nodes"][0]["id"].as_str().unwrap();
    // Another table's tag on the same key, one byte more, one less, padding, and a key that no row has.
    let forged = format!("AQ{}", &need[2..]);
    let unknown = format!("{}AAAA", &need[..need.len() - 4]);
    let ids = [unit, "nonsense", need, &forged, "", unit, &format!("{need}="), &need[1..], &unknown, "\u{0}", "中"];
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Party { name } ... on ListItem { title } } }";
    let answer = world.stranger.ask_with(query, json!({ "ids": ids })).await;
    let (unit_found, need_found) =
        (json!({ "id": unit, "name": "区人民医院" }), json!({ "id": need, "title": "路灯" }));
    assert_eq!(
        answer.good()["nodes"],
        json!([unit_found, null, need_found, null, null, unit_found, null, null, null, null, null])
    );
    assert_eq!(answer.cost().0, 3, "one statement a table");
    let many = vec!["nonsense"; 100];
    assert_eq!(
        world.stranger.ask_with(query, json!({ "ids": many })).await.good()["nodes"],
        json!(vec![json!(null); 100])
    );
    let answer = world.stranger.ask_with(query, json!({ "ids": vec!["nonsense"; 101] })).await;
    answer.refused("BAD_REQUEST");
    assert_eq!(answer.body["errors"][0]["message"], "nodes was given 101 ids; at most 100");
    assert_eq!(world.stranger.read("{ nodes(ids: []) { id } }").await["nodes"], json!([]));
}

case!(rows_are_found_by_id_among_others);
async fn rows_are_found_by_id_among_others(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    for title in ["甲", "乙", "丙"] {
        given.need(&community).title(title).await;
    }
    let found = world
        .stranger
        .read("{ needs(orderBy: [{ field: CREATED_AT }]) { nodes { id } } communities { nodes { id } } }")
        .await;
    let id = |place: usize| &found["needs"]["nodes"][place]["id"];
    let other = &found["communities"]["nodes"][0]["id"];
    for (filter, titles) in [
        (format!("{{ eq: {} }}", id(0)), &["甲"][..]),
        (format!("{{ in: [{}, {}, {other}] }}", id(0), id(2)), &["甲", "丙"]),
        ("{ in: [] }".to_owned(), &[]),
        (format!("{{ eq: {other} }}"), &[]),
        ("{ eq: \"nonsense\" }".to_owned(), &[]),
        (format!("{{ notIn: [{}] }}", id(1)), &["甲", "丙"]),
        (format!("{{ notIn: [{other}, \"nonsense\"] }}"), &["甲", "乙", "丙"]),
        (format!("{{ eq: {}, notIn: [{}] }}", id(0), id(0)), &[]),
    ] {
        world.stranger.finds("needs", "title", &format!("{{ id: {filter} }}"), titles).await;
    }
}

case!(an_answer_keeps_the_order_and_the_names_that_were_asked);
async fn an_answer_keeps_the_order_and_the_names_that_were_asked(world: World) {
    let given = &world.given;
    given.need(&given.community("文庙社区").await).title("路灯").quantity(3).await;
    let query = "query { b: needs { totalCount nodes { title kind } } a: units { totalCount } ...more needs { nodes { quantity ...named } } }
        fragment more on Query { claims { totalCount } z: needs { n: totalCount } }
        fragment named on ListItem { name: title owner { ... on Community { name } ... on Unit { name } } }";
    let answer = world.stranger.ask(query).await;
    let data = r#"{"b":{"totalCount":1,"nodes":[{"title":"路灯","kind":"NEED"}]},"a":{"totalCount":0},"claims":{"totalCount":0},"z":{"n":1},"needs":{"nodes":[{"quantity":3,"name":"路灯","owner":{"name":"文庙社区"}}]}}"#;
    assert!(answer.text.contains(data), "{}", answer.text);
}

case!(a_variable_that_was_not_said_is_as_if_it_was_not_there);
async fn a_variable_that_was_not_said_is_as_if_it_was_not_there(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    for title in ["乙", "甲", "丙"] {
        given.need(&community).title(title).await;
    }
    let query = "query($status: ListItemStatusOp, $word: ListItemStatus, $first: Int, $after: String, $way: OrderDirection, $by: [ListItemOrder!],
            $unmask: Boolean, $id: ID, $code: String = \"510603001001\", $with: Boolean = true) {
        needs(filter: { status: $status, and: [{ status: { eq: $word } }] }, orderBy: [{ field: TITLE, direction: $way }], first: $first, after: $after) {
            nodes { title contact(unmask: $unmask) { masked } }
        }
        newest: needs(orderBy: $by, first: $first) { nodes { title } }
        community(id: $id, code: $code) { name @include(if: $with) }
    }";
    let titles = |titles: &[&str]| {
        let nodes: Vec<_> =
            titles.iter().map(|title| json!({ "title": title, "contact": { "masked": "SIGN_IN" } })).collect();
        json!({ "nodes": nodes })
    };
    let answer = world.stranger.ask(query).await;
    let newest = json!({ "nodes": [{ "title": "丙" }, { "title": "甲" }, { "title": "乙" }] });
    let community = json!({ "name": "文庙社区" });
    // 丙 U+4E19, 乙 U+4E59, 甲 U+7532.
    assert_eq!(
        answer.good(),
        &json!({ "needs": titles(&["丙", "乙", "甲"]), "newest": newest, "community": community })
    );
    let said = json!({ "status": { "eq": "PUBLISHED" }, "word": "PUBLISHED", "first": 1, "way": "DESC", "unmask": true, "by": [], "with": false });
    let answer = world.stranger.ask_with(query, said).await;
    assert_eq!(
        answer.good(),
        &json!({ "needs": titles(&["甲"]), "newest": { "nodes": [{ "title": "丙" }] }, "community": {} })
    );
    // A null that was said is a null: no filter, no size, no order.
    let null = json!({ "status": null, "word": null, "first": null, "after": null, "by": null, "id": null });
    let answer = world.stranger.ask_with(query, null).await;
    assert_eq!(answer.good()["newest"], newest);
    assert_eq!(answer.good()["needs"], titles(&["丙", "乙", "甲"]));
}

case!(a_question_that_is_wrong_is_refused_and_answers_nothing);
async fn a_question_that_is_wrong_is_refused_and_answers_nothing(world: World) {
    for (query, variables) in [
        ("{ nonsense }", json!({})),
        ("{ needs }", json!({})),
        ("{ needs { nodes { title } }", json!({})),
        ("{ needs(filter: { nonsense: 1 }) { totalCount } }", json!({})),
        ("{ needs(filter: { status: { eq: NONSENSE } }) { totalCount } }", json!({})),
        ("{ needs(first: \"1\") { totalCount } }", json!({})),
        ("{ units(filter: { memberCount: { gt: 99999999999 } }) { totalCount } }", json!({})),
        ("query($first: Int!) { needs(first: $first) { totalCount } }", json!({})),
        ("query($first: Int!) { needs(first: $first) { totalCount } }", json!({ "first": null })),
        ("query($first: Int! = 1) { needs(first: $first) { totalCount } }", json!({ "first": null })),
        ("query($first: Int) { needs(first: $first) { totalCount } }", json!({ "first": "many" })),
        ("{ node { id } }", json!({})),
        ("mutation { claim { id } }", json!({})),
        ("{ needs { nodes { form } } }", json!({})),
        ("", json!({})),
    ] {
        let answer = world.stranger.ask_with(query, variables).await;
        let mut codes = answer.codes();
        codes.dedup();
        assert_eq!(codes, ["BAD_REQUEST"], "{query}");
        assert!(
            answer.body["data"].is_null() && answer.body["errors"][0]["extensions"]["requestId"].is_string(),
            "{}",
            answer.text
        );
    }
}

case!(one_field_that_fails_leaves_its_neighbours);
async fn one_field_that_fails_leaves_its_neighbours(world: World) {
    let given = &world.given;
    given.need(&given.community("文庙社区").await).title("路灯").await;
    let answer = world.stranger.ask("{ unit { name } community(code: \"510603001001\") { name } }").await;
    answer.refused("BAD_REQUEST");
    assert_eq!(answer.body["errors"][0]["path"], json!(["unit"]));
    assert_eq!(answer.body["data"], json!({ "unit": null, "community": { "name": "文庙社区" } }));
    // A list is never null, so a list that fails takes the nearest thing that may be.
    let answer = world
        .stranger
        .ask("{ community(code: \"510603001001\") { needs(first: 101) { totalCount } } areas { totalCount } }")
        .await;
    answer.refused("BAD_REQUEST");
    assert_eq!(answer.body["errors"][0]["path"], json!(["community", "needs"]));
    assert_eq!(answer.body["data"], json!({ "community": null, "areas": { "totalCount": 5 } }));
}
