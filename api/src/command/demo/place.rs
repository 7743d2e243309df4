//! The tree of areas: from the province down to single buildings.

use entity::area::{self, AreaLevel};
use sea_orm::prelude::Uuid;

use crate::kernel::tree;

use super::dice::{Dice, shares};
use super::moment::Moment;
use super::scale::{Plan, Quota};
use super::vocabulary::places::{CITY, COMMUNITIES, COMPOUND_KINDS, COMPOUND_STEMS, PROVINCE};

/// An area, as far as others lie in it.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) id: Uuid,
    pub(super) code: String,
    pub(super) path: String,
    pub(super) name: String,
    pub(super) level: AreaLevel,
}

/// A community's area and what lies in it.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) spot: Spot,
    /// Its district's place among the districts.
    pub(super) district: usize,
    pub(super) village: bool,
    /// Compounds, grids and buildings.
    pub(super) parts: Vec<Spot>,
}

/// The ground on which everything else stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Ground {
    pub(super) districts: Vec<Spot>,
    /// Streets, each with its district's place among the districts.
    pub(super) streets: Vec<(usize, Spot)>,
    pub(super) sites: Vec<Site>,
}

/// Lays out the tree; `rows` gets parents before what lies in them.
pub(super) fn lay_out(plan: &Plan, at: Moment, dice: &mut Dice, rows: &mut Vec<area::Model>) -> Ground {
    let mut surveyor = Surveyor { at, dice, rows };
    let province = surveyor.area(None, AreaLevel::Province, PROVINCE.0.to_owned(), PROVINCE.1.to_owned());
    let city = surveyor.area(Some(&province), AreaLevel::City, CITY.0.to_owned(), CITY.1.to_owned());
    let mut ground = Ground::default();
    let mut names = COMMUNITIES.iter();
    for (district, quota) in plan.quotas().enumerate() {
        let name = quota.district.name.to_owned();
        let spot = surveyor.area(Some(&city), AreaLevel::District, quota.district.code.to_owned(), name);
        surveyor.streets(plan, district, &quota, &spot, &mut names, &mut ground);
        ground.districts.push(spot);
    }
    surveyor.divide(plan, &mut ground.sites);
    ground
}

struct Surveyor<'a> {
    at: Moment,
    dice: &'a mut Dice,
    rows: &'a mut Vec<area::Model>,
}

impl Surveyor<'_> {
    fn area(&mut self, parent: Option<&Spot>, level: AreaLevel, code: String, name: String) -> Spot {
        let at = self.at.stamp();
        let path = tree::path(parent.map(|parent| parent.path.as_str()), &code);
        let id = self.dice.key(at);
        let parent_id = parent.map(|parent| parent.id);
        self.rows.push(area::Model {
            id,
            parent_id,
            level,
            code: code.clone(),
            name: name.clone(),
            path: path.clone(),
            created_at: at,
            updated_at: at,
            ended_at: None,
            successor_id: None,
        });
        Spot { id, code, path, name, level }
    }

    fn streets(
        &mut self,
        plan: &Plan,
        district: usize,
        quota: &Quota,
        spot: &Spot,
        names: &mut std::slice::Iter<'static, &'static str>,
        ground: &mut Ground,
    ) {
        let crowds: Vec<_> = (0..quota.streets).map(|_| 0.7 + self.dice.part()).collect();
        let streets = quota.district.streets.iter().zip(shares(quota.communities, &crowds));
        for (number, (name, communities)) in (1..).zip(streets) {
            let code = format!("{}{number:03}", spot.code);
            let street = self.area(Some(spot), AreaLevel::Street, code, (*name).to_owned());
            if plan.large_grids {
                let code = format!("{}901", street.code);
                self.area(Some(&street), AreaLevel::Grid, code, format!("{name}大网格"));
            }
            for number in 1..=communities {
                // Towns have villages from the third on; their codes start at 201, as those of villages do.
                let village = name.ends_with('镇') && number > 2;
                let stem = names.next().copied().unwrap_or("新建");
                let code = format!("{}{:03}", street.code, if village { number + 200 } else { number });
                let name = format!("{stem}{}", if village { "村" } else { "社区" });
                let spot = self.area(Some(&street), AreaLevel::Community, code, name);
                ground.sites.push(Site { spot, district, village, parts: Vec::new() });
            }
            ground.streets.push((district, street));
        }
    }

    /// Compounds, grids and buildings of all communities, some with more of them than others.
    fn divide(&mut self, plan: &Plan, sites: &mut [Site]) {
        let towns: Vec<_> =
            sites.iter().map(|site| if site.village { 0.2 } else { 1.0 } * (0.5 + self.dice.part())).collect();
        let compounds = shares(plan.compounds, &towns);
        let crowds: Vec<_> = sites.iter().map(|_| 0.6 + self.dice.part()).collect();
        let grids = shares(plan.middle_grids, &crowds);
        for ((site, compounds), grids) in sites.iter_mut().zip(compounds).zip(grids) {
            self.compounds(site, compounds);
            for number in 1..=grids {
                let code = format!("{}{number:03}", site.spot.code);
                let grid = self.area(Some(&site.spot), AreaLevel::Grid, code, format!("第{number}网格"));
                site.parts.push(grid);
            }
        }
        let below = |level| move |spot: &Spot| spot.level == level;
        self.subdivide(sites, plan.small_grids, below(AreaLevel::Grid), AreaLevel::Grid);
        // The newest grids are the smallest, so micro-grids lie in those that are not divided further.
        let smallest = if plan.small_grids > 0 { 18 } else { 15 };
        let in_grid = move |spot: &Spot| spot.level == AreaLevel::Grid && spot.code.len() == smallest;
        self.subdivide(sites, plan.micro_grids, in_grid, AreaLevel::MicroGrid);
        self.subdivide(sites, plan.buildings, below(AreaLevel::Compound), AreaLevel::Building);
    }

    fn compounds(&mut self, site: &mut Site, count: usize) {
        let mut names = std::collections::BTreeSet::new();
        for number in 1..=count {
            let mut name = String::new();
            while name.is_empty() || names.contains(&name) {
                name = format!("{}{}", self.dice.pick(COMPOUND_STEMS), self.dice.pick(COMPOUND_KINDS));
            }
            names.insert(name.clone());
            let code = format!("{}C{number:02}", site.spot.code);
            let compound = self.area(Some(&site.spot), AreaLevel::Compound, code, name);
            site.parts.push(compound);
        }
    }

    /// `total` areas of `level`, spread over those parts of the sites that `within` picks.
    fn subdivide(&mut self, sites: &mut [Site], total: usize, within: impl Fn(&Spot) -> bool, level: AreaLevel) {
        let parents: Vec<usize> =
            sites.iter().map(|site| site.parts.iter().filter(|spot| within(spot)).count()).collect();
        let weights: Vec<_> = (0..parents.iter().sum()).map(|_| 0.5 + self.dice.part()).collect();
        let mut counts = shares(total, &weights).into_iter();
        for site in sites {
            let parents: Vec<_> = site.parts.iter().filter(|spot| within(spot)).cloned().collect();
            for (parent, count) in parents.iter().zip(counts.by_ref()) {
                for number in 1..=count {
                    let (code, name) = below(parent, level, number);
                    let spot = self.area(Some(parent), level, code, name);
                    site.parts.push(spot);
                }
            }
        }
    }
}

fn below(parent: &Spot, level: AreaLevel, number: usize) -> (String, String) {
    match level {
        AreaLevel::Building => (format!("{}B{number:02}", parent.code), format!("{}{number}栋", parent.name)),
        AreaLevel::MicroGrid => (format!("{}{number:03}", parent.code), format!("{}{number}号微网格", parent.name)),
        _ => (format!("{}{number:03}", parent.code), format!("{}-{number:02}", parent.name)),
    }
}
