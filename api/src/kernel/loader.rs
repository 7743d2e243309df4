//! The one way to rows: every fetch of a request is a key of this loader, and passes reach here.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_graphql::Context;
use async_graphql::dataloader::{DataLoader, Loader};
use entity::{Timestamp, area};
use futures_util::future::try_join_all;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, PostgresQueryBuilder, SelectStatement, SqliteQueryBuilder};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryResult, Statement};
use tokio::sync::OnceCell;

use crate::database::Pool;

use super::bulk::Bulk;
use super::drive::{Now, Queue};
use super::error::{Error, Result};
use super::global_id::Table;
use super::list::{self, CountOf, List, Page, PageOf};
use super::scope::{Keyed, Reach, Scope};
use super::subtree::Subtrees;
use super::turns::Place;
pub use super::values::{one_of, one_of_words};
use super::viewer::Viewer;

/// The model of an entity's row.
pub type Model<E> = <E as EntityTrait>::Model;

/// What one request reads with: its connection, who asks, when, and what it has cost so far.
#[derive(Clone, Debug)]
pub struct Rows {
    database: Pool,
    place: Place,
    viewer: Viewer,
    signed_in: Arc<OnceLock<Viewer>>,
    now: Timestamp,
    cost: Arc<Cost>,
    unmasked: Arc<Mutex<Vec<Unmasked>>>,
    areas: Arc<Areas>,
}

/// The areas that a request names by their codes, and where they are once that was looked up.
#[derive(Debug, Default)]
struct Areas {
    codes: Vec<String>,
    subtrees: OnceCell<Subtrees>,
}

/// Somebody, and whose contacts they were shown in clear.
type Unmasked = (Viewer, BTreeSet<(Table, Uuid)>);

/// So much of a slow statement is logged, in letters.
const LONGEST_STATEMENT: usize = 4_000;

/// What a request has cost the database.
#[derive(Debug)]
pub struct Cost {
    statements: AtomicU64,
    rows: AtomicU64,
    bulk: Bulk,
    request_id: String,
    slow: Duration,
}

impl Cost {
    /// Of an answer of so many bytes at most. A statement of this request that takes as long as `slow` is logged.
    #[must_use]
    pub fn new(request_id: &str, slow: Duration, bytes: u64) -> Self {
        let (statements, rows) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { statements, rows, bulk: Bulk::new(bytes), request_id: request_id.to_owned(), slow }
    }

    /// How much is read and written for its answer.
    #[must_use]
    pub fn bulk(&self) -> &Bulk {
        &self.bulk
    }

    /// This clone of a connection, and no other, with its statements counted here.
    #[must_use]
    pub fn counts(self: &Arc<Self>, database: Pool) -> Pool {
        let counted = Arc::clone(self);
        database.counted(move |sql, elapsed| {
            counted.statements.fetch_add(1, Relaxed);
            if elapsed >= counted.slow {
                counted.tell_slow(sql, elapsed);
            }
        })
    }

    /// Logs a statement's text: what was asked for stands in its parameters, which are nobody's business.
    fn tell_slow(&self, sql: &str, took: Duration) {
        let end = sql.char_indices().nth(LONGEST_STATEMENT).map_or(sql.len(), |(end, _)| end);
        tracing::warn!(
            request.id = self.request_id,
            milliseconds = took.as_secs_f64() * 1_000.0,
            statement = sql.get(..end).unwrap_or_default(),
            "A statement was slow"
        );
    }

    /// Statements sent: SELECT, INSERT, UPDATE and DELETE.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Relaxed)
    }

    /// Rows read into models.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.load(Relaxed)
    }
}

impl Rows {
    /// Reads for `viewer` as of `now`, each statement when it is its turn.
    #[must_use]
    pub fn new(database: Pool, cost: Cost, place: Place, viewer: Viewer, now: Timestamp) -> Self {
        let cost = Arc::new(cost);
        let database = cost.counts(database);
        Self {
            database,
            place,
            viewer,
            signed_in: Arc::default(),
            now,
            cost,
            unmasked: Arc::default(),
            areas: Arc::default(),
        }
    }

    /// The same, for a request whose filters name areas by these codes.
    #[must_use]
    pub fn naming_areas(self, codes: Vec<String>) -> Self {
        Self { areas: Arc::new(Areas { codes, subtrees: OnceCell::new() }), ..self }
    }

    /// What this request has cost so far.
    #[must_use]
    pub fn cost(&self) -> Arc<Cost> {
        Arc::clone(&self.cost)
    }

    /// How much it has read and written.
    #[must_use]
    pub fn bulk(&self) -> &Bulk {
        &self.cost.bulk
    }

    /// Remembers that whoever asks just now was shown somebody's contact in clear: its audit entry is written before the request is
    /// answered.
    pub fn remember_unmasked(&self, table: Table, key: Uuid) {
        let (reader, mut unmasked) = (self.viewer(), self.unmasked.lock().unwrap_or_else(PoisonError::into_inner));
        match unmasked.iter_mut().find(|(other, _)| other == reader) {
            Some((_, subjects)) => {
                subjects.insert((table, key));
            }
            None => unmasked.push((reader.clone(), BTreeSet::from([(table, key)]))),
        }
    }

    /// To whom this request showed contacts in clear, and whose.
    #[must_use]
    pub fn unmasked(&self) -> Vec<(Viewer, Vec<(Table, Uuid)>)> {
        let unmasked = self.unmasked.lock().unwrap_or_else(PoisonError::into_inner);
        unmasked.iter().map(|(reader, subjects)| (reader.clone(), subjects.iter().copied().collect())).collect()
    }

    /// When this request asks.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Who asks: whoever signed in in the course of this request, or whoever it came from.
    #[must_use]
    pub fn viewer(&self) -> &Viewer {
        self.signed_in.get().unwrap_or(&self.viewer)
    }

    /// Whether somebody signed in in the course of this request.
    #[must_use]
    pub fn has_signed_in(&self) -> bool {
        self.signed_in.get().is_some()
    }

    /// From here on this request reads for whoever signed in. A request does so once.
    pub fn sign_in(&self, viewer: Viewer) {
        let _ = self.signed_in.set(viewer);
    }

    /// What it reads with, for what is not a matter of reach: who somebody is.
    #[must_use]
    pub fn connection(&self) -> &Pool {
        &self.database
    }

    /// The outermost table of a statement of this request.
    #[must_use]
    pub fn scope(&self) -> Scope<'_> {
        Scope::new(self.viewer(), self.now, self.database.get_database_backend())
    }

    /// The same, in which the areas are known that the request names: looked up together, by whichever list is read first.
    async fn scope_of_list(&self) -> Result<Scope<'_>> {
        let Areas { codes, subtrees } = &*self.areas;
        if codes.is_empty() {
            return Ok(self.scope());
        }
        let look_up = || async {
            let codes = codes.iter().map(String::as_str);
            let named = |at: Scope<'_>| one_of_words(at, at.column(area::Column::Code), codes);
            let areas = self.select::<area::Entity>(named, |_| ()).await?;
            Ok::<_, Error>(Subtrees::new(areas.iter().map(|(area, _)| (area.code.clone(), area.path.clone()))))
        };
        Ok(self.scope().with_subtrees(subtrees.get_or_try_init(look_up).await?))
    }

    /// The loader that a request's resolvers share. What they ask for waits in `queue` for its turn.
    pub(crate) fn share(self, queue: Queue) -> DataLoader<Self> {
        DataLoader::new(self, queue, Now).max_batch_size(usize::MAX)
    }

    /// The rows of `E` that the viewer may see and that meet `condition`, with whatever else `more` selects.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn select<E: Reach>(
        &self,
        condition: impl FnOnce(Scope<'_>) -> Expr + Send,
        more: impl FnOnce(&mut SelectStatement) + Send,
    ) -> Result<Vec<(Arc<Model<E>>, QueryResult)>> {
        let statement = statement::<E>(self.scope(), condition, more);
        let rows = self.run(statement).await?;
        self.count(rows.len());
        let read = |row: QueryResult| {
            let model = Model::<E>::from_query_result(&row, "")?;
            self.bulk().read(model.long_texts())?;
            Ok((Arc::new(model), row))
        };
        rows.into_iter().map(read).collect()
    }

    async fn run(&self, statement: Statement) -> Result<Vec<QueryResult>> {
        self.place.read(async || Ok(self.database.query_all_raw(statement.clone()).await?)).await
    }

    fn count(&self, rows: usize) {
        self.cost.rows.fetch_add(rows as u64, Relaxed);
    }
}

/// Reads the rows of `E` that the viewer may see and that meet `condition`, with whatever else `more` selects.
pub fn statement<E: Reach>(
    at: Scope<'_>,
    condition: impl FnOnce(Scope<'_>) -> Expr,
    more: impl FnOnce(&mut SelectStatement),
) -> Statement {
    let mut select = at.select::<E>();
    select.expr(at.columns::<E>()).and_where(condition(at));
    more(&mut select);
    built(&select, at.backend)
}

fn built(select: &SelectStatement, backend: DbBackend) -> Statement {
    let (sql, values) = match backend {
        DbBackend::Sqlite => select.build(SqliteQueryBuilder),
        _ => select.build(PostgresQueryBuilder),
    };
    Statement::from_sql_and_values(backend, sql, values)
}

/// A loader's key: one row, by its key.
pub struct Row<E>(pub Uuid, PhantomData<fn() -> E>);

impl<E> Row<E> {
    /// The row with this key.
    #[must_use]
    pub const fn new(key: Uuid) -> Self {
        Self(key, PhantomData)
    }
}

// Written by hand, since a derive would ask the entity itself to be clonable and comparable.
impl<E> Clone for Row<E> {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl<E> PartialEq for Row<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<E> Eq for Row<E> {}

impl<E> Hash for Row<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<E> Debug for Row<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Row({})", self.0)
    }
}

impl<E: Reach> Loader<Row<E>> for Rows {
    type Value = Arc<Model<E>>;
    type Error = Error;

    async fn load(&self, keys: &[Row<E>]) -> Result<HashMap<Row<E>, Self::Value>> {
        let mut keys: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        keys.sort_unstable();
        let rows = self.select::<E>(move |at| one_of(at, at.id(), &keys), |_| ()).await?;
        Ok(rows.into_iter().map(|(model, _)| (Row::new(model.key()), model)).collect())
    }
}

/// A question about a row that is answered by yes or no, and asked for a whole level at once.
pub trait Test: 'static {
    /// The row's table.
    type Entity: Reach;

    /// Holds for the rows of which the answer is yes.
    fn holds(at: Scope<'_>) -> Expr;
}

/// A loader's key: the row with this key passes the test.
pub struct Passes<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Clone for Passes<T> {
    fn clone(&self) -> Self {
        Self(self.0, PhantomData)
    }
}

impl<T> PartialEq for Passes<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Passes<T> {}

impl<T> Hash for Passes<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T: Test> Loader<Passes<T>> for Rows {
    type Value = ();
    type Error = Error;

    async fn load(&self, keys: &[Passes<T>]) -> Result<HashMap<Passes<T>, ()>> {
        let statement = {
            let at = self.scope();
            let mut keys: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
            keys.sort_unstable();
            let mut select = at.select::<T::Entity>();
            select.expr(at.id()).and_where(one_of(at, at.id(), &keys)).and_where(T::holds(at));
            built(&select, at.backend)
        };
        let rows = self.run(statement).await?;
        rows.into_iter().map(|row| Ok((Passes(row.try_get_by_index(0)?, PhantomData), ()))).collect()
    }
}

impl<L: List> Loader<PageOf<L>> for Rows {
    type Value = Arc<Page<Model<L::Entity>>>;
    type Error = Error;

    async fn load(&self, keys: &[PageOf<L>]) -> Result<HashMap<PageOf<L>, Self::Value>> {
        let groups = PageOf::together(keys).into_iter().map(async |(ask, parents)| {
            let at = self.scope_of_list().await?;
            let rows = self.run(list::page_statement(&ask, &parents, at)).await?;
            self.count(rows.len());
            let pages = list::pages(&ask, parents, &rows, at, self.bulk())?;
            Ok::<_, Error>(
                pages.into_iter().map(move |(parent, page)| (PageOf(parent, Arc::clone(&ask)), Arc::new(page))),
            )
        });
        Ok(try_join_all(groups).await?.into_iter().flatten().collect())
    }
}

impl<L: List> Loader<CountOf<L>> for Rows {
    type Value = u64;
    type Error = Error;

    async fn load(&self, keys: &[CountOf<L>]) -> Result<HashMap<CountOf<L>, u64>> {
        let groups = CountOf::together(keys).into_iter().map(async |(ask, to, parents)| {
            let at = self.scope_of_list().await?;
            let rows = self.run(list::count_statement(&ask, to, &parents, at)).await?;
            let counts = list::counts(parents, &rows)?;
            let count = move |(parent, count)| (CountOf(parent, Arc::clone(&ask), to), count);
            Ok::<_, Error>(counts.into_iter().map(count))
        });
        Ok(try_join_all(groups).await?.into_iter().flatten().collect())
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
    rows(context)?.load_one(Row::<E>::new(key)).await
}

/// Whether the row with this key is one that the viewer may see, and passes the test.
///
/// # Errors
/// Where the database fails.
pub async fn passes<T: Test>(context: &Context<'_>, key: Uuid) -> Result<bool> {
    Ok(rows(context)?.load_one(Passes::<T>(key, PhantomData)).await?.is_some())
}

/// The row with this key, which whoever sees the row that points at it may see too.
///
/// # Errors
/// Where the database fails, or the row is hidden: a fault in what reach says.
pub async fn neighbour<E: Reach>(context: &Context<'_>, key: Uuid) -> Result<Arc<Model<E>>> {
    find::<E>(context, key).await?.ok_or_else(|| {
        Error::Internal(format!("{} {key} is out of reach of a row that points at it", E::default().table_name()))
    })
}

/// All rows of a short list that hangs on a row: at most a page of the largest size.
///
/// # Errors
/// Where the database fails.
pub async fn children<L: List>(context: &Context<'_>, parent: list::Parent) -> Result<Vec<L::Node>> {
    few::<L>(context, parent, list::LARGEST_SIZE.unsigned_abs().into()).await
}

/// The rows of a short list that hangs on a row, of which there are so many at most.
///
/// # Errors
/// Where the database fails.
pub async fn few<L: List>(context: &Context<'_>, parent: list::Parent, most: u64) -> Result<Vec<L::Node>> {
    let arguments =
        list::Arguments::<L> { first: Some(i32::try_from(most).unwrap_or(i32::MAX)), ..list::Arguments::default() };
    page(context, parent, arguments).await
}

/// The first row of a list under a filter: a look-up by something other than the key.
///
/// # Errors
/// Where the database fails.
pub async fn first<L: List>(
    context: &Context<'_>,
    parent: list::Parent,
    filter: Option<L::Filter>,
) -> Result<Option<L::Node>> {
    let arguments = list::Arguments::<L> { filter, first: Some(1), ..list::Arguments::default() };
    Ok(page(context, parent, arguments).await?.into_iter().next())
}

async fn page<L: List>(
    context: &Context<'_>,
    parent: list::Parent,
    arguments: list::Arguments<L>,
) -> Result<Vec<L::Node>> {
    let ask = Arc::new(list::Ask::new(arguments)?);
    let page = rows(context)?.load_one(PageOf(parent, ask)).await?;
    Ok(page.iter().flat_map(|page| &page.rows).map(|row| L::Node::from(Arc::clone(&row.model))).collect())
}
