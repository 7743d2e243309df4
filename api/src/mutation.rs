//! The root of every mutation: each feature's, merged.

use async_graphql::MergedObject;

use crate::claim::ClaimMutation;
use crate::list_item::ListItemMutation;

/// Everything that can be changed.
#[derive(Debug, Default, MergedObject)]
#[graphql(name = "Mutation")]
pub struct Mutation(ListItemMutation, ClaimMutation);
