//! One walk over a valid document, before it runs: how deep, how wide and how costly it is.
//!
//! A fragment is measured once and remembered, in arithmetic that saturates: 26 fragments that each spread the next one twice
//! stand for 2^26 fields, and are measured in 26 steps.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Value as Constant, Variables};
use async_graphql_value::Value;

use super::limits::{Limit, Limits};
use super::price::{Prices, Pricing, Search, filter_of};
use super::shape::{Repeats, is_introspection_list, is_wrapper, repeats};
use super::types::{self, Definition, Types};
use crate::kernel::error::{Error, Result};
use crate::kernel::list::{LARGEST_SIZE, USUAL_SIZE};

/// What a piece of a document comes to, with its fragments in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Fields that will be answered at most, pages multiplied, and what has to be looked through for them: see `price`.
    pub cost: u64,
    /// Fields within fields, without the wrappers of pages.
    depth: u64,
    /// Fields of the introspection, as they are written.
    introspection: u64,
    /// Lists within lists of the introspection.
    introspection_lists: u64,
    /// Objects of the arguments, variables in place.
    conditions: u64,
    /// Values of the arguments, variables in place.
    values: u64,
    /// Whether rows of the page right above are read.
    shows: bool,
    /// Whether the rows of the list right above are counted.
    counts: bool,
    /// Whether they are counted to the end.
    counts_all: bool,
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
            conditions: self.conditions.saturating_add(other.conditions),
            values: self.values.saturating_add(other.values),
            shows: self.shows || other.shows,
            counts: self.counts || other.counts,
            counts_all: self.counts_all || other.counts_all,
        }
    }
}

/// What a document is measured by.
#[derive(Clone, Copy)]
pub(super) struct Schema<'s> {
    pub types: &'s Types,
    pub prices: &'s Prices,
}

/// What a walk over a document finds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub measure: Measure,
    /// The names by which the document asks for introspections.
    pub introspections: HashSet<String>,
    /// The codes of the areas that its filters name.
    pub area_codes: Vec<String>,
}

/// Measures the operation that will run, and refuses what passes a limit.
pub(super) fn measure(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    limits: &Limits,
    schema: Schema<'_>,
) -> Result<Found> {
    limits.check(Limit::Operations, document.operations.iter().count())?;
    limits.check(Limit::Fragments, document.fragments.len())?;
    let mut walk = Walk {
        document,
        variables,
        limits,
        sizes: variables.iter().map(|(name, value)| (name, Size::of_constant(value))).collect(),
        pricing: Pricing { types: schema.types, prices: schema.prices, area_codes: BTreeSet::new() },
        root: schema.types.root(operation.ty),
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
    let measure = walk.selection(&operation.selection_set.node, walk.root, false)?;
    walk.check(&measure)?;
    let area_codes = walk.pricing.area_codes.into_iter().collect();
    Ok(Found { measure, introspections: walk.introspections, area_codes })
}

/// What is counted as it is written, whatever it expands to.
#[derive(Default)]
struct Counts {
    aliases: usize,
    directives: usize,
    conditions: u64,
    values: u64,
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    variables: &'d Variables,
    limits: &'d Limits,
    /// How large each variable is, worked out once however often it is used.
    sizes: HashMap<&'d Name, Size>,
    pricing: Pricing<'d>,
    /// What the operation begins with.
    root: Option<&'d Definition>,
    /// Fragments measured, within the introspection and outside.
    known: HashMap<(Name, bool), Measure>,
    /// Fragments being measured: to meet one of them again is a cycle.
    open: HashSet<(Name, bool)>,
    counts: Counts,
    introspections: HashSet<String>,
}

impl<'d> Walk<'d> {
    /// Refuses what passes a limit once all is put together.
    fn check(&self, measure: &Measure) -> Result<()> {
        let (limits, counts) = (self.limits, &self.counts);
        limits.check(Limit::Aliases, counts.aliases)?;
        limits.check(Limit::Directives, counts.directives)?;
        limits.check(Limit::Depth, measure.depth)?;
        limits.check(Limit::IntrospectionFields, measure.introspection)?;
        limits.check(Limit::IntrospectionDepth, measure.introspection_lists)?;
        limits.check(Limit::Conditions, measure.conditions)?;
        limits.check(Limit::Values, measure.values)?;
        limits.check(Limit::Cost, measure.cost)
    }

    /// Measures a selection on a type; on none, where the document names one that is not there, which the validation tells.
    fn selection(
        &mut self,
        selection: &SelectionSet,
        on: Option<&'d Definition>,
        introspects: bool,
    ) -> Result<Measure> {
        self.limits.check(Limit::Selections, selection.items.len())?;
        let mut sum = Measure::default();
        for item in &selection.items {
            let measure = match &item.node {
                Selection::Field(field) => self.field(&field.node, on, introspects)?,
                Selection::InlineFragment(fragment) => {
                    self.counts.directives += fragment.node.directives.len();
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map_or(on, |condition| self.pricing.types.get(&condition.node.on.node));
                    self.selection(&fragment.node.selection_set.node, on, introspects)?
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
        let on = self.pricing.types.get(&fragment.node.type_condition.node.on.node);
        let measure = self.selection(&fragment.node.selection_set.node, on, introspects)?;
        self.open.remove(&key);
        self.known.insert(key, measure);
        Ok(measure)
    }

    fn field(&mut self, field: &Field, on: Option<&'d Definition>, introspects: bool) -> Result<Measure> {
        let name = field.name.node.as_str();
        self.counts.aliases += usize::from(field.alias.is_some());
        self.counts.directives += field.directives.len();
        let size = self.arguments(field)?;
        if matches!(name, "__schema" | "__type") {
            self.introspections.insert(field.response_key().node.to_string());
        }
        let introspects = introspects || matches!(name, "__schema" | "__type");
        let known = on.and_then(|on| self.pricing.types.field(on, name));
        let of = known.and_then(|known| self.pricing.types.named(&known.ty));
        let below = self.selection(&field.selection_set.node, of, introspects)?;
        if introspects {
            let is_list = usize::from(is_introspection_list(name));
            return Ok(Measure {
                introspection: below.introspection.saturating_add(1),
                introspection_lists: below.introspection_lists.saturating_add(is_list as u64),
                ..Measure::default()
            });
        }
        let times = known.map_or(Ok(1), |known| self.times(field, on, known))?;
        let search = known.map_or(0, |known| self.search(field, on, known, &below));
        let of_page = on.is_some_and(|on| on.name.ends_with("Connection")).then_some(name);
        let counts_all = of_page == Some("totalCount") && self.said(field, "exact") == Some(Constant::Boolean(true));
        let counts = matches!(of_page, Some("totalCount" | "totalCountIsExact")) && !counts_all;
        Ok(Measure {
            cost: below.cost.saturating_mul(times).saturating_add(search).saturating_add(1),
            depth: below.depth.saturating_add(u64::from(!is_wrapper(name))),
            conditions: below.conditions.saturating_add(size.objects),
            values: below.values.saturating_add(size.values),
            shows: matches!(of_page, Some("edges" | "nodes" | "pageInfo")),
            counts,
            counts_all,
            ..below
        })
    }

    /// How large the arguments of a field are. Refuses them at once where all that was written so far is too large.
    fn arguments(&mut self, field: &Field) -> Result<Size> {
        let size = Size::beside(field.arguments.iter().map(|(_, value)| Size::of(&value.node, &self.sizes)));
        self.counts.conditions = self.counts.conditions.saturating_add(size.objects);
        self.counts.values = self.counts.values.saturating_add(size.values);
        self.limits.check(Limit::FilterDepth, size.depth)?;
        self.limits.check(Limit::Conditions, self.counts.conditions)?;
        self.limits.check(Limit::Values, self.counts.values)?;
        Ok(size)
    }

    /// What it costs to search a list.
    fn search(&mut self, field: &Field, on: Option<&Definition>, known: &types::Field, below: &Measure) -> u64 {
        let Some(filter) = filter_of(self.pricing.types, known) else { return 0 };
        let (filter_said, order_said) = (self.said(field, "filter"), self.said(field, "orderBy"));
        self.pricing.search(&Search {
            list: &field.name.node,
            filter,
            filter_said: filter_said.as_ref(),
            order_said: order_said.as_ref(),
            is_of_root: on.map(|on| &on.name) == self.root.map(|root| &root.name),
            shows: below.shows,
            counts: below.counts,
            counts_all: below.counts_all,
        })
    }

    /// How often what lies below a field may be answered.
    fn times(&self, field: &Field, on: Option<&Definition>, known: &types::Field) -> Result<u64> {
        if let Some(Constant::List(ids)) = self.said(field, "ids") {
            return Ok(ids.len() as u64);
        }
        match on.map_or(Repeats::Once, |on| repeats(on, known)) {
            Repeats::Once => return Ok(1),
            Repeats::List => {
                let most = on.and_then(|on| self.pricing.prices.most(&on.name, &known.name));
                return Ok(most.unwrap_or(u64::from(LARGEST_SIZE.unsigned_abs())));
            }
            Repeats::Page => {}
        }
        for name in ["first", "last"] {
            let Some(Constant::Number(size)) = self.said(field, name) else { continue };
            if size.as_f64().is_some_and(|size| size < 0.0) {
                return Err(Error::BadRequest(format!("{name} is {size}; it cannot be negative")));
            }
            return Ok(size.as_u64().unwrap_or(0));
        }
        Ok(u64::from(USUAL_SIZE.unsigned_abs()))
    }

    /// What an argument says, with its variables in place. A variable without a value says nothing, and so does a null.
    fn said(&self, field: &Field, name: &str) -> Option<Constant> {
        let value = &field.get_argument(name)?.node;
        let variable = |name: Name| Ok::<_, ()>(self.variables.get(&name).cloned().unwrap_or_default());
        value.clone().into_const_with(variable).ok().filter(|value| *value != Constant::Null)
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

/// How large a value is, variables in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    /// Objects.
    objects: u64,
    /// Objects within each other at most.
    depth: u64,
    /// Values that are neither objects nor lists.
    values: u64,
}

impl Size {
    const ONE: Self = Self { objects: 0, depth: 0, values: 1 };

    fn of(value: &Value, variables: &HashMap<&Name, Self>) -> Self {
        match value {
            Value::Variable(name) => variables.get(name).copied().unwrap_or_default(),
            Value::Object(fields) => Self::around(fields.values().map(|value| Self::of(value, variables))),
            Value::List(values) => Self::beside(values.iter().map(|value| Self::of(value, variables))),
            _ => Self::ONE,
        }
    }

    fn of_constant(value: &Constant) -> Self {
        match value {
            Constant::Object(fields) => Self::around(fields.values().map(Self::of_constant)),
            Constant::List(values) => Self::beside(values.iter().map(Self::of_constant)),
            _ => Self::ONE,
        }
    }

    fn around(parts: impl Iterator<Item = Self>) -> Self {
        let inside = Self::beside(parts);
        Self { objects: inside.objects.saturating_add(1), depth: inside.depth.saturating_add(1), ..inside }
    }

    fn beside(parts: impl Iterator<Item = Self>) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            objects: sum.objects.saturating_add(part.objects),
            depth: sum.depth.max(part.depth),
            values: sum.values.saturating_add(part.values),
        })
    }
}
