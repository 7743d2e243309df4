//! How much a database does at a time.

/// How many statements run at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// In short turns of callers who spent little lately.
    pub light: usize,
    /// In short turns of all others.
    pub heavy: usize,
    /// In long turns.
    pub long: usize,
    /// Of one caller, in turns of all kinds.
    pub each: usize,
}

impl Shares {
    /// How many at all.
    #[must_use]
    pub const fn all(self) -> usize {
        self.light + self.heavy + self.long
    }

    /// How many long ones of one caller: where there are several, never all of them.
    #[must_use]
    pub const fn each_long(self) -> usize {
        self.long.div_ceil(2)
    }
}
