//! The schema as it is committed: what a reviewer reads as the difference between two versions of the API.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

use crate::harness::pure;

const COMMITTED: &str = include_str!("../../schema.graphql");

fn the_committed_schema_is_the_one_that_runs() {
    let runs = api::server::app::schema_text(&api::server::app::graph());
    assert!(runs == COMMITTED, "schema.graphql has drifted; write it anew: cargo run -- schema > schema.graphql");
}
pure!(the_committed_schema_is_the_one_that_runs);

/// Every type, field, argument and enum value says what it is.
fn everything_in_the_schema_is_described() {
    let mut silent = Vec::new();
    for definition in parse_schema(COMMITTED).expect("a schema").definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let definition = definition.node;
        let name = definition.name.node.as_str().to_owned();
        let mut check = |path: String, is_described: bool| {
            if !is_described {
                silent.push(path);
            }
        };
        check(name.clone(), definition.description.is_some());
        match definition.kind {
            TypeKind::Object(async_graphql::parser::types::ObjectType { fields, .. })
            | TypeKind::Interface(async_graphql::parser::types::InterfaceType { fields, .. }) => {
                for field in fields {
                    let path = format!("{name}.{}", field.node.name.node);
                    check(path.clone(), field.node.description.is_some());
                    for argument in field.node.arguments {
                        check(format!("{path}({})", argument.node.name.node), argument.node.description.is_some());
                    }
                }
            }
            TypeKind::Enum(choice) => {
                for value in choice.values {
                    check(format!("{name}.{}", value.node.value.node), value.node.description.is_some());
                }
            }
            TypeKind::InputObject(input) => {
                for field in input.fields {
                    check(format!("{name}.{}", field.node.name.node), field.node.description.is_some());
                }
            }
            TypeKind::Scalar | TypeKind::Union(_) => {}
        }
    }
    assert_eq!(silent, [""; 0]);
}
pure!(everything_in_the_schema_is_described);
