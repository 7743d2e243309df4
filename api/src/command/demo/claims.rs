//! Claims with their events, ratings and evidence.

use entity::claim::{self, ClaimStatus};
use entity::claim_event::{self, ClaimAction};
use entity::list_item;
use entity::party::PartyKind;
use entity::{Timestamp, rating};
use sea_orm::prelude::Uuid;

use crate::feature::claim::calendar::Rules;
use crate::feature::claim::machine::Side;
use crate::feature::claim::quantity;

use super::attachments;
use super::course::{Chronicler, Course, Opening, Step};
use super::dice::Dice;
use super::items::step;
use super::moment::{DAY, HOUR, Moment};
use super::parties::Party;
use super::rows::Rows;
use super::sides::Sides;
use super::vocabulary::remarks;

/// What all claims of a load share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stage<'a> {
    pub(super) communities: &'a [Party],
    pub(super) units: &'a [Party],
    pub(super) chronicler: Chronicler,
    pub(super) as_of: Moment,
}

impl Stage<'_> {
    /// Writes up to `wanted` claims of `item`, in the order in which they were made, and counts what they hold. Those for
    /// which the item has nothing left, or whose claimant has a live one already, were never made.
    pub(super) fn write(
        &self,
        item: &mut list_item::Model,
        owner: &Party,
        (opening, wanted): (&Opening, usize),
        dice: &mut Dice,
        rows: &mut Rows,
    ) {
        let mut courses: Vec<(Course, &Party)> = (0..wanted)
            .filter_map(|_| {
                let (claimant, since) = self.claimant(item.open_to_all, owner, dice)?;
                let opening = Opening { opens: opening.opens.max(since), ..*opening };
                Some((self.chronicler.course(&opening, item.auto_accept, dice)?, claimant))
            })
            .collect();
        courses.sort_by_key(|(course, _)| course.created);
        let usual = item.quantity.map(|quantity| (quantity * 2 / i32::try_from(wanted + 1).unwrap_or(1)).max(1));
        let mut holds: Vec<Hold> = Vec::with_capacity(courses.len());
        for (course, claimant) in courses {
            let at = course.created.stamp();
            let taken: i64 = holds.iter().map(|hold| hold.at(at)).sum();
            let left = item.quantity.map_or(i64::MAX, |quantity| i64::from(quantity) - taken);
            if left < 1 || holds.iter().any(|hold| hold.claimant == claimant.id && hold.is_live(at)) {
                continue;
            }
            let unit = step(item.measure.as_deref());
            let most = usual.unwrap_or(6 * unit).max(unit);
            let quantity = (dice.between(1, most / unit) * unit).min(i32::try_from(left).unwrap_or(i32::MAX));
            let made = Made { item, sides: Sides::new(claimant, owner, item.kind), course: &course, quantity };
            holds.push(made.write(self.as_of, dice, rows));
        }
        item.held = holds.iter().map(|hold| i64::from(hold.after)).sum();
    }

    /// Somebody from the other side, and since when it may claim: a partner, or anybody near where the item is open to
    /// all. Who has no partner stays alone.
    fn claimant(&self, open_to_all: bool, owner: &Party, dice: &mut Dice) -> Option<(&Party, Moment)> {
        let others = if owner.kind == PartyKind::Community { self.units } else { self.communities };
        if owner.partners.is_empty() {
            return None;
        }
        if !open_to_all || dice.chance(40) {
            let partner = dice.one_of(&owner.partners)?;
            return others.get(partner.other).map(|other| (other, partner.since));
        }
        let mut other = dice.one_of(others)?;
        for _ in 0..12 {
            let near = other.district == owner.district || other.of_the_city || owner.of_the_city;
            if near && !other.partners.is_empty() {
                break;
            }
            other = dice.one_of(others)?;
        }
        (!other.partners.is_empty()).then_some((other, other.since))
    }
}

/// What a claim holds, until and after it ceases to be live.
struct Hold {
    claimant: Uuid,
    until: Option<Timestamp>,
    claimed: i32,
    after: i32,
}

impl Hold {
    fn is_live(&self, at: Timestamp) -> bool {
        self.until.is_none_or(|until| at <= until)
    }

    fn at(&self, at: Timestamp) -> i64 {
        i64::from(if self.is_live(at) { self.claimed } else { self.after })
    }
}

/// A claim that was made.
struct Made<'a> {
    item: &'a list_item::Model,
    sides: Sides,
    course: &'a Course,
    quantity: i32,
}

/// What came of a claim, as its events tell it.
#[derive(Default)]
struct Outcome {
    delivered: Option<i32>,
    people: Option<i32>,
}

impl Made<'_> {
    fn write(&self, as_of: Moment, dice: &mut Dice, rows: &mut Rows) -> Hold {
        let created = self.course.created.stamp();
        let id = dice.key(created);
        let note = dice.chance(60).then(|| dice.pick(remarks::PROPOSED).to_owned());
        let outcome = self.events(id, note.as_deref(), dice, rows);
        let status = self.course.status;
        if matches!(status, ClaimStatus::Delivered | ClaimStatus::Completed) && dice.chance(15) {
            let at = self.course.last(ClaimAction::Deliver).unwrap_or(created);
            attachments::evidence(id, at, dice, &mut rows.attachments);
        }
        let after = quantity::held(status, self.item.form, self.quantity, outcome.delivered);
        let row = self.row(id, &outcome, as_of, dice);
        rows.claims.push(claim::Model { note, due_at: Rules::default().due(&row), ..row });
        Hold { claimant: self.sides.claimant, until: self.course.ended(), claimed: self.quantity, after }
    }

    /// The row, as yet without a note and without what is due.
    fn row(&self, id: Uuid, outcome: &Outcome, as_of: Moment, dice: &mut Dice) -> claim::Model {
        let (item, sides, status) = (self.item, self.sides, self.course.status);
        let created = self.course.created.stamp();
        let deliver_by = self.deliver_by(as_of, dice);
        let (starts_at, ends_at) = self.appointment(dice).unzip();
        claim::Model {
            id,
            item_id: item.id,
            item_kind: item.kind,
            claimant_id: sides.claimant,
            owner_id: sides.owner,
            direction: sides.direction,
            status,
            quantity: self.quantity,
            delivered_quantity: outcome.delivered,
            people_served: outcome.people,
            promised_category_id: Some(item.category_id),
            promised_title: item.title.clone(),
            promised_description: item.description.clone(),
            promised_measure: item.measure.clone(),
            promised_quantity: item.quantity,
            promised_from: item.available_from,
            promised_until: item.available_until,
            starts_at,
            ends_at,
            deliver_by,
            due_at: None,
            note: None,
            transfer_to_id: None,
            acted_for_both: false,
            accepted_at: self.course.reached(ClaimStatus::Accepted),
            delivered_at: outcome.delivered.and(self.course.last(ClaimAction::Deliver)),
            completed_at: self.course.last(ClaimAction::Confirm),
            created_at: created,
            updated_at: self.course.steps.last().map_or(created, |step| step.at),
            version: i32::try_from(self.course.steps.len()).unwrap_or(i32::MAX),
            community_id: sides.community(),
            unit_id: sides.unit(),
            provider_id: sides.provider(),
            receiver_id: sides.receiver(),
            awaiting_id: sides.awaiting(status),
            is_public: false,
            receiver_stars: None,
        }
    }

    /// Writes the history, and what it leaves: nothing counts as delivered that was sent back or called off.
    fn events(&self, claim: Uuid, note: Option<&str>, dice: &mut Dice, rows: &mut Rows) -> Outcome {
        let mut outcome = Outcome::default();
        let mut from = None;
        for step in &self.course.steps {
            match step.action {
                ClaimAction::Deliver => outcome = self.delivery(dice),
                ClaimAction::Rework => outcome = Outcome::default(),
                ClaimAction::Rate => rows.ratings.push(self.rating(claim, step, outcome.delivered, dice)),
                _ => {}
            }
            let (quantity, people_served) = match step.action {
                ClaimAction::Propose => (Some(self.quantity), None),
                ClaimAction::Deliver => (outcome.delivered, outcome.people),
                _ => (None, None),
            };
            rows.events.push(claim_event::Model {
                id: dice.key(step.at),
                claim_id: claim,
                action: step.action,
                from_status: from.replace(step.to),
                to_status: step.to,
                at: step.at,
                on_behalf_of_id: self.sides.party(step.side),
                actor_id: None,
                note: words(step.action, note, dice),
                quantity,
                people_served,
                redacted_at: None,
            });
        }
        outcome
    }

    fn delivery(&self, dice: &mut Dice) -> Outcome {
        let unit = step(self.item.measure.as_deref());
        let short = self.quantity > unit && dice.chance(15);
        let least = unit.min(self.quantity);
        let delivered = if short {
            (dice.between(self.quantity / 2, self.quantity - unit) / unit * unit).max(least)
        } else {
            self.quantity
        };
        let people = dice.chance(85).then(|| match self.item.beneficiaries {
            Some(all) => dice.between(all / 2, all + all / 4).max(1),
            None => dice.between(2, 120),
        });
        Outcome { delivered: Some(delivered), people }
    }

    fn rating(&self, claim: Uuid, step: &Step, delivered: Option<i32>, dice: &mut Dice) -> rating::Model {
        let disappointed = delivered.is_some_and(|delivered| delivered < self.quantity);
        let stars = if disappointed {
            dice.weighted(&[(20, 2), (45, 3), (25, 4), (4, 1)], 5)
        } else {
            dice.weighted(&[(62, 5), (27, 4), (8, 3), (2, 2)], 1)
        };
        let comments = match (step.side, stars) {
            (Side::Receiver, 4..) => remarks::PRAISE,
            (Side::Receiver, _) => remarks::BLAME,
            _ => remarks::THANKS,
        };
        rating::Model {
            id: dice.key(step.at),
            claim_id: claim,
            by_id: self.sides.party(step.side).unwrap_or_default(),
            stars,
            comment: dice.chance(65).then(|| dice.pick(comments).to_owned()),
            at: step.at,
            actor_id: None,
        }
    }

    /// Most work under way still has time; a few are late.
    fn deliver_by(&self, as_of: Moment, dice: &mut Dice) -> Option<Timestamp> {
        use ClaimStatus::{Accepted, InProgress, Proposed};
        let agreed = dice.chance(80);
        let created = self.course.created;
        let promised = match self.course.status {
            Accepted | InProgress if dice.chance(6) => as_of.plus(-dice.between(DAY, 12 * DAY)),
            Accepted | InProgress | Proposed => as_of.plus(dice.between(2 * DAY, 40 * DAY)),
            _ => created.plus(dice.between(15 * DAY, 45 * DAY)),
        };
        let evening = Moment::start_of(promised.max(created.plus(DAY)).day()).exact().plus(18 * HOUR);
        let until = self.item.available_until.filter(|until| *until > as_of.plus(2 * DAY).exact());
        agreed.then(|| until.map_or(evening, |until| evening.min(until)))
    }

    /// A morning or an afternoon within the item's window.
    fn appointment(&self, dice: &mut Dice) -> Option<(Timestamp, Timestamp)> {
        let day = Moment::start_of(self.course.created.plus(dice.between(2 * DAY, 20 * DAY)).day());
        let start = day.exact().plus(dice.between(9, 16) * HOUR);
        let end = start.plus(dice.between(1, 4) * HOUR);
        let fits = self.item.available_until.is_none_or(|until| end <= until);
        (fits && dice.chance(45)).then_some((start, end))
    }
}

/// What is said at a step; where a reason is asked for, there is one.
fn words(action: ClaimAction, proposal: Option<&str>, dice: &mut Dice) -> Option<String> {
    let said = match action {
        ClaimAction::Propose => return proposal.map(str::to_owned),
        ClaimAction::Decline => remarks::DECLINED,
        ClaimAction::Cancel => remarks::CANCELLED,
        ClaimAction::Rework => remarks::REWORKED,
        ClaimAction::Deliver if dice.chance(70) => remarks::DELIVERED,
        _ => return None,
    };
    Some(dice.pick(said).to_owned())
}
