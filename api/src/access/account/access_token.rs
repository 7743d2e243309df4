//! Personal access tokens (访问令牌): made, shown once, revoked.

use entity::{Timestamp, access_token};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::identity::hash;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::Stop;
use crate::kernel::write::{Changes, Tx};

/// A personal access token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// The token itself.
    pub token: String,
    /// Whether it may change anything.
    pub may_write: bool,
    /// When it is void.
    pub expires_at: Timestamp,
}

/// Makes a token for an account.
///
/// # Errors
/// Where the database fails.
pub async fn create(tx: &Tx, account: Uuid, new: NewToken) -> Result<Uuid, Stop> {
    let changes =
        Changes::default().new("name", &new.name).new("mayWrite", new.may_write).new("expiresAt", new.expires_at);
    let id = tx.key();
    let row = access_token::ActiveModel {
        id: Set(id),
        account_id: Set(account),
        name: Set(new.name),
        hash: Set(hash(&new.token)),
        may_write: Set(new.may_write),
        created_at: Set(tx.now),
        expires_at: Set(new.expires_at),
        revoked_at: Set(None),
    };
    access_token::Entity::insert(row).exec_without_returning(&tx.connection).await?;
    tx.audit((Table::AccessToken, id), None, &changes);
    Ok(id)
}

/// Revokes a token; one that is revoked already stays so.
///
/// # Errors
/// Where the database fails.
pub async fn revoke(tx: &Tx, token: Uuid) -> Result<(), Stop> {
    let revoke = access_token::Entity::update_many()
        .col_expr(access_token::Column::RevokedAt, Expr::value(tx.now))
        .filter(access_token::Column::Id.eq(token))
        .filter(access_token::Column::RevokedAt.is_null());
    if revoke.exec(&tx.connection).await?.rows_affected > 0 {
        tx.audit((Table::AccessToken, token), None, &Changes::default().new("revokedAt", tx.now));
    }
    Ok(())
}
