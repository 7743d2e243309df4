//! Claims (认领): one party takes up what another listed.

pub mod actions;
pub mod amend;
pub mod calendar;
pub mod clock;
pub mod event;
pub mod filter;
mod holding;
pub mod input;
pub mod machine;
pub mod mutation;
pub mod propose;
pub mod quantity;
pub mod rules;
pub mod transfer;
pub mod twice;
pub mod types;

pub use event::{ClaimEvent, ClaimEventFilter, ClaimEventOrder, ClaimEvents};
pub use filter::{ClaimFilter, ClaimOrder, ClaimsOp};
pub use mutation::ClaimMutation;
pub use transfer::TransferMutation;
pub(crate) use types::for_the_sides;
pub use types::{Claim, Claims, ClaimsMade, ClaimsOfItem, ClaimsOfParty, ClaimsReceived, claim, find_claim};
