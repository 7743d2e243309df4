//! Claim events (办理记录): the append-only history of a claim.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
pub use crate::claim::ClaimStatus;

crate::choice::choice! {
    /// What was done to a claim (办理动作).
    ClaimAction {
        /// Claim it (认领)
        Propose,
        /// Accept the claim (受理)
        Accept,
        /// Decline it, with a reason (谢绝)
        Decline,
        /// Take the claim back (撤回)
        Withdraw,
        /// The clock: nobody answered (过期)
        Expire,
        /// Begin (开始)
        Start,
        /// Deliver (交付)
        Deliver,
        /// Send back, with a reason (退回)
        Rework,
        /// Confirm what was delivered (确认)
        Confirm,
        /// Call it off, with a reason (取消)
        Cancel,
        /// Rate the other side (评价)
        Rate,
        /// Claim more or fewer (变更数量)
        ChangeQuantity,
        /// Correct what was delivered, with a reason (更正)
        Correct,
        /// Take a rating back (撤回评价)
        WithdrawRating,
        /// Offer it to another party (转办)
        Transfer,
        /// Take over what was offered (接办)
        TakeOver,
        /// Do not take over what was offered, or take the offer back (不予转办)
        RefuseTransfer,
    }
}

/// An event.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "claim_event")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it happened to.
    pub claim_id: Uuid,
    /// What was done.
    pub action: ClaimAction,
    /// The status before; none for a proposal.
    pub from_status: Option<ClaimStatus>,
    /// The status after.
    pub to_status: ClaimStatus,
    /// When.
    pub at: Timestamp,
    /// The party for whom it was done; none for the clock.
    pub on_behalf_of_id: Option<Uuid>,
    /// Who did it; none for the clock.
    pub actor_id: Option<Uuid>,
    /// What was said.
    pub note: Option<String>,
    /// How many: claimed, or delivered.
    pub quantity: Option<i32>,
    /// How many people it served.
    pub people_served: Option<i32>,
    /// When what was said was taken out.
    pub redacted_at: Option<Timestamp>,
    /// What it happened to.
    #[sea_orm(belongs_to, from = "claim_id", to = "id")]
    pub claim: BelongsTo<super::claim::Entity>,
    /// The party for whom it was done.
    #[sea_orm(belongs_to, from = "on_behalf_of_id", to = "id")]
    pub on_behalf_of: BelongsTo<Option<super::party::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
