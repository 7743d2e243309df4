//! Sessions (会话): a sign-in by password, and all that is refreshed from it.

use entity::{Timestamp, account, refresh_token, session};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::failures::{self, Reason};
use super::gate::Gate;
use super::identity::hash;
use super::throttle::{Attempt, network};
use super::token::{Named, REFRESH_TOKEN};
use crate::kernel::caller::Caller;
use crate::kernel::error::{Error, Result};
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::text::code;
use crate::kernel::viewer::{Credential, SignedIn, Viewer};
use crate::kernel::write::{Changes, Desk, Tx};

const DAY: i64 = 24 * 3_600_000;

/// For how long a session lasts at most, and a refresh token that nobody spends.
const SESSION_LASTS: i64 = 30 * DAY;
const REFRESH_LASTS: i64 = 7 * DAY;

/// For how long a client may send a refresh token again that it spent, in milliseconds.
const SENT_AGAIN: i64 = 30_000;

/// What somebody is given who signed in.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Their account and session.
    pub named: Named,
    /// What they ask with from now on.
    pub access_token: String,
    /// Until when.
    pub expires_at: Timestamp,
    /// What they get the next one with, once.
    pub refresh_token: String,
    /// Until when.
    pub refresh_expires_at: Timestamp,
}

/// Opens a session by a password. An unknown name, a wrong password and an account that is shut out are told alike, after the
/// same work.
///
/// # Errors
/// `RATE_LIMITED` after too many failures; where the database fails.
pub async fn sign_in(
    gate: &Gate,
    desk: &Desk,
    username: &str,
    password: String,
) -> Result<Result<Issued, Vec<Refusal>>> {
    let username = normal(username);
    let found = desk.write("signIn", |tx| {
        let username = &username;
        async move {
            let account = by_username(&tx, username).await?;
            let key = account.as_ref().map(|account| account.id);
            let attempt = gate.throttle.count(&tx, &gate.key, desk.caller(), (username.as_str(), key)).await?;
            Ok((account, attempt))
        }
    });
    let told = |reason| failures::log(gate, desk.caller(), &username, reason);
    let found = found.await.inspect_err(|error| {
        if matches!(error, Error::RateLimited { .. }) {
            told(Reason::TooMany);
        }
    });
    let (found, attempt) = match found? {
        Ok((account, attempt)) => (account.filter(|account| !account.is_disabled), attempt),
        Err(refusals) => return Ok(Err(refusals)),
    };
    let kept = found.as_ref().and_then(|account| account.password_hash.clone());
    let is_right = attempt.judge(desk, gate.hasher.verify(password, kept)).await?;
    let Some(account) = found.filter(|_| is_right) else {
        told(Reason::WrongCredentials);
        return Ok(Err(vec![wrong_credentials()]));
    };
    if !gate.admits(account.is_demo, desk.caller()) {
        told(Reason::DemoAccount);
        return Ok(Err(vec![no_demo()]));
    }
    open(gate, desk, account.id, &attempt).await
}

async fn open(gate: &Gate, desk: &Desk, account: Uuid, attempt: &Attempt) -> Result<Result<Issued, Vec<Refusal>>> {
    let whoever = SignedIn { account, credential: Credential::Password, may_write: true, grants: Vec::new() };
    let desk = desk.clone().signed_in(Viewer::SignedIn(whoever.into()));
    let from = &network(&gate.key, desk.caller());
    let opened = desk.write("signIn", |tx| async move {
        attempt.succeeded(&tx).await?;
        let named = Named { account, session: tx.key() };
        let ends_at = tx.now.plus(SESSION_LASTS);
        let row = session::ActiveModel {
            id: Set(named.session),
            account_id: Set(account),
            created_at: Set(tx.now),
            expires_at: Set(ends_at),
            ended_at: Set(None),
            network: Set(from.clone()),
        };
        session::Entity::insert(row).exec_without_returning(&tx.connection).await?;
        tx.audit((Table::Account, account), None, &Changes::default());
        issue(gate, &tx, named, ends_at, super::identity::secret(REFRESH_TOKEN)).await
    });
    opened.await
}

/// Spends a refresh token for the next, and an access token. One that is spent already was stolen, from whom we cannot know: its
/// session ends. Only where the same client sends it again within a moment, two pages of it asked at once or an answer was lost, and
/// is given the same once more.
///
/// # Errors
/// Where the database fails.
pub async fn refresh(gate: &Gate, desk: &Desk, token: &str) -> Result<Result<Issued, Vec<Refusal>>> {
    let (token, next) = (hash(token), gate.key.successor(token));
    let client = gate.key.fingerprint(&desk.caller().client());
    let refreshed = desk.write("refreshSession", |tx| {
        let (token, next, client) = (&token, &next, &client);
        async move {
            let Some((row, session)) = live(gate, &tx, desk.caller(), token).await? else { return Ok(None) };
            if row.spent_at.is_none() && row.expires_at <= tx.now {
                return Ok(None);
            }
            let spend = refresh_token::Entity::update_many()
                .col_expr(refresh_token::Column::SpentAt, Expr::value(tx.now))
                .col_expr(refresh_token::Column::SpentBy, Expr::val(client.as_str()))
                .filter(refresh_token::Column::Hash.eq(token.as_str()))
                .filter(refresh_token::Column::SpentAt.is_null());
            let named = Named { account: session.account_id, session: session.id };
            if spend.exec(&tx.connection).await?.rows_affected == 0 {
                if let Some(next_ends_at) = is_sent_again(&tx, token, &hash(next), client).await? {
                    return Ok(Some(issued(gate, &tx, named, session.expires_at, (next.clone(), next_ends_at))?));
                }
                end(&tx, named.session).await?;
                let ended = Changes::default().new("session", "ended: a spent refresh token was sent again");
                tx.audit((Table::Account, named.account), None, &ended);
                return Ok(None);
            }
            issue(gate, &tx, named, session.expires_at, next.clone()).await.map(Some)
        }
    });
    Ok(refreshed.await?.and_then(|issued| issued.ok_or_else(|| vec![is_over().at("refreshToken")])))
}

/// The token with this hash and its session, where neither it nor its account has ended.
async fn live(
    gate: &Gate,
    tx: &Tx,
    caller: &Caller,
    hash: &str,
) -> Result<Option<(refresh_token::Model, session::Model)>, Stop> {
    let Some(row) = refresh_token::Entity::find_by_id(hash).one(&tx.connection).await? else { return Ok(None) };
    let session = session::Entity::find_by_id(row.session_id)
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(tx.now));
    let Some(session) = session.one(&tx.connection).await? else { return Ok(None) };
    let account = account::Entity::find_by_id(session.account_id).one(&tx.connection).await?;
    let is_in = account.is_some_and(|account| !account.is_disabled && gate.admits(account.is_demo, caller));
    Ok(is_in.then_some((row, session)))
}

/// Whether the client that spent a token sends it again, before it did anything with what it was to be given: then until when the
/// next one is good. Read anew, since somebody else may have spent it a moment ago.
async fn is_sent_again(tx: &Tx, token: &str, next: &str, client: &str) -> Result<Option<Timestamp>, Stop> {
    let spent = refresh_token::Entity::find_by_id(token)
        .filter(refresh_token::Column::SpentBy.eq(client))
        .filter(refresh_token::Column::SpentAt.gt(tx.now.plus(-SENT_AGAIN)));
    if spent.one(&tx.connection).await?.is_none() {
        return Ok(None);
    }
    let next = refresh_token::Entity::find_by_id(next)
        .filter(refresh_token::Column::SpentAt.is_null())
        .filter(refresh_token::Column::ExpiresAt.gt(tx.now));
    Ok(next.one(&tx.connection).await?.map(|next| next.expires_at))
}

async fn issue(
    gate: &Gate,
    tx: &Tx,
    named: Named,
    session_ends_at: Timestamp,
    refresh_token: String,
) -> Result<Issued, Stop> {
    let refresh_expires_at = session_ends_at.min(tx.now.plus(REFRESH_LASTS));
    let row = refresh_token::ActiveModel {
        hash: Set(hash(&refresh_token)),
        session_id: Set(named.session),
        created_at: Set(tx.now),
        expires_at: Set(refresh_expires_at),
        spent_at: Set(None),
        spent_by: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(&tx.connection).await?;
    issued(gate, tx, named, session_ends_at, (refresh_token, refresh_expires_at))
}

/// What somebody is given with this refresh token, which is good until then.
fn issued(
    gate: &Gate,
    tx: &Tx,
    named: Named,
    session_ends_at: Timestamp,
    (refresh_token, refresh_expires_at): (String, Timestamp),
) -> Result<Issued, Stop> {
    let expires_at = session_ends_at.min(tx.now.plus(gate.access_lasts));
    let access_token = gate.key.sign(named, tx.now, expires_at)?;
    Ok(Issued { named, access_token, expires_at, refresh_token, refresh_expires_at })
}

/// Ends a session.
///
/// # Errors
/// Where the database fails.
pub async fn end(tx: &Tx, session: Uuid) -> Result<(), Stop> {
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(tx.now))
        .filter(session::Column::Id.eq(session))
        .filter(session::Column::EndedAt.is_null())
        .exec(&tx.connection)
        .await?;
    Ok(())
}

/// The account that signs in with this name.
///
/// # Errors
/// Where the database fails.
pub async fn by_username(tx: &Tx, username: &str) -> Result<Option<account::Model>, Stop> {
    Ok(account::Entity::find().filter(account::Column::Username.eq(username)).one(&tx.connection).await?)
}

/// A username as it is kept, however it was typed or pasted: narrow, in lower case, with nothing that is not seen. What no database keeps
/// is nobody's.
#[must_use]
pub fn normal(username: &str) -> String {
    code(&username.replace('\0', "\u{fffd}")).to_lowercase()
}

/// The name and the password do not go together.
#[must_use]
pub fn wrong_credentials() -> Refusal {
    Refusal::new(
        UserErrorCode::WrongCredentials,
        message!("the name and the password do not go together", "用户名或密码不正确"),
    )
}

fn no_demo() -> Refusal {
    let message = message!(
        "accounts of the demo data sign in on the server's own machine, by no proxy, or with COBUILD_DEMO_ACCOUNTS=1",
        "演示账号仅可在服务器本机直接（不经代理）登录，或须设置 COBUILD_DEMO_ACCOUNTS=1"
    );
    Refusal::new(UserErrorCode::Forbidden, message)
}

/// What was given is not good for anything, or not any more.
#[must_use]
pub fn is_over() -> Refusal {
    let message = message!("this token is not valid, or not any more: sign in again", "该令牌无效或已失效，请重新登录");
    Refusal::new(UserErrorCode::Unauthenticated, message)
}
