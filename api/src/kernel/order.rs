//! Orders: declared a line a field, always ended by the key, so that every row has one place.

use async_graphql::InputType;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Value};
use sea_orm::{ActiveEnum, IdenStatic, Iterable};

use super::filter::NearInput;
use super::scope::Scope;

/// Which way an order runs. What has no value comes last either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, async_graphql::Enum)]
pub enum OrderDirection {
    /// Smallest, earliest or first declared first
    #[default]
    Asc,
    /// Largest, latest or last declared first
    Desc,
}

impl OrderDirection {
    /// The other way.
    #[must_use]
    pub const fn reverse(self) -> Self {
        match self {
            Self::Asc => Self::Desc,
            Self::Desc => Self::Asc,
        }
    }
}

/// What a row is ordered by: an expression that is never null, and how a cursor keeps its value.
#[derive(Clone, Debug)]
pub struct Key {
    /// The expression.
    pub expression: Expr,
    /// The kind of its values.
    pub kind: KeyKind,
}

/// The kind of a key's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Whole numbers, moments and places in an enum.
    Whole,
    /// Texts, by code point.
    Text,
    /// Distances.
    Real,
    /// Keys of rows.
    Id,
}

/// One line of an order, whatever it is an order of.
pub trait OrderLine: std::fmt::Debug + Send + Sync {
    /// Which way.
    fn direction(&self) -> OrderDirection;

    /// What by. Distances are measured from `near`.
    fn key(&self, at: Scope<'_>, near: Option<&NearInput>) -> Key;

    /// Goes by the distance from a point, which the filter has to name.
    fn needs_point(&self) -> bool;
}

/// One line of a caller's order of rows of one kind.
pub trait Order: InputType + OrderLine + 'static {
    /// Which way the rows' own keys run where the caller gives no order: ascending is oldest first.
    const USUAL_DIRECTION: OrderDirection;

    /// The order where the caller gives none.
    fn usual() -> Vec<Self>;
}

/// Stands for "no value" at the end of an order of whole numbers and moments. Beyond what either can be.
pub const LAST: i64 = 1 << 53;

/// A field of an order: a column that always has a value.
pub fn whole(column: impl IdenStatic) -> impl Fn(Scope<'_>, OrderDirection) -> Key {
    move |at, _| Key { expression: at.column(column), kind: KeyKind::Whole }
}

/// A field of an order: a text that always has a value.
pub fn text(column: impl IdenStatic) -> impl Fn(Scope<'_>, OrderDirection) -> Key {
    move |at, _| Key { expression: at.column(column), kind: KeyKind::Text }
}

/// A field of an order: a number or moment that may be missing, and then comes last.
///
/// The stand-in is written into the statement, not bound, so that it can be the expression of an index.
pub fn optional(column: impl IdenStatic) -> impl Fn(Scope<'_>, OrderDirection) -> Key {
    move |at, direction| {
        let stand_in = Expr::Constant(Value::BigInt(Some(last(direction))));
        Key { expression: Func::coalesce([at.column(column), stand_in]).into(), kind: KeyKind::Whole }
    }
}

/// A field of an order: an enum, in the order its values are declared.
pub fn declared<C: ActiveEnum<Value = String> + Iterable>(
    column: impl IdenStatic,
) -> impl Fn(Scope<'_>, OrderDirection) -> Key {
    move |at, direction| {
        let places = (0..).zip(C::iter()).fold(sea_orm::sea_query::CaseStatement::new(), |case, (place, choice)| {
            let is = at.column(column).eq(Expr::Constant(choice.into_value().into()));
            case.case(is, Expr::Constant(Value::BigInt(Some(place))))
        });
        let places = places.finally(Expr::Constant(Value::BigInt(Some(last(direction)))));
        Key { expression: places.into(), kind: KeyKind::Whole }
    }
}

const fn last(direction: OrderDirection) -> i64 {
    match direction {
        OrderDirection::Asc => LAST,
        OrderDirection::Desc => -LAST,
    }
}

/// Declares an order: its name, its fields' enum, what it is where none is given, and a line a field.
macro_rules! order {
    (
        $(#[$meta:meta])* $name:ident by $field:ident, usually [$($usual:ident),*] $direction:ident {
            $($(#[$line_meta:meta])* $line:ident = $key:expr,)+
        }
        $(by distance { $(#[$distance_meta:meta])* $distance:ident = $longitude:expr, $latitude:expr })?
    ) => {
        #[doc = concat!("What `", stringify!($name), "` can go by.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
        pub enum $field {
            $($(#[$line_meta])* $line,)+
            $($(#[$distance_meta])* $distance,)?
        }

        $(#[$meta])*
        #[derive(Clone, Debug, async_graphql::InputObject)]
        pub struct $name {
            /// What by.
            pub field: $field,
            /// Which way.
            #[graphql(default)]
            pub direction: $crate::kernel::order::OrderDirection,
        }

        impl $crate::kernel::order::Order for $name {
            const USUAL_DIRECTION: $crate::kernel::order::OrderDirection =
                $crate::kernel::order::OrderDirection::$direction;

            fn usual() -> Vec<Self> {
                vec![$(Self { field: $field::$usual, direction: Self::USUAL_DIRECTION })*]
            }
        }

        impl $crate::kernel::order::OrderLine for $name {
            fn direction(&self) -> $crate::kernel::order::OrderDirection {
                self.direction
            }

            fn key(
                &self,
                at: $crate::kernel::scope::Scope<'_>,
                near: Option<&$crate::kernel::filter::NearInput>,
            ) -> $crate::kernel::order::Key {
                let _ = near;
                match self.field {
                    $($field::$line => ($key)(at, self.direction),)+
                    $($field::$distance => $crate::kernel::order::distance(
                        near, at.column($longitude), at.column($latitude), self.direction,
                    ),)?
                }
            }

            fn needs_point(&self) -> bool {
                false $(|| self.field == $field::$distance)?
            }
        }
    };
}
pub(crate) use order;

/// The square of the distance from the filter's point; what has no place comes last.
pub fn distance(near: Option<&NearInput>, longitude: Expr, latitude: Expr, direction: OrderDirection) -> Key {
    let stand_in = Expr::cust(if direction == OrderDirection::Asc { "1e9" } else { "-1e9" });
    let expression = match near {
        Some(near) => Func::coalesce([near.square_distance(longitude, latitude), stand_in]).into(),
        None => stand_in,
    };
    Key { expression, kind: KeyKind::Real }
}
