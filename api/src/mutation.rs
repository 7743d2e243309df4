//! The root of every mutation: each feature's, merged.

use async_graphql::MergedObject;

use crate::account::{AccountMutation, OwnMutation};
use crate::claim::ClaimMutation;

/// Everything that can be changed.
#[derive(Debug, Default, MergedObject)]
#[graphql(name = "Mutation")]
pub struct Mutation(OwnMutation, AccountMutation, ClaimMutation);
