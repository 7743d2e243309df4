//! What parties were called before (曾用名), and whom they took over from: they are found by it still.

use async_graphql::Context;
use entity::former_name;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use crate::kernel::error::Result;
use crate::kernel::filter::{DateTimeOp, StringOp, column, filter, quantified};
use crate::kernel::list::{Parent, parent};
use crate::kernel::loader::few;
use crate::kernel::object::{list, node, object};
use crate::kernel::order::{order, whole};
use crate::kernel::refusal::Stop;
use crate::kernel::scalar::DateTime;
use crate::kernel::write::Tx;

/// How many of them a party shows: the latest.
pub const MOST: u64 = 20;

node!(
    /// A name that a party had.
    FormerName of former_name
);

object! {
    /// A name that a party had, or that a party had from which it took over (曾用名).
    FormerName {}

    /// The name.
    name: &String;

    /// Until when.
    until: DateTime;
}

quantified! {
    /// Names that a party had.
    FormerNamesOp of FormerNameFilter
}

filter! {
    /// Which former names.
    FormerNameFilter {
        /// By the name.
        name: StringOp = column(former_name::Column::Name),
        /// By until when.
        until: DateTimeOp = column(former_name::Column::Until),
    }
}

order! {
    /// How former names are ordered.
    FormerNameOrder by FormerNameOrderField, usually [Until] Desc {
        /// Until when
        Until = whole(former_name::Column::Until),
    }
}

list!(
    /// What a party was called before.
    NamesOfParty: former_name::Entity, FormerNameFilter, FormerNameOrder => FormerName,
    |at| [at.column(former_name::Column::PartyId).eq(parent(at))]
);

/// What a party was called before, latest first.
///
/// # Errors
/// Where the database fails.
pub async fn of_party(context: &Context<'_>, party: Uuid) -> Result<Vec<FormerName>> {
    few::<NamesOfParty>(context, Parent::Row(party), MOST).await
}

/// Remembers what a party was called until now.
///
/// # Errors
/// Where the database fails.
pub async fn remember(tx: &Tx, party: Uuid, name: &str) -> Result<(), Stop> {
    let row = former_name::Model { id: tx.key(), party_id: party, name: name.to_owned(), until: tx.now };
    former_name::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&tx.connection).await?;
    Ok(())
}
