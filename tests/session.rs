//! Sessions as people have them: signing in and out, going on, and being shut out in the middle.

use api::access::account::Gate;
use api::access::account::throttle::Throttle;
use api::access::account::token::{Named, SigningKey};
use api::kernel::global_id::Table;
use api::server::config::Front;
use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use entity::account_grant::Role;
use entity::{Timestamp, account, audit_entry, idempotency_key, outbox, refresh_token, session, sign_in_failure};
use futures_util::future::BoxFuture;
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, World, case};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const SESSION: &str = "session { accessToken expiresAt refreshToken refreshExpiresAt }";
const WHO: &str = "{ viewer { account { username } } }";

async fn lihua(world: &World) -> account::Model {
    world.given.account().called("lihua").with_password().await
}

fn credentials(password: &str) -> Value {
    json!({ "username": "lihua", "password": password })
}

/// What somebody gets who signs in, and who they are from then on.
async fn sign_in(world: &World) -> (Value, Client) {
    let payload = world.stranger.does("signIn", credentials(PASSWORD), SESSION).await;
    (payload["session"].clone(), with(world, &payload["session"]))
}

fn with(world: &World, session: &Value) -> Client {
    world.stranger.with_token(session["accessToken"].as_str().expect("a token"))
}

fn spend(session: &Value) -> Value {
    json!({ "refreshToken": session["refreshToken"] })
}

async fn is_out(client: &Client) {
    let answer = client.ask(WHO).await;
    answer.refused("UNAUTHENTICATED");
    assert_eq!(
        (answer.status, &answer.headers[WWW_AUTHENTICATE]),
        (StatusCode::UNAUTHORIZED, &"Bearer".parse().unwrap())
    );
}

async fn is_in(client: &Client) {
    assert_eq!(client.read(WHO).await["viewer"]["account"]["username"], "lihua");
}

case!(who_signs_in_is_answered_as_themselves_at_once);
async fn who_signs_in_is_answered_as_themselves_at_once(world: World) {
    let lihua = lihua(&world).await;
    let community = world.given.community("文庙社区").await;
    world.given.grant(&lihua, Role::CommunityStaff).on(&community).await;
    let selection = format!("{SESSION} viewer {{ account {{ username }} parties {{ nodes {{ name }} }} }}");
    let input = json!({ "username": " LiHua ", "password": PASSWORD });
    let payload = world.stranger.does("signIn", input, &selection).await;
    let viewer = json!({ "account": { "username": "lihua" }, "parties": { "nodes": [{ "name": "文庙社区" }] } });
    assert_eq!(payload["viewer"], viewer);
    let session = &payload["session"];
    assert_eq!(session["expiresAt"], "2026-03-02T02:15:00Z");
    assert_eq!(session["refreshExpiresAt"], "2026-03-09T02:00:00Z");
    is_in(&with(&world, session)).await;
    let log = audit_entry::Entity::find().all(&world.database.reader).await.unwrap();
    let log: Vec<_> = log.iter().map(|entry| (entry.action.as_str(), entry.actor_id)).collect();
    assert_eq!(log, [("signIn", Some(lihua.id))]);
}

case!(an_access_token_is_void_after_a_quarter_of_an_hour);
async fn an_access_token_is_void_after_a_quarter_of_an_hour(world: World) {
    lihua(&world).await;
    let (session, client) = sign_in(&world).await;
    world.clock.advance(15 * MINUTE - 1);
    is_in(&client).await;
    world.clock.advance(1);
    is_out(&client).await;
    let payload = world
        .stranger
        .does("refreshSession", spend(&session), &format!("{SESSION} viewer {{ account {{ username }} }}"))
        .await;
    assert_eq!(payload["viewer"]["account"]["username"], "lihua");
    is_in(&with(&world, &payload["session"])).await;
    world.clock.advance(7 * 24 * 60 * MINUTE);
    assert_eq!(world.stranger.is_refused("refreshSession", spend(&payload["session"])).await, "UNAUTHENTICATED");
}

case!(a_spent_refresh_token_ends_its_session_and_no_other);
async fn a_spent_refresh_token_ends_its_session_and_no_other(world: World) {
    lihua(&world).await;
    let (first, _) = sign_in(&world).await;
    let (_, elsewhere) = sign_in(&world).await;
    let second = world.stranger.does("refreshSession", spend(&first), SESSION).await["session"].clone();
    let client = with(&world, &second);
    is_in(&client).await;
    world.clock.advance(30_000);
    assert_eq!(world.stranger.is_refused("refreshSession", spend(&first)).await, "UNAUTHENTICATED");
    is_out(&client).await;
    assert_eq!(world.stranger.is_refused("refreshSession", spend(&second)).await, "UNAUTHENTICATED");
    is_in(&elsewhere).await;
    let made_up = json!({ "refreshToken": "refresh_nothing" });
    assert_eq!(world.stranger.is_refused("refreshSession", made_up).await, "UNAUTHENTICATED");
}

case!(pages_that_go_on_at_once_go_on_alike);
async fn pages_that_go_on_at_once_go_on_alike(world: World) {
    lihua(&world).await;
    let (first, _) = sign_in(&world).await;
    let tries = (0..8).map(|_| world.stranger.payload("refreshSession", spend(&first), SESSION));
    let tries = futures_util::future::join_all(tries).await;
    for payload in &tries {
        let token = &payload["session"]["refreshToken"];
        assert!(token.is_string() && *token == tries[0]["session"]["refreshToken"], "{payload}");
        is_in(&with(&world, &payload["session"])).await;
    }
    assert_eq!(refresh_token::Entity::find().count(&world.database.reader).await.unwrap(), 2);
}

case!(an_answer_that_was_lost_is_given_once_more);
async fn an_answer_that_was_lost_is_given_once_more(world: World) {
    lihua(&world).await;
    let (first, _) = sign_in(&world).await;
    let other_server = world.stranger_at(Front::default());
    let second = world.stranger.does("refreshSession", spend(&first), SESSION).await["session"].clone();
    world.clock.advance(29_999);
    let again = other_server.does("refreshSession", spend(&first), SESSION).await["session"].clone();
    for name in ["refreshToken", "refreshExpiresAt"] {
        assert_eq!(again[name], second[name], "{name}");
    }
    is_in(&with(&world, &again)).await;
    is_in(&with(&world, &second)).await;
    // What follows is followed alike; and what was followed up is not given again.
    let third = other_server.does("refreshSession", spend(&again), SESSION).await["session"].clone();
    assert_eq!(world.stranger.is_refused("refreshSession", spend(&first)).await, "UNAUTHENTICATED");
    is_out(&with(&world, &third)).await;
    assert_eq!(world.stranger.is_refused("refreshSession", spend(&third)).await, "UNAUTHENTICATED");
}

case!(what_another_client_spent_is_given_to_nobody_again);
async fn what_another_client_spent_is_given_to_nobody_again(world: World) {
    lihua(&world).await;
    let own = world.stranger.with_header("user-agent", "portal/1.0");
    for thief in [world.stranger.with_header("user-agent", "curl/8.0"), world.stranger.clone(), own.elsewhere()] {
        let (first, _) = sign_in(&world).await;
        let second = own.does("refreshSession", spend(&first), SESSION).await["session"].clone();
        assert_eq!(thief.is_refused("refreshSession", spend(&first)).await, "UNAUTHENTICATED");
        assert_eq!(own.is_refused("refreshSession", spend(&second)).await, "UNAUTHENTICATED");
        is_out(&with(&world, &second)).await;
    }
    let log = audit_entry::Entity::find().all(&world.database.reader).await.unwrap();
    let ended = log.iter().filter(|entry| entry.action == "refreshSession" && entry.changes.contains("ended"));
    assert_eq!(ended.count(), 3);
}

case!(who_signs_out_is_out);
async fn who_signs_out_is_out(world: World) {
    lihua(&world).await;
    let ((session, here), (_, there)) = (sign_in(&world).await, sign_in(&world).await);
    let payload = here.does("signOut", json!({}), "session { expiresAt }").await;
    assert_eq!(payload["session"], Value::Null);
    is_out(&here).await;
    assert_eq!(world.stranger.is_refused("refreshSession", spend(&session)).await, "UNAUTHENTICATED");
    is_in(&there).await;
    let (_, third) = sign_in(&world).await;
    third.does("signOut", json!({ "everywhere": true }), "").await;
    is_out(&there).await;
    assert_eq!(world.stranger.is_refused("signOut", json!({})).await, "UNAUTHENTICATED");
}

case!(a_wrong_password_an_unknown_name_and_a_shut_account_are_told_alike);
async fn a_wrong_password_an_unknown_name_and_a_shut_account_are_told_alike(world: World) {
    lihua(&world).await;
    world.given.account().called("shut").with_password().with(|row| row.is_disabled = true).await;
    world.given.account().called("elsewhere").await;
    let mut told = Vec::new();
    let selection = "session { accessToken } viewer { id }";
    for (username, password) in
        [("lihua", "wrong"), ("nobody", PASSWORD), ("shut", PASSWORD), ("elsewhere", ""), ("a\0b", "")]
    {
        let input = json!({ "username": username, "password": password });
        told.push(world.stranger.payload("signIn", input, selection).await);
    }
    let message = "the name and the password do not go together";
    let error = json!({ "code": "WRONG_CREDENTIALS", "message": message, "path": [], "nodes": [] });
    let payload = json!({ "session": null, "viewer": null, "userErrors": [error] });
    assert_eq!(told, vec![payload; 5]);
    assert_eq!(session::Entity::find().count(&world.database.reader).await.unwrap(), 0);
}

case!(who_signs_in_does_nothing_else_in_the_same_document);
async fn who_signs_in_does_nothing_else_in_the_same_document(world: World) {
    let lihua = lihua(&world).await;
    let (session, client) = sign_in(&world).await;
    let one =
        format!("signIn(input: {{ username: \"lihua\", password: \"{PASSWORD}\" }}) {{ session {{ expiresAt }} }}");
    let next =
        format!("refreshSession(input: {{ refreshToken: {} }}) {{ session {{ expiresAt }} }}", session["refreshToken"]);
    let change = format!(
        "changePassword(input: {{ currentPassword: \"{PASSWORD}\", newPassword: \"another good horse\" }}) {{ userErrors {{ code }} }}"
    );
    for (alone, document) in [
        ("signIn", format!("mutation {{ a: {one} b: {one} }}")),
        ("signIn", format!("mutation {{ {one} {change} }}")),
        ("signIn", format!("mutation {{ {change} ... on Mutation {{ ...In }} }} fragment In on Mutation {{ {one} }}")),
        ("signIn", format!("mutation {{ {one} signOut(input: {{}}) @skip(if: false) {{ userErrors {{ code }} }} }}")),
        ("refreshSession", format!("mutation {{ {next} {change} }}")),
        ("refreshSession", format!("mutation {{ {next} {one} }}")),
    ] {
        for asked_as in [&world.stranger, &client] {
            let answer = asked_as.ask(&document).await;
            answer.refused("BAD_REQUEST");
            assert_eq!((answer.status, answer.body.get("data")), (StatusCode::BAD_REQUEST, None), "{document}");
            let message =
                format!("{alone} stands alone in its document: send what is beside it as a request of its own");
            assert_eq!(answer.body["errors"][0]["message"], message, "{document}");
        }
    }
    assert_eq!(session::Entity::find().count(&world.database.reader).await.unwrap(), 1);
    assert_eq!(account::Entity::find_by_id(lihua.id).one(&world.database.reader).await.unwrap(), Some(lihua));
    // Another operation of the document is no company: it does not run.
    let two = format!("mutation In {{ __typename {one} }} mutation Out {{ {change} }}");
    let answer = world.stranger.post(&json!({ "query": two, "operationName": "In" })).await;
    assert_eq!(answer.good()["__typename"], "Mutation");
    // Nor is what is skipped.
    let skipped = format!("mutation {{ {one} signOut(input: {{}}) @skip(if: true) {{ userErrors {{ code }} }} }}");
    assert_eq!(world.stranger.ask(&skipped).await.good().as_object().map(serde_json::Map::len), Some(1));
}

case!(who_is_shut_out_or_loses_a_role_notices_at_once);
async fn who_is_shut_out_or_loses_a_role_notices_at_once(world: World) {
    let lihua = lihua(&world).await;
    let community = world.given.community("文庙社区").await;
    let grant = world.given.grant(&lihua, Role::CommunityStaff).on(&community).await;
    let (_, client) = sign_in(&world).await;
    let admin = world.admin().await;
    let parties = "{ viewer { parties { totalCount } } }";
    assert_eq!(client.read(parties).await["viewer"]["parties"]["totalCount"], 1);
    admin.does("revokeRole", json!({ "id": Table::Grant.id(grant.id).0 }), "").await;
    assert_eq!(client.read(parties).await["viewer"]["parties"]["totalCount"], 0);
    let id = json!({ "id": Table::Account.id(lihua.id).0 });
    admin.does("disableAccount", id.clone(), "account { isDisabled }").await;
    is_out(&client).await;
    assert_eq!(world.stranger.is_refused("signIn", credentials(PASSWORD)).await, "WRONG_CREDENTIALS");
    admin.does("enableAccount", id, "").await;
    // The session is over; a new one begins.
    is_out(&client).await;
    is_in(&sign_in(&world).await.1).await;
}

case!(another_password_ends_the_other_sessions);
async fn another_password_ends_the_other_sessions(world: World) {
    lihua(&world).await;
    let ((_, here), (_, there)) = (sign_in(&world).await, sign_in(&world).await);
    let input = |current: &str, new: &str| json!({ "currentPassword": current, "newPassword": new });
    assert_eq!(here.is_refused("changePassword", input("wrong", "another good horse")).await, "WRONG_CREDENTIALS");
    let short = here.payload("changePassword", input(PASSWORD, "short"), "").await;
    assert_eq!(
        (&short["userErrors"][0]["code"], &short["userErrors"][0]["path"]),
        (&json!("INVALID"), &json!(["newPassword"]))
    );
    is_in(&there).await;
    here.does("changePassword", input(PASSWORD, "another good horse"), "account { username }").await;
    is_in(&here).await;
    is_out(&there).await;
    assert_eq!(world.stranger.is_refused("signIn", credentials(PASSWORD)).await, "WRONG_CREDENTIALS");
    world.stranger.does("signIn", credentials("another good horse"), "").await;
}

case!(tokens_for_scripts_are_shown_once_and_void_when_revoked);
async fn tokens_for_scripts_are_shown_once_and_void_when_revoked(world: World) {
    lihua(&world).await;
    let (_, client) = sign_in(&world).await;
    let input = |until: &str| json!({ "name": "周报", "expiresAt": until });
    for until in ["2026-03-02T02:00:00Z", "2027-03-04T02:00:00Z"] {
        assert_eq!(client.is_refused("createAccessToken", input(until)).await, "INVALID");
    }
    let payload =
        client.does("createAccessToken", input("2026-06-01T00:00:00Z"), "token accessToken { id name mayWrite }").await;
    let (id, token) = (payload["accessToken"]["id"].clone(), payload["token"].as_str().unwrap());
    assert_eq!(payload["accessToken"], json!({ "id": id, "name": "周报", "mayWrite": false }));
    let script = world.stranger.with_token(token);
    is_in(&script).await;
    assert_eq!(script.is_refused("createAccessToken", input("2026-06-01T00:00:00Z")).await, "FORBIDDEN");
    assert_eq!(script.is_refused("signOut", json!({})).await, "FORBIDDEN");
    let other = world.clerk_of(&world.given.community("文庙社区").await).await;
    assert_eq!(other.is_refused("revokeAccessToken", json!({ "id": id })).await, "NOT_FOUND");
    let revoked = client.does("revokeAccessToken", json!({ "id": id }), "token accessToken { revokedAt }").await;
    assert_eq!(
        revoked,
        json!({ "token": null, "accessToken": { "revokedAt": "2026-03-02T02:00:00Z" }, "userErrors": [] })
    );
    is_out(&script).await;
    let stored = entity::access_token::Entity::find().all(&world.database.reader).await.unwrap();
    assert!(stored.iter().all(|row| row.hash.len() == 64 && !token.contains(&row.hash)));
}

/// Ends what an account asks with, in one of the ways there are.
type End = for<'a> fn(&'a Client, &'a Client, Value) -> BoxFuture<'a, ()>;

case!(nothing_that_an_account_asks_with_outlives_what_is_done_against_a_thief);
async fn nothing_that_an_account_asks_with_outlives_what_is_done_against_a_thief(world: World) {
    let lihua = lihua(&world).await;
    let id = json!(Table::Account.id(lihua.id).0);
    let admin = world.admin().await;
    let ends: [(&str, End); 4] = [
        ("signOut", |own, _, _| {
            Box::pin(async move { drop(own.does("signOut", json!({ "everywhere": true }), "").await) })
        }),
        ("changePassword", |own, _, _| {
            let input = json!({ "currentPassword": PASSWORD, "newPassword": PASSWORD });
            Box::pin(async move { drop(own.does("changePassword", input, "").await) })
        }),
        ("resetPassword", |_, admin, id| {
            let input = json!({ "id": id, "password": PASSWORD });
            Box::pin(async move { drop(admin.does("resetPassword", input, "").await) })
        }),
        ("enableAccount", |_, admin, id| {
            Box::pin(async move {
                admin.does("disableAccount", json!({ "id": id }), "").await;
                admin.does("enableAccount", json!({ "id": id }), "").await;
            })
        }),
    ];
    for (way, end) in ends {
        let ((own, client), (session, other)) = (sign_in(&world).await, sign_in(&world).await);
        let input = json!({ "name": "周报", "mayWrite": true, "expiresAt": "2026-06-01T00:00:00Z" });
        let made = client.does("createAccessToken", input, "token").await;
        let script = world.stranger.with_token(made["token"].as_str().unwrap());
        is_in(&script).await;
        end(&client, &admin, id.clone()).await;
        is_out(&script).await;
        is_out(&other).await;
        assert_eq!(world.stranger.is_refused("refreshSession", spend(&session)).await, "UNAUTHENTICATED", "{way}");
        // Whoever chose another password stays where they did so.
        if way == "changePassword" {
            is_in(&client).await;
            client.does("signOut", json!({}), "").await;
        } else {
            is_out(&client).await;
            assert_eq!(world.stranger.is_refused("refreshSession", spend(&own)).await, "UNAUTHENTICATED", "{way}");
        }
    }
    let log =
        audit_entry::Entity::find().order_by_desc(audit_entry::Column::Id).all(&world.database.reader).await.unwrap();
    let last = log.iter().find(|entry| entry.action == "resetPassword").unwrap();
    let ended = json!([
        { "field": "endedSessions", "before": null, "after": "2" },
        { "field": "revokedTokens", "before": null, "after": "1" },
        { "field": "password", "before": null, "after": "set" },
    ]);
    assert_eq!(serde_json::from_str::<Value>(&last.changes).unwrap(), ended);
}

case!(forged_tokens_are_nobodys);
async fn forged_tokens_are_nobodys(world: World) {
    let lihua = lihua(&world).await;
    let secret = b"what signs the tokens of this one";
    let door = world.stranger_with(Gate::new(SigningKey::new(secret).unwrap()));
    let payload = door.does("signIn", credentials(PASSWORD), SESSION).await;
    let good = payload["session"]["accessToken"].as_str().unwrap();
    is_in(&door.with_token(good)).await;
    let row = session::Entity::find().one(&world.database.reader).await.unwrap().unwrap();
    let sign = |key: &[u8], named| SigningKey::new(key).unwrap().sign(named, world.now, Timestamp(i64::MAX)).unwrap();
    let named = Named { account: lihua.id, session: row.id };
    is_in(&door.with_token(&sign(secret, named))).await;
    let admin = world.given.account().await;
    let mut parts = good.split('.');
    let (_, claims) = (parts.next(), parts.next().unwrap());
    let forged = [
        sign(b"what signs the tokens of another!", named),
        // Another's account with this session, and a session that is none.
        sign(secret, Named { account: admin.id, ..named }),
        sign(secret, Named { session: lihua.id, ..named }),
        format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}."),
        good[..good.len() - 2].to_owned(),
        good.replace('.', ""),
        "cobuild_".to_owned(),
        format!("cobuild_{good}"),
        "x".to_owned(),
    ];
    for token in forged {
        is_out(&door.with_token(&token)).await;
    }
}

case!(what_is_of_no_more_use_is_swept_away);
async fn what_is_of_no_more_use_is_swept_away(world: World) {
    let lihua = lihua(&world).await;
    let community = world.given.community("文庙社区").await;
    world.given.grant(&lihua, Role::CommunityStaff).on(&community).await;
    let profile = |version: i32| {
        let id = Table::Party.id(community.id).0;
        json!({ "id": id, "ifVersion": version, "population": version, "idempotencyKey": format!("change {version}") })
    };
    let (_, client) = sign_in(&world).await;
    let guess = json!({ "username": "nobody", "password": PASSWORD });
    let throttle = Throttle { spares_loopback: false, ..Throttle::default() };
    let wary = world.stranger_with(Gate { throttle, ..Gate::new(SigningKey::random()) });
    assert_eq!(wary.is_refused("signIn", guess).await, "WRONG_CREDENTIALS");
    client.does("updateCommunity", profile(1), "community { id }").await;
    world.clock.advance(59 * DAY);
    let (_, client) = sign_in(&world).await;
    client.does("updateCommunity", profile(2), "community { id }").await;
    assert_eq!(kept(&world).await, [2, 2, 2, 2, 2]);
    world.clock.advance(DAY);
    api::server::ticks::sweep(&world.app).await.unwrap();
    assert_eq!(kept(&world).await, [2, 1, 0, 0, 1], "the first session ended a month ago to the moment");
    world.clock.advance(1);
    api::server::ticks::sweep(&world.app).await.unwrap();
    assert_eq!(kept(&world).await, [1, 1, 0, 0, 1]);
    let log = audit_entry::Entity::find().count(&world.database.reader).await.unwrap();
    assert_eq!(log, 4, "the audit log keeps all: two sign-ins, two changes");
}

/// How many there are: sessions, refresh tokens, idempotency keys, failures, changes that were told.
async fn kept(world: &World) -> [u64; 5] {
    let reader = &world.database.reader;
    [
        session::Entity::find().count(reader).await.unwrap(),
        refresh_token::Entity::find().count(reader).await.unwrap(),
        idempotency_key::Entity::find().count(reader).await.unwrap(),
        sign_in_failure::Entity::find().count(reader).await.unwrap(),
        outbox::Entity::find().count(reader).await.unwrap(),
    ]
}
