//! The course of a claim: what was done to it, by whom and when, up to the status it is to end in.

use entity::Timestamp;
use entity::claim::ClaimStatus;
use entity::claim_event::ClaimAction;

use crate::feature::claim::machine::{Side, is_live};

use super::dice::Dice;
use super::moment::{DAY, HOUR, MINUTE, Moment, due, earliest_open};

/// Working days until an unanswered proposal expires.
pub(super) const ANSWER_DAYS: u32 = 5;
/// Working days until the clock confirms what the receiver is silent about.
pub(super) const CONFIRM_DAYS: u32 = 10;

/// When an item takes claims, and until when anything is known about them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) opens: Moment,
    pub(super) closes: Moment,
    pub(super) horizon: Moment,
    /// Whether claims may still be under way: not on an item that was taken back.
    pub(super) may_live: bool,
}

/// What was done to a claim.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) action: ClaimAction,
    pub(super) to: ClaimStatus,
    pub(super) side: Side,
    pub(super) at: Timestamp,
}

/// The steps of a claim, oldest first; never empty.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub(super) created: Moment,
    pub(super) steps: Vec<Step>,
    pub(super) status: ClaimStatus,
}

impl Course {
    /// When the claim ceased to be live.
    pub(super) fn ended(&self) -> Option<Timestamp> {
        self.steps.iter().find(|step| !is_live(step.to)).map(|step| step.at)
    }

    /// When `action` was last taken.
    pub(super) fn last(&self, action: ClaimAction) -> Option<Timestamp> {
        self.steps.iter().rev().find(|step| step.action == action).map(|step| step.at)
    }

    /// When it first came to `status`.
    pub(super) fn reached(&self, status: ClaimStatus) -> Option<Timestamp> {
        self.steps.iter().find(|step| step.to == status).map(|step| step.at)
    }
}

/// Invents courses that fit the present day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chronicler {
    /// Since when proposals, and deliveries, may still be unanswered.
    answer_from: Moment,
    confirm_from: Moment,
    as_of: Moment,
}

/// A step in outline: how long after the one before.
type Scene = (ClaimAction, ClaimStatus, Side, i64);

impl Chronicler {
    pub(super) fn new(as_of: Moment) -> Self {
        let (answer_from, confirm_from) = (earliest_open(as_of, ANSWER_DAYS), earliest_open(as_of, CONFIRM_DAYS));
        Self { answer_from, confirm_from, as_of }
    }

    /// A course that ends in a likely status, or else in one for which there is time. None where there is time for nothing.
    pub(super) fn course(&self, opening: &Opening, accepted_at_once: bool, dice: &mut Dice) -> Option<Course> {
        use ClaimStatus::{
            Accepted, Cancelled, Completed, Declined, Delivered, Expired, InProgress, Proposed, Withdrawn,
        };
        let likely = [
            (6, Proposed),
            (7, Accepted),
            (9, InProgress),
            (6, Delivered),
            (6, Declined),
            (5, Withdrawn),
            (5, Cancelled),
            (5, Expired),
        ];
        let status = match dice.weighted(&likely, Completed) {
            Proposed if accepted_at_once => Accepted,
            Declined | Withdrawn | Expired if accepted_at_once => Completed,
            status => status,
        };
        let newest = if accepted_at_once { Accepted } else { Proposed };
        [status, Completed, newest]
            .into_iter()
            .filter(|status| opening.may_live || !is_live(*status))
            .find_map(|status| self.act(&scenes(status, accepted_at_once, dice), status, opening, dice))
    }

    fn act(&self, scenes: &[Scene], status: ClaimStatus, opening: &Opening, dice: &mut Dice) -> Option<Course> {
        let total: i64 = scenes.iter().map(|(.., delay)| delay).sum();
        let (created, time) = if is_live(status) {
            self.live(total, status, opening, dice)?
        } else {
            Self::ended(total, scenes, opening, dice)?
        };
        let pace = if total == 0 { 1.0 } else { time as f64 / total as f64 };
        let mut moment = created;
        let mut steps: Vec<Step> = Vec::with_capacity(scenes.len());
        for (action, to, side, delay) in scenes {
            let at = match (side, steps.last()) {
                (Side::Clock, Some(before)) => {
                    let days = if *action == ClaimAction::Expire { ANSWER_DAYS } else { CONFIRM_DAYS };
                    moment = due(before.at, days);
                    moment.exact().plus(dice.between(1_000, 4 * MINUTE))
                }
                (_, Some(_)) => {
                    moment = moment.plus(((*delay as f64 * pace) as i64).max(MINUTE));
                    moment.stamp()
                }
                (_, None) => created.stamp(),
            };
            if moment >= opening.horizon {
                // A rating may be missing; any other step must have been taken.
                if *action == ClaimAction::Rate {
                    break;
                }
                return None;
            }
            steps.push(Step { action: *action, to: *to, side: *side, at });
        }
        Some(Course { created, steps, status })
    }

    /// When a claim was made that has ended, and how long its scenes last until the last that people play.
    fn ended(total: i64, scenes: &[Scene], opening: &Opening, dice: &mut Dice) -> Option<(Moment, i64)> {
        let silence = if scenes.iter().any(|(.., side, _)| *side == Side::Clock) { 17 * DAY } else { 0 };
        let least = silence + if scenes.len() > 3 { 3 * DAY } else { 12 * HOUR };
        let created = within(opening.opens, opening.closes.min(opening.horizon.plus(-least)), dice)?;
        Some((created, total.min(opening.horizon.since(created) - silence - HOUR)))
    }

    /// The same for one that is live: what it waits for must not be due yet.
    fn live(&self, total: i64, status: ClaimStatus, opening: &Opening, dice: &mut Dice) -> Option<(Moment, i64)> {
        let Opening { opens, closes, horizon, .. } = *opening;
        let since = match status {
            ClaimStatus::Proposed => return Some((within(opens.max(self.answer_from), closes, dice)?, 0)),
            ClaimStatus::Accepted => self.as_of.plus(-25 * DAY),
            ClaimStatus::InProgress => self.as_of.plus(-40 * DAY),
            _ => self.confirm_from,
        };
        let least = total / 12;
        let last = within(since.max(opens.plus(least)), horizon, dice)?;
        let planned = last.plus(-total);
        let created = if planned <= opens {
            within(opens, closes.min(last.plus(-least / 2)), dice)?
        } else if planned >= closes {
            within(opens.max(closes.plus(-DAY)), closes, dice)?
        } else {
            planned
        };
        let time = last.since(created);
        (time >= least / 2 && time <= total + total / 3).then_some((created, time))
    }
}

/// Some moment between two; none where they are closer than an hour.
fn within(from: Moment, to: Moment, dice: &mut Dice) -> Option<Moment> {
    let span = to.since(from);
    (span > HOUR).then(|| from.plus(dice.between(MINUTE, span - MINUTE)))
}

fn scenes(status: ClaimStatus, accepted_at_once: bool, dice: &mut Dice) -> Vec<Scene> {
    use ClaimAction::{Accept, Cancel, Decline, Expire, Propose, Start, Withdraw};
    use ClaimStatus::{Accepted, Cancelled, Completed, Declined, Delivered, Expired, InProgress, Proposed, Withdrawn};
    let mut hours = |least: i64, most: i64| dice.between(least * HOUR, most * HOUR);
    let first = if accepted_at_once { Accepted } else { Proposed };
    let mut scenes = vec![(Propose, first, Side::Claimant, 0)];
    match status {
        Proposed => return scenes,
        Declined => scenes.push((Decline, Declined, Side::Owner, hours(2, 72))),
        Withdrawn => scenes.push((Withdraw, Withdrawn, Side::Claimant, hours(1, 90))),
        Expired => scenes.push((Expire, Expired, Side::Clock, 0)),
        _ if accepted_at_once => {}
        _ => scenes.push((Accept, Accepted, Side::Owner, hours(2, 60))),
    }
    if matches!(status, InProgress | Delivered | Completed) || (status == Cancelled && hours(0, 10) > 5 * HOUR) {
        scenes.push((Start, InProgress, Side::Provider, hours(4, 96)));
    }
    if status == Cancelled {
        let side = if hours(0, 10) > 5 * HOUR { Side::Claimant } else { Side::Owner };
        scenes.push((Cancel, Cancelled, side, hours(12, 200)));
    }
    if matches!(status, InProgress | Delivered | Completed) {
        deliveries(status, &mut scenes, dice);
    }
    scenes
}

/// Work, sent back now and then, rarely several times; confirmed and rated where it is to be completed.
fn deliveries(status: ClaimStatus, scenes: &mut Vec<Scene>, dice: &mut Dice) {
    use ClaimAction::{Confirm, Deliver, Rate, Rework};
    use ClaimStatus::{Completed, Delivered, InProgress};
    let mut reworks = 0;
    while reworks < 6 && dice.chance(if reworks == 0 { 12 } else { 35 }) {
        let work = dice.between(12 * HOUR, if reworks == 0 { 400 * HOUR } else { 96 * HOUR });
        scenes.push((Deliver, Delivered, Side::Provider, work));
        scenes.push((Rework, InProgress, Side::Receiver, dice.between(4 * HOUR, 72 * HOUR)));
        reworks += 1;
    }
    if status == InProgress {
        return;
    }
    let work = dice.between(12 * HOUR, if reworks == 0 { 480 * HOUR } else { 96 * HOUR });
    scenes.push((Deliver, Delivered, Side::Provider, work));
    if status == Delivered {
        return;
    }
    let silent = dice.chance(8);
    let side = if silent { Side::Clock } else { Side::Receiver };
    scenes.push((Confirm, Completed, side, if silent { 0 } else { dice.between(3 * HOUR, 120 * HOUR) }));
    let raters: &[Side] = match dice.between(0, 9) {
        0..=3 => &[Side::Receiver, Side::Provider],
        4 | 5 => &[Side::Provider, Side::Receiver],
        6 | 7 => &[Side::Receiver],
        8 => &[Side::Provider],
        _ => &[],
    };
    for side in raters {
        scenes.push((Rate, Completed, *side, dice.between(HOUR, 72 * HOUR)));
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::feature::claim::machine;

    #[test]
    fn every_course_is_one_that_the_machine_allows() {
        let as_of = Moment::start_of(NaiveDate::from_ymd_opt(2026, 6, 3).unwrap_or_default());
        let (chronicler, mut dice) = (Chronicler::new(as_of), Dice::new(7));
        for number in 0..4_000_i64 {
            let opens = as_of.plus(-(number % 300) * DAY - HOUR);
            let may_live = number % 5 > 0;
            let horizon = if may_live { as_of } else { opens.plus((as_of.since(opens)) / 2) };
            let opening = Opening { opens, closes: horizon, horizon, may_live };
            let Some(course) = chronicler.course(&opening, number % 7 == 0, &mut dice) else { continue };
            let mut before = None;
            let history = course.steps.iter().map(|step| {
                let from = before.replace(step.to);
                (step.action, from, step.to)
            });
            assert_eq!(machine::replay(history), Ok(course.status));
            assert!(may_live || !is_live(course.status));
            assert!(course.steps.is_sorted_by(|earlier, later| earlier.at < later.at), "{course:?}");
            assert!(course.steps.iter().all(|step| step.at >= opens.stamp() && step.at < horizon.stamp()));
            let days = match course.status {
                ClaimStatus::Proposed => ANSWER_DAYS,
                ClaimStatus::Delivered => CONFIRM_DAYS,
                _ => continue,
            };
            let last = course.steps.last().map(|step| due(step.at, days));
            assert!(last > Some(as_of.plus(DAY)), "{course:?}");
        }
    }
}
