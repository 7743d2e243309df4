//! Keys: version 7 UUIDs, which sort by the time they were made.

use std::sync::Mutex;

use sea_orm::prelude::Uuid;

use crate::Timestamp;

/// A new key for a row made at `at`. Keys made in the same millisecond by one process sort in the order they were made.
#[must_use]
pub fn new(at: Timestamp) -> Uuid {
    static CLOCK: Mutex<uuid::ContextV7> = Mutex::new(uuid::ContextV7::new());
    let milliseconds = at.milliseconds().max(0).unsigned_abs();
    let nanoseconds = u32::try_from(milliseconds % 1_000).unwrap_or(0) * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(&CLOCK, milliseconds / 1_000, nanoseconds))
}

/// The key of a row made at `at`, with `entropy` in place of chance: the same data twice has the same keys.
#[must_use]
pub fn seeded(at: Timestamp, entropy: u128) -> Uuid {
    let milliseconds = at.milliseconds().max(0).unsigned_abs();
    let mut random = [0; 10];
    for (byte, source) in random.iter_mut().zip(entropy.to_be_bytes().into_iter().skip(6)) {
        *byte = source;
    }
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
}
