//! What browsers are told: who may read our answers, how they are packed, and what pages may do.

use api::server::config::{Front, Switch};
use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN,
    VARY,
};
use axum::http::{Request, StatusCode};
use serde_json::json;
use tower::ServiceExt;

use crate::harness::{Answer, Client, World, case};

const PORTAL: &str = "https://portal.example.org";

fn front(origins: &str) -> Front {
    Front { cors_origins: origins.split(',').map(|origin| origin.parse().unwrap()).collect(), ..Front::default() }
}

async fn preflight(client: &Client, origin: &str) -> Answer {
    let request = Request::options("/graphql").header(ORIGIN, origin);
    let request = request.header("access-control-request-method", "POST");
    let request = request.header("access-control-request-headers", "authorization,content-type");
    client.send(request.body(Body::empty()).unwrap()).await
}

async fn get(client: &Client, path: &str) -> Answer {
    client.send(Request::get(path).body(Body::empty()).unwrap()).await
}

case!(a_page_of_an_origin_that_is_named_may_ask);
async fn a_page_of_an_origin_that_is_named_may_ask(world: World) {
    let door = world.stranger_at(front(&format!("{PORTAL},http://localhost:3000")));
    for origin in [PORTAL, "http://localhost:3000"] {
        let answer = preflight(&door, origin).await;
        assert_eq!(
            (answer.status, &answer.headers[ACCESS_CONTROL_ALLOW_ORIGIN]),
            (StatusCode::OK, &origin.parse().unwrap())
        );
        assert_eq!(answer.headers[ACCESS_CONTROL_ALLOW_METHODS], "GET,POST");
        let allowed = answer.headers[ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap();
        assert!(allowed.contains("authorization") && allowed.contains("content-type"), "{allowed}");
        let request =
            Request::get("/graphql?query=%7B__typename%7D").header(ORIGIN, origin).body(Body::empty()).unwrap();
        let answer = door.send(request).await;
        answer.good();
        assert_eq!(answer.headers[ACCESS_CONTROL_ALLOW_ORIGIN], origin);
        assert!(answer.headers.get_all(VARY).iter().any(|vary| vary.to_str().unwrap().contains("origin")));
        assert!(!answer.headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
    let any = preflight(&world.stranger_at(front("*")), "https://anywhere.example.org").await;
    assert_eq!(any.headers[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
}

case!(a_page_of_another_origin_may_not);
async fn a_page_of_another_origin_may_not(world: World) {
    let door = world.stranger_at(front(PORTAL));
    for origin in [
        "https://elsewhere.example.org",
        "https://portal.example.org.evil.example",
        "http://portal.example.org",
        "null",
    ] {
        assert!(!preflight(&door, origin).await.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}");
    }
    let answer = preflight(&world.stranger, PORTAL).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(!answer.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
}

// What a page can send anywhere without asking first: a form's three media types. None of them is a query.
case!(a_form_on_another_page_asks_nothing);
async fn a_form_on_another_page_asks_nothing(world: World) {
    for media in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let request = Request::post("/graphql").header(ORIGIN, "https://evil.example").header(CONTENT_TYPE, media);
        let body = json!({ "query": "mutation { anything }" }).to_string();
        let answer = world.stranger.send(request.body(body.into()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}

case!(an_answer_is_packed_for_whom_it_may_be);
async fn an_answer_is_packed_for_whom_it_may_be(world: World) {
    let plain = get(&world.stranger, "/schema.graphql").await;
    assert!(!plain.headers.contains_key(CONTENT_ENCODING));
    for encoding in ["gzip", "br"] {
        let request = Request::get("/schema.graphql").header(ACCEPT_ENCODING, encoding).body(Body::empty()).unwrap();
        let packed = world.stranger.router().oneshot(request).await.unwrap();
        assert_eq!(packed.headers()[CONTENT_ENCODING], encoding);
        assert!(packed.headers()[VARY].to_str().unwrap().contains("accept-encoding"));
        let bytes = axum::body::to_bytes(packed.into_body(), usize::MAX).await.unwrap();
        assert!(bytes.len() * 4 < plain.text.len(), "{encoding}: {} of {}", bytes.len(), plain.text.len());
    }
}

case!(a_page_says_what_it_may_do);
async fn a_page_says_what_it_may_do(world: World) {
    let policy = |answer: &Answer| answer.headers[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    let front = get(&world.stranger, "/").await;
    assert!(policy(&front).starts_with("default-src 'none'; script-src 'none'; "), "{}", policy(&front));
    let graphiql = get(&world.stranger, "/graphiql").await;
    // The two scripts that stand in it, by their hashes, and what they load.
    assert_eq!(policy(&graphiql).matches("'sha256-").count(), 2, "{}", policy(&graphiql));
    assert!(policy(&graphiql).contains(" https://esm.sh data:; "), "{}", policy(&graphiql));
    // Its styles by their addresses, and nobody to talk to but this server.
    let styles = "; style-src 'unsafe-inline' https://esm.sh/graphiql/dist/style.css https://esm.sh/@graphiql/plugin-explorer/dist/style.css; ";
    assert!(policy(&graphiql).contains(styles), "{}", policy(&graphiql));
    for style in graphiql.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(policy(&graphiql).contains(style), "{style}");
    }
    assert!(policy(&graphiql).contains("; connect-src 'self'; "), "{}", policy(&graphiql));
    assert!(!policy(&graphiql).contains("script-src 'unsafe"), "{}", policy(&graphiql));
    for page in [&front, &graphiql] {
        assert!(policy(page).ends_with("base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
        assert_eq!(page.headers[CACHE_CONTROL], "no-cache");
    }
    let answer = world.stranger.ask("{ __typename }").await;
    assert_eq!(policy(&answer), "default-src 'none'; frame-ancestors 'none'");
    assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
}

/// What is answered to a request for this host.
async fn at(client: &Client, path: &str, host: &str) -> (u16, String) {
    let answer = client.send(Request::get(path).header(HOST, host).body(Body::empty()).unwrap()).await;
    (answer.status.as_u16(), answer.text)
}

// Whoever owns a name can let it lead here: then the browser takes their page for one of ours.
case!(a_page_whose_name_leads_here_reads_nothing);
async fn a_page_whose_name_leads_here_reads_nothing(world: World) {
    let hosts = ["cobuild.example.org", "*.cobuild.example.org", "[::1]"].map(|host| host.parse().unwrap()).to_vec();
    let door = world.stranger_at(Front { hosts, ..Front::default() });
    for host in ["cobuild.example.org", "COBUILD.example.org:8443", "api.cobuild.example.org.", "[::1]:8000"] {
        assert_eq!(at(&door, "/graphql?query=%7B__typename%7D", host).await.0, 200, "{host}");
    }
    let told = "this server does not answer to the host name that the request is for";
    for host in [
        "evil.example",
        "cobuild.example.org.evil.example",
        "notcobuild.example.org",
        ".cobuild.example.org",
        "127.0.0.1",
        "a@cobuild.example.org",
        "",
    ] {
        for path in ["/graphql?query=%7B__typename%7D", "/", "/schema.graphql", "/metrics", "/files/x", "/nowhere"] {
            let (status, text) = at(&door, path, host).await;
            assert!(status == 421 && text.contains(told), "{host} {path}: {status} {text}");
        }
        // Whoever watches over it asks by its address.
        assert_eq!(at(&door, "/readyz", host).await, (200, "ok\n".to_owned()));
    }
    let absolute =
        Request::get("http://evil.example/").header(HOST, "cobuild.example.org").body(Body::empty()).unwrap();
    assert_eq!(door.send(absolute).await.status, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(get(&door, "/").await.status, StatusCode::BAD_REQUEST, "it names no host");
    // Where hosts are not limited, any will do, but one.
    assert_eq!(at(&world.stranger, "/", "evil.example").await.0, 200);
    let two = Request::get("/").header(HOST, "localhost").header(HOST, "evil.example").body(Body::empty()).unwrap();
    assert_eq!(world.stranger.send(two).await.status, StatusCode::BAD_REQUEST);
}

case!(what_is_switched_off_is_not_there);
async fn what_is_switched_off_is_not_there(world: World) {
    let usual = get(&world.stranger, "/").await;
    assert!(usual.text.contains("href=\"/graphiql\"") && usual.text.contains("href=\"/schema.graphql\""));
    let door = world.stranger_at(Front { graphiql: Switch::Off, introspection: Switch::Off, ..Front::default() });
    let bare = get(&door, "/").await;
    assert!(!bare.text.contains("href=\"/graphiql\"") && !bare.text.contains("href=\"/schema.graphql\""));
    for path in ["/graphiql", "/schema.graphql"] {
        assert_eq!(get(&door, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let answer = door.ask("{ __schema { queryType { name } } }").await;
    answer.refused("BAD_REQUEST");
    assert_eq!(answer.body["errors"][0]["message"], "introspection is switched off");
}
