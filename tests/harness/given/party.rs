//! Parties, members and their check-ins.

use entity::area::{self, AreaLevel};
use entity::check_in::{self, CheckInStatus};
use entity::party::{self, CommitteeKind, PartyKind, PartyStatus, UnitKind};
use entity::{Timestamp, member, member_check_in, past_home};
use sea_orm::prelude::Uuid;

use super::{Given, Row, Written, all, insert};

impl Given {
    /// A community in an area of its own.
    pub fn community(&self, name: &str) -> Row<party::Model> {
        self.party(PartyKind::Community, name).with(|row| row.committee_kind = Some(CommitteeKind::ResidentsCommittee))
    }

    /// A unit at home in the district.
    pub fn unit(&self, name: &str) -> Row<party::Model> {
        self.party(PartyKind::Unit, name).with(|row| row.unit_kind = Some(UnitKind::PublicInstitution))
    }

    /// A check-in, not yet answered.
    pub fn check_in(&self, unit: &party::Model, community: &party::Model) -> Row<check_in::Model> {
        self.row(|_, at, id| check_in::Model {
            id,
            unit_id: unit.id,
            community_id: community.id,
            area_id: community.area_id,
            area_path: community.area_path.clone(),
            status: CheckInStatus::Pending,
            requested_at: at,
            since: None,
            until: None,
            version: 1,
            updated_at: at,
        })
    }

    /// A person who works at `unit`.
    pub fn member(&self, unit: &party::Model) -> Row<member::Model> {
        self.row(|serial, at, id| member::Model {
            id,
            name: "王建国".to_owned(),
            phone: Some(phone(serial)),
            unit_id: Some(unit.id),
            specialities: "[]".to_owned(),
            version: 1,
            created_at: at,
            updated_at: at,
            successor_id: None,
        })
    }

    /// A person's check-in, not yet answered.
    pub fn member_check_in(&self, member: &member::Model, community: &party::Model) -> Row<member_check_in::Model> {
        self.row(|_, at, id| member_check_in::Model {
            id,
            member_id: member.id,
            community_id: community.id,
            area_id: community.area_id,
            area_path: community.area_path.clone(),
            status: CheckInStatus::Pending,
            requested_at: at,
            since: None,
            until: None,
            asked_by_staff: false,
            ended_by_staff: true,
            version: 1,
            updated_at: at,
        })
    }

    /// A home that a party had, until now.
    pub fn past_home(&self, party: &party::Model, area: &area::Model) -> Row<past_home::Model> {
        self.row(|_, at, id| past_home::Model {
            id,
            party_id: party.id,
            area_id: area.id,
            area_path: area.path.clone(),
            since: None,
            until: at,
        })
    }

    fn party(&self, kind: PartyKind, name: &str) -> Row<party::Model> {
        self.row(|serial, at, id| party::Model {
            id,
            kind,
            name: name.to_owned(),
            area_id: Uuid::nil(),
            area_path: String::new(),
            address: None,
            longitude: None,
            latitude: None,
            contact_name: Some("李芳".to_owned()),
            contact_phone: Some(phone(serial)),
            committee_kind: None,
            population: None,
            households: None,
            staff_count: None,
            secretary_name: None,
            secretary_phone: None,
            short_name: None,
            credit_code: None,
            unit_kind: None,
            unit_level: None,
            member_count: None,
            version: 1,
            created_at: at,
            updated_at: at,
            ended_at: None,
            successor_id: None,
            status: PartyStatus::Active,
        })
    }
}

impl Row<party::Model> {
    /// Of a unit.
    pub fn kind(self, kind: UnitKind) -> Self {
        self.with(|row| row.unit_kind = Some(kind))
    }

    /// A unit's home; a community's own area, or the one in which its own is to be made.
    pub fn within(self, area: &area::Model) -> Self {
        self.with(|row| row.area_id = area.id)
    }

    pub fn contact(self, name: &str, phone: &str) -> Self {
        self.with(|row| (row.contact_name, row.contact_phone) = (Some(name.to_owned()), Some(phone.to_owned())))
    }
}

/// What the two kinds of check-in share.
macro_rules! check_in {
    ($entity:ident) => {
        impl Row<$entity::Model> {
            pub fn confirmed(self) -> Self {
                self.with(|row| {
                    row.updated_at = later(row.requested_at);
                    (row.status, row.since, row.version) = (CheckInStatus::Confirmed, Some(row.updated_at), 2);
                })
            }

            pub fn rejected(self) -> Self {
                self.with(|row| {
                    row.updated_at = later(row.requested_at);
                    (row.status, row.version) = (CheckInStatus::Rejected, 2);
                })
            }

            /// Confirmed, and over since.
            pub fn ended(self) -> Self {
                self.confirmed().with(|row| {
                    row.updated_at = later(row.updated_at);
                    (row.status, row.until, row.version) = (CheckInStatus::Ended, Some(row.updated_at), 3);
                })
            }

            /// The part of the community that is taken on, or lived in.
            pub fn part(self, area: &area::Model) -> Self {
                self.with(|row| (row.area_id, row.area_path) = (area.id, area.path.clone()))
            }
        }
    };
}
check_in!(check_in);
check_in!(member_check_in);

impl Written for party::Model {
    async fn write(mut self, given: Given) -> Self {
        let mut area = match (self.area_id.is_nil(), self.kind) {
            (false, _) => given.area_by_id(self.area_id).await,
            (true, PartyKind::Community) => given.street().await,
            (true, PartyKind::Unit) => given.district().await,
        };
        if self.kind == PartyKind::Community && area.level != AreaLevel::Community {
            area = given.area(&area, AreaLevel::Community).name(&self.name).await;
        }
        (self.area_id, self.area_path) = (area.id, area.path);
        insert(&given.database.writer, all(self)).await
    }
}

fn phone(serial: u32) -> String {
    format!("138{serial:08}")
}

fn later(moment: Timestamp) -> Timestamp {
    moment.plus(100)
}
