//! Parties (参与方): whoever can own list items and claim. Communities and units are the two kinds.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

crate::choice::choice! {
    /// What kind of party it is.
    PartyKind {
        /// Community (社区)
        Community,
        /// Resident unit (驻区单位)
        Unit,
    }
}

crate::choice::choice! {
    /// What kind of committee runs a community.
    CommitteeKind {
        /// Residents' committee (居委会)
        ResidentsCommittee,
        /// Village committee (村委会)
        VillageCommittee,
        /// Another body
        Other,
    }
}

crate::choice::choice! {
    /// What kind of organisation a unit is (单位类别).
    UnitKind {
        /// Government body (党政机关)
        Government,
        /// Public institution (事业单位)
        PublicInstitution,
        /// State-owned enterprise (国有企业)
        StateEnterprise,
        /// Private enterprise (民营企业)
        PrivateEnterprise,
        /// Social organisation (社会组织)
        SocialOrganisation,
        /// School (学校)
        School,
        /// Hospital (医院)
        Hospital,
        /// Property manager (物业公司)
        Property,
        /// Anything else (其他)
        Other,
    }
}

crate::choice::choice! {
    /// The administrative level that a unit answers to (隶属层级).
    UnitLevel {
        /// Central (中央)
        Central,
        /// Provincial (省属)
        Provincial,
        /// Of the prefecture city (市属)
        City,
        /// Of the district (区属)
        District,
        /// Of the street (街道)
        Street,
    }
}

crate::choice::choice! {
    /// Whether a party is there still (参与方状态).
    PartyStatus {
        /// It takes part (正常)
        Active,
        /// Closed (已关闭)
        Closed,
        /// Merged into another (已并入)
        Merged,
    }
}

/// A party. Columns of the other kind are null.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "party")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Community or unit.
    pub kind: PartyKind,
    /// Name.
    pub name: String,
    /// A community's area, or a unit's home.
    pub area_id: Uuid,
    /// The path of that area; the database keeps it true.
    pub area_path: String,
    /// Street address.
    pub address: Option<String>,
    /// Degrees east, CGCS2000.
    pub longitude: Option<f64>,
    /// Degrees north, CGCS2000.
    pub latitude: Option<f64>,
    /// Contact's name: personal data.
    pub contact_name: Option<String>,
    /// Contact's phone: personal data.
    pub contact_phone: Option<String>,
    /// Of a community: what kind of committee runs it.
    pub committee_kind: Option<CommitteeKind>,
    /// Of a community: residents.
    pub population: Option<i32>,
    /// Of a community: households.
    pub households: Option<i32>,
    /// Of a community: paid staff.
    pub staff_count: Option<i32>,
    /// Of a community: its secretary's name, personal data.
    pub secretary_name: Option<String>,
    /// Of a community: its secretary's phone, personal data.
    pub secretary_phone: Option<String>,
    /// Of a unit: short name.
    pub short_name: Option<String>,
    /// Of a unit: unified social credit code (GB 32100-2015).
    pub credit_code: Option<String>,
    /// Of a unit: what kind of organisation.
    pub unit_kind: Option<UnitKind>,
    /// Of a unit: the level it answers to.
    pub unit_level: Option<UnitLevel>,
    /// Of a unit: party members.
    pub member_count: Option<i32>,
    /// Counts changes; a writer names the one it read.
    pub version: i32,
    /// When the row was made.
    pub created_at: Timestamp,
    /// When the row last changed.
    pub updated_at: Timestamp,
    /// When it was closed or merged.
    pub ended_at: Option<Timestamp>,
    /// Who took over from it.
    pub successor_id: Option<Uuid>,
    /// Whether it is there still.
    pub status: PartyStatus,
    /// Where it stands.
    #[sea_orm(belongs_to, from = "area_id", to = "id")]
    pub area: BelongsTo<super::area::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
