//! The two sides of a claim: who claims and who owns, who provides and who receives.

use entity::claim::{ClaimDirection, ClaimStatus};
use entity::list_item::ListItemKind;
use entity::party::PartyKind;
use sea_orm::prelude::Uuid;

use crate::feature::claim::machine::{Side, claimant_provides};

use super::parties::Party;

/// Claimant and owner, and of what list the item is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides {
    pub(super) claimant: Uuid,
    pub(super) owner: Uuid,
    pub(super) direction: ClaimDirection,
    kind: ListItemKind,
}

impl Sides {
    pub(super) const fn new(claimant: &Party, owner: &Party, kind: ListItemKind) -> Self {
        let direction = match claimant.kind {
            PartyKind::Unit => ClaimDirection::UnitToCommunity,
            PartyKind::Community => ClaimDirection::CommunityToUnit,
        };
        Self { claimant: claimant.id, owner: owner.id, direction, kind }
    }

    /// The party on a side; none for the clock.
    pub(super) const fn party(&self, side: Side) -> Option<Uuid> {
        match side {
            Side::Claimant => Some(self.claimant),
            Side::Owner => Some(self.owner),
            Side::Provider => Some(self.provider()),
            Side::Receiver => Some(self.receiver()),
            Side::Clock | Side::Either | Side::ReceiverOrClock | Side::Addressee | Side::AddresseeOrClaimant => None,
        }
    }

    pub(super) const fn community(&self) -> Uuid {
        match self.direction {
            ClaimDirection::UnitToCommunity => self.owner,
            ClaimDirection::CommunityToUnit => self.claimant,
        }
    }

    pub(super) const fn unit(&self) -> Uuid {
        match self.direction {
            ClaimDirection::UnitToCommunity => self.claimant,
            ClaimDirection::CommunityToUnit => self.owner,
        }
    }

    pub(super) const fn provider(&self) -> Uuid {
        if claimant_provides(self.kind) { self.claimant } else { self.owner }
    }

    pub(super) const fn receiver(&self) -> Uuid {
        if claimant_provides(self.kind) { self.owner } else { self.claimant }
    }

    /// Whose move it is.
    pub(super) const fn awaiting(&self, status: ClaimStatus) -> Option<Uuid> {
        match status {
            ClaimStatus::Proposed => Some(self.owner),
            ClaimStatus::Accepted | ClaimStatus::InProgress => Some(self.provider()),
            ClaimStatus::Delivered => Some(self.receiver()),
            _ => None,
        }
    }
}
