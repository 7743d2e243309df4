//! Invariants, checked on the database at hand.
