//! The roots of the graph, and what is said of all of it in one table each.

pub(crate) mod lists;
pub mod mutation;
pub mod prices;
pub mod query;
