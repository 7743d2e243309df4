//! Filters: declared a line a column, opt-in. What is not declared cannot be asked about.

use async_graphql::{CustomValidator, ID, InputObject, InputType, InputValueError};
use entity::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Value};
use sea_orm::{DbBackend, IdenStatic};

use super::global_id::Table;
use super::scalar::{Date, DateTime};
use super::scope::{Reach, Scope, all, any, not};
use super::values::{Values, can_be_stored};

/// What a line of a filter says.
pub trait Line {
    /// Leaves few rows, as far as that can be told: it names them, or looks for a text.
    fn is_narrow(&self) -> bool {
        false
    }
}

impl Line for bool {}
impl Line for Vec<String> {}

/// A condition on the rows of one table, as a caller wrote it.
pub trait Filter: InputType + Line + std::fmt::Debug + Send + Sync + 'static {
    /// Holds for the rows that the caller asked for.
    fn condition(&self, at: Scope<'_>) -> Expr;

    /// Where distances are measured from, if the filter says so.
    fn near(&self) -> Option<&NearInput> {
        None
    }
}

/// Operators on one value.
pub trait Operators: Line {
    /// Holds where the value meets every operator given.
    fn on(&self, value: Expr, at: Scope<'_>) -> Expr;
}

/// A line of a filter: operators on a column.
pub fn column<O: Operators>(column: impl IdenStatic) -> impl Fn(Scope<'_>, &O) -> Expr {
    move |at, operators| operators.on(at.column(column), at)
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
pub fn combine<F: Filter>(
    and: Option<&Vec<F>>,
    or: Option<&Vec<F>>,
    negated: Option<&F>,
    lines: impl IntoIterator<Item = Expr>,
    at: Scope<'_>,
) -> Expr {
    let and = and.map(|filters| all(filters.iter().map(|filter| filter.condition(at))));
    let or = or.map(|filters| any(filters.iter().map(|filter| filter.condition(at))));
    let negated = negated.map(|filter| not(filter.condition(at)));
    all([and, or, negated].into_iter().flatten().chain(lines))
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

        impl $crate::kernel::filter::Filter for $name {
            fn condition(&self, at: $crate::kernel::scope::Scope<'_>) -> sea_orm::sea_query::Expr {
                let lines = [$(self.$line.as_deref().map(|line| ($condition)(at, line)),)+];
                $crate::kernel::filter::combine(
                    self.and.as_ref(), self.or.as_ref(), self.not.as_deref(), lines.into_iter().flatten(), at,
                )
            }

            $(fn near(&self) -> Option<&$crate::kernel::filter::NearInput> {
                self.$near.as_deref().or_else(|| {
                    self.and.iter().flatten().find_map($crate::kernel::filter::Filter::near)
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
                $crate::kernel::filter::equality(
                    at,
                    value,
                    self.eq.map(|choice| choice.word().into()),
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
    eq: Option<Value>,
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
            equality(at, value, bound(self.eq), one_of, not_in, self.is_null),
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
            equality(at, value, bound(self.eq), one_of, not_in, self.is_null),
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
            self.eq.as_deref().map(Value::from),
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

/// Things within a distance of a point; then `orderBy` may say `DISTANCE`.
#[derive(Clone, Debug, InputObject)]
pub struct NearInput {
    /// Degrees east, CGCS2000 (WGS-84).
    #[graphql(validator(custom = "LONGITUDE"))]
    pub lng: f64,
    /// Degrees north, CGCS2000 (WGS-84).
    #[graphql(validator(custom = "LATITUDE"))]
    pub lat: f64,
    /// How far, in metres along the ground: at most 100,000.
    #[graphql(validator(custom = "METRES"))]
    pub metres: f64,
}

/// A number that lies from one to another.
#[derive(Clone, Copy, Debug)]
pub struct Between(f64, f64);

const LONGITUDE: Between = Between(-180.0, 180.0);
const LATITUDE: Between = Between(-90.0, 90.0);
const METRES: Between = Between(0.0, 100_000.0);

impl Between {
    /// The bounds of a field of an input, where it has some.
    #[must_use]
    pub fn of(input: &str, field: &str) -> Option<Self> {
        match (input, field) {
            ("NearInput", "lng") => Some(LONGITUDE),
            ("NearInput", "lat") => Some(LATITUDE),
            ("NearInput", "metres") => Some(METRES),
            _ => None,
        }
    }

    /// Whether the number lies so.
    ///
    /// # Errors
    /// Why it does not.
    pub fn holds(self, value: f64) -> Result<(), String> {
        let Self(least, most) = self;
        if (least..=most).contains(&value) {
            return Ok(());
        }
        Err(format!("{value} does not lie from {least} to {most}"))
    }
}

impl CustomValidator<f64> for Between {
    fn check(&self, value: &f64) -> Result<(), InputValueError<f64>> {
        self.holds(*value).map_err(InputValueError::custom)
    }
}

/// Metres in a degree of latitude: the mean circumference of the Earth over 360.
const METRES_IN_DEGREE: f64 = 111_194.93;

impl Line for NearInput {
    fn is_narrow(&self) -> bool {
        true
    }
}

impl NearInput {
    /// The square of the distance to a point, in degrees of latitude.
    ///
    /// The equirectangular approximation: off by less than 0.1 % within 100 km at China's latitudes. It needs nothing but sums
    /// and products, which both databases compute to the same last bit; `lng` and `lat` are bound once, the cosine here.
    #[must_use]
    pub fn square_distance(&self, longitude: Expr, latitude: Expr) -> Expr {
        let east = longitude.sub(self.lng).mul(self.lat.to_radians().cos());
        let north = latitude.sub(self.lat);
        east.clone().mul(east).add(north.clone().mul(north))
    }

    /// Holds within the distance. The band of latitudes is there for an index to serve.
    #[must_use]
    pub fn within(&self, longitude: Expr, latitude: Expr) -> Expr {
        let degrees = self.metres / METRES_IN_DEGREE;
        all([
            latitude.clone().between(self.lat - degrees, self.lat + degrees),
            self.square_distance(longitude, latitude).lte(degrees * degrees),
        ])
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
