//! What stands alone in a document. Whoever signs in in the middle of one would be somebody else before than after, and so would
//! whatever is read, written and put into the audit log there.

use std::collections::HashSet;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Request};

use crate::kernel::error::{Error, Result};

/// Mutations after which somebody else asks.
const ALONE: [&str; 2] = ["signIn", "refreshSession"];

/// Refuses an operation in which one of these has company.
///
/// # Errors
/// `BAD_REQUEST`.
pub fn check(request: &mut Request) -> Result<()> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().map_err(|error| Error::BadRequest(error.message))?;
    let mut fields = Fields { document, keys: HashSet::new(), seen: HashSet::new(), alone: None };
    let operation = match &document.operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => name.and_then(|name| operations.get(name.as_str())),
    };
    if let Some(operation) = operation {
        fields.take(&operation.node.selection_set.node);
    }
    match fields.alone {
        Some(alone) if fields.keys.len() > 1 => {
            let message =
                format!("{alone} stands alone in its document: send what is beside it as a request of its own");
            Err(Error::BadRequest(message))
        }
        _ => Ok(()),
    }
}

/// The fields at the top of an operation, by the names under which it is answered with them.
struct Fields<'d> {
    document: &'d ExecutableDocument,
    keys: HashSet<&'d Name>,
    seen: HashSet<&'d Name>,
    alone: Option<&'static str>,
}

impl<'d> Fields<'d> {
    fn take(&mut self, set: &'d SelectionSet) {
        for selection in &set.items {
            match &selection.node {
                // Whatever runs, it says the same.
                Selection::Field(field) if field.node.name.node.as_str() == "__typename" => {}
                Selection::Field(field) => {
                    let name = &field.node.name.node;
                    self.alone = self.alone.or_else(|| ALONE.into_iter().find(|alone| name.as_str() == *alone));
                    self.keys.insert(&field.node.response_key().node);
                }
                Selection::InlineFragment(fragment) => self.take(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let (true, Some(fragment)) = (self.seen.insert(name), self.document.fragments.get(name)) {
                        self.take(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
}
