//! The mutations of the three lists.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::list_item::{self, ListItemKind};

use super::actions::{self, Edit, New, Step};
use super::input::{
    CreateNeedInput, CreateResourceInput, CreateServiceInput, UpdateNeedInput, UpdateResourceInput, UpdateServiceInput,
};
use super::renewal::{self, Renewal};
use super::rules::ListItemAction;
use super::types::{ListItem, Need, Resource, Service};
use super::warnings::{Warning, warnings};
use crate::access::payload::{Outcome, mutate, payload};
use crate::kernel::error::Result;
use crate::kernel::say::{Says, each};
use crate::kernel::scalar::DateTime;

payload! {
    /// What became of a mutation of a need.
    NeedPayload {
        /// The need as it is now; null where it was refused.
        need: Need = list_item::Entity;
        warnings: Warning = warnings
    }
}

payload! {
    /// What became of a mutation of a resource.
    ResourcePayload {
        /// The resource as it is now; null where it was refused.
        resource: Resource = list_item::Entity;
        warnings: Warning = warnings
    }
}

payload! {
    /// What became of a mutation of a service.
    ServicePayload {
        /// The service as it is now; null where it was refused.
        service: Service = list_item::Entity;
        warnings: Warning = warnings
    }
}

payload! {
    /// What became of a mutation of a need, a resource or a service.
    ListItemPayload {
        /// The item as it is now; null where it was refused.
        item: ListItem = list_item::Entity;
        warnings: Warning = warnings
    }
}

/// Declares the input of a step that takes nothing but what every step takes.
macro_rules! step_input {
    ($($(#[$meta:meta])* $name:ident: $action:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, InputObject)]
        pub struct $name {
            /// Which one.
            id: ID,
            /// The version that was read: refused with CONFLICT where it is another now.
            if_version: Option<i32>,
            /// The same key and input has one effect, for 24 hours.
            idempotency_key: Option<String>,
        }

        impl $name {
            fn step(self) -> Step {
                Step { id: self.id, action: ListItemAction::$action, if_version: self.if_version }
            }
        }
    )+};
}

step_input! {
    /// Publish a draft (发布).
    PublishListItemInput: Publish;
    /// Close an item (关闭).
    CloseListItemInput: Close;
    /// Take an item back (撤回).
    WithdrawListItemInput: Withdraw;
    /// Throw a draft away (丢弃草稿).
    DiscardListItemInput: Discard;
    /// Begin another item like one (复制).
    CopyListItemInput: Copy;
}

/// Declares the input of a step that may give an item other dates.
macro_rules! renewal_input {
    ($($(#[$meta:meta])* $name:ident: $action:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, InputObject)]
        pub struct $name {
            /// Which one.
            id: ID,
            /// The version that was read: refused with CONFLICT where it is another now.
            if_version: Option<i32>,
            /// The new deadline to claim (认领截止). Absent: as it is. Null: none.
            claim_by: MaybeUndefined<DateTime>,
            /// The new end of its window. Absent: as it is. Null: none.
            available_until: MaybeUndefined<DateTime>,
            /// The same key and input has one effect, for 24 hours.
            idempotency_key: Option<String>,
        }

        impl $name {
            fn renewal(self) -> Renewal {
                Renewal {
                    step: Step { id: self.id, action: ListItemAction::$action, if_version: self.if_version },
                    claim_by: each(self.claim_by.said(), |moment| moment.0),
                    available_until: each(self.available_until.said(), |moment| moment.0),
                }
            }
        }
    )+};
}

renewal_input! {
    /// Open an item to claims again (重新发布).
    ReopenListItemInput: Reopen;
    /// Give an item more time (延期).
    ExtendListItemInput: Extend;
}

/// What can be done to the three lists.
#[derive(Debug, Default)]
pub struct ListItemMutation;

/// What can be done to the three lists.
#[Object]
impl ListItemMutation {
    /// Lists a need (需求) of a party, as a draft or published at once.
    async fn create_need(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose need, and what it says.")] input: CreateNeedInput,
    ) -> Option<Result<NeedPayload>> {
        let (owner, publish) = (input.owner_id.clone(), input.publish);
        create(context, ListItemKind::Need, New { owner, publish: publish.unwrap_or(false), content: input.content() })
            .await
    }

    /// Changes a need: absent leaves a field as it is, null empties it.
    async fn update_need(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which need, and what it is to say.")] input: UpdateNeedInput,
    ) -> Option<Result<NeedPayload>> {
        let (id, if_version) = (input.id.clone(), input.if_version);
        update(context, ListItemKind::Need, Edit { id, if_version, content: input.content() }).await
    }

    /// Lists a resource (资源) of a party, as a draft or published at once.
    async fn create_resource(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose resource, and what it says.")] input: CreateResourceInput,
    ) -> Option<Result<ResourcePayload>> {
        let (owner, publish) = (input.owner_id.clone(), input.publish);
        let new = New { owner, publish: publish.unwrap_or(false), content: input.content() };
        create(context, ListItemKind::Resource, new).await
    }

    /// Changes a resource: absent leaves a field as it is, null empties it.
    async fn update_resource(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which resource, and what it is to say.")] input: UpdateResourceInput,
    ) -> Option<Result<ResourcePayload>> {
        let (id, if_version) = (input.id.clone(), input.if_version);
        update(context, ListItemKind::Resource, Edit { id, if_version, content: input.content() }).await
    }

    /// Lists a service (服务) of a party, as a draft or published at once.
    async fn create_service(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose service, and what it says.")] input: CreateServiceInput,
    ) -> Option<Result<ServicePayload>> {
        let (owner, publish) = (input.owner_id.clone(), input.publish);
        let new = New { owner, publish: publish.unwrap_or(false), content: input.content() };
        create(context, ListItemKind::Service, new).await
    }

    /// Changes a service: absent leaves a field as it is, null empties it.
    async fn update_service(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which service, and what it is to say.")] input: UpdateServiceInput,
    ) -> Option<Result<ServicePayload>> {
        let (id, if_version) = (input.id.clone(), input.if_version);
        update(context, ListItemKind::Service, Edit { id, if_version, content: input.content() }).await
    }

    /// Publishes a draft (发布): it takes claims from now on.
    async fn publish_list_item(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which item.")] input: PublishListItemInput,
    ) -> Option<Result<ListItemPayload>> {
        take(context, &input.step()).await
    }

    /// Closes a published item (关闭): it takes no more claims, and those it has go on.
    async fn close_list_item(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which item.")] input: CloseListItemInput,
    ) -> Option<Result<ListItemPayload>> {
        take(context, &input.step()).await
    }

    /// Takes a published item back (撤回), where no live claim holds it.
    async fn withdraw_list_item(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which item.")] input: WithdrawListItemInput,
    ) -> Option<Result<ListItemPayload>> {
        take(context, &input.step()).await
    }

    /// Opens a closed or expired item to claims again (重新发布), at other dates where its own have passed.
    async fn reopen_list_item(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which item, and until when.")] input: ReopenListItemInput,
    ) -> Option<Result<ListItemPayload>> {
        let renewal = &input.renewal();
        mutate(context, |tx| async move { renewal::renew(&tx, renewal).await }).await
    }

    /// Gives a published item more time (延期), or an expired one, which takes claims again.
    async fn extend_list_item(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which item, and until when.")] input: ExtendListItemInput,
    ) -> Option<Result<ListItemPayload>> {
        let renewal = &input.renewal();
        mutate(context, |tx| async move { renewal::renew(&tx, renewal).await }).await
    }

    /// Throws a draft away (丢弃草稿), with what hangs on it. `item` is null then.
    async fn discard_list_item(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which draft.")] input: DiscardListItemInput,
    ) -> Option<Result<ListItemPayload>> {
        let step = &input.step();
        mutate(context, |tx| async move { renewal::discard(&tx, step).await }).await
    }

    /// Begins another item like one (复制): a draft that says the same, without claims, and without the dates that have passed.
    async fn copy_list_item(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which item.")] input: CopyListItemInput,
    ) -> Option<Result<ListItemPayload>> {
        let step = &input.step();
        mutate(context, |tx| async move { actions::copy(&tx, step).await }).await
    }
}

async fn create<P: From<Outcome>>(context: &Context<'_>, kind: ListItemKind, new: New) -> Option<Result<P>> {
    let new = &new;
    mutate(context, |tx| async move { actions::create(&tx, kind, new).await }).await
}

async fn update<P: From<Outcome>>(context: &Context<'_>, kind: ListItemKind, edit: Edit) -> Option<Result<P>> {
    let edit = &edit;
    mutate(context, |tx| async move { actions::update(&tx, kind, edit).await }).await
}

async fn take(context: &Context<'_>, step: &Step) -> Option<Result<ListItemPayload>> {
    mutate(context, |tx| async move { actions::take(&tx, step).await }).await
}
