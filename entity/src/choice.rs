//! Enums: text in the database, an enum in GraphQL, ordered as declared.

/// Declares an enum once for Rust, the database and GraphQL. Its values are written in `SCREAMING_SNAKE_CASE`.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$value_meta:meta])* $value:ident,)+ }) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            sea_orm::EnumIter, sea_orm::DeriveActiveEnum, async_graphql::Enum,
        )]
        #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name {
            $($(#[$value_meta])* $value,)+
        }

        impl $name {
            /// The word that the database and GraphQL use.
            #[must_use]
            pub fn word(self) -> String {
                sea_orm::ActiveEnum::into_value(self)
            }
        }
    };
}
pub(crate) use choice;
