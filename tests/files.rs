//! Files: who sends them, who gets them, and what becomes of those that nothing came of.

use std::sync::Arc;

use api::command::arguments::Config;
use api::feature::attachment::files::{Files, Swept, sweep_orphans};
use api::kernel::global_id::Table;
use api::server::app::App;
use api::storage::{self, Folder, Storage};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use entity::{attachment, audit_entry, list_item};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Answer, Client, World, case, pure};

/// A GIF, as far as anybody looks.
const PICTURE: &str = "GIF89apicture;";
const PAPER: &str = "%PDF-1.7 paper";
/// The most that a file may have here.
const MOST: u64 = 200_000;
/// And all that one account sends in within a day.
const MOST_A_DAY: u64 = 1_000_000;

/// A door that takes files in, and the folder that they go to.
pub struct Desk {
    app: App,
    pub storage: Arc<Folder>,
    pub door: Client,
    home: TempDir,
}

pub fn desk(world: &World) -> Desk {
    let home = tempfile::tempdir().expect("a folder");
    let storage = Arc::new(Folder::open(home.path().join("files")).expect("a folder"));
    let files = Files::new(Arc::clone(&storage) as Arc<dyn Storage>, MOST, MOST_A_DAY);
    let app = world.app.clone().with_files(files);
    let door = Client::new(api::server::http::router(app.clone()));
    Desk { app, storage, door, home }
}

impl Desk {
    pub async fn contents(&self) -> usize {
        let lists =
            (0..=u8::MAX).map(|start| async move { self.storage.list(&format!("{start:02x}")).await.unwrap().len() });
        join_all(lists).await.into_iter().sum()
    }

    /// What the clock does at one moment.
    pub async fn tick(&self) -> u64 {
        api::server::ticks::tick(&self.app).await.unwrap()
    }

    pub async fn sweep(&self) -> (u64, u64) {
        let Swept { attachments, contents } = sweep(&self.app).await.unwrap();
        (attachments, contents)
    }
}

/// A form as `wx.uploadFile` sends it: another field, then the file.
fn form(parts: &[(&str, &str, &str)]) -> Request<Body> {
    let mut body = String::from("--edge\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nx\r\n");
    for (field, name, content) in parts {
        body += &format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n{content}\r\n"
        );
    }
    body += "--edge--\r\n";
    let request = Request::post("/files").header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    request.body(Body::from(body)).expect("a request")
}

async fn send(who: &Client, name: &str, content: &str) -> Value {
    let answer = who.send(form(&[("file", name, content)])).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.body
}

async fn fetch(who: &Client, url: &str) -> Answer {
    who.send(Request::get(url).body(Body::empty()).expect("a request")).await
}

async fn status(who: &Client, url: &str) -> u16 {
    fetch(who, url).await.status.as_u16()
}

async fn rows(world: &World) -> u64 {
    attachment::Entity::find().count(&world.database.reader).await.unwrap()
}

/// The same person at this door.
pub async fn at(world: &World, desk: &Desk, role: entity::account_grant::Role, party: &entity::party::Model) -> Client {
    let account = world.given.account().await;
    world.given.grant(&account, role).on(party).await;
    let (token, row) = world.given.access_token(&account);
    row.await;
    desk.door.with_token(&token)
}

use entity::account_grant::Role::{CommunityStaff, UnitLiaison};

/// Sweeps what nothing came of, as the clock does.
async fn sweep(app: &App) -> api::kernel::error::Result<Swept> {
    sweep_orphans(&app.database().writer, app.clock(), app.files().map(AsRef::as_ref)).await
}

case!(a_picture_is_sent_hung_on_a_need_and_seen_by_who_sees_the_need);
async fn a_picture_is_sent_hung_on_a_need_and_seen_by_who_sees_the_need(world: World) {
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let other = world.given.community("北街社区").await;
    let clerk = at(&world, &desk, CommunityStaff, &community).await;
    let foreign = at(&world, &desk, CommunityStaff, &other).await;
    let sent = send(&clerk, "C:\\照片\\东巷.html", PICTURE).await;
    let (id, url) = (sent["id"].as_str().unwrap(), sent["url"].as_str().unwrap());
    assert_eq!(
        sent,
        json!({
            "id": id, "url": format!("/files/{id}"), "name": "东巷.html.gif", "mediaType": "image/gif", "bytes": 14,
            "createdAt": "2026-03-02T02:00:00Z",
        })
    );
    // Until it hangs on something it is its sender's alone.
    assert_eq!(
        (status(&clerk, url).await, status(&foreign, url).await, status(&desk.door, url).await),
        (200, 404, 404)
    );
    let category = Table::Category.id(world.given.shipped_category("safety.fire").await.id).0;
    let attach = |who: &Client, owner: &entity::party::Model| {
        let input = json!({
            "ownerId": Table::Party.id(owner.id).0, "categoryId": category, "title": "路灯", "attachments": [{ "id": id }],
        });
        let who = who.clone();
        async move { who.payload("createNeed", input, "need { id attachments { id url name mediaType bytes } }").await }
    };
    let stolen = attach(&foreign, &other).await;
    assert_eq!(stolen["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(stolen["userErrors"][0]["path"], json!(["attachments", "0"]));
    assert_eq!(list_item::Entity::find().count(&world.database.reader).await.unwrap(), 0);
    let made = attach(&clerk, &community).await;
    assert_eq!(
        made["need"]["attachments"],
        json!([{ "id": id, "url": url, "name": "东巷.html.gif", "mediaType": "image/gif", "bytes": 14 }])
    );
    assert_eq!(
        (status(&clerk, url).await, status(&foreign, url).await, status(&desk.door, url).await),
        (200, 404, 404)
    );
    clerk.does("publishListItem", json!({ "id": made["need"]["id"] }), "").await;
    let seen = fetch(&desk.door, url).await;
    assert_eq!((seen.status, seen.text.as_str()), (StatusCode::OK, PICTURE));
    for (name, value) in [
        ("content-type", "image/gif"),
        ("content-disposition", "inline; filename*=UTF-8''%E4%B8%9C%E5%B7%B7.html.gif"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-cache"),
        ("vary", "Authorization"),
    ] {
        assert_eq!(seen.headers.get(name).map(|value| value.to_str().unwrap()), Some(value), "{name}");
    }
    let tag = seen.headers[header::ETAG].clone();
    let again = Request::get(url).header(header::IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
    let again = desk.door.send(again).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
}

case!(what_may_not_come_in_leaves_nothing);
async fn what_may_not_come_in_leaves_nothing(world: World) {
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let clerk = at(&world, &desk, CommunityStaff, &community).await;
    let account = world.given.account().await;
    world.given.grant(&account, CommunityStaff).on(&community).await;
    let (token, row) = world.given.access_token(&account);
    row.with(|row| row.may_write = false).await;
    let reader = desk.door.with_token(&token);
    let account = world.given.account().await;
    world.given.grant(&account, entity::account_grant::Role::Analyst).within(&world.given.district().await).await;
    let (token, row) = world.given.access_token(&account);
    row.await;
    let analyst = desk.door.with_token(&token);
    let large = format!("GIF89a{}", "x".repeat(200_000));
    let huge = format!("GIF89a{}", "x".repeat(300_000));
    let picture = ("file", "1.gif", PICTURE);
    for (name, who, request, status, code) in [
        ("a stranger", &desk.door, form(&[picture]), 401, "UNAUTHENTICATED"),
        ("no token", &desk.door.with_token("cobuild_none"), form(&[picture]), 401, "UNAUTHENTICATED"),
        ("for reading alone", &reader, form(&[picture]), 403, "FORBIDDEN"),
        ("an analyst", &analyst, form(&[picture]), 403, "FORBIDDEN"),
        ("a page", &clerk, form(&[("file", "1.gif", "<html><script>alert(1)</script>")]), 415, "BAD_REQUEST"),
        (
            "a drawing",
            &clerk,
            form(&[("file", "1.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")]),
            415,
            "BAD_REQUEST",
        ),
        ("too large", &clerk, form(&[("file", "1.gif", &large)]), 413, "LIMIT_EXCEEDED"),
        ("much too large", &clerk, form(&[("file", "1.gif", &huge)]), 413, "LIMIT_EXCEEDED"),
        ("two files", &clerk, form(&[picture, picture]), 400, "BAD_REQUEST"),
        ("no file", &clerk, form(&[]), 400, "BAD_REQUEST"),
        ("an empty one", &clerk, form(&[("file", "1.gif", "")]), 400, "BAD_REQUEST"),
        ("another field", &clerk, form(&[("picture", "1.gif", PICTURE)]), 400, "BAD_REQUEST"),
        ("no form", &clerk, Request::post("/files").body(Body::from(PICTURE)).unwrap(), 415, "BAD_REQUEST"),
        (
            "a form that breaks off",
            &clerk,
            Request::post("/files")
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
                .body(Body::from("--edge\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nGIF89a"))
                .unwrap(),
            400,
            "BAD_REQUEST",
        ),
    ] {
        let answer = who.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.codes()), (status, vec![code]), "{name}: {}", answer.text);
        assert!(
            answer.body["data"].is_null() && answer.headers[header::CONTENT_TYPE] == "application/json; charset=utf-8",
            "{name}"
        );
    }
    assert_eq!((rows(&world).await, desk.contents().await), (0, 0));
    assert_eq!(audit_entry::Entity::find().count(&world.database.reader).await.unwrap(), 0);
    assert_eq!(
        clerk.send(Request::put("/files").body(Body::empty()).unwrap()).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

case!(what_is_no_file_is_not_found);
async fn what_is_no_file_is_not_found(world: World) {
    let desk = desk(&world);
    let need = world.given.need(&world.given.community("文庙社区").await).await;
    let link = world.given.attachment(&need).await;
    let gone = world.given.attachment(&need).with(|row| row.content_hash = Some("0".repeat(64))).await;
    let ids = [
        Table::Attachment.id(link.id).0,
        Table::Attachment.id(gone.id).0,
        Table::Attachment.id(need.id).0,
        Table::ListItem.id(need.id).0,
        "..%2F..%2Fetc%2Fpasswd".to_owned(),
        "%00".to_owned(),
    ];
    for id in ids {
        let answer = fetch(&desk.door, &format!("/files/{id}")).await;
        assert_eq!((answer.status.as_u16(), answer.codes()), (404, vec!["NOT_FOUND"]), "{id}");
    }
    let token = desk.door.with_token("cobuild_none");
    assert_eq!(status(&token, &format!("/files/{}", Table::Attachment.id(link.id).0)).await, 401);
    // A server that takes none in has none.
    assert_eq!(world.stranger.send(form(&[("file", "1.gif", PICTURE)])).await.status, StatusCode::NOT_FOUND);
}

case!(evidence_is_for_the_two_sides);
async fn evidence_is_for_the_two_sides(world: World) {
    let desk = desk(&world);
    let given = &world.given;
    let (community, other) = (given.community("文庙社区").await, given.community("北街社区").await);
    let unit = given.unit("人民医院").await;
    let need = given.need(&community).await;
    let claim = given.claim(&need, &unit).status(entity::claim::ClaimStatus::InProgress).await;
    let clerk = at(&world, &desk, CommunityStaff, &community).await;
    let foreign = at(&world, &desk, CommunityStaff, &other).await;
    let liaison = at(&world, &desk, UnitLiaison, &unit).await;
    let sent = send(&liaison, "签到表.pdf", PAPER).await;
    let url = sent["url"].as_str().unwrap();
    let input =
        json!({ "id": Table::Claim.id(claim.id).0, "deliveredQuantity": 1, "evidence": [{ "id": sent["id"] }] });
    liaison.does("deliverClaim", input, "").await;
    assert_eq!((status(&clerk, url).await, status(&liaison, url).await), (200, 200));
    assert_eq!((status(&foreign, url).await, status(&desk.door, url).await), (404, 404));
    // Each who was given it, and nobody else, is in the audit log.
    let fetched = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq("downloadEvidence"));
    let fetched = fetched.all(&world.database.reader).await.unwrap();
    let told: Vec<_> = fetched.iter().map(|entry| (entry.subject.as_str(), entry.on_behalf_of_id)).collect();
    assert_eq!(told, [community.id, unit.id].map(|party| (sent["id"].as_str().unwrap(), Some(party))));
    let seen = fetch(&clerk, url).await;
    assert_eq!(
        seen.headers[header::CONTENT_DISPOSITION],
        "attachment; filename*=UTF-8''%E7%AD%BE%E5%88%B0%E8%A1%A8.pdf"
    );
    // What hangs on one thing is hung on no other.
    let edit = json!({ "id": Table::ListItem.id(need.id).0, "ifVersion": need.version, "attachments": [{ "id": sent["id"] }] });
    assert_eq!(clerk.is_refused("updateNeed", edit).await, "NOT_FOUND");
}

case!(attachments_are_replaced_kept_and_reordered);
async fn attachments_are_replaced_kept_and_reordered(world: World) {
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let clerk = at(&world, &desk, CommunityStaff, &community).await;
    let colleague = at(&world, &desk, CommunityStaff, &community).await;
    let need = world.given.need(&community).await;
    let (one, two) = (send(&clerk, "1.gif", PICTURE).await, send(&clerk, "2.pdf", PAPER).await);
    let id = Table::ListItem.id(need.id).0;
    let edit = |version: i32, attachments: Value| json!({ "id": id, "ifVersion": version, "attachments": attachments });
    let selection = "need { version attachments { name url } }";
    let both = json!([{ "id": one["id"] }, { "id": two["id"] }]);
    clerk.does("updateNeed", edit(1, both), selection).await;
    // A colleague keeps the second, puts a link before it, and lets the first go.
    let other = json!([{ "url": "https://files.example/x" }, { "id": two["id"] }]);
    let changed = colleague.does("updateNeed", edit(2, other), selection).await;
    assert_eq!(
        changed["need"],
        json!({ "version": 3, "attachments": [
            { "name": null, "url": "https://files.example/x" }, { "name": "2.pdf", "url": two["url"] },
        ] })
    );
    let (one_url, two_url) = (one["url"].as_str().unwrap(), two["url"].as_str().unwrap());
    assert_eq!((status(&clerk, one_url).await, status(&clerk, two_url).await), (404, 200));
    // A refused change leaves them all.
    let before = attachment::Entity::find().all(&world.database.reader).await.unwrap();
    let bad = json!([{ "url": "https://files.example/y" }, { "id": one["id"] }]);
    assert_eq!(clerk.is_refused("updateNeed", edit(3, bad)).await, "NOT_FOUND");
    assert_eq!(clerk.is_refused("updateNeed", edit(2, json!([]))).await, "CONFLICT");
    assert_eq!(attachment::Entity::find().all(&world.database.reader).await.unwrap(), before);
    // A copy has files of its own.
    let copy = clerk.does("copyListItem", json!({ "id": id }), "item { id attachments { id url name } }").await["item"]
        .clone();
    let copied = &copy["attachments"][1];
    assert_eq!((&copied["name"], copied["url"] != two["url"]), (&json!("2.pdf"), true));
    clerk.does("updateNeed", edit(3, json!([])), "").await;
    assert_eq!((status(&clerk, two_url).await, status(&clerk, copied["url"].as_str().unwrap()).await), (404, 200));
    assert_eq!(desk.sweep().await, (0, 1));
    assert_eq!(fetch(&clerk, copied["url"].as_str().unwrap()).await.text, PAPER);
}

case!(what_nothing_came_of_is_swept_after_a_day);
async fn what_nothing_came_of_is_swept_after_a_day(world: World) {
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let (clerk, colleague) =
        (at(&world, &desk, CommunityStaff, &community).await, at(&world, &desk, CommunityStaff, &community).await);
    let old = send(&clerk, "1.gif", PICTURE).await;
    world.clock.advance(24 * 3_600_000);
    assert_eq!(desk.sweep().await, (0, 0), "a day, and not more");
    world.clock.advance(1);
    let same = send(&colleague, "同样的.gif", PICTURE).await;
    storage::put(&*desk.storage, "orphan".into()).await.unwrap();
    assert_eq!(desk.contents().await, 2);
    assert_eq!(desk.sweep().await, (1, 1));
    assert_eq!(
        (
            status(&clerk, old["url"].as_str().unwrap()).await,
            fetch(&colleague, same["url"].as_str().unwrap()).await.text
        ),
        (404, PICTURE.to_owned())
    );
    let entries = audit_entry::Entity::find().all(&world.database.reader).await.unwrap();
    let acts: Vec<(&str, String)> = entries.iter().map(|entry| (entry.action.as_str(), entry.source.word())).collect();
    assert_eq!(
        acts,
        [("uploadFile", "API".to_owned()), ("uploadFile", "API".to_owned()), ("sweepFiles", "CLOCK".to_owned())]
    );
    assert_eq!(desk.sweep().await, (0, 0));
}

case!(nobody_fills_the_store_with_what_hangs_on_nothing);
async fn nobody_fills_the_store_with_what_hangs_on_nothing(world: World) {
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let (clerk, colleague) =
        (at(&world, &desk, CommunityStaff, &community).await, at(&world, &desk, CommunityStaff, &community).await);
    for _ in 0..46 {
        send(&clerk, "1.gif", PICTURE).await;
    }
    // Twelve more at once: four come in.
    let sent = (0..12).map(|_| {
        let clerk = clerk.clone();
        tokio::spawn(async move { clerk.send(form(&[("file", "1.gif", PICTURE)])).await })
    });
    let sent: Vec<Answer> =
        join_all(sent.collect::<Vec<_>>()).await.into_iter().map(|answer| answer.unwrap()).collect();
    let came_in = sent.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let refused: Vec<_> = sent.iter().filter(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS).collect();
    assert_eq!((came_in, refused.len(), rows(&world).await), (4, 8, 50));
    assert!(refused.iter().all(|answer| answer.codes() == ["LIMIT_EXCEEDED"]));
    send(&colleague, "1.gif", PICTURE).await;
    world.clock.advance(24 * 3_600_000 + 1);
    assert_eq!(desk.sweep().await, (51, 1));
    send(&clerk, "1.gif", PICTURE).await;
}

case!(who_sent_enough_today_sends_more_tomorrow);
async fn who_sent_enough_today_sends_more_tomorrow(world: World) {
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let clerk = at(&world, &desk, CommunityStaff, &community).await;
    let need = world.given.need(&community).await;
    let large = format!("%PDF-1.7{}", "x".repeat(190_000));
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(json!({ "id": send(&clerk, "1.pdf", &large).await["id"] }));
    }
    // What hangs on something counts as well.
    let input = json!({ "id": Table::ListItem.id(need.id).0, "ifVersion": 1, "attachments": sent });
    clerk.does("updateNeed", input, "").await;
    let refused = clerk.send(form(&[("file", "6.pdf", &large)])).await;
    assert_eq!((refused.status.as_u16(), refused.codes()), (429, vec!["LIMIT_EXCEEDED"]));
    assert!(refused.text.contains("more than 1000000 bytes within a day"), "{}", refused.text);
    assert_eq!((rows(&world).await, desk.contents().await), (5, 1));
    // Nothing of it was written: it is refused by what its head announces, and its body is not even read.
    let unread = Body::from_stream(futures_util::stream::pending::<Result<String, std::io::Error>>());
    let request = Request::post("/files").header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    let request = request.header(header::CONTENT_LENGTH, 190_000).body(unread).expect("a request");
    assert_eq!(clerk.send(request).await.status, StatusCode::TOO_MANY_REQUESTS);
    send(&clerk, "small.gif", PICTURE).await;
    world.clock.advance(24 * 3_600_000);
    send(&clerk, "6.pdf", &large).await;
}

// A disk that is full or gone fails like this: what should be a folder cannot be written to.
case!(a_store_that_fails_keeps_nothing_and_says_so);
async fn a_store_that_fails_keeps_nothing_and_says_so(world: World) {
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let clerk = at(&world, &desk, CommunityStaff, &community).await;
    let before = send(&clerk, "1.gif", PICTURE).await;
    let (files, aside) = (desk.home.path().join("files"), desk.home.path().join("aside"));
    std::fs::rename(&files, &aside).unwrap();
    std::fs::write(&files, "no folder").unwrap();
    let fails = |answer: &Answer| {
        assert_eq!((answer.status.as_u16(), answer.codes()), (503, vec!["UNAVAILABLE"]));
        assert!(answer.text.contains("files can neither be read nor saved just now"), "{}", answer.text);
        assert!(!answer.text.contains("directory"), "{}", answer.text);
    };
    fails(&clerk.send(form(&[("file", "2.gif", "GIF89aanother;")])).await);
    fails(&fetch(&clerk, before["url"].as_str().unwrap()).await);
    assert!(sweep(&desk.app).await.is_err());
    assert_eq!(rows(&world).await, 1);
    // Mended, it is as it was.
    std::fs::remove_file(&files).unwrap();
    std::fs::rename(&aside, &files).unwrap();
    assert_eq!(fetch(&clerk, before["url"].as_str().unwrap()).await.text, PICTURE);
    send(&clerk, "2.gif", "GIF89aanother;").await;
    assert_eq!((rows(&world).await, desk.contents().await), (2, 2));
}

case!(what_is_not_taken_in_is_told_before_it_has_come);
async fn what_is_not_taken_in_is_told_before_it_has_come(world: World) {
    use futures_util::StreamExt;
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let clerk = at(&world, &desk, CommunityStaff, &community).await;
    let start =
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"1.gif\"\r\n\r\n<html><script>alert(1)";
    let endless = futures_util::stream::iter([Ok(start), Ok(" and so on, and so on")])
        .chain(futures_util::stream::pending::<Result<&str, std::io::Error>>());
    let request = Request::post("/files").header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    let answer = clerk.send(request.body(Body::from_stream(endless)).expect("a request")).await;
    assert_eq!((answer.status.as_u16(), answer.codes()), (415, vec!["BAD_REQUEST"]));
    assert_eq!((rows(&world).await, desk.contents().await), (0, 0));
}

case!(one_senders_slow_files_leave_places_to_the_others);
async fn one_senders_slow_files_leave_places_to_the_others(world: World) {
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let slow = at(&world, &desk, CommunityStaff, &community).await;
    let clerk = at(&world, &desk, CommunityStaff, &community).await;
    let dripping: Vec<_> = (0..20)
        .map(|_| {
            let slow = slow.clone();
            let unread = Body::from_stream(futures_util::stream::pending::<Result<String, std::io::Error>>());
            let request = Request::post("/files").header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
            tokio::spawn(async move { slow.send(request.body(unread).expect("a request")).await })
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    send(&clerk, "1.gif", PICTURE).await;
    dripping.iter().for_each(tokio::task::JoinHandle::abort);
}

case!(a_sweep_takes_nothing_that_is_just_coming_in);
async fn a_sweep_takes_nothing_that_is_just_coming_in(world: World) {
    let desk = Arc::new(desk(&world));
    let community = world.given.community("文庙社区").await;
    let clerk = at(&world, &desk, CommunityStaff, &community).await;
    let sweeps = {
        let desk = Arc::clone(&desk);
        tokio::spawn(async move {
            for _ in 0..12 {
                desk.sweep().await;
            }
        })
    };
    for number in 0..20 {
        // An orphan with what is just coming in: whoever looks finds it without a row.
        let content = format!("{PAPER} {number}");
        storage::put(&*desk.storage, content.clone().into()).await.unwrap();
        send(&clerk, "1.pdf", &content).await;
    }
    sweeps.await.unwrap();
    for row in attachment::Entity::find().all(&world.database.reader).await.unwrap() {
        assert!(desk.storage.has(row.content_hash.as_deref().unwrap()).await.unwrap());
    }
}

pure!(files_are_beside_the_database_unless_one_says_where);
fn files_are_beside_the_database_unless_one_says_where() {
    let folder = |options: &[&str]| {
        let words = ["cobuild"].iter().chain(options);
        let config = <Config as clap::Parser>::try_parse_from(words).expect("a command line");
        config.settings.files_folder().display().to_string()
    };
    assert_eq!(folder(&[]), "data/files");
    assert_eq!(folder(&["--database-url", "sqlite:/var/cobuild/main.db?mode=rwc"]), "/var/cobuild/files");
    assert_eq!(folder(&["--database-url", "postgres://cobuild@localhost/cobuild"]), "data/files");
    assert_eq!(folder(&["--files", "/srv/files", "--database-url", "sqlite:/var/cobuild/main.db"]), "/srv/files");
}
