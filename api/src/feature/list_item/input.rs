//! The inputs of the three lists: the same fields for a need, a resource and a service, for a new one and one that is there.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::list_item::{ResourceForm, ServiceMode, Urgency, Visibility};

use super::content::Content;
use crate::feature::attachment::AttachmentInput;
use crate::feature::party::{ContactInput, PointInput};
use crate::kernel::say::{Says, each};
use crate::kernel::scalar::DateTime;

/// Declares an input: what it names first, how it says what every item has, and what only this one says.
macro_rules! item_input {
    (
        $(#[$meta:meta])* $name:ident, $say:ident
        { $($(#[$first_meta:meta])* $first:ident: $first_type:ty,)* }
        { $($(#[$own_meta:meta])* $own:ident: $own_type:ty,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, InputObject)]
        pub struct $name {
            $($(#[$first_meta])* pub(super) $first: $first_type,)*
            $($(#[$own_meta])* $own: $own_type,)*
            /// Description (内容): at most 5,000 characters.
            description: $say<String>,
            /// How many; null: unlimited. Of a FUND, whole yuan. Never less than what claims hold.
            quantity: $say<i32>,
            /// What one is (单位): at most 20 characters.
            measure: $say<String>,
            /// How urgent (紧急程度). A new one: NORMAL.
            urgency: $say<Urgency>,
            /// Who sees it once it is published (可见范围). A new one: PUBLIC.
            visibility: $say<Visibility>,
            /// May be claimed without a confirmed check-in. A new one: false.
            open_to_all: $say<bool>,
            /// A claim is accepted as soon as it is proposed. A new one: false.
            auto_accept: $say<bool>,
            /// How many people it is for (受益人数).
            beneficiaries: $say<i32>,
            /// Start of its window.
            available_from: $say<DateTime>,
            /// End of its window.
            available_until: $say<DateTime>,
            /// Deadline to claim (认领截止).
            claim_by: $say<DateTime>,
            /// Where: a community's item lies in the community, a unit's anywhere. Absent, with no address and no location either:
            /// where its owner is. Null: there again.
            area_id: $say<ID>,
            /// Street address: at most 200 characters.
            address: $say<String>,
            /// Where on the map.
            location: $say<PointInput>,
            /// Its own contact (联系人); null: its owner's.
            contact: $say<ContactInput>,
            /// Links and files (附件), in this order: they take the place of those it has, and one that stays is named by its id.
            attachments: $say<Vec<AttachmentInput>>,
            /// The same key and input has one effect, for 24 hours.
            idempotency_key: Option<String>,
        }

        impl $name {
            pub(super) fn content(self) -> Content {
                Content {
                    $($own: self.$own.said(),)*
                    description: self.description.said(),
                    quantity: self.quantity.said(),
                    measure: self.measure.said(),
                    urgency: self.urgency.said(),
                    visibility: self.visibility.said(),
                    open_to_all: self.open_to_all.said(),
                    auto_accept: self.auto_accept.said(),
                    beneficiaries: self.beneficiaries.said(),
                    available_from: each(self.available_from.said(), |moment| moment.0),
                    available_until: each(self.available_until.said(), |moment| moment.0),
                    claim_by: each(self.claim_by.said(), |moment| moment.0),
                    area_id: self.area_id.said(),
                    address: self.address.said(),
                    location: self.location.said(),
                    contact: self.contact.said(),
                    attachments: self.attachments.said(),
                    ..Content::default()
                }
            }
        }
    };
}

/// Declares the two inputs of one of the three lists.
macro_rules! item_inputs {
    (
        $(#[$create_meta:meta])* $create:ident, $(#[$update_meta:meta])* $update:ident
        { $($(#[$must_meta:meta])* $must:ident: $must_type:ty,)* }
        { $($(#[$may_meta:meta])* $may:ident: $may_type:ty,)* }
    ) => {
        item_input!(
            $(#[$create_meta])* $create, Option
            {
                /// Who lists it.
                owner_id: ID,
                /// Publishes it at once; else it is a draft.
                publish: Option<bool>,
            }
            {
                /// What about: one of the categories in force where its owner is. A draft may say it later.
                category_id: Option<ID>,
                /// Title (标题): at most 100 characters. A draft may say it later.
                title: Option<String>,
                $($(#[$must_meta])* $must: Option<$must_type>,)*
                $($(#[$may_meta])* $may: Option<$may_type>,)*
            }
        );
        item_input!(
            $(#[$update_meta])* $update, MaybeUndefined
            {
                /// Which one.
                id: ID,
                /// The version that was read: refused with CONFLICT where it is another now.
                if_version: i32,
            }
            {
                /// What about: one of the categories in force where its owner is.
                category_id: MaybeUndefined<ID>,
                /// Title (标题): at most 100 characters.
                title: MaybeUndefined<String>,
                $($(#[$must_meta])* $must: MaybeUndefined<$must_type>,)*
                $($(#[$may_meta])* $may: MaybeUndefined<$may_type>,)*
            }
        );
    };
}

item_inputs!(
    /// List a need (需求).
    CreateNeedInput,
    /// Change a need: absent leaves a field as it is, null empties it.
    UpdateNeedInput
    {}
    {}
);

item_inputs!(
    /// List a resource (资源).
    CreateResourceInput,
    /// Change a resource: absent leaves a field as it is, null empties it.
    UpdateResourceInput
    {
        /// What it is (资源形式). A draft may say it later.
        form: ResourceForm,
    }
    {}
);

item_inputs!(
    /// List a service (服务).
    CreateServiceInput,
    /// Change a service: absent leaves a field as it is, null empties it.
    UpdateServiceInput
    {
        /// Where it is given (服务方式). A draft may say it later.
        mode: ServiceMode,
    }
    {
        /// How often (服务频次): at most 100 characters.
        frequency: String,
    }
);
