//! What the walk has to know of the schema: which fields answer with many.

use async_graphql::parser::types::BaseType;

use super::types::{Definition, Field};

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

/// How often what lies below this field of a type may be answered. The rows of a page were counted with its connection.
pub(super) fn repeats(on: &Definition, field: &Field) -> Repeats {
    match &field.ty.base {
        BaseType::Named(name) if name.ends_with("Connection") => Repeats::Page,
        BaseType::List(_) if !on.name.ends_with("Connection") => Repeats::List,
        _ => Repeats::Once,
    }
}
