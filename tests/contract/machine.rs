//! The table of the claim machine, printed: every status, action and side, as the rules answer.

use api::feature::claim::calendar::Rules;
use api::feature::claim::machine::is_open;
use api::feature::claim::rules::{Rated, Standing};
use entity::claim::{self, ClaimDirection, ClaimStatus, ListItemKind};
use entity::claim_event::ClaimAction;
use sea_orm::Iterable;
use sea_orm::prelude::Uuid;

use crate::harness::pure;

/// A line for each action that a status allows: of a need, where the claimant provides, and of a resource or a service, where
/// the owner does; and for whoever a claim was offered to, where it still can be.
const TABLE: &str = include_str!("machine.txt");

pure!(the_machine_is_the_table);
fn the_machine_is_the_table() {
    let printed = print();
    assert!(printed == TABLE, "the rules print another table than tests/contract/machine.txt:\n{printed}");
}

fn print() -> String {
    let mut lines = String::from(
        "status       action          need: claimant             need: owner                resource: claimant         resource: owner           addressee\n",
    );
    for status in ClaimStatus::iter() {
        for action in ClaimAction::iter() {
            let cells = [ListItemKind::Need, ListItemKind::Resource]
                .map(|kind| [Who::Claimant, Who::Owner].map(|who| cell(kind, status, action, who)));
            let addressee = cell(ListItemKind::Need, status, action, Who::Addressee);
            let cells = cells.iter().flatten().chain([&addressee]).map(|cell| format!("{cell:25}"));
            let cells: Vec<String> = cells.collect();
            lines.push_str(format!("{:12} {:15} {}", status.word(), action.word(), cells.join(" ")).trim_end());
            lines.push('\n');
        }
    }
    lines
}

/// Who acts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Claimant,
    Owner,
    Addressee,
}

/// Where a step leads that this side takes, or why it is refused.
fn cell(kind: ListItemKind, status: ClaimStatus, action: ClaimAction, who: Who) -> String {
    let offered = (who == Who::Addressee && is_open(status)).then(|| Uuid::from_u128(5));
    let claim = claim::Model { transfer_to_id: offered, ..claim_of(kind, status) };
    // What is taken back was said before.
    let rated = [claim.claimant_id, claim.owner_id].map(|by| Rated { by, actor: None, at: claim.updated_at });
    let standing = Standing {
        claim: &claim,
        acts_for_claimant: who == Who::Claimant,
        acts_for_owner: who == Who::Owner,
        acts_for_addressee: who == Who::Addressee,
        rated: if action == ClaimAction::WithdrawRating { &rated } else { &[] },
        account: None,
        now: claim.updated_at,
        rules: &Rules::default(),
    };
    match standing.step(action, None) {
        Ok((_, to)) => to.word(),
        Err(refusal) => format!("- {}", async_graphql::Value::from(refusal.code)),
    }
}

/// A claim of which nothing matters but its kind and its status.
fn claim_of(item_kind: ListItemKind, status: ClaimStatus) -> claim::Model {
    let (claimant_id, owner_id) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let now = entity::Timestamp(0);
    claim::Model {
        id: Uuid::from_u128(3),
        item_id: Uuid::from_u128(4),
        item_kind,
        claimant_id,
        owner_id,
        direction: ClaimDirection::UnitToCommunity,
        status,
        quantity: 1,
        promised_category_id: None,
        acted_for_both: false,
        transfer_to_id: None,
        accepted_at: None,
        delivered_at: None,
        completed_at: None,
        delivered_quantity: None,
        people_served: None,
        promised_title: String::new(),
        promised_description: String::new(),
        promised_measure: None,
        promised_quantity: None,
        promised_from: None,
        promised_until: None,
        starts_at: None,
        ends_at: None,
        deliver_by: None,
        due_at: None,
        note: None,
        created_at: now,
        updated_at: now,
        version: 1,
        community_id: owner_id,
        unit_id: claimant_id,
        provider_id: claimant_id,
        receiver_id: owner_id,
        awaiting_id: None,
        is_public: false,
        receiver_stars: None,
    }
}
