//! Claims with the history that leads to their status, and ratings.

use api::feature::claim::calendar::Rules;
use api::feature::claim::machine::{self, Side};
use api::feature::claim::quantity;
use entity::claim::{self, ClaimDirection, ClaimStatus};
use entity::claim_event::{self, ClaimAction};
use entity::list_item;
use entity::party::{self, PartyKind};
use entity::{Timestamp, rating};
use sea_orm::ActiveValue::NotSet;
use sea_orm::prelude::{Expr, Uuid};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{Given, Row, Written, all, insert};

impl Given {
    /// A claim of one, proposed. What it holds is added to the item's `held` in the table, not in `item`.
    pub fn claim(&self, item: &list_item::Model, claimant: &party::Model) -> Row<claim::Model> {
        let direction = match claimant.kind {
            PartyKind::Unit => ClaimDirection::UnitToCommunity,
            PartyKind::Community => ClaimDirection::CommunityToUnit,
        };
        self.row(|_, at, id| claim::Model {
            id,
            item_id: item.id,
            item_kind: item.kind,
            claimant_id: claimant.id,
            owner_id: item.owner_id,
            direction,
            status: ClaimStatus::Proposed,
            quantity: 1,
            delivered_quantity: None,
            people_served: None,
            promised_category_id: Some(item.category_id),
            promised_title: item.title.clone(),
            promised_description: item.description.clone(),
            promised_measure: item.measure.clone(),
            promised_quantity: item.quantity,
            promised_from: item.available_from,
            promised_until: item.available_until,
            starts_at: None,
            ends_at: None,
            deliver_by: None,
            due_at: None,
            note: None,
            acted_for_both: false,
            transfer_to_id: None,
            accepted_at: None,
            delivered_at: None,
            completed_at: None,
            created_at: at,
            updated_at: at,
            version: 1,
            // The database works these out.
            community_id: Uuid::nil(),
            unit_id: Uuid::nil(),
            provider_id: Uuid::nil(),
            receiver_id: Uuid::nil(),
            awaiting_id: None,
            is_public: false,
            receiver_stars: None,
        })
    }

    /// What `by` says of a completed claim, and the event that goes with it.
    pub fn rating(&self, claim: &claim::Model, by: &party::Model, stars: i32) -> Row<rating::Model> {
        self.row(|_, at, id| rating::Model {
            id,
            claim_id: claim.id,
            by_id: by.id,
            stars,
            comment: None,
            at,
            actor_id: None,
        })
    }

    /// The next event of a claim.
    pub fn event(
        &self,
        claim: Uuid,
        action: ClaimAction,
        from: Option<ClaimStatus>,
        to: ClaimStatus,
    ) -> Row<claim_event::Model> {
        self.row(|_, at, id| claim_event::Model {
            id,
            claim_id: claim,
            action,
            from_status: from,
            to_status: to,
            at,
            on_behalf_of_id: None,
            actor_id: None,
            note: None,
            quantity: None,
            people_served: None,
            redacted_at: None,
        })
    }
}

impl Row<claim::Model> {
    pub fn status(self, status: ClaimStatus) -> Self {
        self.with(|row| row.status = status)
    }

    pub fn quantity(self, quantity: i32) -> Self {
        self.with(|row| row.quantity = quantity)
    }

    /// How many of a delivered or completed claim were delivered; all, unless this is said.
    pub fn delivered(self, quantity: i32) -> Self {
        self.with(|row| row.delivered_quantity = Some(quantity))
    }

    pub fn people_served(self, people: i32) -> Self {
        self.with(|row| row.people_served = Some(people))
    }

    pub fn deliver_by(self, deadline: Timestamp) -> Self {
        self.with(|row| row.deliver_by = Some(deadline))
    }

    pub fn note(self, note: &str) -> Self {
        self.with(|row| row.note = Some(note.to_owned()))
    }
}

impl Row<rating::Model> {
    pub fn comment(self, comment: &str) -> Self {
        self.with(|row| row.comment = Some(comment.to_owned()))
    }
}

impl Written for claim::Model {
    async fn write(mut self, given: Given) -> Self {
        let item = list_item::Entity::find_by_id(self.item_id).one(&given.database.reader).await.unwrap();
        let item = item.expect("the item was given");
        let events = history(&mut self, &item, &given);
        settle(&mut self, &events);
        let holds = quantity::held(self.status, item.form, self.quantity, self.delivered_quantity);
        let row = columns_of_claim(self);
        let transaction = given.database.writer.begin().await.unwrap();
        let claim = insert(&transaction, row).await;
        for event in events {
            insert(&transaction, all::<_, claim_event::ActiveModel>(event)).await;
        }
        list_item::Entity::update_many()
            .col_expr(list_item::Column::Held, Expr::col(list_item::Column::Held).add(i64::from(holds)))
            .filter(list_item::Column::Id.eq(claim.item_id))
            .exec(&transaction)
            .await
            .expect("no more than the item has");
        transaction.commit().await.unwrap();
        claim
    }
}

impl Written for rating::Model {
    async fn write(self, given: Given) -> Self {
        let completed = ClaimStatus::Completed;
        let mut event = given.event(self.claim_id, ClaimAction::Rate, Some(completed), completed).row;
        event.at = self.at;
        event.on_behalf_of_id = Some(self.by_id);
        insert(&given.database.writer, all::<_, claim_event::ActiveModel>(event)).await;
        insert(&given.database.writer, all(self)).await
    }
}

/// All columns of a claim but those that the database works out.
pub fn columns_of_claim(claim: claim::Model) -> claim::ActiveModel {
    claim::ActiveModel {
        community_id: NotSet,
        unit_id: NotSet,
        provider_id: NotSet,
        receiver_id: NotSet,
        awaiting_id: NotSet,
        is_public: NotSet,
        receiver_stars: NotSet,
        ..all(claim)
    }
}

/// The actions by which a claim most simply gets to a status.
fn actions(status: ClaimStatus) -> &'static [ClaimAction] {
    use ClaimAction::{Accept, Cancel, Confirm, Decline, Deliver, Expire, Propose, Start, Withdraw};
    match status {
        ClaimStatus::Proposed => &[Propose],
        ClaimStatus::Accepted => &[Propose, Accept],
        ClaimStatus::InProgress => &[Propose, Accept, Start],
        ClaimStatus::Delivered => &[Propose, Accept, Start, Deliver],
        ClaimStatus::Completed => &[Propose, Accept, Start, Deliver, Confirm],
        ClaimStatus::Declined => &[Propose, Decline],
        ClaimStatus::Withdrawn => &[Propose, Withdraw],
        ClaimStatus::Cancelled => &[Propose, Accept, Cancel],
        ClaimStatus::Expired => &[Propose, Expire],
    }
}

/// The events of those actions, as the table of the machine has them, a tenth of a second apart.
fn history(claim: &mut claim::Model, item: &list_item::Model, given: &Given) -> Vec<claim_event::Model> {
    if matches!(claim.status, ClaimStatus::Delivered | ClaimStatus::Completed) {
        claim.delivered_quantity.get_or_insert(claim.quantity);
    }
    let mut status = None;
    let mut events = Vec::new();
    for (place, action) in (0..).zip(actions(claim.status)) {
        let (_, side, from, to) = machine::TABLE
            .iter()
            .find(|(step, _, from, _)| (step, *from) == (action, status))
            .expect("the machine has this step");
        status = Some(*to);
        let mut event = given.at(claim.created_at.plus(place * 100)).event(claim.id, *action, *from, *to).row;
        event.on_behalf_of_id = on_behalf_of(*side, claim);
        match action {
            ClaimAction::Propose => {
                event.quantity = Some(claim.quantity);
                event.note.clone_from(&claim.note);
            }
            ClaimAction::Deliver => {
                (event.quantity, event.people_served) = (claim.delivered_quantity, claim.people_served);
            }
            ClaimAction::Decline | ClaimAction::Cancel => event.note = Some("人手不足".to_owned()),
            _ => {}
        }
        events.push(event);
    }
    accept_at_once(item, &mut events);
    events
}

/// Where the item says so, the proposal itself leads to an accepted claim.
fn accept_at_once(item: &list_item::Model, events: &mut Vec<claim_event::Model>) {
    if item.auto_accept && events.get(1).is_some_and(|event| event.action == ClaimAction::Accept) {
        events.remove(1);
        events[0].to_status = ClaimStatus::Accepted;
    }
}

fn on_behalf_of(side: Side, claim: &claim::Model) -> Option<Uuid> {
    let claimant_provides = machine::claimant_provides(claim.item_kind);
    match side {
        Side::Clock => None,
        Side::Claimant | Side::AddresseeOrClaimant => Some(claim.claimant_id),
        Side::Addressee => claim.transfer_to_id,
        Side::Owner | Side::Either => Some(claim.owner_id),
        Side::Provider => Some(if claimant_provides { claim.claimant_id } else { claim.owner_id }),
        Side::Receiver | Side::ReceiverOrClock => {
            Some(if claimant_provides { claim.owner_id } else { claim.claimant_id })
        }
    }
}

/// What follows from the history: when the claim last changed, how often, and what is due when.
fn settle(claim: &mut claim::Model, events: &[claim_event::Model]) {
    claim.updated_at = events.last().map_or(claim.created_at, |event| event.at);
    claim.version = i32::try_from(events.len()).expect("few events");
    if !matches!(claim.status, ClaimStatus::Delivered | ClaimStatus::Completed) {
        (claim.delivered_quantity, claim.people_served) = (None, None);
    }
    let last = |action| events.iter().rfind(|event| event.action == action).map(|event| event.at);
    let accepted = events.iter().find(|event| event.to_status == ClaimStatus::Accepted);
    claim.accepted_at = accepted.map(|event| event.at);
    claim.delivered_at = last(ClaimAction::Deliver);
    claim.completed_at = last(ClaimAction::Confirm);
    claim.due_at = Rules::default().due(claim);
}
