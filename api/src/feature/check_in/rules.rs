//! Who may take which step on a check-in: pure.

use async_graphql::Enum;
use entity::check_in::CheckInStatus;
use sea_orm::EnumIter;
use sea_orm::prelude::Uuid;

use crate::access::steps::Steps;
use crate::feature::claim::rules::which_party;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, UserErrorCode, message};

/// What can be done to a check-in (报到动作).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, EnumIter)]
pub enum CheckInAction {
    /// Confirm it (确认)
    Confirm,
    /// Reject it (退回)
    Reject,
    /// Take it back before it is answered (撤回): whoever checked in
    Withdraw,
    /// End it (结束)
    End,
}

/// Who may take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The community.
    Host,
    /// Whoever checks in.
    Guest,
    /// Either of the two.
    Either,
}

/// The whole table: action, who takes it, from, to. What was taken back has ended before it began.
pub const TABLE: &[(CheckInAction, Side, CheckInStatus, CheckInStatus)] = &[
    (CheckInAction::Confirm, Side::Host, CheckInStatus::Pending, CheckInStatus::Confirmed),
    (CheckInAction::Reject, Side::Host, CheckInStatus::Pending, CheckInStatus::Rejected),
    (CheckInAction::Withdraw, Side::Guest, CheckInStatus::Pending, CheckInStatus::Ended),
    (CheckInAction::End, Side::Either, CheckInStatus::Confirmed, CheckInStatus::Ended),
];

/// What is known of a check-in and of whoever would take a step on it.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Which check-in: its table and key.
    pub check_in: (Table, Uuid),
    /// Where it stands.
    pub status: CheckInStatus,
    /// Who checks in, where that is a party, and whether they act for it. A person acts for themselves.
    pub guest: (Option<Uuid>, bool),
    /// The community, and whether they act for it.
    pub host: (Uuid, bool),
}

impl Standing {
    /// Where a step leads, and for which party it is taken; none for a person.
    ///
    /// # Errors
    /// `FORBIDDEN`, `WHICH_PARTY`, or `INVALID_TRANSITION` where it does not start from where the check-in stands.
    pub fn step(&self, action: CheckInAction, named: Option<Uuid>) -> Result<(Option<Uuid>, CheckInStatus), Refusal> {
        let is_host = self.side(named)?;
        let Some((_, side, from, to)) = TABLE.iter().find(|(step, ..)| *step == action) else {
            return Err(Refusal::forbidden());
        };
        if *side == if is_host { Side::Guest } else { Side::Host } {
            return Err(Refusal::forbidden());
        }
        if *from != self.status {
            let (doing, chinese_doing) = match action {
                CheckInAction::Confirm => ("confirmed", "确认"),
                CheckInAction::Reject => ("rejected", "退回"),
                CheckInAction::Withdraw => ("withdrawn", "撤回"),
                CheckInAction::End => ("ended", "结束"),
            };
            let (standing, chinese_standing) = match self.status {
                CheckInStatus::Pending => ("waits to be confirmed", "待确认"),
                CheckInStatus::Confirmed => ("is confirmed", "已确认"),
                CheckInStatus::Rejected => ("was rejected", "已退回"),
                CheckInStatus::Ended => ("has ended", "已结束"),
            };
            let message =
                message!("a check-in that {standing} cannot be {doing}", "报到{chinese_standing}，不能{chinese_doing}");
            let (table, key) = self.check_in;
            return Err(Refusal::new(UserErrorCode::InvalidTransition, message).on(table, key));
        }
        Ok((if is_host { Some(self.host.0) } else { self.guest.0 }, *to))
    }

    /// Whether the step is taken for the community.
    ///
    /// # Errors
    /// `FORBIDDEN` or `WHICH_PARTY`.
    pub(super) fn side(&self, named: Option<Uuid>) -> Result<bool, Refusal> {
        match (named, self.guest, self.host) {
            (Some(named), _, (host, true)) if named == host => Ok(true),
            (Some(named), (Some(guest), true), _) if named == guest => Ok(false),
            (Some(_), ..) => Err(Refusal::forbidden().at("asPartyId")),
            (None, (Some(guest), true), (host, true)) => Err(which_party(&[guest, host])),
            (None, _, (_, true)) => Ok(true),
            (None, (_, true), _) => Ok(false),
            (None, ..) => Err(Refusal::forbidden()),
        }
    }
}

impl Steps for Standing {
    type Action = CheckInAction;

    fn parties(&self) -> Vec<Option<Uuid>> {
        vec![self.guest.0, Some(self.host.0)]
    }

    fn check(&self, action: CheckInAction, named: Option<Uuid>) -> Result<(), Refusal> {
        self.step(action, named).map(|_| ())
    }
}
