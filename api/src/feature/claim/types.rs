//! Claims in the schema.

use async_graphql::{Context, ID, Object};
use entity::Timestamp;
use entity::claim::{self, ClaimDirection, ClaimStatus};
use entity::claim_event::ClaimAction;
use futures_util::try_join;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};

use super::calendar::Rules;
use super::event::EventsOfClaim;
use super::filter::{ClaimFilter, ClaimOrder};
use super::mutation::rules;
use super::rules::{Rated, Standing};
use crate::access::payload::UserError;
use crate::access::reach::sees_a_side;
use crate::access::roles::{self, Permission};
use crate::access::steps::{Steps, acts_for, available_actions, why_not};
use crate::feature::attachment::{self, Attachment};
use crate::feature::category::{Category, category};
use crate::feature::list_item::{ListItem, item};
use crate::feature::party::{Community, Party, Unit, community, party, unit};
use crate::feature::rating::{self, Rating};
use crate::kernel::bulk::LongText;
use crate::kernel::error::Result;
use crate::kernel::global_id::Table;
use crate::kernel::list::parent;
use crate::kernel::listed::Listed;
use crate::kernel::loader::{Test, find, neighbour, passes, rows, viewer};
use crate::kernel::object::{list, node, object};
use crate::kernel::refusal::Refusal;
use crate::kernel::scalar::DateTime;
use crate::kernel::scope::Scope;

node!(
    /// One party takes up another's list item.
    Claim of claim points at {
        claimant: Party by claimant_id,
        owner: Party by owner_id,
        provider: Party by provider_id,
        receiver: Party by receiver_id,
        community: Community by community_id,
        unit: Unit by unit_id,
        awaiting: Party by awaiting_id
    }
);

object! {
    /// A claim (认领): one party takes up what another listed.
    Claim {
        /// What happened to it (办理记录), oldest first.
        events: EventsOfClaim = row(id);
    }

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::Claim.id(self.0.id)
    }

    /// What is claimed.
    item: ListItem = item(item_id);

    /// Who claims (认领方).
    claimant: Party = party(claimant_id);

    /// Who listed the item (提出方).
    owner: Party = party(owner_id);

    /// Who claims from whom (认领方向).
    direction: ClaimDirection;

    /// Where it stands (状态).
    status: ClaimStatus;

    /// Who does it (提供方): of a need the claimant, else the owner.
    provider: Party = party(provider_id);

    /// Who gets it (接受方): of a need the owner, else the claimant.
    receiver: Party = party(receiver_id);

    /// The community of the two, whichever side claimed.
    community: Community = community(community_id);

    /// The unit of the two, whichever side claimed.
    unit: Unit = unit(unit_id);

    /// Whose move it is; null once it ended.
    async fn awaiting(&self, context: &Context<'_>) -> Option<Result<Party>> {
        Some(party(context, self.0.awaiting_id?).await)
    }

    /// What was claimed, frozen then: an item edited later does not change it.
    async fn promised(&self) -> ClaimTerms<'_> {
        ClaimTerms(&self.0)
    }

    /// How many were claimed (认领数量).
    quantity: i32;

    /// When the work is to start.
    starts_at: Option<DateTime>;

    /// When the work is to end.
    ends_at: Option<DateTime>;

    /// What the claimant said; for the two sides.
    async fn note(&self, context: &Context<'_>) -> Option<Result<LongText<&String>>> {
        for_the_sides(context, self.0.id, self.0.note.as_ref().map(LongText)).await
    }

    /// How many were delivered (交付数量); null until then.
    delivered_quantity: Option<i32>;

    /// How many people it served (服务人次).
    people_served: Option<i32>;

    /// What shows that it was done (佐证材料); for the two sides.
    async fn evidence(&self, context: &Context<'_>) -> Result<Listed<Attachment>> {
        attachment::of_claim(context, self.0.id).await.map(Listed)
    }

    /// What either side said of the other (双向评价).
    async fn ratings(&self, context: &Context<'_>) -> Result<Listed<Rating>> {
        rating::of_claim(context, self.0.id).await.map(Listed)
    }

    /// When the awaited step is due (办理期限): the answer; the delivery, by `deliverBy`, else `endsAt`, else the end of the item's
    /// window, else so many working days after it was accepted; the confirmation. Null once it ended.
    due_at: Option<DateTime>;

    /// By when it is to be delivered.
    deliver_by: Option<DateTime>;

    /// Whether the awaited step is overdue (超期).
    async fn is_overdue(&self, context: &Context<'_>) -> Result<bool> {
        let now = rows(context)?.loader().now();
        Ok(self.0.due_at.is_some_and(|due| due < now))
    }

    /// Whether one account acted for both sides (同一账号代表双方): whoever audits looks twice.
    acted_for_both: bool;

    /// When it was accepted (受理时间).
    accepted_at: Option<DateTime>;

    /// When it was delivered (交付时间); null until then, and once the delivery was sent back.
    delivered_at: Option<DateTime>;

    /// When it was confirmed (办结时间).
    completed_at: Option<DateTime>;

    /// When it was made.
    created_at: DateTime;

    /// When it last changed.
    updated_at: DateTime;

    /// Counts changes: a writer names the one it read.
    version: i32;

    /// Who is to take it over (转办对象); null where it was offered to nobody.
    async fn transfer_to(&self, context: &Context<'_>) -> Option<Result<Party>> {
        Some(party(context, self.0.transfer_to_id?).await)
    }

    /// What the viewer may do to it now, for any party or for this one.
    async fn available_actions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "For this party alone.")] as_party_id: Option<ID>,
    ) -> Result<Vec<ClaimAction>> {
        available_actions(context, as_party_id.as_ref(), Known::of(context, &self.0)).await
    }

    /// Why the viewer may not do this to it now: what the mutation would answer. Null: they may.
    async fn why_not(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What.")] action: ClaimAction,
        #[graphql(desc = "For which party. Needed only by who acts for both sides.")] as_party_id: Option<ID>,
    ) -> Option<Result<UserError>> {
        why_not(context, action, as_party_id.as_ref(), Known::of(context, &self.0)).await
    }
}

/// What is read to tell what somebody may do to a claim.
struct Known<'a> {
    claim: &'a claim::Model,
    acts_for_claimant: bool,
    acts_for_owner: bool,
    acts_for_addressee: bool,
    rated: Vec<Rated>,
    account: Option<Uuid>,
    now: Timestamp,
    rules: &'a Rules,
}

impl<'a> Known<'a> {
    async fn of(context: &'a Context<'_>, claim: &'a claim::Model) -> Result<Self> {
        let (acts_for_claimant, acts_for_owner, ratings) = try_join!(
            acts_for(context, claim.claimant_id),
            acts_for(context, claim.owner_id),
            rating::of_claim(context, claim.id)
        )?;
        let acts_for_addressee = match claim.transfer_to_id {
            Some(addressee) => acts_for(context, addressee).await?,
            None => false,
        };
        let rated = ratings.iter().map(|rating| Rated::from(&*rating.0)).collect();
        let (account, now) = (viewer(context).account(), rows(context)?.loader().now());
        Ok(Self {
            claim,
            acts_for_claimant,
            acts_for_owner,
            acts_for_addressee,
            rated,
            account,
            now,
            rules: rules(context)?,
        })
    }
}

impl Steps for Known<'_> {
    type Action = ClaimAction;

    fn parties(&self) -> Vec<Option<Uuid>> {
        let addressee = self.claim.transfer_to_id;
        [self.claim.claimant_id, self.claim.owner_id].into_iter().chain(addressee).map(Some).collect()
    }

    fn check(&self, action: ClaimAction, named: Option<Uuid>) -> Result<(), Refusal> {
        let Self { claim, acts_for_claimant, acts_for_owner, acts_for_addressee, ref rated, account, now, rules } =
            *self;
        let standing =
            Standing { claim, acts_for_claimant, acts_for_owner, acts_for_addressee, rated, account, now, rules };
        standing.step(action, named).map(|_| ())
    }
}

/// What was promised when a claim was made: the item as it stood then.
#[derive(Clone, Copy, Debug)]
pub struct ClaimTerms<'a>(&'a claim::Model);

/// What was promised when a claim was made: the item as it stood then. Its words are for the two sides: an item that was taken out of
/// the public's sight is not read in what was promised of it.
#[Object]
impl ClaimTerms<'_> {
    /// Title; for the two sides.
    async fn title(&self, context: &Context<'_>) -> Option<Result<&String>> {
        for_the_sides(context, self.0.id, Some(&self.0.promised_title)).await
    }

    /// Description; for the two sides.
    async fn description(&self, context: &Context<'_>) -> Option<Result<LongText<&String>>> {
        for_the_sides(context, self.0.id, Some(LongText(&self.0.promised_description))).await
    }

    /// What it was about.
    async fn category(&self, context: &Context<'_>) -> Option<Result<Category>> {
        Some(category(context, self.0.promised_category_id?).await)
    }

    /// What one is.
    async fn measure(&self) -> Option<&String> {
        self.0.promised_measure.as_ref()
    }

    /// The item's whole quantity; null: unlimited.
    async fn quantity(&self) -> Option<i32> {
        self.0.promised_quantity
    }

    /// Start of the item's window.
    async fn available_from(&self) -> Option<DateTime> {
        self.0.promised_from.map(DateTime)
    }

    /// End of the item's window.
    async fn available_until(&self) -> Option<DateTime> {
        self.0.promised_until.map(DateTime)
    }
}

/// The viewer sees everything of one of a claim's sides, and so what the two say to each other.
#[derive(Debug)]
pub(crate) struct IsInside;

impl Test for IsInside {
    type Entity = claim::Entity;

    fn holds(at: Scope<'_>) -> Expr {
        sees_a_side(at)
    }
}

/// What only the two sides of a claim may read.
pub(crate) async fn for_the_sides<T>(context: &Context<'_>, claim: Uuid, value: Option<T>) -> Option<Result<T>> {
    let value = value?;
    if !roles::may_somewhere(viewer(context), Permission::See) {
        return None;
    }
    if roles::may_everywhere(viewer(context), Permission::See) {
        return Some(Ok(value));
    }
    match passes::<IsInside>(context, claim).await {
        Ok(true) => Some(Ok(value)),
        Ok(false) => None,
        Err(error) => Some(Err(error)),
    }
}

list!(
    /// All claims.
    Claims: claim::Entity, ClaimFilter, ClaimOrder => Claim, |_at| []
);
list!(
    /// The claims of an item.
    ClaimsOfItem: claim::Entity, ClaimFilter, ClaimOrder => Claim, |at| [at.column(claim::Column::ItemId).eq(parent(at))]
);
list!(
    /// The claims on either side of a party. Nobody claims from themselves, so no claim is found twice.
    ClaimsOfParty: claim::Entity, ClaimFilter, ClaimOrder => Claim, |at| [
        at.column(claim::Column::ClaimantId).eq(parent(at)),
        at.column(claim::Column::OwnerId).eq(parent(at)),
    ]
);
list!(
    /// What a party claimed.
    ClaimsMade: claim::Entity, ClaimFilter, ClaimOrder => Claim, |at| [at.column(claim::Column::ClaimantId).eq(parent(at))]
);
list!(
    /// What others claimed of what a party listed.
    ClaimsReceived: claim::Entity, ClaimFilter, ClaimOrder => Claim, |at| [at.column(claim::Column::OwnerId).eq(parent(at))]
);

/// The claim with this key.
///
/// # Errors
/// Where the database fails.
pub async fn claim(context: &Context<'_>, key: Uuid) -> Result<Claim> {
    neighbour::<claim::Entity>(context, key).await.map(Claim)
}

/// The claim with this id, if there is one that the viewer may see.
///
/// # Errors
/// Where the database fails.
pub async fn find_claim(context: &Context<'_>, id: &ID) -> Result<Option<Claim>> {
    let Some(key) = Table::Claim.key(id) else { return Ok(None) };
    Ok(find::<claim::Entity>(context, key).await?.map(Claim))
}
