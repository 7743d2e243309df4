//! The command line, and what its commands do.

pub mod arguments;
pub mod cli;
pub mod demo;
pub mod division;
pub mod verify;
