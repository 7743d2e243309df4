//! Sign-ins that fail too often.

use std::sync::Arc;

use api::access::account::Gate;
use api::access::account::password::Hasher;
use api::access::account::throttle::Throttle;
use api::server::config::{Connections, Front};
use api::server::http::Door;
use axum::http::header::RETRY_AFTER;
use entity::sign_in_failure;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Listening, PASSWORD, World, case, signing_key};

/// So many on one account from one network, and from one network, and very many on one account.
fn gate(of_account_from_network: i32, of_network: i32) -> Gate {
    let throttle = Throttle { of_account_from_network, of_account: 1_000, of_network, spares_loopback: false };
    Gate { throttle, ..Gate::new(signing_key()) }
}

/// A server whose callers say from where they come.
async fn behind_a_proxy(world: &World, gate: Gate) -> Listening {
    let front = Front { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()], ..Front::default() };
    Listening::with(Door::new(world.app.clone().with_gate(gate), front).unwrap(), Connections::USUAL).await
}

/// The code that a sign-in from an address is answered with; nothing where it succeeds.
async fn sign_in_from(server: &Listening, from: &str, username: &str, password: &str) -> String {
    let query = format!(
        "mutation {{ signIn(input: {{ username: \"{username}\", password: \"{password}\" }}) {{ userErrors {{ code }} }} }}"
    );
    let (_, _, body) = server.ask(&query, &format!("x-forwarded-for: {from}\r\n")).await;
    let code = [&body["errors"][0]["extensions"]["code"], &body["data"]["signIn"]["userErrors"][0]["code"]];
    code.into_iter().find_map(Value::as_str).unwrap_or_default().to_owned()
}

async fn sign_in(client: &Client, username: &str, password: &str) -> Answer {
    let query = "mutation($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }";
    client.ask_with(query, json!({ "input": { "username": username, "password": password } })).await
}

fn code(answer: &Answer) -> &Value {
    &answer.good()["signIn"]["userErrors"][0]["code"]
}

case!(who_guesses_too_often_is_told_when_to_come_back);
async fn who_guesses_too_often_is_told_when_to_come_back(world: World) {
    for name in ["lihua", "wang"] {
        world.given.account().called(name).with_password().await;
    }
    let client = world.stranger_with(gate(3, 100));
    for guess in ["one", "two", "three"] {
        assert_eq!(code(&sign_in(&client, "lihua", guess).await), "WRONG_CREDENTIALS");
    }
    world.clock.advance(5 * 60_000);
    // On another server, and with the right password: whoever guesses cannot tell.
    for (client, name) in [(&client, "lihua"), (&world.stranger_with(gate(3, 100)), " LIHUA")] {
        let answer = sign_in(client, name, PASSWORD).await;
        answer.refused("RATE_LIMITED");
        assert_eq!(answer.headers[RETRY_AFTER], "600");
        assert_eq!(answer.body["data"], json!({ "signIn": null }));
        assert_eq!(answer.body["errors"][0]["message"], "too many attempts failed: try again in 600 seconds");
    }
    assert_eq!(code(&sign_in(&client, "wang", PASSWORD).await), &Value::Null);
    world.clock.advance(10 * 60_000);
    assert_eq!(code(&sign_in(&client, "lihua", PASSWORD).await), &Value::Null);
    // Success begins anew: three more may fail.
    for guess in ["one", "two", "three"] {
        assert_eq!(code(&sign_in(&client, "lihua", guess).await), "WRONG_CREDENTIALS");
    }
    sign_in(&client, "lihua", "four").await.refused("RATE_LIMITED");
}

case!(names_that_nobody_has_are_limited_alike);
async fn names_that_nobody_has_are_limited_alike(world: World) {
    let client = world.stranger_with(gate(2, 100));
    for _ in 0..2 {
        assert_eq!(code(&sign_in(&client, "my secret, typed here", "x").await), "WRONG_CREDENTIALS");
    }
    sign_in(&client, "my secret, typed here", "x").await.refused("RATE_LIMITED");
    let kept = sign_in_failure::Entity::find().all(&world.database.reader).await.unwrap();
    let is_hashed = |row: &sign_in_failure::Model| row.subject.len() == 64 && row.subject.is_ascii();
    assert!(kept.len() == 2 && kept.iter().all(|row| row.failures == 2 && is_hashed(row)), "{kept:?}");
}

case!(guesses_sent_at_once_count_each);
async fn guesses_sent_at_once_count_each(world: World) {
    world.given.account().called("lihua").with_password().await;
    let client = world.stranger_with(gate(3, 100));
    let guesses = (0..12).map(|_| sign_in(&client, "lihua", "guess"));
    let answers = futures_util::future::join_all(guesses).await;
    let refused = answers.iter().filter(|answer| answer.codes() == ["RATE_LIMITED"]).count();
    assert_eq!((refused, answers.len()), (9, 12));
}

case!(guessing_the_password_that_one_would_change_counts);
async fn guessing_the_password_that_one_would_change_counts(world: World) {
    let account = world.given.account().called("lihua").with_password().await;
    let client = world.stranger_with(gate(2, 100)).with_token(&world.session_of(&account).await);
    let input = json!({ "currentPassword": "guess", "newPassword": "another good horse" });
    for _ in 0..2 {
        assert_eq!(client.is_refused("changePassword", input.clone()).await, "WRONG_CREDENTIALS");
    }
    let query = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { code } } }";
    client.ask_with(query, json!({ "input": input })).await.refused("RATE_LIMITED");
}

case!(an_address_is_limited_whatever_names_it_tries);
async fn an_address_is_limited_whatever_names_it_tries(world: World) {
    world.given.account().called("lihua").with_password().await;
    let server = behind_a_proxy(&world, gate(100, 3)).await;
    let try_as = async |from: &str, username: &str, password: &str| {
        let query = format!(
            "mutation {{ signIn(input: {{ username: \"{username}\", password: \"{password}\" }}) {{ userErrors {{ code }} }} }}"
        );
        server.ask(&query, &format!("x-forwarded-for: {from}\r\n")).await
    };
    for name in ["a", "b", "c"] {
        // A success in between is no failure, and makes none forgotten.
        let (_, _, body) = try_as("198.51.100.1", "lihua", PASSWORD).await;
        assert_eq!(body["data"]["signIn"]["userErrors"], json!([]), "{body}");
        let (_, _, body) = try_as("198.51.100.1", name, "x").await;
        assert_eq!(body["data"]["signIn"]["userErrors"][0]["code"], "WRONG_CREDENTIALS", "{body}");
    }
    let (status, head, body) = try_as("198.51.100.1", "lihua", PASSWORD).await;
    assert_eq!((status, &body["errors"][0]["extensions"]["code"]), (200, &json!("RATE_LIMITED")), "{body}");
    assert!(head.contains("\r\nretry-after: 900"), "{head}");
    let (_, _, body) = try_as("198.51.100.2", "lihua", PASSWORD).await;
    assert_eq!(body["data"]["signIn"]["userErrors"], json!([]), "{body}");
}

// All of whom nobody can say where they are count as one address, and as no spared one.
case!(what_comes_from_nowhere_is_limited_together);
async fn what_comes_from_nowhere_is_limited_together(world: World) {
    let mut gate = gate(100, 2);
    gate.throttle.spares_loopback = true;
    let client = world.stranger_with(gate);
    for (header, name) in [("via", "a"), ("x-real-ip", "b")] {
        let client = client.with_header(header, "127.0.0.1");
        assert_eq!(code(&sign_in(&client, name, "x").await), "WRONG_CREDENTIALS");
    }
    sign_in(&client.elsewhere(), "c", "x").await.refused("RATE_LIMITED");
    assert_eq!(code(&sign_in(&client, "c", "x").await), "WRONG_CREDENTIALS");
}

case!(this_machine_is_not_limited_unless_told);
async fn this_machine_is_not_limited_unless_told(world: World) {
    for _ in 0..15 {
        assert_eq!(code(&sign_in(&world.stranger, "lihua", "x").await), "WRONG_CREDENTIALS");
    }
    assert_eq!(sign_in_failure::Entity::find().count(&world.database.reader).await.unwrap(), 0);
}

case!(strangers_do_not_lock_the_owner_out);
async fn strangers_do_not_lock_the_owner_out(world: World) {
    world.given.account().called("lihua").with_password().await;
    let mut gate = gate(3, 100);
    gate.throttle.of_account = 5;
    let server = behind_a_proxy(&world, gate).await;
    let (home, office) = ("203.0.113.1", "203.0.113.2");
    let guess = async |from: &str| sign_in_from(&server, from, "lihua", "guess").await;
    let owner = async |from: &str| sign_in_from(&server, from, "lihua", PASSWORD).await;
    assert_eq!(owner(home).await, "");
    // One who guesses is stopped soon, and the owner gets in from anywhere else.
    for code in ["WRONG_CREDENTIALS", "WRONG_CREDENTIALS", "WRONG_CREDENTIALS", "RATE_LIMITED", "RATE_LIMITED"] {
        assert_eq!(guess("198.51.100.1").await, code);
    }
    assert_eq!((owner(home).await, owner(office).await), (String::new(), String::new()));
    // Many who guess are stopped together, and the owner gets in from where they did before, and may mistype there.
    for (from, code) in [("198.51.100.2", "WRONG_CREDENTIALS"), ("198.51.100.3", "WRONG_CREDENTIALS")] {
        assert_eq!(guess(from).await, code);
    }
    assert_eq!(
        (guess("198.51.100.4").await, owner("203.0.113.3").await),
        ("RATE_LIMITED".into(), "RATE_LIMITED".into())
    );
    for from in [home, office] {
        assert_eq!(guess(from).await, "WRONG_CREDENTIALS");
        assert_eq!(owner(from).await, "");
    }
    // That makes no room for strangers.
    assert_eq!(guess("198.51.100.5").await, "RATE_LIMITED");
    world.clock.advance(15 * 60_000);
    assert_eq!(owner("203.0.113.3").await, "");
    // What was long ago does not count.
    world.clock.advance(30 * 24 * 3_600_000);
    for from in 1..=5 {
        assert_eq!(guess(&format!("198.51.100.{from}")).await, "WRONG_CREDENTIALS");
    }
    assert_eq!(owner(home).await, "RATE_LIMITED");
}

case!(what_nobody_had_time_to_judge_is_no_failure);
async fn what_nobody_had_time_to_judge_is_no_failure(world: World) {
    let account = world.given.account().called("lihua").with_password().await;
    let busy = Gate { hasher: Arc::new(Hasher::with_room_for(0)), ..gate(2, 2) };
    let client = world.stranger_with(busy);
    let own = client.with_token(&world.session_of(&account).await);
    let change = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { code } } }";
    let input = json!({ "input": { "currentPassword": PASSWORD, "newPassword": "another good horse" } });
    for _ in 0..3 {
        sign_in(&client.elsewhere(), "lihua", PASSWORD).await.refused("UNAVAILABLE");
        own.elsewhere().ask_with(change, input.clone()).await.refused("UNAVAILABLE");
    }
    assert_eq!(sign_in_failure::Entity::find().count(&world.database.reader).await.unwrap(), 0);
    assert_eq!(code(&sign_in(&world.stranger_with(gate(2, 2)), "lihua", PASSWORD).await), &Value::Null);
}
