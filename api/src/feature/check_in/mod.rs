//! Check-ins (双报到): of units to communities, and of persons to the community in which they live.

pub mod actions;
pub mod mutation;
pub mod rules;
pub mod types;

pub(crate) use actions::is_oneself;
pub use mutation::CheckInMutation;
pub(crate) use types::joins;
pub use types::{
    CheckIn, CheckInFilter, CheckInOrder, CheckInStatusOp, CheckIns, CheckInsOfParty, CheckInsOp, has_confirmed,
    is_checked_in,
};
