//! Who keeps which account, and who may grant or take back what: what is asked before anything is done.

use async_graphql::ID;
use entity::{account, account_grant, area, member, party};
use sea_orm::sea_query::ExprTrait;

use super::actions::NewGrant;
use super::mutation::NewGrantInput;
use super::place::{place, standing};
use super::rules::{Granting, Place, check_fit, granting};
use crate::access::reach::{is_below, keeps};
use crate::kernel::global_id::{self, Table};
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::scope::all;
use crate::kernel::write::Tx;

/// The account with this id, if the viewer may see it.
pub(super) async fn visible(tx: &Tx, id: &ID, field: &str) -> Result<account::Model, Stop> {
    let key = Table::Account.key(id).ok_or_else(|| Refusal::not_found(field))?;
    Ok(tx.find::<account::Entity>(key).await?.ok_or_else(|| Refusal::not_found(field))?)
}

/// The same, if the viewer keeps it.
pub(super) async fn kept(tx: &Tx, id: &ID) -> Result<account::Model, Stop> {
    let account = visible(tx, id, "id").await?;
    if tx.actor() == Some(account.id) {
        return Err(own(UserErrorCode::Invalid, "id").into());
    }
    let kept = tx.select::<account::Entity>(|at| all([at.id().eq(account.id), keeps(at)])).await?;
    Ok(kept.into_iter().next().ok_or_else(Refusal::forbidden)?)
}

/// Nobody does this with their own account.
pub(super) fn own(code: UserErrorCode, field: &str) -> Refusal {
    let message = message!("this is your own account: somebody else must do it", "这是您自己的账号，须由他人操作");
    Refusal::new(code, message).at(field)
}

/// Whether the viewer may take this grant back: they could have made it, and it is below them, or they did make it, or it is theirs.
pub(super) async fn may_revoke(tx: &Tx, grant: &account_grant::Model, place: &Place) -> Result<bool, Stop> {
    if granting(tx.viewer(), grant.role, place) == Granting::Never {
        return Ok(false);
    }
    let me = tx.actor();
    if me == grant.granted_by_id || me == Some(grant.account_id) {
        return Ok(me.is_some());
    }
    let below = tx.select::<account_grant::Entity>(|at| all([at.id().eq(grant.id), is_below(at)])).await?;
    Ok(!below.is_empty())
}
/// What an input says of a grant, where the viewer may make it.
pub(super) async fn new_grant(tx: &Tx, input: &NewGrantInput) -> Result<NewGrant, Stop> {
    let place = match &input.scope_id {
        Some(id) => {
            let place = named(tx, id).await?.ok_or_else(|| Refusal::not_found("scopeId"))?;
            standing(tx, place).await?
        }
        None => Place::Everywhere,
    };
    check_fit(input.role, &place)?;
    let expires_at = input.expires_at.map(|moment| moment.0);
    match granting(tx.viewer(), input.role, &place) {
        Granting::Never => return Err(Refusal::forbidden().into()),
        Granting::Until(end) if expires_at.is_none_or(|moment| moment > end) => {
            let message = message!(
                "your own right to grant this ends at {end}: let it end by then",
                "您自己的授权将于 {end} 到期，所授权限须在此之前到期"
            );
            return Err(Refusal::invalid("expiresAt", message).into());
        }
        Granting::Until(_) | Granting::ForEver => {}
    }
    if expires_at.is_some_and(|moment| moment <= tx.now) {
        return Err(Refusal::invalid("expiresAt", message!("it has passed already", "该时间已过")).into());
    }
    Ok(NewGrant { role: input.role, place, expires_at })
}

/// The place that an id names, if the viewer may see it.
async fn named(tx: &Tx, id: &ID) -> Result<Option<Place>, Stop> {
    let Some((table, key)) = global_id::parse(id) else { return Ok(None) };
    let is_visible = match table {
        Table::Party => tx.find::<party::Entity>(key).await?.is_some(),
        Table::Area => tx.find::<area::Entity>(key).await?.is_some(),
        Table::Member => tx.find::<member::Entity>(key).await?.is_some(),
        _ => false,
    };
    if is_visible { place(tx, table, key).await } else { Ok(None) }
}
