//! What a page may be asked for, and what is said to whoever asks for something else.

use serde_json::{Value, json};

use super::asked::Asked;
use super::order::Line;
use crate::harness::{Answer, World, case};

/// Three needs and a claim on the oldest.
async fn three_needs(world: &World) -> Asked {
    let community = world.given.community("文庙社区").await;
    for title in ["一", "二", "三"] {
        world.given.need(&community).title(title).await;
    }
    let need = world.given.need(&world.given.community("东街社区").await).await;
    world.given.claim(&need, &world.given.unit("区人民医院").await).await;
    Asked::new(&world.stranger, "needs", "ListItem").filter(json!({ "title": { "in": ["一", "二", "三"] } }))
}

case!(a_page_that_cannot_be_is_refused_with_what_to_do_instead);
async fn a_page_that_cannot_be_is_refused_with_what_to_do_instead(world: World) {
    let needs = three_needs(&world).await;
    let cursor = needs.page(json!({ "first": 1 })).await.end;
    let refusals = [
        (
            json!({ "first": 1, "last": 1 }),
            "first and last cannot both be given: first reads from the front, last from the back",
        ),
        (json!({ "after": cursor, "before": cursor }), "after and before cannot both be given: a page has one end"),
        (
            json!({ "first": 1, "before": cursor }),
            "before goes with last: to read on from a cursor, give first and after",
        ),
        (
            json!({ "last": 1, "after": cursor }),
            "after goes with first: to read back from a cursor, give last and before",
        ),
        (json!({ "first": -1 }), "first is -1; it cannot be negative"),
        (json!({ "last": -1 }), "last is -1; it cannot be negative"),
        (json!({ "first": 101 }), "first is 101; a page has at most 100"),
        (json!({ "last": 101 }), "last is 101; a page has at most 100"),
    ];
    for (page, message) in refusals {
        assert_refused(&needs.ask(page).await, "BAD_REQUEST", message);
    }
    let by_distance = needs.ordered(&[Line::new("DISTANCE", false)]).ask(json!({})).await;
    let message = "orderBy DISTANCE needs a point to measure from: filter with near: { lng, lat, metres }";
    assert_refused(&by_distance, "BAD_REQUEST", message);
    let long = needs.ordered(&vec![Line::new("TITLE", false); 9]).ask(json!({})).await;
    assert_refused(&long, "BAD_REQUEST", "orderBy has 9 lines; at most 8");
}

case!(a_cursor_is_good_only_where_it_was_given_out);
async fn a_cursor_is_good_only_where_it_was_given_out(world: World) {
    let needs = three_needs(&world).await;
    let by_title = needs.ordered(&[Line::new("TITLE", false)]);
    let cursor = by_title.page(json!({ "first": 1 })).await.end.unwrap();
    let other = "this cursor is of another list, filter or order: start from the first page, without a cursor";
    let elsewhere = [
        needs.clone(),
        needs.ordered(&[Line::new("TITLE", true)]),
        needs.ordered(&[Line::new("TITLE", false), Line::new("URGENCY", false)]),
        Asked { filter: json!({ "title": { "in": ["一"] } }), ..by_title.clone() },
        Asked { filter: Value::Null, ..by_title.clone() },
        Asked { field: "listItems", ..by_title.clone() },
        Asked::new(&world.stranger, "claims", "Claim"),
    ];
    for asked in elsewhere {
        assert_refused(&asked.ask(json!({ "first": 1, "after": cursor })).await, "BAD_CURSOR", other);
        assert_refused(&asked.ask(json!({ "last": 1, "before": cursor })).await, "BAD_CURSOR", other);
    }
    let short = &cursor[..cursor.len() - 4];
    for nonsense in
        ["", "cursor", "\u{0}", "中", short, &format!("{cursor}="), &format!("{cursor}AAAA"), &"A".repeat(5_000)]
    {
        let answer = by_title.ask(json!({ "first": 1, "after": nonsense })).await;
        let message = "this is no cursor: pass one that this list gave out";
        assert_refused(&answer, "BAD_CURSOR", message);
    }
}

case!(a_cursor_serves_the_same_list_of_every_parent);
async fn a_cursor_serves_the_same_list_of_every_parent(world: World) {
    let needs = three_needs(&world).await.ordered(&[Line::new("TITLE", false)]);
    let cursor = needs.page(json!({ "first": 1 })).await.end.unwrap();
    let query = "query($after: String) { communities { nodes { name needs(
        filter: { title: { in: [\"一\", \"二\", \"三\"] } }, orderBy: [{ field: TITLE }], after: $after
    ) { nodes { title } } } } }";
    let answer = world.stranger.ask_with(query, json!({ "after": cursor })).await;
    // 一 U+4E00, 三 U+4E09, 二 U+4E8C.
    assert_eq!(
        answer.good()["communities"]["nodes"],
        json!([
            { "name": "文庙社区", "needs": { "nodes": [{ "title": "三" }, { "title": "二" }] } },
            { "name": "东街社区", "needs": { "nodes": [] } },
        ])
    );
}

case!(a_page_of_none_says_whether_there_is_any);
async fn a_page_of_none_says_whether_there_is_any(world: World) {
    let needs = three_needs(&world).await;
    let none = Asked { filter: json!({ "or": [] }), ..needs.clone() };
    for (size, is_forwards) in [("first", true), ("last", false)] {
        let page = needs.page(json!({ size: 0 })).await;
        assert_eq!((page.ids.len(), page.start, page.end, page.total), (0, None, None, 3));
        assert_eq!((page.has_next, page.has_previous), (is_forwards, !is_forwards));
        for number in [0, 100] {
            let page = none.page(json!({ size: number })).await;
            assert_eq!((page.ids.len(), page.has_next, page.has_previous, page.total), (0, false, false, 0));
        }
    }
    // A page of exactly all there is.
    let page = needs.page(json!({ "first": 3 })).await;
    assert_eq!((page.ids.len(), page.has_next), (3, false));
}

case!(a_page_of_no_size_has_twenty);
async fn a_page_of_no_size_has_twenty(world: World) {
    let needs = three_needs(&world).await;
    let community = world.given.community("西街社区").await;
    for _ in 0..22 {
        world.given.need(&community).title("一").await;
    }
    let first = needs.page(json!({})).await;
    assert_eq!((first.ids.len(), first.has_next), (20, true));
    let rest = needs.page(json!({ "after": first.end })).await;
    assert_eq!((rest.ids.len(), rest.has_next), (5, false));
    // A cursor to read back from is enough to read back.
    let back = needs.page(json!({ "before": rest.start })).await;
    assert_eq!((back.ids, back.has_previous, back.has_next), (first.ids, false, true));
}

#[track_caller]
fn assert_refused(answer: &Answer, code: &str, message: &str) {
    answer.refused(code);
    assert_eq!(answer.body["errors"][0]["message"], message);
    assert!(answer.body["data"].is_null(), "{}", answer.text);
}
