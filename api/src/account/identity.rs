//! From a token to who asks: the account behind it and what it was granted, read anew for every request, so that a grant revoked
//! or an account disabled counts at once.

use std::sync::Arc;

use entity::account_grant::Role;
use entity::{Timestamp, access_token, account, account_grant};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::kernel::error::{Error, Result};
use crate::kernel::viewer::{GrantScope, Granted, SignedIn, Viewer};

/// What a personal access token begins with, so that people and scanners know one when they see one.
pub const ACCESS_TOKEN: &str = "cobuild_";

/// SHA-256 of a token, in hex: what the database keeps of it.
#[must_use]
pub fn hash(token: &str) -> String {
    format!("{:x}", Sha256::digest(token))
}

/// Who a token is.
///
/// # Errors
/// Where it is none, not any more, or its account is shut out; or the database fails.
pub async fn of_token(app: &App, token: &str) -> Result<Viewer> {
    if token.starts_with(ACCESS_TOKEN) {
        return of_access_token(&app.database().reader, app.clock().now(), token).await;
    }
    Err(void())
}

/// Who a personal access token is.
///
/// # Errors
/// Where it is none, not any more, or its account is shut out; or the database fails.
pub async fn of_access_token(database: &DatabaseConnection, now: Timestamp, token: &str) -> Result<Viewer> {
    let found = access_token::Entity::find()
        .filter(access_token::Column::Hash.eq(hash(token)))
        .filter(access_token::Column::RevokedAt.is_null())
        .filter(access_token::Column::ExpiresAt.gt(now))
        .one(database)
        .await?;
    let token = found.ok_or_else(void)?;
    let may_write = token.may_write;
    of_account(database, now, token.account_id, |grants| SignedIn {
        account: token.account_id,
        session: None,
        may_write,
        grants,
    })
    .await
}

/// Who an account is, unless it is shut out: one statement for it and its grants.
///
/// # Errors
/// Where there is no such account, or it is disabled; or the database fails.
pub async fn of_account(
    database: &DatabaseConnection,
    now: Timestamp,
    account: Uuid,
    build: impl FnOnce(Vec<Granted>) -> SignedIn,
) -> Result<Viewer> {
    let rows = account::Entity::find_by_id(account)
        .filter(Expr::col((account::Entity, account::Column::IsDisabled)).eq(false))
        .find_also_related(account_grant::Entity)
        .all(database)
        .await?;
    if rows.is_empty() {
        return Err(void());
    }
    let grants = rows.into_iter().filter_map(|(_, grant)| grant);
    let grants = grants.filter(|grant| grant.expires_at.is_none_or(|end| end > now)).filter_map(granted).collect();
    Ok(Viewer::SignedIn(Arc::new(build(grants))))
}

fn granted(grant: account_grant::Model) -> Option<Granted> {
    let scope = match grant.role {
        Role::UnitLiaison | Role::CommunityStaff => GrantScope::Party(grant.party_id?),
        Role::Member => GrantScope::Member(grant.member_id?),
        Role::GridWorker | Role::AreaManager | Role::Analyst => GrantScope::Area(grant.area_path?),
        Role::Admin => GrantScope::Everywhere,
    };
    Some(Granted { role: grant.role, scope })
}

/// The same words for every token that is not good, whatever is wrong with it.
pub fn void() -> Error {
    Error::Unauthenticated("this token is not valid, or not any more: sign in again".into())
}
