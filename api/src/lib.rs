//! Cobuild (共建): communities and the units around them, their three lists and their claims, as one graph.
//!
//! The modules stand in reading order, and each imports only from those above it.

pub mod config;
pub mod database;
pub mod kernel;

pub mod area;
pub mod claim;
pub mod party;

pub mod demo;
pub mod division;
pub mod verify;
