//! Rows to begin with, written straight into the tables, with what is usual unless a case says otherwise.
//!
//! `given.need(&community).title("路灯").quantity(2).await` writes a row and answers with it. Every row takes
//! `.with(|row| …)` for what has no word here, and `given.at(moment)` makes rows of another time. The same case twice
//! writes the same rows.

mod account;
mod area;
mod claim;
mod item;
mod party;

pub use account::PASSWORD;
pub use claim::columns_of_claim;

use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use api::database::Database;
use entity::Timestamp;
use futures_util::future::BoxFuture;
use sea_orm::prelude::Uuid;
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, EntityTrait, IdenStatic, IntoActiveModel};

/// The maker of rows.
#[derive(Clone)]
pub struct Given {
    database: Database,
    yesterday: Timestamp,
    moment: Option<Timestamp>,
    made: Arc<AtomicU32>,
}

/// A row that is written when it is awaited.
pub struct Row<M> {
    given: Given,
    row: M,
}

/// How a row gets into its table, with whatever must be there before or after it.
pub trait Written: Send + Sized + 'static {
    fn write(self, given: Given) -> impl Future<Output = Self> + Send;
}

impl Given {
    /// Rows are a day older than `now`, each a second younger than the one before.
    pub fn new(database: Database, now: Timestamp) -> Self {
        Self { database, yesterday: now.plus(-24 * 3_600_000), moment: None, made: Arc::default() }
    }

    /// A maker of rows that are all made at `moment`.
    pub fn at(&self, moment: Timestamp) -> Self {
        Self { moment: Some(moment), ..self.clone() }
    }

    /// Writes rows as they stand, many at a time: nothing is made for them or of them.
    pub async fn write_all<M, A>(&self, rows: impl IntoIterator<Item = Row<M>>, columns: fn(M) -> A)
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
    {
        let mut rows: Vec<A> = rows.into_iter().map(|row| columns(row.row)).collect();
        while !rows.is_empty() {
            // A statement takes no more than some ten thousand parameters.
            let rest = rows.split_off(rows.len().min(400));
            let written = A::Entity::insert_many(std::mem::replace(&mut rows, rest));
            written
                .exec_without_returning(&self.database.writer)
                .await
                .unwrap_or_else(|error| panic!("given many: {error}"));
        }
    }

    /// The row that `build` makes of its number, its moment and its key.
    fn row<M>(&self, build: impl FnOnce(u32, Timestamp, Uuid) -> M) -> Row<M> {
        let serial = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        let at = self.moment.unwrap_or_else(|| self.yesterday.plus(i64::from(serial) * 1_000));
        Row { given: self.clone(), row: build(serial, at, entity::key::seeded(at, u128::from(serial))) }
    }
}

impl<M> Row<M> {
    /// The row as it would be written.
    pub fn model(&self) -> M
    where
        M: Clone,
    {
        self.row.clone()
    }

    /// Changes what has no word of its own.
    pub fn with(mut self, change: impl FnOnce(&mut M)) -> Self {
        change(&mut self.row);
        self
    }
}

impl<M> std::ops::Deref for Row<M> {
    type Target = M;

    /// What is going to be written.
    fn deref(&self) -> &M {
        &self.row
    }
}

impl<M: Written> IntoFuture for Row<M> {
    type Output = M;
    type IntoFuture = BoxFuture<'static, M>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.row.write(self.given))
    }
}

/// Tables whose rows are written as they stand.
macro_rules! written_as_they_stand {
    ($($table:ident),+) => {
        $(impl Written for entity::$table::Model {
            async fn write(self, given: Given) -> Self {
                insert(&given.database.writer, all(self)).await
            }
        })+
    };
}
written_as_they_stand!(
    access_token,
    account,
    account_grant,
    attachment,
    category,
    check_in,
    member,
    member_check_in,
    past_home,
    session
);

/// Inserts all columns of a row; a panic says which table refused it.
async fn insert<A>(connection: &impl ConnectionTrait, row: A) -> <A::Entity as EntityTrait>::Model
where
    A: ActiveModelTrait + ActiveModelBehavior + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    row.insert(connection).await.unwrap_or_else(|error| panic!("given {}: {error}", A::Entity::default().as_str()))
}

/// All columns of a row, to be set.
pub fn all<M, A>(row: M) -> A
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait,
{
    row.into_active_model().reset_all()
}
