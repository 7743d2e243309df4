//! A row is read as far as its fields show it: each field says alone what it says beside all the others.

use std::collections::BTreeMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, InterfaceType, ObjectType, Type, TypeKind, TypeSystemDefinition};
use serde_json::Value;

use crate::harness::{World, case};

/// The fields of a type that need no argument, and the type of each, by the name of the type.
struct Schema(BTreeMap<String, Vec<(String, String)>>);

impl Schema {
    fn read() -> Self {
        let schema = parse_schema(api::server::app::schema_text(&api::server::app::graph())).expect("a schema");
        let types = schema.definitions.into_iter().filter_map(|definition| {
            let TypeSystemDefinition::Type(definition) = definition else { return None };
            let (TypeKind::Object(ObjectType { fields, .. }) | TypeKind::Interface(InterfaceType { fields, .. })) =
                definition.node.kind
            else {
                return None;
            };
            let free = fields.into_iter().map(|field| field.node).filter(|field| {
                let needed = |argument: &Type| !argument.nullable;
                field
                    .arguments
                    .iter()
                    .all(|argument| argument.node.default_value.is_some() || !needed(&argument.node.ty.node))
            });
            let fields = free.map(|field| (field.name.node.to_string(), of(&field.ty.node))).collect();
            Some((definition.node.name.node.to_string(), fields))
        });
        Self(types.collect())
    }

    fn fields(&self, of: &str) -> &[(String, String)] {
        self.0.get(of).map_or(&[], Vec::as_slice)
    }

    /// Every list of the root that a stranger may read, and the type of its rows.
    fn lists(&self) -> impl Iterator<Item = (&str, &str)> {
        let lists =
            self.fields("Query").iter().filter_map(|(name, kind)| Some((&**name, kind.strip_suffix("Connection")?)));
        lists.filter(|(name, _)| !["accounts", "auditEntries", "memberCheckIns"].contains(name))
    }

    /// What to select of a field: itself, or of what it leads to the least that there is.
    fn select(&self, (name, kind): &(String, String)) -> String {
        match self.fields(kind) {
            [] => name.clone(),
            _ if kind.ends_with("Connection") => format!("{name}(first: 1) {{ edges {{ cursor }} }}"),
            _ => format!("{name} {{ __typename }}"),
        }
    }
}

fn of(kind: &Type) -> String {
    match &kind.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(kind) => of(kind),
    }
}

/// The rows of a list of the root, with this much of each.
async fn rows(world: &World, list: &str, selected: &str) -> Vec<Value> {
    let text = format!("{{ {list}(first: 12) {{ nodes {{ {selected} }} }} }}");
    let answer = world.stranger.ask(&text).await;
    answer.good()[list]["nodes"].as_array().unwrap_or_else(|| panic!("{text}: {}", answer.text)).clone()
}

case!(a_field_shows_alone_what_it_shows_beside_all_the_others);
async fn a_field_shows_alone_what_it_shows_beside_all_the_others(world: World) {
    super::load(&world).await;
    let schema = Schema::read();
    let mut tried = 0;
    for (list, kind) in schema.lists() {
        let fields = schema.fields(kind);
        let all: Vec<String> = fields.iter().map(|field| schema.select(field)).collect();
        let whole = rows(&world, list, &all.join(" ")).await;
        assert!(!whole.is_empty(), "nothing in {list}");
        for (field, selected) in fields.iter().zip(&all) {
            for (row, whole) in rows(&world, list, selected).await.iter().zip(&whole) {
                assert_eq!(row[&field.0], whole[&field.0], "{list} {selected}");
            }
            tried += 1;
            tried += beside(&world, &schema, list, field).await;
        }
    }
    assert!(tried > 250, "{tried} fields");
}

/// The same of the row that a field leads to.
async fn beside(world: &World, schema: &Schema, list: &str, (name, kind): &(String, String)) -> usize {
    let fields = schema.fields(kind);
    if kind.ends_with("Connection") || fields.is_empty() {
        return 0;
    }
    let all: Vec<String> = fields.iter().map(|field| schema.select(field)).collect();
    let whole = rows(world, list, &format!("{name} {{ {} }}", all.join(" "))).await;
    for (field, selected) in fields.iter().zip(&all) {
        for (row, whole) in rows(world, list, &format!("{name} {{ {selected} }}")).await.iter().zip(&whole) {
            let of = |row: &Value| match &row[name] {
                Value::Array(several) => several.iter().map(|one| one[&field.0].clone()).collect(),
                one => vec![one[&field.0].clone()],
            };
            assert_eq!(of(row), of(whole), "{list} {name} {selected}");
        }
    }
    fields.len()
}
