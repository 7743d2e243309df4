//! A community that is split (拆分): a part of it, with what stands there, goes to another community.

use entity::area;
use entity::party::{self, PartyKind};
use sea_orm::Value;
use sea_orm::prelude::Uuid;

use super::handing_over::run;
use super::succession::{check_version, hold, to_end};
use crate::access::ended::refuse_ended;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::text;
use crate::kernel::tree;
use crate::kernel::write::{Changes, Done, Tx};

/// How many parts one act hands over.
pub const MOST_PARTS: usize = 100;

/// Which parts of which community go where.
#[derive(Clone, Debug)]
pub struct Split<'a> {
    /// The community.
    pub from: Uuid,
    /// Areas in it.
    pub parts: &'a [Uuid],
    /// The community that has them from then on.
    pub into: Uuid,
    /// The version of the first that was read.
    pub version: Option<i32>,
    /// Why.
    pub reason: &'a str,
}

/// Hands parts of a community to another: its items that stand there with their claims, and the check-ins that are for these parts.
///
/// # Errors
/// As `succession::merge`; where a part does not lie in the community. Nothing is changed then.
pub async fn split(tx: &Tx, split: &Split<'_>) -> Result<Done, Stop> {
    let old = to_end(tx, split.from, "id").await?;
    check_version(&old, split.version)?;
    let new = to_end(tx, split.into, "intoId").await?;
    let reason = text::reason(split.reason)?;
    for (party, field) in [(&old, "id"), (&new, "intoId")] {
        if party.kind != PartyKind::Community {
            let message = message!("only communities are split", "只有社区可以拆分");
            return Err(Refusal::new(UserErrorCode::SameSide, message).at(field).into());
        }
    }
    if old.id == new.id {
        let message = message!("these parts are its own", "这些区域已属于该社区");
        return Err(Refusal::invalid("intoId", message).into());
    }
    if split.parts.is_empty() || split.parts.len() > MOST_PARTS {
        let message = message!("1 to {MOST_PARTS} areas", "须为 1 至 {MOST_PARTS} 个区域");
        return Err(Refusal::invalid("partIds", message).into());
    }
    let [old, new] = hold(tx, [old.id, new.id]).await?;
    check_version(&old, split.version)?;
    refuse_ended(&old, "id")?;
    refuse_ended(&new, "intoId")?;
    // What is wrong with one is told before anything moves.
    for part in split.parts {
        find_part(tx, *part, &old).await?;
    }
    let (mut names, mut counts) = (Vec::new(), [0; 4]);
    for part in split.parts {
        let part = match find_part(tx, *part, &old).await {
            Ok(part) => part,
            // One that lay in another of them has gone with it.
            Err(Stop::Refused(_)) => continue,
            Err(failed) => return Err(failed),
        };
        let moved = hand_part_over(tx, &part, &old, &new).await?;
        counts.iter_mut().zip(moved).for_each(|(count, moved)| *count += moved);
        names.push(part.name);
    }
    let [items, claims, check_ins, persons] = counts;
    let changes = Changes::default()
        .new("parts", names.join("、"))
        .new("listItems", items)
        .new("claims", claims)
        .new("checkIns", check_ins + persons)
        .new("reason", reason);
    for (party, changes) in [
        (&old, changes.clone().field("partsTo", None, Some(new.name.clone()))),
        (&new, changes.field("partsFrom", None, Some(old.name.clone()))),
    ] {
        run(tx, COUNT_UP, &[party.id.into(), tx.now.into()]).await?;
        tx.audit((Table::Party, party.id), Some(party.id), &changes);
        tx.tell((Table::Party, party.id), None);
    }
    Ok(Done::to(new.id))
}

async fn find_part(tx: &Tx, part: Uuid, community: &party::Model) -> Result<area::Model, Stop> {
    let area = tx.find::<area::Entity>(part).await?.ok_or_else(|| Refusal::not_found("partIds"))?;
    if area.id == community.area_id || !tree::is_within(&area.path, &community.area_path) {
        let message = message!("it does not lie in the community", "该区域不在此社区内");
        return Err(Refusal::invalid("partIds", message).on(Table::Area, area.id).into());
    }
    Ok(area)
}

/// Hands one part over, and counts items, claims, and the check-ins of units and of persons.
async fn hand_part_over(tx: &Tx, part: &area::Model, old: &party::Model, new: &party::Model) -> Result<[u64; 4], Stop> {
    let path = tree::path(Some(&new.area_path), &part.code);
    let rest = i32::try_from(part.path.chars().count()).unwrap_or(i32::MAX).saturating_add(1);
    run(tx, "UPDATE area SET parent_id = $2 WHERE id = $1", &[part.id.into(), new.area_id.into()]).await?;
    let paths: [Value; 5] =
        [part.path.as_str().into(), tree::end(&part.path).into(), path.as_str().into(), rest.into(), tx.now.into()];
    run(tx, MOVE_PART, &paths).await?;
    let values: [Value; 5] =
        [old.id.into(), new.id.into(), tx.now.into(), path.as_str().into(), tree::end(&path).into()];
    let items = run(tx, TAKE_ITEMS, &values).await?;
    let claims = run(tx, TAKE_CLAIMS, &values).await?;
    run(tx, TAKE_RATINGS, &[old.id.into(), new.id.into(), path.as_str().into(), tree::end(&path).into()]).await?;
    let mut check_ins = [0; 2];
    for (count, (table, other)) in check_ins.iter_mut().zip([("check_in", "unit_id"), ("member_check_in", "member_id")])
    {
        let fill = |sql: &str| sql.replace("{table}", table).replace("{other}", other);
        run(tx, &fill(END_SECOND), &values).await?;
        *count = run(tx, &fill(TAKE_CHECK_INS), &values).await?;
    }
    Ok([items, claims, check_ins[0], check_ins[1]])
}

/// Of the paths from $1 to $2 the beginning becomes $3; $4 is where the rest begins, $5 now.
const MOVE_PART: &str = "UPDATE area SET path = $3 || substr(path, $4), updated_at = $5 WHERE path >= $1 AND path < $2";

// In the following, $1 is the community that has less, $2 the one that has more, $3 now, and the part lies from $4 to $5 by then.

const TAKE_ITEMS: &str = "UPDATE list_item SET owner_id = $2, version = version + 1, updated_at = $3
    WHERE owner_id = $1 AND has_own_place AND area_path >= $4 AND area_path < $5";

const TAKE_CLAIMS: &str = "UPDATE claim SET owner_id = $2, version = version + 1, updated_at = $3
    WHERE owner_id = $1 AND item_id IN
    (SELECT i.id FROM list_item i WHERE i.owner_id = $2 AND i.area_path >= $4 AND i.area_path < $5)";

/// $3 and $4 are where the part lies.
const TAKE_RATINGS: &str = "UPDATE rating SET by_id = $2 WHERE by_id = $1 AND claim_id IN
    (SELECT c.id FROM claim c JOIN list_item i ON i.id = c.item_id
    WHERE c.owner_id = $2 AND i.owner_id = $2 AND i.area_path >= $3 AND i.area_path < $4)";

/// Whoever is checked in to the other community already is so once.
const END_SECOND: &str = "UPDATE {table} SET status = 'ENDED', until = $3, version = version + 1, updated_at = $3
    WHERE community_id = $1 AND status IN ('PENDING', 'CONFIRMED') AND area_path >= $4 AND area_path < $5 AND {other} IN
    (SELECT o.{other} FROM {table} o WHERE o.community_id = $2 AND o.status IN ('PENDING', 'CONFIRMED'))";

const TAKE_CHECK_INS: &str = "UPDATE {table} SET community_id = $2, version = version + 1, updated_at = $3
    WHERE community_id = $1 AND area_path >= $4 AND area_path < $5";

const COUNT_UP: &str = "UPDATE party SET version = version + 1, updated_at = $2 WHERE id = $1";
