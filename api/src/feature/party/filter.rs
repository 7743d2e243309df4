//! What parties may be asked by. Contacts may not: a filter on a masked phone number would tell it.

use entity::party::{self, CommitteeKind, PartyKind, PartyStatus, UnitKind, UnitLevel};
use entity::{area, claim, list_item};
use sea_orm::sea_query::{Expr, ExprTrait};

use super::credit_code::normal;
use super::former_name::FormerNamesOp;
use crate::access::roles::{self, Permission};
use crate::feature::area::{AreaFilter, placed};
use crate::feature::check_in::{self, CheckInsOp};
use crate::feature::claim::ClaimsOp;
use crate::feature::list_item::ListItemsOp;
use crate::kernel::filter::{
    Filter, IdOp, IntOp, Operators, StringOp, choice_operators, column, filter, flag, id, many, quantified, spelled,
};
use crate::kernel::global_id::Table;
use crate::kernel::order::{declared, optional, order, text};
use crate::kernel::scope::{Scope, all};
use crate::kernel::text::code as plain;

choice_operators! {
    /// Operators on the kind of a community's committee.
    CommitteeKindOp of CommitteeKind;
    /// Operators on whether a party is there still.
    PartyStatusOp of PartyStatus;
    /// Operators on a unit's kind.
    UnitKindOp of UnitKind;
    /// Operators on a unit's level.
    UnitLevelOp of UnitLevel;
}

quantified! {
    /// Communities that hang on something.
    CommunitiesOp of CommunityFilter
}
quantified! {
    /// Units that hang on something.
    UnitsOp of UnitFilter
}

filter! {
    /// Which parties: communities and units.
    PartyFilter {
        /// By id.
        id: IdOp = id(Table::Party),
        /// By name.
        name: StringOp = column(party::Column::Name),
        /// By what it was called before, and whom it took over from.
        former_names: FormerNamesOp = many::<entity::former_name::Entity, _>(|at, row| row.column(entity::former_name::Column::PartyId).eq(at.id())),
        /// By whether it is there still.
        status: PartyStatusOp = column(party::Column::Status),
        /// By where it stands.
        area: AreaFilter = placed(party::Column::AreaId, party::Column::AreaPath),
        /// A community, and this one.
        community: CommunityFilter = of_kind(PartyKind::Community),
        /// A unit, and this one.
        unit: UnitFilter = of_kind(PartyKind::Unit),
        /// Those that the viewer acts for, or those that they do not.
        mine: bool = flag(|at| roles::holds(at, Permission::ActFor)),
    }
}

filter! {
    /// Which communities.
    CommunityFilter {
        /// By id.
        id: IdOp = id(Table::Party),
        /// By division code (区划代码).
        code: StringOp = |at: Scope<'_>, code: &StringOp| at.exists::<area::Entity>(|area| {
            area.id().eq(at.column(party::Column::AreaId)).and(code.spelled(plain).on(area.column(area::Column::Code), area))
        }),
        /// By name.
        name: StringOp = column(party::Column::Name),
        /// By what it was called before, and whom it took over from.
        former_names: FormerNamesOp = many::<entity::former_name::Entity, _>(|at, row| row.column(entity::former_name::Column::PartyId).eq(at.id())),
        /// By whether it is there still.
        status: PartyStatusOp = column(party::Column::Status),
        /// By its area.
        area: AreaFilter = placed(party::Column::AreaId, party::Column::AreaPath),
        /// By the kind of its committee.
        committee_kind: CommitteeKindOp = column(party::Column::CommitteeKind),
        /// By residents.
        population: IntOp = column(party::Column::Population),
        /// By households.
        households: IntOp = column(party::Column::Households),
        /// By paid staff.
        staff_count: IntOp = column(party::Column::StaffCount),
        /// By the units whose check-in is confirmed.
        units: UnitsOp = many::<party::Entity, _>(|community, unit| check_in::is_checked_in(unit, community.id())),
        /// By its check-ins.
        check_ins: CheckInsOp = many::<entity::check_in::Entity, _>(|at, row| row.column(entity::check_in::Column::CommunityId).eq(at.id())),
        /// By what it listed.
        list_items: ListItemsOp = many::<list_item::Entity, _>(|at, row| row.column(list_item::Column::OwnerId).eq(at.id())),
        /// By the claims on either side of it.
        claims: ClaimsOp = many::<claim::Entity, _>(|at, row| row.column(claim::Column::CommunityId).eq(at.id())),
    }
}

filter! {
    /// Which units.
    UnitFilter {
        /// By id.
        id: IdOp = id(Table::Party),
        /// By name.
        name: StringOp = column(party::Column::Name),
        /// By what it was called before, and whom it took over from.
        former_names: FormerNamesOp = many::<entity::former_name::Entity, _>(|at, row| row.column(entity::former_name::Column::PartyId).eq(at.id())),
        /// By whether it is there still.
        status: PartyStatusOp = column(party::Column::Status),
        /// By short name.
        short_name: StringOp = column(party::Column::ShortName),
        /// By unified social credit code (统一社会信用代码).
        credit_code: StringOp = spelled(party::Column::CreditCode, normal),
        /// By kind.
        kind: UnitKindOp = column(party::Column::UnitKind),
        /// By the level it answers to.
        level: UnitLevelOp = column(party::Column::UnitLevel),
        /// By party members.
        member_count: IntOp = column(party::Column::MemberCount),
        /// By its home.
        area: AreaFilter = placed(party::Column::AreaId, party::Column::AreaPath),
        /// By the communities that have confirmed its check-in.
        communities: CommunitiesOp = many::<party::Entity, _>(|unit, community| check_in::has_confirmed(community, unit.id())),
        /// By its check-ins.
        check_ins: CheckInsOp = many::<entity::check_in::Entity, _>(|at, row| row.column(entity::check_in::Column::UnitId).eq(at.id())),
        /// By what it listed.
        list_items: ListItemsOp = many::<list_item::Entity, _>(|at, row| row.column(list_item::Column::OwnerId).eq(at.id())),
        /// By the claims on either side of it.
        claims: ClaimsOp = many::<claim::Entity, _>(|at, row| row.column(claim::Column::UnitId).eq(at.id())),
    }
}

/// A line of a filter: the party is of this kind, and the kind's own filter holds of it.
fn of_kind<F: Filter>(kind: PartyKind) -> impl Fn(Scope<'_>, &F) -> Expr {
    move |at, filter| all([at.column(party::Column::Kind).eq(kind.literal()), filter.condition(at)])
}

order! {
    /// How parties are ordered.
    PartyOrder by PartyOrderField, usually [Name] Asc {
        /// Name, by code point
        Name = text(party::Column::Name),
        /// Where it stands in the tree of areas, by code
        Place = text(party::Column::AreaPath),
    }
}

order! {
    /// How communities are ordered.
    CommunityOrder by CommunityOrderField, usually [Place] Asc {
        /// Where it stands in the tree of areas, by code
        Place = text(party::Column::AreaPath),
        /// Name, by code point
        Name = text(party::Column::Name),
        /// Residents
        Population = optional(party::Column::Population),
        /// Households
        Households = optional(party::Column::Households),
        /// Paid staff
        StaffCount = optional(party::Column::StaffCount),
    }
}

order! {
    /// How units are ordered.
    UnitOrder by UnitOrderField, usually [Name] Asc {
        /// Name, by code point
        Name = text(party::Column::Name),
        /// Where its home stands in the tree of areas, by code
        Place = text(party::Column::AreaPath),
        /// Kind, as declared
        Kind = declared::<UnitKind>(party::Column::UnitKind),
        /// Party members
        MemberCount = optional(party::Column::MemberCount),
    }
}
