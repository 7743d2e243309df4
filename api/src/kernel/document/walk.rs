//! One walk over a parsed document, before it is validated: how deep, how wide and how costly it is.
//!
//! A fragment is measured once and remembered, in arithmetic that saturates: 26 fragments that each spread the next one twice
//! stand for 2^26 fields, and are measured in 26 steps.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Value as Constant, Variables};
use async_graphql_value::Value;

use super::limits::{Limit, Limits};
use super::shape::{Repeats, Shape};
use crate::kernel::error::{Error, Result};
use crate::kernel::list::USUAL_SIZE;

/// What a piece of a document comes to, with its fragments in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Fields that will be answered at most, pages multiplied.
    pub cost: u64,
    /// Fields within fields, without the wrappers of pages.
    depth: u64,
    /// Fields of the introspection, as they are written.
    introspection: u64,
    /// Lists within lists of the introspection.
    introspection_lists: u64,
}

impl Measure {
    /// Whether it asks for the schema itself.
    #[must_use]
    pub const fn introspects(&self) -> bool {
        self.introspection > 0
    }

    fn beside(self, other: Self) -> Self {
        Self {
            cost: self.cost.saturating_add(other.cost),
            depth: self.depth.max(other.depth),
            introspection: self.introspection.saturating_add(other.introspection),
            introspection_lists: self.introspection_lists.max(other.introspection_lists),
        }
    }
}

/// Measures the operation that will run, and refuses what passes a limit. Answers with the names, too, by which the document
/// asks for introspections.
pub(super) fn measure(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    limits: &Limits,
    shape: &Shape,
) -> Result<(Measure, HashSet<String>)> {
    limits.check(Limit::Operations, document.operations.iter().count())?;
    limits.check(Limit::Fragments, document.fragments.len())?;
    let mut walk = Walk {
        document,
        variables,
        limits,
        shape,
        known: HashMap::new(),
        open: HashSet::new(),
        counts: Counts::default(),
        introspections: HashSet::new(),
    };
    // Every fragment is walked, also one that is never spread: the validation will look at it, too.
    for (name, definition) in &document.fragments {
        walk.counts.directives += definition.node.directives.len();
        walk.fragment(name, false)?;
    }
    for (_, definition) in document.operations.iter() {
        let variables = definition.node.variable_definitions.iter();
        walk.counts.directives += definition.node.directives.len();
        walk.counts.directives += variables.map(|variable| variable.node.directives.len()).sum::<usize>();
    }
    let measure = walk.selection(&operation.selection_set.node, false)?;
    limits.check(Limit::Aliases, walk.counts.aliases)?;
    limits.check(Limit::Directives, walk.counts.directives)?;
    limits.check(Limit::Depth, measure.depth)?;
    limits.check(Limit::IntrospectionFields, measure.introspection)?;
    limits.check(Limit::IntrospectionDepth, measure.introspection_lists)?;
    limits.check(Limit::Cost, measure.cost)?;
    Ok((measure, walk.introspections))
}

/// What is counted as it is written, whatever it expands to.
#[derive(Default)]
struct Counts {
    aliases: usize,
    directives: usize,
    conditions: usize,
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    variables: &'d Variables,
    limits: &'d Limits,
    shape: &'d Shape,
    /// Fragments measured, within the introspection and outside.
    known: HashMap<(Name, bool), Measure>,
    /// Fragments being measured: to meet one of them again is a cycle.
    open: HashSet<(Name, bool)>,
    counts: Counts,
    introspections: HashSet<String>,
}

impl Walk<'_> {
    fn selection(&mut self, selection: &SelectionSet, introspects: bool) -> Result<Measure> {
        self.limits.check(Limit::Selections, selection.items.len())?;
        let mut sum = Measure::default();
        for item in &selection.items {
            let measure = match &item.node {
                Selection::Field(field) => self.field(&field.node, introspects)?,
                Selection::InlineFragment(fragment) => {
                    self.counts.directives += fragment.node.directives.len();
                    self.selection(&fragment.node.selection_set.node, introspects)?
                }
                Selection::FragmentSpread(spread) => {
                    self.counts.directives += spread.node.directives.len();
                    self.fragment(&spread.node.fragment_name.node, introspects)?
                }
            };
            sum = sum.beside(measure);
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &Name, introspects: bool) -> Result<Measure> {
        let key = (name.clone(), introspects);
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        // A fragment that is not there is for the validation to tell.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Measure::default()) };
        if !self.open.insert(key.clone()) {
            return Err(Error::BadRequest(format!("fragment {name} spreads itself")));
        }
        let measure = self.selection(&fragment.node.selection_set.node, introspects)?;
        self.open.remove(&key);
        self.known.insert(key, measure);
        Ok(measure)
    }

    fn field(&mut self, field: &Field, introspects: bool) -> Result<Measure> {
        let name = field.name.node.as_str();
        self.counts.aliases += usize::from(field.alias.is_some());
        self.counts.directives += field.directives.len();
        for (_, value) in &field.arguments {
            let objects = Objects::of(&value.node, self.variables);
            self.counts.conditions += objects.count;
            self.limits.check(Limit::FilterDepth, objects.depth)?;
            self.limits.check(Limit::Conditions, self.counts.conditions)?;
        }
        if matches!(name, "__schema" | "__type") {
            self.introspections.insert(field.response_key().node.to_string());
        }
        let introspects = introspects || matches!(name, "__schema" | "__type");
        let below = self.selection(&field.selection_set.node, introspects)?;
        if introspects {
            let is_list = usize::from(Shape::is_introspection_list(name));
            return Ok(Measure {
                introspection: below.introspection.saturating_add(1),
                introspection_lists: below.introspection_lists.saturating_add(is_list as u64),
                ..Measure::default()
            });
        }
        let times = self.times(field, self.shape.repeats(name))?;
        Ok(Measure {
            cost: below.cost.saturating_mul(times).saturating_add(1),
            depth: below.depth.saturating_add(u64::from(!Shape::is_wrapper(name))),
            ..below
        })
    }

    /// How often what lies below a field may be answered.
    fn times(&self, field: &Field, repeats: Repeats) -> Result<u64> {
        let argument = |name: &str| field.get_argument(name).and_then(|value| self.constant(&value.node));
        if let Some(Constant::List(ids)) = argument("ids") {
            return Ok(ids.len() as u64);
        }
        let pages = match repeats {
            Repeats::Once => return Ok(1),
            Repeats::List => return Ok(USUAL_LIST),
            Repeats::Page => ["first", "last"].map(|name| (name, argument(name))),
        };
        for (name, size) in pages {
            let Some(Constant::Number(size)) = size else { continue };
            if size.as_f64().is_some_and(|size| size < 0.0) {
                return Err(Error::BadRequest(format!("{name} is {size}; it cannot be negative")));
            }
            return Ok(size.as_u64().unwrap_or(0));
        }
        Ok(u64::from(USUAL_SIZE.unsigned_abs()))
    }

    /// A value with its variables in place; none where one of them has no value.
    fn constant(&self, value: &Value) -> Option<Constant> {
        value
            .clone()
            .into_const_with(|name| self.variables.get(&name).cloned().ok_or(()))
            .ok()
            .filter(|value| *value != Constant::Null)
    }
}

/// Refuses variables that nest too deeply or hold too much.
pub(super) fn check_variables(variables: &Variables, limits: &Limits) -> Result<()> {
    let (mut deepest, mut count) = (0, variables.len());
    let mut open: Vec<(&Constant, u64)> = variables.values().map(|value| (value, 1)).collect();
    while let Some((value, level)) = open.pop() {
        deepest = level.max(deepest);
        match value {
            Constant::Object(fields) => {
                count += fields.len();
                open.extend(fields.values().map(|value| (value, level + 1)));
            }
            Constant::List(values) => {
                count += values.len();
                open.extend(values.iter().map(|value| (value, level + 1)));
            }
            _ => {}
        }
    }
    limits.check(Limit::VariableDepth, deepest)?;
    limits.check(Limit::VariableValues, count)
}

/// How many things a plain list of the schema is taken to have: attachments, ratings, ancestors, categories.
const USUAL_LIST: u64 = 10;

/// The objects of a value, variables in place: how many, and how many of them within each other at most.
#[derive(Clone, Copy, Default)]
struct Objects {
    count: usize,
    depth: usize,
}

impl Objects {
    fn of(value: &Value, variables: &Variables) -> Self {
        match value {
            Value::Variable(name) => variables.get(name).map_or_else(Self::default, Self::of_constant),
            Value::Object(fields) => Self::around(fields.values().map(|value| Self::of(value, variables))),
            Value::List(values) => Self::beside(values.iter().map(|value| Self::of(value, variables))),
            _ => Self::default(),
        }
    }

    fn of_constant(value: &Constant) -> Self {
        match value {
            Constant::Object(fields) => Self::around(fields.values().map(Self::of_constant)),
            Constant::List(values) => Self::beside(values.iter().map(Self::of_constant)),
            _ => Self::default(),
        }
    }

    fn around(parts: impl Iterator<Item = Self>) -> Self {
        let inside = Self::beside(parts);
        Self { count: inside.count + 1, depth: inside.depth + 1 }
    }

    fn beside(parts: impl Iterator<Item = Self>) -> Self {
        parts
            .fold(Self::default(), |sum, part| Self { count: sum.count + part.count, depth: sum.depth.max(part.depth) })
    }
}
