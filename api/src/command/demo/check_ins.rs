//! Check-ins (双报到): of units to communities, and of persons to where they live.

use entity::area::AreaLevel;
use entity::check_in::{self, CheckInStatus};
use entity::{member, member_check_in};
use sea_orm::prelude::Uuid;

use super::dice::Dice;
use super::moment::{DAY, HOUR, Moment};
use super::parties::{Partner, Party};
use super::rows::Rows;
use super::scale::Plan;
use super::vocabulary::people::SPECIALITIES;

/// Checks the units in; from then on both sides of a confirmed check-in are each other's partners.
pub(super) fn of_units(
    plan: &Plan,
    as_of: Moment,
    (communities, units): (&mut [Party], &mut [Party]),
    dice: &mut Dice,
    rows: &mut Vec<check_in::Model>,
) {
    let pulls = pulls(communities);
    for (number, unit) in units.iter_mut().enumerate() {
        let most = if dice.chance(3) { plan.most_communities } else { 4 };
        let count = if most > 4 { dice.between(most / 2, most) } else { dice.between(1, most) };
        for community in choose(unit, count, communities, &pulls, dice) {
            let Some(there) = communities.get_mut(community) else { continue };
            let stay = Stay::new(as_of, unit.since.max(there.since), dice);
            let part = dice.one_of(&there.parts).filter(|part| part.level != AreaLevel::MicroGrid);
            let taken_on = part.filter(|_| stay.status == CheckInStatus::Confirmed && dice.chance(30));
            let place = (there.place.area_id, there.place.area_path.as_str());
            let (area_id, area_path) = taken_on.map_or(place, |part| (part.id, part.path.as_str()));
            rows.push(check_in::Model {
                id: dice.key(stay.requested.stamp()),
                unit_id: unit.id,
                community_id: there.id,
                area_id,
                area_path: area_path.to_owned(),
                status: stay.status,
                requested_at: stay.requested.stamp(),
                since: stay.since.map(Moment::stamp),
                until: stay.until.map(Moment::stamp),
                version: stay.version,
                updated_at: stay.updated.stamp(),
            });
            if let (CheckInStatus::Confirmed, Some(since)) = (stay.status, stay.since) {
                unit.partners.push(Partner { other: community, since });
                there.partners.push(Partner { other: number, since });
            }
        }
    }
}

/// Persons, most of them of a unit, and where they check in.
pub(super) fn of_members(
    plan: &Plan,
    as_of: Moment,
    (communities, units): (&[Party], &[Party]),
    dice: &mut Dice,
    rows: &mut Rows,
) {
    for _ in 0..plan.members {
        let Some(home) = dice.one_of(communities) else { return };
        let unit = dice.one_of(units).filter(|_| dice.chance(80));
        let joined = home.since.max(unit.map_or(home.since, |unit| unit.since)).plus(dice.between(HOUR, 5 * DAY));
        let id = dice.key(joined.stamp());
        rows.members.push(member::Model {
            id,
            name: dice.person(),
            phone: dice.chance(90).then(|| dice.phone()),
            unit_id: unit.map(|unit| unit.id),
            specialities: dice.pick(SPECIALITIES).to_owned(),
            version: 1,
            created_at: joined.stamp(),
            updated_at: joined.stamp(),
            successor_id: None,
        });
        let stay = Stay::new(as_of, joined, dice);
        rows.member_check_ins.push(member_stay(id, home, &stay, dice));
    }
}

fn member_stay(member: Uuid, home: &Party, stay: &Stay, dice: &mut Dice) -> member_check_in::Model {
    let building = dice.one_of(&home.parts).filter(|part| part.level == AreaLevel::Building);
    let place = (home.place.area_id, home.place.area_path.as_str());
    let (area_id, area_path) = building.map_or(place, |part| (part.id, part.path.as_str()));
    member_check_in::Model {
        id: dice.key(stay.requested.stamp()),
        member_id: member,
        community_id: home.id,
        area_id,
        area_path: area_path.to_owned(),
        status: stay.status,
        requested_at: stay.requested.stamp(),
        since: stay.since.map(Moment::stamp),
        until: stay.until.map(Moment::stamp),
        asked_by_staff: true,
        ended_by_staff: true,
        version: stay.version,
        updated_at: stay.updated.stamp(),
    }
}

/// How strongly each community draws units: the first of a district most, and a few at its end not at all, so that
/// some stand alone.
fn pulls(communities: &[Party]) -> Vec<f64> {
    let mut rank = 0;
    let mut district = None;
    let mut pulls: Vec<f64> = Vec::with_capacity(communities.len());
    for (place, community) in communities.iter().enumerate() {
        if district != Some(community.district) {
            (district, rank) = (Some(community.district), 0);
        }
        rank += 1;
        let next = communities.get(place + 1).map(|next| next.district);
        let alone = next != district || rank % 19 == 0;
        pulls.push(if alone { 0.0 } else { 1.0 / f64::from(rank + 1) });
    }
    pulls
}

/// Up to `count` communities within the unit's reach, each once.
fn choose(unit: &Party, count: usize, communities: &[Party], pulls: &[f64], dice: &mut Dice) -> Vec<usize> {
    let mut open: Vec<(usize, f64)> = communities
        .iter()
        .zip(pulls)
        .enumerate()
        .filter(|(_, (there, pull))| **pull > 0.0 && (unit.of_the_city || there.district == unit.district))
        .map(|(place, (_, pull))| (place, *pull))
        .collect();
    let mut chosen = Vec::new();
    while chosen.len() < count {
        let mut roll = dice.part() * open.iter().map(|(_, pull)| pull).sum::<f64>();
        let Some(place) = open.iter().position(|(_, pull)| {
            roll -= pull;
            roll < 0.0
        }) else {
            break;
        };
        chosen.push(open.remove(place).0);
    }
    chosen
}

/// The times of a check-in.
struct Stay {
    status: CheckInStatus,
    requested: Moment,
    since: Option<Moment>,
    until: Option<Moment>,
    updated: Moment,
    version: i32,
}

impl Stay {
    /// A check-in asked for after both sides were there, most of them long ago.
    fn new(as_of: Moment, founded: Moment, dice: &mut Dice) -> Self {
        use CheckInStatus::{Confirmed, Ended, Pending, Rejected};
        let status = dice.weighted(&[(5, Pending), (4, Rejected), (7, Ended)], Confirmed);
        let latest = as_of.plus(-15 * DAY);
        let span = latest.since(founded).max(HOUR) as f64;
        let requested = match status {
            Pending => as_of.plus(-dice.between(HOUR, 12 * DAY)),
            _ => founded.plus((span * dice.part() * dice.part()) as i64),
        };
        let answered = requested.plus(dice.between(HOUR, 6 * DAY));
        let ended = answered.plus((as_of.since(answered) as f64 * (0.1 + 0.85 * dice.part())) as i64);
        let (since, until, updated, version) = match status {
            Pending => (None, None, requested, 1),
            Rejected => (None, None, answered, 2),
            Confirmed => (Some(answered), None, answered, 2),
            Ended => (Some(answered), Some(ended), ended, 3),
        };
        Self { status, requested, since, until, updated, version }
    }
}
