//! Accounts, grants and the viewer in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID};
use entity::account_grant::{self, Role};
use entity::{access_token, account, area, member, party};
use sea_orm::sea_query::ExprTrait;

use crate::feature::member::{Member, MemberCheckInsOfViewer};
use crate::feature::party::{PartiesOfViewer, Party};
use crate::graph::query::Node;
use crate::kernel::error::Result;
use crate::kernel::filter::{DateTimeOp, IdOp, StringOp, column, filter, flag, id};
use crate::kernel::global_id::Table;
use crate::kernel::list::{Parent, parent};
use crate::kernel::listed::Listed;
use crate::kernel::loader::{children, find, neighbour, viewer};
use crate::kernel::object::{list, node, object};
use crate::kernel::order::{order, text, whole};
use crate::kernel::scalar::DateTime;
use crate::kernel::viewer::{SignedIn, Viewer as WhoAsks};

node!(
    /// Who signs in.
    Account of account
);

object! {
    /// An account (账号): who signs in.
    Account {}

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::Account.id(self.0.id)
    }

    /// What it signs in with.
    async fn username(&self) -> &String {
        &self.0.username
    }

    /// The person's name, as colleagues see it.
    async fn name(&self) -> &String {
        &self.0.name
    }

    /// Whether it is shut out.
    async fn is_disabled(&self) -> bool {
        self.0.is_disabled
    }

    /// What it was granted (授权), as far as the viewer may see it.
    async fn grants(&self, context: &Context<'_>) -> Result<Listed<Grant>> {
        children::<GrantsOfAccount>(context, Parent::Row(self.0.id)).await.map(Listed)
    }

    /// Its personal access tokens (访问令牌), newest first: for whoever it is, and for those who keep it. Nothing for others.
    async fn access_tokens(&self, context: &Context<'_>) -> Result<Listed<AccessToken>> {
        children::<TokensOfAccount>(context, Parent::Row(self.0.id)).await.map(Listed)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Counts changes: a writer names the one it read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

filter! {
    /// Which accounts.
    AccountFilter {
        /// By id.
        id: IdOp = id(Table::Account),
        /// By what it signs in with.
        username: StringOp = column(account::Column::Username),
        /// By the person's name.
        name: StringOp = column(account::Column::Name),
        /// Whether it is shut out.
        is_disabled: bool = flag(|at| at.column(account::Column::IsDisabled).eq(true)),
        /// By when it was made.
        created_at: DateTimeOp = column(account::Column::CreatedAt),
    }
}

order! {
    /// How accounts are ordered.
    AccountOrder by AccountOrderField, usually [Username] Asc {
        /// What it signs in with
        Username = text(account::Column::Username),
        /// When it was made
        CreatedAt = whole(account::Column::CreatedAt),
    }
}

list!(
    /// All accounts that the viewer may see.
    Accounts: account::Entity, AccountFilter, AccountOrder => Account, |_at| []
);

node!(
    /// What an account is, and where.
    Grant of account_grant
);

object! {
    /// A grant (授权): a role in a scope.
    Grant {}

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::Grant.id(self.0.id)
    }

    /// Whose.
    async fn account(&self, context: &Context<'_>) -> Result<Account> {
        neighbour::<account::Entity>(context, self.0.account_id).await.map(Account)
    }

    /// What it makes of them (角色).
    async fn role(&self) -> Role {
        self.0.role
    }

    /// Where it holds: a party, a person, an area and all below. Null: everywhere, or not yours to see.
    async fn scope(&self, context: &Context<'_>) -> Option<Result<Node>> {
        scope(context, &self.0).await.transpose()
    }

    /// Who granted it; null for the command line, and where it is not yours to know.
    async fn granted_by(&self, context: &Context<'_>) -> Option<Result<Account>> {
        Some(find::<account::Entity>(context, self.0.granted_by_id?).await.transpose()?.map(Account))
    }

    /// When.
    async fn granted_at(&self) -> DateTime {
        self.0.granted_at.into()
    }

    /// When it ends by itself.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }
}

async fn scope(context: &Context<'_>, grant: &account_grant::Model) -> Result<Option<Node>> {
    if let Some(key) = grant.party_id {
        return Ok(Some(match neighbour::<party::Entity>(context, key).await?.into() {
            Party::Community(community) => Node::Community(community),
            Party::Unit(unit) => Node::Unit(unit),
        }));
    }
    if let Some(key) = grant.area_id {
        return Ok(Some(Node::Area(neighbour::<area::Entity>(context, key).await?.into())));
    }
    let Some(key) = grant.member_id else { return Ok(None) };
    Ok(find::<member::Entity>(context, key).await?.map(|model| Node::Member(Member(model))))
}

filter! {
    /// Which grants.
    GrantFilter {
        /// By id.
        id: IdOp = id(Table::Grant),
    }
}

order! {
    /// How grants are ordered.
    GrantOrder by GrantOrderField, usually [GrantedAt] Asc {
        /// When it was granted
        GrantedAt = whole(account_grant::Column::GrantedAt),
    }
}

list!(
    /// The grants of an account.
    GrantsOfAccount: account_grant::Entity, GrantFilter, GrantOrder => Grant,
    |at| [at.column(account_grant::Column::AccountId).eq(parent(at))]
);

node!(
    /// What a script signs in with.
    AccessToken of access_token
);

object! {
    /// A personal access token (访问令牌): what a script signs in with. The token itself is shown once, when it is made.
    AccessToken {}

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::AccessToken.id(self.0.id)
    }

    /// What it is for.
    async fn name(&self) -> &String {
        &self.0.name
    }

    /// Whether it may change anything.
    async fn may_write(&self) -> bool {
        self.0.may_write
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it is void.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// When it was revoked.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }
}

filter! {
    /// Which tokens.
    AccessTokenFilter {
        /// By id.
        id: IdOp = id(Table::AccessToken),
    }
}

order! {
    /// How tokens are ordered.
    AccessTokenOrder by AccessTokenOrderField, usually [CreatedAt] Desc {
        /// When it was made
        CreatedAt = whole(access_token::Column::CreatedAt),
    }
}

list!(
    /// The tokens of an account: the latest hundred.
    TokensOfAccount: access_token::Entity, AccessTokenFilter, AccessTokenOrder => AccessToken,
    |at| [at.column(access_token::Column::AccountId).eq(parent(at))]
);

/// Who asks.
#[derive(Clone, Debug)]
pub struct Viewer(pub Arc<SignedIn>);

object! {
    /// Who asks (当前用户).
    Viewer {
        /// The parties that the viewer acts for, by name.
        parties: PartiesOfViewer = root;
        /// The viewer's own check-ins (本人报到), as a person.
        member_check_ins: MemberCheckInsOfViewer = root;
    }

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::Viewer.id(self.0.account)
    }

    /// The account signed in to.
    async fn account(&self, context: &Context<'_>) -> Result<Account> {
        neighbour::<account::Entity>(context, self.0.account).await.map(Account)
    }

    /// What it was granted.
    async fn grants(&self, context: &Context<'_>) -> Result<Listed<Grant>> {
        children::<GrantsOfAccount>(context, Parent::Row(self.0.account)).await.map(Listed)
    }

    /// The personal access tokens made for scripts, newest first.
    async fn access_tokens(&self, context: &Context<'_>) -> Result<Listed<AccessToken>> {
        children::<TokensOfAccount>(context, Parent::Row(self.0.account)).await.map(Listed)
    }
}

impl Viewer {
    /// Who asks; nobody where they are not signed in.
    #[must_use]
    pub fn of(context: &Context<'_>) -> Option<Self> {
        match viewer(context) {
            WhoAsks::Anonymous => None,
            WhoAsks::SignedIn(who) => Some(Self(Arc::clone(who))),
        }
    }
}
