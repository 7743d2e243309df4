//! Attachments: links to pictures and papers of items, and to evidence of what was delivered.

use entity::{Timestamp, attachment};
use sea_orm::prelude::Uuid;

use super::dice::Dice;
use super::moment::MINUTE;

const OF_ITEMS: &[&str] = &["现场照片", "场地平面图", "活动方案", "设备清单", "开放须知", "报名表"];
const OF_CLAIMS: &[&str] = &["活动现场", "签收单", "签到表", "完工照片", "服务记录"];

/// Up to three of an item.
pub(super) fn of_item(item: Uuid, at: Timestamp, dice: &mut Dice, rows: &mut Vec<attachment::Model>) {
    for position in 0..dice.between(1, 3) {
        rows.push(link(OF_ITEMS, (Some(item), None), position, at, dice));
    }
}

/// Up to three that show what a claim delivered.
pub(super) fn evidence(claim: Uuid, at: Timestamp, dice: &mut Dice, rows: &mut Vec<attachment::Model>) {
    for position in 0..dice.between(1, 3) {
        rows.push(link(OF_CLAIMS, (None, Some(claim)), position, at, dice));
    }
}

fn link(
    names: &[&'static str],
    (item_id, claim_id): (Option<Uuid>, Option<Uuid>),
    position: i32,
    at: Timestamp,
    dice: &mut Dice,
) -> attachment::Model {
    let (ending, media_type, most) =
        dice.weighted(&[(70, ("jpg", "image/jpeg", 3_200_000)), (10, ("png", "image/png", 1_400_000))], PAPER);
    // Uploads come a moment before the step that they belong to.
    let at = at.plus(-i64::from(3 - position) * MINUTE / 4);
    let id = dice.key(at);
    attachment::Model {
        id,
        item_id,
        claim_id,
        position,
        url: format!("https://example.org/cobuild/{}.{ending}", id.simple()),
        name: Some(format!("{}{}.{ending}", dice.pick(names), position + 1)),
        media_type: Some(media_type.to_owned()),
        bytes: Some(dice.between(40_000, most)),
        uploaded_by_id: None,
        content_hash: None,
        is_bare: true,
        created_at: at,
    }
}

const PAPER: (&str, &str, i64) = ("pdf", "application/pdf", 900_000);
