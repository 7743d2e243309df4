//! What the mutations of claims take.

use async_graphql::{ID, InputObject};
use entity::claim_event::ClaimAction;

use super::actions::{Delivery, Step};
use super::propose::Wish;
use super::rules::LONGEST_NOTE;
use crate::access::steps::as_party;
use crate::feature::attachment::AttachmentInput;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::Refusal;
use crate::kernel::scalar::DateTime;
use crate::kernel::text::optional_lines;

/// Claim an item (认领).
#[derive(Clone, Debug, InputObject)]
pub struct ProposeClaimInput {
    /// The item.
    item_id: ID,
    /// For which party. Needed only by who acts for several.
    as_party_id: Option<ID>,
    /// How many: 1 where nobody says.
    quantity: Option<i32>,
    /// When the work is to start.
    starts_at: Option<DateTime>,
    /// When the work is to end.
    ends_at: Option<DateTime>,
    /// By when it is to be delivered.
    deliver_by: Option<DateTime>,
    /// What to say to the owner.
    note: Option<String>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Declares the input of a step that takes nothing but what every step takes, and perhaps something to say.
macro_rules! step_input {
    ($(#[$meta:meta])* $name:ident, $(#[$words_meta:meta])* $words:ident: $said:ty) => {
        $(#[$meta])*
        #[derive(Clone, Debug, InputObject)]
        pub struct $name {
            /// The claim.
            id: ID,
            /// For which party. Needed only by who acts for both sides.
            as_party_id: Option<ID>,
            /// The version that was read: refused with CONFLICT where it is another now.
            if_version: Option<i32>,
            $(#[$words_meta])*
            $words: $said,
            /// The same key and input has one effect, for 24 hours.
            idempotency_key: Option<String>,
        }

        impl $name {
            pub(super) fn step(self, action: ClaimAction) -> Result<Step, Refusal> {
                let step = step(action, &self.id, self.as_party_id.as_ref(), self.if_version)?;
                Ok(Step { note: optional_lines(stringify!($words), self.$words.into(), LONGEST_NOTE)?, ..step })
            }
        }
    };
}

step_input!(
    /// Accept a claim (受理).
    AcceptClaimInput,
    /// What to say.
    note: Option<String>
);
step_input!(
    /// Decline a claim (谢绝).
    DeclineClaimInput,
    /// Why (理由).
    reason: String
);
step_input!(
    /// Take a claim back (撤回).
    WithdrawClaimInput,
    /// What to say.
    note: Option<String>
);
step_input!(
    /// Begin the work (开始办理).
    StartClaimInput,
    /// What to say.
    note: Option<String>
);
step_input!(
    /// Send a delivery back (退回).
    ReworkClaimInput,
    /// Why (理由).
    reason: String
);
step_input!(
    /// Confirm a delivery (确认).
    ConfirmClaimInput,
    /// What to say.
    note: Option<String>
);
step_input!(
    /// Call a claim off (取消).
    CancelClaimInput,
    /// Why (理由).
    reason: String
);

/// Deliver (交付).
#[derive(Clone, Debug, InputObject)]
pub struct DeliverClaimInput {
    /// The claim.
    id: ID,
    /// For which party. Needed only by who acts for both sides.
    as_party_id: Option<ID>,
    /// The version that was read: refused with CONFLICT where it is another now.
    if_version: Option<i32>,
    /// How many were delivered: 1 to what was claimed.
    delivered_quantity: i32,
    /// How many people it served (服务人次).
    people_served: Option<i32>,
    /// What to say.
    note: Option<String>,
    /// What shows that it was done (佐证材料).
    evidence: Option<Vec<AttachmentInput>>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Rate the other side (评价).
#[derive(Clone, Debug, InputObject)]
pub struct RateClaimInput {
    /// The claim.
    id: ID,
    /// For which party. Needed only by who acts for both sides.
    as_party_id: Option<ID>,
    /// 1 to 5.
    stars: i32,
    /// What to say of it.
    comment: Option<String>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Claim more or fewer (变更数量).
#[derive(Clone, Debug, InputObject)]
pub struct ChangeClaimQuantityInput {
    /// The claim.
    id: ID,
    /// For which party. Needed only by who acts for both sides.
    as_party_id: Option<ID>,
    /// The version that was read: refused with CONFLICT where it is another now.
    if_version: Option<i32>,
    /// How many from now on.
    quantity: i32,
    /// What to say.
    note: Option<String>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Correct what was delivered (更正交付).
#[derive(Clone, Debug, InputObject)]
pub struct CorrectDeliveryInput {
    /// The claim.
    id: ID,
    /// For which party. Needed only by who acts for both sides.
    as_party_id: Option<ID>,
    /// The version that was read: refused with CONFLICT where it is another now.
    if_version: Option<i32>,
    /// How many were delivered: 1 to what was claimed.
    delivered_quantity: i32,
    /// How many people it served (服务人次); null: not known.
    people_served: Option<i32>,
    /// Why (理由).
    reason: String,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Take a rating back (撤回评价).
#[derive(Clone, Debug, InputObject)]
pub struct WithdrawRatingInput {
    /// The claim.
    id: ID,
    /// For which party. Needed only by who acts for both sides.
    as_party_id: Option<ID>,
    /// What to say.
    note: Option<String>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// What is claimed, for whom, and when.
pub(super) fn wish(input: &ProposeClaimInput) -> Result<Wish, Refusal> {
    Ok(Wish {
        item: Table::ListItem.key(&input.item_id).ok_or_else(|| Refusal::not_found("itemId"))?,
        claimant: as_party(input.as_party_id.as_ref())?,
        quantity: input.quantity.unwrap_or(1),
        starts_at: input.starts_at.map(|moment| moment.0),
        ends_at: input.ends_at.map(|moment| moment.0),
        deliver_by: input.deliver_by.map(|moment| moment.0),
        note: input.note.clone(),
    })
}

/// A step that says nothing but what it is.
pub(super) fn step(action: ClaimAction, id: &ID, party: Option<&ID>, if_version: Option<i32>) -> Result<Step, Refusal> {
    let claim = Table::Claim.key(id).ok_or_else(|| Refusal::not_found("id"))?;
    Ok(Step { claim, action, party: as_party(party)?, if_version, note: None, delivery: None, stars: None })
}

/// What was delivered.
pub(super) fn delivery(input: DeliverClaimInput) -> Result<Step, Refusal> {
    let step = step(ClaimAction::Deliver, &input.id, input.as_party_id.as_ref(), input.if_version)?;
    let delivery = Delivery {
        quantity: input.delivered_quantity,
        people_served: input.people_served,
        evidence: input.evidence.unwrap_or_default(),
    };
    Ok(Step { note: optional_lines("note", input.note, LONGEST_NOTE)?, delivery: Some(delivery), ..step })
}

/// A rating.
pub(super) fn rating(input: RateClaimInput) -> Result<Step, Refusal> {
    let step = step(ClaimAction::Rate, &input.id, input.as_party_id.as_ref(), None)?;
    Ok(Step { note: optional_lines("comment", input.comment, LONGEST_NOTE)?, stars: Some(input.stars), ..step })
}

/// How many are claimed from now on.
pub(super) fn change(input: ChangeClaimQuantityInput) -> Result<(Step, i32), Refusal> {
    let step = step(ClaimAction::ChangeQuantity, &input.id, input.as_party_id.as_ref(), input.if_version)?;
    Ok((Step { note: optional_lines("note", input.note, LONGEST_NOTE)?, ..step }, input.quantity))
}

/// What had been delivered after all.
pub(super) fn correction(input: CorrectDeliveryInput) -> Result<Step, Refusal> {
    let step = step(ClaimAction::Correct, &input.id, input.as_party_id.as_ref(), input.if_version)?;
    let (quantity, people_served) = (input.delivered_quantity, input.people_served);
    let delivery = Delivery { quantity, people_served, evidence: Vec::new() };
    let note = optional_lines("reason", Some(input.reason), LONGEST_NOTE)?;
    Ok(Step { note, delivery: Some(delivery), ..step })
}

/// A rating taken back.
pub(super) fn withdrawal(input: WithdrawRatingInput) -> Result<Step, Refusal> {
    let step = step(ClaimAction::WithdrawRating, &input.id, input.as_party_id.as_ref(), None)?;
    Ok(Step { note: optional_lines("note", input.note, LONGEST_NOTE)?, ..step })
}
