//! What several inputs take: a contact, a point, a phone number.

use async_graphql::InputObject;

use super::contact::Point;
use super::phone::canonical;
use crate::kernel::refusal::{Refusal, message};
use crate::kernel::say::{Faults, Say};
use crate::kernel::text::{code, optional};

/// How long a name may be, in characters.
pub const LONGEST_NAME: usize = 100;
/// How long an address may be, in characters.
pub const LONGEST_ADDRESS: usize = 200;
/// How long a phone number may be as it is typed, in characters.
const LONGEST_PHONE: usize = 40;

/// Whom to call (联系人).
#[derive(Clone, Debug, InputObject)]
pub struct ContactInput {
    /// Name.
    pub name: Option<String>,
    /// Phone, however it is written: a mobile number, a landline with its area's code (0838-2201234转801), or one abroad with its
    /// country's (+852 2123 4567). It is kept in one spelling.
    pub phone: Option<String>,
}

/// A place on the map: CGCS2000 (WGS-84), in degrees.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct PointInput {
    /// Degrees east: -180 to 180.
    pub lng: f64,
    /// Degrees north: -90 to 90.
    pub lat: f64,
}

impl ContactInput {
    /// The name and the phone, as they are kept.
    ///
    /// # Errors
    /// `INVALID` at `field` where one of them cannot be.
    pub fn read(self, field: &str) -> Result<(Option<String>, Option<String>), Refusal> {
        let within = |refusal: Refusal| Refusal { path: [vec![field.to_owned()], refusal.path].concat(), ..refusal };
        let name = optional("name", self.name, LONGEST_NAME).map_err(within)?;
        let phone = optional("phone", self.phone.as_deref().map(code), LONGEST_PHONE).map_err(within)?;
        let phone = phone.map(|phone| canonical(&phone).ok_or_else(|| within(no_phone())));
        Ok((name, phone.transpose()?))
    }
}

fn no_phone() -> Refusal {
    let message = message!(
        "not a phone number: a mobile has 11 digits, a landline its area's code, as in 0838-2201234转801",
        "电话号码不正确：手机号为 11 位；固定电话请带区号，如 0838-2201234转801"
    );
    Refusal::invalid("phone", message)
}

impl PointInput {
    /// The point.
    ///
    /// # Errors
    /// `INVALID` at `field` where there is no such place.
    pub fn read(self, field: &str) -> Result<Point, Refusal> {
        if (-180.0..=180.0).contains(&self.lng) && (-90.0..=90.0).contains(&self.lat) {
            return Ok(Point { lng: self.lng, lat: self.lat });
        }
        let message = message!("lng is -180 to 180, lat is -90 to 90", "经度范围 -180 至 180，纬度范围 -90 至 90");
        Err(Refusal::invalid(field, message))
    }
}

/// A contact that may be none: its name and its phone.
pub(crate) fn fill_contact(
    faults: &mut Faults,
    field: &str,
    (name, phone): (&mut Option<String>, &mut Option<String>),
    said: Say<ContactInput>,
) {
    let read = |contact: Option<ContactInput>| contact.map_or(Ok((None, None)), |contact| contact.read(field));
    if let Some(contact) = said.and_then(|contact| faults.sound(read(contact))) {
        (*name, *phone) = contact;
    }
}

/// A place on the map that may be none: its longitude and its latitude.
pub(crate) fn fill_point(
    faults: &mut Faults,
    (longitude, latitude): (&mut Option<f64>, &mut Option<f64>),
    said: Say<PointInput>,
) {
    let read = |point: Option<PointInput>| point.map(|point| point.read("location")).transpose();
    if let Some(point) = said.and_then(|point| faults.sound(read(point))) {
        (*longitude, *latitude) = (point.map(|point| point.lng), point.map(|point| point.lat));
    }
}
