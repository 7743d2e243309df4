//! Who may see and do what, and what is told of it: read `roles` to review permissions, `reach` to review what is seen.

pub mod account;
pub mod audit;
pub mod ended;
pub mod payload;
pub mod reach;
pub mod roles;
pub(crate) mod steps;
