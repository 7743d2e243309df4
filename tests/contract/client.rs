//! The client that cases ask with says what it is asked, and tells good answers from refusals.

use std::panic::catch_unwind;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use serde_json::json;

use crate::harness::{Client, pure};

pure!(async what_is_asked_arrives_as_json);
async fn what_is_asked_arrives_as_json() {
    async fn echo(request: Request<Body>) -> String {
        let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();
        format!(r#"{{"data":{}}}"#, String::from_utf8(body.to_vec()).unwrap())
    }
    let client = Client::new(Router::new().route("/graphql", post(echo)));
    let answer = client.ask_with("query($a: Int) { b(a: $a) }", json!({ "a": 1 })).await;
    assert_eq!(answer.good(), &json!({ "query": "query($a: Int) { b(a: $a) }", "variables": { "a": 1 } }));
}

pure!(async a_refusal_is_no_good_answer);
async fn a_refusal_is_no_good_answer() {
    let refuse = async || r#"{"data":null,"errors":[{"message":"no","extensions":{"code":"NOT_FOUND"}}]}"#;
    let client = Client::new(Router::new().route("/graphql", post(refuse)).route("/health", get(async || "well")));
    let answer = client.ask("{ claim }").await;
    answer.refused("NOT_FOUND");
    assert!(catch_unwind(|| answer.good()).is_err());
    let health = client.send(Request::get("/health").body(Body::empty()).unwrap()).await;
    assert_eq!((health.status, health.text.as_str()), (StatusCode::OK, "well"));
}
