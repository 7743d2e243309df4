//! What cases stand on: a database of their own, rows to begin with, and a client that asks as a person would.

mod app;
mod case;
mod database;
mod found;
mod given;
pub mod postgres;
mod proxy;
mod schema;
mod socket;
pub mod sources;
mod world;

pub use app::{Answer, Client};
pub use case::{Case, Run, run};
pub(crate) use case::{case, pure};
pub(crate) use found::nothing_found;
pub use given::{Given, PASSWORD, Row, all, columns_of_claim};
pub use proxy::Proxy;
pub use schema::{ListField, SchemaText};
pub use socket::{Listening, post, rest, timed};
pub use world::{World, signing_key};
