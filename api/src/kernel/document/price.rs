//! How cost is worked out, before anything runs.
//!
//! A request's cost is what it may be answered with, and what may have to be looked at to find that.
//!
//! * **Fields.** A field is one. What lies below a list counts once for each thing that the list may hold: the size of a page
//!   (`first`, `last`, else 20), the number of `ids`, or how many a plain list has at most.
//! * **Searches.** The usual page of a list is read off an index and costs nothing more. A filter, an order that no index keeps
//!   and `totalCount` may have to look through all of the list. Each costs *breadth × steps*, once for the page and once more for
//!   the count, and once for each parent of a nested list. Without a filter, a count that stops at 10,000 has a breadth of 3.
//!   * *Breadth* is how much there is to look through: one for every four thousand rows that a city has, and at least 1. A list
//!     below a parent has a breadth of 1. A filter that names the rows by `id`, or by the `id` of what they point at, looks at as
//!     many as usually go with so many ids.
//!   * *Steps* are what looking at one row takes: 5 for the row, what its table says for whether the viewer sees it, and those of
//!     the filter and the order. A comparison is 1; `contains`, `near` and an order that no index keeps are 15. A filter through
//!     a relation is 5, or 2 where few rows are at the other end, and the steps of the filter there. `some`, `every` and `none`
//!     are each the same, with the steps of theirs for each row that hangs on one: as many as the breadths tell, at least 2.
//!     `claimableBy` is twenty times the steps of its own, since it tries parties. `and`, `or` and `not` are the sum of what
//!     stands in them.
//!
//! A thousand are some tenths of a second of one database where it comes to the worst.
//!
//! The tables behind this, which a reviewer reads at one look, are the application's: see `prices.rs`.

use std::collections::BTreeSet;

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value as Constant};

use super::types::{Definition, Kind, Types, innermost};

/// Reading a row.
const ROW: u64 = 5;
/// Comparing a value that the row has.
const COMPARISON: u64 = 1;
/// Looking for a part of a text, or working a distance out.
const LONG_COMPARISON: u64 = 15;
/// Sorting what no index keeps in order.
const SORTING: u64 = 15;
/// The breadth of the ten thousand rows at which a count stops by itself.
const COUNTED: u64 = 3;
/// How many rows a breadth of one stands for.
const ROWS_OF_BREADTH: u64 = 4_000;
/// How many rows a short table is taken to have.
const ROWS_OF_SHORT: u64 = 1_000;
/// Finding the one row that this one points at.
const RELATION: u64 = 5;
/// The same in a small table.
const SHORT_RELATION: u64 = 2;
/// How many rows hang on one at least.
const FEWEST: u64 = 2;
/// How many rows are tried where any of a small table will do.
const EVERY_ROW: u64 = 20;
/// Stands for every type that has the field.
pub const ANYWHERE: &str = "*";
/// What is not in the tables is taken to be as large as anything. A test sees to it that all is.
const UNKNOWN: Table = Table { filter: "", breadth: 1_000, steps: 10 };

/// What an application's schema leaves open: how much its lists hold.
#[derive(Debug)]
pub struct Prices {
    /// Plain lists of things with fields: the type (or `ANYWHERE`), the field, and how many there are at most.
    pub lists: &'static [(&'static str, &'static str, u64)],
    /// What is searched.
    pub tables: &'static [Table],
    /// The orders of the root's lists that an index keeps: the list, and the fields of the order.
    pub kept: &'static [(&'static str, &'static [&'static str])],
    /// Lines of filters that are more, or less, than their type tells: the filter, the line, and what it is.
    pub lines: &'static [(&'static str, &'static str, Line)],
}

/// What is searched by a filter.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The filter.
    pub filter: &'static str,
    /// One for every four thousand rows that a city has, at least 1.
    pub breadth: u64,
    /// The steps that it takes to know whether a viewer sees a row.
    pub steps: u64,
}

/// A line of a filter that is not what its type tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Another filter of the same row.
    SameRow,
    /// A relation that no index finds from its other end.
    OneWay,
    /// Something that is tried with every row of a small table.
    EveryRow,
    /// The codes of areas, looked up once for the request.
    AreaCodes,
}

impl Table {
    /// How many rows a city has of it.
    fn rows(self) -> u64 {
        if self.breadth > 1 { self.breadth.saturating_mul(ROWS_OF_BREADTH) } else { ROWS_OF_SHORT }
    }

    /// The steps of finding a row of it, by its key, and what is to be done there.
    fn found(self, there: u64) -> u64 {
        there.saturating_add(if self.breadth > 1 { RELATION } else { SHORT_RELATION })
    }
}

impl Prices {
    /// How many things a plain list has at most, if that is said.
    #[must_use]
    pub fn most(&self, on: &str, field: &str) -> Option<u64> {
        let is_it = |list: &str, name: &str| name == field && (list == on || list == ANYWHERE);
        self.lists.iter().find(|(list, name, _)| is_it(list, name)).map(|(.., most)| *most)
    }

    /// What a filter searches.
    #[must_use]
    pub fn table(&self, filter: &str) -> Option<Table> {
        self.tables.iter().find(|table| table.filter == filter).copied()
    }

    fn searched(&self, filter: &str) -> Table {
        self.table(filter).unwrap_or(UNKNOWN)
    }

    fn line(&self, filter: &str, line: &str) -> Option<Line> {
        self.lines.iter().find(|(of, name, _)| (*of, *name) == (filter, line)).map(|(.., line)| *line)
    }

    fn keeps(&self, list: &str, order: &str) -> bool {
        self.kept.iter().any(|(name, orders)| *name == list && orders.contains(&order))
    }
}

/// A list that is searched.
pub(super) struct Search<'a> {
    pub list: &'a str,
    /// The type of its filter.
    pub filter: &'a Definition,
    pub filter_said: Option<&'a Constant>,
    pub order_said: Option<&'a Constant>,
    pub is_of_root: bool,
    /// Whether a page is read.
    pub shows: bool,
    /// Whether the rows are counted, up to where a count stops by itself.
    pub counts: bool,
    /// Whether all rows are counted.
    pub counts_all: bool,
}

/// Works prices out, and gathers the codes of areas on the way.
pub(super) struct Pricing<'d> {
    pub types: &'d Types,
    pub prices: &'d Prices,
    pub area_codes: BTreeSet<String>,
}

impl Pricing<'_> {
    /// What it costs to search a list.
    pub(super) fn search(&mut self, search: &Search<'_>) -> u64 {
        let table = self.prices.searched(&search.filter.name);
        let filter = search.filter_said.map_or(0, |said| self.filter(search.filter, said));
        let named = search.filter_said.and_then(|said| self.named(search.filter, said));
        let breadth = match named {
            _ if !search.is_of_root => 1,
            Some(rows) => rows.div_ceil(ROWS_OF_BREADTH).clamp(1, table.breadth),
            None => table.breadth,
        };
        let order = self.order(search);
        let counted = if filter == 0 { breadth.min(COUNTED) } else { breadth };
        let row = table.steps.saturating_add(ROW).saturating_add(filter);
        let searches = [
            (search.shows && filter.saturating_add(order) > 0, breadth, row.saturating_add(order)),
            (search.counts, counted, row),
            (search.counts_all, breadth, row),
        ];
        let taken = searches.into_iter().filter(|(is_taken, ..)| *is_taken);
        taken.map(|(_, breadth, steps)| breadth.saturating_mul(steps)).fold(0, u64::saturating_add)
    }

    fn order(&self, search: &Search<'_>) -> u64 {
        let first = search.order_said.and_then(|said| items(said).first());
        let Some(Constant::Object(line)) = first else { return 0 };
        let is_kept = line.get("field").and_then(word).is_some_and(|field| self.prices.keeps(search.list, field));
        if is_kept && search.is_of_root { 0 } else { SORTING }
    }

    /// The steps of a filter.
    fn filter(&mut self, filter: &Definition, said: &Constant) -> u64 {
        let (Kind::Input(input), Constant::Object(lines)) = (&filter.kind, said) else { return 0 };
        let types = self.types;
        let mut sum = 0_u64;
        for (name, said) in lines.iter().filter(|(_, said)| **said != Constant::Null) {
            let Some(kind) = input.fields.get(name).and_then(|line| types.named(&line.ty)) else { continue };
            let steps = match self.prices.line(&filter.name, name) {
                Some(Line::SameRow) => self.filter(kind, said).saturating_add(COMPARISON),
                Some(Line::EveryRow) => EVERY_ROW.saturating_mul(self.filter(kind, said).saturating_add(COMPARISON)),
                Some(Line::AreaCodes) => {
                    self.area_codes.extend(items(said).iter().filter_map(text).map(str::to_owned));
                    COMPARISON
                }
                None if kind.name == filter.name && is_joint(name) => {
                    items(said).iter().map(|said| self.filter(filter, said)).fold(0, u64::saturating_add)
                }
                Some(Line::OneWay) | None => self.line(filter, kind, said),
            };
            sum = sum.saturating_add(steps);
        }
        sum
    }

    /// The steps of a line of a filter, by its type.
    fn line(&mut self, filter: &Definition, kind: &Definition, said: &Constant) -> u64 {
        let (Kind::Input(input), Constant::Object(parts)) = (&kind.kind, said) else { return COMPARISON };
        if kind.name.ends_with("Filter") {
            let there = self.filter(kind, said);
            return if self.is_place(kind, parts) { there } else { self.prices.searched(&kind.name).found(there) };
        }
        let types = self.types;
        let mut sum = 0_u64;
        for (name, said) in parts.iter().filter(|(_, said)| **said != Constant::Null) {
            let of = input.fields.get(name).and_then(|part| types.named(&part.ty));
            let steps = match of {
                Some(of) if of.name.ends_with("Filter") => {
                    let (here, there) = (self.prices.searched(&filter.name), self.prices.searched(&of.name));
                    let fanned_out = there.breadth.div_ceil(here.breadth).max(FEWEST);
                    there.found(fanned_out.saturating_mul(self.filter(of, said).saturating_add(there.steps)))
                }
                _ if name == "contains" => LONG_COMPARISON,
                _ => COMPARISON,
            };
            sum = sum.saturating_add(steps);
        }
        if kind.name.ends_with("Op") { sum } else { LONG_COMPARISON }
    }

    /// Whether a filter says no more than in which areas something is: of that a row has a copy.
    fn is_place(&self, filter: &Definition, lines: &IndexMap<Name, Constant>) -> bool {
        let mut said = lines.iter().filter(|(_, said)| **said != Constant::Null).peekable();
        said.peek().is_some() && said.all(|(name, _)| self.prices.line(&filter.name, name) == Some(Line::AreaCodes))
    }

    /// How many rows a filter leaves, where it names them by their own ids or by those of what they point at.
    fn named(&self, filter: &Definition, said: &Constant) -> Option<u64> {
        let (Kind::Input(input), Constant::Object(lines)) = (&filter.kind, said) else { return None };
        let named = lines.iter().filter_map(|(name, said)| {
            let kind = input.fields.get(name).and_then(|line| self.types.named(&line.ty))?;
            match (name.as_str(), self.prices.line(&filter.name, name)) {
                ("id", _) => ids(said),
                ("and", _) => items(said).iter().filter_map(|said| self.named(filter, said)).min(),
                ("or" | "not", _) => None,
                (_, Some(Line::SameRow)) => self.named(kind, said),
                (_, None) if kind.name.ends_with("Filter") => {
                    let (here, there) = (self.prices.searched(&filter.name), self.prices.searched(&kind.name));
                    let hanging_on_one = here.rows().div_ceil(there.rows());
                    self.named(kind, said).map(|rows| rows.saturating_mul(hanging_on_one))
                }
                _ => None,
            }
        });
        named.min()
    }
}

/// How many ids operators name.
fn ids(said: &Constant) -> Option<u64> {
    let Constant::Object(said) = said else { return None };
    let named = ["eq", "in"].iter().filter_map(|operator| said.get(*operator)).filter(|ids| **ids != Constant::Null);
    named.map(|ids| items(ids).len() as u64).min()
}

/// The type of a list's filter.
pub(super) fn filter_of<'t>(types: &'t Types, field: &super::types::Field) -> Option<&'t Definition> {
    types.get(innermost(&field.arguments.get("filter")?.ty))
}

/// What stands in a list. One thing stands for a list of it.
fn items(said: &Constant) -> &[Constant] {
    match said {
        Constant::List(items) => items,
        one => std::slice::from_ref(one),
    }
}

fn is_joint(line: &str) -> bool {
    matches!(line, "and" | "or" | "not")
}

/// The word of an enum: in variables it is a text.
fn word(value: &Constant) -> Option<&str> {
    match value {
        Constant::Enum(word) => Some(word),
        Constant::String(word) => Some(word),
        _ => None,
    }
}

fn text(value: &Constant) -> Option<&str> {
    if let Constant::String(text) = value { Some(text) } else { None }
}
