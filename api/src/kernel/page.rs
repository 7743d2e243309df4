//! Pages of lists and their counts: what is asked for, which of it one statement serves, and how its rows are read.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use sea_orm::QueryResult;
use sea_orm::prelude::Uuid;

use super::columns::Selection;
use super::cursor::KeyValue;
use super::error::{Error, Result};
use super::list::{Ask, Parent};
use super::order::KeyKind;
use super::scope::Scope;
use super::table::{Read, Record};

/// A row and where it stands in its list's order.
#[derive(Debug)]
pub struct Placed {
    /// The row.
    pub record: Record,
    /// The values of its keys.
    pub place: Vec<KeyValue>,
}

/// A page of rows, in the order of the list.
#[derive(Debug)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Placed>,
    /// Whether rows come before.
    pub has_previous: bool,
    /// Whether rows come after.
    pub has_next: bool,
    /// How many rows there are on all pages together, as far as they were counted, where that was asked for with them.
    pub counted: Option<u64>,
}

/// A loader's key: one parent's page of a list.
#[derive(Clone, Debug)]
pub struct PageOf(pub Parent, pub Arc<Ask>);

/// A loader's key: how many rows one parent's list has under the filter, on all pages together.
#[derive(Clone, Debug)]
pub struct CountOf(pub Parent, pub Arc<Ask>, pub CountedTo);

/// How far rows are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountedTo {
    /// To one more than [`COUNTED`], which tells that there are more.
    Bound,
    /// To the last one, however many there are.
    End,
}

/// So many rows are counted where nobody asks for more.
pub const COUNTED: u64 = 10_000;

impl PartialEq for PageOf {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 && are_one_page(&self.1, &other.1)
    }
}

impl PartialEq for CountOf {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 && self.2 == other.2 && are_one_list(&self.1, &other.1)
    }
}

impl Eq for PageOf {}

impl Eq for CountOf {}

impl Hash for PageOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
        self.1.fingerprint().hash(state);
    }
}

impl Hash for CountOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
        self.1.fingerprint().hash(state);
    }
}

fn are_one_list(one: &Arc<Ask>, other: &Arc<Ask>) -> bool {
    Arc::ptr_eq(one, other) || one.is_like(other)
}

fn are_one_page(one: &Arc<Ask>, other: &Arc<Ask>) -> bool {
    Arc::ptr_eq(one, other) || (are_one_reading(one, other) && one.selection == other.selection)
}

/// The same rows, however much of each.
fn are_one_reading(one: &Arc<Ask>, other: &Arc<Ask>) -> bool {
    Arc::ptr_eq(one, other) || (one.is_like(other) && one.window == other.window)
}

/// What one statement serves: what is asked, and of which parents.
type Group = (Arc<Ask>, Vec<Parent>);

/// Pages that one statement serves: what is asked, how much of each row, of which parents, and for whom.
#[derive(Debug)]
pub struct Together {
    /// What is asked.
    pub ask: Arc<Ask>,
    /// As much as any of them selects.
    pub selection: Selection,
    /// Of these.
    pub parents: Vec<Parent>,
    /// For these.
    pub keys: Vec<PageOf>,
}

/// The pages that one statement can serve together: those that ask for the same part of one list, of whichever parents.
#[must_use]
pub fn pages_together(keys: &[PageOf]) -> Vec<Together> {
    let groups = group(keys.iter().map(|key| (&key.0, &key.1)), are_one_reading);
    let together = groups.into_iter().map(|(ask, mut parents)| {
        let keys: Vec<_> = keys.iter().filter(|key| are_one_reading(&key.1, &ask)).cloned().collect();
        let mut selection = ask.selection.clone();
        keys.iter().for_each(|key| selection.and(&key.1.selection));
        parents.dedup();
        Together { ask, selection, parents, keys }
    });
    together.collect()
}

/// The counts that one statement can serve together.
#[must_use]
pub fn counts_together(keys: &[CountOf]) -> Vec<(CountedTo, Group)> {
    let counted_to = |to| {
        let keys = keys.iter().filter(move |key| key.2 == to).map(|key| (&key.0, &key.1));
        group(keys, are_one_list).into_iter().map(move |group| (to, group))
    };
    [CountedTo::Bound, CountedTo::End].into_iter().flat_map(counted_to).collect()
}

fn group<'k>(
    keys: impl Iterator<Item = (&'k Parent, &'k Arc<Ask>)>,
    are_one: fn(&Arc<Ask>, &Arc<Ask>) -> bool,
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (parent, ask) in keys {
        match groups.iter_mut().find(|(other, _)| are_one(ask, other)) {
            Some((_, parents)) => parents.push(parent.clone()),
            None => groups.push((Arc::clone(ask), vec![parent.clone()])),
        }
    }
    // A statement's parents stand in one order whatever the hash gave, so that the same request reads the same way.
    for (_, parents) in &mut groups {
        parents.sort_by(|one, other| sort_key(one).cmp(&sort_key(other)));
    }
    groups
}

fn sort_key(parent: &Parent) -> (Option<&Uuid>, Option<&str>) {
    match parent {
        Parent::Root => (None, None),
        Parent::Row(key) => (Some(key), None),
        Parent::Subtree(path) => (None, Some(path)),
    }
}

/// Puts the rows that a page's statement gave where they belong. Each that is shown is told of.
///
/// # Errors
/// Where a row is not of the shape that was asked for.
pub fn pages(
    ask: &Ask,
    parents: &[Parent],
    rows: Vec<(Read, QueryResult)>,
    at: Scope<'_>,
    mut shown: impl FnMut(&QueryResult) -> Result<()>,
) -> Result<HashMap<Parent, Page>> {
    let kinds: Vec<KeyKind> = ask.sorts(at).iter().map(|sort| sort.key.kind).collect();
    let mut placed: Vec<Vec<Placed>> = parents.iter().map(|_| Vec::new()).collect();
    for (read, row) in rows {
        let place = (0..).zip(&kinds).map(|(number, kind)| KeyValue::read(&row, &format!("k{number}"), *kind));
        let place = place.collect::<Result<_, _>>().map_err(sea_orm::DbErr::from)?;
        if let Some(rows) = placed.get_mut(place_of(&row, parents)?) {
            // The one row more than the page holds only tells that there are more.
            if (rows.len() as u64) < ask.window.size {
                shown(&row)?;
            }
            rows.push(Placed { record: read.record, place });
        }
    }
    let window = &ask.window;
    Ok(parents
        .iter()
        .cloned()
        .zip(placed)
        .map(|(parent, mut rows)| {
            let more = rows.len() as u64 > window.size;
            rows.truncate(usize::try_from(window.size).unwrap_or(usize::MAX));
            let came_from = window.from.is_some();
            let (has_previous, has_next) = if window.backwards { (more, came_from) } else { (came_from, more) };
            if window.backwards {
                rows.reverse();
            }
            (parent, Page { rows, has_previous, has_next, counted: None })
        })
        .collect())
}

/// Puts the counts that a count's statement gave where they belong.
///
/// # Errors
/// Where a row is not of the shape that was asked for.
pub fn counts(parents: &[Parent], rows: &[QueryResult]) -> Result<HashMap<Parent, u64>> {
    let mut totals = vec![0; parents.len()];
    for row in rows {
        if let Some(total) = totals.get_mut(place_of(row, parents)?) {
            *total = row.try_get::<i64>("", "total")?.unsigned_abs();
        }
    }
    Ok(parents.iter().cloned().zip(totals).collect())
}

/// Which of the parents a row is of.
fn place_of(row: &QueryResult, parents: &[Parent]) -> Result<usize> {
    if parents == [Parent::Root] {
        return Ok(0);
    }
    let place: i64 = row.try_get("", "place")?;
    usize::try_from(place).map_err(|_| Error::Internal(format!("a row of parent {place}")))
}
