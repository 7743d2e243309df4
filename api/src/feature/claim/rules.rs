//! Who may take which step on a claim, and who may make one: pure, so that what a viewer is told they may do and what a mutation
//! answers come from the same lines.

use entity::Timestamp;
use entity::claim::{self, ClaimStatus};
use entity::claim_event::ClaimAction;
use entity::list_item::{self, ListItemStatus};
use entity::party::{self, PartyKind};
use entity::rating;
use sea_orm::prelude::Uuid;

use super::calendar::Rules;
use super::machine::{Side, TABLE, claimant_provides};
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, UserErrorCode, message};

/// How long reasons and notes may be, in characters.
pub const LONGEST_NOTE: usize = 2_000;

/// What is known of a claim and of whoever would take a step on it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The claim.
    pub claim: &'a claim::Model,
    /// Whether they act for the claimant.
    pub acts_for_claimant: bool,
    /// Whether they act for the owner.
    pub acts_for_owner: bool,
    /// Whether they act for whoever it was offered to.
    pub acts_for_addressee: bool,
    /// Who has rated already.
    pub rated: &'a [Rated],
    /// Who would take it: an account that acts for both sides rates for one of them.
    pub account: Option<Uuid>,
    /// When.
    pub now: Timestamp,
    /// How long what was done can be corrected.
    pub rules: &'a Rules,
}

/// A rating that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rated {
    /// Which party rated.
    pub by: Uuid,
    /// Who acted for it, where that is known.
    pub actor: Option<Uuid>,
    /// When.
    pub at: Timestamp,
}

impl From<&rating::Model> for Rated {
    fn from(rating: &rating::Model) -> Self {
        Self { by: rating.by_id, actor: rating.actor_id, at: rating.at }
    }
}

impl Standing<'_> {
    /// The party for which this step is taken: the one named, or the only one there could be.
    ///
    /// # Errors
    /// `FORBIDDEN` where they act for nobody who takes it or not for the one named, `WHICH_PARTY` where they act for both and name none;
    /// `INVALID_TRANSITION` where it answers an offer, and there is none.
    pub fn party(&self, action: ClaimAction, named: Option<Uuid>) -> Result<Uuid, Refusal> {
        let claimant = (Some(self.claim.claimant_id), self.acts_for_claimant);
        let owner = (Some(self.claim.owner_id), self.acts_for_owner);
        let addressee = (self.claim.transfer_to_id, self.acts_for_addressee);
        let is_answer = matches!(action, ClaimAction::TakeOver | ClaimAction::RefuseTransfer);
        if is_answer && self.claim.transfer_to_id.is_none() && (self.acts_for_claimant || self.acts_for_owner) {
            let message = message!("it was offered to nobody", "该认领没有待答复的转办");
            return Err(Refusal::new(UserErrorCode::InvalidTransition, message).on(Table::Claim, self.claim.id));
        }
        let sides = match action {
            ClaimAction::TakeOver => vec![addressee],
            ClaimAction::RefuseTransfer => vec![claimant, addressee],
            _ => vec![claimant, owner],
        };
        let own: Vec<Uuid> = sides.into_iter().filter(|(_, acts)| *acts).filter_map(|(party, _)| party).collect();
        match (named, own.as_slice()) {
            (Some(named), own) if own.contains(&named) => Ok(named),
            (Some(_), _) => Err(Refusal::forbidden().at("asPartyId")),
            (None, []) => Err(Refusal::forbidden()),
            (None, [one]) => Ok(*one),
            (None, both) => Err(which_party(both)),
        }
    }

    /// Where a step leads, and for which party it is taken.
    ///
    /// # Errors
    /// Where that party may not take it, or not from where the claim stands.
    pub fn step(&self, action: ClaimAction, named: Option<Uuid>) -> Result<(Uuid, ClaimStatus), Refusal> {
        let party = self.party(action, named)?;
        let of_action = TABLE.iter().filter(|(step, ..)| *step == action);
        let mut of_side = of_action.filter(|(_, side, ..)| self.is(party, *side)).peekable();
        if of_side.peek().is_none() {
            return Err(Refusal::forbidden());
        }
        let to = of_side.find(|(_, _, from, _)| *from == Some(self.claim.status)).map(|(.., to)| *to);
        let to = to.ok_or_else(|| not_from_here(action, self.claim))?;
        match action {
            ClaimAction::Rate => self.check_rating(party)?,
            ClaimAction::Correct => self.check_time(self.claim.completed_at)?,
            ClaimAction::WithdrawRating => {
                let own = self.rated.iter().find(|rated| rated.by == party);
                let message = message!("this side has not rated", "本方尚未评价");
                let none = || Refusal::new(UserErrorCode::InvalidTransition, message).on(Table::Claim, self.claim.id);
                self.check_time(Some(own.ok_or_else(none)?.at))?;
            }
            _ => {}
        }
        Ok((party, to))
    }

    /// Each side rates once, and nobody rates for both.
    fn check_rating(&self, party: Uuid) -> Result<(), Refusal> {
        if self.rated.iter().any(|rated| rated.by == party) {
            return Err(already_rated(self.claim.id));
        }
        if self.account.is_some() && self.rated.iter().any(|rated| rated.actor == self.account) {
            let message = message!(
                "you rated for the other side: somebody else is to rate for this one",
                "您已代表另一方评价，请由他人代表本方评价"
            );
            return Err(Refusal::new(UserErrorCode::Forbidden, message).on(Table::Claim, self.claim.id));
        }
        Ok(())
    }

    /// Whether what was done then can still be corrected.
    fn check_time(&self, done: Option<Timestamp>) -> Result<(), Refusal> {
        let until = self.rules.correctable_until(done.unwrap_or(self.claim.updated_at));
        if self.now < until {
            return Ok(());
        }
        let message = message!("this could be done until {until}", "已超过可更正的期限（{until}）");
        Err(Refusal::new(UserErrorCode::InvalidTransition, message).on(Table::Claim, self.claim.id))
    }

    fn is(&self, party: Uuid, side: Side) -> bool {
        let is_claimant = party == self.claim.claimant_id;
        let provides = is_claimant == claimant_provides(self.claim.item_kind);
        match side {
            Side::Claimant => is_claimant,
            Side::Owner => !is_claimant,
            Side::Provider => provides,
            Side::Receiver | Side::ReceiverOrClock => !provides,
            Side::Either => true,
            Side::Addressee => Some(party) == self.claim.transfer_to_id,
            Side::AddresseeOrClaimant => is_claimant || Some(party) == self.claim.transfer_to_id,
            Side::Clock => false,
        }
    }
}

fn not_from_here(action: ClaimAction, claim: &claim::Model) -> Refusal {
    let (doing, chinese_doing) = doing(action);
    let (standing, chinese_standing) = standing(claim.status);
    let message = message!("a claim that {standing} cannot be {doing}", "认领{chinese_standing}，不能{chinese_doing}");
    Refusal::new(UserErrorCode::InvalidTransition, message).on(Table::Claim, claim.id)
}

/// What an action does to a claim, as people say it.
const fn doing(action: ClaimAction) -> (&'static str, &'static str) {
    match action {
        ClaimAction::Propose => ("proposed", "提出"),
        ClaimAction::Accept => ("accepted", "受理"),
        ClaimAction::Decline => ("declined", "谢绝"),
        ClaimAction::Withdraw => ("withdrawn", "撤回"),
        ClaimAction::Expire => ("let expire", "作过期处理"),
        ClaimAction::Start => ("started", "开始办理"),
        ClaimAction::Deliver => ("delivered", "交付"),
        ClaimAction::Rework => ("sent back", "退回"),
        ClaimAction::Confirm => ("confirmed", "确认"),
        ClaimAction::Cancel => ("cancelled", "取消"),
        ClaimAction::Rate => ("rated", "评价"),
        ClaimAction::ChangeQuantity => ("changed in quantity", "变更数量"),
        ClaimAction::Correct => ("corrected", "更正交付"),
        ClaimAction::WithdrawRating => ("without its rating", "撤回评价"),
        ClaimAction::Transfer => ("offered to others", "转办"),
        ClaimAction::TakeOver => ("taken over", "接办"),
        ClaimAction::RefuseTransfer => ("kept from changing hands", "答复转办"),
    }
}

/// Where a claim stands, as people say it.
const fn standing(status: ClaimStatus) -> (&'static str, &'static str) {
    match status {
        ClaimStatus::Proposed => ("waits for its answer", "待受理"),
        ClaimStatus::Accepted => ("is accepted", "已受理"),
        ClaimStatus::InProgress => ("is under way", "办理中"),
        ClaimStatus::Delivered => ("waits to be confirmed", "待确认"),
        ClaimStatus::Completed => ("is confirmed", "已办结"),
        ClaimStatus::Declined => ("was declined", "已谢绝"),
        ClaimStatus::Withdrawn => ("was withdrawn", "已撤回"),
        ClaimStatus::Cancelled => ("was cancelled", "已取消"),
        ClaimStatus::Expired => ("has expired", "已过期"),
    }
}

/// The side has rated this claim.
pub(super) fn already_rated(claim: Uuid) -> Refusal {
    let message = message!("this side has rated already", "本方已经评价过");
    Refusal::new(UserErrorCode::AlreadyRated, message).on(Table::Claim, claim)
}

/// The claimant has a live claim on the item: this one, where it is known.
pub(super) fn already_claimed(live: Option<Uuid>) -> Refusal {
    let message = message!("there is a live claim of yours on it", "本方已有进行中的认领");
    let refusal = Refusal::new(UserErrorCode::AlreadyClaimed, message);
    live.into_iter().fold(refusal, |refusal, claim| refusal.on(Table::Claim, claim))
}

/// Several parties could be meant.
pub(crate) fn which_party(parties: &[Uuid]) -> Refusal {
    let message =
        message!("you act for several parties: name one in asPartyId", "您代表多个参与方，请用 asPartyId 指明");
    let refusal = Refusal::new(UserErrorCode::WhichParty, message).at("asPartyId");
    parties.iter().fold(refusal, |refusal, party| refusal.on(Table::Party, *party))
}

/// What is known where somebody would claim.
#[derive(Clone, Copy, Debug)]
pub struct Proposal<'a> {
    /// What they would claim.
    pub item: &'a list_item::Model,
    /// What its owner is.
    pub owner_kind: PartyKind,
    /// Who would claim.
    pub claimant: &'a party::Model,
    /// Whether a confirmed check-in joins the two.
    pub is_checked_in: bool,
    /// The claimant's live claim on the item.
    pub live: Option<Uuid>,
    /// How many.
    pub quantity: i32,
    /// When.
    pub now: Timestamp,
}

impl Proposal<'_> {
    /// Whether the claim may be made.
    ///
    /// # Errors
    /// As `may` and `is_left`.
    pub fn check(&self) -> Result<(), Refusal> {
        self.may().and_then(|()| self.is_left())
    }

    /// Whether this claimant may claim of this item at all.
    ///
    /// # Errors
    /// The first thing that stands in the way, in the order of these lines.
    pub fn may(&self) -> Result<(), Refusal> {
        let item = self.item;
        let refuse = |code, message| Err(Refusal::new(code, message).on(Table::ListItem, item.id));
        if self.claimant.id == item.owner_id {
            return refuse(UserErrorCode::OwnItem, message!("this is your own", "不能认领本方发布的清单"));
        }
        if self.claimant.kind == self.owner_kind {
            let message = message!("claims run between a community and a unit", "认领只能在社区与单位之间进行");
            return refuse(UserErrorCode::SameSide, message);
        }
        if !is_open(item, self.now) {
            return refuse(UserErrorCode::NotClaimable, message!("it takes no claims now", "当前不可认领"));
        }
        if !item.open_to_all && !self.is_checked_in {
            let message = message!("it takes a confirmed check-in between the two", "须先完成报到并经确认");
            return refuse(UserErrorCode::NotCheckedIn, message);
        }
        if self.live.is_some() {
            return Err(already_claimed(self.live));
        }
        Ok(())
    }

    /// Whether the item has as many left.
    ///
    /// # Errors
    /// Where it has not, or none are asked for.
    pub fn is_left(&self) -> Result<(), Refusal> {
        if self.quantity < 1 {
            return Err(Refusal::invalid("quantity", message!("at least 1", "数量至少为 1")));
        }
        match left(self.item) {
            Some(left) if i64::from(self.quantity) > left => {
                let message = message!("only {left} left", "仅剩 {left}");
                let refusal = Refusal::new(UserErrorCode::NotEnoughRemaining, message).at("quantity");
                Err(refusal.on(Table::ListItem, self.item.id))
            }
            _ => Ok(()),
        }
    }
}

/// What claims leave of an item; none where it is unlimited.
#[must_use]
pub fn left(item: &list_item::Model) -> Option<i64> {
    item.quantity.map(|quantity| i64::from(quantity).saturating_sub(item.held))
}

/// Whether an item takes claims: published, before its deadline and before its window ends.
#[must_use]
pub fn is_open(item: &list_item::Model, now: Timestamp) -> bool {
    item.status == ListItemStatus::Published
        && item.claim_by.is_none_or(|deadline| now <= deadline)
        && item.available_until.is_none_or(|end| now <= end)
}
