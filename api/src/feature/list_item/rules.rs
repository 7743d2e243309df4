//! What may be done to a list item when, and by whom: pure, so that what a viewer is told they may do and what a mutation answers
//! come from the same lines.

use async_graphql::Enum;
use entity::Timestamp;
use entity::list_item::{self, ListItemKind, ListItemStatus};
use sea_orm::prelude::Uuid;

use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Message, Refusal, UserErrorCode, message};

use ListItemAction as Do;
use ListItemStatus::{Closed, Draft, Expired, Published, Withdrawn};

/// What can be done to a list item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum ListItemAction {
    /// Change what it says: its owner's
    Update,
    /// Open it to claims (发布): its owner's
    Publish,
    /// Take no more claims (关闭), while those it has go on: its owner's
    Close,
    /// Take it back (撤回): its owner's, while no live claim holds it
    Withdraw,
    /// Open it to claims again (重新发布), at other dates where its own have passed: its owner's
    Reopen,
    /// Give it more time (延期): its owner's
    Extend,
    /// Throw a draft away (丢弃草稿): its owner's
    Discard,
    /// Begin another like it (复制): its owner's
    Copy,
    /// Claim one of it (认领)
    Claim,
}

/// All of them.
pub const ACTIONS: [ListItemAction; 9] =
    [Do::Update, Do::Publish, Do::Close, Do::Withdraw, Do::Reopen, Do::Extend, Do::Discard, Do::Copy, Do::Claim];

/// The whole table: action, from, to. What was withdrawn stays as it was; a copy of it begins anew. A draft that is discarded is gone.
/// That the clock lets `PUBLISHED` expire: `expiry`.
pub const TABLE: &[(ListItemAction, ListItemStatus, ListItemStatus)] = &[
    (Do::Update, Draft, Draft),
    (Do::Update, Published, Published),
    (Do::Publish, Draft, Published),
    (Do::Close, Published, Closed),
    (Do::Withdraw, Published, Withdrawn),
    (Do::Reopen, Closed, Published),
    (Do::Reopen, Expired, Published),
    (Do::Extend, Published, Published),
    (Do::Extend, Expired, Published),
    (Do::Discard, Draft, Draft),
    (Do::Copy, Draft, Draft),
    (Do::Copy, Published, Draft),
    (Do::Copy, Closed, Draft),
    (Do::Copy, Withdrawn, Draft),
    (Do::Copy, Expired, Draft),
];

/// What is known of an item and of whoever would do something to it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The item.
    pub item: &'a list_item::Model,
    /// Whether they act for its owner.
    pub acts_for_owner: bool,
    /// Its live claims. Only a withdrawal asks.
    pub live: &'a [Uuid],
    /// When.
    pub now: Timestamp,
}

impl Standing<'_> {
    /// Where a step of the owner's leads.
    ///
    /// # Errors
    /// The first thing that stands in the way, in the order of these lines.
    pub fn step(&self, action: ListItemAction) -> Result<ListItemStatus, Refusal> {
        let item = self.item;
        if !self.acts_for_owner {
            return Err(Refusal::forbidden());
        }
        let to = TABLE.iter().find(|(step, from, _)| (*step, *from) == (action, item.status)).map(|(.., to)| *to);
        let to = to.ok_or_else(|| not_from_here(action, item))?;
        if action == Do::Withdraw && !self.live.is_empty() {
            return Err(held(message!("live claims hold it: answer or end them first", "仍有进行中的认领"), self.live));
        }
        if action == Do::Extend && item.claim_by.is_none() && item.available_until.is_none() {
            let message = message!("it has no date that could be later", "没有可延长的截止时间");
            return Err(Refusal::new(UserErrorCode::Invalid, message).on(Table::ListItem, item.id));
        }
        if action == Do::Publish && !item.lacks.is_empty() {
            let lacks: Vec<&str> = item.lacks.split_whitespace().collect();
            return Err(Refusal::new(UserErrorCode::Invalid, unsaid(&lacks)).on(Table::ListItem, item.id));
        }
        match past(item, self.now).into_iter().next() {
            Some((_, message)) if action == Do::Publish => {
                Err(Refusal::new(UserErrorCode::Invalid, message).on(Table::ListItem, item.id))
            }
            _ => Ok(to),
        }
    }
}

/// What an item of this kind has to say before it is published: fields of its input.
#[must_use]
pub const fn must_say(kind: ListItemKind) -> &'static [&'static str] {
    match kind {
        ListItemKind::Need => &["categoryId", "title"],
        ListItemKind::Resource => &["categoryId", "title", "form"],
        ListItemKind::Service => &["categoryId", "title", "mode"],
    }
}

/// That these fields have to be said first.
#[must_use]
pub fn unsaid(fields: &[&str]) -> Message {
    let words = |field: &&str| match *field {
        "categoryId" => ("its category", "类别"),
        "title" => ("its title", "标题"),
        "form" => ("what it is", "资源形式"),
        _ => ("where it is given", "服务方式"),
    };
    let english = fields.iter().map(|field| words(field).0).collect::<Vec<_>>().join(", ");
    let chinese = fields.iter().map(|field| words(field).1).collect::<Vec<_>>().join("、");
    message!("say {english} before it is published", "发布前请填写：{chinese}")
}

/// Which dates of an item, named as in an input, have passed, so that nobody could claim of it; and how that is said.
#[must_use]
pub fn past(item: &list_item::Model, now: Timestamp) -> Vec<(&'static str, Message)> {
    let dates = [
        (item.claim_by, "claimBy", message!("the deadline to claim has passed", "认领截止时间已过")),
        (item.available_until, "availableUntil", message!("the end of its window has passed", "可用时间已结束")),
    ];
    let has_passed = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment < now);
    dates.into_iter().filter(|(moment, ..)| has_passed(*moment)).map(|(_, field, message)| (field, message)).collect()
}

/// Claims hold something of it.
pub(super) fn held(message: Message, claims: &[Uuid]) -> Refusal {
    let refusal = Refusal::new(UserErrorCode::HeldByClaims, message);
    claims.iter().fold(refusal, |refusal, claim| refusal.on(Table::Claim, *claim))
}

fn not_from_here(action: ListItemAction, item: &list_item::Model) -> Refusal {
    let (doing, chinese_doing) = match action {
        Do::Update => ("changed", "修改"),
        Do::Publish => ("published", "发布"),
        Do::Close => ("closed", "关闭"),
        Do::Withdraw => ("withdrawn", "撤回"),
        Do::Reopen => ("reopened", "重新发布"),
        Do::Extend => ("extended", "延期"),
        Do::Discard => ("discarded", "丢弃"),
        Do::Copy => ("copied", "复制"),
        Do::Claim => ("claimed", "认领"),
    };
    let (standing, chinese_standing) = match item.status {
        Draft => ("is a draft", "尚为草稿"),
        Published => ("is published", "已发布"),
        Closed => ("is closed", "已关闭"),
        Withdrawn => ("was withdrawn", "已撤回"),
        Expired => ("has expired", "已过期"),
    };
    let message = message!("an item that {standing} cannot be {doing}", "清单{chinese_standing}，不能{chinese_doing}");
    Refusal::new(UserErrorCode::InvalidTransition, message).on(Table::ListItem, item.id)
}
