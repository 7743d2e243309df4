//! Accounts, grants and tokens.

use api::access::account::identity::{ACCESS_TOKEN, hash};
use api::kernel::chain;
use entity::account_grant::{self, Role};
use entity::audit_entry::{self, AuditSource};
use entity::{access_token, account, area, audit_lane, member, party, session};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, EntityTrait};

use super::{Given, Row, Written, all, insert};

impl Given {
    /// An account without a password or a grant.
    pub fn account(&self) -> Row<account::Model> {
        self.row(|serial, at, id| account::Model {
            id,
            username: format!("user{serial}"),
            name: format!("用户{serial}"),
            password_hash: None,
            subject: None,
            is_disabled: false,
            is_demo: false,
            created_by_id: None,
            version: 1,
            created_at: at,
            updated_at: at,
        })
    }

    /// What an account is, everywhere until a scope is named.
    pub fn grant(&self, account: &account::Model, role: Role) -> Row<account_grant::Model> {
        self.row(|_, at, id| account_grant::Model {
            id,
            account_id: account.id,
            role,
            party_id: None,
            member_id: None,
            area_id: None,
            area_path: None,
            granted_by_id: None,
            granted_at: at,
            expires_at: None,
        })
    }

    /// An entry of the audit log.
    pub fn audit_entry(&self, action: &str) -> Row<audit_entry::Model> {
        self.row(|_, at, id| audit_entry::Model {
            id,
            at,
            source: AuditSource::Api,
            actor_id: None,
            on_behalf_of_id: None,
            action: action.to_owned(),
            subject: "nothing".to_owned(),
            changes: "[]".to_owned(),
            request_id: None,
            address: None,
            ..audit_entry::Model::default()
        })
    }

    /// A session, which ends by itself a month later.
    pub fn session(&self, account: &account::Model) -> Row<session::Model> {
        self.row(|_, at, id| session::Model {
            id,
            account_id: account.id,
            created_at: at,
            expires_at: at.plus(30 * 24 * 3_600_000),
            ended_at: None,
            network: None,
        })
    }

    /// A token for reading and writing, good for a year, and the word that it is.
    pub fn access_token(&self, account: &account::Model) -> (String, Row<access_token::Model>) {
        let row = self.row(|serial, at, id| access_token::Model {
            id,
            account_id: account.id,
            name: format!("脚本{serial}"),
            hash: String::new(),
            may_write: true,
            created_at: at,
            expires_at: at.plus(365 * 24 * 3_600_000),
            revoked_at: None,
        });
        let token = format!("{ACCESS_TOKEN}{}", row.id.simple());
        let hash = hash(&token);
        (token, row.with(|row| row.hash = hash))
    }
}

/// What `with_password` makes everybody's password.
pub const PASSWORD: &str = "correct horse battery";

/// Its hash, with as little work as there can be: cases are many.
const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$Y29idWlsZC10ZXN0LXNhbA$K2PV20jbQjRZxG+wXIEIcrWbNiCWyTZAwMvahVWFvAs";

impl Row<account::Model> {
    pub fn called(self, username: &str) -> Self {
        self.with(|row| row.username = username.to_owned())
    }

    /// With `PASSWORD` as its password.
    pub fn with_password(self) -> Self {
        self.with(|row| row.password_hash = Some(HASH.to_owned()))
    }
}

impl Row<account_grant::Model> {
    pub fn on(self, party: &party::Model) -> Self {
        self.with(|row| row.party_id = Some(party.id))
    }

    pub fn within(self, area: &area::Model) -> Self {
        self.with(|row| (row.area_id, row.area_path) = (Some(area.id), Some(area.path.clone())))
    }

    pub fn of(self, member: &member::Model) -> Self {
        self.with(|row| row.member_id = Some(member.id))
    }
}

impl Written for audit_entry::Model {
    /// At the end of the first lane of the chain.
    async fn write(mut self, given: Given) -> Self {
        let transaction = given.database.writer.begin().await.unwrap();
        let lane = audit_lane::Entity::find_by_id(0).one(&transaction).await.unwrap().expect("a lane");
        (self.lane, self.number) = (Some(0), Some(lane.number + 1));
        self.changes_hash = Some(chain::digest(&self.changes));
        let hash = chain::seal(&self, &lane.hash);
        self.hash = Some(hash.clone());
        let end = audit_lane::ActiveModel { lane: Unchanged(0), number: Set(lane.number + 1), hash: Set(hash) };
        end.update(&transaction).await.unwrap();
        let entry = insert(&transaction, all(self)).await;
        transaction.commit().await.unwrap();
        entry
    }
}
