//! GraphQL over HTTP: one request in, one answer out.

use async_graphql::{Request, Response as Answer, Variables};
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::app::{App, Ask};
use crate::kernel::caller::{Caller, Language};
use crate::kernel::viewer::Viewer;

/// A request that never reached the graph: its status, its code, and what to tell.
struct Refusal(StatusCode, &'static str, String);

/// Which of the two media types an answer is in. The newer one gives its own status to each kind of failure; the older one
/// answers 200 to every well-formed request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Media {
    Json,
    GraphQl,
}

impl Media {
    const fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
        }
    }
}

/// Answers one request at `/graphql`.
pub(super) async fn handle(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let request_id = uuid::Uuid::now_v7().simple().to_string();
    let Some(media) = negotiate(&headers) else {
        let refusal = Refusal(
            StatusCode::NOT_ACCEPTABLE,
            "BAD_REQUEST",
            "answers are application/graphql-response+json or application/json; Accept names neither".into(),
        );
        return refuse(refusal, Media::Json, &request_id);
    };
    let language = headers.get(header::ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
    let language = language.map_or_else(Language::default, Language::preferred);
    match read(&method, &uri, &headers, body, app.body_bytes()).await {
        Ok(request) => {
            let caller = Caller { request_id, address: None, language };
            let ask = Ask { request, viewer: Viewer::Anonymous, caller };
            let answer = app.answer(ask).await;
            encode(answer, media)
        }
        Err(refusal) => refuse(refusal, media, &request_id),
    }
}

/// The first of our media types that `Accept` names with the greatest weight. No `Accept`, or one of `*/*`: the older.
fn negotiate(headers: &HeaderMap) -> Option<Media> {
    let Some(accept) = headers.get(header::ACCEPT) else { return Some(Media::Json) };
    let accept = accept.to_str().ok()?;
    let weighed = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media = match parts.next()?.to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => Media::GraphQl,
            "application/json" | "application/*" | "*/*" => Media::Json,
            _ => return None,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
        (weight > 0.0).then_some((media, weight))
    });
    weighed.reduce(|best, next: (Media, f64)| if next.1 > best.1 { next } else { best }).map(|(media, _)| media)
}

async fn read(method: &Method, uri: &Uri, headers: &HeaderMap, body: Body, longest: usize) -> Result<Request, Refusal> {
    let parameters = match *method {
        Method::POST => from_body(headers, body, longest).await?,
        Method::GET => from_uri(uri)?,
        _ => {
            let message = "a query is sent by POST, or by GET".into();
            return Err(Refusal(StatusCode::METHOD_NOT_ALLOWED, "BAD_REQUEST", message));
        }
    };
    let mut request =
        Request::new(parameters.query).variables(Variables::from_json(Json::Object(parameters.variables)));
    request.operation_name = parameters.operation_name;
    Ok(request)
}

struct Parameters {
    query: String,
    variables: serde_json::Map<String, Json>,
    operation_name: Option<String>,
}

async fn from_body(headers: &HeaderMap, body: Body, longest: usize) -> Result<Parameters, Refusal> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        let message = "a request's Content-Type is application/json".into();
        return Err(Refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST", message));
    }
    let bytes = to_bytes(body, longest).await.map_err(|_| {
        let message = format!("the body is longer than {longest} bytes, or broke off");
        Refusal(StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", message)
    })?;
    let json: Json = serde_json::from_slice(&bytes).map_err(|error| bad(format!("the body is no JSON: {error}")))?;
    let Json::Object(mut fields) = json else { return Err(bad("the body is no JSON object".into())) };
    if !matches!(fields.get("extensions"), None | Some(Json::Null | Json::Object(_))) {
        return Err(bad("`extensions` is no object".into()));
    }
    let Some(Json::String(query)) = fields.remove("query") else {
        return Err(bad("`query` is missing, or no text".into()));
    };
    let operation_name = match fields.remove("operationName") {
        None | Some(Json::Null) => None,
        Some(Json::String(name)) => Some(name),
        Some(_) => return Err(bad("`operationName` is no text".into())),
    };
    Ok(Parameters { query, variables: object("variables", fields.remove("variables"))?, operation_name })
}

fn object(name: &str, value: Option<Json>) -> Result<serde_json::Map<String, Json>, Refusal> {
    match value {
        None | Some(Json::Null) => Ok(serde_json::Map::new()),
        Some(Json::Object(fields)) => Ok(fields),
        Some(_) => Err(bad(format!("`{name}` is no object"))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parts {
    query: Option<String>,
    variables: Option<String>,
    operation_name: Option<String>,
}

fn from_uri(uri: &Uri) -> Result<Parameters, Refusal> {
    let parts = axum::extract::Query::<Parts>::try_from_uri(uri).map_err(|error| bad(error.body_text()))?.0;
    let query = parts.query.ok_or_else(|| bad("`query` is missing".into()))?;
    let variables = parts.variables.filter(|text| !text.is_empty());
    let variables = variables.map(|text| serde_json::from_str(&text)).transpose();
    let variables = variables.map_err(|error| bad(format!("`variables` is no JSON: {error}")))?;
    let operation_name = parts.operation_name.filter(|name| !name.is_empty());
    Ok(Parameters { query, variables: object("variables", variables)?, operation_name })
}

fn bad(message: String) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
}

fn refuse(Refusal(status, code, message): Refusal, media: Media, request_id: &str) -> Response {
    tracing::info!(request.id = request_id, status = status.as_u16(), "Refused a request");
    let error = json!({ "message": message, "extensions": { "code": code, "requestId": request_id } });
    let mut response =
        (status, [(header::CONTENT_TYPE, media.name())], json!({ "errors": [error] }).to_string()).into_response();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, axum::http::HeaderValue::from_static("GET, POST"));
    }
    response
}

/// A request error has no `data`; in the newer media type it is a 400, too.
fn encode(answer: Answer, media: Media) -> Response {
    let is_request_error = !answer.errors.is_empty() && answer.errors.iter().all(|error| error.path.is_empty());
    let status = if is_request_error && media == Media::GraphQl { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let text = if is_request_error {
        json!({ "errors": answer.errors, "extensions": answer.extensions }).to_string()
    } else {
        serde_json::to_string(&answer).unwrap_or_default()
    };
    (status, [(header::CONTENT_TYPE, media.name()), (header::CACHE_CONTROL, "no-store")], text).into_response()
}
