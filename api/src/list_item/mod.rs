//! List items (三张清单): needs, resources and services. One table, one interface, three types.

pub mod filter;
pub mod types;

pub use filter::{ListItemFilter, ListItemOrder, ListItemsOp};
pub use types::{
    Items, ItemsOfOwner, ListItem, Need, Needs, NeedsOfOwner, Resource, Resources, ResourcesOfOwner, Service, Services,
    ServicesOfOwner, find_item, item,
};
