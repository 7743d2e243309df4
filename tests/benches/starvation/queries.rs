//! What the besiegers ask for: hostile, and permitted.

use api::database::Database;
use entity::area::{self, AreaLevel};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

/// A query, as it is posted.
pub struct Hostile {
    pub name: &'static str,
    pub body: String,
}

/// Codes of so many areas.
pub async fn codes(database: &Database) -> Vec<String> {
    let areas = area::Entity::find().filter(area::Column::Level.eq(AreaLevel::Community));
    let areas = areas.order_by_asc(area::Column::Path).limit(200).all(&database.reader).await.expect("areas");
    areas.into_iter().map(|area| area.code).collect()
}

pub fn hostile(codes: &[String]) -> Vec<Hostile> {
    let with = |name, query: String, variables| {
        let body = json!({ "query": query, "variables": variables }).to_string();
        Hostile { name, body }
    };
    let of = |name, query: &str| with(name, query.to_owned(), json!({}));
    let deep = "claimEvents(first: 1, filter: { claim: { item: { title: { contains: \"zzzz\" } } } }) { nodes { id } }";
    let aliases: Vec<String> = (0..40).map(|number| format!("a{number}: {deep}")).collect();
    let fewer: Vec<String> = aliases.iter().take(5).cloned().collect();
    vec![
        of("a filter through two relations", &format!("{{ {deep} }}")),
        with("the same 5 times", format!("{{ {} }}", fewer.join(" ")), json!({})),
        with("the same 40 times", format!("{{ {} }}", aliases.join(" ")), json!({})),
        of("contains", "{ listItems(first: 1, filter: { title: { contains: \"zzzz\" } }) { nodes { id } } }"),
        of(
            "a filter that is not",
            "{ claims(first: 1, filter: { not: { item: { owner: { name: { contains: \"\" } } } } }) { nodes { id } } }",
        ),
        of("a count", "{ claims { totalCount } }"),
        of("an exact count", "{ claims { totalCount(exact: true) } }"),
        of(
            "a count of what does not match",
            "{ claimEvents(filter: { claim: { item: { title: { contains: \"zzzz\" } } } }) { totalCount } }",
        ),
        of("an order without an index", "{ claims(first: 100, orderBy: [{ field: PEOPLE_SERVED }]) { nodes { id } } }"),
        of(
            "a wide page",
            "{ listItems(first: 100) { nodes { id title owner { name } claims(first: 20) { nodes { id status claimant { name } } } } } }",
        ),
        of(
            "counts of a page",
            "{ communities(first: 100) { nodes { needs { totalCount } services { totalCount } claims { totalCount } } } }",
        ),
        with(
            "within many areas",
            "query($codes: [String!]) { listItems(first: 1, filter: { title: { contains: \"zzzz\" }, area: { within: $codes } }) { nodes { id } } }".into(),
            json!({ "codes": codes }),
        ),
    ]
}
