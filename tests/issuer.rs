//! Tokens of another identity provider.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use api::access::account::Gate;
use api::access::account::issuer::{Expected, Issuer, Source};
use api::access::account::outside;
use api::kernel::write::Desk;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::account_grant::Role;
use entity::audit_entry::{self, AuditSource};
use entity::{account, outside_identity};
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;

use crate::harness::{Client, World, case, signing_key};

const NAME: &str = "https://id.example.org";

/// A provider with a key, which it publishes in a file.
struct Provider {
    folder: TempDir,
    key: Ed25519KeyPair,
}

impl Provider {
    fn new(seed: u8) -> Self {
        let key = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), key }
    }

    fn publish(&self, id: &str) {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        // The first is one that we cannot use, and a good reason for nothing.
        let keys = json!({ "keys": [{ "kty": "AKP", "alg": "ML-DSA-44" }, { "kty": "OKP", "crv": "Ed25519", "kid": id, "x": x }] });
        std::fs::write(self.folder.path().join("jwks.json"), keys.to_string()).unwrap();
    }

    fn door(&self, world: &World) -> Client {
        Self::door_to(world, Source::File(self.folder.path().join("jwks.json")))
    }

    fn door_to(world: &World, source: Source) -> Client {
        Self::door_with(world, source, Vec::new())
    }

    /// A door for tokens that were given to these, too.
    fn door_with(world: &World, source: Source, clients: Vec<String>) -> Client {
        let longest_life = Expected::LONGEST_LIFE;
        let expected = Expected { issuer: NAME.into(), audience: "cobuild-portal".into(), clients, longest_life };
        let issuer = Issuer::new(expected, source);
        world.stranger_with(Gate { issuer: Some(issuer), ..Gate::new(signing_key()) })
    }

    fn token(&self, id: &str, claims: &Value) -> String {
        self.signed(&json!({ "alg": "EdDSA", "kid": id }), claims)
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        let text = unsigned(header, claims);
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(self.key.sign(text.as_bytes())))
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// Good until an hour after the world's beginning.
fn claims(world: &World) -> Value {
    let until = world.now.milliseconds() / 1_000 + 3_600;
    json!({ "iss": NAME, "aud": ["cobuild-portal", "another"], "azp": "cobuild-portal", "sub": "u-17", "exp": until })
}

async fn is_in(client: &Client, token: &str) {
    let who = client.with_token(token).read("{ viewer { account { username } } }").await;
    assert_eq!(who["viewer"]["account"]["username"], "lihua");
}

async fn is_out(client: &Client, token: &str) {
    client.with_token(token).ask("{ viewer { id } }").await.refused("UNAUTHENTICATED");
}

async fn lihua(world: &World) {
    let account = world.given.account().called("lihua").await;
    bind(world, &account, NAME, "u-17").await;
}

async fn bind(world: &World, account: &account::Model, issuer: &str, subject: &str) {
    let (issuer, subject) = (Set(issuer.to_owned()), Set(subject.to_owned()));
    let row = outside_identity::ActiveModel { issuer, subject, account_id: Set(account.id) };
    outside_identity::Entity::insert(row).exec_without_returning(&world.database.writer).await.unwrap();
}

case!(whom_the_provider_vouches_for_is_let_in);
async fn whom_the_provider_vouches_for_is_let_in(world: World) {
    lihua(&world).await;
    let provider = Provider::new(7);
    provider.publish("one");
    let door = provider.door(&world);
    let good = provider.token("one", &claims(&world));
    is_in(&door, &good).await;
    let mut changed = Vec::new();
    for (name, value) in [
        ("sub", json!("u-18")),
        ("aud", json!("another")),
        ("exp", json!(world.now.milliseconds() / 1_000)),
        ("nbf", json!(world.now.milliseconds() / 1_000 + 120)),
        ("iat", json!(world.now.milliseconds() / 1_000 + 120)),
        ("azp", json!("another")),
        ("azp", Value::Null),
        // Good for longer than a day: from when it was made, or from now on where it does not say.
        ("iat", json!(world.now.milliseconds() / 1_000 - 23 * 3_600 - 1)),
        ("exp", json!(world.now.milliseconds() / 1_000 + 24 * 3_600 + 1)),
        ("exp", json!(1e300)),
        ("exp", json!("tomorrow")),
        ("iss", json!("https://id.example.com")),
        ("sub", Value::Null),
        ("aud", Value::Null),
    ] {
        let mut claims = claims(&world);
        claims[name] = value;
        changed.push(provider.token("one", &claims));
    }
    changed.push(Provider::new(8).token("one", &claims(&world)));
    for (name, value) in [
        ("typ", json!("logout+jwt")),
        ("typ", json!("application/secevent+jwt")),
        ("typ", json!("")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
    ] {
        let mut header = json!({ "alg": "EdDSA", "kid": "one" });
        header[name] = value;
        changed.push(provider.signed(&header, &claims(&world)));
    }
    // Its public key, used as if it were a secret, and no signature at all.
    let text = unsigned(&json!({ "alg": "HS256", "kid": "one" }), &claims(&world));
    let secret = hmac::Key::new(hmac::HMAC_SHA256, provider.key.public_key().as_ref());
    changed.push(format!("{text}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&secret, text.as_bytes()))));
    changed.push(format!("{}.", unsigned(&json!({ "alg": "none" }), &claims(&world))));
    for token in changed {
        is_out(&door, &token).await;
    }
    world.clock.advance(3_600_000);
    is_out(&door, &good).await;
}

case!(what_is_usual_in_a_token_is_taken);
async fn what_is_usual_in_a_token_is_taken(world: World) {
    lihua(&world).await;
    let provider = Provider::new(7);
    provider.publish("one");
    let door = provider.door(&world);
    let now = world.now.milliseconds() / 1_000;
    for kind in ["JWT", "at+jwt", "application/at+JWT"] {
        let header = json!({ "alg": "EdDSA", "kid": "one", "typ": kind });
        is_in(&door, &provider.signed(&header, &claims(&world))).await;
    }
    // Another client's token, which is for us alone; moments with fractions; clocks that differ a little; a whole day.
    for (name, value) in [
        ("aud", json!("cobuild-portal")),
        ("aud", json!(["cobuild-portal"])),
        ("iat", json!(now as f64 - 0.5)),
        ("iat", json!(now + 60)),
        ("nbf", json!(now + 60)),
        ("exp", json!(now + 24 * 3_600)),
    ] {
        let mut claims = claims(&world);
        claims[name] = value;
        if name == "aud" {
            claims["azp"] = json!("portal");
        }
        is_in(&door, &provider.token("one", &claims)).await;
    }
    let source = Source::File(provider.folder.path().join("jwks.json"));
    let door = Provider::door_with(&world, source, vec!["portal".into(), "mini-program".into()]);
    let mut claims = claims(&world);
    is_out(&door, &provider.token("one", &claims)).await;
    claims["azp"] = json!("mini-program");
    is_in(&door, &provider.token("one", &claims)).await;
}

case!(a_subject_is_its_issuers);
async fn a_subject_is_its_issuers(world: World) {
    let provider = Provider::new(7);
    provider.publish("one");
    let door = provider.door(&world);
    let who = async |subject: &str| {
        let mut claims = claims(&world);
        claims["sub"] = json!(subject);
        let answer = door.with_token(&provider.token("one", &claims)).ask("{ viewer { account { username } } }").await;
        answer.body["data"]["viewer"]["account"]["username"].as_str().map(str::to_owned)
    };
    let stranger = world.given.account().called("stranger").await;
    bind(&world, &stranger, "https://id.example.com", "u-17").await;
    assert_eq!(who("u-17").await, None);
    // The same words from two providers are two people.
    let boss = world.given.account().await;
    world.given.grant(&boss, Role::Admin).await;
    let admin = door.with_token(&world.session_of(&boss).await);
    let new = |username: &str, subject: &str| json!({ "username": username, "name": "李华", "subject": subject });
    admin.does("createAccount", new("lihua", "u-17"), "").await;
    assert_eq!(who("u-17").await.as_deref(), Some("lihua"));
    assert_eq!(admin.is_refused("createAccount", new("lihua2", "u-17")).await, "DUPLICATE");
    assert_eq!(account::Entity::find().count(&world.database.reader).await.unwrap(), 3);
    // Where no provider is known yet, the subject waits for the first.
    let early = world.token_of(&boss).await;
    early.does("createAccount", new("wang", "u-18"), "").await;
    early.does("createAccount", new("zhao", "u-17"), "").await;
    assert_eq!(early.is_refused("createAccount", new("wang2", "u-18")).await, "DUPLICATE");
    assert_eq!(who("u-18").await, None);
    let desk = Desk::of_server(world.database.writer.clone(), world.clock.clone(), AuditSource::CommandLine);
    for _ in 0..2 {
        outside::adopt(&world.database.reader, &desk, NAME).await.unwrap();
        assert_eq!(who("u-18").await.as_deref(), Some("wang"));
        // It was somebody's already.
        assert_eq!(who("u-17").await.as_deref(), Some("lihua"));
    }
    let log = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq("bindSubject"));
    assert_eq!(log.count(&world.database.reader).await.unwrap(), 1);
}

case!(new_keys_are_asked_for_but_not_at_every_word);
async fn new_keys_are_asked_for_but_not_at_every_word(world: World) {
    lihua(&world).await;
    let provider = Provider::new(7);
    let door = provider.door(&world);
    let token = |id| provider.token(id, &claims(&world));
    // There is no file yet: whoever asks in the next minute does not look again.
    is_out(&door, &token("one")).await;
    provider.publish("one");
    is_out(&door, &token("one")).await;
    world.clock.advance(60_000);
    is_in(&door, &token("one")).await;
    provider.publish("two");
    is_out(&door, &token("two")).await;
    is_in(&door, &token("one")).await;
    world.clock.advance(60_000);
    is_in(&door, &token("two")).await;
    is_out(&door, &token("one")).await;
}

/// Where keys are published by HTTP. How it answers each request, in turn, and how often it was asked; then nobody answers.
struct Publisher {
    source: Source,
    asked: Arc<AtomicUsize>,
}

impl Publisher {
    async fn new(answers: Vec<Option<String>>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let source = Source::Url(format!("http://{}/keys", listener.local_addr().unwrap()));
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut unanswered = Vec::new();
            let mut answers = answers.into_iter();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4_096];
                let length = stream.read(&mut request).await.unwrap();
                assert!(request[..length].starts_with(b"GET /keys HTTP/1.1\r\n"));
                count.fetch_add(1, Ordering::SeqCst);
                match answers.next().flatten() {
                    Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
                    None => unanswered.push(stream),
                }
            }
        });
        Self { source, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn ok(keys: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{keys}", keys.len())
}

impl Provider {
    fn keys(&self, id: &str) -> String {
        self.publish(id);
        std::fs::read_to_string(self.folder.path().join("jwks.json")).unwrap()
    }
}

case!(keys_are_read_from_an_address_once);
async fn keys_are_read_from_an_address_once(world: World) {
    lihua(&world).await;
    let provider = Provider::new(7);
    let publisher = Publisher::new(vec![Some(ok(&provider.keys("one")))]).await;
    let door = Provider::door_to(&world, publisher.source.clone());
    for _ in 0..2 {
        is_in(&door, &provider.token("one", &claims(&world))).await;
    }
    assert_eq!(publisher.asked(), 1);
}

case!(made_up_keys_hold_nobody_up);
async fn made_up_keys_hold_nobody_up(world: World) {
    lihua(&world).await;
    let provider = Provider::new(7);
    let publisher = Publisher::new(vec![Some(ok(&provider.keys("one")))]).await;
    let door = Provider::door_to(&world, publisher.source.clone());
    let (good, made_up) = (provider.token("one", &claims(&world)), provider.token("two", &claims(&world)));
    is_in(&door, &good).await;
    // It was asked a moment ago: whoever makes keys up is refused at once.
    is_out(&door, &made_up).await;
    assert_eq!(publisher.asked(), 1);
    world.clock.advance(60_000);
    // Now it does not answer. That is for whoever made the key up to wait for, and no good token waits.
    let waiting = [(); 3].map(|()| {
        let (door, made_up) = (door.clone(), made_up.clone());
        tokio::spawn(async move { is_out(&door, &made_up).await })
    });
    while publisher.asked() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for _ in 0..20 {
        is_in(&door, &good).await;
    }
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    waiting.iter().for_each(JoinHandle::abort);
    // Keys that are believed no longer are asked for beside those who come with them.
    world.clock.advance(60 * 60_000);
    let mut claims = claims(&world);
    claims["exp"] = json!(world.now.milliseconds() / 1_000 + 4 * 3_600);
    is_in(&door, &provider.token("one", &claims)).await;
    while publisher.asked() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

case!(nobody_is_sent_elsewhere_for_keys);
async fn nobody_is_sent_elsewhere_for_keys(world: World) {
    lihua(&world).await;
    let provider = Provider::new(7);
    let elsewhere = Publisher::new(vec![Some(ok(&provider.keys("one")))]).await;
    let Source::Url(url) = &elsewhere.source else { panic!("an address") };
    let sent = format!("HTTP/1.1 302 Found\r\nlocation: {url}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let publisher = Publisher::new(vec![Some(sent)]).await;
    let door = Provider::door_to(&world, publisher.source.clone());
    is_out(&door, &provider.token("one", &claims(&world))).await;
    assert_eq!((publisher.asked(), elsewhere.asked()), (1, 0));
}
