//! What runs: the operation alone, its fragments in place, each key of the answer once.
//!
//! The specification collects the fields of an object before it runs them (§6.3.2): two that share a key are one field, whose
//! selections are joined. The library runs both, and a mutation twice; so they are joined here. What `@skip` and `@include`
//! leave out is left out before.
//!
//! Under an interface, a key may be selected both for every object and for some: `owner { name } ... on Need { owner { id } }`.
//! There, and only there, the selection is written once for each type of object.

use std::collections::{HashMap, HashSet};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, InlineFragment, OperationDefinition, Selection,
    SelectionSet, TypeCondition,
};
use async_graphql::{Name, Positioned, Value as Constant, Variables};
use async_graphql_value::Value;

use super::limits::{Limit, Limits};
use super::types::{Definition, Kind, Types};
use crate::kernel::error::{Error, Result};

/// The document that runs in place of this one. It is valid, and its extent is bounded.
///
/// # Errors
/// `LIMIT_EXCEEDED`, where the types that interfaces stand for make too much of it.
pub(super) fn merged(
    document: &ExecutableDocument,
    name: Option<&str>,
    variables: &Variables,
    types: &Types,
    limits: &Limits,
) -> Result<Option<ExecutableDocument>> {
    let Some(operation) = super::find(document, name) else { return Ok(None) };
    let Some(root) = types.root(operation.node.ty) else { return Ok(None) };
    let mut merge = Merge { document, variables, types, limits, fields: 0, used: HashSet::new() };
    let selection_set = merge.selection(root, &[&operation.node.selection_set])?;
    let OperationDefinition { ty, variable_definitions, .. } = &operation.node;
    let definitions = variable_definitions.iter().filter(|definition| merge.used.contains(&definition.node.name.node));
    let alone = OperationDefinition {
        ty: *ty,
        variable_definitions: definitions.cloned().collect(),
        directives: Vec::new(),
        selection_set,
    };
    let alone = Positioned::new(alone, operation.pos);
    let operations = match name {
        Some(name) => DocumentOperations::Multiple([(Name::new(name), alone)].into()),
        None => DocumentOperations::Single(alone),
    };
    Ok(Some(ExecutableDocument { operations, fragments: HashMap::new() }))
}

type Selections<'d> = Vec<&'d Positioned<SelectionSet>>;

/// A field where it is selected: on which type, and for which objects of those that may be here.
struct Selected<'d> {
    field: &'d Positioned<Field>,
    on: &'d Definition,
    objects: Vec<&'d Name>,
}

/// What selections come to. A fragment that is spread again for the same objects adds nothing.
#[derive(Default)]
struct Found<'d> {
    fields: Vec<Selected<'d>>,
    spread: HashSet<(&'d Name, Vec<&'d Name>)>,
}

/// Fields that are one.
struct Group<'d> {
    first: Selected<'d>,
    below: Selections<'d>,
}

struct Merge<'d> {
    document: &'d ExecutableDocument,
    variables: &'d Variables,
    types: &'d Types,
    limits: &'d Limits,
    /// How many fields were written.
    fields: u64,
    /// The variables that are asked for in what was not left out.
    used: HashSet<&'d Name>,
}

impl<'d> Merge<'d> {
    /// One selection in place of several on the same object.
    fn selection(
        &mut self,
        parent: &'d Definition,
        selections: &[&'d Positioned<SelectionSet>],
    ) -> Result<Positioned<SelectionSet>> {
        let mut found = Found::default();
        let everything: Vec<&Name> = parent.possible.iter().collect();
        for selection in selections {
            self.collect(parent, &everything, &selection.node, &mut found)?;
        }
        let (groups, meet) = group(found.fields);
        let items = if meet {
            self.for_each_object(&everything, groups)?
        } else {
            self.side_by_side(parent, everything.len(), groups)?
        };
        let at = selections.first().map(|selection| selection.pos).unwrap_or_default();
        Ok(Positioned::new(SelectionSet { items }, at))
    }

    fn collect(
        &self,
        on: &'d Definition,
        objects: &[&'d Name],
        selection: &'d SelectionSet,
        found: &mut Found<'d>,
    ) -> Result<()> {
        for item in &selection.items {
            if self.is_left_out(item.node.directives())? {
                continue;
            }
            let (condition, inside) = match &item.node {
                Selection::Field(field) => {
                    found.fields.push(Selected { field, on, objects: objects.to_vec() });
                    continue;
                }
                Selection::InlineFragment(fragment) => {
                    (fragment.node.type_condition.as_ref(), &fragment.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                    let mut is_new = || found.spread.insert((&spread.node.fragment_name.node, objects.to_vec()));
                    let Some(fragment) = fragment.filter(|_| is_new()) else { continue };
                    (Some(&fragment.node.type_condition), &fragment.node.selection_set.node)
                }
            };
            let on = condition.and_then(|condition| self.types.get(&condition.node.on.node)).unwrap_or(on);
            let objects: Vec<&Name> = objects.iter().copied().filter(|name| on.possible.contains(name)).collect();
            if !objects.is_empty() {
                self.collect(on, &objects, inside, found)?;
            }
        }
        Ok(())
    }

    fn is_left_out(&self, directives: &[Positioned<Directive>]) -> Result<bool> {
        for directive in directives {
            let name = directive.node.name.node.as_str();
            let Some(condition) = directive.node.get_argument("if") else { continue };
            match name {
                "skip" | "include" if self.is_true(name, &condition.node)? == (name == "skip") => return Ok(true),
                _ => {}
            }
        }
        Ok(false)
    }

    fn is_true(&self, directive: &str, condition: &Value) -> Result<bool> {
        let value = match condition {
            Value::Boolean(value) => return Ok(*value),
            Value::Variable(name) => self.variables.get(name).cloned().unwrap_or_default(),
            other => other.clone().into_const().unwrap_or_default(),
        };
        match value {
            Constant::Boolean(value) => Ok(value),
            other => {
                Err(Error::BadRequest(format!("the argument if of @{directive} is Boolean!, and cannot be {other}")))
            }
        }
    }

    /// The groups as they are: no two of them can meet in one object.
    fn side_by_side(
        &mut self,
        parent: &'d Definition,
        all: usize,
        groups: Vec<Group<'d>>,
    ) -> Result<Vec<Positioned<Selection>>> {
        let mut items: Vec<Positioned<Selection>> = Vec::new();
        for group in groups {
            let Selected { on, objects, .. } = &group.first;
            let (on, objects) = (*on, objects.clone());
            if objects.len() == all && self.types.field(parent, &group.first.field.node.name.node).is_some() {
                let field = self.field(parent, &group)?;
                // An interface's own field forgets the path to itself when it fails; under a condition, the object's runs.
                if matches!(parent.kind, Kind::Object(_)) {
                    items.push(field);
                } else {
                    add_under(&parent.name, field, &mut items);
                }
            } else if on.possible.iter().filter(|name| parent.possible.contains(name)).eq(objects.iter().copied()) {
                let field = self.field(on, &group)?;
                add_under(&on.name, field, &mut items);
            } else {
                for object in objects.iter().filter_map(|name| self.types.get(name)) {
                    let field = self.field(object, &group)?;
                    add_under(&object.name, field, &mut items);
                }
            }
        }
        Ok(items)
    }

    /// The groups written once for each type of object, where some of them meet in it.
    fn for_each_object(&mut self, objects: &[&'d Name], groups: Vec<Group<'d>>) -> Result<Vec<Positioned<Selection>>> {
        let mut items = Vec::new();
        for object in objects.iter().filter_map(|name| self.types.get(name)) {
            let mut merged: IndexMap<&Name, Group<'d>> = IndexMap::new();
            for group in groups.iter().filter(|group| group.first.objects.contains(&&object.name)) {
                let key = &group.first.field.node.response_key().node;
                let one = merged.entry(key).or_insert_with(|| Group {
                    first: Selected { field: group.first.field, on: object, objects: vec![&object.name] },
                    below: Vec::new(),
                });
                one.below.extend(&group.below);
            }
            for group in merged.values() {
                let field = self.field(object, group)?;
                add_under(&object.name, field, &mut items);
            }
        }
        Ok(items)
    }

    /// The field that a group comes to, on this type.
    fn field(&mut self, on: &'d Definition, group: &Group<'d>) -> Result<Positioned<Selection>> {
        self.fields += 1;
        self.limits.check(Limit::Fields, self.fields)?;
        let Positioned { node: Field { alias, name, arguments, selection_set, .. }, pos } = group.first.field;
        arguments.iter().for_each(|(_, value)| variables_of(&value.node, &mut self.used));
        let kind = self.types.field(on, &name.node).and_then(|known| self.types.named(&known.ty));
        let selection_set = match kind.filter(|kind| kind.is_composite()) {
            Some(kind) => self.selection(kind, &group.below)?,
            None => selection_set.clone(),
        };
        let (alias, name, arguments) = (alias.clone(), name.clone(), arguments.clone());
        let field = Field { alias, name, arguments, directives: Vec::new(), selection_set };
        Ok(Positioned::new(Selection::Field(Positioned::new(field, *pos)), *pos))
    }
}

/// The fields that share a key and are for the same objects, in the order of the first, and whether some that share a key are for
/// other objects in part. A value that is there already for more objects is the same value.
fn group(found: Vec<Selected<'_>>) -> (Vec<Group<'_>>, bool) {
    let mut places: HashMap<&Name, Vec<usize>> = HashMap::new();
    let (mut groups, mut meet): (Vec<Group>, bool) = (Vec::new(), false);
    for selected in found {
        let places = places.entry(&selected.field.node.response_key().node).or_default();
        let selection = &selected.field.node.selection_set;
        let is_value = selection.node.items.is_empty();
        let is_same = |group: &Group| {
            let there = &group.first.objects;
            *there == selected.objects || (is_value && selected.objects.iter().all(|object| there.contains(object)))
        };
        let same = places.iter().copied().find(|place| groups.get(*place).is_some_and(is_same));
        if let Some(group) = same.and_then(|place| groups.get_mut(place)) {
            group.below.push(selection);
            continue;
        }
        let shares = |group: &Group| group.first.objects.iter().any(|object| selected.objects.contains(object));
        meet |= places.iter().any(|place| groups.get(*place).is_some_and(shares));
        places.push(groups.len());
        groups.push(Group { below: vec![selection], first: selected });
    }
    (groups, meet)
}

fn variables_of<'d>(value: &'d Value, used: &mut HashSet<&'d Name>) {
    match value {
        Value::Variable(name) => drop(used.insert(name)),
        Value::Object(fields) => fields.values().for_each(|value| variables_of(value, used)),
        Value::List(values) => values.iter().for_each(|value| variables_of(value, used)),
        _ => {}
    }
}

/// Adds a field under a condition, to the last fragment where that has the same.
fn add_under(on: &Name, field: Positioned<Selection>, items: &mut Vec<Positioned<Selection>>) {
    let at = field.pos;
    if let Some(Selection::InlineFragment(last)) = items.last_mut().map(|item| &mut item.node)
        && last.node.type_condition.as_ref().is_some_and(|condition| condition.node.on.node == *on)
    {
        last.node.selection_set.node.items.push(field);
        return;
    }
    let condition = TypeCondition { on: Positioned::new(on.clone(), at) };
    let fragment = InlineFragment {
        type_condition: Some(Positioned::new(condition, at)),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet { items: vec![field] }, at),
    };
    items.push(Positioned::new(Selection::InlineFragment(Positioned::new(fragment, at)), at));
}
