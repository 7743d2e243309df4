//! The mutations of claims.

use async_graphql::{Context, Object};
use entity::claim_event::ClaimAction;
use entity::{claim, claim_event};

use super::actions::{self, Step};
use super::amend;
use super::calendar::Rules;
use super::event::ClaimEvent;
use super::input::{
    AcceptClaimInput, CancelClaimInput, ChangeClaimQuantityInput, ConfirmClaimInput, CorrectDeliveryInput,
    DeclineClaimInput, DeliverClaimInput, ProposeClaimInput, RateClaimInput, ReworkClaimInput, StartClaimInput,
    WithdrawClaimInput, WithdrawRatingInput, change, correction, delivery, rating, wish, withdrawal,
};
use super::propose::propose;
use super::types::Claim;
use crate::access::payload::{mutate, payload};
use crate::kernel::error::{Error, Result};
use crate::kernel::refusal::Refusal;

payload! {
    /// What became of a mutation of a claim.
    ClaimPayload {
        /// The claim as it is now; null where it was refused.
        claim: Claim = claim::Entity,
        /// What happened to it; null where it was refused.
        event: ClaimEvent = claim_event::Entity,
    }
}

/// What can be done to claims.
#[derive(Debug, Default)]
pub struct ClaimMutation;

/// What can be done to claims.
#[Object]
impl ClaimMutation {
    /// Claims an item (认领) for a party, and holds the quantity at once.
    async fn propose_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to claim, for whom and how many.")] input: ProposeClaimInput,
    ) -> Option<Result<ClaimPayload>> {
        let (rules, wish) = (&rules(context), &wish(&input));
        mutate(context, |tx| async move { propose(&tx, rules.clone()?, &wish.clone()?).await }).await
    }

    /// Accepts a claim (受理): the owner's.
    async fn accept_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim.")] input: AcceptClaimInput,
    ) -> Option<Result<ClaimPayload>> {
        take(context, input.step(ClaimAction::Accept)).await
    }

    /// Declines a claim with a reason (谢绝): the owner's.
    async fn decline_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim, and why.")] input: DeclineClaimInput,
    ) -> Option<Result<ClaimPayload>> {
        take(context, input.step(ClaimAction::Decline)).await
    }

    /// Takes a claim back before it is answered (撤回): the claimant's.
    async fn withdraw_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim.")] input: WithdrawClaimInput,
    ) -> Option<Result<ClaimPayload>> {
        take(context, input.step(ClaimAction::Withdraw)).await
    }

    /// Begins the work (开始办理): the provider's.
    async fn start_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim.")] input: StartClaimInput,
    ) -> Option<Result<ClaimPayload>> {
        take(context, input.step(ClaimAction::Start)).await
    }

    /// Delivers, all of it or less (交付): the provider's.
    async fn deliver_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim, and what was delivered.")] input: DeliverClaimInput,
    ) -> Option<Result<ClaimPayload>> {
        take(context, delivery(input)).await
    }

    /// Sends a delivery back with a reason (退回): the receiver's.
    async fn rework_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim, and why.")] input: ReworkClaimInput,
    ) -> Option<Result<ClaimPayload>> {
        take(context, input.step(ClaimAction::Rework)).await
    }

    /// Confirms a delivery (确认): the receiver's.
    async fn confirm_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim.")] input: ConfirmClaimInput,
    ) -> Option<Result<ClaimPayload>> {
        take(context, input.step(ClaimAction::Confirm)).await
    }

    /// Calls a claim off with a reason (取消): either side's.
    async fn cancel_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim, and why.")] input: CancelClaimInput,
    ) -> Option<Result<ClaimPayload>> {
        take(context, input.step(ClaimAction::Cancel)).await
    }

    /// Rates the other side of a completed claim, once (评价).
    async fn rate_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim, and how many stars.")] input: RateClaimInput,
    ) -> Option<Result<ClaimPayload>> {
        take(context, rating(input)).await
    }

    /// Claims more or fewer (变更数量), by the rules of claiming: the claimant's, before it is delivered. What more is claimed is held at once.
    async fn change_claim_quantity(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim, and how many.")] input: ChangeClaimQuantityInput,
    ) -> Option<Result<ClaimPayload>> {
        let (rules, change) = (&rules(context), &change(input));
        mutate(context, |tx| async move {
            let (step, quantity) = change.clone()?;
            amend::change_quantity(&tx, rules.clone()?, &step, quantity).await
        })
        .await
    }

    /// Corrects what was delivered, with a reason (更正交付): the receiver's, for some days after they confirmed it. The history keeps
    /// what was said before.
    async fn correct_delivery(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim, and what was delivered.")] input: CorrectDeliveryInput,
    ) -> Option<Result<ClaimPayload>> {
        let (rules, step) = (&rules(context), &correction(input));
        mutate(context, |tx| async move { amend::correct(&tx, rules.clone()?, &step.clone()?).await }).await
    }

    /// Takes a rating back (撤回评价): by the side that rated, for some days. It may rate again. The history keeps that it did.
    async fn withdraw_rating(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of which claim.")] input: WithdrawRatingInput,
    ) -> Option<Result<ClaimPayload>> {
        let (rules, step) = (&rules(context), &withdrawal(input));
        mutate(context, |tx| async move { amend::withdraw_rating(&tx, rules.clone()?, &step.clone()?).await }).await
    }
}

async fn take(context: &Context<'_>, step: Result<Step, Refusal>) -> Option<Result<ClaimPayload>> {
    let (rules, step) = (&rules(context), &step);
    mutate(context, |tx| async move { actions::take(&tx, rules.clone()?, &step.clone()?).await }).await
}

/// The rules that this schema runs by.
///
/// # Errors
/// Where it has none: a fault of ours.
pub(crate) fn rules<'c>(context: &Context<'c>) -> Result<&'c Rules, Error> {
    context.data_opt().ok_or_else(|| Error::Internal("this schema has no rules of claims".into()))
}
