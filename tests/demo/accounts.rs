//! The accounts that come with the demo data.

use api::account::Gate;
use api::account::token::SigningKey;
use serde_json::{Value, json};

use crate::harness::{Client, World, case};

const WHO: &str = "viewer { account { grants { role scope {
    ... on Community { name } ... on Unit { name checkIns(filter: { status: { eq: CONFIRMED } }, first: 100) { nodes { community { name } } } }
    ... on Area { level name } ... on Member { id } } } } }";

async fn sign_in(client: &Client, username: &str) -> Value {
    client.does("signIn", json!({ "username": username, "password": "cobuild-demo" }), WHO).await
}

case!(there_is_one_of_each_role_and_a_pair_that_works_together);
async fn there_is_one_of_each_role_and_a_pair_that_works_together(world: World) {
    super::load(&world).await;
    let client = world.stranger_with(Gate { admits_demo: true, ..Gate::new(SigningKey::random()) });
    let mut grants = Vec::new();
    for name in ["admin", "manager", "analyst", "clerk", "liaison", "grid", "member", "clerk2", "liaison2"] {
        let payload = sign_in(&client, name).await;
        let all = payload["viewer"]["account"]["grants"].as_array().unwrap().clone();
        assert_eq!(all.len(), 1, "{name}");
        grants.extend(all);
    }
    let roles: Vec<&str> = grants.iter().map(|grant| grant["role"].as_str().unwrap()).collect();
    let expected = [
        "ADMIN",
        "AREA_MANAGER",
        "ANALYST",
        "COMMUNITY_STAFF",
        "UNIT_LIAISON",
        "GRID_WORKER",
        "MEMBER",
        "COMMUNITY_STAFF",
        "UNIT_LIAISON",
    ];
    assert_eq!(roles, expected);
    let scope = |place: usize| &grants[place]["scope"];
    assert_eq!(scope(0), &Value::Null);
    assert_eq!(scope(1), &json!({ "level": "DISTRICT", "name": "旌阳区" }));
    assert_eq!((scope(2), &scope(5)["level"]), (scope(1), &json!("GRID")));
    assert!(scope(6)["id"].is_string());
    let (community, second) = (&scope(3)["name"], &scope(7)["name"]);
    let is_checked_in = |unit: &Value, community: &Value| {
        unit["checkIns"]["nodes"].as_array().unwrap().iter().any(|row| row["community"]["name"] == *community)
    };
    assert!(is_checked_in(scope(4), community) && is_checked_in(scope(8), second) && community != second);
    assert!(!is_checked_in(scope(4), second) && !is_checked_in(scope(8), community));
}

case!(they_are_shut_out_unless_they_are_let_in);
async fn they_are_shut_out_unless_they_are_let_in(world: World) {
    super::load(&world).await;
    let key = || SigningKey::new(b"the same on both of these servers").unwrap();
    let (open, shut) = (Gate { admits_demo: true, ..Gate::new(key()) }, Gate::new(key()));
    let (open, shut) = (world.stranger_with(open), world.stranger_with(shut));
    let input = json!({ "username": "clerk", "password": "cobuild-demo" });
    assert_eq!(shut.is_refused("signIn", input.clone()).await, "FORBIDDEN");
    let session = open.does("signIn", input, "session { accessToken refreshToken }").await["session"].clone();
    // Whoever came in elsewhere is not let in here either, by either of their tokens.
    let clerk = shut.with_token(session["accessToken"].as_str().unwrap());
    clerk.ask("{ viewer { id } }").await.refused("UNAUTHENTICATED");
    let refresh = json!({ "refreshToken": session["refreshToken"] });
    assert_eq!(shut.is_refused("refreshSession", refresh.clone()).await, "UNAUTHENTICATED");
    open.does("refreshSession", refresh, "").await;
}
