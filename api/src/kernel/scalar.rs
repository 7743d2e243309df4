//! Scalars of the schema, and how a value of each is read.

use async_graphql::{InputType, InputValueError, InputValueResult, Pos, Scalar, ScalarType, Value};
use chrono::NaiveDate;
use entity::Timestamp;

/// A moment: RFC 3339 with any offset on the way in, always UTC on the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime(pub Timestamp);

/// A moment: RFC 3339 with any offset on the way in, always UTC on the way out. Precise to the millisecond.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        Timestamp::parse(text).map(Self).ok_or_else(|| {
            InputValueError::custom("not a moment as RFC 3339 has it, such as 2026-03-01T08:30:00+08:00")
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<Timestamp> for DateTime {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp)
    }
}

/// A day in the districts' time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub NaiveDate);

/// A day, `YYYY-MM-DD`, in the districts' time zone (Asia/Shanghai).
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        // chrono also takes `2026-3-1`; one spelling is enough.
        (text.len() == 10)
            .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
            .flatten()
            .map(Self)
            .ok_or_else(|| InputValueError::custom("not a day such as 2026-03-01"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

/// A whole number up to 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Long(pub i64);

const LARGEST: i64 = 1 << 53;

/// A whole number up to 2^53 either way: sums and bytes, exact in every client.
#[Scalar(name = "Long")]
impl ScalarType for Long {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => number
                .as_i64()
                .filter(|number| (-LARGEST..=LARGEST).contains(number))
                .map(Self)
                .ok_or_else(|| InputValueError::custom("not a whole number up to 2^53")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0)
    }
}

/// Where a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// In the document.
    Document,
    /// In the variables, which are JSON: there is one kind of numbers.
    Json,
}

/// Whether a value can be read, or why not.
type Reads = fn(Value) -> Result<(), String>;

/// The scalars that we add to those of GraphQL: each is read before anything runs by what reads it when it does.
const OURS: [(&str, Reads); 3] = [("Date", reads::<Date>), ("DateTime", reads::<DateTime>), ("Long", reads::<Long>)];

fn reads<S: ScalarType + InputType>(value: Value) -> Result<(), String> {
    let found = kind(&value);
    let Err(error) = <S as ScalarType>::parse(value) else { return Ok(()) };
    let name = S::type_name();
    let message = error.into_server_error(Pos::default()).message;
    // The library says what it failed at, or what it would have liked.
    Err(match message.strip_prefix(&format!("Failed to parse \"{name}\": ")) {
        Some(reason) => format!("it is {name}, and this is {reason}"),
        None => format!("it is {name}, and cannot be {found}"),
    })
}

/// Whether values of this scalar can be judged before anything runs.
#[must_use]
pub fn is_known(name: &str) -> bool {
    matches!(name, "Boolean" | "Float" | "ID" | "Int" | "String") || OURS.iter().any(|(ours, _)| *ours == name)
}

/// Reads the value of a scalar. Answers with another form of it, where that is the one that the scalar has.
///
/// # Errors
/// Why it is none.
pub fn read(name: &str, value: Value, source: Source) -> Result<Option<Value>, String> {
    let refuse = |value: &Value| Err(format!("it is {name}, and cannot be {}", kind(value)));
    match (name, &value) {
        ("Boolean", Value::Boolean(_)) | ("String" | "ID", Value::String(_)) => Ok(None),
        ("Int", Value::Number(_)) => match whole(&value, source).map(i32::try_from) {
            Some(Ok(number)) => Ok(Some(number.into())),
            Some(Err(_)) => Err("it is Int, which is a whole number of 32 bits".into()),
            None => Err("it is Int, and cannot be a number with a fraction".into()),
        },
        // Minus zero is zero: two databases would not agree on it.
        ("Float", Value::Number(number)) => Ok(number.as_f64().filter(|number| *number == 0.0).map(|_| 0.0.into())),
        ("ID", Value::Number(_)) => match whole(&value, source) {
            Some(number) => Ok(Some(number.to_string().into())),
            None => refuse(&value),
        },
        ("Boolean" | "Float" | "ID" | "Int" | "String", _) => refuse(&value),
        _ => match OURS.iter().find(|(ours, _)| *ours == name) {
            Some((_, reads)) => reads(value).map(|()| None),
            None => Ok(None),
        },
    }
}

/// A whole number. In JSON, `1.0` is one.
fn whole(value: &Value, source: Source) -> Option<i128> {
    let Value::Number(number) = value else { return None };
    if let Some(number) = number.as_i64() {
        return Some(number.into());
    }
    if let Some(number) = number.as_u64() {
        return Some(number.into());
    }
    let real = number.as_f64().filter(|real| source == Source::Json && real.fract() == 0.0)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it has no fraction, and what is too large is cut to the largest"
    )]
    Some(real as i128)
}

/// What kind of value it is, in words: never the value, which may be a secret in the wrong place.
#[must_use]
pub const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Boolean(_) => "true or false",
        Value::Enum(_) => "a word without quotes",
        Value::List(_) => "a list",
        Value::Object(_) => "an object",
        Value::Binary(_) => "bytes",
    }
}
