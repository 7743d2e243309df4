//! Claims (认领): one party takes up what another listed.

pub mod calendar;
pub mod machine;
pub mod quantity;
