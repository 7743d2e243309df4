//! Accounts and grants: who keeps them, where, and how far.

use api::kernel::global_id::Table;
use entity::account_grant::Role;
use entity::area::{self, AreaLevel};
use entity::{Timestamp, account, account_grant, audit_entry, party};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, World, case};

/// A district with a community and a unit, and a foreign one with a community.
struct Ground {
    district: area::Model,
    community: party::Model,
    unit: party::Model,
    foreign: party::Model,
    abroad: area::Model,
}

async fn ground(world: &World) -> Ground {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("人民医院").await);
    let district = given.district().await;
    let abroad = given.area(None, AreaLevel::District).with(|row| row.code = "519999".into()).await;
    let foreign = given.community("东街社区").within(&abroad).await;
    Ground { district, community, unit, foreign, abroad }
}

fn party(party: &party::Model) -> Value {
    json!(Table::Party.id(party.id).0)
}

fn area(area: &area::Model) -> Value {
    json!(Table::Area.id(area.id).0)
}

fn id(account: &account::Model) -> Value {
    json!(Table::Account.id(account.id).0)
}

fn new(username: &str, grant: Value) -> Value {
    json!({ "username": username, "name": "李华", "password": PASSWORD, "grant": grant })
}

/// All accounts and grants, to see that nothing was changed.
async fn all(world: &World) -> (Vec<account::Model>, Vec<account_grant::Model>, usize) {
    let reader = &world.database.reader;
    (
        account::Entity::find().order_by_asc(account::Column::Id).all(reader).await.unwrap(),
        account_grant::Entity::find().order_by_asc(account_grant::Column::Id).all(reader).await.unwrap(),
        audit_entry::Entity::find().all(reader).await.unwrap().len(),
    )
}

case!(a_manager_makes_accounts_in_their_area_and_an_administrator_anywhere);
async fn a_manager_makes_accounts_in_their_area_and_an_administrator_anywhere(world: World) {
    let ground = ground(&world).await;
    let (manager, admin) = (world.manager_of(&ground.district).await, world.admin().await);
    let staff =
        json!({ "role": "COMMUNITY_STAFF", "scopeId": party(&ground.community), "expiresAt": "2026-12-31T00:00:00Z" });
    let selection =
        "account { username name isDisabled version grants { role expiresAt scope { ... on Community { name } } } }";
    let made = manager.does("createAccount", new(" LiHua", staff), selection).await;
    let grant =
        json!({ "role": "COMMUNITY_STAFF", "expiresAt": "2026-12-31T00:00:00Z", "scope": { "name": "文庙社区" } });
    let expected = json!({ "username": "lihua", "name": "李华", "isDisabled": false, "version": 1, "grants": [grant] });
    assert_eq!(made["account"], expected);
    let input = json!({ "username": "lihua", "password": PASSWORD });
    let signed_in = world.stranger.does("signIn", input, "viewer { parties { nodes { name } } }").await;
    assert_eq!(signed_in["viewer"]["parties"]["nodes"], json!([{ "name": "文庙社区" }]));
    let lower = json!({ "role": "AREA_MANAGER", "scopeId": area(&ground.district) });
    manager.does("createAccount", new("wang", lower), "").await;
    admin.does("createAccount", new("zhang", json!({ "role": "ADMIN" })), "").await;
    admin.does("createAccount", new("zhao", Value::Null), "").await;
    let outside = json!({ "username": "sun", "name": "孙", "subject": "u-17" });
    admin.does("createAccount", outside, "").await;
    let log =
        audit_entry::Entity::find().order_by_asc(audit_entry::Column::Id).all(&world.database.reader).await.unwrap();
    let first: Value = serde_json::from_str(&log[0].changes).unwrap();
    let fields: Vec<&str> = first.as_array().unwrap().iter().map(|change| change["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["username", "password", "role", "scope", "expiresAt"]);
    assert_eq!((log[0].action.as_str(), log[0].on_behalf_of_id), ("createAccount", Some(ground.community.id)));
    assert!(log.iter().all(|entry| !entry.changes.contains("horse") && !entry.changes.contains("argon2")));
}

case!(nobody_makes_an_account_that_is_not_theirs_to_make);
async fn nobody_makes_an_account_that_is_not_theirs_to_make(world: World) {
    let ground = ground(&world).await;
    let manager = world.manager_of(&ground.district).await;
    let grid = world.given.area(&ground.district, AreaLevel::Grid).await;
    let member = world.given.member(&ground.unit).await;
    let others = [
        ("FORBIDDEN", world.grid_worker_of(&grid).await),
        ("FORBIDDEN", world.person(&member).await),
        ("FORBIDDEN", world.clerk_of(&ground.community).await),
        ("FORBIDDEN", world.liaison_of(&ground.unit).await),
        ("FORBIDDEN", world.analyst_of(&ground.district).await),
        ("UNAUTHENTICATED", world.stranger.clone()),
    ];
    world.given.account().called("taken").await;
    let before = all(&world).await;
    let staff = |party: &party::Model| json!({ "role": "COMMUNITY_STAFF", "scopeId": self::party(party) });
    for (code, client) in &others {
        assert_eq!(client.is_refused("createAccount", new("lihua", staff(&ground.community))).await, *code);
    }
    let of_manager = [
        ("FORBIDDEN", new("lihua", Value::Null)),
        ("FORBIDDEN", new("lihua", staff(&ground.foreign))),
        ("FORBIDDEN", new("lihua", json!({ "role": "ADMIN" }))),
        ("FORBIDDEN", new("lihua", json!({ "role": "ANALYST", "scopeId": area(&ground.abroad) }))),
        ("INVALID", new("lihua", json!({ "role": "UNIT_LIAISON", "scopeId": party(&ground.community) }))),
        ("INVALID", new("lihua", json!({ "role": "GRID_WORKER", "scopeId": area(&ground.district) }))),
        ("INVALID", new("lihua", json!({ "role": "ANALYST" }))),
        ("NOT_FOUND", new("lihua", json!({ "role": "ANALYST", "scopeId": "nonsense" }))),
        ("DUPLICATE", new("Taken", staff(&ground.community))),
        ("INVALID", new("李华", staff(&ground.community))),
        (
            "INVALID",
            json!({ "username": "lihua", "name": "李华", "password": "lihua12345" , "grant": staff(&ground.community) }),
        ),
        ("INVALID", json!({ "username": "lihua", "name": "李华", "grant": staff(&ground.community) })),
    ];
    for (code, input) in of_manager {
        assert_eq!(manager.is_refused("createAccount", input.clone()).await, code, "{input}");
    }
    let short = json!({ "username": "lihua", "name": "李华", "password": "short", "grant": staff(&ground.community) });
    let told = manager.in_chinese().payload("createAccount", short, "").await;
    assert_eq!(told["userErrors"][0]["message"], "密码须为 10 至 200 个字符，现有 5 个");
    let path = manager.payload("createAccount", new("lihua", json!({ "role": "ANALYST" })), "").await;
    assert_eq!(path["userErrors"][0]["path"], json!(["grant", "scopeId"]));
    assert_eq!(all(&world).await, before);
}

case!(one_key_makes_one_account);
async fn one_key_makes_one_account(world: World) {
    let admin = world.admin().await;
    let input =
        |password: &str| json!({ "username": "lihua", "name": "李华", "password": password, "idempotencyKey": "k" });
    let first = admin.does("createAccount", input(PASSWORD), "account { id }").await;
    assert_eq!(admin.does("createAccount", input(PASSWORD), "account { id }").await, first);
    assert_eq!(admin.is_refused("createAccount", input("another good horse")).await, "KEY_REUSED");
}

/// Somebody with these grants.
async fn somebody(world: &World, grants: &[(Role, &party::Model)]) -> account::Model {
    let account = world.given.account().with_password().await;
    for (role, party) in grants {
        world.given.grant(&account, *role).on(party).await;
    }
    account
}

case!(accounts_are_kept_by_who_could_have_granted_all_that_they_have);
async fn accounts_are_kept_by_who_could_have_granted_all_that_they_have(world: World) {
    let ground = ground(&world).await;
    let (manager, admin) = (world.manager_of(&ground.district).await, world.admin().await);
    let clerk = world.clerk_of(&ground.community).await;
    let own = somebody(&world, &[(Role::CommunityStaff, &ground.community), (Role::UnitLiaison, &ground.unit)]).await;
    let both =
        somebody(&world, &[(Role::CommunityStaff, &ground.community), (Role::CommunityStaff, &ground.foreign)]).await;
    let foreign = somebody(&world, &[(Role::CommunityStaff, &ground.foreign)]).await;
    let before = all(&world).await;
    let calls = |account: &account::Model| {
        let id = id(account);
        [
            ("disableAccount", json!({ "id": id })),
            ("enableAccount", json!({ "id": id })),
            ("resetPassword", json!({ "id": id, "password": "another good horse" })),
        ]
    };
    let refused: [(&Client, &account::Model, &str); 5] = [
        (&manager, &both, "FORBIDDEN"),
        (&manager, &foreign, "NOT_FOUND"),
        (&clerk, &own, "FORBIDDEN"),
        (&clerk, &foreign, "NOT_FOUND"),
        (&world.stranger, &own, "UNAUTHENTICATED"),
    ];
    for (client, account, code) in refused {
        for (mutation, input) in calls(account) {
            assert_eq!(client.is_refused(mutation, input).await, code, "{mutation} {}", account.username);
        }
    }
    assert_eq!(all(&world).await, before);
    for (client, account) in [(&manager, &own), (&admin, &both)] {
        for (mutation, input) in calls(account) {
            client.does(mutation, input, "account { version }").await;
        }
        let input = json!({ "username": account.username, "password": "another good horse" });
        world.stranger.does("signIn", input, "").await;
    }
    let myself = admin.read("{ viewer { account { id } } }").await["viewer"]["account"]["id"].clone();
    assert_eq!(admin.is_refused("disableAccount", json!({ "id": myself })).await, "INVALID");
}

case!(roles_are_granted_and_taken_back_where_one_keeps_accounts);
async fn roles_are_granted_and_taken_back_where_one_keeps_accounts(world: World) {
    let ground = ground(&world).await;
    let (manager, admin) = (world.manager_of(&ground.district).await, world.admin().await);
    let (clerk, analyst) = (world.clerk_of(&ground.community).await, world.analyst_of(&ground.district).await);
    let account = somebody(&world, &[(Role::UnitLiaison, &ground.unit)]).await;
    let abroad = world.given.grant(&account, Role::CommunityStaff).on(&ground.foreign).await;
    let before = all(&world).await;
    let grant = |role: &str, scope: Value| json!({ "accountId": id(&account), "role": role, "scopeId": scope });
    let refused = [
        (&manager, grant("ADMIN", Value::Null), "FORBIDDEN"),
        (&manager, grant("COMMUNITY_STAFF", party(&ground.foreign)), "FORBIDDEN"),
        (&manager, grant("UNIT_LIAISON", party(&ground.unit)), "DUPLICATE"),
        (&clerk, grant("COMMUNITY_STAFF", party(&ground.community)), "NOT_FOUND"),
        (&analyst, grant("ANALYST", area(&ground.district)), "NOT_FOUND"),
        (&world.stranger, grant("ANALYST", area(&ground.district)), "UNAUTHENTICATED"),
    ];
    for (client, input, code) in refused {
        assert_eq!(client.is_refused("grantRole", input.clone()).await, code, "{input}");
    }
    let past = json!({ "accountId": id(&account), "role": "ANALYST", "scopeId": area(&ground.district), "expiresAt": "2026-03-02T02:00:00Z" });
    assert_eq!(manager.is_refused("grantRole", past).await, "INVALID");
    let abroad = json!({ "id": Table::Grant.id(abroad.id).0 });
    assert_eq!(manager.is_refused("revokeRole", abroad.clone()).await, "NOT_FOUND");
    assert_eq!(all(&world).await, before);
    let roles = "account { grants { id role } }";
    let granted = manager.does("grantRole", grant("COMMUNITY_STAFF", party(&ground.community)), roles).await;
    let staff =
        granted["account"]["grants"].as_array().unwrap().iter().find(|grant| grant["role"] == "COMMUNITY_STAFF");
    let staff = json!({ "id": staff.unwrap()["id"] });
    // A colleague sees it, but it is not theirs to take back.
    assert_eq!(clerk.is_refused("revokeRole", staff.clone()).await, "FORBIDDEN");
    let left = manager.does("revokeRole", staff.clone(), "account { grants { role } }").await;
    assert_eq!(left["account"]["grants"], json!([{ "role": "UNIT_LIAISON" }]));
    assert_eq!(manager.is_refused("revokeRole", staff).await, "NOT_FOUND");
    admin.does("revokeRole", abroad, "").await;
}

case!(a_grant_ends_by_itself_and_may_be_made_again);
async fn a_grant_ends_by_itself_and_may_be_made_again(world: World) {
    let ground = ground(&world).await;
    let manager = world.manager_of(&ground.district).await;
    let account = somebody(&world, &[(Role::UnitLiaison, &ground.unit)]).await;
    let client = world.token_of(&account).await;
    let acts = "{ viewer { parties { totalCount } } }";
    let input = json!({
        "accountId": id(&account), "role": "COMMUNITY_STAFF", "scopeId": party(&ground.community), "expiresAt": "2026-03-03T00:00:00Z",
    });
    manager.does("grantRole", input, "").await;
    assert_eq!(client.read(acts).await["viewer"]["parties"]["totalCount"], 2);
    world.clock.advance(24 * 3_600_000);
    assert_eq!(client.read(acts).await["viewer"]["parties"]["totalCount"], 1);
    let again = json!({ "accountId": id(&account), "role": "COMMUNITY_STAFF", "scopeId": party(&ground.community) });
    manager.does("grantRole", again, "").await;
    assert_eq!(client.read(acts).await["viewer"]["parties"]["totalCount"], 2);
}

/// The code of a refusal, and the place in the input that it names.
async fn refusal(client: &Client, mutation: &str, input: Value) -> (String, Value) {
    let payload = client.payload(mutation, input, "").await;
    let error = &payload["userErrors"][0];
    (error["code"].as_str().expect("a refusal").to_owned(), error["path"].clone())
}

case!(who_grants_gives_no_longer_than_they_have_and_nothing_to_themselves);
async fn who_grants_gives_no_longer_than_they_have_and_nothing_to_themselves(world: World) {
    let ground = ground(&world).await;
    let given = &world.given;
    let (until, later) = ("2026-06-30T00:00:00Z", "2026-06-30T00:00:00.001Z");
    let end = |row: &mut account_grant::Model| row.expires_at = Some(Timestamp::parse(until).unwrap());
    let manager = given.account().await;
    given.grant(&manager, Role::AreaManager).within(&ground.district).with(end).await;
    // What they are elsewhere, and may not grant, makes it no longer.
    given.grant(&manager, Role::Analyst).within(&ground.abroad).await;
    let temporary_admin = given.account().await;
    given.grant(&temporary_admin, Role::Admin).with(end).await;
    let account = somebody(&world, &[(Role::UnitLiaison, &ground.unit)]).await;
    let before = all(&world).await;
    let staff = |expires_at: Value| json!({ "role": "COMMUNITY_STAFF", "scopeId": party(&ground.community), "expiresAt": expires_at });
    let to = |account: &account::Model, mut grant: Value| {
        grant["accountId"] = id(account);
        grant
    };
    for granter in [&manager, &temporary_admin] {
        let client = world.token_of(granter).await;
        for expires_at in [Value::Null, json!(later)] {
            let told = refusal(&client, "grantRole", to(&account, staff(expires_at.clone()))).await;
            assert_eq!(told, ("INVALID".into(), json!(["expiresAt"])));
            let told = refusal(&client, "createAccount", new("lihua", staff(expires_at))).await;
            assert_eq!(told, ("INVALID".into(), json!(["grant", "expiresAt"])));
        }
        let told = refusal(&client, "grantRole", to(granter, staff(json!(until)))).await;
        assert_eq!(told, ("FORBIDDEN".into(), json!(["accountId"])));
    }
    assert_eq!(all(&world).await, before);
    let client = world.token_of(&manager).await;
    client.does("grantRole", to(&account, staff(json!(until))), "").await;
    // It outlasts the right of whoever granted it.
    account_grant::Entity::delete_many()
        .filter(account_grant::Column::AccountId.eq(manager.id))
        .exec(&world.database.writer)
        .await
        .unwrap();
    let parties = world.token_of(&account).await.read("{ viewer { parties { totalCount } } }").await;
    assert_eq!(parties["viewer"]["parties"]["totalCount"], 2);
}

case!(peers_do_not_keep_each_other);
async fn peers_do_not_keep_each_other(world: World) {
    let ground = ground(&world).await;
    let given = &world.given;
    let city = area::Entity::find_by_id(ground.district.parent_id.unwrap())
        .one(&world.database.reader)
        .await
        .unwrap()
        .unwrap();
    let of = async |role: Role, area: Option<&area::Model>| {
        let account = given.account().with_password().await;
        let grant = given.grant(&account, role);
        let grant = match area {
            Some(area) => grant.within(area).await,
            None => grant.await,
        };
        (account, json!({ "id": Table::Grant.id(grant.id).0 }))
    };
    let (manager, own) = of(Role::AreaManager, Some(&ground.district)).await;
    let peer = of(Role::AreaManager, Some(&ground.district)).await;
    let above = of(Role::AreaManager, Some(&city)).await;
    let admin = of(Role::Admin, None).await;
    let other_admin = of(Role::Admin, None).await;
    let analyst = of(Role::Analyst, Some(&ground.district)).await;
    let before = all(&world).await;
    let calls = |account: &account::Model| {
        let id = id(account);
        [
            ("disableAccount", json!({ "id": id })),
            ("enableAccount", json!({ "id": id })),
            ("resetPassword", json!({ "id": id, "password": "another good horse" })),
        ]
    };
    for (who, whom) in
        [(&manager, &peer), (&manager, &above), (&manager, &admin), (&analyst.0, &peer), (&admin.0, &other_admin)]
    {
        let client = world.token_of(who).await;
        for (mutation, input) in calls(&whom.0).into_iter().chain([("revokeRole", whom.1.clone())]) {
            let code = client.is_refused(mutation, input).await;
            assert!(["FORBIDDEN", "NOT_FOUND"].contains(&code.as_str()), "{mutation}: {code}");
        }
    }
    // Nor oneself: whoever has one's session does not know one's password.
    for who in [&manager, &admin.0] {
        let client = world.token_of(who).await;
        for (mutation, input) in calls(who) {
            assert_eq!(client.is_refused(mutation, input).await, "INVALID", "{mutation}");
        }
    }
    assert_eq!(all(&world).await, before);
    for (who, whom) in [(&above.0, &peer), (&admin.0, &above), (&manager, &analyst)] {
        let client = world.token_of(who).await;
        for (mutation, input) in calls(&whom.0).into_iter().chain([("revokeRole", whom.1.clone())]) {
            client.does(mutation, input, "").await;
        }
    }
    // A right is given up by whoever has it, and taken back by whoever gave it.
    let appointed = given.account().await;
    let input = json!({ "accountId": id(&appointed), "role": "ADMIN" });
    let client = world.token_of(&admin.0).await;
    let made = client.does("grantRole", input, "account { grants { id } }").await;
    client.does("revokeRole", made["account"]["grants"][0].clone(), "").await;
    world.token_of(&manager).await.does("revokeRole", own, "").await;
}

case!(personal_tokens_are_seen_and_revoked_by_those_who_keep_the_account);
async fn personal_tokens_are_seen_and_revoked_by_those_who_keep_the_account(world: World) {
    let ground = ground(&world).await;
    let given = &world.given;
    let clerk = somebody(&world, &[(Role::CommunityStaff, &ground.community)]).await;
    let (word, token) = given.access_token(&clerk);
    let token = json!(Table::AccessToken.id(token.await.id).0);
    let script = world.stranger.with_token(&word);
    let boss = given.account().await;
    given.grant(&boss, Role::Admin).await;
    let (boss_word, boss_token) = given.access_token(&boss);
    let boss_token = json!(Table::AccessToken.id(boss_token.await.id).0);
    let query = format!(
        "{{ account: node(id: {0}) {{ ... on Account {{ accessTokens {{ id name mayWrite }} }} }} token: node(id: {token}) {{ id }} }}",
        id(&clerk)
    );
    let colleague = world.clerk_of(&ground.community).await;
    let (manager, admin) = (world.manager_of(&ground.district).await, world.admin().await);
    let far = world.manager_of(&ground.abroad).await;
    for (client, sees_account, sees_token) in [
        (&manager, true, true),
        (&admin, true, true),
        (&world.token_of(&clerk).await, true, true),
        (&colleague, true, false),
        (&far, false, false),
        (&world.stranger, false, false),
    ] {
        let seen = client.read(&query).await;
        let tokens = seen["account"]["accessTokens"].as_array().map(Vec::len);
        assert_eq!((tokens, seen["token"].is_null()), (sees_account.then_some(usize::from(sees_token)), !sees_token));
    }
    for (client, id, code) in [
        (&colleague, &token, "NOT_FOUND"),
        (&far, &token, "NOT_FOUND"),
        (&manager, &boss_token, "NOT_FOUND"),
        (&admin, &boss_token, "NOT_FOUND"),
        (&script, &token, "FORBIDDEN"),
        (&world.stranger, &token, "UNAUTHENTICATED"),
    ] {
        assert_eq!(client.is_refused("revokeAccessToken", json!({ "id": id })).await, code);
    }
    let who = "{ viewer { id } }";
    script.read(who).await;
    world.stranger.with_token(&boss_word).read(who).await;
    manager.does("revokeAccessToken", json!({ "id": token }), "accessToken { revokedAt }").await;
    script.ask(who).await.refused("UNAUTHENTICATED");
}
