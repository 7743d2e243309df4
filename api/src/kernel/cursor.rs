//! Cursors: where a row stands in an order, as values, so that a page costs the same wherever it lies.

use async_graphql::Value as GraphQlValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, Value};
use sea_orm::{QueryResult, TryGetError};
use sha2::{Digest, Sha256};

use super::error::{Error, Result};
use super::order::{Key, KeyKind, OrderDirection};
use super::scope::{all, any};

/// What a cursor belongs to: a list with one filter and one order.
pub type Fingerprint = [u8; 12];

/// The fingerprint of a list's name, its filter and its order. What is absent and what is null leave the same.
#[must_use]
pub fn fingerprint(
    list: &str,
    filter: Option<GraphQlValue>,
    order: impl IntoIterator<Item = GraphQlValue>,
) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(list);
    for part in filter.into_iter().chain(order) {
        hash.update([0]);
        hash.update(said(part).to_string());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut fingerprint = Fingerprint::default();
    fingerprint.iter_mut().zip(digest).for_each(|(byte, source)| *byte = source);
    fingerprint
}

/// Without what is null: an upgrade that adds a filter leaves old cursors good.
fn said(value: GraphQlValue) -> GraphQlValue {
    match value {
        GraphQlValue::Object(fields) => GraphQlValue::Object(
            fields
                .into_iter()
                .filter(|(_, value)| *value != GraphQlValue::Null)
                .map(|(name, value)| (name, said(value)))
                .collect(),
        ),
        GraphQlValue::List(values) => GraphQlValue::List(values.into_iter().map(said).collect()),
        other => other,
    }
}

/// A key's value in one row.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyValue {
    /// Of a whole number.
    Whole(i64),
    /// Of a text.
    Text(String),
    /// Of a distance.
    Real(f64),
    /// Of a row's key.
    Id(Uuid),
}

/// What a row is ordered by, which way, last of all its key.
#[derive(Clone, Debug)]
pub struct Sort {
    /// What by.
    pub key: Key,
    /// Which way.
    pub direction: OrderDirection,
}

impl KeyValue {
    /// Reads the value that a statement selected as `name`.
    ///
    /// # Errors
    /// Where the row has no such column, or one of another kind.
    pub fn read(row: &QueryResult, name: &str, kind: KeyKind) -> Result<Self, TryGetError> {
        use sea_orm::TryGetable;
        Ok(match kind {
            KeyKind::Whole => Self::Whole(i64::try_get(row, "", name)?),
            KeyKind::Text => Self::Text(String::try_get(row, "", name)?),
            KeyKind::Real => Self::Real(f64::try_get(row, "", name)?),
            KeyKind::Id => Self::Id(Uuid::try_get(row, "", name)?),
        })
    }

    fn bound(&self) -> Value {
        match self {
            Self::Whole(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Real(number) => (*number).into(),
            Self::Id(key) => (*key).into(),
        }
    }

    fn word(&self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            // Decimal text could round; the bits do not.
            Self::Real(number) => format!("{:016x}", number.to_bits()),
            Self::Id(key) => key.simple().to_string(),
        }
    }

    fn parse(word: String, kind: KeyKind) -> Option<Self> {
        match kind {
            KeyKind::Whole => word.parse().ok().map(Self::Whole),
            KeyKind::Text => (!word.contains('\0')).then_some(Self::Text(word)),
            KeyKind::Real => {
                let number = f64::from_bits(u64::from_str_radix(&word, 16).ok()?);
                number.is_finite().then_some(Self::Real(number))
            }
            KeyKind::Id => Uuid::try_parse(&word).ok().map(Self::Id),
        }
    }
}

/// The cursor of the row with these values, in a list with this fingerprint.
#[must_use]
pub fn encode(fingerprint: &Fingerprint, values: &[KeyValue]) -> String {
    let words: Vec<String> = values.iter().map(KeyValue::word).collect();
    let mut bytes = fingerprint.to_vec();
    // A list of texts always has a JSON form.
    bytes.extend(serde_json::to_vec(&words).unwrap_or_default());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The values in a cursor of a list with this fingerprint and this order.
///
/// # Errors
/// `BAD_CURSOR` for a cursor of another list, filter or order, and for what is no cursor.
pub fn decode(cursor: &str, fingerprint: &Fingerprint, kinds: &[KeyKind]) -> Result<Vec<KeyValue>> {
    let no_cursor = || Error::BadCursor("this is no cursor: pass one that this list gave out".into());
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| no_cursor())?;
    let (head, body) = bytes.split_at_checked(fingerprint.len()).ok_or_else(no_cursor)?;
    let words: Vec<String> = serde_json::from_slice(body).map_err(|_| no_cursor())?;
    if head != fingerprint {
        return Err(Error::BadCursor(
            "this cursor is of another list, filter or order: start from the first page, without a cursor".into(),
        ));
    }
    if words.len() != kinds.len() {
        return Err(no_cursor());
    }
    words.into_iter().zip(kinds).map(|(word, kind)| KeyValue::parse(word, *kind).ok_or_else(no_cursor)).collect()
}

/// Holds for the rows that come after the one with `values`.
///
/// Where all keys run the same way this is one comparison of rows, which an index serves from the right place on. Where they
/// do not, it is spelled out, with a bound on the first key in front for the index.
#[must_use]
pub fn after(sorts: &[Sort], values: &[KeyValue]) -> Expr {
    let beyond = |direction, key: Expr, value: Expr| match direction {
        OrderDirection::Asc => key.gt(value),
        OrderDirection::Desc => key.lt(value),
    };
    let Some(first) = sorts.first() else { return all([]) };
    if sorts.iter().all(|sort| sort.direction == first.direction) {
        let keys = Expr::tuple(sorts.iter().map(|sort| sort.key.expression.clone()));
        let bounds = Expr::tuple(values.iter().map(|value| Expr::val(value.bound())));
        return beyond(first.direction, keys, bounds);
    }
    let steps = sorts.iter().zip(values).enumerate().map(|(place, (sort, value))| {
        let ties = sorts.iter().zip(values).take(place);
        let ties = ties.map(|(sort, value)| sort.key.expression.clone().eq(value.bound()));
        all(ties.chain([beyond(sort.direction, sort.key.expression.clone(), Expr::val(value.bound()))]))
    });
    let bound = values.first().map(|value| match first.direction {
        OrderDirection::Asc => first.key.expression.clone().gte(value.bound()),
        OrderDirection::Desc => first.key.expression.clone().lte(value.bound()),
    });
    all(bound.into_iter().chain([any(steps)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [KeyKind; 4] = [KeyKind::Whole, KeyKind::Text, KeyKind::Real, KeyKind::Id];

    fn values() -> Vec<KeyValue> {
        let text = KeyValue::Text("中\"\u{10ffff}".into());
        vec![KeyValue::Whole(i64::MIN), text, KeyValue::Real(0.1 + 0.2), KeyValue::Id(Uuid::from_u128(9))]
    }

    #[test]
    fn a_cursor_keeps_every_value_to_the_last_bit() {
        let print = fingerprint("Need", None, []);
        let cursor = encode(&print, &values());
        assert_eq!(decode(&cursor, &print, &KINDS).ok(), Some(values()));
    }

    #[test]
    fn a_cursor_of_another_order_is_refused() {
        let cursor = encode(&fingerprint("Need", None, [GraphQlValue::from(1)]), &values());
        let other = decode(&cursor, &fingerprint("Need", None, []), &KINDS);
        assert!(matches!(other, Err(Error::BadCursor(message)) if message.contains("another")));
        let none = decode("bm9uc2Vuc2U", &fingerprint("Need", None, []), &KINDS);
        assert!(matches!(none, Err(Error::BadCursor(message)) if message.contains("no cursor")));
    }

    #[test]
    fn a_filter_that_says_nothing_more_leaves_the_same_fingerprint() {
        let value = |text: &str| {
            serde_json::from_str::<serde_json::Value>(text).ok().and_then(|json| GraphQlValue::from_json(json).ok())
        };
        let (short, long) = (value(r#"{"a":{"b":1}}"#), value(r#"{"a":{"b":1,"c":null},"d":null}"#));
        assert_eq!(fingerprint("Need", short, []), fingerprint("Need", long, []));
    }
}
