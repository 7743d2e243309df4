//! Contracts: what holds across features.

mod client;
mod constraints;
mod given;
mod imports;
mod migrations;
mod schema;
