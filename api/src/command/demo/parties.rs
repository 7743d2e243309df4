//! Communities and units with their profiles.

use std::collections::BTreeSet;

use entity::party::{self, CommitteeKind, PartyKind, PartyStatus, UnitKind, UnitLevel};
use entity::{former_name, key};
use sea_orm::prelude::Uuid;

use crate::feature::party::credit_code;

use super::dice::Dice;
use super::moment::{DAY, Moment};
use super::place::{Ground, Site, Spot};
use super::scale::{Plan, Quota};
use super::vocabulary::organisations::{CITY_UNITS, OWN_NAMES, Pattern, UNITS};
use super::vocabulary::places::{CITY, ROADS};

/// A party, as far as its items and claims need it.
#[derive(Clone, Debug)]
pub(super) struct Party {
    pub(super) id: Uuid,
    pub(super) kind: PartyKind,
    /// Of a unit.
    pub(super) unit_kind: Option<UnitKind>,
    /// What texts call it.
    pub(super) name: String,
    pub(super) district: usize,
    /// Whether it works for the whole city.
    pub(super) of_the_city: bool,
    pub(super) place: Place,
    pub(super) since: Moment,
    /// Whoever is checked in to it, or where it is.
    pub(super) partners: Vec<Partner>,
    /// Of a community: what lies in it.
    pub(super) parts: Vec<Spot>,
}

/// The other side of a confirmed check-in: its place among the parties of its kind, and since when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partner {
    pub(super) other: usize,
    pub(super) since: Moment,
}

/// Where a party stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) area_id: Uuid,
    pub(super) area_path: String,
    pub(super) address: String,
    pub(super) longitude: f64,
    pub(super) latitude: f64,
}

/// What parties were called before: health centres, until they were reorganised.
pub(super) fn former_names(parties: &[party::Model]) -> Vec<former_name::Model> {
    let former = |party: &party::Model| {
        let name = format!("{}卫生院", party.name.strip_suffix("社区卫生服务中心")?);
        let until = party.created_at.plus(90 * DAY);
        Some(former_name::Model { id: key::seeded(until, party.id.as_u128()), party_id: party.id, name, until })
    };
    parties.iter().filter_map(former).collect()
}

/// Founds the parties of one load.
pub(super) struct Registry<'a> {
    dice: &'a mut Dice,
    rows: &'a mut Vec<party::Model>,
    as_of: Moment,
    names: BTreeSet<String>,
    codes: BTreeSet<String>,
}

impl<'a> Registry<'a> {
    pub(super) const fn new(dice: &'a mut Dice, rows: &'a mut Vec<party::Model>, as_of: Moment) -> Self {
        Self { dice, rows, as_of, names: BTreeSet::new(), codes: BTreeSet::new() }
    }

    /// One community for each site, in the same order.
    pub(super) fn communities(&mut self, plan: &Plan, ground: &mut Ground) -> Vec<Party> {
        let quotas: Vec<_> = plan.quotas().collect();
        let sites = ground.sites.iter_mut();
        sites.filter_map(|site| quotas.get(site.district).map(|quota| self.community(quota, site))).collect()
    }

    /// The units of every district, and those of the city.
    pub(super) fn units(&mut self, plan: &Plan, ground: &Ground) -> Vec<Party> {
        let mut units = Vec::new();
        for (district, quota) in plan.quotas().enumerate() {
            let sites: Vec<_> = ground.sites.iter().filter(|site| site.district == district).collect();
            let streets: Vec<_> =
                ground.streets.iter().filter(|(place, _)| *place == district).map(|(_, street)| street).collect();
            let ours = Ours { district, quota, sites, streets };
            let mut left = quota.units;
            let of_the_city = if district == 0 { CITY_UNITS } else { &[] };
            let local = (0..).flat_map(|turn| UNITS.iter().map(move |pattern| (turn, pattern)));
            for (turn, pattern) in of_the_city.iter().map(|pattern| (0, pattern)).chain(local) {
                if left == 0 {
                    break;
                }
                if let Some(unit) = self.unit(&ours, turn, *pattern) {
                    units.push(unit);
                    left -= 1;
                }
            }
        }
        units
    }

    fn community(&mut self, quota: &Quota, site: &mut Site) -> Party {
        let population = if site.village { self.dice.between(1_200, 4_800) } else { self.dice.between(3_200, 19_000) };
        let since = self.as_of.plus(-self.dice.between(760 * DAY, 860 * DAY));
        let place = self.place(quota, &site.spot);
        let staff = (f64::from(population) / 10_000.0 * (13.0 + 10.0 * self.dice.part())) as i32;
        let mut row = self.row(PartyKind::Community, site.spot.name.clone(), &place, since);
        row.committee_kind = Some(match (site.village, self.dice.chance(3)) {
            (_, true) => CommitteeKind::Other,
            (true, false) => CommitteeKind::VillageCommittee,
            (false, false) => CommitteeKind::ResidentsCommittee,
        });
        row.population = Some(population);
        row.households = Some(population * 10 / self.dice.between(24, 33));
        row.staff_count = Some(staff.max(4));
        row.secretary_name = Some(self.dice.person());
        row.secretary_phone = Some(self.dice.phone());
        let id = row.id;
        self.rows.push(row);
        Party {
            id,
            kind: PartyKind::Community,
            unit_kind: None,
            name: site.spot.name.clone(),
            district: site.district,
            of_the_city: false,
            place,
            since,
            partners: Vec::new(),
            parts: std::mem::take(&mut site.parts),
        }
    }

    fn unit(&mut self, ours: &Ours<'_>, turn: usize, pattern: Pattern) -> Option<Party> {
        let (kind, level, _) = pattern;
        let (name, street) = self.name(ours, turn, pattern)?;
        let home = match street {
            Some(street) => street,
            None => &self.dice.one_of(&ours.sites)?.spot,
        };
        let since = self.as_of.plus(-self.dice.between(610 * DAY, 840 * DAY));
        let place = self.place(&ours.quota, home);
        let short = short(&name);
        let mut row = self.row(PartyKind::Unit, name, &place, since);
        row.credit_code = self.credit_code(&ours.quota, pattern, &row.name);
        row.short_name = (short != row.name).then(|| short.clone());
        row.unit_kind = Some(kind);
        row.unit_level = Some(level);
        row.member_count = Some(match kind {
            _ if level == UnitLevel::Street => self.dice.between(6, 45),
            UnitKind::Government | UnitKind::School | UnitKind::Hospital => self.dice.between(18, 240),
            UnitKind::StateEnterprise => self.dice.between(25, 480),
            UnitKind::PublicInstitution => self.dice.between(8, 70),
            _ => self.dice.between(0, 26),
        });
        let id = row.id;
        self.rows.push(row);
        Some(Party {
            id,
            kind: PartyKind::Unit,
            unit_kind: Some(kind),
            name: short,
            district: ours.district,
            of_the_city: level == UnitLevel::City,
            place,
            since,
            partners: Vec::new(),
            parts: Vec::new(),
        })
    }

    /// A name that nobody has yet, and the street that it names. A pattern with neither a street nor a name of its own is
    /// used on the first turn only.
    fn name<'b>(
        &mut self,
        ours: &Ours<'b>,
        turn: usize,
        (_, _, pattern): Pattern,
    ) -> Option<(String, Option<&'b Spot>)> {
        let street = if pattern.contains("{街}") { Some(*ours.streets.get(turn)?) } else { None };
        for _ in 0..100 {
            let name = pattern
                .replace("{区}", ours.quota.district.name)
                .replace("{市}", CITY.1)
                .replace("{街}", street.map_or("", |street| street.name.as_str()))
                .replace("{字}", self.dice.pick(OWN_NAMES));
            if self.names.insert(name.clone()) {
                return Some((name, street));
            }
            if !pattern.contains("{字}") {
                return None;
            }
        }
        None
    }

    fn row(&mut self, kind: PartyKind, name: String, place: &Place, since: Moment) -> party::Model {
        let at = since.stamp();
        let edits = self.dice.between(0, 3);
        let updated = since.plus(i64::from(edits) * self.dice.between(5 * DAY, 90 * DAY));
        party::Model {
            id: self.dice.key(at),
            kind,
            name,
            area_id: place.area_id,
            area_path: place.area_path.clone(),
            address: Some(place.address.clone()),
            longitude: Some(place.longitude),
            latitude: Some(place.latitude),
            contact_name: Some(self.dice.person()),
            contact_phone: Some(self.dice.phone()),
            committee_kind: None,
            population: None,
            households: None,
            staff_count: None,
            secretary_name: None,
            secretary_phone: None,
            short_name: None,
            credit_code: None,
            unit_kind: None,
            unit_level: None,
            member_count: None,
            version: 1 + edits,
            created_at: at,
            updated_at: updated.stamp(),
            ended_at: None,
            successor_id: None,
            status: PartyStatus::Active,
        }
    }

    fn place(&mut self, quota: &Quota, spot: &Spot) -> Place {
        let mut near = |degrees: f64| {
            let exact = degrees + (self.dice.part() - 0.5) * 0.12;
            (exact * 1e6).round() / 1e6
        };
        let (longitude, latitude) = (near(quota.district.longitude), near(quota.district.latitude));
        let road = self.dice.pick(ROADS);
        let address = format!("{}{road}{}号", quota.district.name, self.dice.between(1, 398));
        Place { area_id: spot.id, area_path: spot.path.clone(), address, longitude, latitude }
    }

    /// A code of the right kind for this district, with a check character that fits.
    fn credit_code(&mut self, quota: &Quota, pattern: Pattern, name: &str) -> Option<String> {
        let division = match pattern.1 {
            UnitLevel::Central => "100000",
            UnitLevel::Provincial => "510000",
            UnitLevel::City => "510600",
            UnitLevel::District | UnitLevel::Street => quota.district.code,
        };
        loop {
            let number = self.dice.between(10_000_000_u32, 999_999_999);
            let first = format!("{}{division}{number:09}", register(pattern.0, name));
            let code = format!("{first}{}", credit_code::check_character(&first)?);
            if self.codes.insert(code.clone()) {
                return Some(code);
            }
        }
    }
}

/// A district, as far as its units need it.
struct Ours<'a> {
    district: usize,
    quota: Quota,
    sites: Vec<&'a Site>,
    streets: Vec<&'a Spot>,
}

/// How credit codes begin: with the body that registers the unit, and with what kind it is there.
fn register(kind: UnitKind, name: &str) -> &'static str {
    match kind {
        UnitKind::Government => "11",
        UnitKind::School | UnitKind::Hospital if name.starts_with("德阳") && !name.starts_with(CITY.1) => "52",
        UnitKind::PublicInstitution | UnitKind::School | UnitKind::Hospital => "12",
        UnitKind::SocialOrganisation if name.ends_with("基金会") => "53",
        UnitKind::SocialOrganisation if name.ends_with("中心") => "52",
        UnitKind::Other if name.ends_with("律师事务所") => "31",
        UnitKind::SocialOrganisation | UnitKind::Other => "51",
        UnitKind::StateEnterprise | UnitKind::PrivateEnterprise | UnitKind::Property => "91",
    }
}

fn short(name: &str) -> String {
    let endings = ["有限责任公司", "集团有限公司", "有限公司", "连锁有限公司"];
    let short = endings.into_iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    short.replace("有限公司", "").replace("股份", "")
}
