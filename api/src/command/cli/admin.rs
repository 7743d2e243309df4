//! `cobuild admin`: the first account, and a way back in for whoever is locked out.

use std::io::BufRead;
use std::process::ExitCode;

use entity::account_grant::Role;
use entity::audit_entry::AuditSource;
use entity::party::PartyKind;
use entity::{account, area, party};
use sea_orm::{ColumnTrait, EntityTrait, Iterable, QueryFilter};

use super::terminal::say;
use super::{Failure, connect_migrated};
use crate::access::account::actions::{self, NewAccount, NewGrant};
use crate::access::account::password::{self, Hasher};
use crate::access::account::place::{place, standing};
use crate::access::account::rules::{Place, check_fit, check_username};
use crate::access::account::session::{by_username, normal};
use crate::command::arguments::Admin;
use crate::kernel::caller::Language;
use crate::kernel::clock::Clock;
use crate::kernel::global_id;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::write::{Desk, Tx};
use crate::server::config::Settings;

pub(super) async fn admin(settings: &Settings, admin: &Admin) -> Result<ExitCode, Failure> {
    let database = connect_migrated(settings).await?;
    let desk = Desk::of_server(database.writer.clone(), Clock::System, AuditSource::CommandLine);
    let done = run(&desk, settings, admin).await;
    database.close().await?;
    say(&done?);
    Ok(ExitCode::SUCCESS)
}

async fn run(desk: &Desk, settings: &Settings, admin: &Admin) -> Result<String, Failure> {
    match admin {
        Admin::CreateAccount { username, password_stdin, name, subject } => {
            let username = normal(username);
            let name = name.clone().unwrap_or_else(|| username.clone());
            let (subject, issuer) = (subject.clone(), settings.sign_in.oidc_issuer.clone());
            let new = NewAccount { username, name, password_hash: None, subject, issuer };
            create(desk, new, *password_stdin).await
        }
        Admin::Grant { username, role, scope } => {
            let done = desk.write("grantRole", |tx| async move {
                let account = find(&tx, username).await?;
                let place = standing(&tx, named(&tx, *role, scope.as_deref()).await?).await?;
                check_fit(*role, &place)?;
                let grant = NewGrant { role: *role, place, expires_at: None };
                actions::grant(&tx, &account, &grant).await
            });
            told(done.await?)?;
            Ok(format!("{username} is {} {}", role.word(), r#where(scope.as_deref())))
        }
        Admin::Revoke { username, role, scope } => {
            let done = desk.write("revokeRole", |tx| async move {
                let account = find(&tx, username).await?;
                let place = named(&tx, *role, scope.as_deref()).await?;
                let grant = NewGrant { role: *role, place, expires_at: None };
                actions::revoke(&tx, &account, &grant).await
            });
            told(done.await?)?;
            Ok(format!("{username} is no longer {} {}", role.word(), r#where(scope.as_deref())))
        }
        Admin::ResetPassword { username, password_stdin: _ } => {
            let hash = &hashed(&normal(username)).await?;
            let done = desk.write("resetPassword", |tx| async move {
                let account = find(&tx, username).await?;
                actions::set_password(&tx, &account, hash.clone(), None).await
            });
            told(done.await?)?;
            Ok(format!(
                "{username} has a new password; its sessions have ended, and its personal access tokens are revoked"
            ))
        }
    }
}

async fn create(desk: &Desk, mut new: NewAccount, has_password: bool) -> Result<String, Failure> {
    check_username(&new.username).map_err(|refusal| words(&refusal))?;
    if has_password {
        new.password_hash = Some(hashed(&new.username).await?);
    } else if new.subject.is_none() {
        return Err("give --password-stdin, or --subject where it signs in elsewhere alone".into());
    }
    let made = &new;
    let done = desk.write("createAccount", |tx| async move { actions::create(&tx, made.clone(), None).await });
    told(done.await?)?;
    Ok(format!("There is an account {} now; it may do nothing until it is granted a role", new.username))
}

/// The hash of the password on standard input, which is its first line.
async fn hashed(username: &str) -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    password::check("password", &password, username).map_err(|refusal| words(&refusal))?;
    Ok(std::sync::Arc::new(Hasher::default()).hash(password).await?)
}

async fn find(tx: &Tx, username: &str) -> Result<account::Model, Stop> {
    let found = by_username(tx, &normal(username)).await?;
    Ok(found.ok_or_else(|| missing(message!("there is no account {username}", "没有账号 {username}")))?)
}

/// Where a role holds: an area by its division code, a community by its area's, a unit by its credit code; anything by its id.
async fn named(tx: &Tx, role: Role, scope: Option<&str>) -> Result<Place, Stop> {
    let Some(scope) = scope else { return Ok(Place::Everywhere) };
    let found = if let Some((table, key)) = global_id::parse(&scope.into()) {
        place(tx, table, key).await?
    } else if role == Role::UnitLiaison {
        let unit = party::Entity::find().filter(party::Column::CreditCode.eq(scope));
        unit.one(&tx.connection).await?.map(Box::new).map(Place::Party)
    } else {
        let area = area::Entity::find().filter(area::Column::Code.eq(scope)).one(&tx.connection).await?;
        match area {
            Some(area) if role == Role::CommunityStaff => {
                let community = party::Entity::find()
                    .filter(party::Column::AreaId.eq(area.id))
                    .filter(party::Column::Kind.eq(PartyKind::Community));
                community.one(&tx.connection).await?.map(Box::new).map(Place::Party)
            }
            area => area.map(Box::new).map(Place::Area),
        }
    };
    Ok(found.ok_or_else(|| {
        missing(message!("there is nothing called {scope} for this role", "没有可用于该角色的 {scope}"))
    })?)
}

fn missing(message: crate::kernel::refusal::Message) -> Refusal {
    Refusal::new(UserErrorCode::NotFound, message)
}

fn r#where(scope: Option<&str>) -> String {
    scope.map_or_else(|| "everywhere".to_owned(), |scope| format!("in {scope}"))
}

fn told<T>(done: Result<T, Vec<Refusal>>) -> Result<T, Failure> {
    done.map_err(|refusals| refusals.iter().map(words).collect::<Vec<_>>().join("; ").into())
}

fn words(refusal: &Refusal) -> String {
    refusal.message.text(Language::English).to_owned()
}

/// A role in words of the command line: `area-manager` or `AREA_MANAGER`.
pub(crate) fn role(text: &str) -> Result<Role, String> {
    let word = text.to_uppercase().replace('-', "_");
    let all = || Role::iter().map(|role| role.word().to_lowercase().replace('_', "-")).collect::<Vec<_>>().join(", ");
    Role::iter().find(|role| role.word() == word).ok_or_else(|| format!("a role is one of {}", all()))
}
