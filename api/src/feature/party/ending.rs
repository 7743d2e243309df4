//! The mutations by which parties end: closed, opened again, merged into a successor (撤并).

use async_graphql::{Context, ID, InputObject, Object};
use entity::party;
use sea_orm::prelude::Uuid;

use super::split::{Split, split};
use super::succession;
use super::types::Party;
use crate::access::payload::{mutate, payload};
use crate::feature::claim::mutation::rules;
use crate::kernel::error::Result;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::Refusal;

payload! {
    /// What became of a mutation of a party.
    PartyPayload {
        /// The party as it is now; of a merger, the one that took over. Null where it was refused.
        party: Party = party::Entity
    }
}

/// Close a unit or a community (关闭).
#[derive(Clone, Debug, InputObject)]
pub struct ClosePartyInput {
    /// The unit or the community.
    id: ID,
    /// The version that was read: refused with CONFLICT where it is another now.
    if_version: Option<i32>,
    /// Why (理由).
    reason: String,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Open a unit or a community again that was closed (恢复).
#[derive(Clone, Debug, InputObject)]
pub struct ReopenPartyInput {
    /// The unit or the community.
    id: ID,
    /// The version that was read: refused with CONFLICT where it is another now.
    if_version: Option<i32>,
    /// Why (理由).
    reason: String,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Merge a unit into a unit, or a community into a community (撤并).
#[derive(Clone, Debug, InputObject)]
pub struct MergePartyInput {
    /// The one that ends.
    id: ID,
    /// The one that takes over.
    into_id: ID,
    /// The version of the one that ends that was read: refused with CONFLICT where it is another now.
    if_version: Option<i32>,
    /// Why (理由).
    reason: String,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Hand parts of a community to another (拆分).
#[derive(Clone, Debug, InputObject)]
pub struct SplitPartyInput {
    /// The community that has them.
    id: ID,
    /// Areas in it, 1 to 100: grids, compounds, buildings.
    part_ids: Vec<ID>,
    /// The community that is to have them.
    into_id: ID,
    /// The version of the first that was read: refused with CONFLICT where it is another now.
    if_version: Option<i32>,
    /// Why (理由).
    reason: String,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// How parties end.
#[derive(Debug, Default)]
pub struct EndingMutation;

/// How parties end.
#[Object]
impl EndingMutation {
    /// Closes a unit or a community (关闭): what it has published takes no more claims, its check-ins end, and nobody acts for it any
    /// more. Not while a claim of it is live. For managers of the area it stands in.
    async fn close_party(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one, and why.")] input: ClosePartyInput,
    ) -> Option<Result<PartyPayload>> {
        let input = &input;
        mutate(context, |tx| async move {
            succession::close(&tx, key(&input.id, "id")?, input.if_version, &input.reason).await
        })
        .await
    }

    /// Opens a unit or a community again that was closed (恢复). What it had published and its check-ins stay ended. For managers of the
    /// area it stands in.
    async fn reopen_party(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one, and why.")] input: ReopenPartyInput,
    ) -> Option<Result<PartyPayload>> {
        let input = &input;
        mutate(context, |tx| async move {
            succession::reopen(&tx, key(&input.id, "id")?, input.if_version, &input.reason).await
        })
        .await
    }

    /// Merges a unit into a unit, or a community into a community (撤并): the one that takes over has its claims, items, check-ins,
    /// persons, grants and history from then on; of two live claims on one item the one that is further along, of as much as both; a community also what lies in the other's area. Its id, its code and its name still
    /// lead there. For managers of the areas that both stand in. It cannot be undone.
    async fn merge_party(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one into which, and why.")] input: MergePartyInput,
    ) -> Option<Result<PartyPayload>> {
        let (rules, input) = (&rules(context), &input);
        mutate(context, |tx| async move {
            let (from, into) = (key(&input.id, "id")?, key(&input.into_id, "intoId")?);
            succession::merge(&tx, rules.clone()?, from, into, input.if_version, &input.reason).await
        })
        .await
    }

    /// Hands parts of a community to another (拆分): these areas lie in the other one from then on, with the items that stand there, their
    /// claims, and the check-ins that are for these parts. What stands in the community as a whole stays. For managers of the areas that both
    /// stand in.
    async fn split_party(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which parts of which community, where to, and why.")] input: SplitPartyInput,
    ) -> Option<Result<PartyPayload>> {
        let input = &input;
        mutate(context, |tx| async move {
            let part = |id| Table::Area.key(id).ok_or_else(|| Refusal::not_found("partIds"));
            let parts = input.part_ids.iter().map(part).collect::<Result<Vec<Uuid>, Refusal>>()?;
            let (from, into) = (key(&input.id, "id")?, key(&input.into_id, "intoId")?);
            let (version, reason) = (input.if_version, input.reason.as_str());
            split(&tx, &Split { from, parts: &parts, into, version, reason }).await
        })
        .await
    }
}

fn key(id: &ID, field: &str) -> Result<Uuid, Refusal> {
    Table::Party.key(id).ok_or_else(|| Refusal::not_found(field))
}
