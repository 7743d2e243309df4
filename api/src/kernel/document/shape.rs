//! What the walk has to know of the schema: which fields answer with many.

use std::collections::HashSet;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, TypeKind, TypeSystemDefinition};

/// How often what lies below a field may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    /// Once.
    Once,
    /// Once a row of a page.
    Page,
    /// Once an item of a plain list.
    List,
}

/// The names of fields that answer with many, whatever type they are of: a name means the same everywhere in the schema.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    pages: HashSet<String>,
    lists: HashSet<String>,
}

impl Shape {
    /// The shape of a schema in GraphQL's own language.
    #[must_use]
    pub fn of(schema: &str) -> Self {
        let mut shape = Self::default();
        let definitions = parse_schema(schema).map(|document| document.definitions).unwrap_or_default();
        for definition in definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let TypeKind::Object(object) = definition.node.kind else { continue };
            for field in object.fields {
                let name = field.node.name.node.to_string();
                match &field.node.ty.node.base {
                    BaseType::Named(named) if named.ends_with("Connection") => shape.pages.insert(name),
                    BaseType::List(_) if !Self::is_wrapper(&name) => shape.lists.insert(name),
                    _ => false,
                };
            }
        }
        shape
    }

    pub(super) fn repeats(&self, field: &str) -> Repeats {
        if self.pages.contains(field) {
            Repeats::Page
        } else if self.lists.contains(field) {
            Repeats::List
        } else {
            Repeats::Once
        }
    }

    /// What wraps the rows of a page: no level of its own. (`nodes` is a root field, too, and then lists what `ids` name.)
    pub(super) fn is_wrapper(field: &str) -> bool {
        matches!(field, "edges" | "node" | "nodes" | "pageInfo")
    }

    /// A field of the introspection that answers with many.
    pub(super) fn is_introspection_list(field: &str) -> bool {
        matches!(
            field,
            "types"
                | "fields"
                | "args"
                | "inputFields"
                | "enumValues"
                | "possibleTypes"
                | "interfaces"
                | "directives"
                | "locations"
        )
    }
}
