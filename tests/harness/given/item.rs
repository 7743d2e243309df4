//! List items and attachments.

use entity::list_item::{self, ListItemKind, ListItemStatus, ResourceForm, ServiceMode, Urgency, Visibility};
use entity::{Timestamp, area, attachment, category, claim, party};
use sea_orm::prelude::Uuid;

use super::{Given, Row, Written, all, insert};

/// The category of an item, unless a case says otherwise.
const CATEGORY: &str = "convenience.facilities";

impl Given {
    /// A published need, seen by all, unlimited.
    pub fn need(&self, owner: &party::Model) -> Row<list_item::Model> {
        self.item(owner, ListItemKind::Need)
    }

    /// A published resource, seen by all, unlimited.
    pub fn resource(&self, owner: &party::Model) -> Row<list_item::Model> {
        self.item(owner, ListItemKind::Resource).form(ResourceForm::Other)
    }

    /// A published service, seen by all, unlimited.
    pub fn service(&self, owner: &party::Model) -> Row<list_item::Model> {
        self.item(owner, ListItemKind::Service).mode(ServiceMode::OnSite)
    }

    /// An attachment of an item.
    pub fn attachment(&self, item: &list_item::Model) -> Row<attachment::Model> {
        self.file().with(|row| row.item_id = Some(item.id))
    }

    /// Evidence of a claim.
    pub fn evidence(&self, claim: &claim::Model) -> Row<attachment::Model> {
        self.file().with(|row| row.claim_id = Some(claim.id))
    }

    fn file(&self) -> Row<attachment::Model> {
        self.row(|serial, at, id| attachment::Model {
            id,
            item_id: None,
            claim_id: None,
            position: 0,
            url: format!("https://files.example/{serial}.png"),
            name: Some(format!("{serial}.png")),
            media_type: Some("image/png".to_owned()),
            bytes: Some(1_024),
            uploaded_by_id: None,
            content_hash: None,
            is_bare: true,
            created_at: at,
        })
    }

    fn item(&self, owner: &party::Model, kind: ListItemKind) -> Row<list_item::Model> {
        self.row(|serial, at, id| list_item::Model {
            id,
            kind,
            owner_id: owner.id,
            category_id: Uuid::nil(),
            title: format!("清单{serial}"),
            description: String::new(),
            status: ListItemStatus::Published,
            urgency: Urgency::Normal,
            visibility: Visibility::Public,
            auto_accept: false,
            open_to_all: false,
            quantity: None,
            held: 0,
            measure: None,
            beneficiaries: None,
            available_from: None,
            available_until: None,
            claim_by: None,
            has_own_place: false,
            area_id: owner.area_id,
            area_path: owner.area_path.clone(),
            address: None,
            longitude: None,
            latitude: None,
            contact_name: None,
            contact_phone: None,
            form: None,
            mode: None,
            frequency: None,
            lacks: String::new(),
            published_at: Some(at),
            created_at: at,
            updated_at: at,
            version: 1,
        })
    }
}

impl Row<list_item::Model> {
    pub fn title(self, title: &str) -> Self {
        self.with(|row| row.title = title.to_owned())
    }

    pub fn description(self, description: &str) -> Self {
        self.with(|row| row.description = description.to_owned())
    }

    pub fn category(self, category: &category::Model) -> Self {
        self.with(|row| row.category_id = category.id)
    }

    pub fn quantity(self, quantity: i32) -> Self {
        self.with(|row| row.quantity = Some(quantity))
    }

    pub fn measure(self, measure: &str) -> Self {
        self.with(|row| row.measure = Some(measure.to_owned()))
    }

    pub fn urgency(self, urgency: Urgency) -> Self {
        self.with(|row| row.urgency = urgency)
    }

    pub fn visible_to(self, visibility: Visibility) -> Self {
        self.with(|row| row.visibility = visibility)
    }

    pub fn auto_accept(self) -> Self {
        self.with(|row| row.auto_accept = true)
    }

    pub fn open_to_all(self) -> Self {
        self.with(|row| row.open_to_all = true)
    }

    pub fn window(self, from: Timestamp, until: Timestamp) -> Self {
        self.with(|row| (row.available_from, row.available_until) = (Some(from), Some(until)))
    }

    pub fn claim_by(self, deadline: Timestamp) -> Self {
        self.with(|row| row.claim_by = Some(deadline))
    }

    /// A place of its own.
    pub fn within(self, area: &area::Model) -> Self {
        self.with(|row| (row.has_own_place, row.area_id, row.area_path) = (true, area.id, area.path.clone()))
    }

    pub fn contact(self, name: &str, phone: &str) -> Self {
        self.with(|row| (row.contact_name, row.contact_phone) = (Some(name.to_owned()), Some(phone.to_owned())))
    }

    /// Of a resource.
    pub fn form(self, form: ResourceForm) -> Self {
        self.with(|row| row.form = Some(form))
    }

    /// Of a service.
    pub fn mode(self, mode: ServiceMode) -> Self {
        self.with(|row| row.mode = Some(mode))
    }

    pub fn draft(self) -> Self {
        self.status(ListItemStatus::Draft)
    }

    pub fn published(self) -> Self {
        self.status(ListItemStatus::Published)
    }

    pub fn status(self, status: ListItemStatus) -> Self {
        self.with(|row| {
            row.status = status;
            row.published_at = (status != ListItemStatus::Draft).then_some(row.created_at);
        })
    }
}

impl Written for list_item::Model {
    async fn write(mut self, given: Given) -> Self {
        if self.category_id.is_nil() {
            self.category_id = given.shipped_category(CATEGORY).await.id;
        }
        insert(&given.database.writer, all(self)).await
    }
}
