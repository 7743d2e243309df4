//! Scalars of the schema, and how a value of each is read.

use async_graphql::{InputType, InputValueError, InputValueResult, Pos, Scalar, ScalarType, Value};
use chrono::NaiveDate;
use entity::Timestamp;

use super::refusal::{Message, message};

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

/// Whether a value can be read; if not, why, where its type has words for that.
type Reads = fn(Value) -> Result<(), Option<String>>;

/// The scalars that we add to those of GraphQL: each is read before anything runs by what reads it when it does. With each, what it says in
/// Chinese where it has words.
const OURS: [(&str, Reads, &str); 3] = [
    ("Date", reads::<Date>, "应为日期，如 2026-03-01"),
    ("DateTime", reads::<DateTime>, "应为 RFC 3339 格式的时间，如 2026-03-01T08:30:00+08:00"),
    ("Long", reads::<Long>, "应为绝对值不超过 2^53 的整数"),
];

fn reads<S: ScalarType + InputType>(value: Value) -> Result<(), Option<String>> {
    let Err(error) = <S as ScalarType>::parse(value) else { return Ok(()) };
    // The library says what it failed at, or what it would have liked.
    let message = error.into_server_error(Pos::default()).message;
    Err(message.strip_prefix(&format!("Failed to parse \"{}\": ", S::type_name())).map(str::to_owned))
}

/// Whether values of this scalar can be judged before anything runs.
#[must_use]
pub fn is_known(name: &str) -> bool {
    matches!(name, "Boolean" | "Float" | "ID" | "Int" | "String") || OURS.iter().any(|(ours, ..)| *ours == name)
}

/// Reads the value of a scalar. Answers with another form of it, where that is the one that the scalar has.
///
/// # Errors
/// Why it is none.
pub fn read(name: &str, value: Value, source: Source) -> Result<Option<Value>, Message> {
    let refuse = |value: &Value| Err(cannot_be(name, kind(value)));
    match (name, &value) {
        ("Boolean", Value::Boolean(_)) | ("String" | "ID", Value::String(_)) => Ok(None),
        ("Int", Value::Number(_)) => match whole(&value, source).map(i32::try_from) {
            Some(Ok(number)) => Ok(Some(number.into())),
            Some(Err(_)) => {
                Err(message!("it is Int, which is a whole number of 32 bits", "类型为 Int，应为 32 位整数"))
            }
            None => Err(cannot_be(name, ("a number with a fraction", "小数"))),
        },
        // Minus zero is zero: two databases would not agree on it.
        ("Float", Value::Number(number)) => Ok(number.as_f64().filter(|number| *number == 0.0).map(|_| 0.0.into())),
        ("ID", Value::Number(_)) => match whole(&value, source) {
            Some(number) => Ok(Some(number.to_string().into())),
            None => refuse(&value),
        },
        ("Boolean" | "Float" | "ID" | "Int" | "String", _) => refuse(&value),
        _ => match OURS.iter().find(|(ours, ..)| *ours == name) {
            Some((_, reads, chinese)) => {
                let found = kind(&value);
                reads(value).map(|()| None).map_err(|reason| match reason {
                    Some(english) => {
                        message!("it is {name}, and this is {english}", "类型为 {name}，{chinese}")
                    }
                    None => cannot_be(name, found),
                })
            }
            None => Ok(None),
        },
    }
}

/// A value of this type cannot be that, in both languages.
#[must_use]
pub fn cannot_be(name: &str, (english, chinese): (&str, &str)) -> Message {
    message!("it is {name}, and cannot be {english}", "类型为 {name}，不能是{chinese}")
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

/// What kind of value it is, in the words of both languages: never the value, which may be a secret in the wrong place.
#[must_use]
pub const fn kind(value: &Value) -> (&'static str, &'static str) {
    match value {
        Value::Null => ("null", "空值"),
        Value::Number(_) => ("a number", "数字"),
        Value::String(_) => ("a text", "文本"),
        Value::Boolean(_) => ("true or false", "是或否"),
        Value::Enum(_) => ("a word without quotes", "不带引号的单词"),
        Value::List(_) => ("a list", "列表"),
        Value::Object(_) => ("an object", "对象"),
        Value::Binary(_) => ("bytes", "字节"),
    }
}
