//! Paging: every walk through a list finds each row once, in the order that the schema promises.

mod arguments;
mod asked;
mod order;
mod walks;
