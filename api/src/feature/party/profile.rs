//! A party's profile: what is said of it, how that becomes the party, and what of it changed.

use async_graphql::ID;
use entity::party::{self, CommitteeKind, UnitKind, UnitLevel};

use super::credit_code::{CreditCode, Invalid, normal};
use super::input::{ContactInput, LONGEST_ADDRESS, LONGEST_NAME, PointInput, fill_contact, fill_point};
use crate::kernel::refusal::{Refusal, message};
use crate::kernel::say::{Faults, Say};
use crate::kernel::text::{masked_name, masked_phone};
use crate::kernel::tree;
use crate::kernel::write::Changes;

/// What is said of a party. The same for a unit and a community, and for a new one and one that is there.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Of a unit: name.
    pub name: Say<String>,
    /// Of a unit: short name.
    pub short_name: Say<String>,
    /// Of a unit: credit code.
    pub credit_code: Say<String>,
    /// Of a unit: kind.
    pub kind: Say<UnitKind>,
    /// Of a unit: level.
    pub level: Say<UnitLevel>,
    /// Of a unit: party members.
    pub member_count: Say<i32>,
    /// Of a unit: its home.
    pub area_id: Say<ID>,
    /// Of a community: who runs it.
    pub committee_kind: Say<CommitteeKind>,
    /// Of a community: residents.
    pub population: Say<i32>,
    /// Of a community: households.
    pub households: Say<i32>,
    /// Of a community: paid staff.
    pub staff_count: Say<i32>,
    /// Of a community: secretary.
    pub secretary: Say<ContactInput>,
    /// Street address.
    pub address: Say<String>,
    /// Where on the map.
    pub location: Say<PointInput>,
    /// Whom to call.
    pub contact: Say<ContactInput>,
}

impl Profile {
    /// Writes into `party` all that needs no looking up, and notes what is wrong.
    pub(super) fn write(self, party: &mut party::Model, faults: &mut Faults) {
        faults.fill_title("name", &mut party.name, self.name, LONGEST_NAME);
        faults.fill_own("kind", &mut party.unit_kind, self.kind);
        faults.fill_own("committeeKind", &mut party.committee_kind, self.committee_kind);
        if let Some(code) = self.credit_code
            && let Some(code) = faults.sound(code.map(|code| read_credit_code(&code)).transpose())
        {
            party.credit_code = code;
        }
        party.unit_level = self.level.unwrap_or(party.unit_level);
        faults.fill_text("shortName", &mut party.short_name, self.short_name, LONGEST_NAME);
        faults.fill_text("address", &mut party.address, self.address, LONGEST_ADDRESS);
        faults.fill_number("memberCount", &mut party.member_count, self.member_count, 0);
        faults.fill_number("population", &mut party.population, self.population, 0);
        faults.fill_number("households", &mut party.households, self.households, 0);
        faults.fill_number("staffCount", &mut party.staff_count, self.staff_count, 0);
        fill_point(faults, (&mut party.longitude, &mut party.latitude), self.location);
        fill_contact(faults, "contact", (&mut party.contact_name, &mut party.contact_phone), self.contact);
        fill_contact(faults, "secretary", (&mut party.secretary_name, &mut party.secretary_phone), self.secretary);
    }
}

fn read_credit_code(code: &str) -> Result<String, Refusal> {
    let code = normal(code);
    let fault = match CreditCode::parse(&code) {
        Ok(_) => return Ok(code),
        Err(fault) => fault,
    };
    let message = match fault {
        Invalid::Length(length) => message!("{fault}", "统一社会信用代码应为 18 位，现为 {length} 位"),
        Invalid::Foreign { position, character } => {
            message!("{fault}", "第 {position} 位“{character}”不是代码允许的字符")
        }
        Invalid::IdentityCard => message!("{fault}", "这是身份证号码，不是统一社会信用代码"),
        Invalid::Authority(ref letter) => message!("{fault}", "没有登记管理部门代码“{letter}”"),
        Invalid::Category(ref letter) => message!("{fault}", "没有机构类别代码“{letter}”"),
        Invalid::Division(ref digits) => message!("{fault}", "没有行政区划码“{digits}”"),
        Invalid::Check { expected, found } => message!("{fault}", "校验位应为 {expected}，现为 {found}"),
    };
    Err(Refusal::invalid("creditCode", message))
}

/// What an audit entry tells of a change; persons masked.
pub(super) fn differences(before: &party::Model, after: &party::Model) -> Changes {
    let both = |read: fn(&party::Model) -> Option<String>| (read(before), read(after));
    let mut changes = Changes::default();
    for (name, (before, after)) in [
        ("name", both(|party| Some(party.name.clone()).filter(|name| !name.is_empty()))),
        ("shortName", both(|party| party.short_name.clone())),
        ("creditCode", both(|party| party.credit_code.clone())),
        ("kind", both(|party| party.unit_kind.map(UnitKind::word))),
        ("level", both(|party| party.unit_level.map(UnitLevel::word))),
        ("committeeKind", both(|party| party.committee_kind.map(CommitteeKind::word))),
        ("area", both(|party| Some(tree::code(&party.area_path).to_owned()))),
        ("address", both(|party| party.address.clone())),
        ("lng", both(|party| party.longitude.map(|degrees| degrees.to_string()))),
        ("lat", both(|party| party.latitude.map(|degrees| degrees.to_string()))),
        ("memberCount", both(|party| party.member_count.map(|number| number.to_string()))),
        ("population", both(|party| party.population.map(|number| number.to_string()))),
        ("households", both(|party| party.households.map(|number| number.to_string()))),
        ("staffCount", both(|party| party.staff_count.map(|number| number.to_string()))),
        ("contact.name", both(|party| party.contact_name.as_deref().map(masked_name))),
        ("contact.phone", both(|party| party.contact_phone.as_deref().map(masked_phone))),
        ("secretary.name", both(|party| party.secretary_name.as_deref().map(masked_name))),
        ("secretary.phone", both(|party| party.secretary_phone.as_deref().map(masked_phone))),
    ] {
        changes = changes.field(name, before, after);
    }
    changes
}
