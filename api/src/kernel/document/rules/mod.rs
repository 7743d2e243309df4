//! What a document must be before anything of it runs: whether all that it names is there, and stands where it may (GraphQL,
//! September 2025, section 5). Each definition is walked once; what fragments bring along is joined afterwards.

mod arguments;
mod uses;

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    DirectiveLocation, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Name, Pos, Positioned};

use super::fault::{Fault, hint};
use super::types::{Definition, Types};
use uses::Uses;

/// What is wrong with a document.
pub(super) fn faults(document: &ExecutableDocument, types: &Types, hints: bool) -> Vec<Fault> {
    let mut rules = Rules { document, types, hints, faults: Vec::new() };
    let fragments: HashMap<&Name, Uses> =
        document.fragments.iter().map(|(name, fragment)| (name, rules.fragment(name, &fragment.node))).collect();
    let mut spread = HashSet::new();
    for (name, operation) in document.operations.iter() {
        let uses = rules.operation(operation);
        let reached = uses.reached(&fragments);
        rules.variables(name, &operation.node, std::iter::once(&uses).chain(reached.values().copied()));
        spread.extend(reached.into_keys());
    }
    for (name, fragment) in document.fragments.iter().filter(|(name, _)| !spread.contains(name)) {
        rules.fault(fragment.pos, format!("Fragment \"{name}\" is never used."));
    }
    rules.cycles(&fragments);
    rules.faults
}

struct Rules<'d> {
    document: &'d ExecutableDocument,
    types: &'d Types,
    hints: bool,
    faults: Vec<Fault>,
}

impl<'d> Rules<'d> {
    fn fault(&mut self, at: Pos, message: impl Into<String>) {
        self.faults.push(Fault::at(at, message));
    }

    fn operation(&mut self, operation: &'d Positioned<OperationDefinition>) -> Uses<'d> {
        let mut uses = Uses::default();
        let OperationDefinition { ty, directives, selection_set, .. } = &operation.node;
        let location = match ty {
            OperationType::Query => DirectiveLocation::Query,
            OperationType::Mutation => DirectiveLocation::Mutation,
            OperationType::Subscription => DirectiveLocation::Subscription,
        };
        self.directives(directives, location, &mut uses);
        let root = self.types.root(*ty);
        if root.is_none() {
            self.fault(operation.pos, format!("The schema has no {ty}."));
        }
        self.selection(&selection_set.node, root, &mut uses);
        uses
    }

    fn fragment(&mut self, name: &Name, fragment: &'d FragmentDefinition) -> Uses<'d> {
        let mut uses = Uses::default();
        self.directives(&fragment.directives, DirectiveLocation::FragmentDefinition, &mut uses);
        let on = self.condition(&fragment.type_condition.node.on, &format!("Fragment \"{name}\""));
        self.selection(&fragment.selection_set.node, on, &mut uses);
        uses
    }

    /// The type that a fragment is on: one that has fields.
    fn condition(&mut self, on: &'d Positioned<Name>, fragment: &str) -> Option<&'d Definition> {
        let Some(definition) = self.types.get(&on.node) else {
            self.fault(on.pos, format!("Unknown type \"{}\".", on.node));
            return None;
        };
        if !definition.is_composite() {
            self.fault(on.pos, format!("{fragment} cannot be on \"{}\", which has no fields.", on.node));
        }
        Some(definition).filter(|definition| definition.is_composite())
    }

    fn selection(&mut self, selection: &'d SelectionSet, parent: Option<&'d Definition>, uses: &mut Uses<'d>) {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => self.field(field, parent, uses),
                Selection::InlineFragment(fragment) => {
                    let inline = &fragment.node;
                    self.directives(&inline.directives, DirectiveLocation::InlineFragment, uses);
                    let on = match &inline.type_condition {
                        None => parent,
                        Some(condition) => {
                            let on = self.condition(&condition.node.on, "A fragment");
                            self.possible(fragment.pos, "a fragment", parent, on);
                            on
                        }
                    };
                    self.selection(&inline.selection_set.node, on, uses);
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.node.directives, DirectiveLocation::FragmentSpread, uses);
                    let name = &spread.node.fragment_name;
                    let Some(fragment) = self.document.fragments.get(&name.node) else {
                        self.fault(name.pos, format!("Unknown fragment \"{}\".", name.node));
                        continue;
                    };
                    let on = self.types.get(&fragment.node.type_condition.node.on.node);
                    self.possible(spread.pos, &format!("fragment \"{}\"", name.node), parent, on);
                    uses.spreads.push(&name.node);
                }
            }
        }
    }

    /// Whether what stands here can ever be what the fragment is on.
    fn possible(&mut self, at: Pos, fragment: &str, parent: Option<&Definition>, on: Option<&Definition>) {
        let (Some(parent), Some(on)) = (parent, on) else { return };
        if on.is_composite() && !parent.overlaps(on) {
            let (parent, on) = (&parent.name, &on.name);
            self.fault(at, format!("Cannot spread {fragment} here: a \"{parent}\" can never be of type \"{on}\"."));
        }
    }

    fn field(&mut self, field: &'d Positioned<Field>, parent: Option<&'d Definition>, uses: &mut Uses<'d>) {
        let Field { name, arguments, directives, selection_set, .. } = &field.node;
        self.directives(directives, DirectiveLocation::Field, uses);
        let known = parent.and_then(|parent| self.types.field(parent, &name.node));
        let (Some(parent), Some(known)) = (parent, known) else {
            arguments.iter().for_each(|(_, value)| uses.value(&value.node, value.pos));
            if let Some(parent) = parent {
                let hint = self.hint(&name.node, parent.field_names());
                self.fault(name.pos, format!("Unknown field \"{}\" on type \"{}\".{hint}", name.node, parent.name));
            }
            return self.selection(&selection_set.node, None, uses);
        };
        let owner = format_args!("field \"{}.{}\"", parent.name, name.node).to_string();
        self.arguments(&known.arguments, arguments, &owner, field.pos, uses);
        let kind = self.types.named(&known.ty);
        match (kind.is_some_and(Definition::is_composite), selection_set.node.items.is_empty()) {
            (true, true) => {
                let message =
                    format!("Field \"{}\" of type \"{}\" must have a selection of subfields.", name.node, known.ty);
                self.fault(name.pos, message);
            }
            (false, false) => {
                let message = format!(
                    "Field \"{}\" must not have a selection since type \"{}\" has no subfields.",
                    name.node, known.ty
                );
                self.fault(selection_set.pos, message);
            }
            _ => self.selection(&selection_set.node, kind, uses),
        }
    }

    /// Fragments that come back to themselves.
    fn cycles(&mut self, fragments: &HashMap<&'d Name, Uses<'d>>) {
        for (name, uses) in fragments {
            if uses.reached(fragments).contains_key(name) {
                let at = self.document.fragments.get(*name).map(|fragment| fragment.pos).unwrap_or_default();
                self.fault(at, format!("fragment {name} spreads itself"));
            }
        }
    }

    fn hint<'n>(&self, written: &str, known: impl Iterator<Item = &'n Name>) -> String {
        if self.hints { hint(written, known.map(Name::as_str)) } else { String::new() }
    }
}
