//! The pages that a mutation asks for, looked at before it runs: what it did would stand, and its answer be an error.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Variables};

use super::types::{Definition, Types, innermost};
use crate::kernel::connection::Lists;
use crate::kernel::error::{Error, Result};

/// Refuses a page that cannot be: too large, from a cursor of another list, in an order that lacks its filter.
///
/// # Errors
/// `BAD_REQUEST` and `BAD_CURSOR`, as the list itself would, with the name of its field.
pub(super) fn check(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    types: &Types,
    lists: &Lists,
) -> Result<()> {
    let mut walk = Walk { document, variables, types, lists, seen: HashSet::new() };
    walk.selection(&operation.selection_set.node, types.root(operation.ty))
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    variables: &'d Variables,
    types: &'d Types,
    lists: &'d Lists,
    /// A fragment stands for the same pages wherever it is spread.
    seen: HashSet<Name>,
}

impl<'d> Walk<'d> {
    fn selection(&mut self, selection: &'d SelectionSet, parent: Option<&'d Definition>) -> Result<()> {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let known = parent.and_then(|parent| self.types.field(parent, &field.name.node));
                    let Some(known) = known else { continue };
                    self.field(field, innermost(&known.ty))?;
                    self.selection(&field.selection_set.node, self.types.named(&known.ty))?;
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    let parent = on.map_or(parent, |on| self.types.get(on));
                    self.selection(&fragment.node.selection_set.node, parent)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name)
                        && self.seen.insert(name.clone())
                    {
                        let on = self.types.get(&fragment.node.type_condition.node.on.node);
                        self.selection(&fragment.node.selection_set.node, on)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(&self, field: &Field, type_name: &str) -> Result<()> {
        let Some(check) = self.lists.get(type_name) else { return Ok(()) };
        let given = |name: &str| {
            let value = field.get_argument(name)?.node.clone();
            value.into_const_with(|name| self.variables.get(&name).cloned().ok_or(())).ok()
        };
        let name = &field.name.node;
        check(&given).map_err(|error| match error {
            Error::BadRequest(message) => Error::BadRequest(format!("{name}: {message}")),
            Error::BadCursor(message) => Error::BadCursor(format!("{name}: {message}")),
            other => other,
        })
    }
}
