//! What has ended: nobody acts for it any more, and who took over is named.

use entity::party::{self, PartyStatus};

use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, UserErrorCode, message};

/// Refuses a party that has ended, and names who took over.
///
/// # Errors
/// `ENDED`.
pub fn refuse_ended(party: &party::Model, field: &str) -> Result<(), Refusal> {
    let (name, table) = (&party.name, Table::Party);
    match (party.status, party.successor_id) {
        (PartyStatus::Active, _) => Ok(()),
        (_, Some(successor)) => {
            let message = message!("{name} was merged into another", "{name}已并入其他单位或社区");
            Err(Refusal::new(UserErrorCode::Ended, message).at(field).on(table, successor))
        }
        _ => {
            let message = message!("{name} was closed", "{name}已关闭");
            Err(Refusal::new(UserErrorCode::Ended, message).at(field).on(table, party.id))
        }
    }
}
