//! What a person is owed by law is taken out of what was written down, everywhere, and the history stays whole.

use api::command::verify::verify;
use api::kernel::global_id::Table;
use entity::account_grant::Role;
use entity::{account, attachment, audit_entry, claim_event};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Statement,
};
use serde_json::{Value, json};

use crate::claiming::{Street, street};
use crate::harness::{Client, World, case};

/// A name that stands nowhere else.
const NAME: &str = "欧阳修竹";
const PHONE: &str = "13987654321";

/// Whether a text is anywhere in the database: in the bytes of its file once it is vacuumed, or in any row of any table.
async fn is_kept(world: &World, text: &str) -> bool {
    let writer = &world.database.writer;
    let ask = |sql: String| writer.query_all_raw(Statement::from_string(world.backend, sql));
    if world.backend == DbBackend::Sqlite {
        // A backup that is made now, before anything is tidied, has only what is there.
        let folder = tempfile::tempdir().unwrap();
        let backup = folder.path().join("backup.db");
        ask(format!("VACUUM INTO '{}'", backup.display())).await.unwrap();
        let bytes = std::fs::read(backup).unwrap();
        let is_backed_up = bytes.windows(text.len()).any(|window| window == text.as_bytes());
        for statement in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            ask(statement.to_owned()).await.unwrap();
        }
        let files = ask("PRAGMA database_list".to_owned()).await.unwrap();
        let file: String = files[0].try_get("", "file").unwrap();
        let beside = [file.clone(), format!("{file}-wal")];
        let bytes = beside.iter().flat_map(|file| std::fs::read(file).unwrap_or_default()).collect::<Vec<u8>>();
        assert!(bytes.len() > 100_000, "{file}");
        let is_in_file = bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert_eq!(is_backed_up, is_in_file);
        return is_in_file;
    }
    let tables =
        ask("SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()".to_owned());
    for table in tables.await.unwrap() {
        let name: String = table.try_get("", "table_name").unwrap();
        let found =
            ask(format!("SELECT 1 FROM \"{name}\" t WHERE strpos(t::text, '{text}') > 0 LIMIT 1")).await.unwrap();
        if !found.is_empty() {
            return true;
        }
    }
    false
}

/// A need that names a person everywhere that people write, by the API.
async fn told(world: &World) -> (Street, String, String) {
    let street = street(world).await;
    let said = format!("联系{NAME} {PHONE}");
    let input = json!({ "ownerId": Table::Party.id(street.community.id).0, "categoryId": Table::Category.id(street.need.category_id).0,
        "title": format!("给{NAME}家装扶手"), "description": format!("住一楼\n{said}"), "publish": true, "quantity": 3, "address": said });
    let need = street.clerk.does("createNeed", input, "need { id }").await["need"]["id"].as_str().unwrap().to_owned();
    let wish = json!({ "itemId": need, "note": said });
    let claim =
        street.liaison.does("proposeClaim", wish, "claim { id }").await["claim"]["id"].as_str().unwrap().to_owned();
    street.clerk.does("acceptClaim", json!({ "id": claim, "note": said }), "").await;
    street.liaison.does("startClaim", json!({ "id": claim }), "").await;
    let evidence = json!([{ "url": "https://example.org/a" }]);
    street
        .liaison
        .does("deliverClaim", json!({ "id": claim, "deliveredQuantity": 1, "note": said, "evidence": evidence }), "")
        .await;
    street.clerk.does("confirmClaim", json!({ "id": claim, "note": format!("\"{said}\"") }), "").await;
    street.clerk.does("rateClaim", json!({ "id": claim, "stars": 5, "comment": said }), "").await;
    (street, need, claim)
}

case!(a_name_and_a_number_are_taken_out_wherever_they_were_written);
async fn a_name_and_a_number_are_taken_out_wherever_they_were_written(world: World) {
    let (street, need, claim) = told(&world).await;
    let manager = world.manager_of(&world.given.district().await).await;
    assert!(is_kept(&world, NAME).await && is_kept(&world, PHONE).await);
    let events = claim_event::Entity::find().count(&world.database.reader).await.unwrap();
    let redact = |text: &str, reason: &str| json!({ "id": claim, "text": text, "reason": reason });
    for (who, text, reason, code) in [
        (&street.clerk, NAME, "本人要求", "FORBIDDEN"),
        (&street.liaison, NAME, "本人要求", "FORBIDDEN"),
        (&manager, NAME, " ", "REASON_REQUIRED"),
        (&manager, "修", "本人要求", "INVALID"),
        (&manager, "上官婉儿", "本人要求", "INVALID"),
    ] {
        assert_eq!(who.is_refused("redact", redact(text, reason)).await, code, "{text} {reason}");
        assert!(is_kept(&world, NAME).await);
    }
    let done = manager.does("redact", redact(NAME, "本人要求"), "item { title description address }").await;
    assert_eq!(
        done["item"],
        json!({ "title": "给███家装扶手", "description": format!("住一楼\n联系███ {PHONE}"), "address": format!("联系███ {PHONE}") })
    );
    assert!(!is_kept(&world, NAME).await && is_kept(&world, PHONE).await);
    manager.does("redact", json!({ "id": need, "text": PHONE, "reason": "本人要求" }), "").await;
    assert!(!is_kept(&world, PHONE).await);
    // The history is as long as it was, reads on, and says that something was taken out, but not what.
    assert_eq!(claim_event::Entity::find().count(&world.database.reader).await.unwrap(), events);
    let seen = street.clerk.ask_with("query($id: ID!) { node(id: $id) { ... on Claim { status note promised { title } ratings { comment } events { nodes { action note } } } } }", json!({ "id": claim })).await;
    let seen = &seen.good()["node"];
    assert_eq!((&seen["note"], &seen["promised"]["title"]), (&json!("联系███ ███"), &json!("给███家装扶手")));
    assert_eq!(seen["ratings"], json!([{ "comment": "联系███ ███" }]));
    assert_eq!(seen["events"]["nodes"][4], json!({ "action": "CONFIRM", "note": "\"联系███ ███\"" }));
    let log = audit_entry::Entity::find()
        .filter(audit_entry::Column::Action.eq("redact"))
        .order_by_asc(audit_entry::Column::Id);
    let log = log.all(&world.database.reader).await.unwrap();
    let changes: Value = serde_json::from_str(&log[0].changes).unwrap();
    assert_eq!(changes[0], json!({ "field": "reason", "before": null, "after": "本人要求" }));
    assert_eq!(changes[1]["after"], api::kernel::chain::digest(NAME));
    let verdict = verify(&world.database, |_| ()).await.unwrap();
    assert!(verdict.holds(), "{verdict:#?}");
    // Nobody finds it, either.
    for who in [&street.clerk, &street.liaison, &manager, &world.stranger] {
        let found = who
            .read(&format!("{{ listItems(filter: {{ title: {{ contains: \"{NAME}\" }} }}) {{ totalCount }} }}"))
            .await;
        assert_eq!(found["listItems"]["totalCount"], 0);
    }
}

case!(a_file_is_taken_away_whole);
async fn a_file_is_taken_away_whole(world: World) {
    let (street, need, claim) = told(&world).await;
    let manager = world.manager_of(&world.given.district().await).await;
    let file = attachment::Entity::find().one(&world.database.reader).await.unwrap().unwrap();
    let other = world.given.need(&street.community).await;
    let input =
        |id: &str| json!({ "id": id, "attachmentIds": [Table::Attachment.id(file.id).0], "reason": "照片有人脸" });
    let elsewhere = Table::ListItem.id(other.id).0;
    assert_eq!(manager.is_refused("redact", input(&elsewhere)).await, "NOT_FOUND");
    assert_eq!(attachment::Entity::find().count(&world.database.reader).await.unwrap(), 1);
    manager.does("redact", input(&need), "").await;
    assert_eq!(attachment::Entity::find().count(&world.database.reader).await.unwrap(), 0);
    let seen = street
        .clerk
        .ask_with("query($id: ID!) { node(id: $id) { ... on Claim { evidence { url } } } }", json!({ "id": claim }))
        .await;
    assert_eq!(seen.good()["node"]["evidence"], json!([]));
    assert!(verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(a_person_who_asks_for_it_is_erased);
async fn a_person_who_asks_for_it_is_erased(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let clerk = world.clerk_of(&community).await;
    let input = json!({ "person": { "name": NAME, "phone": PHONE }, "specialities": ["书法会友"], "communityId": Table::Party.id(community.id).0 });
    let made = clerk.does("checkInMember", input, "memberCheckIn { id member { id } }").await["memberCheckIn"].clone();
    clerk.does("confirmMemberCheckIn", json!({ "id": made["id"] }), "").await;
    let person = made["member"]["id"].clone();
    let key = Table::Member.key(&person.as_str().unwrap().into()).unwrap();
    let member = entity::member::Entity::find_by_id(key).one(&world.database.reader).await.unwrap().unwrap();
    let account = given.account().with(|row| (row.name, row.username) = (NAME.to_owned(), format!("u{PHONE}"))).await;
    given.grant(&account, Role::Member).of(&member).await;
    let oneself: Client = world.token_of(&account).await;
    assert!(is_kept(&world, NAME).await && is_kept(&world, PHONE).await && is_kept(&world, "书法会友").await);
    let manager = world.manager_of(&given.district().await).await;
    let erase = |reason: &str| json!({ "id": person, "reason": reason });
    assert_eq!(clerk.is_refused("eraseMember", erase("本人要求")).await, "FORBIDDEN");
    assert_eq!(manager.is_refused("eraseMember", erase("")).await, "REASON_REQUIRED");
    assert!(is_kept(&world, NAME).await);
    let left = manager
        .does("eraseMember", erase("本人要求"), "member { contact { name phone } specialities unit { name } }")
        .await;
    assert_eq!(
        left["member"],
        json!({ "contact": { "name": "（**", "phone": null }, "specialities": [], "unit": null })
    );
    for text in [NAME, PHONE, "书法会友"] {
        assert!(!is_kept(&world, text).await, "{text}");
    }
    // Their account signs nobody in, and their check-in is over.
    let shut = oneself.ask("{ viewer { id } }").await;
    assert_eq!(shut.status.as_u16(), 401, "{}", shut.text);
    let account = account::Entity::find_by_id(account.id).one(&world.database.reader).await.unwrap().unwrap();
    assert_eq!((account.is_disabled, account.name.as_str(), account.password_hash), (true, "（已删除）", None));
    let status = manager
        .ask_with("query($id: ID!) { node(id: $id) { ... on MemberCheckIn { status } } }", json!({ "id": made["id"] }))
        .await;
    assert_eq!(status.good()["node"]["status"], "ENDED");
    let verdict = verify(&world.database, |_| ()).await.unwrap();
    assert!(verdict.holds(), "{verdict:#?}");
}
