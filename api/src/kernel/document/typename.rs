//! Directives on `__typename`, which the library overlooks: it neither validates them nor counts the variables they use.

use async_graphql::Positioned;
use async_graphql::parser::types::DocumentOperations::{Multiple, Single};
use async_graphql::parser::types::{ExecutableDocument, InlineFragment, Selection, SelectionSet};

/// Rewrites `__typename @include(if: $x)` to `... @include(if: $x) { __typename }`, which means the same.
pub(super) fn wrap(document: &mut ExecutableDocument) {
    match &mut document.operations {
        Single(operation) => wrap_in_selection(&mut operation.node.selection_set.node),
        Multiple(operations) => {
            operations.values_mut().for_each(|operation| wrap_in_selection(&mut operation.node.selection_set.node));
        }
    }
    document.fragments.values_mut().for_each(|fragment| wrap_in_selection(&mut fragment.node.selection_set.node));
}

fn wrap_in_selection(selection: &mut SelectionSet) {
    for item in &mut selection.items {
        match &mut item.node {
            Selection::Field(field) if field.node.name.node == "__typename" && !field.node.directives.is_empty() => {
                let at = item.pos;
                let directives = std::mem::take(&mut field.node.directives);
                let alone = SelectionSet { items: vec![item.clone()] };
                let fragment =
                    InlineFragment { type_condition: None, directives, selection_set: Positioned::new(alone, at) };
                item.node = Selection::InlineFragment(Positioned::new(fragment, at));
            }
            Selection::Field(field) => wrap_in_selection(&mut field.node.selection_set.node),
            Selection::InlineFragment(fragment) => wrap_in_selection(&mut fragment.node.selection_set.node),
            Selection::FragmentSpread(_) => {}
        }
    }
}
