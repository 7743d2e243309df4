//! Filters: declared a line a column, opt-in. What is not declared cannot be asked about.

use async_graphql::InputType;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{DbBackend, IdenStatic};

pub use super::near::NearInput;
pub(crate) use super::operators::choice_operators;
pub use super::operators::{DateTimeOp, IdOp, IntOp, PeriodInput, StringOp, id};
use super::scope::{Reach, Scope, all, any, not};

/// What a line of a filter says.
pub trait Line {
    /// Leaves few rows, as far as that can be told: it names them, or looks for a text.
    fn is_narrow(&self) -> bool {
        false
    }
}

impl Line for bool {}
impl Line for Vec<String> {}

/// A condition on the rows of a table, whichever it is.
pub trait Condition: std::fmt::Debug + Send + Sync {
    /// Holds for the rows that the caller asked for.
    fn condition(&self, at: Scope<'_>) -> Expr;

    /// Where distances are measured from, if the filter says so.
    fn near(&self) -> Option<&NearInput> {
        None
    }
}

/// A condition on the rows of one table, as a caller wrote it.
pub trait Filter: InputType + Line + Condition + 'static {}

/// Operators on one value.
pub trait Operators: Line {
    /// Holds where the value meets every operator given.
    fn on(&self, value: Expr, at: Scope<'_>) -> Expr;
}

/// A line of a filter: operators on a column.
pub fn column<O: Operators>(column: impl IdenStatic) -> impl Fn(Scope<'_>, &O) -> Expr {
    move |at, operators| operators.on(at.column(column), at)
}

/// A line of a filter: the operators on a column that keeps its texts in one spelling, however they are asked for.
pub fn spelled(column: impl IdenStatic, spell: fn(&str) -> String) -> impl Fn(Scope<'_>, &StringOp) -> Expr {
    move |at, operators| operators.spelled(spell).on(at.column(column), at)
}

/// A line of a filter: a plain yes or no. "No" takes everything that is not a yes.
pub fn flag(condition: impl Fn(Scope<'_>) -> Expr) -> impl Fn(Scope<'_>, &bool) -> Expr {
    move |at, wanted| if *wanted { condition(at) } else { not(condition(at)) }
}

/// A line of a filter: the one row that a column points at. Rows that the viewer may not see match nothing.
///
/// SQLite looks for each row apart, or for all of them at once, as it is told. Few are found at once; of many, the first page is
/// full before all are. PostgreSQL sees for itself.
pub fn one<E: Reach, F: Filter>(foreign_key: impl IdenStatic) -> impl Fn(Scope<'_>, &F) -> Expr {
    move |at, filter| {
        if at.backend == DbBackend::Sqlite && filter.is_narrow() {
            return at.points_among::<E>(foreign_key, |inner| filter.condition(inner));
        }
        at.exists::<E>(|inner| all([inner.id().eq(at.column(foreign_key)), filter.condition(inner)]))
    }
}

/// The same, where the other table is small: its rows that match are found once, not for each row of this table.
pub fn one_of_few<E: Reach, F: Filter>(foreign_key: impl IdenStatic) -> impl Fn(Scope<'_>, &F) -> Expr {
    move |at, filter| at.points_among::<E>(foreign_key, |inner| filter.condition(inner))
}

/// A line of a filter: the rows that hang on this one, by `link` of this table and theirs.
pub fn many<E: Reach, Q: Quantified>(link: impl Fn(Scope<'_>, Scope<'_>) -> Expr) -> impl Fn(Scope<'_>, &Q) -> Expr {
    move |at, quantified| {
        let found =
            |condition: &dyn Fn(Scope<'_>) -> Expr| at.exists::<E>(|inner| all([link(at, inner), condition(inner)]));
        let some = quantified.some().map(|filter| found(&|inner| filter.condition(inner)));
        let every = quantified.every().map(|filter| found(&|inner| not(filter.condition(inner))).not());
        let none = quantified.none().map(|filter| found(&|inner| filter.condition(inner)).not());
        all([some, every, none].into_iter().flatten())
    }
}

/// `{ some every none }` over the rows that hang on one.
pub trait Quantified {
    /// The filter of those rows.
    type Filter: Filter;
    /// At least one row meets it.
    fn some(&self) -> Option<&Self::Filter>;
    /// No row fails it; true where there are no rows.
    fn every(&self) -> Option<&Self::Filter>;
    /// No row meets it.
    fn none(&self) -> Option<&Self::Filter>;
}

/// Puts `and`, `or` and `not` together with the lines of a filter.
#[must_use]
pub fn combine(and: Option<Vec<Expr>>, or: Option<Vec<Expr>>, negated: Option<Expr>, lines: Vec<Option<Expr>>) -> Expr {
    all([and.map(all), or.map(any), negated.map(not)].into_iter().chain(lines).flatten())
}

/// Declares a filter: its name, and a line for each thing that may be asked about: the type of its input, and how that becomes
/// a condition. `near` names the line, if any, that distances are measured by.
macro_rules! filter {
    (
        $(#[$meta:meta])* $name:ident $(near $near:ident)? {
            $($(#[$line_meta:meta])* $line:ident: $type:ty = $condition:expr,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $name {
            /// All of these hold.
            pub and: Option<Vec<$name>>,
            /// Any of these holds; an empty list matches nothing.
            pub or: Option<Vec<$name>>,
            /// This does not hold.
            pub not: Option<Box<$name>>,
            $($(#[$line_meta])* pub $line: Option<Box<$type>>,)+
        }

        impl $crate::kernel::filter::Line for $name {
            fn is_narrow(&self) -> bool {
                [$(self.$line.as_deref().is_some_and($crate::kernel::filter::Line::is_narrow),)+].contains(&true)
                    || self.and.iter().flatten().any($crate::kernel::filter::Line::is_narrow)
            }
        }

        impl $crate::kernel::filter::Filter for $name {}

        impl $crate::kernel::filter::Condition for $name {
            fn condition(&self, at: $crate::kernel::scope::Scope<'_>) -> sea_orm::sea_query::Expr {
                let each = |filters: &Vec<$name>| filters.iter().map(|filter| filter.condition(at)).collect();
                $crate::kernel::filter::combine(
                    self.and.as_ref().map(each),
                    self.or.as_ref().map(each),
                    self.not.as_deref().map(|filter| filter.condition(at)),
                    vec![$(self.$line.as_deref().map(|line| ($condition)(at, line)),)+],
                )
            }

            $(fn near(&self) -> Option<&$crate::kernel::filter::NearInput> {
                self.$near.as_deref().or_else(|| {
                    self.and.iter().flatten().find_map($crate::kernel::filter::Condition::near)
                })
            })?
        }
    };
}
pub(crate) use filter;

/// Declares `{ some every none }` over a filter.
macro_rules! quantified {
    ($(#[$meta:meta])* $name:ident of $filter:ty) => {
        $(#[$meta])*
        #[derive(Clone, Debug, async_graphql::InputObject)]
        pub struct $name {
            /// At least one of them meets this.
            pub some: Option<Box<$filter>>,
            /// None of them fails this; true where there are none.
            pub every: Option<Box<$filter>>,
            /// None of them meets this.
            pub none: Option<Box<$filter>>,
        }

        impl $crate::kernel::filter::Line for $name {
            fn is_narrow(&self) -> bool {
                self.some.as_deref().is_some_and($crate::kernel::filter::Line::is_narrow)
            }
        }

        impl $crate::kernel::filter::Quantified for $name {
            type Filter = $filter;
            fn some(&self) -> Option<&$filter> {
                self.some.as_deref()
            }
            fn every(&self) -> Option<&$filter> {
                self.every.as_deref()
            }
            fn none(&self) -> Option<&$filter> {
                self.none.as_deref()
            }
        }
    };
}
pub(crate) use quantified;
