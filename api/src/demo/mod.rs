//! Demo data that a person believes, the same from the same seed and day.
