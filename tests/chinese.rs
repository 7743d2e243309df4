//! Whoever reads Chinese is told in Chinese, wherever they are refused.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

use crate::harness::{Answer, World, case};

fn is_chinese(text: &str) -> bool {
    text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

fn message(answer: &Answer) -> &str {
    answer.body["errors"][0]["message"].as_str().unwrap_or(&answer.text)
}

case!(whoever_reads_chinese_is_refused_in_chinese);
async fn whoever_reads_chinese_is_refused_in_chinese(world: World) {
    let community = world.given.community("文庙社区").await;
    let (english, chinese) = (world.stranger.clone(), world.stranger.in_chinese());
    let post = |content_type: &str, body: String| {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, content_type.to_owned());
        request.header(header::ACCEPT, "application/graphql-response+json").body(Body::from(body)).expect("a request")
    };
    let get = |path: &str| Request::get(path.to_owned()).body(Body::empty()).expect("a request");
    let query = |text: &str| post("application/json", json!({ "query": text }).to_string());
    let signed = |who: &crate::harness::Client, token: &str| who.with_token(token);
    let long = "x".repeat(20_000_000);
    for (name, request, status, words) in [
        ("no such token", query("{ viewer { id } }"), StatusCode::UNAUTHORIZED, "登录已失效或尚未登录，请重新登录"),
        ("no such place", get("/nowhere"), StatusCode::NOT_FOUND, "这里没有内容。接口在 /graphql，首页在 /\n"),
        ("too long", post("application/json", long), StatusCode::PAYLOAD_TOO_LARGE, "请求体超过"),
        (
            "another type",
            post("text/plain", "{}".into()),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "请求的 Content-Type 须为 application/json",
        ),
        ("no JSON", post("application/json", "{".into()), StatusCode::BAD_REQUEST, "请求有误："),
        ("no such field", query("{ nothing }"), StatusCode::BAD_REQUEST, "请求有误："),
        (
            "a bad scalar",
            query("{ claims(filter: { createdAt: { gte: \"昨天\" } }) { totalCount } }"),
            StatusCode::BAD_REQUEST,
            "claims 的参数 filter 有误：filter.createdAt.gte，类型为 DateTime，应为 RFC 3339 格式的时间，如 2026-03-01T08:30:00+08:00",
        ),
        (
            "a text for a number",
            query("query($n: Int = \"三\") { needs(first: $n) { totalCount } }"),
            StatusCode::BAD_REQUEST,
            "变量 $n 的默认值有误：n，类型为 Int，不能是文本",
        ),
        (
            "a variable without a value",
            query("query($id: ID!) { claim(id: $id) { id } }"),
            StatusCode::BAD_REQUEST,
            "变量 $id 的类型为 ID!，没有给出值",
        ),
        (
            "no such field of an input",
            query("{ claims(filter: { nothing: 1 }) { totalCount } }"),
            StatusCode::BAD_REQUEST,
            "claims 的参数 filter 有误：filter.nothing，ClaimFilter 没有字段 nothing",
        ),
        (
            "a place that is none",
            query("{ needs(filter: { near: { lng: 999, lat: 31, metres: 100 } }) { totalCount } }"),
            StatusCode::BAD_REQUEST,
            "needs 的参数 filter 有误：filter.near.lng，999 不在 -180 到 180 之间",
        ),
        (
            "a bad cursor",
            query("{ needs(after: \"zzz\") { totalCount nodes { id } } }"),
            StatusCode::OK,
            "分页游标无效，请从第一页重新查询",
        ),
    ] {
        let who = if name == "no such token" { signed(&chinese, "nonsense") } else { chinese.clone() };
        let answer = who.send(request).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
        assert!(message(&answer).starts_with(words), "{name}: {}", answer.text);
    }
    let told = signed(&english, "nonsense").ask("{ viewer { id } }").await;
    assert!(!is_chinese(message(&told)), "{}", told.text);
    // No message to people has a word of the schema in it, in either language.
    let clerk = world.clerk_of(&community).await;
    let need = world.given.need(&community).draft().await;
    let id = api::kernel::global_id::Table::ListItem.id(need.id).0;
    for who in [clerk.clone(), clerk.in_chinese()] {
        let payload = who.payload("closeListItem", json!({ "id": id }), "").await;
        let told = payload["userErrors"][0]["message"].as_str().unwrap().to_owned();
        assert!(
            ["an item that is a draft cannot be closed", "清单尚为草稿，不能关闭"].contains(&told.as_str()),
            "{told}"
        );
    }
}
