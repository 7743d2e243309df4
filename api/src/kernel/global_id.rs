//! Global ids: what kind of thing, and its key, as one opaque word.

use async_graphql::ID;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::prelude::Uuid;

/// The table that an id points into. The numbers are in every id ever given out: they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// Areas.
    Area = 1,
    /// Communities and units.
    Party = 2,
    /// Check-ins of units.
    CheckIn = 3,
    /// Persons.
    Member = 4,
    /// Check-ins of persons.
    MemberCheckIn = 5,
    /// Categories.
    Category = 6,
    /// Needs, resources and services.
    ListItem = 7,
    /// Claims.
    Claim = 8,
    /// Claim events.
    ClaimEvent = 9,
    /// Ratings.
    Rating = 10,
    /// Attachments.
    Attachment = 11,
    /// Accounts.
    Account = 12,
    /// Grants.
    Grant = 13,
    /// Entries of the audit log.
    AuditEntry = 14,
    /// Personal access tokens.
    AccessToken = 15,
    /// Who asks, by their account's key.
    Viewer = 16,
}

const TABLES: [Table; 16] = [
    Table::Area,
    Table::Party,
    Table::CheckIn,
    Table::Member,
    Table::MemberCheckIn,
    Table::Category,
    Table::ListItem,
    Table::Claim,
    Table::ClaimEvent,
    Table::Rating,
    Table::Attachment,
    Table::Account,
    Table::Grant,
    Table::AuditEntry,
    Table::AccessToken,
    Table::Viewer,
];

impl Table {
    /// The id of the row with this key.
    #[must_use]
    pub fn id(self, key: Uuid) -> ID {
        let mut bytes = vec![self as u8];
        bytes.extend_from_slice(key.as_bytes());
        ID(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The key in an id of this table. `None` for an id of another table, and for what is no id.
    #[must_use]
    pub fn key(self, id: &ID) -> Option<Uuid> {
        parse(id).filter(|(table, _)| *table == self).map(|(_, key)| key)
    }
}

/// What an id points at. `None` for what is no id.
#[must_use]
pub fn parse(id: &ID) -> Option<(Table, Uuid)> {
    let bytes = URL_SAFE_NO_PAD.decode(id.as_bytes()).ok()?;
    let (tag, key) = bytes.split_first()?;
    let table = TABLES.into_iter().find(|table| *table as u8 == *tag)?;
    Some((table, Uuid::from_slice(key).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_one_table_and_of_one_spelling() {
        let key = Uuid::from_u128(7);
        let id = Table::Claim.id(key);
        assert_eq!(parse(&id), Some((Table::Claim, key)));
        assert_eq!(Table::Claim.key(&id), Some(key));
        assert_eq!(Table::Party.key(&id), None);
        for nonsense in ["", "claim", "AAAA", "\u{0}", &format!("{}=", id.as_str()), &format!("{}A", id.as_str())] {
            assert_eq!(parse(&ID(nonsense.to_owned())), None, "{nonsense}");
        }
    }
}
