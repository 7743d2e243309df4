//! The root of every mutation: each feature's, merged.

use async_graphql::MergedObject;

use crate::check_in::CheckInMutation;
use crate::claim::ClaimMutation;
use crate::list_item::ListItemMutation;
use crate::party::PartyMutation;

/// Everything that can be changed.
#[derive(Debug, Default, MergedObject)]
#[graphql(name = "Mutation")]
pub struct Mutation(PartyMutation, CheckInMutation, ListItemMutation, ClaimMutation);
