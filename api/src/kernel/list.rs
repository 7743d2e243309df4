//! Lists: reach, filter, order and page of one table, for one parent or for many at once, in one statement.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::{InputType, OutputType};
use entity::Timestamp;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{
    Alias, Asterisk, Expr, ExprTrait, Order as Sorting, PostgresQueryBuilder, Query, SelectStatement,
    SqliteQueryBuilder, UnionType, Value,
};
use sea_orm::{DbBackend, EntityName, EntityTrait, FromQueryResult, QueryResult, Statement};

use super::bulk::Bulk;
use super::cursor::{self, Fingerprint, KeyValue, Sort};
use super::error::{Error, Result};
use super::filter::Filter;
use super::order::{Key, KeyKind, Order, OrderDirection};
use super::scope::{self, Keyed, Reach, Scope, all};
use super::viewer::Viewer;

/// A list of the graph: what it is of, how it hangs on its parent, and what may be asked of it.
pub trait List: Send + Sync + Sized + 'static {
    /// The table.
    type Entity: Reach;
    /// What it may be filtered by.
    type Filter: Filter;
    /// What it may be ordered by.
    type Order: Order<Filter = Self::Filter>;
    /// What one row of it is in the schema.
    type Node: Node<Model = <Self::Entity as EntityTrait>::Model>;

    /// Which rows are of this list: one condition for each way in which a row can hang on the parent. No row may do so in two ways.
    ///
    /// Several ways are searched apart and merged, since an index serves each but none serves "either".
    fn ways(at: Scope<'_>) -> Vec<Expr>;
}

/// What one row is in the schema.
pub trait Node: OutputType + From<Arc<Self::Model>> {
    /// The row.
    type Model: FromQueryResult + Send + Sync + 'static;
}

/// What a list hangs on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Parent {
    /// Nothing: a list of the root.
    Root,
    /// A row, by its key.
    Row(Uuid),
    /// An area and all below it, by its path.
    Subtree(Arc<str>),
}

/// The parent's key, in a list's `ways`.
#[must_use]
pub fn parent(at: Scope<'_>) -> Expr {
    match at.backend {
        // JSON has no bytes: keys travel as hexadecimal digits.
        DbBackend::Sqlite => Expr::cust("unhex(parent.value)"),
        _ => Expr::cust("parent.value"),
    }
}

/// The path lies in the parent's subtree, in a list's `ways`.
#[must_use]
pub fn in_subtree(path: Expr) -> Expr {
    scope::in_subtree(path, Expr::cust("parent.value"))
}

/// Which rows of a list, in which order, from where on, and how many.
#[derive(Debug)]
pub struct Ask<L: List> {
    filter: Option<L::Filter>,
    order: Vec<L::Order>,
    window: Window,
    fingerprint: Fingerprint,
    of: PhantomData<fn() -> L>,
}

/// What part of a list.
#[derive(Clone, Debug, PartialEq)]
struct Window {
    size: u64,
    backwards: bool,
    from: Option<Vec<KeyValue>>,
}

/// The arguments that every list takes, as they came.
#[derive(Debug)]
pub struct Arguments<L: List> {
    /// Which.
    pub filter: Option<L::Filter>,
    /// In which order.
    pub order_by: Option<Vec<L::Order>>,
    /// How many from the front.
    pub first: Option<i32>,
    /// After this cursor.
    pub after: Option<String>,
    /// How many from the back.
    pub last: Option<i32>,
    /// Before this cursor.
    pub before: Option<String>,
}

impl<L: List> Default for Arguments<L> {
    fn default() -> Self {
        Self { filter: None, order_by: None, first: None, after: None, last: None, before: None }
    }
}

/// How many rows a page has where nobody says.
pub const USUAL_SIZE: i32 = 20;
/// How many rows a page may have.
pub const LARGEST_SIZE: i32 = 100;
/// How many lines an order may have.
const LONGEST_ORDER: usize = 8;

impl<L: List> Ask<L> {
    /// Reads and checks a list's arguments.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a page that cannot be, `BAD_CURSOR` for a cursor that is not of this list, filter and order.
    pub fn new(arguments: Arguments<L>) -> Result<Self> {
        let Arguments { filter, order_by, first, after, last, before } = arguments;
        let order = order_by.filter(|lines| !lines.is_empty()).unwrap_or_else(L::Order::usual);
        if order.len() > LONGEST_ORDER {
            return Err(Error::BadRequest(format!("orderBy has {} lines; at most {LONGEST_ORDER}", order.len())));
        }
        order.iter().try_for_each(|line| line.check(filter.as_ref()))?;
        let fingerprint = cursor::fingerprint(
            &L::Node::type_name(),
            filter.as_ref().map(InputType::to_value),
            order.iter().map(InputType::to_value),
        );
        let (size, backwards, cursor) = window(first, after, last, before)?;
        let mut ask =
            Self { filter, order, window: Window { size, backwards, from: None }, fingerprint, of: PhantomData };
        if let Some(cursor) = cursor {
            let at = Scope::new(&Viewer::Anonymous, Timestamp(0), DbBackend::Sqlite);
            let kinds: Vec<KeyKind> = ask.sorts(at).iter().map(|sort| sort.key.kind).collect();
            ask.window.from = Some(cursor::decode(&cursor, &ask.fingerprint, &kinds)?);
        }
        Ok(ask)
    }

    /// The cursor of a row of this list.
    #[must_use]
    pub fn cursor(&self, row: &Placed<<L::Entity as EntityTrait>::Model>) -> String {
        cursor::encode(&self.fingerprint, &row.place)
    }

    /// What the rows are ordered by, in the direction of reading, last of all their key.
    fn sorts(&self, at: Scope<'_>) -> Vec<Sort> {
        let turn = |direction: OrderDirection| if self.window.backwards { direction.reverse() } else { direction };
        let key_direction = self.order.last().map_or(L::Order::USUAL_DIRECTION, Order::direction);
        let lines = self
            .order
            .iter()
            .map(|line| Sort { key: line.key(at, self.filter.as_ref()), direction: turn(line.direction()) });
        let key = Key { expression: at.id(), kind: KeyKind::Id };
        lines.chain([Sort { key, direction: turn(key_direction) }]).collect()
    }
}

fn window(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Result<(u64, bool, Option<String>)> {
    let refuse = |message: String| Err(Error::BadRequest(message));
    if first.is_some() && last.is_some() {
        return refuse("first and last cannot both be given: first reads from the front, last from the back".into());
    }
    if after.is_some() && before.is_some() {
        return refuse("after and before cannot both be given: a page has one end".into());
    }
    if first.is_some() && before.is_some() {
        return refuse("before goes with last: to read on from a cursor, give first and after".into());
    }
    if last.is_some() && after.is_some() {
        return refuse("after goes with first: to read back from a cursor, give last and before".into());
    }
    let backwards = last.is_some() || before.is_some();
    let name = if backwards { "last" } else { "first" };
    let size = first.or(last).unwrap_or(USUAL_SIZE);
    if size < 0 {
        return refuse(format!("{name} is {size}; it cannot be negative"));
    }
    if size > LARGEST_SIZE {
        return refuse(format!("{name} is {size}; a page has at most {LARGEST_SIZE}"));
    }
    Ok((size.unsigned_abs().into(), backwards, after.or(before)))
}

/// A row and where it stands in its list's order.
#[derive(Debug)]
pub struct Placed<M> {
    /// The row.
    pub model: Arc<M>,
    /// The values of its keys.
    pub place: Vec<KeyValue>,
}

/// A page of rows, in the order of the list.
#[derive(Debug)]
pub struct Page<M> {
    /// The rows.
    pub rows: Vec<Placed<M>>,
    /// Whether rows come before.
    pub has_previous: bool,
    /// Whether rows come after.
    pub has_next: bool,
}

/// A loader's key: one parent's page of a list.
#[derive(Debug)]
pub struct PageOf<L: List>(pub Parent, pub Arc<Ask<L>>);

/// A loader's key: how many rows one parent's list has under the filter, on all pages together.
#[derive(Debug)]
pub struct CountOf<L: List>(pub Parent, pub Arc<Ask<L>>, pub CountedTo);

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

// Written by hand, since a derive would ask the list itself to be clonable and comparable.
macro_rules! loader_key {
    ($name:ident $(, $more:tt)?; $same:expr) => {
        impl<L: List> Clone for $name<L> {
            fn clone(&self) -> Self {
                Self(self.0.clone(), Arc::clone(&self.1) $(, self.$more)?)
            }
        }

        impl<L: List> PartialEq for $name<L> {
            fn eq(&self, other: &Self) -> bool {
                let same: fn(&Ask<L>, &Ask<L>) -> bool = $same;
                self.0 == other.0
                    && (Arc::ptr_eq(&self.1, &other.1) || same(&self.1, &other.1))
                    $(&& self.$more == other.$more)?
            }
        }

        impl<L: List> Eq for $name<L> {}

        impl<L: List> Hash for $name<L> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
                self.1.fingerprint.hash(state);
            }
        }
    };
}
loader_key!(PageOf; |one, other| one.fingerprint == other.fingerprint && one.window == other.window);
loader_key!(CountOf, 2; |one, other| one.fingerprint == other.fingerprint);

impl<L: List> PageOf<L> {
    /// The keys that one statement can serve together: those that ask the same of different parents.
    #[must_use]
    pub fn together(keys: &[Self]) -> Vec<(Arc<Ask<L>>, Vec<Parent>)> {
        let same = |one: &Ask<L>, other: &Ask<L>| one.fingerprint == other.fingerprint && one.window == other.window;
        group(keys.iter().map(|key| (&key.0, &key.1)), same)
    }
}

impl<L: List> CountOf<L> {
    /// The keys that one statement can serve together.
    #[must_use]
    pub fn together(keys: &[Self]) -> Vec<(Arc<Ask<L>>, CountedTo, Vec<Parent>)> {
        let counted_to = |to| {
            let keys = keys.iter().filter(move |key| key.2 == to).map(|key| (&key.0, &key.1));
            let groups = group(keys, |one, other| one.fingerprint == other.fingerprint);
            groups.into_iter().map(move |(ask, parents)| (ask, to, parents))
        };
        [CountedTo::Bound, CountedTo::End].into_iter().flat_map(counted_to).collect()
    }
}

type Groups<L> = Vec<(Arc<Ask<L>>, Vec<Parent>)>;

fn group<'k, L: List>(
    keys: impl Iterator<Item = (&'k Parent, &'k Arc<Ask<L>>)>,
    same: impl Fn(&Ask<L>, &Ask<L>) -> bool,
) -> Groups<L> {
    let mut groups: Groups<L> = Vec::new();
    for (parent, ask) in keys {
        match groups.iter_mut().find(|(other, _)| same(ask, other)) {
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

/// The statement that reads one page of each of `parents`: one row more than the page holds, to know whether more come.
#[must_use]
pub fn page_statement<L: List>(ask: &Ask<L>, parents: &[Parent], at: Scope<'_>) -> Statement {
    let sorts = ask.sorts(at);
    let limit = ask.window.size + 1;
    if parents == [Parent::Root] {
        let mut select = way::<L>(ask, &sorts, at, limit, all(L::ways(at)), true);
        return build(at.backend, &mut select, |sql| sql, None);
    }
    // PostgreSQL reads the rows themselves, parent by parent; SQLite finds their keys first, then the rows by key.
    let whole = at.backend != DbBackend::Sqlite;
    let mut inner =
        merge(L::ways(at).into_iter().map(|on| way::<L>(ask, &sorts, at, limit, on, whole)).collect(), &sorts, limit);
    let order =
        keys(&sorts).map(|(name, sort)| format!("{name} {}", word(sort.direction))).collect::<Vec<_>>().join(", ");
    if whole {
        return build(
            at.backend,
            &mut inner,
            |inner| {
                format!(
                    "SELECT parent.place, page.* FROM {{parents}} CROSS JOIN LATERAL ({inner}) AS page ORDER BY parent.place, {order}"
                )
            },
            Some((parents, Bound::Last)),
        );
    }
    let mut outer = Query::select();
    select_keys(outer.expr(at.columns::<L::Entity>()), &sorts);
    let (columns, values) = outer.build(SqliteQueryBuilder);
    let table = L::Entity::default();
    let (table, alias) = (table.table_name(), at.alias().inner());
    let mut statement = build(
        at.backend,
        &mut inner,
        |inner| {
            format!(
                "{columns}, parent.place FROM {{parents}} CROSS JOIN \"{table}\" AS \"{alias}\" \
             ON \"{alias}\".\"id\" IN (SELECT \"id\" FROM ({inner})) ORDER BY parent.place, {order}"
            )
        },
        Some((parents, Bound::First)),
    );
    if let Some(bound) = statement.values.as_mut() {
        bound.0.splice(0..0, values.0);
    }
    statement
}

/// The statement that counts the rows of each of `parents`.
#[must_use]
pub fn count_statement<L: List>(ask: &Ask<L>, to: CountedTo, parents: &[Parent], at: Scope<'_>) -> Statement {
    let count = |on: Expr| {
        let mut select = filtered::<L>(ask, at, on);
        let select = match to {
            CountedTo::End => select.expr(Expr::cust("COUNT(*)")).take(),
            CountedTo::Bound => {
                let some = select.expr(Expr::cust("1")).limit(COUNTED + 1).take();
                Query::select().expr(Expr::cust("COUNT(*)")).from_subquery(some, "counted").take()
            }
        };
        Expr::SubQuery(None, Box::new(select.into()))
    };
    let counts = if parents == [Parent::Root] {
        vec![count(all(L::ways(at)))]
    } else {
        L::ways(at).into_iter().map(count).collect()
    };
    let sum = counts.into_iter().reduce(ExprTrait::add).unwrap_or_else(|| Expr::cust("0"));
    let mut select = Query::select().expr_as(sum, "total").take();
    if parents == [Parent::Root] {
        return build(at.backend, &mut select, |sql| sql, None);
    }
    build(
        at.backend,
        &mut select,
        |counts| format!("{counts}, parent.place FROM {{parents}}"),
        Some((parents, Bound::Last)),
    )
}

/// Puts the rows that a page's statement gave where they belong.
///
/// # Errors
/// Where a row is not of the shape that was asked for.
pub fn pages<L: List>(
    ask: &Ask<L>,
    parents: Vec<Parent>,
    rows: &[QueryResult],
    at: Scope<'_>,
    bulk: &Bulk,
) -> Result<HashMap<Parent, Page<<L::Entity as EntityTrait>::Model>>> {
    let kinds: Vec<KeyKind> = ask.sorts(at).iter().map(|sort| sort.key.kind).collect();
    let mut read: Vec<Vec<Placed<_>>> = parents.iter().map(|_| Vec::new()).collect();
    for row in rows {
        let place = (0..).zip(&kinds).map(|(number, kind)| KeyValue::read(row, &format!("k{number}"), *kind));
        let place = place.collect::<Result<_, _>>().map_err(sea_orm::DbErr::from)?;
        let model = <L::Entity as EntityTrait>::Model::from_query_result(row, "")?;
        bulk.read(model.long_texts())?;
        let model = Arc::new(model);
        if let Some(rows) = read.get_mut(place_of(row, &parents)?) {
            rows.push(Placed { model, place });
        }
    }
    let window = &ask.window;
    Ok(parents
        .into_iter()
        .zip(read)
        .map(|(parent, mut rows)| {
            let more = rows.len() as u64 > window.size;
            rows.truncate(usize::try_from(window.size).unwrap_or(usize::MAX));
            let came_from = window.from.is_some();
            let (has_previous, has_next) = if window.backwards { (more, came_from) } else { (came_from, more) };
            if window.backwards {
                rows.reverse();
            }
            (parent, Page { rows, has_previous, has_next })
        })
        .collect())
}

/// Puts the counts that a count's statement gave where they belong.
///
/// # Errors
/// Where a row is not of the shape that was asked for.
pub fn counts(parents: Vec<Parent>, rows: &[QueryResult]) -> Result<HashMap<Parent, u64>> {
    let mut totals = vec![0; parents.len()];
    for row in rows {
        if let Some(total) = totals.get_mut(place_of(row, &parents)?) {
            *total = row.try_get::<i64>("", "total")?.unsigned_abs();
        }
    }
    Ok(parents.into_iter().zip(totals).collect())
}

/// Which of the parents a row is of.
fn place_of(row: &QueryResult, parents: &[Parent]) -> Result<usize> {
    if parents == [Parent::Root] {
        return Ok(0);
    }
    let place: i64 = row.try_get("", "place")?;
    usize::try_from(place).map_err(|_| Error::Internal(format!("a row of parent {place}")))
}

/// Reach, filter and the tie to the parent: what both a page and a count go through.
fn filtered<L: List>(ask: &Ask<L>, at: Scope<'_>, on: Expr) -> SelectStatement {
    let mut select = at.select::<L::Entity>();
    select.and_where(on);
    if let Some(filter) = &ask.filter {
        select.and_where(filter.condition(at));
    }
    select
}

/// The page of one way into the list: the rows themselves, or only their keys.
fn way<L: List>(ask: &Ask<L>, sorts: &[Sort], at: Scope<'_>, limit: u64, on: Expr, whole: bool) -> SelectStatement {
    let mut select = filtered::<L>(ask, at, on);
    if let Some(from) = &ask.window.from {
        select.and_where(cursor::after(sorts, from));
    }
    if whole {
        select.expr(at.columns::<L::Entity>());
    } else {
        select.expr_as(at.id(), "id");
    }
    select_keys(&mut select, sorts);
    for sort in sorts {
        select.order_by_expr(sort.key.expression.clone(), sorting(sort.direction));
    }
    select.limit(limit).take()
}

/// The ways into a list, merged in order. Each has been cut to the page already, so this reads no more than a page of each.
fn merge(mut ways: Vec<SelectStatement>, sorts: &[Sort], limit: u64) -> SelectStatement {
    if ways.len() == 1
        && let Some(only) = ways.pop()
    {
        return only;
    }
    let mut ways = ways.into_iter().map(|way| Query::select().column(Asterisk).from_subquery(way, "way").take());
    let mut merged = ways.next().unwrap_or_default();
    for way in ways {
        merged.union(UnionType::All, way);
    }
    for (name, sort) in keys(sorts) {
        merged.order_by(Alias::new(name), sorting(sort.direction));
    }
    merged.limit(limit).take()
}

fn select_keys(select: &mut SelectStatement, sorts: &[Sort]) {
    for (name, sort) in keys(sorts) {
        let expression = sort.key.expression.clone();
        // A narrower whole number would be read as its own type; a cursor keeps one.
        let expression = if sort.key.kind == KeyKind::Whole { expression.cast_as("BIGINT") } else { expression };
        select.expr_as(expression, Alias::new(name));
    }
}

fn keys(sorts: &[Sort]) -> impl Iterator<Item = (String, &Sort)> {
    sorts.iter().enumerate().map(|(number, sort)| (format!("k{number}"), sort))
}

const fn sorting(direction: OrderDirection) -> Sorting {
    match direction {
        OrderDirection::Asc => Sorting::Asc,
        OrderDirection::Desc => Sorting::Desc,
    }
}

const fn word(direction: OrderDirection) -> &'static str {
    match direction {
        OrderDirection::Asc => "ASC",
        OrderDirection::Desc => "DESC",
    }
}

/// Where the parents stand among a statement's parameters. SQLite's are numbered by where they stand in the text.
enum Bound {
    First,
    Last,
}

/// Renders `select`, wraps it, and puts the parents in place of `{parents}`: one parameter however many they are, so that the
/// text, and with it the prepared statement, stays the same. Each has a `value`, and its `place` from 0.
fn build(
    backend: DbBackend,
    select: &mut SelectStatement,
    wrap: impl FnOnce(String) -> String,
    parents: Option<(&[Parent], Bound)>,
) -> Statement {
    let sqlite = backend == DbBackend::Sqlite;
    let (sql, mut values) = if sqlite { select.build(SqliteQueryBuilder) } else { select.build(PostgresQueryBuilder) };
    let Some((parents, bound)) = parents else {
        return Statement::from_sql_and_values(backend, wrap(sql), values);
    };
    let (list, kind) = if sqlite { (json(parents), "") } else { array(parents) };
    let source = if sqlite {
        "(SELECT key AS place, value FROM json_each(?)) AS parent".to_owned()
    } else {
        let number = values.0.len() + 1;
        format!(
            "(SELECT place - 1 AS place, value FROM unnest(${number}::{kind}) WITH ORDINALITY AS given (value, place)) AS parent"
        )
    };
    match bound {
        Bound::First if sqlite => values.0.insert(0, list),
        Bound::First | Bound::Last => values.0.push(list),
    }
    Statement::from_sql_and_values(backend, wrap(sql).replace("{parents}", &source), values)
}

fn json(parents: &[Parent]) -> Value {
    let words = parents.iter().map(|parent| match parent {
        Parent::Root => String::new(),
        Parent::Row(key) => key.simple().to_string(),
        Parent::Subtree(path) => path.to_string(),
    });
    serde_json::Value::from_iter(words).to_string().into()
}

fn array(parents: &[Parent]) -> (Value, &'static str) {
    let keys: Vec<Uuid> =
        parents.iter().filter_map(|parent| if let Parent::Row(key) = parent { Some(*key) } else { None }).collect();
    if keys.len() == parents.len() {
        return (keys.into(), "uuid[]");
    }
    let paths =
        parents.iter().map(|parent| if let Parent::Subtree(path) = parent { path.to_string() } else { String::new() });
    (paths.collect::<Vec<_>>().into(), "text[]")
}
