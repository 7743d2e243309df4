//! List items (三张清单): needs, resources and services. One table, one interface, three types.

pub mod actions;
mod allowed;
mod changes;
pub mod content;
mod draft;
pub mod expiry;
pub mod filter;
pub mod input;
pub mod mutation;
pub mod renewal;
pub mod rules;
pub mod types;
pub mod warnings;

pub use filter::{ListItemFilter, ListItemOrder, ListItemsOp};
pub use mutation::ListItemMutation;
pub use rules::ListItemAction;
pub use types::{
    Items, ItemsOfOwner, ListItem, Need, Needs, NeedsOfOwner, Resource, Resources, ResourcesOfOwner, Service, Services,
    ServicesOfOwner, find_item, item,
};
