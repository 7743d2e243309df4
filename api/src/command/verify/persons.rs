//! Persons who may have been registered twice. They are told, and left alone: two may share a name and a phone.

use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::verdict::Twins;
use crate::database::Transaction;
use crate::feature::party::phone::canonical;

/// By community and name, so that one name at a time is in memory.
const SQL: &str = "SELECT DISTINCT c.community_id, m.name, m.id, m.phone, p.name FROM member m
    JOIN member_check_in c ON c.member_id = m.id JOIN party p ON p.id = c.community_id
    WHERE m.phone IS NOT NULL AND m.successor_id IS NULL ORDER BY c.community_id, m.name, m.id";

/// Whoever has the name and the phone of somebody in their community who was registered before. Phones that were kept before they had one
/// spelling count as what they are.
pub(super) async fn twins(db: &Transaction) -> Result<Vec<Twins>, DbErr> {
    let (mut twins, mut namesakes) = (Vec::new(), Vec::<(Uuid, String)>::new());
    let mut current: Option<(Uuid, String)> = None;
    let statement = Statement::from_string(db.get_database_backend(), SQL);
    let rows = db.each_row(statement, |row| {
        let at = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let (id, phone): (Uuid, String) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        if current.as_ref() != Some(&at) {
            namesakes.clear();
            current = Some(at);
        }
        let phone = canonical(&phone).unwrap_or(phone);
        match namesakes.iter().find(|(_, known)| *known == phone) {
            Some((first, _)) => twins.push(Twins { first: *first, second: id, community: row.try_get_by_index(4)? }),
            None => namesakes.push((id, phone)),
        }
        Ok::<_, DbErr>(())
    });
    rows.await?;
    Ok(twins)
}
