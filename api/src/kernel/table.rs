//! A table as a value: all that the kernel needs to know of it, so that one function reads every table.

use std::any::Any;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, TableRef};
use sea_orm::{DbErr, EntityTrait, FromQueryResult, IdenStatic, Iterable, QueryResult};

use super::error::{Error, Result};
use super::scope::{Keyed, Reach, Scope};

/// The model of an entity's row.
pub type Model<E> = <E as EntityTrait>::Model;

/// A row of some table, which whoever knows its table takes as its model.
#[derive(Clone)]
pub struct Record(Arc<dyn Any + Send + Sync>);

impl Debug for Record {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str("Record")
    }
}

impl Record {
    /// The row.
    ///
    /// # Errors
    /// Where it is of another table: a fault of ours.
    pub fn model<M: Any + Send + Sync>(&self) -> Result<Arc<M>> {
        let model = Arc::downcast(Arc::clone(&self.0));
        model.map_err(|_| Error::Internal(format!("a row is no {}", std::any::type_name::<M>())))
    }
}

/// A row as it was read.
#[derive(Debug)]
pub struct Read {
    /// The row.
    pub record: Record,
    /// Its key.
    pub key: Uuid,
    /// How many bytes those of its texts have that may be long.
    pub long_texts: usize,
}

/// A table.
#[derive(Debug)]
pub struct TableSpec {
    name: fn() -> &'static str,
    reference: fn() -> TableRef,
    columns: fn() -> Vec<&'static str>,
    reach: fn(Scope<'_>) -> Expr,
    read: fn(&QueryResult, &str) -> Result<Read, DbErr>,
}

/// Every table that has a reach is one of these.
pub trait Tabled: Reach {
    /// As a value.
    const TABLE: &'static TableSpec;
}

impl<E: Reach> Tabled for E {
    const TABLE: &'static TableSpec = &TableSpec {
        name: || E::default().table_name(),
        reference: || E::default().table_ref(),
        columns: || E::Column::iter().map(|column| column.as_str()).collect(),
        reach: E::reach,
        read: |row, prefix| {
            let model = Model::<E>::from_query_result(row, prefix)?;
            let (key, long_texts) = (model.key(), model.long_texts());
            Ok(Read { record: Record(Arc::new(model)), key, long_texts })
        },
    };
}

impl TableSpec {
    /// What the database calls it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        (self.name)()
    }

    /// Whether they are the same table.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.name() == other.name()
    }

    /// How a statement names it.
    #[must_use]
    pub fn reference(&self) -> TableRef {
        (self.reference)()
    }

    /// The names of its columns.
    #[must_use]
    pub fn columns(&self) -> Vec<&'static str> {
        (self.columns)()
    }

    /// Holds for the rows that the viewer may see.
    #[must_use]
    pub fn reach(&self, at: Scope<'_>) -> Expr {
        (self.reach)(at)
    }

    /// Reads a row.
    ///
    /// # Errors
    /// Where it is not of this table.
    pub fn read(&self, row: &QueryResult) -> Result<Read, DbErr> {
        (self.read)(row, "")
    }

    /// Reads a row whose columns are named so, each behind this prefix.
    ///
    /// # Errors
    /// Where there is none.
    pub fn read_behind(&self, prefix: &str, row: &QueryResult) -> Result<Read, DbErr> {
        (self.read)(row, prefix)
    }
}
