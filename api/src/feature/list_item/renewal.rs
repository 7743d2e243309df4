//! What can be done to an item that takes no claims any more, or not for long: open it again, give it more time; and to a draft of
//! which nothing comes: throw it away.

use entity::Timestamp;
use entity::list_item::{self, ListItemStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::actions::{Step, allowed, check_claims, check_version, find, party_of, save};
use super::changes::changes;
use super::content::Content;
use super::rules::{ListItemAction, past};
use crate::feature::attachment;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, message};
use crate::kernel::say::{Faults, Say};
use crate::kernel::write::{Changes, Done, Tx};

/// A step that may give an item other dates.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// The step.
    pub step: Step,
    /// The new deadline to claim.
    pub claim_by: Say<Timestamp>,
    /// The new end of its window.
    pub available_until: Say<Timestamp>,
}

/// Opens an item again, or gives it more time.
///
/// # Errors
/// As `rules::Standing` says; where it would not be claimable then, or have less time than it had; where somebody else moved it first.
pub async fn renew(tx: &Tx, renewal: &Renewal) -> Result<Done, Stop> {
    let step = &renewal.step;
    let before = find(tx, &step.id).await?;
    let owner = party_of(tx, before.owner_id).await?;
    check_version(tx, &before, &owner, step.if_version)?;
    let to = allowed(tx, &before, &owner, step.action).await?;
    let (mut after, mut faults) = (before.clone(), Faults::default());
    let dates = Content { claim_by: renewal.claim_by, available_until: renewal.available_until, ..Content::default() };
    dates.write(&mut after, &mut faults);
    after.status = to;
    for (field, message) in past(&after, tx.now) {
        faults.note(Refusal::invalid(field, message));
    }
    if step.action == ListItemAction::Extend {
        check_extension(&before, &after, &mut faults);
    }
    faults.end()?;
    check_claims(tx, &before, &after).await?;
    save(tx, &before, &after).await?;
    tx.audit((Table::ListItem, before.id), Some(owner.id), &changes(Some(&before), &after));
    tx.tell((Table::ListItem, before.id), None);
    Ok(Done::to(before.id))
}

/// Whether an item gets more time, and no less of any.
fn check_extension(before: &list_item::Model, after: &list_item::Model, faults: &mut Faults) {
    let dates = |item: &list_item::Model| [item.claim_by, item.available_until];
    for (field, (old, new)) in ["claimBy", "availableUntil"].iter().zip(dates(before).into_iter().zip(dates(after))) {
        let is_earlier = new.is_some_and(|new| old.is_none_or(|old| new < old));
        if is_earlier {
            let message = message!("this is less time than it has", "不能早于现有的时间");
            faults.note(Refusal::invalid(field, message).on(Table::ListItem, before.id));
        }
    }
    if dates(before) == dates(after) {
        let message = message!("say until when: claimBy or availableUntil", "请填写新的认领截止或可用时间");
        faults.note(Refusal::invalid("claimBy", message));
    }
}

/// Throws a draft away. Nobody but its owner ever saw it, so nothing of it is owed to anybody; the audit log has its title.
///
/// # Errors
/// As `rules::Standing` says, or where somebody else changed it first; nothing is changed then.
pub async fn discard(tx: &Tx, step: &Step) -> Result<Done, Stop> {
    let before = find(tx, &step.id).await?;
    let owner = party_of(tx, before.owner_id).await?;
    check_version(tx, &before, &owner, step.if_version)?;
    allowed(tx, &before, &owner, step.action).await?;
    attachment::remove_all(tx, before.id).await?;
    let discarded = list_item::Entity::delete_many()
        .filter(list_item::Column::Id.eq(before.id))
        .filter(list_item::Column::Version.eq(before.version))
        .filter(list_item::Column::Status.eq(ListItemStatus::Draft));
    if discarded.exec(&tx.connection).await?.rows_affected == 0 {
        return Err(Refusal::conflict(Table::ListItem, before.id).into());
    }
    let told = Changes::default().field("title", Some(before.title.clone()), None);
    tx.audit((Table::ListItem, before.id), Some(owner.id), &told);
    tx.tell((Table::ListItem, before.id), None);
    Ok(Done::default())
}
