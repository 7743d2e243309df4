//! What a viewer may do to a claim or a check-in, told before they try: by the rules that the mutations go by.

use async_graphql::{Context, ID};
use entity::party;
use sea_orm::Iterable;
use sea_orm::prelude::Uuid;

use crate::access::payload::{UserError, may_write};
use crate::access::roles::{self, Permission};
use crate::kernel::error::Result;
use crate::kernel::global_id::Table;
use crate::kernel::loader::{find, neighbour, viewer};
use crate::kernel::refusal::{Refusal, Stop};

/// What is known of something and of the viewer, and so which steps they may take on it.
pub(crate) trait Steps {
    /// A step.
    type Action: Iterable + Copy;

    /// For whom one could be taken: a party, or none, where a person takes it for themselves.
    fn parties(&self) -> Vec<Option<Uuid>>;

    /// Whether it may be taken for the party that is named, or for the only one there could be.
    fn check(&self, action: Self::Action, named: Option<Uuid>) -> Result<(), Refusal>;
}

/// What the viewer may do: for this party, or for any.
pub(crate) async fn available_actions<S: Steps>(
    context: &Context<'_>,
    as_party_id: Option<&ID>,
    known: impl Future<Output = Result<S>>,
) -> Result<Vec<S::Action>> {
    let Ok(named) = as_party(as_party_id) else { return Ok(Vec::new()) };
    if may_write(viewer(context)).is_err() {
        return Ok(Vec::new());
    }
    let named = led_on(context, named).await?;
    let known = known.await?;
    let parties = named.map_or_else(|| known.parties(), |named| vec![Some(named)]);
    let may = |action: &S::Action| parties.iter().any(|party| known.check(*action, *party).is_ok());
    Ok(S::Action::iter().filter(may).collect())
}

/// Why they may not do this: what the mutation would answer. None where they may.
pub(crate) async fn why_not<S: Steps>(
    context: &Context<'_>,
    action: S::Action,
    as_party_id: Option<&ID>,
    known: impl Future<Output = Result<S>>,
) -> Option<Result<UserError>> {
    let checked = async {
        may_write(viewer(context))?;
        let named = led_on(context, as_party(as_party_id)?).await?;
        Ok::<_, Stop>(known.await?.check(action, named)?)
    };
    match checked.await {
        Ok(()) => None,
        Err(Stop::Refused(refusals)) => refusals.into_iter().next().map(|refusal| Ok(UserError(refusal))),
        Err(Stop::Failed(error)) => Some(Err(error)),
    }
}

/// The party that an input names.
pub(crate) fn as_party(id: Option<&ID>) -> Result<Option<Uuid>, Refusal> {
    id.map(|id| Table::Party.key(id).ok_or_else(|| Refusal::not_found("asPartyId"))).transpose()
}

/// The party that was named, or the one that took over from it.
async fn led_on(context: &Context<'_>, named: Option<Uuid>) -> Result<Option<Uuid>> {
    let Some(key) = named else { return Ok(None) };
    let party = find::<party::Entity>(context, key).await?;
    Ok(Some(party.and_then(|party| party.successor_id).unwrap_or(key)))
}

/// Which of the parties that were read is named, or took over from the one that is.
pub(crate) fn heir(parties: &[party::Model], named: Option<Uuid>) -> Option<Uuid> {
    let heir = |key| parties.iter().find(|party| party.id == key).and_then(|party| party.successor_id);
    named.map(|key| heir(key).unwrap_or(key))
}

/// Whether the viewer acts for a party that something of theirs points at.
pub(crate) async fn acts_for(context: &Context<'_>, party: Uuid) -> Result<bool> {
    let party = neighbour::<party::Entity>(context, party).await?;
    Ok(roles::may(viewer(context), Permission::ActFor, &party))
}
