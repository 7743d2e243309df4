//! What was not said: an omitted variable is as if its argument or field had not been written.
//!
//! So the specification has it (§6.4.1), and so partial updates need it; the library would hand on a null.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::DocumentOperations::Multiple;
use async_graphql::parser::types::{Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Variables};
use async_graphql_value::{ConstValue, Value};

/// Removes what the operation that runs says by variables that have no value: their definitions, and wherever they are used.
pub(super) fn drop_omitted(document: &mut ExecutableDocument, chosen: Option<&str>, variables: &Variables) {
    let Some(operation) = super::find(document, chosen) else { return };
    // One that nobody uses is a mistake, which the validation tells.
    let used = Reached::by(document, operation).variables;
    let Some(operation) = super::find_mut(document, chosen) else { return };
    let omitted = take_definitions(operation, &used, variables);
    if !omitted.is_empty() {
        drop_uses(document, chosen, &omitted);
    }
}

/// Removes the definitions of variables that have no value, and need none, and answers with their names.
fn take_definitions(
    operation: &mut Positioned<OperationDefinition>,
    used: &HashSet<Name>,
    variables: &Variables,
) -> HashSet<Name> {
    let mut omitted = HashSet::new();
    operation.node.variable_definitions.retain(|definition| {
        let definition = &definition.node;
        let name = &definition.name.node;
        let is_omitted = definition.var_type.node.nullable && !variables.contains_key(name) && used.contains(name);
        if is_omitted {
            omitted.insert(name.clone());
        }
        !is_omitted
    });
    omitted
}

/// The values of the variables that have a default and no value. The library knows them too, but not where a directive asks.
pub(super) fn defaults(operation: &Positioned<OperationDefinition>, given: &Variables) -> Vec<(Name, ConstValue)> {
    let definitions = operation.node.variable_definitions.iter().map(|definition| &definition.node);
    let not_given = definitions.filter(|definition| !given.contains_key(&definition.name.node));
    not_given
        .filter_map(|definition| Some((definition.name.node.clone(), definition.default_value.clone()?.node)))
        .collect()
}

/// Removes the arguments and the fields of input objects whose value is one of these variables, in the operation that runs
/// and the fragments it spreads.
///
/// Another operation may spread one of those fragments too, and define a variable of the same name for it. It does not run,
/// but it is validated: a variable that it now uses no longer is not its fault, so its definition goes as well.
fn drop_uses(document: &mut ExecutableDocument, chosen: Option<&str>, omitted: &HashSet<Name>) {
    let Some(operation) = super::find(document, chosen) else { return };
    let spread = Reached::by(document, operation).fragments;
    let used_before = uses_of_others(document, chosen);
    if let Some(operation) = super::find_mut(document, chosen) {
        drop_in_selection(&mut operation.node.selection_set.node, omitted);
    }
    for (_, fragment) in document.fragments.iter_mut().filter(|(name, _)| spread.contains(*name)) {
        drop_in_selection(&mut fragment.node.selection_set.node, omitted);
    }
    let used_after = uses_of_others(document, chosen);
    let Multiple(operations) = &mut document.operations else { return };
    for (name, operation) in operations {
        let (Some(before), Some(after)) = (used_before.get(name), used_after.get(name)) else { continue };
        operation.node.variable_definitions.retain(|definition| {
            let variable = &definition.node.name.node;
            !before.contains(variable) || after.contains(variable)
        });
    }
}

/// The variables that each operation uses, but for the one that runs.
fn uses_of_others(document: &ExecutableDocument, chosen: Option<&str>) -> HashMap<Name, HashSet<Name>> {
    let Multiple(operations) = &document.operations else { return HashMap::new() };
    let others = operations.iter().filter(|(name, _)| operations.len() > 1 && chosen != Some(name.as_str()));
    others.map(|(name, operation)| (name.clone(), Reached::by(document, operation).variables)).collect()
}

/// What an operation comes to, its fragments included.
#[derive(Default)]
struct Reached {
    fragments: HashSet<Name>,
    variables: HashSet<Name>,
}

impl Reached {
    fn by(document: &ExecutableDocument, operation: &Positioned<OperationDefinition>) -> Self {
        let mut reached = Self::default();
        reached.directives(&operation.node.directives);
        reached.selection(document, &operation.node.selection_set.node);
        reached
    }

    fn selection(&mut self, document: &ExecutableDocument, selection: &SelectionSet) {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => {
                    self.directives(&field.node.directives);
                    field.node.arguments.iter().for_each(|(_, value)| self.value(&value.node));
                    self.selection(document, &field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    self.directives(&fragment.node.directives);
                    self.selection(document, &fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.node.directives);
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = document.fragments.get(name)
                        && self.fragments.insert(name.clone())
                    {
                        self.selection(document, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        let arguments = directives.iter().flat_map(|directive| &directive.node.arguments);
        arguments.for_each(|(_, value)| self.value(&value.node));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Variable(name) => drop(self.variables.insert(name.clone())),
            Value::Object(fields) => fields.values().for_each(|value| self.value(value)),
            Value::List(values) => values.iter().for_each(|value| self.value(value)),
            _ => {}
        }
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
