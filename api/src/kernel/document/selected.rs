//! Which fields are selected of an object of one type, with fragments in place and what is skipped left out (§6.3.2).

use std::collections::HashSet;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Directive, ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value, Variables};

/// A document that is being executed, and its variables.
#[derive(Clone, Copy)]
pub(super) struct Selected<'d> {
    pub document: &'d ExecutableDocument,
    pub variables: &'d Variables,
}

type Fields<'d> = IndexMap<&'d Name, Vec<&'d Field>>;

impl<'d> Selected<'d> {
    /// The fields, by the names they are answered under.
    pub(super) fn fields(self, on: &str, sets: impl IntoIterator<Item = &'d SelectionSet>) -> Fields<'d> {
        let (mut fields, mut seen) = (Fields::new(), HashSet::new());
        sets.into_iter().for_each(|set| self.collect(on, set, &mut fields, &mut seen));
        fields
    }

    /// The value of an argument, if it has one.
    pub(super) fn argument(self, field: &Field, name: &str) -> Option<Value> {
        self.constant(field.get_argument(name)?)
    }

    fn constant(self, value: &Positioned<async_graphql_value::Value>) -> Option<Value> {
        value.node.clone().into_const_with(|name| self.variables.get(&name).cloned().ok_or(())).ok()
    }

    fn collect(self, on: &str, set: &'d SelectionSet, fields: &mut Fields<'d>, seen: &mut HashSet<&'d Name>) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) if self.is_wanted(&field.node.directives) => {
                    fields.entry(&field.node.response_key().node).or_default().push(&field.node);
                }
                Selection::InlineFragment(fragment) if self.is_wanted(&fragment.node.directives) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| condition.node.on.node == on) {
                        self.collect(on, &fragment.node.selection_set.node, fields, seen);
                    }
                }
                Selection::FragmentSpread(spread) if self.is_wanted(&spread.node.directives) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(fragment) = self.document.fragments.get(name) else { continue };
                    if fragment.node.type_condition.node.on.node == on && seen.insert(name) {
                        self.collect(on, &fragment.node.selection_set.node, fields, seen);
                    }
                }
                Selection::Field(_) | Selection::InlineFragment(_) | Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn is_wanted(self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.node.get_argument("if").and_then(|value| self.constant(value));
            match (directive.node.name.node.as_str(), condition) {
                ("skip", Some(Value::Boolean(skips))) => !skips,
                ("include", Some(Value::Boolean(includes))) => includes,
                _ => true,
            }
        })
    }
}
