//! What was not said: an omitted variable is as if its argument or field had not been written.
//!
//! So the specification has it (§6.4.1), and so partial updates need it; the library would hand on a null.

use std::collections::HashSet;

use async_graphql::parser::types::DocumentOperations::{Multiple, Single};
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Variables};
use async_graphql_value::{ConstValue, Value};

use crate::kernel::error::{Error, Result};

/// Removes the definitions of variables that have neither a value nor a default, and need none, and answers with their names.
pub(super) fn take_definitions(
    operation: &mut Positioned<OperationDefinition>,
    given: &HashSet<&Name>,
) -> HashSet<Name> {
    let mut omitted = HashSet::new();
    operation.node.variable_definitions.retain(|definition| {
        let definition = &definition.node;
        let name = &definition.name.node;
        let is_omitted =
            definition.var_type.node.nullable && definition.default_value.is_none() && !given.contains(name);
        if is_omitted {
            omitted.insert(name.clone());
        }
        !is_omitted
    });
    omitted
}

/// Refuses variables that must have a value and have none. The library looks only at the arguments they are for.
///
/// # Errors
/// `BAD_REQUEST`, naming the variable.
pub(super) fn check_required(operation: &Positioned<OperationDefinition>, variables: &Variables) -> Result<()> {
    let definitions = operation.node.variable_definitions.iter().map(|definition| &definition.node);
    for definition in definitions.filter(|definition| !definition.var_type.node.nullable) {
        let name = &definition.name.node;
        let is_missing = match variables.get(name) {
            Some(value) => *value == ConstValue::Null,
            None => definition.default_value.is_none(),
        };
        if is_missing {
            let kind = &definition.var_type.node;
            return Err(Error::BadRequest(format!("the variable ${name} is {kind}, and has no value")));
        }
    }
    Ok(())
}

/// The values of the variables that have a default and no value. The library knows them too, but not where a directive asks.
pub(super) fn defaults(operation: &Positioned<OperationDefinition>, given: &HashSet<&Name>) -> Vec<(Name, ConstValue)> {
    let definitions = operation.node.variable_definitions.iter().map(|definition| &definition.node);
    let not_given = definitions.filter(|definition| !given.contains(&definition.name.node));
    not_given
        .filter_map(|definition| Some((definition.name.node.clone(), definition.default_value.clone()?.node)))
        .collect()
}

/// Removes the arguments and the fields of input objects whose value is one of these variables.
pub(super) fn drop_uses(document: &mut ExecutableDocument, omitted: &HashSet<Name>) {
    match &mut document.operations {
        Single(operation) => drop_in_selection(&mut operation.node.selection_set.node, omitted),
        Multiple(operations) => {
            operations
                .values_mut()
                .for_each(|operation| drop_in_selection(&mut operation.node.selection_set.node, omitted));
        }
    }
    for fragment in document.fragments.values_mut() {
        drop_in_selection(&mut fragment.node.selection_set.node, omitted);
    }
}

// The scan has bounded how deep this can go.
fn drop_in_selection(selection: &mut SelectionSet, omitted: &HashSet<Name>) {
    for item in &mut selection.items {
        match &mut item.node {
            Selection::Field(field) => {
                let field = &mut field.node;
                field.arguments.retain_mut(|(_, value)| keep(&mut value.node, omitted));
                drop_in_selection(&mut field.selection_set.node, omitted);
            }
            Selection::InlineFragment(fragment) => {
                drop_in_selection(&mut fragment.node.selection_set.node, omitted);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Whether the value was said. An item of a list always is: there, an omitted variable is a null.
fn keep(value: &mut Value, omitted: &HashSet<Name>) -> bool {
    match value {
        Value::Variable(name) => !omitted.contains(name),
        Value::Object(fields) => {
            fields.retain(|_, value| keep(value, omitted));
            true
        }
        Value::List(values) => {
            for value in values {
                if !keep(value, omitted) {
                    *value = Value::Null;
                }
            }
            true
        }
        _ => true,
    }
}
