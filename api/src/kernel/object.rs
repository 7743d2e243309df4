//! Objects of the schema: their fields, and their lists at a line each.

/// Declares an object: its lists, each a name and what it hangs on, and its other fields as `#[Object]` has them.
///
/// Every list takes the same six arguments, and is written once here.
macro_rules! object {
    (
        $(#[$meta:meta])* $name:ident {
            $($(#[$list_meta:meta])* $list:ident: $type:ty = $parent:expr;)*
        }
        $($fields:tt)*
    ) => {
        $(#[$meta])*
        #[async_graphql::Object]
        impl $name {
            $($fields)*

            $(
                $(#[$list_meta])*
                #[expect(clippy::too_many_arguments, reason = "the arguments of every list")]
                async fn $list(
                    &self,
                    context: &async_graphql::Context<'_>,
                    #[graphql(desc = "Which rows. Absent: all.")]
                    filter: Option<<$type as $crate::kernel::list::List>::Filter>,
                    #[graphql(desc = "In which order, most important first; the key comes last by itself.")]
                    order_by: Option<Vec<<$type as $crate::kernel::list::List>::Order>>,
                    #[graphql(desc = "How many rows from the front: 0 to 100. With neither `first` nor `last`: 20.")]
                    first: Option<i32>,
                    #[graphql(desc = "Read on after this cursor. Goes with `first`.")]
                    after: Option<String>,
                    #[graphql(desc = "How many rows from the back: 0 to 100.")]
                    last: Option<i32>,
                    #[graphql(desc = "Read back before this cursor. Goes with `last`.")]
                    before: Option<String>,
                ) -> $crate::kernel::error::Result<
                    $crate::kernel::connection::Connection<<$type as $crate::kernel::list::List>::Node>,
                > {
                    let parent: fn(&Self) -> $crate::kernel::list::Parent = $parent;
                    $crate::kernel::connection::Connection::new::<$type>(
                        context,
                        parent(self),
                        $crate::kernel::list::Arguments { filter, order_by, first, after, last, before },
                    )
                }
            )*
        }
    };
}
pub(crate) use object;

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
    ($(#[$meta:meta])* $name:ident of $module:ident $(points at { $($field:ident: $table:ident by $column:ident),+ })?) => {
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

            $(const NEIGHBOURS: &'static [$crate::kernel::list::Neighbour] = &[$(
                $crate::kernel::list::Neighbour::new::<entity::$table::Entity>(stringify!($field), stringify!($column)),
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
