//! What callers give of contacts and places.

use async_graphql::InputObject;

/// Whom to call (联系人).
#[derive(Clone, Debug, Default, InputObject)]
pub struct ContactInput {
    /// Name: at most 50 characters.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
}

/// A place on the map: CGCS2000 (WGS-84), in degrees.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct PointInput {
    /// Degrees east.
    pub lng: f64,
    /// Degrees north.
    pub lat: f64,
}
