//! How many fields a document stands for, its fragments in place: what looks at each of them does so only below this bound.
//!
//! Each fragment is counted once, those it spreads before it, so that neither time nor the stack grows with what it stands for.

use std::collections::{HashMap, HashSet};

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::limits::{Limit, Limits};
use crate::kernel::error::Result;

/// Fields, and how many of them stand within each other.
#[derive(Clone, Copy, Default)]
struct Extent {
    fields: u64,
    depth: u64,
}

/// Refuses a document of which an operation stands for too many fields, or nests them too deeply. No fragment spreads itself.
///
/// # Errors
/// `LIMIT_EXCEEDED`.
pub(super) fn check(document: &ExecutableDocument, limits: &Limits) -> Result<()> {
    let mut known = HashMap::new();
    for name in inside_out(document) {
        if let Some(fragment) = document.fragments.get(name) {
            let extent = of(&fragment.node.selection_set.node, &known);
            known.insert(name, extent);
        }
    }
    for (_, operation) in document.operations.iter() {
        let extent = of(&operation.node.selection_set.node, &known);
        limits.check(Limit::Fields, extent.fields)?;
        limits.check(Limit::Nesting, extent.depth)?;
    }
    Ok(())
}

/// Refuses a document of which more is written than may be, whether or not it is valid.
///
/// # Errors
/// `LIMIT_EXCEEDED`.
pub(super) fn check_written(document: &ExecutableDocument, limits: &Limits) -> Result<()> {
    let (mut aliases, mut directives) = (0, 0);
    let mut open: Vec<&SelectionSet> = Vec::new();
    for (_, operation) in document.operations.iter() {
        let variables = operation.node.variable_definitions.iter();
        directives += variables.map(|variable| variable.node.directives.len()).sum::<usize>();
        directives += operation.node.directives.len();
        open.push(&operation.node.selection_set.node);
    }
    for fragment in document.fragments.values() {
        directives += fragment.node.directives.len();
        open.push(&fragment.node.selection_set.node);
    }
    while let Some(selection) = open.pop() {
        limits.check(Limit::Selections, selection.items.len())?;
        for item in &selection.items {
            directives += item.node.directives().len();
            match &item.node {
                Selection::Field(field) => {
                    aliases += usize::from(field.node.alias.is_some());
                    open.push(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => open.push(&fragment.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    limits.check(Limit::Aliases, aliases)?;
    limits.check(Limit::Directives, directives)
}

fn of(selection: &SelectionSet, known: &HashMap<&Name, Extent>) -> Extent {
    let mut sum = Extent::default();
    for item in &selection.items {
        let extent = match &item.node {
            Selection::Field(field) => {
                let below = of(&field.node.selection_set.node, known);
                Extent { fields: below.fields.saturating_add(1), depth: below.depth + 1 }
            }
            Selection::InlineFragment(fragment) => {
                let inside = of(&fragment.node.selection_set.node, known);
                Extent { depth: inside.depth + 1, ..inside }
            }
            Selection::FragmentSpread(spread) => {
                let inside = known.get(&spread.node.fragment_name.node).copied().unwrap_or_default();
                // The spread itself is looked at, too, also where it comes to nothing.
                Extent { fields: inside.fields.saturating_add(1), depth: inside.depth + 1 }
            }
        };
        sum = Extent { fields: sum.fields.saturating_add(extent.fields), depth: sum.depth.max(extent.depth) };
    }
    sum
}

/// The fragments, each after those that it spreads.
fn inside_out(document: &ExecutableDocument) -> Vec<&Name> {
    let (mut order, mut seen) = (Vec::new(), HashSet::new());
    for name in document.fragments.keys() {
        visit(document, name, &mut seen, &mut order);
    }
    order
}

fn visit<'d>(
    document: &'d ExecutableDocument,
    name: &'d Name,
    seen: &mut HashSet<&'d Name>,
    order: &mut Vec<&'d Name>,
) {
    let Some(fragment) = document.fragments.get(name).filter(|_| seen.insert(name)) else { return };
    let mut spreads = Vec::new();
    let mut open = vec![&fragment.node.selection_set.node];
    while let Some(selection) = open.pop() {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => open.push(&field.node.selection_set.node),
                Selection::InlineFragment(fragment) => open.push(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => spreads.push(&spread.node.fragment_name.node),
            }
        }
    }
    spreads.into_iter().for_each(|spread| visit(document, spread, seen, order));
    order.push(name);
}
