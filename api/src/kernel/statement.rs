//! The statements that read pages of lists, and count them: one for all parents of a level.

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{
    Alias, Asterisk, Expr, ExprTrait, Order as Sorting, PostgresQueryBuilder, Query, SelectStatement,
    SqliteQueryBuilder, UnionType, Value,
};
use sea_orm::{DbBackend, Statement};

use super::cursor::{self, Sort};
use super::list::{Ask, Parent};
use super::order::{KeyKind, OrderDirection};
use super::page::{COUNTED, CountedTo};
use super::scope::{Scope, all};

/// The statement that reads one page of each of `parents`: one row more than the page holds, to know whether more come.
#[must_use]
pub fn of_pages(ask: &Ask, parents: &[Parent], at: Scope<'_>) -> Statement {
    let sorts = ask.sorts(at);
    let limit = ask.window.size + 1;
    if parents == [Parent::Root] {
        let mut select = way(ask, &sorts, at, limit, all((ask.list.ways)(at)), true);
        return build(at.backend, &mut select, |sql| sql, None);
    }
    // PostgreSQL reads the rows themselves, parent by parent; SQLite finds their keys first, then the rows by key.
    let whole = at.backend != DbBackend::Sqlite;
    let mut inner = merge(
        (ask.list.ways)(at).into_iter().map(|on| way(ask, &sorts, at, limit, on, whole)).collect(),
        &sorts,
        limit,
    );
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
    select_keys(outer.expr(at.columns(ask.list.table)), &sorts);
    let (columns, values) = outer.build(SqliteQueryBuilder);
    let (table, alias) = (ask.list.table.name(), at.alias().inner());
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
pub fn of_counts(ask: &Ask, to: CountedTo, parents: &[Parent], at: Scope<'_>) -> Statement {
    let count = |on: Expr| {
        let mut select = filtered(ask, at, on);
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

/// Reach, filter and the tie to the parent: what both a page and a count go through.
fn filtered(ask: &Ask, at: Scope<'_>, on: Expr) -> SelectStatement {
    let mut select = at.select_from(ask.list.table);
    select.and_where(on);
    if let Some(filter) = &ask.filter {
        select.and_where(filter.condition(at));
    }
    select
}

/// The page of one way into the list: the rows themselves, or only their keys.
fn way(ask: &Ask, sorts: &[Sort], at: Scope<'_>, limit: u64, on: Expr, whole: bool) -> SelectStatement {
    let mut select = filtered(ask, at, on);
    if let Some(from) = &ask.window.from {
        select.and_where(cursor::after(sorts, from));
    }
    if whole {
        select.expr(at.columns(ask.list.table));
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
