//! The mutations of accounts and grants, for those who keep them.

use async_graphql::{Context, ID, InputObject, Object};
use entity::account;
use entity::account_grant::{self, Role};
use sea_orm::EntityTrait;

use super::actions::{self, NewAccount, NewGrant};
use super::credentials::{check_in_person, mutate_in_person};
use super::keeping::{kept, may_revoke, new_grant, own, visible};
use super::own::gate;
use super::password;
use super::place::place_of;
use super::rules::check_username;
use super::session::normal;
use super::types::Account;
use crate::access::payload::{desk, mutate_with, payload};
use crate::access::roles::{self, Permission};
use crate::kernel::error::Result;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::say::Faults;
use crate::kernel::scalar::DateTime;
use crate::kernel::text::{optional, required};
use crate::kernel::write::Done;

payload! {
    /// What became of a mutation of an account.
    AccountPayload {
        /// The account as it is now; null where it was refused.
        account: Account = account::Entity,
    }
}

/// A role, and where it is to hold.
#[derive(Clone, Debug, InputObject)]
pub struct NewGrantInput {
    /// What it makes of them.
    pub(super) role: Role,
    /// Where: a unit, a community, an area or a person, as the role takes it. An administrator is so everywhere.
    pub(super) scope_id: Option<ID>,
    /// When it ends by itself.
    pub(super) expires_at: Option<DateTime>,
}

/// Make an account (新建账号).
#[derive(Clone, Debug, InputObject)]
pub struct CreateAccountInput {
    /// What it is to sign in with: small letters, digits and . _ - @ +.
    username: String,
    /// The person's name, as colleagues see it.
    name: String,
    /// Its password: 10 characters or more. None where it signs in elsewhere alone.
    password: Option<String>,
    /// What the identity provider calls it of which tokens are taken here; where there is none yet, the first that there will be.
    subject: Option<String>,
    /// Its first grant. A manager names one in their area.
    grant: Option<NewGrantInput>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Shut an account out (停用账号).
#[derive(Clone, Debug, InputObject)]
pub struct DisableAccountInput {
    /// The account.
    id: ID,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Let an account in again (启用账号).
#[derive(Clone, Debug, InputObject)]
pub struct EnableAccountInput {
    /// The account.
    id: ID,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Give an account another password (重置密码).
#[derive(Clone, Debug, InputObject)]
pub struct ResetPasswordInput {
    /// The account.
    id: ID,
    /// The password that is to hold: 10 characters or more.
    password: String,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Grant a role (授权).
#[derive(Clone, Debug, InputObject)]
pub struct GrantRoleInput {
    /// The account.
    account_id: ID,
    /// What it makes of them.
    role: Role,
    /// Where: a unit, a community, an area or a person, as the role takes it. An administrator is so everywhere.
    scope_id: Option<ID>,
    /// When it ends by itself.
    expires_at: Option<DateTime>,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Take a role back (撤销授权).
#[derive(Clone, Debug, InputObject)]
pub struct RevokeRoleInput {
    /// The grant.
    id: ID,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// What those who keep accounts may do.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Makes an account (新建账号): an administrator's anywhere; a manager's with a grant in their area.
    async fn create_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose.")] input: CreateAccountInput,
    ) -> Option<Result<AccountPayload>> {
        let grant = &input.grant.clone();
        mutate_with(context, new_account(context, input), |tx, new| async move {
            let grant = match grant {
                Some(grant) => Some(new_grant(&tx, grant).await.map_err(|stop| below("grant", stop))?),
                None if roles::may_everywhere(tx.viewer(), Permission::KeepAccounts) => None,
                None => return Err(Refusal::forbidden().at("grant").into()),
            };
            Ok(Done::to(actions::create(&tx, new, grant.as_ref()).await?.id))
        })
        .await
    }

    /// Shuts an account out that is below one's own (停用账号): its sessions end, and its personal access tokens are revoked.
    async fn disable_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: DisableAccountInput,
    ) -> Option<Result<AccountPayload>> {
        set_disabled(context, &input.id, true).await
    }

    /// Lets an account in again (启用账号).
    async fn enable_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: EnableAccountInput,
    ) -> Option<Result<AccountPayload>> {
        set_disabled(context, &input.id, false).await
    }

    /// Gives an account that is below one's own another password (重置密码). Its sessions end, and its personal access tokens are revoked.
    async fn reset_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose, and which.")] input: ResetPasswordInput,
    ) -> Option<Result<AccountPayload>> {
        let id = &input.id.clone();
        mutate_with(context, reset(context, input), |tx, hash| async move {
            let account = kept(&tx, id).await?;
            actions::set_password(&tx, &account, hash, None).await?;
            Ok(Done::to(account.id))
        })
        .await
    }

    /// Grants a role to an account (授权): a manager within their area, and no administrator; nobody to themselves, nor for longer than
    /// they have the right to. It lasts when the right of whoever granted it ends.
    async fn grant_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "To whom, what, and where.")] input: GrantRoleInput,
    ) -> Option<Result<AccountPayload>> {
        let GrantRoleInput { account_id, role, scope_id, expires_at, .. } = input;
        let (account, grant) = (&account_id, &NewGrantInput { role, scope_id, expires_at });
        mutate_in_person(context, |tx| async move {
            let account = visible(&tx, account, "accountId").await?;
            if tx.actor() == Some(account.id) {
                return Err(own(UserErrorCode::Forbidden, "accountId").into());
            }
            let grant = new_grant(&tx, grant).await?;
            actions::grant(&tx, &account, &grant).await?;
            Ok(Done::to(account.id))
        })
        .await
    }

    /// Takes a role back (撤销授权). It counts at once, in sessions under way too. A role that lets somebody keep accounts is taken back
    /// by whoever granted it, or from above; or given up.
    async fn revoke_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which grant.")] input: RevokeRoleInput,
    ) -> Option<Result<AccountPayload>> {
        let id = &input.id;
        mutate_in_person(context, |tx| async move {
            let key = Table::Grant.key(id).ok_or_else(|| Refusal::not_found("id"))?;
            let grant = tx.find::<account_grant::Entity>(key).await?.ok_or_else(|| Refusal::not_found("id"))?;
            let place = place_of(&tx, &grant).await?.ok_or_else(Refusal::forbidden)?;
            if !may_revoke(&tx, &grant, &place).await? {
                return Err(Refusal::forbidden().into());
            }
            let account = account::Entity::find_by_id(grant.account_id).one(&tx.connection).await?;
            let account = account.ok_or_else(|| Refusal::not_found("id"))?;
            let grant = NewGrant { role: grant.role, place, expires_at: grant.expires_at };
            actions::revoke(&tx, &account, &grant).await?;
            Ok(Done::to(account.id))
        })
        .await
    }
}

async fn set_disabled(context: &Context<'_>, id: &ID, is_disabled: bool) -> Option<Result<AccountPayload>> {
    mutate_in_person(context, |tx| async move {
        let account = kept(&tx, id).await?;
        actions::set_disabled(&tx, &account, is_disabled).await?;
        Ok(Done::to(account.id))
    })
    .await
}

/// What an input says of a new account, its password hashed. Only who keeps accounts somewhere is worth the work.
async fn new_account(context: &Context<'_>, input: CreateAccountInput) -> Result<NewAccount, Stop> {
    let viewer = desk(context)?.viewer();
    check_in_person(viewer)?;
    if !roles::may_somewhere(viewer, Permission::KeepAccounts) {
        return Err(Refusal::forbidden().into());
    }
    let mut faults = Faults::default();
    let username = normal(&input.username);
    faults.sound(check_username(&username));
    let name = faults.sound(required("name", input.name, 100));
    let subject = faults.sound(optional("subject", input.subject, 200));
    match &input.password {
        Some(password) => {
            faults.sound(password::check("password", password, &username));
        }
        None if subject != Some(None) => {}
        None => {
            let message = message!("give a password, or what another provider calls it", "请填写密码或外部身份");
            faults.note(Refusal::invalid("password", message));
        }
    }
    faults.end()?;
    let password_hash = match input.password {
        Some(password) => Some(gate(context)?.hasher.hash(password).await?),
        None => None,
    };
    let (name, subject) = (name.unwrap_or_default(), subject.flatten());
    let issuer = gate(context)?.issuer.as_ref().map(|issuer| issuer.name().to_owned());
    Ok(NewAccount { username, name, password_hash, subject, issuer })
}

async fn reset(context: &Context<'_>, input: ResetPasswordInput) -> Result<String, Stop> {
    let desk = desk(context)?;
    check_in_person(desk.viewer())?;
    let id = &input.id;
    // Looked at before, too: only who may is worth the work.
    let account = desk.write("resetPassword", |tx| async move { kept(&tx, id).await });
    let account = account.await?.map_err(Stop::Refused)?;
    password::check("password", &input.password, &account.username)?;
    Ok(gate(context)?.hasher.hash(input.password).await?)
}

/// The same refusal, of a field of this field.
fn below(field: &str, stop: Stop) -> Stop {
    let Stop::Refused(mut refusals) = stop else { return stop };
    refusals.iter_mut().for_each(|refusal| refusal.path.insert(0, field.to_owned()));
    Stop::Refused(refusals)
}
