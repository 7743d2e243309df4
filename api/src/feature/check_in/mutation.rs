//! The mutations of check-ins.

use async_graphql::{Context, ID, InputObject, Object};
use entity::{check_in, member_check_in};
use sea_orm::prelude::Uuid;

use super::actions::{self, Person, Step};
use super::rules::CheckInAction;
use super::types::CheckIn;
use crate::access::payload::{mutate, payload};
use crate::access::steps::as_party;
use crate::feature::member::MemberCheckIn;
use crate::feature::party::ContactInput;
use crate::feature::party::input::LONGEST_NAME;
use crate::kernel::error::Result;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, message};
use crate::kernel::text::{optional_lines, required};

/// How long a note may be, in characters.
const LONGEST_NOTE: usize = 2_000;
/// How many specialities a person may have.
const MOST_SPECIALITIES: usize = 20;

payload! {
    /// What became of a mutation of a unit's check-in.
    CheckInPayload {
        /// The check-in as it is now; null where it was refused.
        check_in: CheckIn = check_in::Entity
    }
}

payload! {
    /// What became of a mutation of a person's check-in.
    MemberCheckInPayload {
        /// The check-in as it is now; null where it was refused.
        member_check_in: MemberCheckIn = member_check_in::Entity
    }
}

/// Check a unit in to a community (单位报到).
#[derive(Clone, Debug, InputObject)]
pub struct CheckInInput {
    /// The unit.
    unit_id: ID,
    /// The community.
    community_id: ID,
    /// The compound, grid or building in it that the unit takes on (包联); absent: all of it.
    area_id: Option<ID>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Check a person in to the community in which they live (党员报到).
#[derive(Clone, Debug, InputObject)]
pub struct CheckInMemberInput {
    /// Who, where the person is known; else say their name.
    member_id: Option<ID>,
    /// Who, where the person is not known yet: name and phone. Staff of the community alone register persons.
    person: Option<ContactInput>,
    /// Of a person who is not known yet: where they work, if that takes part.
    unit_id: Option<ID>,
    /// Of a person who is not known yet: what they are good at (特长).
    specialities: Option<Vec<String>>,
    /// The community.
    community_id: ID,
    /// The building of it in which they live; absent: not said.
    area_id: Option<ID>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Declares the input of a step on a check-in.
macro_rules! step_input {
    ($($(#[$meta:meta])* $name:ident = $action:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, InputObject)]
        pub struct $name {
            /// The check-in.
            id: ID,
            /// For which party. Needed only by who acts for both sides.
            as_party_id: Option<ID>,
            /// The version that was read: refused with CONFLICT where it is another now.
            if_version: Option<i32>,
            /// What to say of it, in the audit log.
            note: Option<String>,
            /// The same key and input has one effect, for 24 hours.
            idempotency_key: Option<String>,
        }

        impl $name {
            fn step(&self, table: Table) -> Result<Step, Refusal> {
                Ok(Step {
                    id: table.key(&self.id).ok_or_else(|| Refusal::not_found("id"))?,
                    action: CheckInAction::$action,
                    party: as_party(self.as_party_id.as_ref())?,
                    if_version: self.if_version,
                    note: optional_lines("note", self.note.clone(), LONGEST_NOTE)?,
                })
            }
        }
    )+};
}

step_input! {
    /// Confirm a unit's check-in.
    ConfirmCheckInInput = Confirm;
    /// Reject a unit's check-in.
    RejectCheckInInput = Reject;
    /// Take a unit's check-in back.
    WithdrawCheckInInput = Withdraw;
    /// End a unit's check-in.
    EndCheckInInput = End;
    /// Confirm a person's check-in.
    ConfirmMemberCheckInInput = Confirm;
    /// Reject a person's check-in.
    RejectMemberCheckInInput = Reject;
    /// Take a person's check-in back.
    WithdrawMemberCheckInInput = Withdraw;
    /// End a person's check-in.
    EndMemberCheckInInput = End;
}

/// What can be done to check-ins.
#[derive(Debug, Default)]
pub struct CheckInMutation;

/// What can be done to check-ins.
#[Object]
impl CheckInMutation {
    /// Checks a unit in to a community (单位报到): by its liaison; the community answers.
    async fn check_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which unit, and where to.")] input: CheckInInput,
    ) -> Option<Result<CheckInPayload>> {
        let input = &input;
        mutate(context, |tx| async move {
            let (unit, community) = (key(&input.unit_id, "unitId")?, key(&input.community_id, "communityId")?);
            actions::check_in(&tx, unit, community, area(input.area_id.as_ref())?).await
        })
        .await
    }

    /// Confirms a unit's check-in: by the community.
    async fn confirm_check_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which check-in.")] input: ConfirmCheckInInput,
    ) -> Option<Result<CheckInPayload>> {
        take(context, input.step(Table::CheckIn)).await
    }

    /// Rejects a unit's check-in (退回): by the community.
    async fn reject_check_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which check-in.")] input: RejectCheckInInput,
    ) -> Option<Result<CheckInPayload>> {
        take(context, input.step(Table::CheckIn)).await
    }

    /// Takes a unit's check-in back before it is answered (撤回报到): by the unit.
    async fn withdraw_check_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which check-in.")] input: WithdrawCheckInInput,
    ) -> Option<Result<CheckInPayload>> {
        take(context, input.step(Table::CheckIn)).await
    }

    /// Ends a unit's check-in: by either side. What was claimed goes on.
    async fn end_check_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which check-in.")] input: EndCheckInInput,
    ) -> Option<Result<CheckInPayload>> {
        take(context, input.step(Table::CheckIn)).await
    }

    /// Checks a person in to the community in which they live (党员报到): by themselves, or by its staff.
    async fn check_in_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who, and where to.")] input: CheckInMemberInput,
    ) -> Option<Result<MemberCheckInPayload>> {
        let input = &input;
        mutate(context, |tx| async move {
            let community = key(&input.community_id, "communityId")?;
            actions::check_in_member(&tx, person(input)?, community, area(input.area_id.as_ref())?).await
        })
        .await
    }

    /// Confirms a person's check-in: by the community.
    async fn confirm_member_check_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which check-in.")] input: ConfirmMemberCheckInInput,
    ) -> Option<Result<MemberCheckInPayload>> {
        take_for_member(context, input.step(Table::MemberCheckIn)).await
    }

    /// Rejects a person's check-in: by the community.
    async fn reject_member_check_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which check-in.")] input: RejectMemberCheckInInput,
    ) -> Option<Result<MemberCheckInPayload>> {
        take_for_member(context, input.step(Table::MemberCheckIn)).await
    }

    /// Takes a person's check-in back before it is answered: by themselves.
    async fn withdraw_member_check_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which check-in.")] input: WithdrawMemberCheckInInput,
    ) -> Option<Result<MemberCheckInPayload>> {
        take_for_member(context, input.step(Table::MemberCheckIn)).await
    }

    /// Ends a person's check-in: by themselves, or by the community.
    async fn end_member_check_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which check-in.")] input: EndMemberCheckInInput,
    ) -> Option<Result<MemberCheckInPayload>> {
        take_for_member(context, input.step(Table::MemberCheckIn)).await
    }
}

async fn take(context: &Context<'_>, step: Result<Step, Refusal>) -> Option<Result<CheckInPayload>> {
    let step = &step;
    mutate(context, |tx| async move { actions::take(&tx, &step.clone()?).await }).await
}

async fn take_for_member(context: &Context<'_>, step: Result<Step, Refusal>) -> Option<Result<MemberCheckInPayload>> {
    let step = &step;
    mutate(context, |tx| async move { actions::take_for_member(&tx, &step.clone()?).await }).await
}

fn key(id: &ID, field: &str) -> Result<Uuid, Refusal> {
    Table::Party.key(id).ok_or_else(|| Refusal::not_found(field))
}

fn area(id: Option<&ID>) -> Result<Option<Uuid>, Refusal> {
    id.map(|id| Table::Area.key(id).ok_or_else(|| Refusal::not_found("areaId"))).transpose()
}

fn person(input: &CheckInMemberInput) -> Result<Person, Refusal> {
    let Some(person) = input.person.clone() else {
        let known = input.member_id.as_ref().ok_or_else(|| {
            Refusal::invalid("memberId", message!("say who: memberId or person", "请填写 memberId 或 person"))
        })?;
        return Ok(Person::Known(Table::Member.key(known).ok_or_else(|| Refusal::not_found("memberId"))?));
    };
    if input.member_id.is_some() {
        let message = message!("memberId or person, not both", "memberId 与 person 只能填写一项");
        return Err(Refusal::invalid("person", message));
    }
    let (name, phone) = person.read("person")?;
    let name = required("person", name.unwrap_or_default(), LONGEST_NAME)?;
    let specialities = input.specialities.clone().unwrap_or_default();
    if specialities.len() > MOST_SPECIALITIES {
        let message = message!("at most {MOST_SPECIALITIES}", "最多 {MOST_SPECIALITIES} 项");
        return Err(Refusal::invalid("specialities", message));
    }
    let specialities = specialities.into_iter().map(|word| required("specialities", word, LONGEST_NAME));
    Ok(Person::New {
        name,
        phone,
        unit: input.unit_id.as_ref().map(|id| key(id, "unitId")).transpose()?,
        specialities: specialities.collect::<Result<_, _>>()?,
    })
}
