//! What a caller says of a list item, and how that becomes the item: pure but for what has to be looked up.

use async_graphql::ID;
use entity::list_item::{self, ResourceForm, ServiceMode, Urgency, Visibility};
use entity::{Timestamp, area, party};

use crate::feature::attachment::AttachmentInput;
use crate::feature::party::input::{ContactInput, LONGEST_ADDRESS, PointInput, fill_contact, fill_point};
use crate::kernel::refusal::{Refusal, message};
use crate::kernel::say::{Faults, Say};

const LONGEST_TITLE: usize = 100;
const LONGEST_DESCRIPTION: usize = 5_000;
const LONGEST_MEASURE: usize = 20;
const LONGEST_FREQUENCY: usize = 100;

/// What is said of a list item. The same for the three lists, and for a new one and one that is there.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// What about.
    pub category_id: Say<ID>,
    /// Title.
    pub title: Say<String>,
    /// Description; none is an empty one.
    pub description: Say<String>,
    /// How many; none: unlimited.
    pub quantity: Say<i32>,
    /// What one is.
    pub measure: Say<String>,
    /// How urgent.
    pub urgency: Say<Urgency>,
    /// Who sees it.
    pub visibility: Say<Visibility>,
    /// May be claimed without a check-in.
    pub open_to_all: Say<bool>,
    /// A claim is accepted at once.
    pub auto_accept: Say<bool>,
    /// For how many people.
    pub beneficiaries: Say<i32>,
    /// Start of its window.
    pub available_from: Say<Timestamp>,
    /// End of its window.
    pub available_until: Say<Timestamp>,
    /// Deadline to claim.
    pub claim_by: Say<Timestamp>,
    /// Where; none: where its owner is.
    pub area_id: Say<ID>,
    /// Street address.
    pub address: Say<String>,
    /// Where on the map.
    pub location: Say<PointInput>,
    /// Whom to call; none: the owner's.
    pub contact: Say<ContactInput>,
    /// Links and files, in order.
    pub attachments: Say<Vec<AttachmentInput>>,
    /// Of a resource.
    pub form: Say<ResourceForm>,
    /// Of a service.
    pub mode: Say<ServiceMode>,
    /// Of a service.
    pub frequency: Say<String>,
}

impl Content {
    /// Writes into `item` all that needs no looking up, and notes what is wrong.
    pub(super) fn write(&self, item: &mut list_item::Model, faults: &mut Faults) {
        let said = self.clone();
        faults.fill_title("title", &mut item.title, said.title, LONGEST_TITLE);
        let mut description = None;
        faults.fill_lines("description", &mut description, said.description.clone(), LONGEST_DESCRIPTION);
        if said.description.is_some() {
            item.description = description.unwrap_or_default();
        }
        faults.fill_number("quantity", &mut item.quantity, said.quantity, 1);
        faults.fill_number("beneficiaries", &mut item.beneficiaries, said.beneficiaries, 0);
        faults.fill_text("measure", &mut item.measure, said.measure, LONGEST_MEASURE);
        faults.fill_text("frequency", &mut item.frequency, said.frequency, LONGEST_FREQUENCY);
        faults.fill("urgency", &mut item.urgency, said.urgency);
        faults.fill("visibility", &mut item.visibility, said.visibility);
        faults.fill("openToAll", &mut item.open_to_all, said.open_to_all);
        faults.fill("autoAccept", &mut item.auto_accept, said.auto_accept);
        faults.fill_own("form", &mut item.form, said.form);
        faults.fill_own("mode", &mut item.mode, said.mode);
        fill_contact(faults, "contact", (&mut item.contact_name, &mut item.contact_phone), said.contact);
        self.write_times(item, faults);
    }

    fn write_times(&self, item: &mut list_item::Model, faults: &mut Faults) {
        item.available_from = self.available_from.unwrap_or(item.available_from);
        item.available_until = self.available_until.unwrap_or(item.available_until);
        item.claim_by = self.claim_by.unwrap_or(item.claim_by);
        if let (Some(from), Some(until)) = (item.available_from, item.available_until)
            && until <= from
        {
            let field = if self.available_until.is_some() { "availableUntil" } else { "availableFrom" };
            let message = message!("its window is to end after it starts", "结束时间须晚于开始时间");
            faults.note(Refusal::invalid(field, message));
        }
        if let (Some(deadline), Some(until)) = (item.claim_by, item.available_until)
            && deadline > until
            && (self.claim_by.is_some() || self.available_until.is_some())
        {
            let field = if self.claim_by.is_some() { "claimBy" } else { "availableUntil" };
            let message =
                message!("the deadline to claim is after the end of its window", "认领截止晚于可用时间的结束");
            faults.note(Refusal::invalid(field, message));
        }
    }

    /// Writes where the item is. `area` is what `area_id` points at.
    ///
    /// An item that says nothing of where it is stands where its owner does, and follows them; `areaId: null` brings it back there.
    pub(super) fn write_place(
        &self,
        item: &mut list_item::Model,
        owner: &party::Model,
        area: Say<area::Model>,
        faults: &mut Faults,
    ) {
        let returns = area == Some(None);
        if returns {
            follow(item, owner);
        }
        let names = matches!(self.address, Some(Some(_))) || matches!(self.location, Some(Some(_)));
        let says = self.address.is_some() || self.location.is_some();
        let area = area.flatten();
        if area.is_none() && !(if returns { names } else { says }) {
            return;
        }
        if !item.has_own_place {
            // The owner's street and point are not this place's.
            (item.address, item.longitude, item.latitude) = (None, None, None);
        }
        item.has_own_place = true;
        if let Some(area) = area {
            (item.area_id, item.area_path) = (area.id, area.path);
        }
        faults.fill_text("address", &mut item.address, self.address.clone(), LONGEST_ADDRESS);
        fill_point(faults, (&mut item.longitude, &mut item.latitude), self.location);
    }
}

/// Puts an item where its owner is.
pub(super) fn follow(item: &mut list_item::Model, owner: &party::Model) {
    item.has_own_place = false;
    (item.area_id, item.area_path) = (owner.area_id, owner.area_path.clone());
    item.address.clone_from(&owner.address);
    (item.longitude, item.latitude) = (owner.longitude, owner.latitude);
}
