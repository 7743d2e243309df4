//! Parties (参与方): communities (社区) and resident units (驻区单位), whoever can own list items and claim.

pub mod actions;
pub mod contact;
pub mod credit_code;
pub mod ending;
pub mod filter;
pub mod former_name;
pub mod handing_over;
pub mod input;
pub mod mutation;
pub mod name;
pub mod phone;
pub mod profile;
pub mod split;
pub mod succession;
pub mod types;

pub use contact::{Contact, Point};
pub(crate) use contact::{Subject, shown};
pub use ending::EndingMutation;
pub use filter::{CommunityFilter, PartyFilter, UnitFilter};
pub use input::{ContactInput, PointInput};
pub use mutation::PartyMutation;
pub use types::{
    Communities, CommunitiesOfArea, Community, PartiesOfViewer, Party, Unit, Units, community, community_of_area,
    find_community, find_unit, party, unit,
};
