//! The one way to write: a transaction that is done whole or not at all, with what it leaves in the audit log and the outbox.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_graphql::ID;
use entity::audit_entry::AuditSource;
use entity::{Timestamp, audit_entry, outbox};
use rand::Rng;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::database::{Fault, Pool, Transaction};

use super::caller::Caller;
use super::chain;
use super::clock::Clock;
use super::columns::Columns;
use super::error::{Error, Result};
use super::global_id::Table;
use super::loader::{Model, one_of, select_statement};
use super::refusal::{Refusal, Stop};
use super::scope::{Reach, Scope};
use super::table::Tabled;
use super::turns::Place;
use super::viewer::Viewer;

/// How often a write that met another one is tried again, before the caller is asked to.
const TRIES: u32 = 6;

/// Where one caller's writes go in: who writes, from where, and when.
#[derive(Clone, Debug)]
pub struct Desk {
    database: Pool,
    /// None for the server itself, which need not wait for its turn.
    place: Option<Place>,
    clock: Clock,
    viewer: Viewer,
    caller: Caller,
    source: AuditSource,
}

impl Desk {
    /// For somebody who asks through the API.
    #[must_use]
    pub fn of_caller(database: Pool, place: Place, clock: Clock, viewer: Viewer, caller: Caller) -> Self {
        Self { database, place: Some(place), clock, viewer, caller, source: AuditSource::Api }
    }

    /// For the server itself: its clock, or its command line.
    #[must_use]
    pub fn of_server(database: Pool, clock: Clock, source: AuditSource) -> Self {
        Self { database, place: None, clock, viewer: Viewer::Anonymous, caller: Caller::of_server(), source }
    }

    /// The same, for whoever signed in just now.
    #[must_use]
    pub fn signed_in(self, viewer: Viewer) -> Self {
        Self { viewer, ..self }
    }

    /// From where the caller asks.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Who writes.
    #[must_use]
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// The moment now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Does `action` whole, or leaves no trace of it. What it did is named `name` in the audit log.
    ///
    /// Writes that meet are tried again, a few times and a random moment later.
    ///
    /// # Errors
    /// Where the database fails, or others were in the way each time. A refusal is no error: it is the inner result.
    pub async fn write<T, F>(
        &self,
        name: &str,
        action: impl Fn(Tx) -> F + Send + Sync,
    ) -> Result<Result<T, Vec<Refusal>>>
    where
        T: Send,
        F: Future<Output = Result<T, Stop>> + Send,
    {
        for attempt in 0..TRIES {
            match self.attempt(name, &action).await {
                Ok(value) => return Ok(Ok(value)),
                Err(Stop::Refused(refusals)) => return Ok(Err(refusals)),
                // The action itself saw that it met another.
                Err(Stop::Failed(Error::Busy)) => wait(attempt).await,
                Err(Stop::Failed(Error::Database(error))) => match Fault::of(&error) {
                    Fault::Collision => wait(attempt).await,
                    // Somebody else took a code or a name since this one looked, or moved an area. Looking again tells who has it.
                    Fault::Taken if attempt + 1 < TRIES => {}
                    _ => return Err(Error::Database(error)),
                },
                Err(Stop::Failed(error)) => return Err(error),
            }
        }
        Err(Error::Busy)
    }

    async fn attempt<T, F>(&self, name: &str, action: impl Fn(Tx) -> F + Send + Sync) -> Result<T, Stop>
    where
        T: Send,
        F: Future<Output = Result<T, Stop>> + Send,
    {
        let _turn = match &self.place {
            Some(place) => Some(place.write().await?),
            None => None,
        };
        let tx = Tx(Arc::new(Inside {
            connection: self.database.begin().await?,
            now: self.clock.now(),
            name: name.to_owned(),
            desk: self.clone(),
            left: Mutex::default(),
        }));
        let value = action(tx.clone()).await?;
        tx.commit().await?;
        Ok(value)
    }
}

async fn wait(attempt: u32) {
    let longest = 10 << attempt;
    let milliseconds = rand::rng().random_range(1..=longest);
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

/// A transaction, with who is behind it and what it is going to leave behind. A handle: its copies are the same transaction.
#[derive(Clone, Debug)]
pub struct Tx(Arc<Inside>);

impl std::ops::Deref for Tx {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.0
    }
}

/// What every copy of a transaction's handle shares.
#[derive(Debug)]
pub struct Inside {
    /// For SELECT, INSERT, UPDATE and DELETE.
    pub connection: Transaction,
    /// The moment at which all of it happens.
    pub now: Timestamp,
    name: String,
    desk: Desk,
    left: Mutex<Left>,
}

#[derive(Debug, Default)]
struct Left {
    entries: Vec<audit_entry::Model>,
    changes: Vec<outbox::ActiveModel>,
}

/// What changed of a row, for the audit log. Whoever builds it masks what is personal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<(&'static str, Option<String>, Option<String>)>);

impl Changes {
    /// A field was this, and is that now. The same twice is no change.
    #[must_use]
    pub fn field(mut self, name: &'static str, before: Option<String>, after: Option<String>) -> Self {
        if before != after {
            self.0.push((name, before, after));
        }
        self
    }

    /// A field of something new.
    #[must_use]
    pub fn new(self, name: &'static str, value: impl ToString) -> Self {
        self.field(name, None, Some(value.to_string()))
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn json(&self) -> String {
        let changes = self
            .0
            .iter()
            .map(|(field, before, after)| serde_json::json!({ "field": field, "before": before, "after": after }));
        serde_json::Value::from_iter(changes).to_string()
    }
}

impl Tx {
    /// Who writes.
    #[must_use]
    pub fn viewer(&self) -> &Viewer {
        &self.desk.viewer
    }

    /// The account behind it; none for the clock and the command line.
    #[must_use]
    pub fn actor(&self) -> Option<Uuid> {
        self.desk.viewer.account()
    }

    /// A new key.
    #[must_use]
    pub fn key(&self) -> Uuid {
        entity::key::new(self.now)
    }

    /// The outermost table of a statement, under the writer's reach.
    #[must_use]
    pub fn scope(&self) -> Scope<'_> {
        Scope::new(&self.desk.viewer, self.now, self.connection.get_database_backend())
    }

    /// The rows of `E` that the writer may see and that meet `condition`.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn select<E: Reach>(
        &self,
        condition: impl FnOnce(Scope<'_>) -> Expr + Send,
    ) -> Result<Vec<Model<E>>, Stop> {
        self.select_some::<E>(condition, u64::MAX >> 1).await
    }

    /// The same, but no more than so many of them.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn select_some<E: Reach>(
        &self,
        condition: impl FnOnce(Scope<'_>) -> Expr + Send,
        most: u64,
    ) -> Result<Vec<Model<E>>, Stop> {
        let statement = select_statement::<E>(self.scope(), condition, |select| {
            select.limit(most);
        });
        let rows = self.connection.query_all_raw(statement).await?;
        let read = |row| {
            let model = E::TABLE.read(&row, 0, Columns::ALL)?.record.model::<Model<E>>()?;
            Ok(Arc::unwrap_or_clone(model))
        };
        rows.into_iter().map(read).collect::<Result<_>>().map_err(Stop::from)
    }

    /// The row with this key, if there is one that the writer may see.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn find<E: Reach>(&self, key: Uuid) -> Result<Option<Model<E>>, Stop> {
        Ok(self.select::<E>(|at| one_of(at, at.id(), &[key])).await?.pop())
    }

    /// The row that an id of this table names, if there is one that the writer may see.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn find_id<E: Reach>(&self, table: Table, id: &ID) -> Result<Option<Model<E>>, Stop> {
        match table.key(id) {
            Some(key) => self.find::<E>(key).await,
            None => Ok(None),
        }
    }

    /// Leaves an entry in the audit log: what was done to `subject`, for whom, and what it changed.
    pub fn audit(&self, subject: (Table, Uuid), on_behalf_of: Option<Uuid>, changes: &Changes) {
        let caller = &self.desk.caller;
        let entry = audit_entry::Model {
            id: self.key(),
            at: self.now,
            source: self.desk.source,
            actor_id: self.actor(),
            on_behalf_of_id: on_behalf_of,
            action: self.name.clone(),
            subject: subject.0.id(subject.1).0,
            changes: changes.json(),
            request_id: (!caller.request_id.is_empty()).then(|| caller.request_id.clone()),
            address: caller.address.map(|address| address.to_string()),
            ..audit_entry::Model::default()
        };
        self.left.lock().unwrap_or_else(PoisonError::into_inner).entries.push(entry);
    }

    /// Tells others that `subject` changed, and by which event.
    pub fn tell(&self, subject: (Table, Uuid), event: Option<Uuid>) {
        let change = outbox::ActiveModel {
            position: NotSet,
            at: Set(self.now),
            subject: Set(subject.0.id(subject.1).0),
            event_id: Set(event),
        };
        self.left.lock().unwrap_or_else(PoisonError::into_inner).changes.push(change);
    }

    async fn commit(self) -> Result<(), Stop> {
        let left = std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner));
        if !left.changes.is_empty() {
            outbox::Entity::insert_many(left.changes).exec_without_returning(&self.connection).await?;
        }
        // Last, since others may wait for the end of the chain.
        if !left.entries.is_empty() {
            chain::append(&self, left.entries).await?;
        }
        let inside = Arc::into_inner(self.0);
        let inside = inside.ok_or_else(|| Error::Internal("an action kept its transaction".into()))?;
        inside.connection.commit().await.map_err(|error| match Fault::of(&error) {
            Fault::Unreachable => Error::Unsettled(Arc::new(error)).into(),
            _ => error.into(),
        })
    }
}

/// What a mutation did: the thing it made or changed, and the event that says how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The key of the thing.
    pub thing: Option<Uuid>,
    /// The key of the event.
    pub event: Option<Uuid>,
}

impl Done {
    /// This thing, and no event.
    #[must_use]
    pub const fn to(thing: Uuid) -> Self {
        Self { thing: Some(thing), event: None }
    }
}
