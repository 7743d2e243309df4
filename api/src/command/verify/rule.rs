//! A check that one statement makes: the rows of a table for which a condition of breach is true.

use entity::area::AreaLevel;
use entity::claim::ClaimStatus;
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, DbErr, Iterable, QueryResult, Statement};

use super::verdict::{Breach, Check, KEPT};
use crate::database::Transaction;
use crate::feature::claim::machine;
use crate::kernel::tree;

/// A check. Its texts are SQL for both databases, in which `t` is the row, and these words stand for lists:
/// `{live}` the live statuses, `{within}` the pairs of levels `CHILD<PARENT` of which the first may lie in the second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) table: &'static str,
    pub(super) handle: &'static str,
    /// Left joins, so that a row whose counterpart is missing is looked at too.
    pub(super) joins: &'static str,
    pub(super) breach: &'static str,
    pub(super) wrong: &'static str,
    pub(super) expected: &'static str,
    pub(super) found: &'static str,
}

impl Rule {
    /// Counts the rows, and names those that break the rule.
    pub(super) async fn check(&self, db: &Transaction) -> Result<Check, DbErr> {
        let table = self.table;
        let rows = one(db, &format!("SELECT COUNT(*) AS count FROM {table}")).await?;
        let found = db.query_all_raw(Statement::from_string(db.get_database_backend(), self.sql())).await?;
        let mut check = Check { name: self.name, rows, ..Check::default() };
        for row in found {
            check.total = unsigned(row.try_get("", "total")?);
            check.breaches.push(self.breach(&row)?);
        }
        Ok(check)
    }

    fn sql(&self) -> String {
        let Self { table, handle, joins, breach, expected, found, .. } = self;
        let sql = format!(
            "SELECT t.id, {handle} AS handle, {expected} AS expected, {found} AS found, COUNT(*) OVER () AS total \
             FROM {table} t {joins} WHERE {breach} ORDER BY t.id LIMIT {KEPT}"
        );
        sql.replace("{live}", &live()).replace("{within}", &within())
    }

    fn breach(&self, row: &QueryResult) -> Result<Breach, DbErr> {
        Ok(Breach {
            table: self.table,
            key: row.try_get("", "id")?,
            handle: text(row, "handle")?,
            wrong: self.wrong,
            expected: text(row, "expected")?,
            found: text(row, "found")?,
        })
    }
}

/// A value of any kind that the rules name, as text.
fn text(row: &QueryResult, column: &str) -> Result<String, DbErr> {
    fn show(value: Option<impl ToString>) -> String {
        value.map_or_else(|| "nothing".to_owned(), |value| value.to_string())
    }
    row.try_get::<Option<String>>("", column)
        .map(show)
        .or_else(|_| row.try_get::<Option<i64>>("", column).map(show))
        .or_else(|_| row.try_get::<Option<i32>>("", column).map(show))
        .or_else(|_| row.try_get::<Option<Uuid>>("", column).map(show))
}

async fn one(db: &Transaction, sql: &str) -> Result<u64, DbErr> {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    row.map_or(Ok(0), |row| row.try_get("", "count").map(unsigned))
}

fn unsigned(count: i64) -> u64 {
    count.unsigned_abs()
}

fn live() -> String {
    list(ClaimStatus::iter().filter(|status| machine::is_live(*status)).map(ClaimStatus::word))
}

fn within() -> String {
    let pairs = AreaLevel::iter().flat_map(|child| AreaLevel::iter().map(move |parent| (child, parent)));
    let allowed = pairs.filter(|(child, parent)| tree::may_lie_in(*child, *parent));
    list(allowed.map(|(child, parent)| format!("{}<{}", child.word(), parent.word())))
}

fn list(words: impl Iterator<Item = String>) -> String {
    format!("({})", words.map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_lists() {
        assert_eq!(live(), "('PROPOSED', 'ACCEPTED', 'IN_PROGRESS', 'DELIVERED')");
        assert!(within().starts_with("('CITY<PROVINCE', 'DISTRICT<PROVINCE', 'DISTRICT<CITY', "));
        assert!(within().contains("'GRID<GRID'") && !within().contains("'CITY<CITY'"));
    }
}
