//! Contracts: what holds across features.

mod client;
mod constraints;
mod crowd;
mod filters;
mod frozen;
mod given;
mod imports;
mod machine;
mod migrations;
mod paging;
mod prices;
mod schema;
mod statements;
mod upgrade;
