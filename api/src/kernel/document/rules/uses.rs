//! Variables: what definitions use of what others say, and whether an operation defines it.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{DirectiveLocation, OperationDefinition, VariableDefinition};
use async_graphql::{Name, Pos};
use async_graphql_value::Value;

use super::Rules;
use crate::kernel::document::types;

/// What a definition names that is elsewhere.
#[derive(Default)]
pub(super) struct Uses<'d> {
    pub(super) spreads: Vec<&'d Name>,
    pub(super) variables: Vec<(&'d Name, Pos)>,
}

impl<'d> Uses<'d> {
    /// What it spreads, and what that spreads.
    pub(super) fn reached<'u>(&'u self, fragments: &'u HashMap<&'d Name, Self>) -> HashMap<&'d Name, &'u Self> {
        let mut reached = HashMap::new();
        let mut open: Vec<&Name> = self.spreads.clone();
        while let Some(name) = open.pop() {
            let Some(uses) = fragments.get(name) else { continue };
            if reached.insert(name, uses).is_none() {
                open.extend(&uses.spreads);
            }
        }
        reached
    }

    pub(super) fn value(&mut self, value: &'d Value, at: Pos) {
        match value {
            Value::Variable(name) => self.variables.push((name, at)),
            Value::Object(fields) => fields.values().for_each(|value| self.value(value, at)),
            Value::List(values) => values.iter().for_each(|value| self.value(value, at)),
            _ => {}
        }
    }
}

impl<'d> Rules<'d> {
    /// Variables that are defined once, of a type that can be given, and used; and no others used.
    pub(super) fn variables<'u>(
        &mut self,
        name: Option<&Name>,
        operation: &'d OperationDefinition,
        uses: impl Iterator<Item = &'u Uses<'d>>,
    ) where
        'd: 'u,
    {
        let by = name.map_or_else(|| ".".to_owned(), |name| format!(" by operation \"{name}\""));
        let used: HashMap<&Name, Pos> = uses.flat_map(|uses| uses.variables.iter().copied()).collect();
        let mut defined = HashSet::new();
        for definition in &operation.variable_definitions {
            let VariableDefinition { name, var_type, directives, .. } = &definition.node;
            self.directives(directives, DirectiveLocation::VariableDefinition, &mut Uses::default());
            if !defined.insert(&name.node) {
                self.fault(name.pos, format!("There can be only one variable named \"${}\".", name.node));
            }
            match self.types.named(&var_type.node) {
                None => {
                    self.fault(var_type.pos, format!("Unknown type \"{}\".", types::innermost(&var_type.node)));
                }
                Some(kind) if !kind.is_input() => {
                    let message = format!(
                        "Variable \"${}\" cannot be of type \"{}\", which is no input.",
                        name.node, var_type.node
                    );
                    self.fault(var_type.pos, message);
                }
                Some(_) => {}
            }
            if !used.contains_key(&name.node) {
                self.fault(definition.pos, format!("Variable \"${}\" is not used{by}", name.node));
            }
        }
        for (name, at) in used.iter().filter(|(name, _)| !defined.contains(*name)) {
            self.fault(*at, format!("Variable \"${name}\" is not defined{by}"));
        }
    }
}
