//! The claim machine: who may do what to a claim, and where that leads.

use entity::claim::{ClaimStatus, ListItemKind};
use entity::claim_event::ClaimAction;

use ClaimAction::{
    Accept, Cancel, ChangeQuantity, Confirm, Correct, Decline, Deliver, Expire, Propose, Rate, RefuseTransfer, Rework,
    Start, TakeOver, Transfer, Withdraw, WithdrawRating,
};
use ClaimStatus::{Accepted, Cancelled, Completed, Declined, Delivered, Expired, InProgress, Proposed, Withdrawn};

/// Who takes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Whoever claimed.
    Claimant,
    /// Whoever listed the item.
    Owner,
    /// Whoever does the work.
    Provider,
    /// Whoever gets it.
    Receiver,
    /// Either of the two.
    Either,
    /// Whoever it was offered to.
    Addressee,
    /// Whoever it was offered to, or whoever offered it.
    AddresseeOrClaimant,
    /// The clock.
    Clock,
    /// The receiver, or the clock where the receiver is silent.
    ReceiverOrClock,
}

/// The whole table: action, who takes it, from, to. A proposal starts from nothing, and is accepted at once where the item says so.
pub const TABLE: &[(ClaimAction, Side, Option<ClaimStatus>, ClaimStatus)] = &[
    (Propose, Side::Claimant, None, Proposed),
    (Propose, Side::Claimant, None, Accepted),
    (Accept, Side::Owner, Some(Proposed), Accepted),
    (Decline, Side::Owner, Some(Proposed), Declined),
    (Withdraw, Side::Claimant, Some(Proposed), Withdrawn),
    (Expire, Side::Clock, Some(Proposed), Expired),
    (Start, Side::Provider, Some(Accepted), InProgress),
    (Deliver, Side::Provider, Some(InProgress), Delivered),
    (Rework, Side::Receiver, Some(Delivered), InProgress),
    (Confirm, Side::ReceiverOrClock, Some(Delivered), Completed),
    (Cancel, Side::Either, Some(Accepted), Cancelled),
    (Cancel, Side::Either, Some(InProgress), Cancelled),
    (Rate, Side::Either, Some(Completed), Completed),
    (ChangeQuantity, Side::Claimant, Some(Proposed), Proposed),
    (ChangeQuantity, Side::Claimant, Some(Accepted), Accepted),
    (ChangeQuantity, Side::Claimant, Some(InProgress), InProgress),
    (Correct, Side::Receiver, Some(Completed), Completed),
    (WithdrawRating, Side::Either, Some(Completed), Completed),
    (Transfer, Side::Claimant, Some(Proposed), Proposed),
    (Transfer, Side::Claimant, Some(Accepted), Accepted),
    (Transfer, Side::Claimant, Some(InProgress), InProgress),
    (TakeOver, Side::Addressee, Some(Proposed), Proposed),
    (TakeOver, Side::Addressee, Some(Accepted), Accepted),
    (TakeOver, Side::Addressee, Some(InProgress), InProgress),
    (RefuseTransfer, Side::AddresseeOrClaimant, Some(Proposed), Proposed),
    (RefuseTransfer, Side::AddresseeOrClaimant, Some(Accepted), Accepted),
    (RefuseTransfer, Side::AddresseeOrClaimant, Some(InProgress), InProgress),
];

/// Whether the table has this step.
#[must_use]
pub fn allows(action: ClaimAction, from: Option<ClaimStatus>, to: ClaimStatus) -> bool {
    TABLE.iter().any(|(step, _, start, end)| (*step, *start, *end) == (action, from, to))
}

/// The status of a claim with this history of (action, from, to), oldest first.
///
/// # Errors
/// The place in the history, from 0, of the first event that the table does not allow there. An empty history fails at 0.
pub fn replay(
    history: impl IntoIterator<Item = (ClaimAction, Option<ClaimStatus>, ClaimStatus)>,
) -> Result<ClaimStatus, usize> {
    let mut status = None;
    for (place, (action, from, to)) in history.into_iter().enumerate() {
        if from != status || !allows(action, from, to) {
            return Err(place);
        }
        status = Some(to);
    }
    status.ok_or(0)
}

/// The statuses of a live claim: it holds the quantity claimed, and there may be only one of a claimant on an item.
pub const LIVE: [ClaimStatus; 4] = [Proposed, Accepted, InProgress, Delivered];

/// Whether a claim with this status is live.
#[must_use]
pub fn is_live(status: ClaimStatus) -> bool {
    LIVE.contains(&status)
}

/// Whether a claim with this status is still to be done: it may change hands.
#[must_use]
pub const fn is_open(status: ClaimStatus) -> bool {
    matches!(status, Proposed | Accepted | InProgress)
}

/// Whether a claim with this status was accepted and is to be delivered.
#[must_use]
pub const fn is_accepted(status: ClaimStatus) -> bool {
    matches!(status, Accepted | InProgress)
}

/// Who provides: for a need the claimant does the work and the owner receives it, else the other way round.
#[must_use]
pub const fn claimant_provides(kind: ListItemKind) -> bool {
    matches!(kind, ListItemKind::Need)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_replays_to_the_status_it_ends_in() {
        let done = [
            (Propose, None, Proposed),
            (Accept, Some(Proposed), Accepted),
            (Start, Some(Accepted), InProgress),
            (Deliver, Some(InProgress), Delivered),
            (Rework, Some(Delivered), InProgress),
            (Deliver, Some(InProgress), Delivered),
            (Confirm, Some(Delivered), Completed),
            (Rate, Some(Completed), Completed),
        ];
        assert_eq!(replay(done), Ok(Completed));
        assert_eq!(replay([]), Err(0));
        assert_eq!(replay([(Propose, None, Proposed), (Start, Some(Proposed), InProgress)]), Err(1));
        assert_eq!(replay([(Propose, None, Proposed), (Start, Some(Accepted), InProgress)]), Err(1));
        assert_eq!(replay([(Accept, None, Accepted)]), Err(0));
    }
}
