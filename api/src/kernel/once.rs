//! Idempotency: a mutation sent twice under one key has one effect, and answers with the same thing and event.

use async_graphql::{Name, Value};
use entity::idempotency_key;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, ModelTrait, QueryFilter};
use sha2::{Digest, Sha256};

use super::error::Error;
use super::refusal::{Refusal, Stop, UserErrorCode, message};
use super::write::{Done, Tx};

/// How long a key is remembered, in milliseconds.
pub const REMEMBERED: i64 = 24 * 3_600_000;

/// How long a key may be, in characters.
const LONGEST: usize = 200;

/// A key that a caller gave to a mutation, and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    key: String,
    fingerprint: String,
}

impl Once {
    /// What a mutation's arguments say: none where they give no key. Their fingerprint is kept, and arguments may be secrets, so
    /// `pepper` goes into it, which is nowhere in the database.
    ///
    /// # Errors
    /// Where the key is empty, or too long.
    pub fn read(mutation: &str, arguments: &[(Name, Value)], pepper: &[u8]) -> Result<Option<Self>, Refusal> {
        let input = arguments.iter().find(|(name, _)| name == "input").map(|(_, value)| value);
        let Some(Value::Object(input)) = input else { return Ok(None) };
        let Some(Value::String(key)) = input.get("idempotencyKey") else { return Ok(None) };
        if key.is_empty() || key.chars().count() > LONGEST || key.contains('\0') {
            let message = message!("a key has 1 to {LONGEST} characters", "幂等键须为 1 至 {LONGEST} 个字符");
            return Err(Refusal::invalid("idempotencyKey", message));
        }
        let mut digest = Sha256::new();
        digest.update(pepper);
        digest.update(mutation);
        input.iter().collect::<std::collections::BTreeMap<_, _>>().into_iter().for_each(|(name, value)| {
            digest.update(format!("\n{name}={value}"));
        });
        Ok(Some(Self { key: key.clone(), fingerprint: format!("{:x}", digest.finalize()) }))
    }

    /// What was done under this key before; where nothing was, the key is taken, and a second writer waits for this one.
    ///
    /// # Errors
    /// Where the key stands for something else, or the database fails.
    pub async fn take(&self, tx: &Tx) -> Result<Option<Done>, Stop> {
        let Some(account) = tx.actor() else { return Ok(None) };
        let row = idempotency_key::ActiveModel {
            account_id: Set(account),
            key: Set(self.key.clone()),
            fingerprint: Set(self.fingerprint.clone()),
            thing_id: Set(None),
            event_id: Set(None),
            created_at: Set(tx.now),
        };
        let insert = idempotency_key::Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
        if insert.exec_without_returning(&tx.connection).await? > 0 {
            return Ok(None);
        }
        let Some(row) = self.row(tx).await? else {
            // Forgotten between the two statements: another try finds it free.
            return Err(Error::Busy.into());
        };
        if row.created_at.plus(REMEMBERED) <= tx.now {
            row.delete(&tx.connection).await?;
            return Box::pin(self.take(tx)).await;
        }
        if row.fingerprint != self.fingerprint {
            let message = message!("the key was used for something else", "该幂等键已用于其他操作");
            return Err(Refusal::new(UserErrorCode::KeyReused, message).at("idempotencyKey").into());
        }
        Ok(Some(Done { thing: row.thing_id, event: row.event_id }))
    }

    /// Remembers what was done under this key.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn keep(&self, tx: &Tx, done: Done) -> Result<(), Stop> {
        let Some(account) = tx.actor() else { return Ok(()) };
        idempotency_key::Entity::update_many()
            .col_expr(idempotency_key::Column::ThingId, Expr::value(done.thing))
            .col_expr(idempotency_key::Column::EventId, Expr::value(done.event))
            .filter(idempotency_key::Column::AccountId.eq(account))
            .filter(idempotency_key::Column::Key.eq(self.key.as_str()))
            .exec(&tx.connection)
            .await?;
        Ok(())
    }

    async fn row(&self, tx: &Tx) -> Result<Option<idempotency_key::Model>, Stop> {
        let Some(account) = tx.actor() else { return Ok(None) };
        Ok(idempotency_key::Entity::find_by_id((account, self.key.clone())).one(&tx.connection).await?)
    }
}
