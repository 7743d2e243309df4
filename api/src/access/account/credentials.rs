//! All that somebody can ask with as an account (凭据): its sessions, with what they are refreshed by, and its personal access
//! tokens. They end together, so that nothing outlives what was done because of a thief.

use async_graphql::Context;
use entity::{access_token, session};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::access::payload::{Outcome, desk, mutate_with};
use crate::kernel::error::Result;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::viewer::{Credential, Viewer};
use crate::kernel::write::{Changes, Done, Tx};

/// Ends all credentials of an account but one session. Answers with what the audit log is to say of it.
///
/// # Errors
/// Where the database fails.
pub async fn end_all(tx: &Tx, account: Uuid, but: Option<Uuid>) -> Result<Changes, Stop> {
    let mut sessions = session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(tx.now))
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(tx.now));
    if let Some(but) = but {
        sessions = sessions.filter(session::Column::Id.ne(but));
    }
    let tokens = access_token::Entity::update_many()
        .col_expr(access_token::Column::RevokedAt, Expr::value(tx.now))
        .filter(access_token::Column::AccountId.eq(account))
        .filter(access_token::Column::RevokedAt.is_null())
        .filter(access_token::Column::ExpiresAt.gt(tx.now));
    let ended = [
        ("endedSessions", sessions.exec(&tx.connection).await?.rows_affected),
        ("revokedTokens", tokens.exec(&tx.connection).await?.rows_affected),
    ];
    let ended = ended.into_iter().filter(|(_, number)| *number > 0);
    Ok(ended.fold(Changes::default(), |changes, (name, number)| changes.new(name, number)))
}

/// Does a mutation for whoever signed in themselves, as `mutate` does.
///
/// # Errors
/// Where the database fails. A refusal is no error.
pub(super) async fn mutate_in_person<P, F>(
    context: &Context<'_>,
    action: impl Fn(Tx) -> F + Send + Sync,
) -> Option<Result<P>>
where
    P: From<Outcome>,
    F: Future<Output = Result<Done, Stop>> + Send,
{
    mutate_with(context, async { Ok(check_in_person(desk(context)?.viewer())?) }, |tx, ()| action(tx)).await
}

/// Refuses a script what would outlive its token, or take others' access away: accounts, grants, passwords and tokens are the
/// business of somebody who signed in.
///
/// # Errors
/// `FORBIDDEN` for a personal access token.
pub fn check_in_person(viewer: &Viewer) -> Result<(), Refusal> {
    match viewer {
        Viewer::SignedIn(who) if who.credential == Credential::PersonalToken => {
            let message = message!(
                "a personal access token cannot do this: sign in, and do it yourself",
                "访问令牌不能执行此操作，请登录后亲自操作"
            );
            Err(Refusal::new(UserErrorCode::Forbidden, message))
        }
        _ => Ok(()),
    }
}
