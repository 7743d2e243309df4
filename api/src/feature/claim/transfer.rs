//! Handing a claim to another party (转办): the claimant offers it, and it changes hands once the other takes it over. Until then the work
//! goes on.

use async_graphql::{Context, ID, InputObject, Object};
use entity::claim;
use entity::claim_event::ClaimAction;
use entity::list_item::{self, Visibility};
use entity::party::{self, PartyKind};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;

use super::actions::{Step, stand};
use super::amend::{item_of, record, save};
use super::calendar::Rules;
use super::input::step;
use super::mutation::{ClaimPayload, rules};
use super::propose::proposal;
use super::rules::{LONGEST_NOTE, already_claimed};
use crate::access::payload::mutate;
use crate::feature::party::succession::standing;
use crate::kernel::error::Result;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::text::optional_lines;
use crate::kernel::write::{Done, Tx};

/// Offer a claim to another party (转办).
#[derive(Clone, Debug, InputObject)]
pub struct TransferClaimInput {
    /// The claim.
    id: ID,
    /// Who is to take it over: a unit where a unit claimed, a community where a community did.
    to_party_id: ID,
    /// For which party. Needed only by who acts for both sides.
    as_party_id: Option<ID>,
    /// The version that was read: refused with CONFLICT where it is another now.
    if_version: Option<i32>,
    /// What to say.
    note: Option<String>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Take a claim over, or do not (答复转办).
#[derive(Clone, Debug, InputObject)]
pub struct AnswerTransferInput {
    /// The claim.
    id: ID,
    /// Whether it is taken over. Whoever offered it takes the offer back with false.
    accept: bool,
    /// For which party. Needed only by who acts for both.
    as_party_id: Option<ID>,
    /// The version that was read: refused with CONFLICT where it is another now.
    if_version: Option<i32>,
    /// What to say.
    note: Option<String>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// How claims change hands.
#[derive(Debug, Default)]
pub struct TransferMutation;

/// How claims change hands.
#[Object]
impl TransferMutation {
    /// Offers a claim to another party (转办), before it is delivered: the claimant's. It stays theirs until the other takes it over, which
    /// must be able to claim there itself. A further offer replaces the one before.
    async fn transfer_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim, and to whom.")] input: TransferClaimInput,
    ) -> Option<Result<ClaimPayload>> {
        let (rules, input) = (&rules(context), &input);
        mutate(context, |tx| async move {
            let to = Table::Party.key(&input.to_party_id).ok_or_else(|| Refusal::not_found("toPartyId"))?;
            let step = step(ClaimAction::Transfer, &input.id, input.as_party_id.as_ref(), input.if_version)?;
            offer(&tx, rules.clone()?, &with_note(step, input.note.as_ref())?, to).await
        })
        .await
    }

    /// Takes a claim over that was offered, or does not (答复转办): for whoever it was offered to. Whoever offered it may take the offer
    /// back.
    async fn answer_transfer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which claim, and whether.")] input: AnswerTransferInput,
    ) -> Option<Result<ClaimPayload>> {
        let (rules, input) = (&rules(context), &input);
        mutate(context, |tx| async move {
            let action = if input.accept { ClaimAction::TakeOver } else { ClaimAction::RefuseTransfer };
            let step = step(action, &input.id, input.as_party_id.as_ref(), input.if_version)?;
            answer(&tx, rules.clone()?, &with_note(step, input.note.as_ref())?).await
        })
        .await
    }
}

fn with_note(step: Step, note: Option<&String>) -> Result<Step, Refusal> {
    Ok(Step { note: optional_lines("note", note.cloned(), LONGEST_NOTE)?, ..step })
}

/// Offers a claim to `to`.
///
/// # Errors
/// As `rules::Standing` says, and where the other could not claim there. Nothing is changed then.
async fn offer(tx: &Tx, rules: &Rules, step: &Step, to: Uuid) -> Result<Done, Stop> {
    let (claim, party, status) = stand(tx, rules, step).await?;
    let heir = standing(tx, to, "toPartyId").await?;
    may_take_over(tx, &claim, &heir).await?;
    save(tx, &claim, party, &[(claim::Column::TransferToId, Expr::value(Some(heir.id)))]).await?;
    tx.tell((Table::Party, heir.id), None);
    record(tx, &claim, step, party, status, None).await
}

/// Takes a claim over, or leaves it where it is.
///
/// # Errors
/// As `offer`.
async fn answer(tx: &Tx, rules: &Rules, step: &Step) -> Result<Done, Stop> {
    let (claim, party, status) = stand(tx, rules, step).await?;
    let ended = (claim::Column::TransferToId, Expr::value(None::<Uuid>));
    if step.action == ClaimAction::RefuseTransfer {
        save(tx, &claim, party, &[ended]).await?;
        return record(tx, &claim, step, party, status, None).await;
    }
    let heir = standing(tx, party, "asPartyId").await?;
    may_take_over(tx, &claim, &heir).await?;
    save(tx, &claim, party, &[ended, (claim::Column::ClaimantId, Expr::value(party))]).await?;
    record(tx, &claim, step, party, status, Some(claim.quantity)).await
}

/// Whoever takes over is what the claimant is, could claim there, and has not done so. That the item takes no more claims is no obstacle:
/// this one it has.
async fn may_take_over(tx: &Tx, claim: &claim::Model, heir: &party::Model) -> Result<(), Stop> {
    let item = item_of(tx, claim).await?;
    let refuse = |code, message| Err(Refusal::new(code, message).at("toPartyId").on(Table::Party, heir.id).into());
    if heir.id == claim.claimant_id {
        return refuse(UserErrorCode::Invalid, message!("the claim is theirs already", "该认领已属于对方"));
    }
    let proposal = proposal(tx, &item, heir, claim.quantity).await?;
    if heir.kind == proposal.owner_kind {
        let message = match heir.kind {
            PartyKind::Community => {
                message!("a unit claimed it, so a unit takes it over", "由单位认领的，只能转给单位")
            }
            PartyKind::Unit => {
                message!("a community claimed it, so a community takes it over", "由社区认领的，只能转给社区")
            }
        };
        return refuse(UserErrorCode::SameSide, message);
    }
    if !proposal.is_checked_in && !takes_anybody(&item) {
        let message = message!("it takes a confirmed check-in between the two", "须先完成报到并经确认");
        return refuse(UserErrorCode::NotCheckedIn, message);
    }
    match proposal.live {
        Some(live) => Err(already_claimed(Some(live)).at("toPartyId").into()),
        None => Ok(()),
    }
}

/// Whether it may be claimed without a check-in, by somebody who sees it then.
fn takes_anybody(item: &list_item::Model) -> bool {
    item.open_to_all && item.visibility != Visibility::CheckedIn
}
