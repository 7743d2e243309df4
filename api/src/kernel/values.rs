//! Lists of values in a statement, each bound as one parameter: neither its text nor the number of its parameters follows how many
//! values there are, but for one alone, which is compared with as it is. PostgreSQL keeps the plans of such statements.

use sea_orm::DbBackend;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Expr, ExprTrait, Func, SelectStatement, Value};

use super::scope::Scope;

/// The values of a list, all of one kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Keys of rows.
    Keys(Vec<Uuid>),
    /// Texts, and the words of an enum.
    Texts(Vec<String>),
    /// Whole numbers.
    Numbers(Vec<i32>),
    /// Moments, in milliseconds.
    Moments(Vec<i64>),
}

impl Values {
    /// Texts. What no database can hold is equal to nothing, and left out.
    pub fn texts<T: Into<String> + AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::Texts(texts.into_iter().filter(|text| can_be_stored(text.as_ref())).map(Into::into).collect())
    }

    /// A condition: `value` is one of these. Of none, nothing is.
    #[must_use]
    pub fn have(self, at: Scope<'_>, value: Expr) -> Expr {
        if let Some(only) = self.only() {
            return value.eq(only);
        }
        if at.backend != DbBackend::Sqlite {
            // The list stands in a query of its own, so that the plan cannot hang on how many values it has.
            let (kind, array) = self.array();
            let list = Expr::cust_with_exprs(format!("(SELECT $1::{kind})::{kind}"), [Expr::val(array)]);
            return value.eq(PgFunc::any(list));
        }
        // JSON has no bytes: keys travel as hexadecimal digits.
        let list = if matches!(self, Self::Keys(_)) { "unhex(value)" } else { "value" };
        Expr::cust_with_exprs(format!("? IN (SELECT {list} FROM json_each(?))"), [value, Expr::val(self.json())])
    }

    /// Adds these to what a statement of SQLite reads from, as rows. Answers with the value of such a row.
    pub fn read_from(self, select: &mut SelectStatement) -> Expr {
        select.from_function(Func::cust("json_each").arg(Expr::val(self.json())), "given");
        Expr::col(("given", "value"))
    }

    /// The value, where there is one alone.
    fn only(&self) -> Option<Value> {
        match self {
            Self::Keys(keys) => only(keys).map(Value::from),
            Self::Texts(texts) => only(texts).map(Value::from),
            Self::Numbers(numbers) => only(numbers).map(Value::from),
            Self::Moments(moments) => only(moments).map(Value::from),
        }
    }

    /// As PostgreSQL takes them, and their type.
    fn array(self) -> (&'static str, Value) {
        match self {
            Self::Keys(keys) => ("uuid[]", keys.into()),
            Self::Texts(texts) => ("text[]", texts.into()),
            Self::Numbers(numbers) => ("int[]", numbers.into()),
            Self::Moments(moments) => ("bigint[]", moments.into()),
        }
    }

    /// As SQLite takes them.
    fn json(self) -> String {
        match self {
            Self::Keys(keys) => serde_json::Value::from_iter(keys.iter().map(|key| key.simple().to_string())),
            Self::Texts(texts) => serde_json::Value::from_iter(texts),
            Self::Numbers(numbers) => serde_json::Value::from_iter(numbers),
            Self::Moments(moments) => serde_json::Value::from_iter(moments),
        }
        .to_string()
    }
}

fn only<T: Clone>(values: &[T]) -> Option<T> {
    if let [only] = values { Some(only.clone()) } else { None }
}

/// No text that is stored has a NUL in it: PostgreSQL has no such text, and takes none to compare with.
#[must_use]
pub fn can_be_stored(text: &str) -> bool {
    !text.contains('\0')
}

/// A condition: `value` is one of `keys`.
#[must_use]
pub fn one_of(at: Scope<'_>, value: Expr, keys: &[Uuid]) -> Expr {
    Values::Keys(keys.to_vec()).have(at, value)
}

/// A condition: the text `value` is one of `words`.
#[must_use]
pub fn one_of_words<'w>(at: Scope<'_>, value: Expr, words: impl IntoIterator<Item = &'w str>) -> Expr {
    Values::texts(words).have(at, value)
}

#[cfg(test)]
mod tests {
    use entity::Timestamp;
    use sea_orm::sea_query::{PostgresQueryBuilder, Query, SqliteQueryBuilder};

    use super::*;
    use crate::kernel::viewer::Viewer;

    /// The text of a statement and how many parameters it has.
    fn statement(backend: DbBackend, values: Values) -> (String, usize) {
        let at = Scope::new(&Viewer::Anonymous, Timestamp(0), backend);
        let select = Query::select().expr(values.have(at, Expr::col("word"))).take();
        let (text, parameters) = match backend {
            DbBackend::Sqlite => select.build(SqliteQueryBuilder),
            _ => select.build(PostgresQueryBuilder),
        };
        (text, parameters.0.len())
    }

    #[test]
    fn a_statement_does_not_grow_with_its_values() {
        let of = |count: i32| {
            [
                Values::Keys((0..count).map(|_| Uuid::now_v7()).collect()),
                Values::texts((0..count).map(|word| word.to_string())),
                Values::Numbers((0..count).collect()),
                Values::Moments((0..count).map(i64::from).collect()),
            ]
        };
        for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
            for (none, many) in of(0).into_iter().zip(of(3_000)) {
                let (few, many) = (statement(backend, none), statement(backend, many));
                assert_eq!((&few, few.1), (&many, 1));
            }
        }
    }
}
