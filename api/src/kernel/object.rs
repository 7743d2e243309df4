//! Objects of the schema: their fields, and their lists at a line each.

use entity::Timestamp;

use super::bulk::LongText;
use super::scalar::DateTime;

/// Declares an object: its lists, each a name and what it hangs on, and its other fields in the order of the schema. Such a field is
///
/// - `name: &String;` the column of that name,
/// - `location: Option<Point> = (longitude, latitude) => Point::shown;` what a function makes of these columns,
/// - `area: Area = area_at(&area_path);` what a function looks up by a column,
/// - or an `async fn` as `#[Object]` has it, which may look at the whole row.
///
/// Of a row, a list reads the columns that the selected fields show: all of them, where one of the last kind is among these. Every
/// list takes the same six arguments, and is written once here.
///
/// What a field is resolved in is as large as the largest of all fields of its object, and there are as many of it as there are
/// fields in an answer. So an `async fn` is put on the heap, where it is asked for.
macro_rules! object {
    ($(#[$meta:meta])* $name:ident { $($lists:tt)* } $($fields:tt)*) => {
        $crate::kernel::object::fields! { {$(#[$meta])* $name { $($lists)* }} [] [] $($fields)* }
    };
}
pub(crate) use object;

/// Reads the fields of an object one by one: which columns each shows, and the function that it is.
macro_rules! fields {
    ($of:tt [$($shows:tt)*] [$($done:tt)*] $(#[$meta:meta])* $field:ident: $type:ty; $($rest:tt)*) => {
        $crate::kernel::object::fields! { $of [$($shows)* (stringify!($field), &[stringify!($field)]),] [
            $($done)*
            $(#[$meta])*
            async fn $field(&self) -> $type {
                $crate::kernel::object::Shown::shown(&self.0.$field)
            }
        ] $($rest)* }
    };
    (
        $of:tt [$($shows:tt)*] [$($done:tt)*]
        $(#[$meta:meta])* $field:ident: $type:ty = ($($from:ident),+) => $through:expr; $($rest:tt)*
    ) => {
        $crate::kernel::object::fields! { $of [$($shows)* (stringify!($field), &[$(stringify!($from)),+]),] [
            $($done)*
            $(#[$meta])*
            async fn $field(&self) -> $type {
                ($through)($(&self.0.$from),+)
            }
        ] $($rest)* }
    };
    (
        $of:tt [$($shows:tt)*] [$($done:tt)*]
        $(#[$meta:meta])* $field:ident: $type:ty = $look_up:ident($from:ident); $($rest:tt)*
    ) => {
        $crate::kernel::object::fields! { $of [$($shows)* (stringify!($field), &[stringify!($from)]),] [
            $($done)*
            $(#[$meta])*
            async fn $field(&self, context: &async_graphql::Context<'_>) -> $crate::kernel::error::Result<$type> {
                $look_up(context, self.0.$from).await
            }
        ] $($rest)* }
    };
    (
        $of:tt [$($shows:tt)*] [$($done:tt)*]
        $(#[$meta:meta])* $field:ident: $type:ty = $look_up:ident(&$from:ident); $($rest:tt)*
    ) => {
        $crate::kernel::object::fields! { $of [$($shows)* (stringify!($field), &[stringify!($from)]),] [
            $($done)*
            $(#[$meta])*
            async fn $field(&self, context: &async_graphql::Context<'_>) -> $crate::kernel::error::Result<$type> {
                $look_up(context, &self.0.$from).await
            }
        ] $($rest)* }
    };
    (
        $of:tt $shows:tt [$($done:tt)*]
        $(#[$meta:meta])* $visibility:vis async fn $field:ident $arguments:tt -> Result<$type:ty> $body:block $($rest:tt)*
    ) => {
        $crate::kernel::object::fields! { $of $shows [
            $($done)*
            $(#[$meta])* $visibility async fn $field $arguments -> Result<$type> { Box::pin(async move $body).await }
        ] $($rest)* }
    };
    (
        $of:tt $shows:tt [$($done:tt)*]
        $(#[$meta:meta])* $visibility:vis async fn $field:ident $arguments:tt -> $type:ty $body:block $($rest:tt)*
    ) => {
        $crate::kernel::object::fields! { $of $shows [
            $($done)*
            $(#[$meta])* $visibility async fn $field $arguments -> $type { Box::pin(async move $body).await }
        ] $($rest)* }
    };
    (
        {
            $(#[$meta:meta])* $name:ident {
                $($(#[$list_meta:meta])* $list:ident: $list_type:ty = $parent:ident $(($hangs_on:ident))?;)*
            }
        }
        [$($shows:tt)*] [$($done:tt)*]
    ) => {
        impl $crate::kernel::columns::Object for $name {
            const SHOWS: &'static [$crate::kernel::columns::Shows] = &[
                ("id", &["id"]),
                $($((stringify!($list), &[stringify!($hangs_on)]),)?)*
                $($shows)*
            ];
        }

        $(#[$meta])*
        #[async_graphql::Object]
        impl $name {
            $($done)*

            $(
                $(#[$list_meta])*
                #[expect(clippy::too_many_arguments, reason = "the arguments of every list")]
                async fn $list(
                    &self,
                    context: &async_graphql::Context<'_>,
                    #[graphql(desc = "Which rows. Absent: all.")]
                    filter: Option<<$list_type as $crate::kernel::list::List>::Filter>,
                    #[graphql(desc = "In which order, most important first; the key comes last by itself.")]
                    order_by: Option<Vec<<$list_type as $crate::kernel::list::List>::Order>>,
                    #[graphql(desc = "How many rows from the front: 0 to 100. With neither `first` nor `last`: 20.")]
                    first: Option<i32>,
                    #[graphql(desc = "Read on after this cursor. Goes with `first`.")]
                    after: Option<String>,
                    #[graphql(desc = "How many rows from the back: 0 to 100.")]
                    last: Option<i32>,
                    #[graphql(desc = "Read back before this cursor. Goes with `last`.")]
                    before: Option<String>,
                ) -> $crate::kernel::error::Result<
                    $crate::kernel::connection::Connection<<$list_type as $crate::kernel::list::List>::Node>,
                > {
                    $crate::kernel::connection::Connection::new::<$list_type>(
                        context,
                        $crate::kernel::list::Parent::$parent($(&self.0.$hangs_on)?),
                        $crate::kernel::list::Arguments { filter, order_by, first, after, last, before },
                    )
                }
            )*
        }
    };
}
pub(crate) use fields;

/// What the schema shows of a column's value.
pub trait Shown<'v, As> {
    /// It.
    fn shown(&'v self) -> As;
}

impl<'v, T> Shown<'v, &'v T> for T {
    fn shown(&'v self) -> &'v T {
        self
    }
}

impl<'v> Shown<'v, DateTime> for Timestamp {
    fn shown(&'v self) -> DateTime {
        DateTime(*self)
    }
}

impl<'v> Shown<'v, Option<DateTime>> for Option<Timestamp> {
    fn shown(&'v self) -> Option<DateTime> {
        self.map(DateTime)
    }
}

impl<'v> Shown<'v, LongText<&'v String>> for String {
    fn shown(&'v self) -> LongText<&'v String> {
        LongText(self)
    }
}

impl<'v> Shown<'v, Option<&'v String>> for Option<String> {
    fn shown(&'v self) -> Option<&'v String> {
        self.as_ref()
    }
}

impl<'v, T: Copy> Shown<'v, T> for T {
    fn shown(&'v self) -> T {
        *self
    }
}

/// Declares a list: the table, its filter, its order, the node it gives, and the ways in which a row can hang on the parent.
macro_rules! list {
    ($(#[$meta:meta])* $name:ident: $entity:ty, $filter:ty, $order:ty => $node:ty, |$at:ident| $ways:expr) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name;

        impl $crate::kernel::list::List for $name {
            type Entity = $entity;
            type Filter = $filter;
            type Order = $order;
            type Node = $node;

            fn ways($at: $crate::kernel::scope::Scope<'_>) -> Vec<sea_orm::sea_query::Expr> {
                $ways.into()
            }
        }
    };
}
pub(crate) use list;

/// Declares a node: a row of a table that has an id of its own, and which fields of it show rows that it points at and everybody
/// may see: those are read with it.
macro_rules! node {
    ($(#[$meta:meta])* $name:ident of $module:ident $(points at { $($field:ident: $to:ident by $column:ident),+ })?) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name(pub std::sync::Arc<entity::$module::Model>);

        impl From<std::sync::Arc<entity::$module::Model>> for $name {
            fn from(model: std::sync::Arc<entity::$module::Model>) -> Self {
                Self(model)
            }
        }

        impl $crate::kernel::list::Node for $name {
            type Model = entity::$module::Model;

            const OBJECTS: &'static [&'static [$crate::kernel::columns::Shows]] = &[<$name as $crate::kernel::columns::Object>::SHOWS];

            $(const NEIGHBOURS: &'static [$crate::kernel::list::Neighbour] = &[$(
                $crate::kernel::list::Neighbour::new::<$to>(stringify!($field), stringify!($column)),
            )+];)?
        }
    };
}
pub(crate) use node;

/// Declares an interface: its plain fields as `#[graphql(field(…))]` has them, and its lists at a line each: name, connection,
/// filter, order, description. (Types stand in quotes, since attributes take nothing else.)
macro_rules! interface {
    (
        $(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident,)+ }
        fields { $($fields:tt)* }
        lists { $($list:tt: $connection:tt, $filter:tt, $order:tt, $description:tt;)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, async_graphql::Interface)]
        #[graphql($($fields)* $(field(
            name = $list, ty = $connection, desc = $description,
            arg(name = "filter", ty = $filter, desc = "Which rows. Absent: all."),
            arg(name = "order_by", ty = $order, desc = "In which order, most important first; the key comes last by itself."),
            arg(name = "first", ty = "Option<i32>", desc = "How many rows from the front: 0 to 100. With neither `first` nor `last`: 20."),
            arg(name = "after", ty = "Option<String>", desc = "Read on after this cursor. Goes with `first`."),
            arg(name = "last", ty = "Option<i32>", desc = "How many rows from the back: 0 to 100."),
            arg(name = "before", ty = "Option<String>", desc = "Read back before this cursor. Goes with `last`.")
        ),)*)]
        pub enum $name {
            $($(#[$variant_meta])* $variant($variant),)+
        }
    };
}
pub(crate) use interface;
