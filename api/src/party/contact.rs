//! Contacts (联系人): personal data, shown only to those who have a reason to see it.

use async_graphql::{Enum, SimpleObject};

use crate::kernel::viewer::Viewer;

/// A place on the map: CGCS2000 (WGS-84), in degrees. Convert it before drawing on a GCJ-02 map.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct Point {
    /// Degrees east.
    pub lng: f64,
    /// Degrees north.
    pub lat: f64,
}

impl Point {
    /// The point with these coordinates, where both are known.
    #[must_use]
    pub fn new(longitude: Option<f64>, latitude: Option<f64>) -> Option<Self> {
        Some(Self { lng: longitude?, lat: latitude? })
    }
}

/// Why a contact is not shown in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MaskReason {
    /// Nobody asked: give `unmask: true`
    NotAsked,
    /// Sign in first
    SignIn,
    /// It takes an accepted claim between the two
    NoAcceptedClaim,
    /// The claim ended before it was completed
    ClaimEnded,
    /// Not for this viewer
    OutOfReach,
}

/// Whom to call (联系人). Personal data: masked as 王** and 138****5678 unless the viewer has a reason to see it.
#[derive(Clone, Debug, SimpleObject)]
pub struct Contact {
    /// Name; null where not even a masked one is shown.
    name: Option<String>,
    /// Phone; null where not even a masked one is shown.
    phone: Option<String>,
    /// Why it is masked; null: it is in clear.
    masked: Option<MaskReason>,
}

impl Contact {
    /// What `viewer` sees of a contact. Who is not signed in sees the same whether there is one or not.
    #[must_use]
    pub fn shown_to(viewer: &Viewer) -> Self {
        match viewer {
            Viewer::Anonymous => Self { name: None, phone: None, masked: Some(MaskReason::SignIn) },
        }
    }
}
