//! Enums: text in the database, an enum in GraphQL, ordered as declared.

/// Declares an enum once for Rust, the database and GraphQL. Its values are written in `SCREAMING_SNAKE_CASE`. A blank row has the
/// first.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident {
        $(#[$first_meta:meta])* $first:ident, $($(#[$value_meta:meta])* $value:ident,)*
    }) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
            sea_orm::EnumIter, sea_orm::DeriveActiveEnum, async_graphql::Enum,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name {
            $(#[$first_meta])* #[default] $first,
            $($(#[$value_meta])* $value,)*
        }

        impl $name {
            /// The word that the database and GraphQL use.
            #[must_use]
            pub fn word(self) -> String {
                sea_orm::ActiveEnum::into_value(self)
            }

            /// The word as it stands in the text of a statement: databases plan by what they know of the word itself, which
            /// index holds its rows, and how many there are.
            #[must_use]
            pub fn literal(self) -> sea_orm::sea_query::Expr {
                sea_orm::sea_query::Expr::Constant(self.word().into())
            }
        }
    };
}
pub(crate) use choice;
