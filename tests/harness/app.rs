//! Asking the server: its whole HTTP router, in this process, without a socket.

use std::panic::Location;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Somebody who asks.
#[derive(Clone)]
pub struct Client {
    router: Router,
    token: Option<String>,
    language: &'static str,
    /// The name and value of a header that each request has, where one is said.
    header: Option<(&'static str, &'static str)>,
}

/// What the server said.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// As it was sent, for whom the order of keys matters.
    pub text: String,
    pub body: Value,
}

impl Client {
    pub fn new(router: Router) -> Self {
        Self { router, token: None, language: "en", header: None }
    }

    /// The same door, with this token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same, who reads Chinese.
    pub fn in_chinese(&self) -> Self {
        Self { language: "zh-CN", ..self.clone() }
    }

    /// The same, whose requests have one more header.
    pub fn with_header(&self, name: &'static str, value: &'static str) -> Self {
        Self { header: Some((name, value)), ..self.clone() }
    }

    /// The same from elsewhere: by a proxy that is not known, so that nobody can say from where.
    pub fn elsewhere(&self) -> Self {
        self.with_header("via", "1.1 proxy")
    }

    /// What it asks, for requests whose answers are not texts.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Asks without variables.
    pub async fn ask(&self, query: &str) -> Answer {
        self.ask_with(query, json!({})).await
    }

    pub async fn ask_with(&self, query: &str, variables: Value) -> Answer {
        self.post(&json!({ "query": query, "variables": variables })).await
    }

    /// Posts a body of JSON.
    pub async fn post(&self, body: &Value) -> Answer {
        let request = Request::post("/graphql")
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/graphql-response+json")
            .body(Body::from(body.to_string()));
        self.send(request.expect("a request")).await
    }

    /// The data of a query, which is answered well.
    pub async fn read(&self, query: &str) -> Value {
        self.ask(query).await.good().clone()
    }

    /// Does a mutation, given as its field with arguments and selection, with `userErrors` added, and answers with its payload.
    pub async fn payload(&self, mutation: &str, input: Value, selection: &str) -> Value {
        let mut kind = mutation.to_owned();
        kind[..1].make_ascii_uppercase();
        let document = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code message path nodes {{ id }} }} }} }}"
        );
        self.ask_with(&document, json!({ "input": input })).await.good()[mutation].clone()
    }

    /// Does a mutation that is done.
    #[track_caller]
    pub fn does(&self, mutation: &str, input: Value, selection: &str) -> impl Future<Output = Value> {
        let asked_at = Location::caller();
        async move {
            let payload = self.payload(mutation, input, selection).await;
            assert_eq!(payload["userErrors"], json!([]), "{mutation} at {asked_at}");
            payload
        }
    }

    /// Tries a mutation that is refused, and answers with the one code.
    #[track_caller]
    pub fn is_refused(&self, mutation: &str, input: Value) -> impl Future<Output = String> {
        let asked_at = Location::caller();
        async move {
            let payload = self.payload(mutation, input, "").await;
            let errors = payload["userErrors"].as_array().expect("a list").clone();
            assert_eq!(errors.len(), 1, "{mutation} at {asked_at}: {payload}");
            errors[0]["code"].as_str().expect("a code").to_owned()
        }
    }

    /// The rows of a list under a filter, by one of their fields, sorted.
    pub async fn list(&self, list: &str, name: &str, filter: &str) -> Vec<String> {
        let answer =
            self.read(&format!("{{ {list}(filter: {filter}, first: 100) {{ nodes {{ {name} }} totalCount }} }}")).await;
        let nodes = answer[list]["nodes"].as_array().expect("nodes").iter();
        let mut names: Vec<String> = nodes.map(|node| node[name].as_str().expect("a text").to_owned()).collect();
        assert_eq!(answer[list]["totalCount"], names.len(), "{list} {filter}");
        names.sort();
        names
    }

    /// Holds that a filter takes these rows of a list, and that its opposite takes all the others.
    #[track_caller]
    pub fn finds(&self, list: &str, name: &str, filter: &str, expected: &[&str]) -> impl Future<Output = ()> {
        let asked_at = Location::caller();
        async move {
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(self.list(list, name, filter).await, expected, "{list} {filter}, at {asked_at}");
            let mut rest = self.list(list, name, "{}").await;
            rest.retain(|name| !expected.contains(&name.as_str()));
            let opposite = format!("{{ not: {filter} }}");
            assert_eq!(self.list(list, name, &opposite).await, rest, "{list} {opposite}, at {asked_at}");
        }
    }

    /// A request as this one sends it.
    pub fn signed(&self, mut request: Request<Body>) -> Request<Body> {
        if let Some(token) = &self.token {
            let token = format!("Bearer {token}").parse().expect("a header");
            request.headers_mut().entry(AUTHORIZATION).or_insert(token);
        }
        let language = self.language.parse().expect("a header");
        request.headers_mut().entry(ACCEPT_LANGUAGE).or_insert(language);
        if let Some((name, value)) = self.header {
            request.headers_mut().insert(name, value.parse().expect("a header"));
        }
        request
    }

    /// Sends a request of any kind.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let request = self.signed(request);
        let response = self.router.clone().oneshot(request).await.expect("a router answers everything");
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a whole body");
        let text = String::from_utf8(body.to_vec()).expect("UTF-8");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, body }
    }
}

impl Answer {
    /// The data, of an answer without errors.
    #[track_caller]
    pub fn good(&self) -> &Value {
        assert!(self.status.is_success() && self.body["errors"].is_null(), "{}: {}", self.status, self.text);
        &self.body["data"]
    }

    /// How many statements it took, and how many rows were read.
    pub fn cost(&self) -> (u64, u64) {
        let figure = |name| self.body["extensions"]["cost"][name].as_u64().expect("an answer says what it cost");
        (figure("statements"), figure("rows"))
    }

    /// The codes of its errors, in their order.
    pub fn codes(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map_or(&[][..], Vec::as_slice);
        errors.iter().map(|error| error["extensions"]["code"].as_str().unwrap_or("NO CODE")).collect()
    }

    /// Holds that it has one error, with this code.
    #[track_caller]
    pub fn refused(&self, code: &str) {
        assert_eq!(self.codes(), [code], "{}", self.text);
    }
}
