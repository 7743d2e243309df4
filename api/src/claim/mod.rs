//! Claims (认领): one party takes up what another listed.

pub mod calendar;
pub mod event;
pub mod filter;
pub mod machine;
pub mod quantity;
pub mod types;

pub use event::{ClaimEvent, ClaimEventFilter, ClaimEventOrder, ClaimEvents};
pub use filter::{ClaimFilter, ClaimOrder, ClaimsOp};
pub(crate) use types::for_the_sides;
pub use types::{Claim, Claims, ClaimsMade, ClaimsOfItem, ClaimsOfParty, ClaimsReceived, claim, find_claim};
