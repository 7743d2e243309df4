//! One table in one statement: its alias, and all that a condition on it may ask about.

use std::sync::LazyLock;

use entity::Timestamp;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{BinOper, DynIden, Expr, ExprTrait, Func, IntoIden, Query, SelectStatement};
use sea_orm::{DbBackend, EntityTrait, IdenStatic};

use super::columns::Columns;
use super::subtree::Subtrees;
use super::table::{TableSpec, Tabled};
use super::viewer::Viewer;

/// A table as it stands in one statement. Every subquery goes one deeper, so that its alias is its own and a condition
/// written for a table means the same at any depth.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Who asks.
    pub viewer: &'a Viewer,
    /// When: the request's one moment, so that a page and its count agree on what is overdue.
    pub now: Timestamp,
    /// Which database will read it.
    pub backend: DbBackend,
    /// Where the areas are that the request names.
    pub subtrees: &'a Subtrees,
    depth: u16,
}

/// What a viewer may see of a table. Nothing is fetched, counted or looked through without it.
pub trait Reach: EntityTrait<Model: Keyed + Default + Send + Sync> {
    /// Holds for the rows that the viewer may see.
    fn reach(at: Scope<'_>) -> Expr;
}

/// A table of which everybody sees every row: its reach is no condition at all. So it may be joined to what points at it.
pub trait Public: Reach {}

/// A model that says which row it is of.
pub trait Keyed {
    /// The row's key.
    fn key(&self) -> Uuid;

    /// The columns that say which row it is, of what kind, and what took over from it: it is never read without them.
    const MARKS: &'static [&'static str];

    /// How many bytes those of its texts have that may be long.
    fn long_texts(&self) -> usize;
}

macro_rules! keyed {
    ($($module:ident $(of $($mark:ident)and+)? $(with $($text:ident)and+)?),+) => {$(
        impl Keyed for entity::$module::Model {
            const MARKS: &'static [&'static str] = &["id" $($(, stringify!($mark))+)?];

            fn key(&self) -> Uuid {
                self.id
            }

            fn long_texts(&self) -> usize {
                0 $($(+ Length::length(&self.$text))+)?
            }
        }
    )+};
}

/// A text, or none.
trait Length {
    fn length(&self) -> usize;
}

impl Length for String {
    fn length(&self) -> usize {
        self.len()
    }
}

impl Length for Option<String> {
    fn length(&self) -> usize {
        self.as_ref().map_or(0, String::len)
    }
}

keyed!(
    area of successor_id,
    party of kind and successor_id,
    former_name,
    past_grant,
    past_home,
    check_in,
    member,
    member_check_in,
    category,
    list_item of kind with description,
    claim with promised_description and note,
    claim_event with note,
    rating with comment,
    attachment with url,
    account,
    account_grant,
    audit_entry with changes,
    access_token
);

impl<'a> Scope<'a> {
    /// The outermost table of a statement, in which no area is named by its code.
    #[must_use]
    pub fn new(viewer: &'a Viewer, now: Timestamp, backend: DbBackend) -> Self {
        static NONE: LazyLock<Subtrees> = LazyLock::new(Subtrees::default);
        Self { viewer, now, backend, subtrees: &NONE, depth: 0 }
    }

    /// The same, in which these areas are known.
    #[must_use]
    pub const fn with_subtrees(self, subtrees: &'a Subtrees) -> Self {
        Self { subtrees, ..self }
    }

    /// This table's alias.
    #[must_use]
    pub fn alias(self) -> DynIden {
        // A statement names its tables many times, and few go deeper.
        const NAMES: [&str; 4] = ["t0", "t1", "t2", "t3"];
        let name = NAMES.get(usize::from(self.depth));
        name.map_or_else(|| format!("t{}", self.depth).into(), |name| (*name).into())
    }

    /// A column of this table.
    #[must_use]
    pub fn column(self, column: impl IdenStatic) -> Expr {
        Expr::col((self.alias(), column.as_str().into_iden()))
    }

    /// These columns of a table that stands here, by name and in their order.
    ///
    /// As one piece of text: put together column by column, they cost more than all the rest of a short statement.
    #[must_use]
    pub fn columns(self, table: &TableSpec, columns: Columns) -> Expr {
        let (alias, mut text) = (self.alias().inner(), String::new());
        for column in table.some_columns(columns) {
            let separator = if text.is_empty() { "\"" } else { ", \"" };
            text.extend([separator, &alias, "\".\"", column, "\""]);
        }
        Expr::cust(text)
    }

    /// This table's key. Every table's is called so.
    #[must_use]
    pub fn id(self) -> Expr {
        Expr::col((self.alias(), "id".into_iden()))
    }

    /// Some row of `E` that the viewer may see meets `condition`.
    ///
    /// Each row of the outer table looks for itself: the databases turn this into a join where that is cheaper.
    #[must_use]
    pub fn exists<E: Reach>(self, condition: impl FnOnce(Scope<'a>) -> Expr) -> Expr {
        let inner = self.deeper();
        some(inner.select_from(E::TABLE), condition(inner))
    }

    /// Some row of `E` meets `condition`, whether or not the viewer may see it.
    ///
    /// For reach itself to say, where asking about reach would never end; anything else goes by `exists`.
    #[must_use]
    pub(crate) fn there_is<E: Reach>(self, condition: impl FnOnce(Scope<'a>) -> Expr) -> Expr {
        let inner = self.deeper();
        some(Query::select().from_as(E::TABLE.reference(), inner.alias()).take(), condition(inner))
    }

    /// The row of `E` that `foreign_key` points at is one that the viewer may see: what a table's reach says of its neighbour.
    ///
    /// Nearly all rows lead somewhere visible, so each is looked up by key as it comes. The plus keeps SQLite from starting
    /// at the other end, with all that is visible, and sorting what hangs on it.
    #[must_use]
    pub fn leads_to<E: Reach>(self, foreign_key: impl IdenStatic) -> Expr {
        let exists = self.exists::<E>(|neighbour| neighbour.id().eq(self.column(foreign_key)));
        if self.backend == DbBackend::Sqlite { Expr::cust_with_exprs("+?", [exists]) } else { exists }
    }

    /// This row is one of those that `column` of a row of `E` points at, where the viewer may see that row and it meets `condition`.
    #[must_use]
    pub fn is_among<E: Reach>(self, column: impl IdenStatic, condition: impl FnOnce(Scope<'a>) -> Expr) -> Expr {
        let inner = self.deeper();
        self.id().in_subquery(chosen(inner.select_from(E::TABLE), inner.column(column), condition(inner)))
    }

    /// What `foreign_key` points at is one of the rows of `E` that the viewer may see and that meet `condition`.
    #[must_use]
    pub fn points_among<E: Reach>(
        self,
        foreign_key: impl IdenStatic,
        condition: impl FnOnce(Scope<'a>) -> Expr,
    ) -> Expr {
        let inner = self.deeper();
        self.column(foreign_key).in_subquery(chosen(inner.select_from(E::TABLE), inner.id(), condition(inner)))
    }

    /// `key` is that of one of the rows of `E` that the viewer may see, as far as `more` leaves them in.
    #[must_use]
    pub fn is_key_among<E: Reach>(self, key: Expr, more: impl FnOnce(Scope<'a>, &mut SelectStatement)) -> Expr {
        let inner = self.deeper();
        let mut select = inner.select_from(E::TABLE);
        select.expr(inner.id());
        more(inner, &mut select);
        key.in_subquery(select)
    }

    /// `SELECT … FROM table WHERE reach`: the one way a table gets into a statement.
    #[must_use]
    pub fn select_from(self, table: &TableSpec) -> SelectStatement {
        Query::select().from_as(table.reference(), self.alias()).and_where(table.reach(self)).take()
    }

    /// A table in a subquery of this one.
    const fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

fn some(mut rows: SelectStatement, condition: Expr) -> Expr {
    Expr::exists(rows.expr(Expr::cust("1")).and_where(condition).take())
}

fn chosen(mut rows: SelectStatement, value: Expr, condition: Expr) -> SelectStatement {
    rows.expr(value).and_where(condition).take()
}

/// The path lies in the subtree of the area with path `top`, itself included. See `area::tree` for why this range is it.
#[must_use]
pub fn in_subtree(path: Expr, top: Expr) -> Expr {
    let length = Expr::expr(Func::cust("length").arg(top.clone())).sub(1);
    let stem = Expr::expr(Func::cust("substr").args([top.clone(), Expr::val(1), length]));
    all([path.clone().gte(top), path.lt(stem.binary(BinOper::Custom("||"), "0"))])
}

/// All of these hold; none of them: true.
pub fn all(conditions: impl IntoIterator<Item = Expr>) -> Expr {
    joined(conditions.into_iter().collect(), ExprTrait::and).unwrap_or_else(|| Expr::cust("TRUE"))
}

/// Any of these holds; none of them: false.
pub fn any(conditions: impl IntoIterator<Item = Expr>) -> Expr {
    joined(conditions.into_iter().collect(), ExprTrait::or).unwrap_or_else(|| Expr::cust("FALSE"))
}

/// Joins them by halves: an expression of SQLite is at most a thousand levels deep, and a chain of terms is one level a term.
fn joined(mut conditions: Vec<Expr>, join: fn(Expr, Expr) -> Expr) -> Option<Expr> {
    if conditions.len() < 2 {
        return conditions.pop();
    }
    let rest = conditions.split_off(conditions.len() / 2);
    Some(join(joined(conditions, join)?, joined(rest, join)?))
}

/// The condition does not hold. A comparison with nothing counts as not holding, so that `not` always takes the rest.
#[must_use]
pub fn not(condition: Expr) -> Expr {
    // A constant stands bare; custom text would stand in parentheses, which PostgreSQL does not take after IS NOT.
    condition.is_not(Expr::Constant(true.into()))
}
