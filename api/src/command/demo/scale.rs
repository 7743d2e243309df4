//! How much there is at each scale.

use super::vocabulary::places::{DISTRICTS, District};

/// How much demo data to load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Scale {
    /// Two districts to try things out: 40 communities, 150 units, 3,000 items, 5,000 claims.
    #[default]
    Small,
    /// A county with every grid: 38 communities, 153 units, 20,000 items, 40,000 claims.
    County,
    /// A prefecture city: 208 communities, 800 units, 200,000 items, 500,000 claims.
    City,
}

/// The sizes of a scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Streets, communities and units of each district that takes part.
    quotas: &'static [(usize, usize, usize)],
    /// Whether each street is a large grid, too.
    pub(super) large_grids: bool,
    /// Grids right below a community.
    pub(super) middle_grids: usize,
    /// Grids in those.
    pub(super) small_grids: usize,
    pub(super) micro_grids: usize,
    pub(super) compounds: usize,
    pub(super) buildings: usize,
    pub(super) members: usize,
    pub(super) items: usize,
    pub(super) claims: usize,
    /// To how many communities the busiest units check in.
    pub(super) most_communities: usize,
}

/// A district's part in a plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    pub(super) district: &'static District,
    pub(super) streets: usize,
    pub(super) communities: usize,
    pub(super) units: usize,
}

impl Scale {
    pub(super) const fn plan(self) -> Plan {
        match self {
            Self::Small => Plan {
                quotas: &[(5, 26, 100), (3, 14, 50)],
                large_grids: false,
                middle_grids: 160,
                small_grids: 0,
                micro_grids: 80,
                compounds: 130,
                buildings: 260,
                members: 400,
                items: 3_000,
                claims: 5_000,
                most_communities: 8,
            },
            Self::County => Plan {
                quotas: &[(8, 26, 103), (4, 12, 50)],
                large_grids: true,
                middle_grids: 198,
                small_grids: 2_021,
                micro_grids: 253,
                compounds: 320,
                buildings: 1_600,
                members: 2_000,
                items: 20_000,
                claims: 40_000,
                most_communities: 20,
            },
            Self::City => Plan {
                quotas: &[(10, 58, 240), (5, 22, 90), (7, 42, 140), (6, 30, 110), (6, 30, 110), (6, 26, 110)],
                large_grids: true,
                middle_grids: 1_060,
                small_grids: 4_200,
                micro_grids: 1_837,
                compounds: 3_194,
                buildings: 9_600,
                members: 8_000,
                items: 200_000,
                claims: 500_000,
                most_communities: 45,
            },
        }
    }
}

impl Plan {
    pub(super) fn quotas(&self) -> impl Iterator<Item = Quota> {
        DISTRICTS.iter().zip(self.quotas).map(|(district, &(streets, communities, units))| Quota {
            district,
            streets,
            communities,
            units,
        })
    }
}
