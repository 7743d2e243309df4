//! Rows into tables, as many at once as a statement takes.

use entity::{
    account, account_grant, area, attachment, category, check_in, claim, claim_event, former_name, list_item, member,
    member_check_in, party, rating,
};
use sea_orm::ActiveValue::NotSet;
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel, Iterable};

use super::rows::Rows;
use crate::database::Transaction;

/// Values in one statement: SQLite takes 32,766, PostgreSQL 65,535, and both are quickest well below.
const VALUES: usize = 6_000;

/// Writes rows, those that others point to first.
pub(super) async fn rows(tx: &Transaction, rows: Rows) -> Result<(), DbErr> {
    table::<area::Entity, area::ActiveModel>(tx, rows.areas).await?;
    table::<category::Entity, category::ActiveModel>(tx, rows.categories).await?;
    table::<party::Entity, party::ActiveModel>(tx, rows.parties).await?;
    table::<former_name::Entity, former_name::ActiveModel>(tx, rows.former_names).await?;
    table::<check_in::Entity, check_in::ActiveModel>(tx, rows.check_ins).await?;
    table::<member::Entity, member::ActiveModel>(tx, rows.members).await?;
    table::<member_check_in::Entity, member_check_in::ActiveModel>(tx, rows.member_check_ins).await?;
    table::<list_item::Entity, list_item::ActiveModel>(tx, rows.items).await?;
    table::<claim::Entity, claim::ActiveModel>(tx, rows.claims.into_iter().map(without_generated)).await?;
    table::<claim_event::Entity, claim_event::ActiveModel>(tx, rows.events).await?;
    table::<rating::Entity, rating::ActiveModel>(tx, rows.ratings).await?;
    table::<attachment::Entity, attachment::ActiveModel>(tx, rows.attachments).await?;
    table::<account::Entity, account::ActiveModel>(tx, rows.accounts).await?;
    table::<account_grant::Entity, account_grant::ActiveModel>(tx, rows.grants).await
}

async fn table<E, A>(tx: &Transaction, rows: impl IntoIterator<Item = impl IntoActiveModel<A>>) -> Result<(), DbErr>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E>,
{
    let at_once = (VALUES / E::Column::iter().count()).max(1);
    let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model).peekable();
    while rows.peek().is_some() {
        E::insert_many(rows.by_ref().take(at_once)).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The database works these columns out, and refuses to be told.
fn without_generated(row: claim::Model) -> claim::ActiveModel {
    claim::ActiveModel {
        community_id: NotSet,
        unit_id: NotSet,
        provider_id: NotSet,
        receiver_id: NotSet,
        awaiting_id: NotSet,
        is_public: NotSet,
        receiver_stars: NotSet,
        ..row.into_active_model()
    }
}
