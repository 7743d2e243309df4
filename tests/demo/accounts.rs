//! The accounts that come with the demo data.

use api::access::account::Gate;
use api::access::account::token::SigningKey;
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

case!(they_are_let_in_here_and_shut_out_elsewhere);
async fn they_are_let_in_here_and_shut_out_elsewhere(world: World) {
    super::load(&world).await;
    let here = world.stranger_with(Gate::new(SigningKey::random()));
    are_shut_out(&here, &here.elsewhere()).await;
}

case!(a_server_that_lets_them_in_does_so_from_anywhere);
async fn a_server_that_lets_them_in_does_so_from_anywhere(world: World) {
    super::load(&world).await;
    let key = || SigningKey::new(b"the same on both of these servers").unwrap();
    let open = world.stranger_with(Gate { admits_demo: true, ..Gate::new(key()) });
    are_shut_out(&open.elsewhere(), &world.stranger_with(Gate::new(key())).elsewhere()).await;
}

/// Holds that the demo accounts are let in at one of two doors, and at the other not, by any of their tokens.
async fn are_shut_out(open: &Client, shut: &Client) {
    let input = json!({ "username": "clerk", "password": "cobuild-demo" });
    assert_eq!(shut.is_refused("signIn", input.clone()).await, "FORBIDDEN");
    assert_eq!(
        shut.is_refused("signIn", json!({ "username": "clerk", "password": "guess" })).await,
        "WRONG_CREDENTIALS"
    );
    let session = open.does("signIn", input, "session { accessToken refreshToken }").await["session"].clone();
    let access_token = session["accessToken"].as_str().unwrap();
    let clerk = open.with_token(access_token);
    let new = json!({ "name": "script", "expiresAt": "2026-04-01T00:00:00Z" });
    let script = clerk.does("createAccessToken", new, "token").await;
    for token in [access_token, script["token"].as_str().unwrap()] {
        shut.with_token(token).ask("{ viewer { id } }").await.refused("UNAUTHENTICATED");
        open.with_token(token).ask("{ viewer { id } }").await.good();
    }
    let refresh = json!({ "refreshToken": session["refreshToken"] });
    assert_eq!(shut.is_refused("refreshSession", refresh.clone()).await, "UNAUTHENTICATED");
    open.does("refreshSession", refresh, "").await;
}
