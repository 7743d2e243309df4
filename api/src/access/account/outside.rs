//! What other identity providers call accounts (外部身份): a subject is kept with its issuer, and means nothing to another one.

use entity::{account, outside_identity};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::database::Pool;
use crate::kernel::error::{Error, Result};
use crate::kernel::global_id::Table;
use crate::kernel::refusal::Stop;
use crate::kernel::write::{Changes, Desk, Tx};

/// Keeps what a provider calls an account. Answers with whether it is the account's now: not where it is another's.
///
/// # Errors
/// Where the database fails.
pub async fn bind(tx: &Tx, account: Uuid, issuer: &str, subject: &str) -> Result<bool, Stop> {
    let row = outside_identity::ActiveModel {
        issuer: Set(issuer.to_owned()),
        subject: Set(subject.to_owned()),
        account_id: Set(account),
    };
    let insert = outside_identity::Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    Ok(insert.exec_without_returning(&tx.connection).await? > 0)
}

/// Gives the provider that is configured the subjects that were kept before anybody knew whose they are. One that it has given to
/// another account meanwhile stays as it is.
///
/// # Errors
/// Where the database fails.
pub async fn adopt(reader: &Pool, desk: &Desk, issuer: &str) -> Result<()> {
    let waiting = || account::Entity::find().filter(account::Column::Subject.is_not_null());
    // Where nothing is to be done, nothing is written: the database may be for reading alone.
    if waiting().count(reader).await? == 0 {
        return Ok(());
    }
    let adopted = desk.write("bindSubject", |tx| async move {
        for account in waiting().all(&tx.connection).await? {
            let Some(subject) = &account.subject else { continue };
            if !bind(&tx, account.id, issuer, subject).await? {
                continue;
            }
            account::Entity::update_many()
                .col_expr(account::Column::Subject, Expr::value(None::<String>))
                .filter(account::Column::Id.eq(account.id))
                .exec(&tx.connection)
                .await?;
            let changes = Changes::default().new("issuer", issuer).new("subject", subject);
            tx.audit((Table::Account, account.id), None, &changes);
        }
        Ok(())
    });
    adopted.await?.map_err(|_| Error::Internal("subjects were refused to be bound".into()))
}
