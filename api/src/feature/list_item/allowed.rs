//! What a viewer may do to an item, told before they try: by the rules that the mutations go by.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID};
use entity::check_in::{self, CheckInStatus};
use entity::list_item::{self, ListItemStatus};
use entity::{claim, party};
use futures_util::future::try_join_all;
use futures_util::try_join;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::ExprTrait;

use super::rules::{ACTIONS, ListItemAction, Standing};
use crate::access::payload::may_write;
use crate::access::roles::{self, Permission};
use crate::feature::claim::machine::LIVE;
use crate::feature::claim::rules::{Proposal, which_party};
use crate::feature::claim::{ClaimFilter, ClaimsOfItem};
use crate::kernel::error::{Error, Result};
use crate::kernel::global_id::Table;
use crate::kernel::list::{Arguments, Ask, LARGEST_SIZE, Parent};
use crate::kernel::loader::{Rows, find, neighbour, one_of, page_of, rows, viewer};
use crate::kernel::refusal::Refusal;
use crate::kernel::scope::{all, any};

/// What the viewer may do to an item, for this party or for the one that there could be.
pub(super) async fn available(
    context: &Context<'_>,
    item: &list_item::Model,
    party: Option<&ID>,
) -> Result<Vec<ListItemAction>> {
    if may_write(viewer(context)).is_err() {
        return Ok(Vec::new());
    }
    let asked = ACTIONS
        .map(|action| async move { why_not(context, item, action, party).await.map(|refusal| (action, refusal)) });
    let answers = try_join_all(asked).await?;
    Ok(answers.into_iter().filter(|(_, refusal)| refusal.is_none()).map(|(action, _)| action).collect())
}

/// What the mutation would answer; none where it would be done. A claim is one of 1, as nobody says how many.
pub(super) async fn why_not(
    context: &Context<'_>,
    item: &list_item::Model,
    action: ListItemAction,
    party: Option<&ID>,
) -> Result<Option<Refusal>> {
    if let Err(refusal) = may_write(viewer(context)) {
        return Ok(Some(refusal));
    }
    let allowed = match action {
        ListItemAction::Claim => claim(context, item, party).await?,
        _ => step(context, item, action, party).await?,
    };
    Ok(allowed.err())
}

/// A step is the owner's: whoever names another party takes it for none.
async fn step(
    context: &Context<'_>,
    item: &list_item::Model,
    action: ListItemAction,
    party: Option<&ID>,
) -> Result<Result<(), Refusal>> {
    let owner = neighbour::<party::Entity>(context, item.owner_id).await?;
    if let Some(id) = party {
        match named(context, id).await? {
            Ok(party) if party.id == owner.id => {}
            Ok(_) => return Ok(Err(Refusal::forbidden().at("asPartyId"))),
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    let acts_for_owner = roles::may(viewer(context), Permission::ActFor, &owner);
    let asks = acts_for_owner && action == ListItemAction::Withdraw && item.status == ListItemStatus::Published;
    let live = if asks { live_claims_of(context, item.id).await? } else { Vec::new() };
    let standing = Standing { item, acts_for_owner, live: &live, now: rows(context)?.loader().now() };
    Ok(standing.step(action).map(|_| ()))
}

async fn live_claims_of(context: &Context<'_>, item: Uuid) -> Result<Vec<Uuid>> {
    let arguments = Arguments::<ClaimsOfItem> {
        filter: Some(ClaimFilter::live()),
        first: Some(LARGEST_SIZE),
        ..Arguments::default()
    };
    let page = page_of(context, Parent::Row(item), Arc::new(Ask::new(arguments)?)).await?;
    page.rows.iter().map(|row| Ok(row.record.model::<claim::Model>()?.id)).collect()
}

async fn claim(context: &Context<'_>, item: &list_item::Model, party: Option<&ID>) -> Result<Result<(), Refusal>> {
    let claimant = match party {
        Some(id) => named(context, id).await?,
        None => only(context).await?,
    };
    let claimant = match claimant {
        Ok(claimant) => claimant,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let loader = rows(context)?;
    let pair = Joined { owner: item.owner_id, claimant: claimant.id };
    let (owner, joined, live) = try_join!(
        neighbour::<party::Entity>(context, item.owner_id),
        loader.load_one(pair),
        loader.load_one(LiveClaim { item: item.id, claimant: claimant.id }),
    )?;
    let now = loader.loader().now();
    let is_checked_in = joined.is_some();
    let owner_kind = owner.kind;
    let proposal = Proposal { item, owner_kind, claimant: &claimant, is_checked_in, live, quantity: 1, now };
    Ok(proposal.check())
}

/// The party that is named, where the viewer acts for it.
async fn named(context: &Context<'_>, id: &ID) -> Result<Result<Arc<party::Model>, Refusal>> {
    let found = match Table::Party.key(id) {
        Some(key) => find::<party::Entity>(context, key).await?,
        None => None,
    };
    let found = match found.as_ref().and_then(|party| party.successor_id) {
        Some(successor) => find::<party::Entity>(context, successor).await?,
        None => found,
    };
    Ok(match found {
        None => Err(Refusal::not_found("asPartyId")),
        Some(party) if roles::may(viewer(context), Permission::ActFor, &party) => Ok(party),
        Some(_) => Err(Refusal::forbidden().at("asPartyId")),
    })
}

/// The only party that the viewer acts for.
async fn only(context: &Context<'_>) -> Result<Result<Arc<party::Model>, Refusal>> {
    let parties = rows(context)?.load_one(ActedFor).await?.unwrap_or_default();
    Ok(match parties.as_slice() {
        [] => Err(Refusal::forbidden()),
        [one] => Ok(Arc::clone(one)),
        _ => Err(which_party(&[])),
    })
}

/// A loader's key: the parties that the viewer acts for, two at most: more make no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct ActedFor;

impl Loader<ActedFor> for Rows {
    type Value = Vec<Arc<party::Model>>;
    type Error = Error;

    async fn load(&self, _: &[ActedFor]) -> Result<HashMap<ActedFor, Self::Value>> {
        let found = self.select::<party::Entity>(
            |at| roles::holds(at, Permission::ActFor),
            |select| {
                select.limit(2);
            },
        );
        Ok(HashMap::from([(ActedFor, found.await?.into_iter().map(|(party, _)| party).collect())]))
    }
}

/// A loader's key: whether a confirmed check-in joins the two, whichever is the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Joined {
    owner: Uuid,
    claimant: Uuid,
}

impl Loader<Joined> for Rows {
    type Value = ();
    type Error = Error;

    async fn load(&self, keys: &[Joined]) -> Result<HashMap<Joined, ()>> {
        let owners: Vec<Uuid> = distinct(keys.iter().map(|key| key.owner));
        let claimants: Vec<Uuid> = distinct(keys.iter().map(|key| key.claimant));
        let found = self.select::<check_in::Entity>(
            |at| {
                let (unit, community) = (at.column(check_in::Column::UnitId), at.column(check_in::Column::CommunityId));
                all([
                    at.column(check_in::Column::Status).eq(CheckInStatus::Confirmed.literal()),
                    any([
                        one_of(at, unit.clone(), &owners).and(one_of(at, community.clone(), &claimants)),
                        one_of(at, unit, &claimants).and(one_of(at, community, &owners)),
                    ]),
                ])
            },
            |_| (),
        );
        let pairs = found.await?.into_iter().flat_map(|(row, _)| {
            let (unit, community) = (row.unit_id, row.community_id);
            [Joined { owner: unit, claimant: community }, Joined { owner: community, claimant: unit }]
        });
        Ok(pairs.map(|pair| (pair, ())).collect())
    }
}

/// A loader's key: a claimant's live claim on an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct LiveClaim {
    item: Uuid,
    claimant: Uuid,
}

impl Loader<LiveClaim> for Rows {
    type Value = Uuid;
    type Error = Error;

    async fn load(&self, keys: &[LiveClaim]) -> Result<HashMap<LiveClaim, Uuid>> {
        let items: Vec<Uuid> = distinct(keys.iter().map(|key| key.item));
        let claimants: Vec<Uuid> = distinct(keys.iter().map(|key| key.claimant));
        let found = self.select::<claim::Entity>(
            |at| {
                all([
                    one_of(at, at.column(claim::Column::ItemId), &items),
                    one_of(at, at.column(claim::Column::ClaimantId), &claimants),
                    at.column(claim::Column::Status).is_in(LIVE.map(|status| status.literal())),
                ])
            },
            |_| (),
        );
        let live = found.await?.into_iter();
        Ok(live.map(|(row, _)| (LiveClaim { item: row.item_id, claimant: row.claimant_id }, row.id)).collect())
    }
}

fn distinct(keys: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let mut keys: Vec<Uuid> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
