//! What is done with accounts, grants and tokens, once it is clear that it may be done. Every change of an account or of its
//! grants moves its version on by compare-and-set: who looked at it before somebody else changed it, looks again.

use entity::account_grant::{self, Role};
use entity::{Timestamp, account, past_grant};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter};

use super::rules::Place;
use super::{credentials, outside, session};
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::write::{Changes, Tx};

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What it signs in with.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// The hash of its password; none where it signs in elsewhere alone.
    pub password_hash: Option<String>,
    /// What an outside identity provider calls it.
    pub subject: Option<String>,
    /// Which provider; none where nobody knows yet.
    pub issuer: Option<String>,
}

/// A grant to be made.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// What it makes of them.
    pub role: Role,
    /// Where.
    pub place: Place,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

impl NewGrant {
    fn party(&self) -> Option<Uuid> {
        if let Place::Party(party) = &self.place { Some(party.id) } else { None }
    }

    /// What the audit log says of it, where it is made and where it is taken back.
    fn told(&self) -> [(&'static str, Option<String>); 3] {
        [
            ("role", Some(self.role.word())),
            ("scope", self.place.node().map(|(table, key)| table.id(key).0)),
            ("expiresAt", self.expires_at.map(|moment| moment.to_string())),
        ]
    }
}

/// Makes an account, and its first grant.
///
/// # Errors
/// `DUPLICATE` where its name or its subject is taken.
pub async fn create(tx: &Tx, new: NewAccount, grant: Option<&NewGrant>) -> Result<account::Model, Stop> {
    let row = account::Model {
        id: tx.key(),
        username: new.username,
        name: new.name,
        password_hash: new.password_hash,
        subject: if new.issuer.is_none() { new.subject.clone() } else { None },
        is_disabled: false,
        is_demo: false,
        created_by_id: tx.actor(),
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
    };
    let insert = account::Entity::insert(account::ActiveModel::from(row.clone()).reset_all());
    let insert = insert.on_conflict(OnConflict::new().do_nothing().to_owned());
    if insert.exec_without_returning(&tx.connection).await? == 0 {
        return Err(taken(session::by_username(tx, &row.username).await?).into());
    }
    if let (Some(issuer), Some(subject)) = (&new.issuer, &new.subject)
        && !outside::bind(tx, row.id, issuer, subject).await?
    {
        return Err(taken(None).into());
    }
    let mut changes = Changes::default()
        .new("username", &row.username)
        .field("issuer", None, new.issuer.filter(|_| new.subject.is_some()))
        .field("subject", None, new.subject)
        .field("password", None, row.password_hash.as_ref().map(|_| "set".to_owned()));
    if let Some(grant) = grant {
        insert_grant(tx, row.id, grant).await?;
        changes = grant.told().into_iter().fold(changes, |changes, (name, value)| changes.field(name, None, value));
    }
    tx.audit((Table::Account, row.id), grant.and_then(NewGrant::party), &changes);
    Ok(row)
}

fn taken(holder: Option<account::Model>) -> Refusal {
    let (field, message) = match holder {
        Some(_) => ("username", message!("this username is taken", "该用户名已被使用")),
        None => ("subject", message!("another account has this subject", "该外部身份已绑定其他账号")),
    };
    let refusal = Refusal::new(UserErrorCode::Duplicate, message).at(field);
    holder.iter().fold(refusal, |refusal, holder| refusal.on(Table::Account, holder.id))
}

/// Changes an account as it was read.
async fn change(tx: &Tx, account: &account::Model, columns: &[(account::Column, Expr)]) -> Result<(), Stop> {
    let mut update = account::Entity::update_many()
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .col_expr(account::Column::UpdatedAt, Expr::value(tx.now));
    for (column, value) in columns {
        update = update.col_expr(*column, value.clone());
    }
    let update = update.filter(account::Column::Id.eq(account.id)).filter(account::Column::Version.eq(account.version));
    if update.exec(&tx.connection).await?.rows_affected == 0 {
        return Err(Refusal::conflict(Table::Account, account.id).into());
    }
    Ok(())
}

/// Gives an account another password, and ends all its credentials but the session in which that was asked for. It is no demo
/// account any more: not everybody knows how to sign in to it.
///
/// # Errors
/// `CONFLICT` where it was changed meanwhile.
pub async fn set_password(tx: &Tx, account: &account::Model, hash: String, but: Option<Uuid>) -> Result<(), Stop> {
    let columns = [(account::Column::PasswordHash, Expr::val(hash)), (account::Column::IsDemo, Expr::val(false))];
    change(tx, account, &columns).await?;
    let ended = credentials::end_all(tx, account.id, but).await?;
    tx.audit((Table::Account, account.id), None, &ended.new("password", "set"));
    Ok(())
}

/// Shuts an account out, or lets it in again. All its credentials end either way.
///
/// # Errors
/// `CONFLICT` where it was changed meanwhile.
pub async fn set_disabled(tx: &Tx, account: &account::Model, is_disabled: bool) -> Result<(), Stop> {
    change(tx, account, &[(account::Column::IsDisabled, Expr::val(is_disabled))]).await?;
    let ended = credentials::end_all(tx, account.id, None).await?;
    let text = |flag: bool| Some(flag.to_string());
    let changes = ended.field("isDisabled", text(account.is_disabled), text(is_disabled));
    tx.audit((Table::Account, account.id), None, &changes);
    Ok(())
}

/// Grants a role.
///
/// # Errors
/// `DUPLICATE` where the account has it there already, `CONFLICT` where the account was changed meanwhile.
pub async fn grant(tx: &Tx, account: &account::Model, grant: &NewGrant) -> Result<(), Stop> {
    change(tx, account, &[]).await?;
    // One that has ended by itself makes room.
    account_grant::Entity::delete_many()
        .filter(of(account, grant.role, &grant.place))
        .filter(account_grant::Column::ExpiresAt.lte(tx.now))
        .exec(&tx.connection)
        .await?;
    if !insert_grant(tx, account.id, grant).await? {
        let message = message!("the account has this role there already", "该账号已有此授权");
        return Err(Refusal::new(UserErrorCode::Duplicate, message).on(Table::Account, account.id).into());
    }
    let told = grant.told().into_iter();
    let changes = told.fold(Changes::default(), |changes, (name, value)| changes.field(name, None, value));
    tx.audit((Table::Account, account.id), grant.party(), &changes);
    Ok(())
}

/// Whether it was made: not where there is one already.
async fn insert_grant(tx: &Tx, account: Uuid, grant: &NewGrant) -> Result<bool, Stop> {
    let (area_id, area_path) = match &grant.place {
        Place::Area(area) => (Some(area.id), Some(area.path.clone())),
        _ => (None, None),
    };
    let row = account_grant::Model {
        id: tx.key(),
        account_id: account,
        role: grant.role,
        party_id: grant.party(),
        member_id: if let Place::Member(key, _) = &grant.place { Some(*key) } else { None },
        area_id,
        area_path,
        granted_by_id: tx.actor(),
        granted_at: tx.now,
        expires_at: grant.expires_at,
    };
    let insert = account_grant::Entity::insert(account_grant::ActiveModel::from(row).reset_all());
    let insert = insert.on_conflict(OnConflict::new().do_nothing().to_owned());
    Ok(insert.exec_without_returning(&tx.connection).await? > 0)
}

/// Takes a role back.
///
/// # Errors
/// `NOT_FOUND` where the account does not have it there, `CONFLICT` where the account was changed meanwhile.
pub async fn revoke(tx: &Tx, account: &account::Model, grant: &NewGrant) -> Result<(), Stop> {
    change(tx, account, &[]).await?;
    let delete = account_grant::Entity::delete_many().filter(of(account, grant.role, &grant.place));
    if delete.exec(&tx.connection).await?.rows_affected == 0 {
        let message = message!("the account does not have this role there", "该账号没有此授权");
        return Err(Refusal::new(UserErrorCode::NotFound, message).into());
    }
    remember(tx, account.id, &grant.place).await?;
    let told = grant.told().into_iter();
    let changes = told.fold(Changes::default(), |changes, (name, value)| changes.field(name, value, None));
    tx.audit((Table::Account, account.id), grant.party(), &changes);
    Ok(())
}

/// Remembers where an account acted: those who act there still see whose acts they were.
async fn remember(tx: &Tx, account: Uuid, place: &Place) -> Result<(), Stop> {
    let (party, area) = match place {
        Place::Party(party) => (Some(party.id), None),
        Place::Area(area) => (None, Some(area)),
        Place::Everywhere | Place::Member(..) => return Ok(()),
    };
    let past = past_grant::Model {
        id: tx.key(),
        account_id: account,
        party_id: party,
        area_id: area.map(|area| area.id),
        area_path: area.map(|area| area.path.clone()),
        until: tx.now,
    };
    past_grant::Entity::insert(past.into_active_model().reset_all()).exec_without_returning(&tx.connection).await?;
    Ok(())
}

/// The grant of this role there to that account.
fn of(account: &account::Model, role: Role, place: &Place) -> Condition {
    use account_grant::Column;
    let of_role = Condition::all().add(Column::AccountId.eq(account.id)).add(Column::Role.eq(role));
    match place {
        Place::Everywhere => of_role,
        Place::Party(party) => of_role.add(Column::PartyId.eq(party.id)),
        Place::Area(area) => of_role.add(Column::AreaId.eq(area.id)),
        Place::Member(key, _) => of_role.add(Column::MemberId.eq(*key)),
    }
}
