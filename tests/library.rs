//! What we rely on in async-graphql, which the version pinned in Cargo.toml keeps and its neighbours break.

use async_graphql::{EmptyMutation, EmptySubscription, MaybeUndefined, Object, Request, Schema};

use crate::harness::pure;
