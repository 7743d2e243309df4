//! From a token to who asks: the account behind it and what it was granted, read anew for every request, so that a grant revoked
//! or an account disabled counts at once.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::account_grant::Role;
use entity::{Timestamp, access_token, account, account_grant, session};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, IntoCondition};
use sea_orm::{ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use sha2::{Digest, Sha256};

use super::gate::Gate;
use super::token::Named;
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

/// A new secret that nobody guesses: 256 bits of chance after a word that tells what it is.
#[must_use]
pub fn secret(word: &str) -> String {
    format!("{word}{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
}

/// Who a token is: a script's, one of a session of ours, or one of another identity provider.
///
/// # Errors
/// Where it is none, not any more, or its account is shut out; or the database fails.
pub async fn of_token(app: &App, token: &str) -> Result<Viewer> {
    let (gate, database, now) = (app.gate(), &app.database().reader, app.clock().now());
    if token.starts_with(ACCESS_TOKEN) {
        return of_access_token(gate, database, now, token).await;
    }
    if let Some(issuer) = gate.issuer.as_ref().filter(|issuer| issuer.claims(token)) {
        let subject = issuer.verify(token, now).await.ok_or_else(void)?;
        let account = account::Column::Subject.eq(subject).into_condition();
        return of_account(gate, database, now, account, |account, grants| SignedIn {
            account,
            session: None,
            may_write: true,
            grants,
        })
        .await;
    }
    of_session(gate, database, now, gate.key.verify(token, now).ok_or_else(void)?).await
}

/// Who is in a session: one statement, which looks whether it has ended, too.
///
/// # Errors
/// Where it has ended, or its account is shut out; or the database fails.
pub async fn of_session(gate: &Gate, database: &DatabaseConnection, now: Timestamp, named: Named) -> Result<Viewer> {
    let live = session::Entity::find_by_id(named.session)
        .filter(session::Column::AccountId.eq(named.account))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now));
    let account = Condition::all()
        .add(account::Column::Id.eq(named.account))
        .add(Expr::exists(live.select_only().expr(Expr::val(1)).into_query()));
    of_account(gate, database, now, account, |account, grants| SignedIn {
        account,
        session: Some(named.session),
        may_write: true,
        grants,
    })
    .await
}

/// Who a personal access token is.
///
/// # Errors
/// Where it is none, not any more, or its account is shut out; or the database fails.
pub async fn of_access_token(
    gate: &Gate,
    database: &DatabaseConnection,
    now: Timestamp,
    token: &str,
) -> Result<Viewer> {
    let found = access_token::Entity::find()
        .filter(access_token::Column::Hash.eq(hash(token)))
        .filter(access_token::Column::RevokedAt.is_null())
        .filter(access_token::Column::ExpiresAt.gt(now))
        .one(database)
        .await?;
    let token = found.ok_or_else(void)?;
    let (account, may_write) = (account::Column::Id.eq(token.account_id).into_condition(), token.may_write);
    let build = |account, grants| SignedIn { account, session: None, may_write, grants };
    of_account(gate, database, now, account, build).await
}

/// Who an account is, unless it is shut out: one statement for it and its grants.
async fn of_account(
    gate: &Gate,
    database: &DatabaseConnection,
    now: Timestamp,
    account: Condition,
    build: impl FnOnce(Uuid, Vec<Granted>) -> SignedIn,
) -> Result<Viewer> {
    let rows = account::Entity::find()
        .filter(account)
        .filter(account::Column::IsDisabled.eq(false))
        .find_also_related(account_grant::Entity)
        .all(database)
        .await?;
    let account = rows.first().map(|(account, _)| account).filter(|account| gate.admits_demo || !account.is_demo);
    let key = account.ok_or_else(void)?.id;
    let grants = rows.into_iter().filter_map(|(_, grant)| grant);
    let grants = grants.filter(|grant| grant.expires_at.is_none_or(|end| end > now)).filter_map(granted).collect();
    Ok(Viewer::SignedIn(Arc::new(build(key, grants))))
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
