//! The one way to rows: every fetch of a request is a key of this loader, of which there are few types, whatever the table.
//!
//! What fails is told of the keys that it was for, and of no others of its level.

use std::any::TypeId;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use async_graphql::Context;
use async_graphql::dataloader::{DataLoader, Loader};
use futures_util::future::join_all;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;
use sea_orm::{ModelTrait, QueryResult};

use super::columns::{Columns, Selection};
pub use super::cost::Cost;
use super::error::{Error, Result};
use super::list::{Arguments, Ask, LARGEST_SIZE, List, Node, Parent};
use super::page::{self, CountOf, Page, PageOf, Together};
pub use super::rows::{Act, Rows, select_statement};
use super::rows::{built, selected};
use super::scope::{Reach, Scope};
use super::statement;
pub use super::table::Model;
use super::table::{Record, TableSpec, Tabled};
pub use super::values::{one_of, one_of_words};
pub use super::viewer::Viewer;

/// A loader's key: one row of a table, by its key.
#[derive(Clone, Copy, Debug)]
struct Row(&'static TableSpec, Uuid);

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.1 == other.1 && self.0.is(other.0)
    }
}

impl Eq for Row {}

impl Hash for Row {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.1.hash(state);
    }
}

impl Loader<Row> for Rows {
    type Value = Result<Record>;
    type Error = Error;

    async fn load(&self, keys: &[Row]) -> Result<HashMap<Row, Self::Value>> {
        let by_table = sorted_by(keys.iter().map(|key| (key.0, key.1)), |one, other| one.is(other));
        let found = by_table.into_iter().map(async |(table, keys)| {
            let at = self.scope();
            let statement = built(&selected(table, at, one_of(at, at.id(), &keys)), at.backend);
            let rows = self.read(table, Columns::ALL, statement, |_| Ok(true)).await;
            match rows {
                Ok(rows) => rows.into_iter().map(|(read, _)| (Row(table, read.key), Ok(read.record))).collect(),
                Err(error) => keys.into_iter().map(|key| (Row(table, key), Err(error.clone()))).collect::<Vec<_>>(),
            }
        });
        Ok(join_all(found).await.into_iter().flatten().collect())
    }
}

/// A question about a row that is answered by yes or no, and asked for a whole level at once.
pub trait Test: 'static {
    /// The row's table.
    type Entity: Reach;

    /// The same as a value.
    const TEST: &'static TestSpec =
        &TestSpec { identity: TypeId::of::<Self>(), table: Self::Entity::TABLE, holds: Self::holds };

    /// Holds for the rows of which the answer is yes.
    fn holds(at: Scope<'_>) -> Expr;
}

/// A test as a value.
#[derive(Debug)]
pub struct TestSpec {
    identity: TypeId,
    table: &'static TableSpec,
    holds: fn(Scope<'_>) -> Expr,
}

/// A loader's key: the row with this key passes the test.
#[derive(Clone, Copy, Debug)]
struct Passes(&'static TestSpec, Uuid);

impl PartialEq for Passes {
    fn eq(&self, other: &Self) -> bool {
        self.1 == other.1 && self.0.identity == other.0.identity
    }
}

impl Eq for Passes {}

impl Hash for Passes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.identity.hash(state);
        self.1.hash(state);
    }
}

impl Loader<Passes> for Rows {
    type Value = Result<()>;
    type Error = Error;

    async fn load(&self, keys: &[Passes]) -> Result<HashMap<Passes, Self::Value>> {
        let by_test = sorted_by(keys.iter().map(|key| (key.0, key.1)), |one, other| one.identity == other.identity);
        let passed = by_test.into_iter().map(async |(test, keys)| match self.passed(test, &keys).await {
            Ok(passed) => passed.into_iter().map(|key| (Passes(test, key), Ok(()))).collect(),
            Err(error) => keys.into_iter().map(|key| (Passes(test, key), Err(error.clone()))).collect::<Vec<_>>(),
        });
        Ok(join_all(passed).await.into_iter().flatten().collect())
    }
}

impl Rows {
    async fn passed(&self, test: &TestSpec, keys: &[Uuid]) -> Result<Vec<Uuid>> {
        let statement = {
            let at = self.scope();
            let mut select = at.select_from(test.table);
            select.expr(at.id()).and_where(one_of(at, at.id(), keys)).and_where((test.holds)(at));
            built(&select, at.backend)
        };
        let rows = self.run(statement).await?;
        rows.into_iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
    }

    async fn pages(&self, ask: &Ask, selection: &Selection, parents: &[Parent]) -> Result<HashMap<Parent, Page>> {
        let at = self.scope_of_list().await?;
        let statement = statement::of_pages(ask, selection, parents, at);
        let counted = OnceLock::new();
        // A page of no rows is one row of nothing, beside how many there are.
        let is_there = |row: &QueryResult| {
            if selection.counts {
                let _ = counted.set(row.try_get::<i64>("", "total")?.unsigned_abs());
            }
            Ok(!selection.counts || row.try_get_by_index::<Option<Uuid>>(0)?.is_some())
        };
        let rows = self.read(ask.list.table, selection.columns, statement, is_there).await?;
        let beside = ask.list.table.some_columns(selection.columns).count() + ask.keys();
        let mut pages = page::pages(ask, parents, rows, at, |row| self.meet(selection, row, beside))?;
        pages.values_mut().for_each(|page| page.counted = counted.get().copied());
        Ok(pages)
    }

    async fn counts(&self, ask: &Ask, to: page::CountedTo, parents: &[Parent]) -> Result<HashMap<Parent, u64>> {
        let at = self.scope_of_list().await?;
        let rows = self.run(statement::of_counts(ask, to, parents, at)).await?;
        page::counts(parents, &rows)
    }
}

/// The keys of each of several things, in order.
fn sorted_by<T: Copy>(keys: impl Iterator<Item = (T, Uuid)>, are_one: fn(T, T) -> bool) -> Vec<(T, Vec<Uuid>)> {
    let mut groups: Vec<(T, Vec<Uuid>)> = Vec::new();
    for (of, key) in keys {
        match groups.iter_mut().find(|(other, _)| are_one(*other, of)) {
            Some((_, keys)) => keys.push(key),
            None => groups.push((of, vec![key])),
        }
    }
    for (_, keys) in &mut groups {
        keys.sort_unstable();
    }
    groups
}

impl Loader<PageOf> for Rows {
    type Value = Result<Arc<Page>>;
    type Error = Error;

    async fn load(&self, keys: &[PageOf]) -> Result<HashMap<PageOf, Self::Value>> {
        let groups = page::pages_together(keys).into_iter().map(async |Together { ask, selection, parents, keys }| {
            let pages = self.pages(&ask, &selection, &parents).await;
            let pages = pages.map(|pages| {
                pages.into_iter().map(|(parent, page)| (parent, Arc::new(page))).collect::<HashMap<_, _>>()
            });
            let page_of = |key: PageOf| match &pages {
                Ok(pages) => pages.get(&key.0).map(|page| (key, Ok(Arc::clone(page)))),
                Err(error) => Some((key, Err(error.clone()))),
            };
            keys.into_iter().filter_map(page_of).collect::<Vec<_>>()
        });
        Ok(join_all(groups).await.into_iter().flatten().collect())
    }
}

impl Loader<CountOf> for Rows {
    type Value = Result<u64>;
    type Error = Error;

    async fn load(&self, keys: &[CountOf]) -> Result<HashMap<CountOf, Self::Value>> {
        let groups = page::counts_together(keys).into_iter().map(async |(to, (ask, parents))| {
            let key = |parent| CountOf(parent, Arc::clone(&ask), to);
            match self.counts(&ask, to, &parents).await {
                Ok(counts) => counts.into_iter().map(|(parent, count)| (key(parent), Ok(count))).collect(),
                Err(error) => parents.into_iter().map(|parent| (key(parent), Err(error.clone()))).collect::<Vec<_>>(),
            }
        });
        Ok(join_all(groups).await.into_iter().flatten().collect())
    }
}

/// The request's loader.
///
/// # Errors
/// Where a schema runs without one: a fault of ours.
pub fn rows<'c>(context: &Context<'c>) -> Result<&'c DataLoader<Rows>> {
    context.data_opt().ok_or_else(|| Error::Internal("this request has no loader".into()))
}

/// Who asks. Nobody in particular, where nobody says.
#[must_use]
pub fn viewer<'c>(context: &Context<'c>) -> &'c Viewer {
    context.data_opt::<DataLoader<Rows>>().map_or(&Viewer::Anonymous, |rows| rows.loader().viewer())
}

/// The row with this key, if there is one that the viewer may see.
///
/// # Errors
/// Where the database fails.
pub async fn find<E: Reach>(context: &Context<'_>, key: Uuid) -> Result<Option<Arc<Model<E>>>> {
    record(context, E::TABLE, key).await?.map(|record| record.model()).transpose()
}

async fn record(context: &Context<'_>, table: &'static TableSpec, key: Uuid) -> Result<Option<Record>> {
    let rows = rows(context)?;
    match rows.loader().met(table, key, Columns::ALL) {
        Some(record) => Ok(Some(record)),
        None => Box::pin(rows.load_one(Row(table, key))).await?.transpose(),
    }
}

/// The row with this key, as the field that is resolved shows it. Whoever sees the row that points at it may see it too.
///
/// # Errors
/// Where the database fails, or the row is hidden: a fault in what reach says.
pub async fn shown<N: Node>(context: &Context<'_>, key: Uuid) -> Result<N> {
    let table = <N::Model as ModelTrait>::Entity::TABLE;
    let asked = rows(context)?.loader().asked(context, table, N::OBJECTS);
    let record = match rows(context)?.loader().met(table, key, asked) {
        Some(record) => Some(record),
        None => record(context, table, key).await?,
    };
    let hidden = || Error::Internal(format!("{} {key} is out of reach of a row that points at it", table.name()));
    N::of(&record.ok_or_else(hidden)?)
}

/// Whether the row with this key is one that the viewer may see, and passes the test.
///
/// # Errors
/// Where the database fails.
pub async fn passes<T: Test>(context: &Context<'_>, key: Uuid) -> Result<bool> {
    does_pass(context, T::TEST, key).await
}

async fn does_pass(context: &Context<'_>, test: &'static TestSpec, key: Uuid) -> Result<bool> {
    Ok(Box::pin(rows(context)?.load_one(Passes(test, key))).await?.transpose()?.is_some())
}

/// The row with this key, which whoever sees the row that points at it may see too.
///
/// # Errors
/// Where the database fails, or the row is hidden: a fault in what reach says.
pub async fn neighbour<E: Reach>(context: &Context<'_>, key: Uuid) -> Result<Arc<Model<E>>> {
    find::<E>(context, key)
        .await?
        .ok_or_else(|| Error::Internal(format!("{} {key} is out of reach of a row that points at it", E::TABLE.name())))
}

/// All rows of a short list that hangs on a row: at most a page of the largest size.
///
/// # Errors
/// Where the database fails.
pub async fn children<L: List>(context: &Context<'_>, parent: Parent) -> Result<Vec<L::Node>> {
    few::<L>(context, parent, LARGEST_SIZE.unsigned_abs().into()).await
}

/// The rows of a short list that hangs on a row, of which there are so many at most.
///
/// # Errors
/// Where the database fails.
pub async fn few<L: List>(context: &Context<'_>, parent: Parent, most: u64) -> Result<Vec<L::Node>> {
    let arguments = Arguments::<L> { first: Some(i32::try_from(most).unwrap_or(i32::MAX)), ..Arguments::default() };
    page(context, parent, arguments, Selection::ALL).await
}

/// The first row of a list under a filter, as the field that is resolved shows it: a look-up by something other than the key.
///
/// # Errors
/// Where the database fails.
pub async fn first<L: List>(
    context: &Context<'_>,
    parent: Parent,
    filter: Option<L::Filter>,
) -> Result<Option<L::Node>> {
    let arguments = Arguments::<L> { filter, first: Some(1), ..Arguments::default() };
    let selection = Selection::of(L::LIST.table, L::Node::OBJECTS, &[], &[context.field()]);
    Ok(page(context, parent, arguments, selection).await?.into_iter().next())
}

/// The same at the root, or the row that took over from it.
///
/// # Errors
/// Where the database fails.
pub async fn first_or_heir<L: List>(
    context: &Context<'_>,
    filter: L::Filter,
    successor: impl Fn(&L::Node) -> Option<Uuid>,
) -> Result<Option<L::Node>> {
    let found = first::<L>(context, Parent::Root, Some(filter)).await?;
    match found.as_ref().and_then(successor) {
        Some(successor) => shown(context, successor).await.map(Some),
        None => Ok(found),
    }
}

async fn page<L: List>(
    context: &Context<'_>,
    parent: Parent,
    arguments: Arguments<L>,
    selection: Selection,
) -> Result<Vec<L::Node>> {
    let page = page_of(context, parent, Arc::new(Ask::new(arguments)?.with_selection(selection))).await?;
    page.rows.iter().map(|row| L::Node::of(&row.record)).collect()
}

/// A part of a list.
///
/// # Errors
/// Where the database fails.
pub async fn page_of(context: &Context<'_>, parent: Parent, ask: Arc<Ask>) -> Result<Arc<Page>> {
    let page = Box::pin(rows(context)?.load_one(PageOf(parent, ask))).await?;
    page.unwrap_or_else(|| Err(Error::Internal("a page was asked for and not answered".into())))
}

/// How many rows a list has.
///
/// # Errors
/// Where the database fails.
pub async fn count_of(context: &Context<'_>, parent: Parent, ask: Arc<Ask>, to: page::CountedTo) -> Result<u64> {
    let count = Box::pin(rows(context)?.load_one(CountOf(parent, ask, to))).await?;
    count.unwrap_or_else(|| Err(Error::Internal("a count was asked for and not answered".into())))
}
