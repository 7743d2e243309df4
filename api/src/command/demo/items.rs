//! List items: what each party lists, and when it takes claims.

use std::collections::BTreeMap;

use entity::area::AreaLevel;
use entity::list_item::{self, ListItemKind, ListItemStatus, ResourceForm, Urgency, Visibility};
use entity::party::{PartyKind, UnitKind};
use sea_orm::prelude::Uuid;

use super::course::Opening;
use super::dice::Dice;
use super::moment::Moment;
use super::parties::Party;
use super::times::Times;
use super::vocabulary::{Entry, Names, Offer, fill, needs, remarks, resources, services};

/// The categories of a district's tree by the code of the default category whose matters they take.
pub(super) type Categories = BTreeMap<String, Uuid>;

/// What one party may list, and how often each list.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    kinds: [(u32, &'static [Entry]); 2],
    rest: &'static [Entry],
    /// Of what its own trade is.
    trade: &'static [&'static str],
}

impl Shelf {
    pub(super) const fn of(party: &Party) -> Self {
        match party.unit_kind {
            None => Self {
                kinds: [(14, resources::OF_COMMUNITIES), (6, services::OF_COMMUNITIES)],
                rest: needs::OF_COMMUNITIES,
                trade: &[],
            },
            Some(kind) => Self {
                kinds: [(42, resources::OF_UNITS), (14, needs::OF_UNITS)],
                rest: services::OF_UNITS,
                trade: trade(kind),
            },
        }
    }

    /// An entry, mostly of the party's own trade.
    fn entry(&self, dice: &mut Dice) -> Option<&'static Entry> {
        let table = dice.weighted(&self.kinds, self.rest);
        let mut entry = dice.one_of(table)?;
        for _ in 0..6 {
            let root = entry.category.split('.').next().unwrap_or_default();
            if self.trade.is_empty() || matches!(entry.offer, Offer::Need) || self.trade.contains(&root) {
                break;
            }
            entry = dice.one_of(table)?;
        }
        Some(entry)
    }
}

const fn trade(kind: UnitKind) -> &'static [&'static str] {
    match kind {
        UnitKind::Government => &["law", "party", "safety", "mediation", "disaster", "employment", "environment"],
        UnitKind::PublicInstitution => &["culture", "science", "edu", "environment", "party"],
        UnitKind::StateEnterprise => &["disaster", "safety", "relief", "convenience", "party", "employment"],
        UnitKind::PrivateEnterprise => &["employment", "convenience", "relief", "care"],
        UnitKind::SocialOrganisation => &["care", "health", "culture", "relief", "mediation"],
        UnitKind::School => &["edu", "culture", "science", "care", "employment"],
        UnitKind::Hospital => &["health", "care", "science", "disaster"],
        UnitKind::Property => &["convenience", "environment", "safety", "mediation"],
        UnitKind::Other => &["law", "relief", "employment", "party", "disaster"],
    }
}

/// How busy an item will be, decided before it is written: an item for many must be open to many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand {
    pub(super) claims: usize,
}

impl Demand {
    const MANY: usize = 20;

    /// Most items draw few claims, many none, and a few very many.
    pub(super) fn draw(eagerness: f64, dice: &mut Dice) -> Self {
        let claims = match dice.between(0, 999) {
            0..=359 => 0,
            360..=659 => 1,
            660..=819 => 2,
            820..=909 => dice.between(3, 4),
            910..=974 => dice.between(5, 9),
            975..=989 => dice.between(10, 24),
            _ => dice.between(26, 60),
        };
        Self { claims: (f64::from(claims) * eagerness + dice.part()) as usize }
    }

    const fn is_great(self) -> bool {
        self.claims >= Self::MANY
    }
}

/// Writes an item of `owner`, who knows the community `near`, and when it takes claims; never, where it is a draft.
pub(super) fn write(
    owner: &Party,
    near: &str,
    (shelf, categories): (&Shelf, &Categories),
    demand: Demand,
    as_of: Moment,
    dice: &mut Dice,
) -> Option<(list_item::Model, Option<Opening>)> {
    let entry = shelf.entry(dice)?;
    let status = status(demand, dice);
    let times = Times::draw(status, as_of, dice);
    let mut item = outline(owner, (entry, *categories.get(entry.category)?), (status, times), dice);
    item.quantity = quantity(entry, demand.is_great(), dice);
    (item.title, item.description) = texts(owner, near, (entry, item.quantity), dice);
    open_up(&mut item, demand, dice);
    place(&mut item, owner, dice);
    if dice.chance(20) {
        (item.contact_name, item.contact_phone) = (Some(dice.person()), Some(dice.phone()));
    }
    Some((item, times.opening))
}

/// An item without words, at its owner's.
fn outline(
    owner: &Party,
    (entry, category_id): (&Entry, Uuid),
    (status, times): (ListItemStatus, Times),
    dice: &mut Dice,
) -> list_item::Model {
    let (mode, frequency) = match entry.offer {
        Offer::Service(mode, frequency) => (Some(mode), Some(frequency.to_owned())),
        Offer::Need | Offer::Resource(_) => (None, None),
    };
    list_item::Model {
        id: dice.key(times.created),
        kind: entry.offer.kind(),
        owner_id: owner.id,
        category_id,
        title: String::new(),
        description: String::new(),
        status,
        urgency: urgency(entry, dice),
        visibility: Visibility::Public,
        auto_accept: false,
        open_to_all: false,
        quantity: None,
        held: 0,
        measure: Some(entry.measure.to_owned()),
        beneficiaries: beneficiaries(entry, dice),
        available_from: times.from,
        available_until: times.until,
        claim_by: times.claim_by,
        has_own_place: false,
        area_id: owner.place.area_id,
        area_path: owner.place.area_path.clone(),
        address: Some(owner.place.address.clone()),
        longitude: Some(owner.place.longitude),
        latitude: Some(owner.place.latitude),
        contact_name: None,
        contact_phone: None,
        form: entry.offer.form(),
        mode,
        frequency,
        lacks: String::new(),
        published_at: times.published,
        created_at: times.created,
        updated_at: times.updated,
        version: times.version,
    }
}

/// Who sees it, who may claim it and whether it asks back.
fn open_up(item: &mut list_item::Model, demand: Demand, dice: &mut Dice) {
    let great = demand.is_great();
    if !great {
        item.visibility = dice.weighted(&[(10, Visibility::Parties), (6, Visibility::CheckedIn)], Visibility::Public);
    }
    item.open_to_all = great || (item.visibility != Visibility::CheckedIn && dice.chance(17));
    item.auto_accept = dice.chance(if item.kind == ListItemKind::Need { 6 } else { 14 });
}

/// A quarter of what communities list lies in some part of them.
fn place(item: &mut list_item::Model, owner: &Party, dice: &mut Dice) {
    if let Some(part) = dice.one_of(&owner.parts).filter(|_| dice.chance(25)) {
        item.has_own_place = true;
        item.area_id = part.id;
        item.area_path.clone_from(&part.path);
        item.address = Some(format!("{}{}", owner.name, part.name));
    }
}

fn status(demand: Demand, dice: &mut Dice) -> ListItemStatus {
    use ListItemStatus::{Closed, Draft, Expired, Published, Withdrawn};
    if demand.claims == 0 {
        dice.weighted(&[(17, Draft), (9, Withdrawn), (9, Closed), (11, Expired)], Published)
    } else {
        dice.weighted(&[(19, Closed), (9, Expired), (4, Withdrawn)], Published)
    }
}

/// The name and text of an item, with the places that it speaks of.
fn texts(owner: &Party, near: &str, (entry, quantity): (&Entry, Option<i32>), dice: &mut Dice) -> (String, String) {
    let community = if owner.kind == PartyKind::Community { owner.name.as_str() } else { near };
    let compound = dice.one_of(&owner.parts).filter(|part| part.level == AreaLevel::Compound);
    let names = Names {
        community,
        compound: compound.map_or(community, |part| part.name.as_str()),
        unit: &owner.name,
        quantity,
    };
    let title = fill(dice.pick(entry.titles), names, dice);
    let mut description = fill(entry.text, names, dice);
    description.push_str(dice.pick(remarks::TAILS));
    (title, description)
}

/// None for unlimited. Money never is, and comes in round sums.
fn quantity(entry: &Entry, great: bool, dice: &mut Dice) -> Option<i32> {
    let (least, most) = entry.amount;
    let step = step(Some(entry.measure));
    if step > 1 {
        return Some(dice.between(least / step, most / step) * step * if great { 10 } else { 1 });
    }
    (most > 0 && !great && !dice.chance(10)).then(|| dice.between(least, most))
}

/// In what steps a measure is counted.
pub(super) fn step(measure: Option<&str>) -> i32 {
    if measure == Some("元") { 100 } else { 1 }
}

fn urgency(entry: &Entry, dice: &mut Dice) -> Urgency {
    use Urgency::{Emergency, Normal, Urgent};
    let shares: &[(u32, Urgency)] = match (entry.offer, entry.category) {
        (Offer::Need, "disaster.rescue" | "disaster.supplies") => &[(35, Emergency), (40, Urgent)],
        (Offer::Need, _) => &[(1, Emergency), (9, Urgent)],
        _ => &[(1, Urgent)],
    };
    dice.weighted(shares, Normal)
}

fn beneficiaries(entry: &Entry, dice: &mut Dice) -> Option<i32> {
    let percent = match entry.offer {
        Offer::Need => 80,
        Offer::Resource(ResourceForm::Venue) | Offer::Service(..) => 50,
        Offer::Resource(_) => 15,
    };
    dice.chance(percent).then(|| if entry.measure == "件" { dice.between(1, 20) } else { dice.between(5, 400) })
}
