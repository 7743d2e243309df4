//! The chain that tells whether the audit log is as it was written: each entry has the hash of the one before it in its lane.
//!
//! Lanes let several writers at once have an end of the chain each. Of changes that were taken out, their hash is left in the chain.

use entity::{audit_entry, audit_lane};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use sha2::{Digest, Sha256};

use super::error::Error;
use super::refusal::Stop;
use super::write::Tx;

/// SHA-256 in hex.
#[must_use]
pub fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of an entry that stands after the one with this hash: of all that it says, each part with its length before it, so that
/// no two entries say the same in other parts.
#[must_use]
pub fn seal(entry: &audit_entry::Model, before: &str) -> String {
    let key = |key: Option<sea_orm::prelude::Uuid>| key.map(|key| key.simple().to_string());
    let parts = [
        Some(before.to_owned()),
        entry.lane.map(|lane| lane.to_string()),
        entry.number.map(|number| number.to_string()),
        key(Some(entry.id)),
        Some(entry.at.milliseconds().to_string()),
        Some(entry.source.word()),
        key(entry.actor_id),
        key(entry.on_behalf_of_id),
        Some(entry.action.clone()),
        Some(entry.subject.clone()),
        entry.changes_hash.clone(),
        entry.request_id.clone(),
        entry.address.clone(),
    ];
    let part = |part: Option<String>| part.map_or_else(|| "-".to_owned(), |part| format!("{}:{part}", part.len()));
    digest(&parts.map(part).concat())
}

/// Writes entries at the end of a lane, the last thing that a transaction does: it holds the lane until it is over.
///
/// # Errors
/// Where the database fails.
pub(super) async fn append(tx: &Tx, entries: Vec<audit_entry::Model>) -> Result<(), Stop> {
    let lane = free_lane(tx).await?;
    let (mut number, mut hash) = (lane.number, lane.hash);
    let mut rows = Vec::with_capacity(entries.len());
    for mut entry in entries {
        number += 1;
        (entry.lane, entry.number) = (Some(lane.lane), Some(number));
        entry.changes_hash = Some(digest(&entry.changes));
        hash = seal(&entry, &hash);
        entry.hash = Some(hash.clone());
        rows.push(entry.into_active_model().reset_all());
    }
    audit_entry::Entity::insert_many(rows).exec_without_returning(&tx.connection).await?;
    let end = audit_lane::ActiveModel { number: Set(number), hash: Set(hash), ..Default::default() };
    let moved = audit_lane::Entity::update_many().set(end).filter(audit_lane::Column::Lane.eq(lane.lane));
    moved.exec(&tx.connection).await?;
    Ok(())
}

/// A lane that nobody else writes to: SQLite's writers come one by one, and take the first.
async fn free_lane(tx: &Tx) -> Result<audit_lane::Model, Stop> {
    let lanes = || audit_lane::Entity::find().order_by_asc(audit_lane::Column::Lane).limit(1);
    let free = match tx.connection.get_database_backend() {
        DbBackend::Sqlite => lanes(),
        _ => lanes().lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
    };
    if let Some(lane) = free.one(&tx.connection).await? {
        return Ok(lane);
    }
    let first = lanes().lock(LockType::Update).one(&tx.connection).await?;
    first.ok_or_else(|| Error::Internal("the audit log has no lane".into()).into())
}
