//! The whole demo data as a stream of rows: the same from the same seed, scale and day.

use std::collections::BTreeMap;

use entity::category;
use sea_orm::prelude::Uuid;

use super::claims::Stage;
use super::course::Chronicler;
use super::dice::{Dice, shares};
use super::items::{self, Categories, Demand, Shelf};
use super::moment::{DAY, Moment};
use super::parties::{Party, Registry, former_names};
use super::place::{self, Spot};
use super::rows::Rows;
use super::scale::Plan;
use super::vocabulary::trees::OWN_TREE;
use super::{Options, accounts, attachments, check_ins};

/// Rows go in by about this many items with all that hangs on them.
const ITEMS_AT_ONCE: usize = 1_000;

/// Tells the rows: first places and parties, then items with their claims, owner by owner.
#[derive(Debug)]
pub(super) struct Story {
    plan: Plan,
    as_of: Moment,
    dice: Dice,
    communities: Vec<Party>,
    units: Vec<Party>,
    /// By district.
    categories: Vec<Categories>,
    /// How many items each party writes: communities, then units.
    quotas: Vec<usize>,
    next_owner: usize,
    items: usize,
    claims: usize,
    opening: Option<Rows>,
}

impl Story {
    /// Begins with the keys of the default categories by their codes.
    pub(super) fn new(options: &Options, default_tree: &BTreeMap<String, Uuid>) -> Self {
        let plan = options.scale.plan();
        let as_of = Moment::start_of(options.as_of);
        let mut dice = Dice::new(options.seed);
        let mut rows = Rows::default();
        let founded = as_of.plus(-900 * DAY);
        let mut ground = place::lay_out(&plan, founded, &mut dice, &mut rows.areas);
        let categories = trees(&plan, founded.plus(DAY), (&ground.districts, default_tree), &mut dice, &mut rows);
        let mut registry = Registry::new(&mut dice, &mut rows.parties, as_of);
        let mut communities = registry.communities(&plan, &mut ground);
        let mut units = registry.units(&plan, &ground);
        rows.former_names = former_names(&rows.parties);
        check_ins::of_units(&plan, as_of, (&mut communities, &mut units), &mut dice, &mut rows.check_ins);
        check_ins::of_members(&plan, as_of, (&communities, &units), &mut dice, &mut rows);
        accounts::make(&ground, (&communities, &units), as_of, options.seed, &mut rows);
        let quotas = quotas(&plan, &communities, &units, &mut dice);
        Self {
            plan,
            as_of,
            dice,
            communities,
            units,
            categories,
            quotas,
            next_owner: 0,
            items: 0,
            claims: 0,
            opening: Some(rows),
        }
    }

    /// Writes an owner's items, or as many as fit.
    fn items_of(&mut self, place: usize, rows: &mut Rows) -> Option<()> {
        let owner = self.communities.iter().chain(&self.units).nth(place)?;
        let shelf = Shelf::of(owner);
        let categories = self.categories.get(owner.district)?;
        let stage = Stage {
            communities: &self.communities,
            units: &self.units,
            chronicler: Chronicler::new(self.as_of),
            as_of: self.as_of,
        };
        let near = owner.partners.first().and_then(|partner| self.communities.get(partner.other));
        let near = near.map_or("辖区", |community| community.name.as_str());
        let quota = self.quotas.get_mut(place)?;
        while *quota > 0 && rows.items.len() < ITEMS_AT_ONCE {
            *quota -= 1;
            self.items += 1;
            let demand = Demand::draw(eagerness(&self.plan, self.items, self.claims), &mut self.dice);
            let written = items::write(owner, near, (&shelf, categories), demand, self.as_of, &mut self.dice);
            let Some((mut item, opening)) = written else { continue };
            if self.dice.chance(6) {
                attachments::of_item(item.id, item.created_at, &mut self.dice, &mut rows.attachments);
            }
            let before = rows.claims.len();
            if let Some(opening) = &opening {
                stage.write(&mut item, owner, (opening, demand.claims), &mut self.dice, rows);
            }
            self.claims += rows.claims.len() - before;
            rows.items.push(item);
        }
        Some(())
    }
}

impl Iterator for Story {
    type Item = Rows;

    fn next(&mut self) -> Option<Rows> {
        if let Some(rows) = self.opening.take() {
            return Some(rows);
        }
        let mut rows = Rows::default();
        while rows.items.len() < ITEMS_AT_ONCE {
            let Some(quota) = self.quotas.get(self.next_owner) else { break };
            if *quota == 0 {
                self.next_owner += 1;
                continue;
            }
            self.items_of(self.next_owner, &mut rows)?;
        }
        rows.sort();
        (!rows.items.is_empty()).then_some(rows)
    }
}

/// Each district's tree: the default one, or its own, whose rows go in here.
fn trees(
    plan: &Plan,
    at: Moment,
    (districts, default_tree): (&[Spot], &BTreeMap<String, Uuid>),
    dice: &mut Dice,
    rows: &mut Rows,
) -> Vec<Categories> {
    let trees = plan.quotas().zip(districts).map(|(quota, district)| {
        if quota.district.own_tree {
            own_tree(district.id, at, dice, &mut rows.categories)
        } else {
            default_tree.clone()
        }
    });
    trees.collect()
}

fn own_tree(district: Uuid, at: Moment, dice: &mut Dice, rows: &mut Vec<category::Model>) -> Categories {
    let at = at.stamp();
    let mut categories = Categories::new();
    let mut add = |parent_id: Option<Uuid>, code: &str, name: &str, position: i32| {
        let id = dice.key(at);
        let (area_id, code, name) = (Some(district), code.to_owned(), name.to_owned());
        rows.push(category::Model { id, parent_id, area_id, code, name, position, created_at: at });
        id
    };
    for (position, (code, name, children)) in (0..).zip(OWN_TREE) {
        let root = add(None, code, name, position);
        for (position, (code, name, covers)) in (0..).zip(*children) {
            let child = add(Some(root), code, name, position);
            categories.extend(covers.iter().map(|covered| ((*covered).to_owned(), child)));
        }
    }
    categories
}

/// Communities write somewhat less than half of all items. Who is alone writes little.
fn quotas(plan: &Plan, communities: &[Party], units: &[Party], dice: &mut Dice) -> Vec<usize> {
    let mut weights = |parties: &[Party], each: f64| -> Vec<f64> {
        let weight =
            |party: &Party| if party.partners.is_empty() { 0.15 } else { 0.6 + party.partners.len() as f64 * each };
        parties.iter().map(|party| weight(party) * (0.5 + dice.part())).collect()
    };
    let (of_communities, of_units) = (weights(communities, 0.08), weights(units, 0.3));
    let part = plan.items * 45 / 100;
    let mut quotas = shares(part, &of_communities);
    quotas.extend(shares(plan.items - part, &of_units));
    quotas
}

/// How much more, or less, items must draw for the claims to come out as planned.
fn eagerness(plan: &Plan, items: usize, claims: usize) -> f64 {
    let planned = plan.claims as f64 / plan.items as f64;
    let missing = planned * items as f64 - claims as f64;
    (planned * (0.75 + missing / 400.0)).clamp(0.3, 4.0)
}
