//! GraphQL over HTTP: methods, media types, and what a refusal looks like.

use api::server::config::Front;
use axum::body::Body;
use axum::http::header::{ACCEPT, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, World, case};

const JSON: &str = "application/json; charset=utf-8";
const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";

const QUERY: &str = "query Count($name: String) { units(filter: {name: {eq: $name}}) { totalCount } }";

/// That query, as a URL has it.
const QUERY_IN_URL: &str = "query%20Count(%24name:%20String)%20%7B%20units(filter:%20%7Bname:%20%7Beq:%20%24name%7D%7D)%20%7B%20totalCount%20%7D%20%7D";

async fn post(world: &World, media: &str, body: impl Into<Body>) -> Answer {
    world.stranger.send(Request::post("/graphql").header(CONTENT_TYPE, media).body(body.into()).unwrap()).await
}

async fn post_json(world: &World, body: Value) -> Answer {
    post(world, "application/json", body.to_string()).await
}

async fn get(world: &World, path_and_query: &str) -> Answer {
    world.stranger.send(Request::get(path_and_query).body(Body::empty()).unwrap()).await
}

/// Posts a query, saying what may come back.
async fn accepting(world: &World, accept: &str, query: &str) -> Answer {
    let request = Request::post("/graphql").header(CONTENT_TYPE, "application/json").header(ACCEPT, accept);
    world.stranger.send(request.body(json!({ "query": query }).to_string().into()).unwrap()).await
}

/// Holds that it is one error of this kind, and nothing else. Answers with its message.
#[track_caller]
fn refused(answer: &Answer, status: StatusCode, code: &str) -> String {
    assert_eq!((answer.status, answer.codes()), (status, vec![code]), "{}", answer.text);
    assert!(answer.body.get("data").is_none(), "{}", answer.text);
    let error = &answer.body["errors"][0];
    let id = error["extensions"]["requestId"].as_str().unwrap_or_default();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", answer.text);
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    error["message"].as_str().expect("a message").to_owned()
}

case!(a_query_comes_by_post_or_by_get);
async fn a_query_comes_by_post_or_by_get(world: World) {
    world.given.unit("区人民医院").await;
    let one = json!({ "units": { "totalCount": 1 } });
    let answer = post_json(&world, json!({ "query": QUERY, "variables": { "name": "区人民医院" } })).await;
    assert_eq!((answer.good(), &answer.headers[CONTENT_TYPE]), (&one, &JSON.parse().unwrap()));
    assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
    let answer =
        post(&world, "Application/JSON; charset=utf-8", json!({ "query": "{ units { totalCount } }" }).to_string());
    assert_eq!(answer.await.good(), &one);
    assert_eq!(
        post_json(&world, json!({ "query": QUERY, "operationName": "", "extensions": null })).await.good(),
        &one
    );
    let none = json!({ "units": { "totalCount": 0 } });
    let url = format!("/graphql?query={QUERY_IN_URL}&variables=%7B%22name%22:%22x%22%7D&operationName=Count");
    assert_eq!(get(&world, &url).await.good(), &none);
    assert_eq!(get(&world, &format!("/graphql?query={QUERY_IN_URL}&variables=&operationName=")).await.good(), &one);
}

case!(another_method_is_told_which_are_allowed);
async fn another_method_is_told_which_are_allowed(world: World) {
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let request = Request::builder().method(method).uri("/graphql").body(Body::empty()).unwrap();
        let answer = world.stranger.send(request).await;
        let message = refused(&answer, StatusCode::METHOD_NOT_ALLOWED, "BAD_REQUEST");
        assert_eq!(
            (message.as_str(), &answer.headers[ALLOW]),
            ("a query is sent by POST, or by GET", &"GET, HEAD, POST".parse().unwrap())
        );
    }
}

case!(a_head_is_a_get_without_its_body);
async fn a_head_is_a_get_without_its_body(world: World) {
    let head = async |uri: &str| {
        let request = Request::builder().method("HEAD").uri(uri).body(Body::empty()).unwrap();
        world.stranger.send(request).await
    };
    let count = format!("/graphql?query={QUERY_IN_URL}");
    for uri in [
        count.as_str(),
        "/graphql",
        "/",
        "/healthz",
        "/readyz",
        "/metrics",
        "/graphiql",
        "/schema.graphql",
        "/files/x",
        "/nothing",
    ] {
        let (got, headed) = (get(&world, uri).await, head(uri).await);
        assert_eq!(
            (headed.status, headed.headers.get(CONTENT_TYPE)),
            (got.status, got.headers.get(CONTENT_TYPE)),
            "{uri}"
        );
        assert_eq!(headed.text, "", "{uri}");
    }
    let mutation = head("/graphql?query=mutation%7B__typename%7D").await;
    assert_eq!((mutation.status, &mutation.headers[ALLOW]), (StatusCode::METHOD_NOT_ALLOWED, &"POST".parse().unwrap()));
}

// Whatever a link or an image on some page can make a browser fetch must change nothing.
case!(only_a_query_is_sent_by_get);
async fn only_a_query_is_sent_by_get(world: World) {
    for document in
        ["mutation%7B__typename%7D", "query%20A%7B__typename%7Dmutation%20B%7B__typename%7D&operationName=B"]
    {
        let answer = get(&world, &format!("/graphql?query={document}")).await;
        let message = refused(&answer, StatusCode::METHOD_NOT_ALLOWED, "BAD_REQUEST");
        assert_eq!(
            (message.as_str(), &answer.headers[ALLOW]),
            ("only a query is sent by GET; a mutation is sent by POST", &"POST".parse().unwrap())
        );
    }
    let beside = "/graphql?query=query%20A%7B__typename%7Dmutation%20B%7B__typename%7D&operationName=A";
    assert_ne!(get(&world, beside).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

case!(queries_are_sent_together_where_that_is_allowed);
async fn queries_are_sent_together_where_that_is_allowed(world: World) {
    let query = |query: &str| json!({ "query": query });
    let pair = json!([query("{ __typename }"), query("{ units { totalCount } }")]);
    let message = refused(&world.stranger.post(&pair).await, StatusCode::BAD_REQUEST, "BAD_REQUEST");
    assert_eq!(message, "the body is a batch, which this server does not take");

    let stranger = world.stranger_at(Front { batch_limit: 3, ..Front::default() });
    let three = json!([query("{ units { totalCount } }"), query("{ nowhere }"), query("{ __typename }")]);
    let answer = stranger.post(&three).await;
    assert_eq!((answer.status, &answer.headers[CONTENT_TYPE]), (StatusCode::OK, &GRAPHQL.parse().unwrap()));
    let [first, second, third] = answer.body.as_array().expect("a list").as_slice() else { panic!("{}", answer.text) };
    assert_eq!(first["data"], json!({ "units": { "totalCount": 0 } }));
    assert_eq!((second.get("data"), &second["errors"][0]["extensions"]["code"]), (None, &json!("BAD_REQUEST")));
    assert_eq!(third["data"], json!({ "__typename": "Query" }));

    let many = json!(vec![query("{ __typename }"); 4]);
    let message = refused(&stranger.post(&many).await, StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED");
    assert_eq!(message, "queries in a batch: 4; at most 3");
    for (batch, words) in [
        (json!([]), "the batch is empty"),
        (json!([1]), "the batch holds something that is no JSON object"),
        (json!([query("{ __typename }"), { "query": 1 }]), "`query` is no text"),
    ] {
        assert_eq!(refused(&stranger.post(&batch).await, StatusCode::BAD_REQUEST, "BAD_REQUEST"), words);
    }
}

// Else ten queries would cost what none of them may.
case!(queries_that_are_sent_together_have_one_budget);
async fn queries_that_are_sent_together_have_one_budget(world: World) {
    let stranger = world.stranger_at(Front { batch_limit: 10, ..Front::default() });
    let large = json!({ "query": "{ units(first: 100) { nodes { communities(first: 100) { nodes { name } } } } }" });
    let cost = stranger.post(&large).await.body["extensions"]["cost"]["requested"].as_u64().expect("a cost");
    stranger.post(&json!([large, large])).await;
    let message =
        refused(&stranger.post(&json!([large, large, large])).await, StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED");
    assert_eq!(message, format!("cost: {}; at most 50000", 3 * cost));
}

case!(a_body_of_another_kind_is_refused);
async fn a_body_of_another_kind_is_refused(world: World) {
    for media in ["text/plain", "application/graphql", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        let answer = post(&world, media, json!({ "query": QUERY }).to_string()).await;
        let message = refused(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST");
        assert_eq!(message, "a request's Content-Type is application/json");
    }
    for charset in ["gbk", "utf-16", "\"iso-8859-1\""] {
        let answer = post(&world, &format!("application/json; Charset={charset}"), "{}").await;
        let message = refused(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST");
        assert_eq!(message, "a request's charset is utf-8");
    }
}

// Never answered as if nobody had signed it: whoever sends a token wants to be somebody.
case!(a_token_that_is_not_accepted_is_refused);
async fn a_token_that_is_not_accepted_is_refused(world: World) {
    for token in ["Bearer", "Bearer ", "Bearer nonsense", "Basic dXNlcjpwYXNz", "nonsense", ""] {
        let request = Request::post("/graphql").header(CONTENT_TYPE, "application/json").header(AUTHORIZATION, token);
        let body = json!({ "query": "{ __typename }" }).to_string();
        let answer = world.stranger.send(request.body(body.into()).unwrap()).await;
        refused(&answer, StatusCode::UNAUTHORIZED, "UNAUTHENTICATED");
        assert_eq!(answer.headers[WWW_AUTHENTICATE], "Bearer");
    }
}

case!(a_body_that_is_no_request_is_refused);
async fn a_body_that_is_no_request_is_refused(world: World) {
    let bad = [
        ("", "the body is no JSON: EOF while parsing a value at line 1 column 0"),
        ("{", "the body is no JSON: EOF while parsing an object at line 1 column 1"),
        ("1", "the body is no JSON object"),
        ("{}", "`query` is missing"),
        (r#"{"query": null}"#, "`query` is missing"),
        (r#"{"query": 1}"#, "`query` is no text"),
        (r#"{"query": "{ a }", "variables": []}"#, "`variables` is no object"),
        (r#"{"query": "{ a }", "operationName": 1}"#, "`operationName` is no text"),
        (r#"{"query": "{ a }", "extensions": 1}"#, "`extensions` is no object"),
    ];
    for (body, words) in bad {
        let answer = post(&world, "application/json", body).await;
        assert_eq!(refused(&answer, StatusCode::BAD_REQUEST, "BAD_REQUEST"), words);
        assert_eq!(answer.headers[CONTENT_TYPE], JSON);
    }
    let answer = post(&world, "application/json", [0xff, b'{'].to_vec()).await;
    assert!(refused(&answer, StatusCode::BAD_REQUEST, "BAD_REQUEST").starts_with("the body is no UTF-8: "));
}

case!(an_address_without_a_query_is_refused);
async fn an_address_without_a_query_is_refused(world: World) {
    for address in ["/graphql", "/graphql?operationName=Count"] {
        let answer = get(&world, address).await;
        assert_eq!(refused(&answer, StatusCode::BAD_REQUEST, "BAD_REQUEST"), "`query` is missing");
    }
    for address in ["/graphql?query=%FF%FE", "/graphql?query=%7B__typename%7D&operationName=%C3"] {
        let answer = get(&world, address).await;
        assert_eq!(refused(&answer, StatusCode::BAD_REQUEST, "BAD_REQUEST"), "the address is no UTF-8");
    }
    for variables in ["nonsense", "%5B%5D", "1"] {
        let answer = get(&world, &format!("/graphql?query=%7B__typename%7D&variables={variables}")).await;
        let message = refused(&answer, StatusCode::BAD_REQUEST, "BAD_REQUEST");
        assert!(message.starts_with("`variables` is no "), "{message}");
        let answer = get(&world, &format!("/graphql?query=%7B__typename%7D&extensions={variables}")).await;
        let message = refused(&answer, StatusCode::BAD_REQUEST, "BAD_REQUEST");
        assert!(message.starts_with("`extensions` is no "), "{message}");
    }
}

case!(a_body_too_long_is_refused);
async fn a_body_too_long_is_refused(world: World) {
    let body = json!({ "query": "{ __typename }", "extensions": { "padding": "x".repeat(1 << 20) } });
    let message = refused(&post_json(&world, body).await, StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED");
    assert_eq!(message, "the body is longer than 1048576 bytes");
    let query = "{ __typename }";
    let padding = " ".repeat((1 << 20) - json!({ "query": query }).to_string().len());
    let longest = json!({ "query": query }).to_string() + &padding;
    assert_eq!(post(&world, "application/json", longest).await.good(), &json!({ "__typename": "Query" }));
}

case!(whoever_asks_says_what_may_come_back);
async fn whoever_asks_says_what_may_come_back(world: World) {
    let kinds = [
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/graphql-response+json;q=0.1, application/json", JSON),
        ("text/html, Application/JSON;q=0.5", JSON),
        ("application/json;q=0, application/graphql-response+json", GRAPHQL),
    ];
    for (accept, media) in kinds {
        let answer = accepting(&world, accept, "{ __typename }").await;
        assert_eq!(
            (answer.good()["__typename"].as_str(), &answer.headers[CONTENT_TYPE]),
            (Some("Query"), &media.parse().unwrap())
        );
    }
    for accept in ["text/html", "image/*", "application/json;q=0", ""] {
        let answer = accepting(&world, accept, "{ __typename }").await;
        let message = refused(&answer, StatusCode::NOT_ACCEPTABLE, "BAD_REQUEST");
        assert_eq!(message, "answers are application/graphql-response+json or application/json; Accept names neither");
        assert_eq!(answer.headers[CONTENT_TYPE], JSON);
    }
}

// The older media type answers 200 to every well-formed request; the newer one tells kinds of failure apart.
case!(a_request_that_cannot_run_has_no_data);
async fn a_request_that_cannot_run_has_no_data(world: World) {
    for query in [
        "{ nowhere }",
        "{",
        "query($id: ID!) { node(id: $id) { id } }",
        "{ areas(first: -1) { totalCount nodes { nothing } } }",
    ] {
        for (accept, status) in
            [("application/json", StatusCode::OK), ("application/graphql-response+json", StatusCode::BAD_REQUEST)]
        {
            let answer = accepting(&world, accept, query).await;
            assert_eq!(answer.status, status, "{}", answer.text);
            assert!(answer.body.get("data").is_none(), "{}", answer.text);
            assert!(
                !answer.codes().is_empty() && answer.codes().iter().all(|code| *code == "BAD_REQUEST"),
                "{}",
                answer.text
            );
            assert_eq!(answer.body["extensions"]["cost"]["statements"], 0, "{}", answer.text);
        }
    }
}

case!(a_request_that_passes_a_limit_is_a_bad_one_in_either_type);
async fn a_request_that_passes_a_limit_is_a_bad_one_in_either_type(world: World) {
    let query = format!("{{ {} }}", "a: __typename ".repeat(51));
    for accept in ["application/json", "application/graphql-response+json"] {
        let answer = accepting(&world, accept, &query).await;
        assert_eq!(refused(&answer, StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED"), "aliases: 51; at most 50");
    }
}

case!(a_variable_that_is_needed_is_asked_for);
async fn a_variable_that_is_needed_is_asked_for(world: World) {
    let query = "query($id: ID!) { node(id: $id) { id } }";
    for variables in [json!({}), json!({ "id": null }), json!({ "other": "x" })] {
        let answer = world.stranger.ask_with(query, variables).await;
        let message = refused(&answer, StatusCode::BAD_REQUEST, "BAD_REQUEST");
        assert_eq!(message, "the variable $id is ID!, and has no value");
    }
    let defaulted = r#"query($id: ID! = "nothing") { node(id: $id) { id } }"#;
    assert_eq!(world.stranger.ask(defaulted).await.good(), &json!({ "node": null }));
}

case!(a_field_that_fails_leaves_the_rest);
async fn a_field_that_fails_leaves_the_rest(world: World) {
    world.given.street().await;
    let query =
        r#"{ area(code: "51") { children(after: "nonsense") { nodes { name } } } other: area(code: "51") { name } }"#;
    for accept in ["application/json", "application/graphql-response+json"] {
        let answer = accepting(&world, accept, query).await;
        assert_eq!((answer.status, answer.codes()), (StatusCode::OK, vec!["BAD_CURSOR"]), "{}", answer.text);
        assert_eq!(answer.body["data"], json!({ "area": null, "other": { "name": "四川省" } }));
        assert_eq!(answer.body["errors"][0]["path"], json!(["area", "children"]));
    }
}

case!(other_doors_are_open_and_the_rest_is_wall);
async fn other_doors_are_open_and_the_rest_is_wall(world: World) {
    for (path, media) in [
        ("/", "text/html; charset=utf-8"),
        ("/graphiql", "text/html; charset=utf-8"),
        ("/healthz", "text/plain; charset=utf-8"),
    ] {
        let answer = get(&world, path).await;
        assert_eq!((answer.status, &answer.headers[CONTENT_TYPE]), (StatusCode::OK, &media.parse().unwrap()), "{path}");
        assert_eq!(
            (&answer.headers["referrer-policy"], &answer.headers["x-frame-options"]),
            (&"no-referrer".parse().unwrap(), &"DENY".parse().unwrap())
        );
    }
    let nothing = get(&world, "/graphql/more").await;
    let words = "Nothing here. The API is at /graphql, its front page at /\n";
    assert_eq!((nothing.status, nothing.text.as_str()), (StatusCode::NOT_FOUND, words));
}

/// A trace, as another server hands it on.
const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

case!(every_answer_tells_what_its_request_goes_by);
async fn every_answer_tells_what_its_request_goes_by(world: World) {
    let hosts = vec!["localhost".parse().unwrap()];
    let door = world.stranger_at(Front {
        hosts,
        cors_origins: vec!["https://portal.example.org".parse().unwrap()],
        ..Front::default()
    });
    let ask = async |method: &str, path: &str, headers: &[(&str, &str)]| {
        let request = Request::builder().method(method).uri(path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        door.send(request.body(Body::empty()).unwrap()).await
    };
    let preflight =
        [("host", "localhost"), ("origin", "https://portal.example.org"), ("access-control-request-method", "POST")];
    for (method, path, host) in [
        ("GET", "/", "localhost"),
        ("GET", "/graphql?query=%7B__typename%7D", "localhost"),
        ("GET", "/graphql", "localhost"),
        ("PUT", "/graphql", "localhost"),
        ("GET", "/schema.graphql", "localhost"),
        ("GET", "/healthz", "localhost"),
        ("GET", "/readyz", "localhost"),
        ("GET", "/metrics", "localhost"),
        ("GET", "/files/x", "localhost"),
        ("POST", "/files", "localhost"),
        ("GET", "/nowhere", "localhost"),
        ("DELETE", "/healthz", "localhost"),
        ("GET", "/", "evil.example"),
    ] {
        let answer = ask(method, path, &[("host", host), ("x-request-id", "req-7"), ("traceparent", TRACE)]).await;
        assert_eq!(
            (&answer.headers["x-request-id"], &answer.headers["traceparent"]),
            (&"req-7".parse().unwrap(), &TRACE.parse().unwrap()),
            "{method} {path}"
        );
        if answer.body.get("errors").is_some() {
            assert_eq!(answer.body["errors"][0]["extensions"]["requestId"], "req-7", "{method} {path}");
        }
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{method} {path}");
        let answer = ask(method, path, &[("host", host), ("x-request-id", "no id"), ("traceparent", "nonsense")]).await;
        assert_eq!(answer.headers["x-request-id"].len(), 32, "{method} {path}");
        assert!(!answer.headers.contains_key("traceparent"), "{method} {path}");
    }
    let answer = ask("OPTIONS", "/graphql", &preflight).await;
    assert_eq!((answer.status, answer.headers["x-request-id"].len()), (StatusCode::OK, 32));
}
