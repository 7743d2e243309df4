//! Contracts: what holds across features.

mod client;
mod constraints;
mod crowd;
mod given;
mod imports;
mod migrations;
mod schema;
mod statements;
