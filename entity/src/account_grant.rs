//! Grants (授权): what an account is, and where.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

crate::choice::choice! {
    /// What somebody is, somewhere (角色).
    Role {
        /// Liaison of a unit (单位联络员)
        UnitLiaison,
        /// Staff of a community (社区工作者)
        CommunityStaff,
        /// Worker of a grid (网格员)
        GridWorker,
        /// A person who checks in where they live (党员)
        Member,
        /// Manager of an area and all below (区域管理员)
        AreaManager,
        /// Analyst of an area and all below (分析员)
        Analyst,
        /// Administrator of everything (系统管理员)
        Admin,
    }
}

/// A grant.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_grant")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub account_id: Uuid,
    /// What it makes of them.
    pub role: Role,
    /// Where: a party.
    pub party_id: Option<Uuid>,
    /// Where: a person.
    pub member_id: Option<Uuid>,
    /// Where: an area and all below.
    pub area_id: Option<Uuid>,
    /// The path of that area; the database keeps it true.
    pub area_path: Option<String>,
    /// Who granted it; none for the command line.
    pub granted_by_id: Option<Uuid>,
    /// When.
    pub granted_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// Whose.
    #[sea_orm(belongs_to, relation_enum = "Account", from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
