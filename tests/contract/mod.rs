//! Contracts: what holds across features.

mod given;
mod migrations;
