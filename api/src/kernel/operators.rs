//! What a line of a filter may say of a value: the operators on each kind of value.

use async_graphql::{ID, InputObject};
use entity::Timestamp;
use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Value};

use super::filter::{Line, Operators};
use super::global_id::Table;
use super::scalar::{Date, DateTime};
use super::scope::{Scope, all, any, not};
use super::values::{Values, can_be_stored};

/// Declares the operators on an enum.
macro_rules! choice_operators {
    ($($(#[$meta:meta])* $name:ident of $choice:ty;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $name {
            /// Is this.
            pub eq: Option<$choice>,
            /// Is one of these; an empty list matches nothing.
            #[graphql(name = "in")]
            pub one_of: Option<Vec<$choice>>,
            /// Is none of these.
            pub not_in: Option<Vec<$choice>>,
            /// Has no value (true), or has one (false).
            pub is_null: Option<bool>,
        }

        impl $crate::kernel::filter::Line for $name {}

        impl $crate::kernel::filter::Operators for $name {
            fn on(&self, value: sea_orm::sea_query::Expr, at: $crate::kernel::scope::Scope<'_>) -> sea_orm::sea_query::Expr {
                let words =
                    |choices: &Vec<$choice>| $crate::kernel::values::Values::texts(choices.iter().map(|choice| choice.word()));
                $crate::kernel::operators::equality(
                    at,
                    value,
                    self.eq.map(|choice| choice.literal()),
                    self.one_of.as_ref().map(words),
                    self.not_in.as_ref().map(words),
                    self.is_null,
                )
            }
        }
    )+};
}
pub(crate) use choice_operators;

/// `eq`, `in`, `notIn` and `isNull`. What has no value is in no list, and so is among what is `notIn` one.
pub fn equality(
    at: Scope<'_>,
    value: Expr,
    eq: Option<Expr>,
    one_of: Option<Values>,
    not_in: Option<Values>,
    is_null: Option<bool>,
) -> Expr {
    let eq = eq.map(|eq| value.clone().eq(eq));
    let one_of = one_of.map(|values| values.have(at, value.clone()));
    let not_in = not_in.map(|values| not(values.have(at, value.clone())));
    let is_null = is_null.map(|null| if null { value.clone().is_null() } else { value.clone().is_not_null() });
    all([eq, one_of, not_in, is_null].into_iter().flatten())
}

fn comparison(value: &Expr, gt: Option<Value>, gte: Option<Value>, lt: Option<Value>, lte: Option<Value>) -> Expr {
    let gt = gt.map(|bound| value.clone().gt(bound));
    let gte = gte.map(|bound| value.clone().gte(bound));
    let lt = lt.map(|bound| value.clone().lt(bound));
    let lte = lte.map(|bound| value.clone().lte(bound));
    all([gt, gte, lt, lte].into_iter().flatten())
}

/// Operators on a whole number.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IntOp {
    /// Is this.
    pub eq: Option<i32>,
    /// Is one of these; an empty list matches nothing.
    #[graphql(name = "in")]
    pub one_of: Option<Vec<i32>>,
    /// Is none of these.
    pub not_in: Option<Vec<i32>>,
    /// Has no value (true), or has one (false).
    pub is_null: Option<bool>,
    /// Is greater than this.
    pub gt: Option<i32>,
    /// Is at least this.
    pub gte: Option<i32>,
    /// Is less than this.
    pub lt: Option<i32>,
    /// Is at most this.
    pub lte: Option<i32>,
}

impl Line for IntOp {}

impl Operators for IntOp {
    fn on(&self, value: Expr, at: Scope<'_>) -> Expr {
        let values = |numbers: &Vec<i32>| Values::Numbers(numbers.clone());
        let bound = |number: Option<i32>| number.map(Value::from);
        let (one_of, not_in) = (self.one_of.as_ref().map(values), self.not_in.as_ref().map(values));
        all([
            comparison(&value, bound(self.gt), bound(self.gte), bound(self.lt), bound(self.lte)),
            equality(at, value, bound(self.eq).map(Expr::val), one_of, not_in, self.is_null),
        ])
    }
}

/// The days from one to another, both included; absent: open on that side. Days are the districts' (Asia/Shanghai).
#[derive(Clone, Debug, Default, InputObject)]
pub struct PeriodInput {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

/// Operators on a moment.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DateTimeOp {
    /// Is this.
    pub eq: Option<DateTime>,
    /// Is one of these; an empty list matches nothing.
    #[graphql(name = "in")]
    pub one_of: Option<Vec<DateTime>>,
    /// Is none of these.
    pub not_in: Option<Vec<DateTime>>,
    /// Has no value (true), or has one (false).
    pub is_null: Option<bool>,
    /// Is after this.
    pub gt: Option<DateTime>,
    /// Is this or after it.
    pub gte: Option<DateTime>,
    /// Is before this.
    pub lt: Option<DateTime>,
    /// Is this or before it.
    pub lte: Option<DateTime>,
    /// Lies on one of these days.
    pub during: Option<PeriodInput>,
}

impl Line for DateTimeOp {}

impl Operators for DateTimeOp {
    fn on(&self, value: Expr, at: Scope<'_>) -> Expr {
        let values = |moments: &Vec<DateTime>| Values::Moments(moments.iter().map(|moment| moment.0.0).collect());
        let bound = |moment: Option<DateTime>| moment.map(|moment| Value::from(moment.0));
        let (one_of, not_in) = (self.one_of.as_ref().map(values), self.not_in.as_ref().map(values));
        let period = self.during.clone().unwrap_or_default();
        let from = period.from.map(|day| value.clone().gte(Timestamp::start_of(day.0)));
        let until = period.until.and_then(|day| day.0.succ_opt()).map(|day| value.clone().lt(Timestamp::start_of(day)));
        all([from, until].into_iter().flatten().chain([
            comparison(&value, bound(self.gt), bound(self.gte), bound(self.lt), bound(self.lte)),
            equality(at, value, bound(self.eq).map(Expr::val), one_of, not_in, self.is_null),
        ]))
    }
}

/// Operators on a text. Texts compare by code point, and upper and lower case differ.
#[derive(Clone, Debug, Default, InputObject)]
pub struct StringOp {
    /// Is this.
    pub eq: Option<String>,
    /// Is one of these; an empty list matches nothing.
    #[graphql(name = "in")]
    pub one_of: Option<Vec<String>>,
    /// Is none of these.
    pub not_in: Option<Vec<String>>,
    /// Has no value (true), or has one (false).
    pub is_null: Option<bool>,
    /// Has this in it.
    pub contains: Option<String>,
    /// Begins with this.
    pub starts_with: Option<String>,
}

impl StringOp {
    /// The same of a column that keeps its texts in one spelling: what is asked for is brought into it.
    #[must_use]
    pub fn spelled(&self, spell: impl Fn(&str) -> String) -> Self {
        let one = |text: &Option<String>| text.as_deref().map(&spell);
        let all =
            |texts: &Option<Vec<String>>| texts.as_ref().map(|texts| texts.iter().map(|text| spell(text)).collect());
        Self {
            eq: one(&self.eq),
            one_of: all(&self.one_of),
            not_in: all(&self.not_in),
            is_null: self.is_null,
            contains: one(&self.contains),
            starts_with: one(&self.starts_with),
        }
    }
}

impl Line for StringOp {
    fn is_narrow(&self) -> bool {
        self.eq.is_some() || self.one_of.is_some() || self.contains.is_some() || self.starts_with.is_some()
    }
}

impl Operators for StringOp {
    fn on(&self, value: Expr, at: Scope<'_>) -> Expr {
        let values = |texts: &Vec<String>| Values::texts(texts.iter().cloned());
        let given = [&self.eq, &self.contains, &self.starts_with];
        if !given.into_iter().flatten().all(|text| can_be_stored(text)) {
            return any([]);
        }
        let (one_of, not_in) = (self.one_of.as_ref().map(values), self.not_in.as_ref().map(values));
        let contains = self.contains.as_ref().map(|part| contains(at, &value, part));
        let starts_with = self.starts_with.as_ref().map(|start| starts_with(&value, start));
        all([contains, starts_with].into_iter().flatten().chain([equality(
            at,
            value,
            self.eq.as_deref().map(Expr::val),
            one_of,
            not_in,
            self.is_null,
        )]))
    }
}

/// The same on both: LIKE folds ASCII case on SQLite, and is what PostgreSQL can tell the outcome of.
fn contains(at: Scope<'_>, value: &Expr, part: &str) -> Expr {
    if at.backend == DbBackend::Sqlite {
        return Expr::expr(Func::cust("instr").args([value.clone(), Expr::val(part)])).gt(0);
    }
    let literal = part.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    value.clone().like(format!("%{literal}%"))
}

/// A range, so that an index can serve it.
fn starts_with(value: &Expr, start: &str) -> Expr {
    let from = value.clone().gte(start);
    match successor(start) {
        Some(end) => all([from, value.clone().lt(end)]),
        None => from,
    }
}

/// The first text that sorts after everything that begins with `start`; none where nothing does.
fn successor(start: &str) -> Option<String> {
    let mut characters: Vec<char> = start.chars().collect();
    while let Some(last) = characters.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

/// Operators on an id. An id of another kind, and what is no id, match nothing.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "IDOp")]
pub struct IdOp {
    /// Is this.
    pub eq: Option<ID>,
    /// Is one of these; an empty list matches nothing.
    #[graphql(name = "in")]
    pub one_of: Option<Vec<ID>>,
    /// Is none of these.
    pub not_in: Option<Vec<ID>>,
}

impl Line for IdOp {
    fn is_narrow(&self) -> bool {
        self.eq.is_some() || self.one_of.is_some()
    }
}

/// A line of a filter: the key of a row of `table`.
pub fn id(table: Table) -> impl Fn(Scope<'_>, &IdOp) -> Expr {
    move |at, operators| {
        let keys = |ids: &Vec<ID>| Values::Keys(ids.iter().filter_map(|id| table.key(id)).collect());
        let is = |id: &ID| table.key(id).map_or_else(|| any([]), |key| at.id().eq(key));
        let (one_of, not_in) = (operators.one_of.as_ref().map(keys), operators.not_in.as_ref().map(keys));
        let one = operators.eq.as_ref().map(is);
        all(one.into_iter().chain([equality(at, at.id(), None, one_of, not_in, None)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_a_text_ends_before_its_successor() {
        assert_eq!(successor("510603").as_deref(), Some("510604"));
        assert_eq!(successor("文").as_deref(), Some("斈"));
        assert_eq!(successor("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(successor("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(successor("\u{10ffff}"), None);
        assert_eq!(successor(""), None);
    }
}
