//! The mutations of one's own account: signing in and out, one's password, one's tokens.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{access_token, account};

use super::access_token::{self as tokens, NewToken};
use super::credentials::{check_in_person, mutate_in_person};
use super::failures::{self, Reason};
use super::gate::Gate;
use super::identity::{ACCESS_TOKEN, LookUp, of_session, secret};
use super::mutation::AccountPayload;
use super::session::{self, Issued, wrong_credentials};
use super::types::{AccessToken, Viewer};
use super::{actions, credentials, password};
use crate::access::payload::{Outcome, UserError, desk, mutate_with, unauthenticated};
use crate::kernel::error::{Error, Result};
use crate::kernel::global_id::Table;
use crate::kernel::listed::Listed;
use crate::kernel::loader::{find, rows};
use crate::kernel::refusal::{Refusal, Stop, message};
use crate::kernel::scalar::DateTime;
use crate::kernel::text::required;
use crate::kernel::write::{Changes, Done};

/// For how long a token for scripts is good at most, in milliseconds.
const YEAR: i64 = 366 * 24 * 3_600_000;

/// Sign in (登录).
#[derive(Clone, Debug, InputObject)]
pub struct SignInInput {
    /// The account's name.
    username: String,
    /// Its password.
    password: String,
}

/// Go on with a session (续期).
#[derive(Clone, Debug, InputObject)]
pub struct RefreshSessionInput {
    /// What the last sign-in or refresh gave, unspent.
    refresh_token: String,
}

/// Sign out (退出登录).
#[derive(Clone, Debug, InputObject)]
pub struct SignOutInput {
    /// Whether all of one's sessions and personal access tokens end, and not just this session.
    #[graphql(default)]
    everywhere: bool,
}

/// Choose another password (修改密码).
#[derive(Clone, Debug, InputObject)]
pub struct ChangePasswordInput {
    /// The one that holds.
    current_password: String,
    /// The one that is to hold: 10 characters or more.
    new_password: String,
}

/// Make a token for a script (新建访问令牌).
#[derive(Clone, Debug, InputObject)]
pub struct CreateAccessTokenInput {
    /// What it is for.
    name: String,
    /// Whether it may change anything: not where nobody says.
    #[graphql(default)]
    may_write: bool,
    /// When it is void: within a year.
    expires_at: DateTime,
}

/// Revoke a token (吊销访问令牌).
#[derive(Clone, Debug, InputObject)]
pub struct RevokeAccessTokenInput {
    /// Which.
    id: ID,
}

/// What one asks with once one has signed in.
#[derive(Clone, Debug, SimpleObject)]
pub struct Session {
    /// For the header `Authorization: Bearer …`.
    access_token: String,
    /// When the access token is void.
    expires_at: DateTime,
    /// What the next access token is got with, once: with it comes the next of these.
    refresh_token: String,
    /// When the refresh token is void.
    refresh_expires_at: DateTime,
}

impl From<&Issued> for Session {
    fn from(issued: &Issued) -> Self {
        Self {
            access_token: issued.access_token.clone(),
            expires_at: issued.expires_at.into(),
            refresh_token: issued.refresh_token.clone(),
            refresh_expires_at: issued.refresh_expires_at.into(),
        }
    }
}

/// What became of a session.
#[derive(Clone, Debug)]
pub struct SessionPayload(Result<Option<Issued>, Vec<Refusal>>);

impl From<Outcome> for SessionPayload {
    fn from(outcome: Outcome) -> Self {
        Self(outcome.map(|_| None))
    }
}

/// What became of a session.
#[Object]
impl SessionPayload {
    /// What to ask with from now on; null where it was refused, and after signing out.
    async fn session(&self) -> Option<Session> {
        self.0.as_ref().ok()?.as_ref().map(Session::from)
    }

    /// Whoever signed in; after signing out, whoever asked.
    async fn viewer(&self, context: &Context<'_>) -> Option<Viewer> {
        Viewer::of(context)
    }

    /// Why it was refused; empty where it was done.
    async fn user_errors(&self) -> Listed<UserError> {
        self.0.as_ref().err().into_iter().flatten().cloned().map(UserError).collect()
    }
}

/// What became of a token.
#[derive(Clone, Debug)]
pub struct AccessTokenPayload {
    outcome: Outcome,
    token: Option<String>,
}

/// What became of a token.
#[Object]
impl AccessTokenPayload {
    /// The token as it is listed; null where it was refused.
    async fn access_token(&self, context: &Context<'_>) -> Option<Result<AccessToken>> {
        let key = self.outcome.as_ref().ok()?.thing?;
        find::<access_token::Entity>(context, key).await.map(|row| row.map(AccessToken)).transpose()
    }

    /// The token itself, for the header `Authorization: Bearer …`. It is shown this once.
    async fn token(&self) -> Option<&String> {
        self.outcome.as_ref().ok().and(self.token.as_ref())
    }

    /// Who asks.
    async fn viewer(&self, context: &Context<'_>) -> Option<Viewer> {
        Viewer::of(context)
    }

    /// Why it was refused; empty where it was done.
    async fn user_errors(&self) -> Listed<UserError> {
        self.outcome.as_ref().err().into_iter().flatten().cloned().map(UserError).collect()
    }
}

/// What everybody may do with their own account.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnMutation;

#[Object]
impl OwnMutation {
    /// Signs in by name and password (登录). After too many failures: `RATE_LIMITED`, with `Retry-After`. It stands alone in its
    /// document.
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Name and password.")] input: SignInInput,
    ) -> Option<Result<SessionPayload>> {
        Some(sign_in(context, input).await)
    }

    /// Spends a refresh token for the next access token and the next refresh token (续期). One that was spent before ends its
    /// session: somebody has a copy. Only the same client, by network and `User-Agent`, is given the same once more, within 30 seconds
    /// and until it spent what it was given. It stands alone in its document.
    async fn refresh_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: RefreshSessionInput,
    ) -> Option<Result<SessionPayload>> {
        Some(refresh(context, input).await)
    }

    /// Ends the session in which it is asked for, or everything that anybody asks with as this account: all its sessions and all
    /// its personal access tokens (退出登录). Not for a personal access token.
    async fn sign_out(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How far.")] input: SignOutInput,
    ) -> Option<Result<SessionPayload>> {
        mutate_in_person(context, |tx| async move {
            let account = tx.actor().ok_or_else(unauthenticated)?;
            let ended = match tx.viewer().session() {
                _ if input.everywhere => credentials::end_all(&tx, account, None).await?,
                Some(session) => {
                    session::end(&tx, session).await?;
                    Changes::default()
                }
                None => {
                    let message =
                        message!("this token is of no session: revoke it instead", "该令牌不属于登录会话，请改为吊销");
                    return Err(Refusal::invalid("everywhere", message).into());
                }
            };
            tx.audit((Table::Account, account), None, &ended);
            Ok(Done::to(account))
        })
        .await
    }

    /// Chooses another password (修改密码). All other sessions end, and all personal access tokens. Not for a personal access token.
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The password that holds, and the one that is to.")] input: ChangePasswordInput,
    ) -> Option<Result<AccountPayload>> {
        mutate_with(context, changed(context, input), |tx, (account, hash)| async move {
            actions::set_password(&tx, &account, hash, tx.viewer().session()).await?;
            Ok(Done::to(account.id))
        })
        .await
    }

    /// Makes a token for a script, and shows it this once (新建访问令牌). It may do what its account may, but for what concerns
    /// accounts, grants, passwords and tokens; and it makes no other token.
    async fn create_access_token(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What for, and until when.")] input: CreateAccessTokenInput,
    ) -> Option<Result<AccessTokenPayload>> {
        let token = secret(ACCESS_TOKEN);
        let (input, kept) = (&input, &token);
        let outcome = mutate_in_person::<Outcome, _>(context, |tx| async move {
            let account = tx.actor().ok_or_else(unauthenticated)?;
            let expires_at = input.expires_at.0;
            if expires_at <= tx.now || expires_at > tx.now.plus(YEAR) {
                let message = message!("a token is good for a year at most", "令牌有效期须在未来一年之内");
                return Err(Refusal::invalid("expiresAt", message).into());
            }
            let name = required("name", input.name.clone(), 100)?;
            let new = NewToken { name, token: kept.clone(), may_write: input.may_write, expires_at };
            Ok(Done::to(tokens::create(&tx, account, new).await?))
        });
        Some(outcome.await?.map(|outcome| AccessTokenPayload { outcome, token: Some(token) }))
    }

    /// Revokes a token (吊销访问令牌): one of one's own, or of an account that one keeps. Not for a personal access token.
    async fn revoke_access_token(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: RevokeAccessTokenInput,
    ) -> Option<Result<AccessTokenPayload>> {
        let id = &input.id;
        let outcome = mutate_in_person::<Outcome, _>(context, |tx| async move {
            let key = Table::AccessToken.key(id).ok_or_else(|| Refusal::not_found("id"))?;
            let token = tx.find::<access_token::Entity>(key).await?.ok_or_else(|| Refusal::not_found("id"))?;
            tokens::revoke(&tx, token.id).await?;
            Ok(Done::to(token.id))
        });
        Some(outcome.await?.map(|outcome| AccessTokenPayload { outcome, token: None }))
    }
}

/// The gate of this server.
pub(super) fn gate<'c>(context: &Context<'c>) -> Result<&'c Gate> {
    let gate = context.data_opt::<Arc<Gate>>().map(AsRef::as_ref);
    gate.ok_or_else(|| Error::Internal("this request has no gate".into()))
}

async fn sign_in(context: &Context<'_>, input: SignInInput) -> Result<SessionPayload> {
    let (gate, desk) = (gate(context)?, desk(context)?);
    opened(context, async { session::sign_in(gate, desk, &input.username, input.password).await }).await
}

async fn refresh(context: &Context<'_>, input: RefreshSessionInput) -> Result<SessionPayload> {
    let (gate, desk) = (gate(context)?, desk(context)?);
    opened(context, session::refresh(gate, desk, &input.refresh_token)).await
}

/// Answers as to whoever signed in just now: what the rest of the request reads, it reads for them.
async fn opened(
    context: &Context<'_>,
    issued: impl Future<Output = Result<Result<Issued, Vec<Refusal>>>>,
) -> Result<SessionPayload> {
    let rows = rows(context)?.loader();
    if rows.has_signed_in() {
        return Err(Error::BadRequest("a request signs in once".into()));
    }
    let issued = match issued.await? {
        Ok(issued) => issued,
        Err(refusals) => return Ok(SessionPayload(Err(refusals))),
    };
    let (gate, database, caller) = (gate(context)?, rows.connection(), desk(context)?.caller());
    match of_session(LookUp { gate, database, now: rows.now(), caller }, issued.named).await {
        Ok(viewer) => rows.sign_in(viewer),
        // Somebody ended it in this very moment.
        Err(Error::Unauthenticated(_)) => return Ok(SessionPayload(Err(vec![session::is_over()]))),
        Err(error) => return Err(error),
    }
    Ok(SessionPayload(Ok(Some(issued))))
}

/// The account and the hash of its new password, where the current one was told. Guessing it counts as failed sign-ins do.
async fn changed(context: &Context<'_>, input: ChangePasswordInput) -> Result<(account::Model, String), Stop> {
    let (gate, desk) = (gate(context)?, desk(context)?);
    check_in_person(desk.viewer())?;
    let key = desk.viewer().account().ok_or_else(unauthenticated)?;
    let found = desk.write("changePassword", |tx| async move {
        let account = tx.find::<account::Entity>(key).await?.ok_or_else(unauthenticated)?;
        let name = (account.username.as_str(), Some(account.id));
        let attempt = gate.throttle.count(&tx, &gate.key, desk.caller(), name).await?;
        Ok((account, attempt))
    });
    let (account, attempt) = found.await?.map_err(Stop::Refused)?;
    let is_right = gate.hasher.verify(input.current_password, account.password_hash.clone());
    if !attempt.judge(desk, is_right).await? {
        failures::log(gate, desk.caller(), &account.username, Reason::WrongCredentials);
        return Err(wrong_credentials().at("currentPassword").into());
    }
    let attempt = &attempt;
    desk.write("changePassword", |tx| async move { attempt.succeeded(&tx).await }).await?.map_err(Stop::Refused)?;
    password::check("newPassword", &input.new_password, &account.username)?;
    let hash = gate.hasher.hash(input.new_password).await?;
    Ok((account, hash))
}
