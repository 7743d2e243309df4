//! How much one answer may hold: bytes of texts that may be long, counted as they are read and as they are written.
//!
//! What is short is bounded by the price of a query, a field each. A description is not: a thousand of them are fifteen
//! megabytes, and a query may name each of them fifty times.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use async_graphql::dataloader::DataLoader;
use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

use serde::Deserialize;

use super::error::{Error, Result};
use super::loader::Rows;

/// How much has been read and written for one answer, and how much may be.
#[derive(Debug)]
pub struct Bulk {
    most: u64,
    read: AtomicU64,
    written: AtomicU64,
}

/// Rows are read with all their texts, of which an answer may have but a few: they may hold so many times as much.
const READ_FOR_WRITTEN: u64 = 4;

impl Bulk {
    /// So many bytes may be answered.
    #[must_use]
    pub const fn new(most: u64) -> Self {
        Self { most, read: AtomicU64::new(0), written: AtomicU64::new(0) }
    }

    /// A statement whose rows are about to be read.
    #[must_use]
    pub const fn reading(&self) -> Reading<'_> {
        Reading { bulk: self, bytes: 0 }
    }

    /// Counts a text that goes into the answer.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED` where there were too many.
    pub fn write(&self, bytes: usize) -> Result<()> {
        self.add(&self.written, bytes, self.most)
    }

    /// Whether it was refused to read or to write on; or whether this answer, with all that is short in it, is too much as well.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED` where it was.
    pub fn check(&self, answer: &Value) -> Result<()> {
        let is_over = |counter: &AtomicU64, most: u64| counter.load(Relaxed) > most;
        let is_refused =
            is_over(&self.read, self.most.saturating_mul(READ_FOR_WRITTEN)) || is_over(&self.written, self.most);
        if is_refused || length(answer) > self.most { Err(self.exceeded()) } else { Ok(()) }
    }

    fn add(&self, counter: &AtomicU64, bytes: usize, most: u64) -> Result<()> {
        let bytes = bytes as u64;
        if counter.fetch_add(bytes, Relaxed).saturating_add(bytes) > most { Err(self.exceeded()) } else { Ok(()) }
    }

    fn exceeded(&self) -> Error {
        Error::LimitExceeded(format!(
            "bytes of the answer: more than {}; ask for fewer rows, or for fewer texts",
            self.most
        ))
    }
}

/// What the rows of one statement weigh. A statement that is given up, to be begun anew, weighs nothing.
#[derive(Debug)]
pub struct Reading<'b> {
    bulk: &'b Bulk,
    bytes: u64,
}

impl Reading<'_> {
    /// Counts the long texts of a row that was read.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED` where there were too many.
    pub fn add(&mut self, bytes: usize) -> Result<()> {
        self.bytes += bytes as u64;
        self.bulk.add(&self.bulk.read, bytes, self.bulk.most.saturating_mul(READ_FOR_WRITTEN))
    }

    /// What was read is used.
    pub fn keep(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.bulk.read.fetch_sub(self.bytes, Relaxed);
    }
}

/// About how long an answer is as JSON.
fn length(value: &Value) -> u64 {
    match value {
        Value::Null | Value::Boolean(_) => 4,
        Value::Number(_) => 8,
        Value::String(text) => text.len() as u64 + 2,
        Value::Enum(name) => name.len() as u64 + 2,
        Value::Binary(bytes) => bytes.len() as u64,
        Value::List(values) => values.iter().map(|value| length(value) + 1).sum::<u64>() + 2,
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() as u64 + 4 + length(value)).sum::<u64>() + 2
        }
    }
}

/// A text that may be long, on its way into an answer. In the schema it is a `String` like any other.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub struct LongText<T>(pub T);

impl<T: AsRef<str> + Send + Sync> OutputType for LongText<T> {
    fn type_name() -> Cow<'static, str> {
        <String as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <String as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let text = self.0.as_ref();
        let rows = context.data_opt::<DataLoader<Rows>>();
        let counted = rows.map_or(Ok(()), |rows| rows.loader().bulk().write(text.len()));
        match counted {
            Ok(()) => Ok(Value::String(text.to_owned())),
            Err(error) => Err(context.set_error_path(async_graphql::Error::from(error).into_server_error(field.pos))),
        }
    }
}
