//! Documents asked for by name: those that clients register as they go, and a list of those that alone may run.

use std::path::PathBuf;

use api::server::config::Front;
use api::server::http::Door;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Client, World, case};

const QUERY: &str = "query Count($name: String) { units(filter: {name: {eq: $name}}) { totalCount } }";
/// Its SHA-256.
const HASH: &str = "a319ea04d898ae129d189efc5c6717fa46865a729739030cfedd77236329b390";

fn persisted(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

/// Holds that a request is refused with this code and these words.
async fn refused(client: &Client, body: Value, code: &str, message: &str) {
    let answer = client.post(&body).await;
    answer.refused(code);
    assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["message"]), (400, &json!(message)));
    assert!(answer.body.get("data").is_none());
}

// The dance of Apollo's clients: the hash alone, then hash and text, then ever after the hash.
case!(a_document_once_registered_is_asked_for_by_its_hash);
async fn a_document_once_registered_is_asked_for_by_its_hash(world: World) {
    world.given.unit("一号医院").await;
    let stranger = &world.stranger;
    let by_hash = json!({ "extensions": persisted(HASH), "variables": { "name": "一号医院" } });
    refused(stranger, by_hash.clone(), "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound").await;
    let mut registering = by_hash.clone();
    registering["query"] = json!(QUERY);
    let one = json!({ "units": { "totalCount": 1 } });
    assert_eq!(stranger.post(&registering).await.good(), &one);
    assert_eq!(stranger.post(&by_hash).await.good(), &one);
    let address = format!(
        "/graphql?extensions=%7B%22persistedQuery%22:%7B%22version%22:1,%22sha256Hash%22:%22{HASH}%22%7D%7D&variables=%7B%22name%22:%22x%22%7D"
    );
    let answer = stranger.send(Request::get(address).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.good(), &json!({ "units": { "totalCount": 0 } }));
    for name in [HASH.to_owned(), format!("sha256:{HASH}")] {
        assert_eq!(stranger.post(&json!({ "documentId": name })).await.good(), &one);
    }
}

// A client tells a miss by its code, whatever the status; the older media type answers a well-formed request with 200.
case!(a_miss_is_no_failure_of_the_older_media_type);
async fn a_miss_is_no_failure_of_the_older_media_type(world: World) {
    let body = json!({ "extensions": persisted(HASH) }).to_string();
    let request = Request::post("/graphql").header("content-type", "application/json").body(body.into()).unwrap();
    let answer = world.stranger.send(request).await;
    answer.refused("PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(answer.status.as_u16(), 200);
}

case!(a_document_is_registered_under_its_own_hash_only);
async fn a_document_is_registered_under_its_own_hash_only(world: World) {
    let stranger = &world.stranger;
    let other = json!({ "query": "{ __typename }", "extensions": persisted(HASH) });
    refused(stranger, other, "BAD_REQUEST", "the hash is not that of `query`").await;
    refused(stranger, json!({ "extensions": persisted(HASH) }), "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
        .await;
    let wrong = "`extensions.persistedQuery` is no object of `version` and `sha256Hash`";
    for said in [
        json!(1),
        json!({ "version": 1 }),
        json!({ "version": "1", "sha256Hash": HASH }),
        json!({ "version": 1, "sha256Hash": 2 }),
    ] {
        refused(stranger, json!({ "query": QUERY, "extensions": { "persistedQuery": said } }), "BAD_REQUEST", wrong)
            .await;
    }
    let newer = json!({ "persistedQuery": { "version": 2, "sha256Hash": HASH } });
    let wrong = "`extensions.persistedQuery` is of another version than 1";
    refused(stranger, json!({ "query": QUERY, "extensions": newer }), "BAD_REQUEST", wrong).await;
    let wrong = "`documentId` and `extensions.persistedQuery` name different documents";
    refused(stranger, json!({ "documentId": "x", "extensions": persisted(HASH) }), "BAD_REQUEST", wrong).await;
    refused(stranger, json!({ "documentId": 1 }), "BAD_REQUEST", "`documentId` is no text").await;
}

case!(a_broken_document_is_not_registered);
async fn a_broken_document_is_not_registered(world: World) {
    let (text, hash) = ("{", "021fb596db81e6d02bf3d2586ee3981fe519f275c0ac9ca76bbcf2ebb4097d96");
    let answer = world.stranger.post(&json!({ "query": text, "extensions": persisted(hash) })).await;
    answer.refused("BAD_REQUEST");
    assert!(answer.body["errors"][0]["message"].as_str().unwrap().starts_with("line 1, column 2: "), "{}", answer.text);
    refused(
        &world.stranger,
        json!({ "extensions": persisted(hash) }),
        "PERSISTED_QUERY_NOT_FOUND",
        "PersistedQueryNotFound",
    )
    .await;
}

case!(a_server_that_remembers_nothing_says_so);
async fn a_server_that_remembers_nothing_says_so(world: World) {
    let stranger = world.stranger_at(Front { persisted_queries_bytes: 0, ..Front::default() });
    refused(
        &stranger,
        json!({ "extensions": persisted(HASH) }),
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "PersistedQueryNotSupported",
    )
    .await;
    stranger.post(&json!({ "query": QUERY, "extensions": persisted(HASH) })).await.good();
}

// Whoever registers without end pushes out what others registered, and no more than that.
case!(what_is_registered_is_bounded);
async fn what_is_registered_is_bounded(world: World) {
    let stranger = world.stranger_at(Front { persisted_queries_bytes: 100, ..Front::default() });
    stranger.post(&json!({ "query": QUERY, "extensions": persisted(HASH) })).await.good();
    refused(&stranger, json!({ "extensions": persisted(HASH) }), "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
        .await;
}

case!(a_batch_may_name_its_documents);
async fn a_batch_may_name_its_documents(world: World) {
    let stranger = world.stranger_at(Front { batch_limit: 2, ..Front::default() });
    let answer = stranger.post(&json!([{ "extensions": persisted(HASH) }, { "query": "{ __typename }" }])).await;
    assert_eq!(answer.body[0]["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(answer.body[1]["data"], json!({ "__typename": "Query" }));
}

/// A file with this content, gone with its folder.
fn file(content: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("documents.json");
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

case!(only_listed_documents_run_where_there_is_a_list);
async fn only_listed_documents_run_where_there_is_a_list(world: World) {
    let apollo = json!({
        "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [{ "id": HASH, "name": "Count", "type": "query", "body": QUERY }]
    });
    for list in [json!({ HASH: QUERY }), apollo] {
        let (_folder, path) = file(&list.to_string());
        let stranger = world.stranger_at(Front { trusted_documents: Some(path), ..Front::default() });
        let none = json!({ "units": { "totalCount": 0 } });
        assert_eq!(stranger.post(&json!({ "documentId": HASH })).await.good(), &none);
        assert_eq!(
            stranger.post(&json!({ "extensions": persisted(HASH), "operationName": "Count" })).await.good(),
            &none
        );
        let request = Request::get(format!("/graphql?documentId={HASH}")).body(Body::empty()).unwrap();
        assert_eq!(stranger.send(request).await.good(), &none);
        let unlisted = "this document is not one of those that may run here";
        refused(&stranger, json!({ "documentId": "nothing" }), "PERSISTED_QUERY_NOT_FOUND", unlisted).await;
        let by_name = "only listed documents run here: name one by `documentId`, without `query`";
        for body in
            [json!({ "query": QUERY }), json!({ "query": "{ units { totalCount } }", "documentId": HASH }), json!({})]
        {
            refused(&stranger, body, "PERSISTED_QUERY_ID_REQUIRED", by_name).await;
        }
    }
}

case!(a_list_that_cannot_be_read_is_an_error_at_the_start);
async fn a_list_that_cannot_be_read_is_an_error_at_the_start(world: World) {
    let form = "neither an object of names and documents nor Apollo's manifest";
    for (content, complaint) in [("[]", form), ("{", form), (r#"{"a":1}"#, form), (r#"{"a":"{"}"#, "a is no GraphQL")] {
        let (_folder, path) = file(content);
        let told = format!("cannot read the trusted documents {}: {complaint}", path.display());
        let app = world.app_over(world.database.clone());
        let front = Front { trusted_documents: Some(path), ..Front::default() };
        assert_eq!(Door::new(app, front).err(), Some(told));
    }
}
