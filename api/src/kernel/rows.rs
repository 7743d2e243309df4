//! What a request reads with: its connection, who asks, when, and what it has cost so far. Every row passes reach here.

use std::any::TypeId;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_graphql::Context;
use async_graphql::dataloader::DataLoader;
use entity::{Timestamp, area};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};
use tokio::sync::OnceCell;

use crate::database::Pool;

use super::bulk::Bulk;
use super::columns::{Columns, Selection, Shows};
use super::cost::Cost;
use super::drive::{Now, Queue};
use super::error::{Error, Result};
use super::global_id::Table;
use super::list::{Ask, ListSpec};
use super::scope::{Reach, Scope};
use super::statement;
use super::subtree::Subtrees;
use super::table::{self, Model, Record, TableSpec, Tabled};
use super::turns::Place;
use super::values::one_of_words;
use super::viewer::Viewer;

/// The table of the audit log, as a statement names it.
const AUDIT_LOG: &str = "\"audit_entry\"";

/// What one request reads with: its connection, who asks, when, and what it has cost so far.
#[derive(Clone, Debug)]
pub struct Rows {
    database: Pool,
    place: Place,
    viewer: Viewer,
    signed_in: Arc<OnceLock<Viewer>>,
    now: Timestamp,
    cost: Arc<Cost>,
    accounted: Arc<Mutex<Vec<Accounted>>>,
    areas: Arc<Areas>,
    met: Option<Arc<Mutex<Met>>>,
    asks: Arc<Mutex<Asks>>,
}

/// What fields ask of lists, by where they stand in the document, and the list.
type Asks = HashMap<(usize, TypeId), Arc<Ask>>;

/// What was read beside something else.
#[derive(Debug, Default)]
struct Met {
    /// The rows, by their tables' names and their keys, and how much of each was read.
    rows: HashMap<(&'static str, Uuid), Vec<(Columns, Record)>>,
    /// How much a field asks for of the row that it shows, by where the field stands in the document.
    asked: HashMap<usize, Columns>,
}

/// The areas that a request names by their codes, and where they are once that was looked up.
#[derive(Debug, Default)]
struct Areas {
    codes: Vec<String>,
    subtrees: OnceCell<Subtrees>,
}

/// Somebody, and what they were shown that is to be accounted for.
pub(super) type Accounted = (Viewer, BTreeSet<(Act, Table, Uuid)>);

/// What is accounted for, though it only reads: as the audit log names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Somebody's contact was shown in clear.
    UnmaskContact,
    /// The audit log was read, or counted.
    ReadAuditLog,
    /// What shows that work was done was fetched.
    DownloadEvidence,
}

impl Act {
    /// Its name in the audit log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UnmaskContact => "unmaskContact",
            Self::ReadAuditLog => "readAuditLog",
            Self::DownloadEvidence => "downloadEvidence",
        }
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
            accounted: Arc::default(),
            areas: Arc::default(),
            met: None,
            asks: Arc::default(),
        }
    }

    /// The same, for a request that changes nothing: what was read beside something else need not be read again. A mutation
    /// answers with what is there once it has changed it.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self { met: Some(Arc::default()), ..self }
    }

    /// Whether rows are remembered.
    pub(super) const fn remembers(&self) -> bool {
        self.met.is_some()
    }

    /// A row that was read beside another one, and of it at least so much.
    pub(super) fn met(&self, table: &TableSpec, key: Uuid, asked: Columns) -> Option<Record> {
        let met = self.met.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let mut read = met.rows.get(&(table.name(), key))?.iter();
        read.find(|(columns, _)| columns.cover(asked)).map(|(_, record)| record.clone())
    }

    /// How much the field that is resolved asks for of the row that it shows.
    pub(super) fn asked(&self, context: &Context<'_>, table: &'static TableSpec, objects: &[&[Shows]]) -> Columns {
        let Some(met) = &self.met else { return Columns::ALL };
        let mut met = met.lock().unwrap_or_else(PoisonError::into_inner);
        let of_field = || Selection::of(table, objects, &[], &[context.field()]).columns;
        *met.asked.entry(std::ptr::from_ref(context.item).addr()).or_insert_with(of_field)
    }

    /// What a field asks of a list: made out once, and the same of all parents.
    pub(super) fn ask_once(
        &self,
        context: &Context<'_>,
        list: &ListSpec,
        ask: impl FnOnce() -> Result<Ask>,
    ) -> Result<Arc<Ask>> {
        let field = (std::ptr::from_ref(context.item).addr(), list.identity());
        let mut asks = self.asks.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match asks.entry(field) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(place) => Arc::clone(place.insert(Arc::new(ask()?))),
        })
    }

    /// Remembers the neighbours of a row that a page's statement gave, which stand behind so many of its columns.
    pub(super) fn meet(&self, selection: &Selection, row: &QueryResult, behind: usize) -> Result<()> {
        let Some(met) = &self.met else { return Ok(()) };
        let mut met = met.lock().unwrap_or_else(PoisonError::into_inner);
        let mut from = behind;
        for (neighbour, columns) in &selection.neighbours {
            let table = neighbour.table;
            if let Some(key) = row.try_get_by_index::<Option<Uuid>>(from)? {
                let read = met.rows.entry((table.name(), key)).or_default();
                if !read.iter().any(|(known, _)| known.cover(*columns)) {
                    read.push((*columns, table.read(row, from, *columns)?.record));
                    self.cost.add_rows(1);
                }
            }
            from += table.some_columns(*columns).count();
        }
        Ok(())
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
        self.cost.bulk()
    }

    /// Remembers that whoever asks just now was shown what is to be accounted for: its audit entry is written before the request is
    /// answered.
    pub fn account_for(&self, act: Act, table: Table, key: Uuid) {
        let (reader, mut accounted) = (self.viewer(), self.accounted.lock().unwrap_or_else(PoisonError::into_inner));
        match accounted.iter_mut().find(|(other, _)| other == reader) {
            Some((_, seen)) => {
                seen.insert((act, table, key));
            }
            None => accounted.push((reader.clone(), BTreeSet::from([(act, table, key)]))),
        }
    }

    /// Who was shown what in this request that is to be accounted for.
    #[must_use]
    pub(crate) fn accounted(&self) -> Vec<Accounted> {
        self.accounted.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
    pub(super) async fn scope_of_list(&self) -> Result<Scope<'_>> {
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
        let statement = select_statement::<E>(self.scope(), condition, more);
        let rows = self.read(E::TABLE, Columns::ALL, statement, |_| Ok(true)).await?;
        rows.into_iter().map(|(read, row)| Ok((read.record.model()?, row))).collect()
    }

    /// The rows of a table that a statement gives, with these columns first, where a row is there at all. Each is weighed as it comes: where they are too much for one answer, the rest
    /// is not read.
    pub(super) async fn read(
        &self,
        table: &'static TableSpec,
        columns: Columns,
        statement: Statement,
        is_there: impl Fn(&QueryResult) -> Result<bool> + Send + Sync,
    ) -> Result<Vec<(table::Read, QueryResult)>> {
        self.mind(&statement);
        let rows = self.place.read(async || {
            let (mut rows, mut weighed, mut fault) = (Vec::new(), self.bulk().reading(), None);
            let mut each = |row: QueryResult| {
                let read = match is_there(&row) {
                    Ok(true) => table.read(&row, 0, columns).map_err(Error::from),
                    Ok(false) => return true,
                    Err(error) => Err(error),
                };
                match read.and_then(|read| weighed.add(read.long_texts).map(|()| read)) {
                    Ok(read) => rows.push((read, row)),
                    Err(error) => fault = Some(error),
                }
                fault.is_none()
            };
            self.database.query_each_raw(statement.clone(), &mut each).await?;
            weighed.keep();
            fault.map_or(Ok(rows), Err)
        });
        let rows = rows.await?;
        self.cost.add_rows(rows.len());
        Ok(rows)
    }

    /// Accounts for a statement that asks the audit log: whether it lists, counts or looks through it, it names its table.
    fn mind(&self, statement: &Statement) {
        if let (Some(account), true) = (self.viewer().account(), statement.sql.contains(AUDIT_LOG)) {
            self.account_for(Act::ReadAuditLog, Table::Account, account);
        }
    }

    /// What a statement gives, when it is its turn.
    pub(super) async fn run(&self, statement: Statement) -> Result<Vec<QueryResult>> {
        self.mind(&statement);
        self.place.read(async || Ok(self.database.query_all_raw(statement.clone()).await?)).await
    }
}

/// Reads the rows of `E` that the viewer may see and that meet `condition`, with whatever else `more` selects.
pub fn select_statement<E: Reach>(
    at: Scope<'_>,
    condition: impl FnOnce(Scope<'_>) -> Expr,
    more: impl FnOnce(&mut SelectStatement),
) -> Statement {
    let mut select = selected(E::TABLE, at, condition(at));
    more(&mut select);
    built(&select, at.backend)
}

/// All columns of those rows of a table that the viewer may see and that meet a condition.
pub(super) fn selected(table: &TableSpec, at: Scope<'_>, condition: Expr) -> SelectStatement {
    at.select_from(table).expr(at.columns(table, Columns::ALL)).and_where(condition).take()
}

/// The statement, in the words of its database.
pub(super) fn built(select: &SelectStatement, backend: DbBackend) -> Statement {
    let (sql, values) = statement::rendered(select, backend);
    Statement::from_sql_and_values(backend, sql, values)
}
