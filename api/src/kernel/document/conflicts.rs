//! Whether the fields that share a key in the answer can share it (FieldsInSetCanMerge, section 5.3.2).
//!
//! Pairs are not compared. All fields that meet under one key are looked at together: they must have one shape, and those that
//! can meet in one object must be the same field with the same arguments; then what they select below is looked at together. A
//! set of fields that was looked at is remembered, so that fragments which are spread often are not followed as often.

use std::collections::{HashMap, HashSet};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, ExecutableDocument, Field, Selection, SelectionSet, Type};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

use super::fault::Fault;
use super::types::{self, Definition, Kind, Types};

/// The keys of a document whose fields cannot share them. It follows all other rules, and its extent is bounded.
pub(super) fn faults(document: &ExecutableDocument, types: &Types) -> Vec<Fault> {
    let mut conflicts =
        Conflicts { document, types, shapes: HashSet::new(), meetings: HashSet::new(), faults: Vec::new() };
    for (_, operation) in document.operations.iter() {
        let root = types.root(operation.node.ty);
        let fields = conflicts.collect(root.map(|root| (root, &operation.node.selection_set.node)));
        conflicts.meetings(&fields, "");
        conflicts.shapes(&fields, "");
    }
    conflicts.faults
}

/// A field where it is selected.
#[derive(Clone, Copy)]
struct Selected<'d> {
    parent: &'d Definition,
    field: &'d Positioned<Field>,
    known: &'d types::Field,
}

impl Selected<'_> {
    /// Which field of the document it is: one is selected on one type only.
    fn place(&self) -> usize {
        std::ptr::from_ref(self.field) as usize
    }
}

struct Conflicts<'d> {
    document: &'d ExecutableDocument,
    types: &'d Types,
    /// Sets that were found to have one shape, or not to.
    shapes: HashSet<Vec<usize>>,
    /// Sets whose fields can meet, or cannot.
    meetings: HashSet<Vec<usize>>,
    faults: Vec<Fault>,
}

impl<'d> Conflicts<'d> {
    /// The fields of selections, fragments in place, each once.
    fn collect(&self, selections: impl IntoIterator<Item = (&'d Definition, &'d SelectionSet)>) -> Vec<Selected<'d>> {
        let (mut found, mut spread) = (Vec::new(), HashSet::new());
        for (parent, selection) in selections {
            self.collect_into(parent, selection, &mut found, &mut spread);
        }
        found
    }

    fn collect_into(
        &self,
        parent: &'d Definition,
        selection: &'d SelectionSet,
        found: &mut Vec<Selected<'d>>,
        spread: &mut HashSet<&'d Name>,
    ) {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => {
                    let known = self.types.field(parent, &field.node.name.node);
                    found.extend(known.map(|known| Selected { parent, field, known }));
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref();
                    let on = on.and_then(|on| self.types.get(&on.node.on.node)).unwrap_or(parent);
                    self.collect_into(on, &fragment.node.selection_set.node, found, spread);
                }
                Selection::FragmentSpread(fragment) => {
                    let name = &fragment.node.fragment_name.node;
                    let Some(fragment) = self.document.fragments.get(name).filter(|_| spread.insert(name)) else {
                        continue;
                    };
                    if let Some(on) = self.types.get(&fragment.node.type_condition.node.on.node) {
                        self.collect_into(on, &fragment.node.selection_set.node, found, spread);
                    }
                }
            }
        }
    }

    fn below(&self, fields: &[Selected<'d>]) -> Vec<Selected<'d>> {
        self.collect(fields.iter().filter_map(|selected| {
            Some((self.types.named(&selected.known.ty)?, &selected.field.node.selection_set.node))
        }))
    }

    /// SameResponseShape: whatever objects they are of, a client reads one kind of value under one key.
    fn shapes(&mut self, fields: &[Selected<'d>], path: &str) {
        if !self.shapes.insert(places(fields)) {
            return;
        }
        for (key, mut fields) in by_key(fields) {
            // What a schema tells of itself is left out of this, as every other implementation has it.
            fields.retain(|selected| !selected.known.name.starts_with("__"));
            let Some((first, others)) = fields.split_first() else { continue };
            let path = join(path, key);
            let (one, ty) = (&first.field.node.name.node, &first.known.ty);
            if let Some(other) = others.iter().find(|other| !self.same_shape(ty, &other.known.ty)) {
                let reason = format!("\"{one}\" is {ty}, and \"{}\" is {}", other.field.node.name.node, other.known.ty);
                self.conflict(&path, &reason, first, other);
                continue;
            }
            let below = self.below(&fields);
            self.shapes(&below, &path);
        }
    }

    /// What can meet in one object is one field. Objects of different types never do; an interface's may be of any.
    fn meetings(&mut self, fields: &[Selected<'d>], path: &str) {
        if !self.meetings.insert(places(fields)) {
            return;
        }
        for (key, fields) in by_key(fields) {
            let path = join(path, key);
            for fields in by_object(&fields) {
                let Some((first, others)) = fields.split_first() else { continue };
                if let Some((reason, other)) = others.iter().find_map(|other| Some((difference(first, other)?, other)))
                {
                    self.conflict(&path, &reason, first, other);
                    continue;
                }
                let below = self.below(&fields);
                self.meetings(&below, &path);
            }
        }
    }

    fn same_shape(&self, one: &Type, other: &Type) -> bool {
        one.nullable == other.nullable
            && match (&one.base, &other.base) {
                (BaseType::List(one), BaseType::List(other)) => self.same_shape(one, other),
                (BaseType::Named(one), BaseType::Named(other)) => {
                    one == other || (self.has_fields(one) && self.has_fields(other))
                }
                _ => false,
            }
    }

    fn has_fields(&self, name: &Name) -> bool {
        self.types.get(name).is_some_and(Definition::is_composite)
    }

    fn conflict(&mut self, path: &str, reason: &str, one: &Selected<'d>, other: &Selected<'d>) {
        let locations = vec![one.field.pos, other.field.pos];
        // Two different fields mostly differ in shape, too.
        if self.faults.iter().all(|fault| fault.locations != locations) {
            let message = format!("Fields \"{path}\" conflict: {reason}. An alias tells them apart.");
            self.faults.push(Fault { message, locations });
        }
    }
}

/// Why two fields are not one.
fn difference(one: &Selected<'_>, other: &Selected<'_>) -> Option<String> {
    let (one, other) = (&one.field.node, &other.field.node);
    if one.name.node != other.name.node {
        return Some(format!("\"{}\" and \"{}\" are different fields", one.name.node, other.name.node));
    }
    let arguments = |field: &Field| -> HashMap<Name, Value> {
        field.arguments.iter().map(|(name, value)| (name.node.clone(), value.node.clone())).collect()
    };
    (arguments(one) != arguments(other)).then(|| "their arguments differ".to_owned())
}

fn by_key<'d>(fields: &[Selected<'d>]) -> IndexMap<&'d Name, Vec<Selected<'d>>> {
    let mut groups: IndexMap<&Name, Vec<Selected>> = IndexMap::new();
    for selected in fields {
        groups.entry(&selected.field.node.response_key().node).or_default().push(*selected);
    }
    groups
}

/// The fields that can meet: for each type of object those that are selected on it, and on interfaces.
fn by_object<'d>(fields: &[Selected<'d>]) -> Vec<Vec<Selected<'d>>> {
    let mut objects: IndexMap<&Name, Vec<Selected>> = IndexMap::new();
    let mut shared = Vec::new();
    for selected in fields {
        if matches!(selected.parent.kind, Kind::Object(_)) {
            objects.entry(&selected.parent.name).or_default().push(*selected);
        } else {
            shared.push(*selected);
        }
    }
    if objects.is_empty() {
        return vec![shared];
    }
    objects.into_values().map(|fields| fields.into_iter().chain(shared.iter().copied()).collect()).collect()
}

fn places(fields: &[Selected<'_>]) -> Vec<usize> {
    let mut places: Vec<usize> = fields.iter().map(Selected::place).collect();
    places.sort_unstable();
    places
}

fn join(path: &str, key: &Name) -> String {
    if path.is_empty() { key.to_string() } else { format!("{path}.{key}") }
}
