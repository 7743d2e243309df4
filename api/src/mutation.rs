//! The root of every mutation: each feature's, merged.

use async_graphql::MergedObject;

use crate::account::{AccountMutation, OwnMutation};
use crate::check_in::CheckInMutation;
use crate::claim::ClaimMutation;
use crate::list_item::ListItemMutation;
use crate::party::PartyMutation;

/// Everything that can be changed.
#[derive(Debug, Default, MergedObject)]
#[graphql(name = "Mutation")]
pub struct Mutation(OwnMutation, AccountMutation, PartyMutation, CheckInMutation, ListItemMutation, ClaimMutation);
