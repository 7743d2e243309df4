//! From a token to who asks: the account behind it and what it was granted, read anew for every request, so that a grant revoked
//! or an account disabled counts at once.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::account_grant::Role;
use entity::{Timestamp, access_token, account, account_grant, outside_identity, session};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, FromQueryResult};
use sha2::{Digest, Sha256};

use super::gate::Gate;
use super::token::Named;
use crate::database::Pool;
use crate::kernel::caller::Caller;
use crate::kernel::error::{Error, Result};
use crate::kernel::viewer::{Credential, GrantScope, Granted, SignedIn, Viewer};

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

/// What a token is looked up with: at which gate, in which database, when, and for a caller from where.
#[derive(Clone, Copy, Debug)]
pub struct LookUp<'l> {
    /// What checks it.
    pub gate: &'l Gate,
    /// What knows it.
    pub database: &'l Pool,
    /// When it has to be good.
    pub now: Timestamp,
    /// Who sends it: not every account is let in from everywhere.
    pub caller: &'l Caller,
}

/// Who a token is: a script's, one of a session of ours, or one of another identity provider.
///
/// # Errors
/// Where it is none, not any more, or its account is shut out; or the database fails.
pub async fn of_token(look_up: LookUp<'_>, token: &str) -> Result<Viewer> {
    let (gate, now) = (look_up.gate, look_up.now);
    if token.starts_with(ACCESS_TOKEN) {
        return of_access_token(look_up, token).await;
    }
    if let Some(issuer) = gate.issuer.as_ref().filter(|issuer| issuer.claims(token)) {
        let subject = issuer.verify(token, now).await.ok_or_else(void)?;
        let mut lines = lines(Expr::cust("TRUE"));
        let of_account = outside_identity::Column::AccountId.into_expr().eq(account::Column::Id.into_expr());
        lines
            .inner_join(outside_identity::Entity, of_account)
            .and_where(outside_identity::Column::Issuer.eq(issuer.name()))
            .and_where(outside_identity::Column::Subject.eq(subject));
        return one(look_up, &lines, Credential::OutsideToken).await;
    }
    of_session(look_up, gate.key.verify(token, now).ok_or_else(void)?).await
}

/// Who is in a session: one statement, which looks whether it has ended, too.
///
/// # Errors
/// Where it has ended, or its account is shut out; or the database fails.
pub async fn of_session(look_up: LookUp<'_>, named: Named) -> Result<Viewer> {
    let live = Query::select()
        .expr(Expr::cust("1"))
        .from(session::Entity)
        .and_where(session::Column::Id.eq(named.session))
        .and_where(session::Column::AccountId.eq(named.account))
        .and_where(session::Column::EndedAt.is_null())
        .and_where(session::Column::ExpiresAt.gt(look_up.now))
        .take();
    let mut lines = lines(Expr::cust("TRUE"));
    lines.and_where(account::Column::Id.eq(named.account)).and_where(Expr::exists(live));
    one(look_up, &lines, Credential::Session(named.session)).await
}

/// Who a personal access token is: one statement, too.
///
/// # Errors
/// Where it is none, not any more, or its account is shut out; or the database fails.
pub async fn of_access_token(look_up: LookUp<'_>, token: &str) -> Result<Viewer> {
    let mut lines = lines(access_token::Column::MayWrite.into_expr());
    lines
        .inner_join(
            access_token::Entity,
            access_token::Column::AccountId.into_expr().eq(account::Column::Id.into_expr()),
        )
        .and_where(access_token::Column::Hash.eq(hash(token)))
        .and_where(access_token::Column::RevokedAt.is_null())
        .and_where(access_token::Column::ExpiresAt.gt(look_up.now));
    one(look_up, &lines, Credential::PersonalToken).await
}

/// An account that is not shut out, with one of its grants; or with none, where it has none.
#[derive(FromQueryResult)]
struct Line {
    id: Uuid,
    is_demo: bool,
    may_write: bool,
    role: Option<Role>,
    party_id: Option<Uuid>,
    member_id: Option<Uuid>,
    area_path: Option<String>,
    expires_at: Option<Timestamp>,
}

/// The lines of all accounts. Whether they may write depends on how one signed in.
fn lines(may_write: Expr) -> SelectStatement {
    use account_grant::Column::{AccountId, AreaPath, ExpiresAt, MemberId, PartyId, Role};
    Query::select()
        .exprs([account::Column::Id, account::Column::IsDemo].map(|column| column.into_expr()))
        .exprs([Role, PartyId, MemberId, AreaPath, ExpiresAt].map(|column| column.into_expr()))
        .expr_as(may_write, "may_write")
        .from(account::Entity)
        .left_join(account_grant::Entity, AccountId.into_expr().eq(account::Column::Id.into_expr()))
        .and_where(account::Column::IsDisabled.eq(false))
        .take()
}

/// The one account that these are lines of.
async fn one(look_up: LookUp<'_>, lines: &SelectStatement, credential: Credential) -> Result<Viewer> {
    let LookUp { gate, database, now, caller } = look_up;
    let lines = database.query_all(lines).await?;
    let lines = lines.iter().map(|row| Line::from_query_result(row, "")).collect::<Result<Vec<_>, _>>()?;
    let first = lines.first().filter(|line| gate.admits(line.is_demo, caller)).ok_or_else(void)?;
    let (account, may_write) = (first.id, first.may_write);
    let valid = lines.into_iter().filter(|line| line.expires_at.is_none_or(|end| end > now));
    let grants = valid.filter_map(granted).collect();
    Ok(Viewer::SignedIn(Arc::new(SignedIn { account, credential, may_write, grants })))
}

fn granted(line: Line) -> Option<Granted> {
    let role = line.role?;
    let scope = match role {
        Role::UnitLiaison | Role::CommunityStaff => GrantScope::Party(line.party_id?),
        Role::Member => GrantScope::Member(line.member_id?),
        Role::GridWorker | Role::AreaManager | Role::Analyst => GrantScope::Area(line.area_path?),
        Role::Admin => GrantScope::Everywhere,
    };
    Some(Granted { role, scope, expires_at: line.expires_at })
}

/// The same words for every token that is not good, whatever is wrong with it.
pub fn void() -> Error {
    Error::Unauthenticated("this token is not valid, or not any more: sign in again".into())
}
