//! When an item was written, published and ended, and when it takes claims.

use entity::Timestamp;
use entity::list_item::ListItemStatus;

use super::course::Opening;
use super::dice::Dice;
use super::moment::{DAY, HOUR, Moment};

/// The times of an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) created: Timestamp,
    pub(super) published: Option<Timestamp>,
    pub(super) updated: Timestamp,
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    pub(super) claim_by: Option<Timestamp>,
    pub(super) version: i32,
    /// None of a draft.
    pub(super) opening: Option<Opening>,
}

impl Times {
    /// Likely times of an item that has come to `status` by now.
    pub(super) fn draw(status: ListItemStatus, as_of: Moment, dice: &mut Dice) -> Self {
        use ListItemStatus::{Draft, Expired, Published};
        let age = age(status, dice);
        let published = as_of.plus(-age);
        let created = published.plus(-dice.between(HOUR, 5 * DAY));
        // When it ceased to be published: by hand or at its deadline, or not until now.
        let ended = match status {
            Draft | Published => as_of,
            _ => published.plus(dice.between(12 * DAY, age - 2 * DAY)),
        };
        let from = dice.chance(45).then(|| evening(published, dice.between(-1, 12)).plus(-9 * HOUR));
        let after = ended.plus(dice.between(3 * DAY, 60 * DAY));
        let claim_by = match status {
            Expired => Some(evening(ended, 0)),
            _ => dice.chance(30).then(|| evening(after, 0)),
        };
        let least = claim_by.max(from).unwrap_or(after.exact()).max(after.exact());
        let until = dice.chance(55).then(|| evening(Moment::start_of(least.day()), dice.between(1, 90)));
        let (updated, version) = match status {
            Draft | Published => (published.stamp(), 2),
            Expired => (evening(ended, 0).plus(dice.between(1_000, 60_000)), 3),
            _ => (ended.stamp(), 3),
        };
        let opening = (status != Draft).then(|| opening(status, (published, from), ended, as_of));
        let published = opening.map(|_| published.stamp());
        Self { created: created.stamp(), published, updated, from, until, claim_by, version, opening }
    }
}

/// How long ago an item was published; what is still published was so rather lately.
fn age(status: ListItemStatus, dice: &mut Dice) -> i64 {
    match status {
        ListItemStatus::Draft => dice.between(HOUR, 40 * DAY),
        ListItemStatus::Published => {
            let part = dice.part();
            HOUR + (430.0 * DAY as f64 * part * (0.25 + 0.75 * part)) as i64
        }
        _ => dice.between(30 * DAY, 540 * DAY),
    }
}

fn opening(
    status: ListItemStatus,
    (published, from): (Moment, Option<Timestamp>),
    ended: Moment,
    as_of: Moment,
) -> Opening {
    let taken_back = status == ListItemStatus::Withdrawn;
    // A window starts in the morning, a deadline ends in the evening: whole days stay clear of both.
    let window = from.map_or(published, |from| Moment::start_of(from.day()).plus(DAY));
    let closes = if status == ListItemStatus::Expired { Moment::start_of(ended.day()) } else { ended };
    Opening {
        opens: window.max(published),
        closes,
        horizon: if taken_back { ended } else { as_of },
        may_live: !taken_back,
    }
}

/// Six in the evening, `days` after the day of `moment`.
fn evening(moment: Moment, days: i64) -> Timestamp {
    Moment::start_of(moment.plus(days * DAY).day()).exact().plus(18 * HOUR)
}
