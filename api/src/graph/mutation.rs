//! The root of every mutation: each feature's, merged.

use async_graphql::MergedObject;

use crate::access::account::{AccountMutation, OwnMutation};
use crate::feature::check_in::CheckInMutation;
use crate::feature::claim::{ClaimMutation, TransferMutation};
use crate::feature::list_item::ListItemMutation;
use crate::feature::party::{EndingMutation, PartyMutation};
use crate::feature::redaction::RedactionMutation;
use crate::feature::same_person::SamePersonMutation;

/// Everything that can be changed.
#[derive(Debug, Default, MergedObject)]
#[graphql(name = "Mutation")]
pub struct Mutation(
    OwnMutation,
    AccountMutation,
    PartyMutation,
    EndingMutation,
    CheckInMutation,
    ListItemMutation,
    ClaimMutation,
    TransferMutation,
    RedactionMutation,
    SamePersonMutation,
);
