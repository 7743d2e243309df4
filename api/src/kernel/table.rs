//! A table as a value: all that the kernel needs to know of it, so that one function reads every table.

use std::any::Any;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{ArrayType, Expr, TableRef, Value};
use sea_orm::{DbErr, EntityTrait, IdenStatic, Iterable, ModelTrait, QueryResult};

use super::columns::Columns;
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
    marks: &'static [&'static str],
    read: fn(&QueryResult, usize, Columns) -> Result<Read, DbErr>,
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
        marks: Model::<E>::MARKS,
        read: |row, from, columns| {
            let (mut model, mut at) = (Model::<E>::default(), from);
            for (place, column) in E::Column::iter().enumerate() {
                if columns.have(place) {
                    model.try_set(column, value(row, at, Model::<E>::get_value_type(column))?)?;
                    at += 1;
                }
            }
            let (key, long_texts) = (model.key(), model.long_texts());
            Ok(Read { record: Record(Arc::new(model)), key, long_texts })
        },
    };
}

/// What stands in a row at a place: found by where it stands, since looking for its name takes longer than reading it.
fn value(row: &QueryResult, at: usize, kind: ArrayType) -> Result<Value, DbErr> {
    Ok(match kind {
        ArrayType::Uuid => row.try_get_by_index::<Option<Uuid>>(at)?.into(),
        ArrayType::String => row.try_get_by_index::<Option<String>>(at)?.into(),
        ArrayType::Int => row.try_get_by_index::<Option<i32>>(at)?.into(),
        ArrayType::BigInt => row.try_get_by_index::<Option<i64>>(at)?.into(),
        ArrayType::Bool => row.try_get_by_index::<Option<bool>>(at)?.into(),
        ArrayType::Double => row.try_get_by_index::<Option<f64>>(at)?.into(),
        kind => return Err(DbErr::Type(format!("no column is of type {kind:?}"))),
    })
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

    /// The names of these columns of it, in order.
    pub fn some_columns(&self, columns: Columns) -> impl Iterator<Item = &'static str> {
        self.columns().into_iter().enumerate().filter(move |(place, _)| columns.have(*place)).map(|(_, column)| column)
    }

    /// The columns without which no row of it is read. The key is the first.
    #[must_use]
    pub const fn marks(&self) -> &'static [&'static str] {
        self.marks
    }

    /// Reads these columns of a row, which stand one after another from one of the statement's on. The others are left blank:
    /// nobody looks at what they have not asked for.
    ///
    /// # Errors
    /// Where it is not of this table.
    pub fn read(&self, row: &QueryResult, from: usize, columns: Columns) -> Result<Read, DbErr> {
        (self.read)(row, from, columns)
    }
}
