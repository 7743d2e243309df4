//! A crowd: parents enough to fill a page of them, whose every list grows as often as a case wants.

use std::sync::atomic::{AtomicUsize, Ordering};

use api::kernel::tree;
use entity::area::{self, AreaLevel};
use entity::claim::ClaimStatus;
use entity::claim_event::ClaimAction;
use entity::list_item::{ListItemKind, Urgency};
use entity::{category, claim, list_item, party};

use crate::harness::{Given, Row, all, columns_of_claim};

/// How many of each kind of parent have full lists: one more than the page of parents that cases read.
pub const FULL: usize = 5;
/// How many rows every list of a full parent gains a round.
const GAIN: usize = 3;

/// The full parents. Full communities say their population, full units their members, full items are emergencies, full
/// claims say whom they served: so cases find them.
pub struct Crowd {
    given: Given,
    streets: Vec<area::Model>,
    communities: Vec<party::Model>,
    units: Vec<party::Model>,
    items: Vec<list_item::Model>,
    claims: Vec<claim::Model>,
    category: category::Model,
    /// How many places there are: each has a code of its own.
    places: AtomicUsize,
}

impl Crowd {
    /// The full parents, with lists that are empty still.
    pub async fn new(given: &Given) -> Self {
        let district = given.district().await;
        let mut streets = vec![given.street().await];
        while streets.len() < FULL {
            streets.push(given.area(&district, AreaLevel::Street).await);
        }
        let category = given.shipped_category("edu.tutoring").await;
        let (communities, units, items, claims) = Default::default();
        let places = AtomicUsize::new(FULL + 1);
        let mut crowd = Self { given: given.clone(), streets, communities, units, items, claims, category, places };
        for number in 0..FULL {
            let community = given.community(&format!("社区{number}")).with(|row| row.population = Some(3_000));
            crowd.communities.push(community.await);
            crowd.units.push(given.unit(&format!("单位{number}")).with(|row| row.member_count = Some(30)).await);
        }
        crowd.fill_items().await;
        crowd.fill_claims().await;
        crowd
    }

    /// Three more rows in every list of every full parent, as often as said.
    pub async fn grow(&self, rounds: usize) {
        for round in 0..rounds {
            self.grow_places_and_check_ins().await;
            let accounts: Vec<_> = (0..GAIN).map(|_| self.given.account()).collect();
            self.given.write_all(accounts, all).await;
            self.given.write_all((0..GAIN).map(|_| self.given.audit_entry("updateNeed")), all).await;
            let items = self.parties().flat_map(|party| self.items_of(party, GAIN));
            self.given.write_all(items, all).await;
            // Each claimant has its turn, so that all of them claim alike.
            let turns = self
                .items
                .iter()
                .zip(round..)
                .flat_map(|(item, first)| (0..GAIN).map(move |next| (item, first + next)));
            self.given.write_all(turns.map(|(item, turn)| self.claim(item, turn)), columns_of_claim).await;
            let done = ClaimStatus::Completed;
            let event = |claim: &claim::Model| self.given.event(claim.id, ClaimAction::Rate, Some(done), done);
            self.given.write_all(self.claims.iter().flat_map(|claim| (0..GAIN).map(move |_| event(claim))), all).await;
        }
    }

    /// Communities and units by turns.
    fn parties(&self) -> impl Iterator<Item = &party::Model> {
        self.communities.iter().zip(&self.units).flat_map(|(community, unit)| [community, unit])
    }

    async fn fill_items(&mut self) {
        let items: Vec<_> = self.parties().flat_map(|party| self.items_of(party, 1)).collect();
        for item in items {
            self.items.push(item.urgency(Urgency::Emergency).await);
        }
    }

    async fn fill_claims(&mut self) {
        for (turn, item) in self.items.iter().take(FULL).enumerate() {
            let claim = self.claim(item, turn).status(ClaimStatus::Completed).people_served(20).delivered(1);
            self.claims.push(claim.await);
        }
    }

    /// Some needs, resources and services of a party, at one place.
    fn items_of(&self, owner: &party::Model, number: usize) -> Vec<Row<list_item::Model>> {
        let kinds = [ListItemKind::Need, ListItemKind::Resource, ListItemKind::Service].repeat(number);
        let item = |kind| match kind {
            ListItemKind::Need => self.given.need(owner),
            ListItemKind::Resource => self.given.resource(owner),
            ListItemKind::Service => self.given.service(owner),
        };
        let place = |row: &mut list_item::Model| (row.longitude, row.latitude) = (Some(104.4), Some(31.1));
        kinds.into_iter().map(|kind| item(kind).category(&self.category).with(place)).collect()
    }

    /// A declined claim, which leaves room for more of the same claimant on the same item.
    fn claim(&self, item: &list_item::Model, turn: usize) -> Row<claim::Model> {
        let of_community = self.communities.iter().any(|community| community.id == item.owner_id);
        let others = if of_community { &self.units } else { &self.communities };
        self.given.claim(item, &others[turn % FULL]).status(ClaimStatus::Declined)
    }

    /// In every street new communities; with every full community new units, with every full unit new communities.
    async fn grow_places_and_check_ins(&self) {
        let communities: Vec<_> =
            self.streets.iter().flat_map(|street| (0..GAIN).map(|_| self.place(street))).collect();
        let units: Vec<_> = (0..GAIN).map(|_| self.at(self.given.unit("新单位"), &self.streets[0])).collect();
        let of_units = communities
            .iter()
            .take(GAIN)
            .flat_map(|(_, community)| self.units.iter().map(|unit| self.given.check_in(unit, community).confirmed()));
        let of_communities = units
            .iter()
            .flat_map(|unit| self.communities.iter().map(|community| self.given.check_in(unit, community).confirmed()));
        let check_ins: Vec<_> = of_units.chain(of_communities).collect();
        let (areas, communities): (Vec<_>, Vec<_>) = communities.into_iter().unzip();
        self.given.write_all(areas, all).await;
        self.given.write_all(communities.into_iter().chain(units), all).await;
        self.given.write_all(check_ins, all).await;
        let persons: Vec<_> = (0..GAIN * FULL).map(|_| self.given.member(&self.units[0])).collect();
        let homes = persons.iter().zip(self.communities.iter().cycle());
        let homes: Vec<_> = homes.map(|(person, community)| self.given.member_check_in(person, community)).collect();
        self.given.write_all(persons, all).await;
        self.given.write_all(homes, all).await;
    }

    /// A community and its area.
    fn place(&self, street: &area::Model) -> (Row<area::Model>, Row<party::Model>) {
        let number = self.places.fetch_add(1, Ordering::Relaxed);
        let area = self.given.area(street, AreaLevel::Community).code(&format!("{}{number:03}", street.code));
        let area = area.with(|row| row.path = tree::path(Some(&street.path), &row.code));
        let community = self.at(self.given.community("新社区"), &area);
        (area, community)
    }

    fn at(&self, party: Row<party::Model>, area: &area::Model) -> Row<party::Model> {
        party.with(|row| (row.area_id, row.area_path) = (area.id, area.path.clone()))
    }
}
