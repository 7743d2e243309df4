//! Cobuild (共建): communities and the units around them, their three lists and their claims, as one graph.
//!
//! The wings stand in the order in which they hold each other: each knows those above it here, and none below.

/// A request makes and drops thousands of small things: a SQL text, a row, a field's future. This is made for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod private;

pub mod database;
pub mod storage;

pub mod kernel;

pub mod access;

pub mod feature;

pub mod graph;

pub mod server;

pub mod command;
