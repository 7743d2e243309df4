//! What a request asks: its parameters, read from the body of a POST or the address of a GET, each checked to be what it should.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::documents::DocumentName;
use super::media;
use super::refusal::Refusal;

/// The parameters of one query.
#[derive(Debug)]
pub(super) struct Parameters {
    /// The document, or nothing where it is asked for by name.
    pub(super) query: Option<String>,
    pub(super) document: Option<DocumentName>,
    pub(super) variables: Map<String, Json>,
    pub(super) operation_name: Option<String>,
}

/// What a request asks: one query, or several that are answered in their order.
#[derive(Debug)]
pub(super) enum Asked {
    One(Parameters),
    Batch(Vec<Parameters>),
}

/// How long a body may be, how long it may take, and how many values and queries it may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) bytes: usize,
    pub(super) values: usize,
    pub(super) time: Duration,
    pub(super) batch: usize,
}

/// Reads the parameters of a request.
pub(super) async fn read(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
    patience: Patience,
) -> Result<Asked, Refusal> {
    match *method {
        Method::POST => {
            media::check_body(headers)?;
            from_body(&whole(headers, body, patience).await?, patience)
        }
        Method::GET | Method::HEAD => from_uri(uri).map(Asked::One),
        _ => {
            let message = "a query is sent by POST, or by GET";
            Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_REQUEST", message))
        }
    }
}

/// The whole body, if it comes in time and is not too long.
async fn whole(headers: &HeaderMap, body: Body, patience: Patience) -> Result<Bytes, Refusal> {
    let Patience { bytes, time, .. } = patience;
    let too_long = || {
        let message = format!("the body is longer than {bytes} bytes");
        let refusal = Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", message);
        refusal.in_chinese(format!("请求体超过 {bytes} 字节"))
    };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|announced: u64| announced > bytes as u64) {
        return Err(too_long());
    }
    match tokio::time::timeout(time, Limited::new(body, bytes).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_long()),
        Ok(Err(_)) => Err(Refusal::bad("the body broke off")),
        Err(_) => {
            let message = format!("the body took longer than {} seconds", time.as_secs_f64());
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "TIMEOUT", message).with(header::CONNECTION, CLOSE))
        }
    }
}

const CLOSE: axum::http::HeaderValue = axum::http::HeaderValue::from_static("close");

fn from_body(bytes: &[u8], Patience { values, batch, .. }: Patience) -> Result<Asked, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|error| Refusal::bad(format!("the body is no UTF-8: {error}")))?;
    let found = count_values(text);
    if found > values {
        let message = format!("values of the body: {found}; at most {values}");
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED", message));
    }
    let json = serde_json::from_str(text).map_err(|error| Refusal::bad(format!("the body is no JSON: {error}")))?;
    match json {
        Json::Object(fields) => from_fields(fields).map(Asked::One),
        Json::Array(_) if batch == 0 => Err(Refusal::bad("the body is a batch, which this server does not take")),
        Json::Array(queries) if queries.is_empty() => Err(Refusal::bad("the batch is empty")),
        Json::Array(queries) if queries.len() > batch => {
            let message = format!("queries in a batch: {}; at most {batch}", queries.len());
            Err(Refusal::new(StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED", message))
        }
        Json::Array(queries) => queries.into_iter().map(from_item).collect::<Result<_, _>>().map(Asked::Batch),
        _ => Err(Refusal::bad("the body is no JSON object")),
    }
}

/// About how many values a JSON text holds, before it is read: a value takes a hundred times the memory of its two bytes.
fn count_values(text: &str) -> usize {
    let (mut count, mut is_text, mut is_escaped) = (1, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            b',' | b'[' | b'{' if !is_text => count += 1,
            _ => {}
        }
    }
    count
}

fn from_item(json: Json) -> Result<Parameters, Refusal> {
    let Json::Object(fields) = json else {
        return Err(Refusal::bad("the batch holds something that is no JSON object"));
    };
    from_fields(fields)
}

fn from_fields(mut fields: Map<String, Json>) -> Result<Parameters, Refusal> {
    let extensions = object("extensions", fields.remove("extensions"))?;
    let document = DocumentName::said(text("documentId", fields.remove("documentId"))?, &extensions)?;
    let query = text("query", fields.remove("query"))?;
    let operation_name = text("operationName", fields.remove("operationName"))?.filter(|name| !name.is_empty());
    Ok(Parameters { query, document, variables: object("variables", fields.remove("variables"))?, operation_name })
}

fn text(name: &str, value: Option<Json>) -> Result<Option<String>, Refusal> {
    match value {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::bad(format!("`{name}` is no text"))),
    }
}

fn object(name: &str, value: Option<Json>) -> Result<Map<String, Json>, Refusal> {
    match value {
        None | Some(Json::Null) => Ok(Map::new()),
        Some(Json::Object(fields)) => Ok(fields),
        Some(_) => Err(Refusal::bad(format!("`{name}` is no object"))),
    }
}

/// The parameters of an address, each a text; an empty one is as good as none.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parts {
    query: Option<String>,
    document_id: Option<String>,
    variables: Option<String>,
    operation_name: Option<String>,
    extensions: Option<String>,
}

fn from_uri(uri: &Uri) -> Result<Parameters, Refusal> {
    // The library would put a mark in place of what is no text.
    let is_text = uri.query().is_none_or(|text| percent_decode_str(text).decode_utf8().is_ok());
    if !is_text {
        return Err(Refusal::bad("the address is no UTF-8"));
    }
    let parts = axum::extract::Query::<Parts>::try_from_uri(uri);
    let Parts { query, document_id, variables, operation_name, extensions } =
        parts.map_err(|error| Refusal::bad(error.body_text()))?.0;
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    let document = DocumentName::said(said(document_id), &json("extensions", said(extensions))?)?;
    let variables = json("variables", said(variables))?;
    Ok(Parameters { query: said(query), document, variables, operation_name: said(operation_name) })
}

fn json(name: &str, text: Option<String>) -> Result<Map<String, Json>, Refusal> {
    let value = text.map(|text| serde_json::from_str(&text)).transpose();
    object(name, value.map_err(|error| Refusal::bad(format!("`{name}` is no JSON: {error}")))?)
}
