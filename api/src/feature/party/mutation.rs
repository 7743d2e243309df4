//! The mutations of parties.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::party::{self, CommitteeKind, PartyKind, UnitKind, UnitLevel};
use sea_orm::prelude::Uuid;

use super::actions;
use super::input::{ContactInput, PointInput};
use super::profile::Profile;
use super::types::{Community, Unit};
use crate::access::payload::{mutate, payload};
use crate::kernel::error::Result;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::Refusal;
use crate::kernel::say::Says;

payload! {
    /// What became of a mutation of a unit.
    UnitPayload {
        /// The unit as it is now; null where it was refused.
        unit: Unit = party::Entity
    }
}

payload! {
    /// What became of a mutation of a community.
    CommunityPayload {
        /// The community as it is now; null where it was refused.
        community: Community = party::Entity
    }
}

/// Register a unit (登记单位).
#[derive(Clone, Debug, InputObject)]
pub struct CreateUnitInput {
    /// Name.
    name: String,
    /// Its home.
    area_id: ID,
    /// What kind of organisation.
    kind: UnitKind,
    /// Short name.
    short_name: Option<String>,
    /// Unified social credit code (统一社会信用代码, GB 32100-2015).
    credit_code: Option<String>,
    /// The level it answers to.
    level: Option<UnitLevel>,
    /// Party members.
    member_count: Option<i32>,
    /// Street address.
    address: Option<String>,
    /// Where on the map.
    location: Option<PointInput>,
    /// Whom to call.
    contact: Option<ContactInput>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Change a unit's profile: what is absent stays, null empties.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateUnitInput {
    /// The unit.
    id: ID,
    /// The version that was read: refused with CONFLICT where it is another now.
    if_version: i32,
    /// Name; never empty.
    name: MaybeUndefined<String>,
    /// Its home; never empty.
    area_id: MaybeUndefined<ID>,
    /// What kind of organisation; never empty.
    kind: MaybeUndefined<UnitKind>,
    /// Short name.
    short_name: MaybeUndefined<String>,
    /// Unified social credit code (统一社会信用代码, GB 32100-2015).
    credit_code: MaybeUndefined<String>,
    /// The level it answers to.
    level: MaybeUndefined<UnitLevel>,
    /// Party members.
    member_count: MaybeUndefined<i32>,
    /// Street address.
    address: MaybeUndefined<String>,
    /// Where on the map.
    location: MaybeUndefined<PointInput>,
    /// Whom to call.
    contact: MaybeUndefined<ContactInput>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Change a community's profile: what is absent stays, null empties. Its name and its place are its area's.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateCommunityInput {
    /// The community.
    id: ID,
    /// The version that was read: refused with CONFLICT where it is another now.
    if_version: i32,
    /// What kind of committee runs it; never empty.
    committee_kind: MaybeUndefined<CommitteeKind>,
    /// Residents.
    population: MaybeUndefined<i32>,
    /// Households.
    households: MaybeUndefined<i32>,
    /// Paid staff.
    staff_count: MaybeUndefined<i32>,
    /// Its secretary.
    secretary: MaybeUndefined<ContactInput>,
    /// Street address.
    address: MaybeUndefined<String>,
    /// Where on the map.
    location: MaybeUndefined<PointInput>,
    /// Whom to call.
    contact: MaybeUndefined<ContactInput>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// What can be done to parties.
#[derive(Debug, Default)]
pub struct PartyMutation;

/// What can be done to parties.
#[Object]
impl PartyMutation {
    /// Registers a unit (登记单位): by those who keep the units of its home.
    async fn create_unit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is known of it.")] input: CreateUnitInput,
    ) -> Option<Result<UnitPayload>> {
        let input = &input;
        mutate(context, |tx| async move { actions::create_unit(&tx, &input.area_id, created(input.clone())).await })
            .await
    }

    /// Changes a unit's profile: by those who act for it, or keep the units of its home. It is moved by those who keep the units of its
    /// home, old and new.
    async fn update_unit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which unit, and what changes.")] input: UpdateUnitInput,
    ) -> Option<Result<UnitPayload>> {
        let input = &input;
        mutate(context, |tx| async move {
            let profile = updated_unit(input.clone());
            actions::update(&tx, PartyKind::Unit, party(&input.id)?, input.if_version, profile).await
        })
        .await
    }

    /// Changes a community's profile: by those who act for it.
    async fn update_community(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which community, and what changes.")] input: UpdateCommunityInput,
    ) -> Option<Result<CommunityPayload>> {
        let input = &input;
        mutate(context, |tx| async move {
            let profile = updated_community(input.clone());
            actions::update(&tx, PartyKind::Community, party(&input.id)?, input.if_version, profile).await
        })
        .await
    }
}

fn party(id: &ID) -> Result<Uuid, Refusal> {
    Table::Party.key(id).ok_or_else(|| Refusal::not_found("id"))
}

fn created(input: CreateUnitInput) -> Profile {
    Profile {
        name: Some(Some(input.name)),
        kind: Some(Some(input.kind)),
        short_name: input.short_name.said(),
        credit_code: input.credit_code.said(),
        level: input.level.said(),
        member_count: input.member_count.said(),
        address: input.address.said(),
        location: input.location.said(),
        contact: input.contact.said(),
        ..Profile::default()
    }
}

fn updated_unit(input: UpdateUnitInput) -> Profile {
    Profile {
        name: input.name.said(),
        area_id: input.area_id.said(),
        kind: input.kind.said(),
        short_name: input.short_name.said(),
        credit_code: input.credit_code.said(),
        level: input.level.said(),
        member_count: input.member_count.said(),
        address: input.address.said(),
        location: input.location.said(),
        contact: input.contact.said(),
        ..Profile::default()
    }
}

fn updated_community(input: UpdateCommunityInput) -> Profile {
    Profile {
        committee_kind: input.committee_kind.said(),
        population: input.population.said(),
        households: input.households.said(),
        staff_count: input.staff_count.said(),
        secretary: input.secretary.said(),
        address: input.address.said(),
        location: input.location.said(),
        contact: input.contact.said(),
        ..Profile::default()
    }
}
