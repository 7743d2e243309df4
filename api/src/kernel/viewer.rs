//! Who asks.

/// Who asks, and so what there is for them to see. What one may not see does not exist for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Nobody in particular (DOMAIN: `ANONYMOUS`): what is public, and figures.
    Anonymous,
}
