//! What changed of a list item, for the audit log: every field that people wrote, personal data masked.

use entity::Timestamp;
use entity::list_item;

use crate::kernel::global_id::Table;
use crate::kernel::text::{masked_name, masked_phone};
use crate::kernel::write::Changes;

/// What is different after than it was before; all of it where there was nothing.
pub(super) fn changes(before: Option<&list_item::Model>, after: &list_item::Model) -> Changes {
    let old = before.map(facts);
    facts(after).into_iter().enumerate().fold(Changes::default(), |changes, (place, (name, value))| {
        let old = old.as_ref().and_then(|old| old.get(place)).and_then(|(_, value)| value.clone());
        changes.field(name, old, value)
    })
}

fn facts(item: &list_item::Model) -> [(&'static str, Option<String>); 23] {
    let number = |number: Option<i32>| number.map(|number| number.to_string());
    let moment = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string());
    let point = item.longitude.zip(item.latitude).map(|(lng, lat)| format!("{lng},{lat}"));
    [
        ("kind", Some(item.kind.word())),
        ("status", Some(item.status.word())),
        ("category", Some(Table::Category.id(item.category_id).0)),
        ("title", Some(item.title.clone())),
        ("description", Some(item.description.clone())),
        ("quantity", number(item.quantity)),
        ("measure", item.measure.clone()),
        ("urgency", Some(item.urgency.word())),
        ("visibility", Some(item.visibility.word())),
        ("openToAll", Some(item.open_to_all.to_string())),
        ("autoAccept", Some(item.auto_accept.to_string())),
        ("beneficiaries", number(item.beneficiaries)),
        ("availableFrom", moment(item.available_from)),
        ("availableUntil", moment(item.available_until)),
        ("claimBy", moment(item.claim_by)),
        ("area", Some(Table::Area.id(item.area_id).0)),
        ("address", item.address.clone()),
        ("location", point),
        ("contact.name", item.contact_name.as_deref().map(masked_name)),
        ("contact.phone", item.contact_phone.as_deref().map(masked_phone)),
        ("form", item.form.map(list_item::ResourceForm::word)),
        ("mode", item.mode.map(list_item::ServiceMode::word)),
        ("frequency", item.frequency.clone()),
    ]
}
