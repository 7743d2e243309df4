//! The statements that read pages of lists, and count them: one for all parents of a level.

use std::fmt::{self, Write};

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{
    Alias, Asterisk, Expr, ExprTrait, JoinType, Order as Sorting, PostgresQueryBuilder, Query, QueryBuilder,
    SelectStatement, SqlWriter, SqlWriterValues, SqliteQueryBuilder, UnionType, Value, Values,
};
use sea_orm::{DbBackend, Statement};

use super::columns::{Columns, Selection};
use super::cursor::{self, Sort};
use super::list::{Ask, Parent};
use super::order::{KeyKind, OrderDirection};
use super::page::{COUNTED, CountedTo};
use super::scope::{Scope, all};

/// The statement that reads one page of each of `parents`: one row more than the page holds, to know whether more come.
#[must_use]
pub fn of_pages(ask: &Ask, selection: &Selection, parents: &[Parent], at: Scope<'_>) -> Statement {
    let sorts = ask.sorts(at);
    let limit = ask.window.size + 1;
    let order =
        keys(&sorts).map(|(name, sort)| format!("{name} {}", word(sort.direction))).collect::<Vec<_>>().join(", ");
    if parents == [Parent::Root] {
        let mut select = way(ask, &sorts, at, limit, all((ask.list.ways)(at)), Some(selection.columns));
        if selection.counts {
            let mut both = Query::select();
            both.expr(Expr::cust(format!("page.*{}, counted.total", neighbours(selection, "page").columns)));
            both.from_subquery(counted(ask, CountedTo::Bound, at, all((ask.list.ways)(at))), "counted");
            both.join_subquery(JoinType::LeftJoin, select, "page", Expr::cust("TRUE"));
            let joins = neighbours(selection, "page").joins;
            return build(at.backend, &mut both, |both| format!("{both}{joins} ORDER BY {order}"), None);
        }
        return build(at.backend, &mut select, |page| beside(page, selection, &order), None);
    }
    // PostgreSQL reads the rows themselves, parent by parent; SQLite finds their keys first, then the rows by key.
    let whole = (at.backend != DbBackend::Sqlite).then_some(selection.columns);
    let mut inner = merge(
        (ask.list.ways)(at).into_iter().map(|on| way(ask, &sorts, at, limit, on, whole)).collect(),
        &sorts,
        limit,
    );
    if whole.is_some() {
        return build(
            at.backend,
            &mut inner,
            |inner| {
                let Neighbours { columns, joins } = neighbours(selection, "page");
                format!(
                    "SELECT page.*{columns}, parent.place FROM {{parents}} CROSS JOIN LATERAL ({inner}) AS page{joins} \
                     ORDER BY parent.place, {order}"
                )
            },
            Some((parents, Bound::Last)),
        );
    }
    let mut outer = Query::select();
    select_keys(outer.expr(at.columns(ask.list.table, selection.columns)), &sorts);
    let (columns, values) = rendered(&outer, at.backend);
    let (table, alias) = (ask.list.table.name(), at.alias().inner());
    let beside = neighbours(selection, &alias);
    let mut statement = build(
        at.backend,
        &mut inner,
        |inner| {
            let Neighbours { columns: more, joins } = beside;
            format!(
                "{columns}{more}, parent.place FROM {{parents}} CROSS JOIN \"{table}\" AS \"{alias}\" \
             ON \"{alias}\".\"id\" IN (SELECT \"id\" FROM ({inner})){joins} ORDER BY parent.place, {order}"
            )
        },
        Some((parents, Bound::First)),
    );
    if let Some(bound) = statement.values.as_mut() {
        bound.0.splice(0..0, values.0);
    }
    statement
}

/// What a page's statement selects and joins besides its rows: the neighbours, each by its key, once the page is cut. Everybody may
/// see them, so they have no other condition.
struct Neighbours {
    columns: String,
    joins: String,
}

fn neighbours(selection: &Selection, page: &str) -> Neighbours {
    let (mut columns, mut joins) = (String::new(), String::new());
    for (number, (neighbour, asked)) in selection.neighbours.iter().enumerate() {
        let (alias, table, column) = (format!("n{number}"), neighbour.table.name(), neighbour.column);
        for column in neighbour.table.some_columns(*asked) {
            columns.extend([", ", &alias, ".\"", column, "\""]);
        }
        joins.extend([
            " LEFT JOIN \"",
            table,
            "\" AS ",
            &alias,
            " ON ",
            &alias,
            ".\"id\" = ",
            page,
            ".\"",
            column,
            "\"",
        ]);
    }
    Neighbours { columns, joins }
}

/// A page with its rows' neighbours, where some are asked for.
fn beside(page: String, selection: &Selection, order: &str) -> String {
    if selection.neighbours.is_empty() {
        return page;
    }
    let Neighbours { columns, joins } = neighbours(selection, "page");
    format!("SELECT page.*{columns} FROM ({page}) AS page{joins} ORDER BY {order}")
}

/// The statement that counts the rows of each of `parents`.
#[must_use]
pub fn of_counts(ask: &Ask, to: CountedTo, parents: &[Parent], at: Scope<'_>) -> Statement {
    let count = |on: Expr| Expr::SubQuery(None, Box::new(counted(ask, to, at, on).into()));
    let counts = if parents == [Parent::Root] {
        vec![count(all((ask.list.ways)(at)))]
    } else {
        (ask.list.ways)(at).into_iter().map(count).collect()
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

/// How many rows of one way into a list there are: one row, whose only column is `total`.
fn counted(ask: &Ask, to: CountedTo, at: Scope<'_>, on: Expr) -> SelectStatement {
    let (mut select, count) = (filtered(ask, at, on), Expr::cust("COUNT(*)"));
    match to {
        CountedTo::End => select.expr_as(count, "total").take(),
        CountedTo::Bound => {
            let some = select.expr(Expr::cust("1")).limit(COUNTED + 1).take();
            Query::select().expr_as(count, "total").from_subquery(some, "counted").take()
        }
    }
}

/// Reach, filter and the tie to the parent: what both a page and a count go through.
fn filtered(ask: &Ask, at: Scope<'_>, on: Expr) -> SelectStatement {
    let mut select = at.select_from(ask.list.table);
    select.and_where(on);
    if let Some(filter) = &ask.filter {
        select.and_where(filter.condition(at));
    }
    select
}

/// The page of one way into the list: these columns of the rows, or only their keys.
fn way(ask: &Ask, sorts: &[Sort], at: Scope<'_>, limit: u64, on: Expr, whole: Option<Columns>) -> SelectStatement {
    let mut select = filtered(ask, at, on);
    if let Some(from) = &ask.window.from {
        select.and_where(cursor::after(sorts, from));
    }
    match whole {
        Some(columns) => select.expr(at.columns(ask.list.table, columns)),
        None => select.expr_as(at.id(), "id"),
    };
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

/// The text of a statement and its parameters. How many rows are wanted stands in the text: PostgreSQL keeps no plan for a number
/// that it does not know.
#[must_use]
pub fn rendered(select: &SelectStatement, backend: DbBackend) -> (String, Values) {
    let sqlite = backend == DbBackend::Sqlite;
    let (placeholder, numbered) = if sqlite { ("?", false) } else { ("$", true) };
    let mut text = Text(SqlWriterValues::new(placeholder, numbered));
    if sqlite {
        select.build_collect_any_into(&SqliteQueryBuilder, &mut text);
    } else {
        select.build_collect_any_into(&PostgresQueryBuilder, &mut text);
    }
    text.0.into_parts()
}

/// A statement as it is written.
struct Text(SqlWriterValues);

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(text)
    }
}

#[expect(clippy::to_string_trait_impl, reason = "a writer of statements has to have it, and not to be shown")]
impl ToString for Text {
    fn to_string(&self) -> String {
        self.0.to_string()
    }
}

impl SqlWriter for Text {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, builder: &T) {
        match value {
            // Nothing but limits has no sign. Writing to a text never fails.
            Value::BigUnsigned(Some(limit)) => drop(write!(self.0, "{limit}")),
            value => self.0.push_param(value, builder),
        }
    }

    fn as_writer(&mut self) -> &mut dyn Write {
        self
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
    let (sql, mut values) = rendered(select, backend);
    let Some((parents, bound)) = parents else {
        return Statement::from_sql_and_values(backend, wrap(sql), values);
    };
    let (list, kind) = match (parents, sqlite) {
        ([only], true) => (hexadecimal(only).into(), ""),
        ([Parent::Row(only)], false) => ((*only).into(), "uuid"),
        ([only], false) => (hexadecimal(only).into(), "text"),
        (_, true) => (json(parents), ""),
        (_, false) => array(parents),
    };
    let number = values.0.len() + 1;
    let source = match (parents, sqlite) {
        // As one value, not as a list of one: see `values`.
        ([_], true) => "(SELECT 0 AS place, ? AS value) AS parent".to_owned(),
        ([_], false) => format!("(SELECT 0::bigint AS place, ${number}::{kind} AS value) AS parent"),
        (_, true) => "(SELECT key AS place, value FROM json_each(?)) AS parent".to_owned(),
        (_, false) => format!(
            "(SELECT place - 1 AS place, value FROM unnest((SELECT ${number}::{kind})) WITH ORDINALITY AS given (value, place)) AS parent"
        ),
    };
    match bound {
        Bound::First if sqlite => values.0.insert(0, list),
        Bound::First | Bound::Last => values.0.push(list),
    }
    Statement::from_sql_and_values(backend, wrap(sql).replace("{parents}", &source), values)
}

fn json(parents: &[Parent]) -> Value {
    serde_json::Value::from_iter(parents.iter().map(hexadecimal)).to_string().into()
}

fn hexadecimal(parent: &Parent) -> String {
    match parent {
        Parent::Root => String::new(),
        Parent::Row(key) => key.simple().to_string(),
        Parent::Subtree(path) => path.to_string(),
    }
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
