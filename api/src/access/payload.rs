//! What a mutation answers with: the thing as it is now, the event, who asks, and what stood in the way.

use std::sync::Arc;

use async_graphql::{Context, Object};

use crate::access::account::Gate;
use crate::graph::query::{Node, find_node};
use crate::kernel::error::{Error, Result};
use crate::kernel::listed::Listed;
use crate::kernel::once::Once;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::viewer::Viewer;
use crate::kernel::write::{Desk, Done, Tx};

/// How many refusals are told at once. Who mends that many is told the rest.
pub const MOST_ERRORS: u64 = 20;

/// Why a mutation was refused, or why it would be.
#[derive(Clone, Debug)]
pub struct UserError(pub Refusal);

/// What the caller can cause and mend.
#[Object]
impl UserError {
    /// Why: the same word in every language.
    async fn code(&self) -> UserErrorCode {
        self.0.code
    }

    /// Why, in the language that `Accept-Language` prefers: English or Chinese.
    async fn message(&self, context: &Context<'_>) -> Result<&str> {
        Ok(self.0.message.text(desk(context)?.caller().language))
    }

    /// Where in the input, below `input`: ["quantity"], ["evidence", "0"].
    async fn path(&self) -> &[String] {
        &self.0.path
    }

    /// What stands in the way, as it is now: the item (remaining), the claim (status, version), the unit that has the name.
    async fn nodes(&self, context: &Context<'_>) -> Result<Listed<Node>> {
        let found = self.0.nodes.iter().map(async |(table, key)| find_node(context, &table.id(*key)).await);
        let found = futures_util::future::try_join_all(found).await?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// What became of a mutation: what it did, or why it did nothing.
pub type Outcome = Result<Done, Vec<Refusal>>;

/// Declares a payload: the thing's field and type and table, and those of its event where it has one.
macro_rules! payload {
    (
        $(#[$meta:meta])* $name:ident {
            $(#[$thing_meta:meta])* $thing:ident: $type:ty = $entity:ty
            $(, $(#[$event_meta:meta])* event: $event:ty = $event_entity:ty)? $(,)?
            $(; warnings: $warning:ty = $warnings:path)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name($crate::access::payload::Outcome);

        impl From<$crate::access::payload::Outcome> for $name {
            fn from(outcome: $crate::access::payload::Outcome) -> Self {
                Self(outcome)
            }
        }

        $(#[$meta])*
        #[async_graphql::Object]
        impl $name {
            $(#[$thing_meta])*
            async fn $thing(
                &self,
                context: &async_graphql::Context<'_>,
            ) -> Option<$crate::kernel::error::Result<$type>> {
                let key = self.0.as_ref().ok()?.thing?;
                $crate::kernel::loader::find::<$entity>(context, key).await.map(|row| row.map(<$type>::from)).transpose()
            }

            $(
                $(#[$event_meta])*
                async fn event(
                    &self,
                    context: &async_graphql::Context<'_>,
                ) -> Option<$crate::kernel::error::Result<$event>> {
                    let key = self.0.as_ref().ok()?.event?;
                    $crate::kernel::loader::find::<$event_entity>(context, key).await.map(|row| row.map(<$event>::from)).transpose()
                }
            )?

            $(
                /// What to look at again, though it was done.
                async fn warnings(
                    &self,
                    context: &async_graphql::Context<'_>,
                ) -> $crate::kernel::error::Result<$crate::kernel::listed::Listed<$warning>> {
                    let key = self.0.as_ref().ok().and_then(|done| done.thing);
                    let found = match key {
                        Some(key) => $crate::kernel::loader::find::<$entity>(context, key).await?,
                        None => None,
                    };
                    Ok(found.map_or_else(Vec::new, |row| $warnings(&row)).into_iter().collect())
                }
            )?

            /// Who asks.
            async fn viewer(&self, context: &async_graphql::Context<'_>) -> Option<$crate::access::account::Viewer> {
                $crate::access::account::Viewer::of(context)
            }

            /// Why it was refused; empty where it was done.
            async fn user_errors(&self) -> $crate::kernel::listed::Listed<$crate::access::payload::UserError> {
                let refusals = self.0.as_ref().err();
                refusals.map_or_else(Vec::new, |refusals| $crate::access::payload::user_errors(refusals)).into_iter().collect()
            }
        }
    };
}
pub(crate) use payload;

/// What a payload tells of these refusals.
#[must_use]
pub fn user_errors(refusals: &[Refusal]) -> Vec<UserError> {
    let most = usize::try_from(MOST_ERRORS).unwrap_or(usize::MAX);
    refusals.iter().take(most).cloned().map(UserError).collect()
}

/// Where the caller's writes go in.
///
/// # Errors
/// Where a schema runs without one: a fault of ours.
pub fn desk<'c>(context: &Context<'c>) -> Result<&'c Desk> {
    context.data_opt().ok_or_else(|| Error::Internal("this request has no desk".into()))
}

/// Does a mutation for whoever is signed in: `action`, whole, once for each idempotency key.
///
/// # Errors
/// Where the database fails. A refusal is no error.
pub async fn mutate<P, F>(context: &Context<'_>, action: impl Fn(Tx) -> F + Send + Sync) -> Option<Result<P>>
where
    P: From<Outcome>,
    F: Future<Output = Result<Done, Stop>> + Send,
{
    mutate_with(context, async { Ok(()) }, |tx, ()| action(tx)).await
}

/// The same, with something made ready before the transaction begins: what takes its time must not keep other writers waiting.
///
/// # Errors
/// As `mutate`, and where it cannot be made ready.
pub async fn mutate_with<P, T, F>(
    context: &Context<'_>,
    ready: impl Future<Output = Result<T, Stop>>,
    action: impl Fn(Tx, T) -> F + Send + Sync,
) -> Option<Result<P>>
where
    P: From<Outcome>,
    T: Clone + Send + Sync,
    F: Future<Output = Result<Done, Stop>> + Send,
{
    let name = context.field().name();
    let outcome = async {
        let (desk, once) = admit(context)?;
        let ready = ready.await?;
        run(desk, name, once, |tx| action(tx, ready.clone())).await.map_err(Stop::from)
    };
    let outcome = match outcome.await {
        Ok(outcome) => Ok(outcome),
        Err(Stop::Refused(refusals)) => Ok(Err(refusals)),
        Err(Stop::Failed(error)) => Err(error),
    };
    Some(outcome.map(P::from))
}

/// Whether the caller may write at all, and under which key.
fn admit<'c>(context: &Context<'c>) -> Result<(&'c Desk, Option<Once>), Stop> {
    let desk = desk(context)?;
    may_write(desk.viewer())?;
    let field = context.field();
    let arguments = field.arguments().map_err(|error| Error::BadRequest(error.message))?;
    let pepper = context.data_opt::<Arc<Gate>>().map_or(&[][..], |gate| gate.key.pepper());
    Ok((desk, Once::read(field.name(), &arguments, pepper)?))
}

/// Nobody in particular writes nothing.
#[must_use]
pub fn unauthenticated() -> Refusal {
    Refusal::new(UserErrorCode::Unauthenticated, message!("sign in first", "请先登录"))
}

/// Whether the viewer may write at all.
///
/// # Errors
/// `UNAUTHENTICATED` for a stranger, `FORBIDDEN` for a token that is for reading alone.
pub fn may_write(viewer: &Viewer) -> Result<(), Refusal> {
    match viewer {
        Viewer::Anonymous => Err(Refusal::new(UserErrorCode::Unauthenticated, message!("sign in first", "请先登录"))),
        Viewer::SignedIn(who) if !who.may_write => {
            let message = message!("this token is for reading alone", "此令牌只读，不能进行修改");
            Err(Refusal::new(UserErrorCode::Forbidden, message))
        }
        Viewer::SignedIn(_) => Ok(()),
    }
}

async fn run<F>(desk: &Desk, name: &str, once: Option<Once>, action: impl Fn(Tx) -> F + Send + Sync) -> Result<Outcome>
where
    F: Future<Output = Result<Done, Stop>> + Send,
{
    let (once, action) = (&once, &action);
    let written = desk.write(name, |tx| async move {
        let Some(once) = once else { return action(tx).await };
        if let Some(done) = once.take(&tx).await? {
            return Ok(done);
        }
        let done = action(tx.clone()).await?;
        once.keep(&tx, done).await?;
        Ok(done)
    });
    written.await
}
