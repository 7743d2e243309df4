//! What several inputs take: a contact, a point, a phone number.

use async_graphql::InputObject;

use super::contact::Point;
use crate::kernel::refusal::{Refusal, message};
use crate::kernel::say::{Faults, Say};
use crate::kernel::text::optional;

/// How long a name may be, in characters.
pub const LONGEST_NAME: usize = 100;
/// How long an address may be, in characters.
pub const LONGEST_ADDRESS: usize = 200;

/// Whom to call (联系人).
#[derive(Clone, Debug, InputObject)]
pub struct ContactInput {
    /// Name.
    pub name: Option<String>,
    /// Phone: digits, with + - and spaces between.
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
        let phone = optional("phone", self.phone, 30).map_err(within)?;
        if let Some(phone) = &phone {
            let digits = phone.chars().filter(char::is_ascii_digit).count();
            let others = phone.chars().all(|one| one.is_ascii_digit() || matches!(one, '+' | '-' | ' ' | '(' | ')'));
            if !others || !(3..=20).contains(&digits) {
                let message = message!("not a phone number", "电话号码格式不正确");
                return Err(within(Refusal::invalid("phone", message)));
            }
        }
        Ok((name, phone))
    }
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
