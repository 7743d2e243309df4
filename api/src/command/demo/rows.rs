//! Rows on their way into the database, and how many there were.

use entity::{
    account, account_grant, area, attachment, category, check_in, claim, claim_event, former_name, list_item, member,
    member_check_in, party, rating,
};

/// Rows of every table, each in the order in which it goes in.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows {
    pub(super) areas: Vec<area::Model>,
    pub(super) categories: Vec<category::Model>,
    pub(super) parties: Vec<party::Model>,
    pub(super) former_names: Vec<former_name::Model>,
    pub(super) check_ins: Vec<check_in::Model>,
    pub(super) members: Vec<member::Model>,
    pub(super) member_check_ins: Vec<member_check_in::Model>,
    pub(super) items: Vec<list_item::Model>,
    pub(super) claims: Vec<claim::Model>,
    pub(super) events: Vec<claim_event::Model>,
    pub(super) ratings: Vec<rating::Model>,
    pub(super) attachments: Vec<attachment::Model>,
    pub(super) accounts: Vec<account::Model>,
    pub(super) grants: Vec<account_grant::Model>,
}

impl Rows {
    /// Puts items and all that hangs on them in the order of their keys, which spares the database leaps.
    pub(super) fn sort(&mut self) {
        self.items.sort_unstable_by_key(|item| item.id);
        self.claims.sort_unstable_by_key(|claim| claim.id);
        self.events.sort_unstable_by_key(|event| event.id);
        self.ratings.sort_unstable_by_key(|rating| rating.id);
        self.attachments.sort_unstable_by_key(|attachment| attachment.id);
    }
}

/// How many rows of each table were loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Areas from the province to buildings.
    pub areas: usize,
    /// Categories of districts' own trees; the default tree was there before.
    pub categories: usize,
    /// Communities and units.
    pub parties: usize,
    /// What units were called before.
    pub former_names: usize,
    /// Check-ins of units.
    pub check_ins: usize,
    /// Persons.
    pub members: usize,
    /// Check-ins of persons.
    pub member_check_ins: usize,
    /// List items.
    pub items: usize,
    /// Claims.
    pub claims: usize,
    /// Events of claims.
    pub events: usize,
    /// Ratings.
    pub ratings: usize,
    /// Attachments of items and claims.
    pub attachments: usize,
    /// Accounts to sign in with.
    pub accounts: usize,
    /// What these were granted.
    pub grants: usize,
}

impl Summary {
    pub(super) fn add(&mut self, rows: &Rows) {
        self.areas += rows.areas.len();
        self.categories += rows.categories.len();
        self.parties += rows.parties.len();
        self.former_names += rows.former_names.len();
        self.check_ins += rows.check_ins.len();
        self.members += rows.members.len();
        self.member_check_ins += rows.member_check_ins.len();
        self.items += rows.items.len();
        self.claims += rows.claims.len();
        self.events += rows.events.len();
        self.ratings += rows.ratings.len();
        self.attachments += rows.attachments.len();
        self.accounts += rows.accounts.len();
        self.grants += rows.grants.len();
    }
}
