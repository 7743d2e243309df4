//! Distances from a point, as a filter and as an order.

use crate::kernel::refusal::{Message, message};
use async_graphql::{CustomValidator, InputObject, InputValueError};
use sea_orm::sea_query::{Expr, ExprTrait};

use super::filter::Line;
use super::scope::all;

/// Things within a distance of a point; then `orderBy` may say `DISTANCE`.
#[derive(Clone, Debug, InputObject)]
pub struct NearInput {
    /// Degrees east, CGCS2000 (WGS-84).
    #[graphql(validator(custom = "LONGITUDE"))]
    pub lng: f64,
    /// Degrees north, CGCS2000 (WGS-84).
    #[graphql(validator(custom = "LATITUDE"))]
    pub lat: f64,
    /// How far, in metres along the ground: at most 100,000.
    #[graphql(validator(custom = "METRES"))]
    pub metres: f64,
}

/// A number that lies from one to another.
#[derive(Clone, Copy, Debug)]
pub struct Between(f64, f64);

const LONGITUDE: Between = Between(-180.0, 180.0);
const LATITUDE: Between = Between(-90.0, 90.0);
const METRES: Between = Between(0.0, 100_000.0);

impl Between {
    /// The bounds of a field of an input, where it has some.
    #[must_use]
    pub fn of(input: &str, field: &str) -> Option<Self> {
        match (input, field) {
            ("NearInput", "lng") => Some(LONGITUDE),
            ("NearInput", "lat") => Some(LATITUDE),
            ("NearInput", "metres") => Some(METRES),
            _ => None,
        }
    }

    /// Whether the number lies so.
    ///
    /// # Errors
    /// Why it does not.
    pub fn holds(self, value: f64) -> Result<(), Message> {
        let Self(least, most) = self;
        if (least..=most).contains(&value) {
            return Ok(());
        }
        Err(message!("{value} does not lie from {least} to {most}", "{value} 不在 {least} 到 {most} 之间"))
    }
}

impl CustomValidator<f64> for Between {
    fn check(&self, value: &f64) -> Result<(), InputValueError<f64>> {
        self.holds(*value).map_err(|message| InputValueError::custom(message.english))
    }
}

/// Metres in a degree of latitude: the mean circumference of the Earth over 360.
const METRES_IN_DEGREE: f64 = 111_194.93;

impl Line for NearInput {
    fn is_narrow(&self) -> bool {
        true
    }
}

impl NearInput {
    /// The square of the distance to a point, in degrees of latitude.
    ///
    /// The equirectangular approximation: off by less than 0.1 % within 100 km at China's latitudes. It needs nothing but sums
    /// and products, which both databases compute to the same last bit; `lng` and `lat` are bound once, the cosine here.
    #[must_use]
    pub fn square_distance(&self, longitude: Expr, latitude: Expr) -> Expr {
        let east = longitude.sub(self.lng).mul(self.lat.to_radians().cos());
        let north = latitude.sub(self.lat);
        east.clone().mul(east).add(north.clone().mul(north))
    }

    /// Holds within the distance. The band of latitudes is there for an index to serve.
    #[must_use]
    pub fn within(&self, longitude: Expr, latitude: Expr) -> Expr {
        let degrees = self.metres / METRES_IN_DEGREE;
        all([
            latitude.clone().between(self.lat - degrees, self.lat + degrees),
            self.square_distance(longitude, latitude).lte(degrees * degrees),
        ])
    }
}
