//! The first account, ways back in, and the key that signs.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::program::Folder;
use crate::server::Server;
use crate::{NAMED, nothing_found};

const PASSWORD: &str = "correct horse battery";

fn sign_in(server: &Server, username: &str, password: &str) -> Value {
    let query = "mutation($username: String!, $password: String!) {
        signIn(input: { username: $username, password: $password }) {
            session { accessToken }
            viewer { account { username grants { role scope { ... on Area { code } ... on Unit { creditCode } } } } }
            userErrors { code }
        }
    }";
    server.ask(query, json!({ "username": username, "password": password }))["data"]["signIn"].clone()
}

#[test]
fn the_first_account_is_made_granted_and_let_in_again() {
    let folder = Folder::new();
    folder.run_with(&[NAMED], &["demo"]).good();
    let admin = |input: &str, words: &[&str]| folder.run_on(input, &[NAMED], &[&["admin"], words].concat());
    let made = admin(&format!("{PASSWORD}\n"), &["create-account", "LiHua", "--password-stdin", "--name", "李华"]);
    assert_eq!(made.good(), "There is an account lihua now; it may do nothing until it is granted a role\n");
    assert_eq!(
        admin("", &["grant", "lihua", "area-manager", "--scope", "510603"]).good(),
        "lihua is AREA_MANAGER in 510603\n"
    );
    assert_eq!(admin("", &["grant", "lihua", "ADMIN"]).good(), "lihua is ADMIN everywhere\n");
    assert_eq!(admin("", &["revoke", "lihua", "admin"]).good(), "lihua is no longer ADMIN everywhere\n");
    let server = Server::start(&folder, &[NAMED]);
    let signed_in = sign_in(&server, "lihua", PASSWORD);
    let account = json!({ "username": "lihua", "grants": [{ "role": "AREA_MANAGER", "scope": { "code": "510603" } }] });
    assert_eq!((&signed_in["viewer"]["account"], &signed_in["userErrors"]), (&account, &json!([])));
    assert_eq!(server.stop(), Some(0));
    let reset = admin("another good horse\n", &["reset-password", "lihua", "--password-stdin"]);
    assert_eq!(
        reset.good(),
        "lihua has a new password; its sessions have ended, and its personal access tokens are revoked\n"
    );
    let server = Server::start(&folder, &[NAMED]);
    assert_eq!(sign_in(&server, "lihua", PASSWORD)["userErrors"], json!([{ "code": "WRONG_CREDENTIALS" }]));
    assert_eq!(sign_in(&server, "lihua", "another good horse")["userErrors"], json!([]));
    let root = sign_in(&server, "admin", "cobuild-demo");
    let token = root["session"]["accessToken"].as_str().unwrap();
    let log = server.ask_as(
        token,
        "{ auditEntries(filter: { source: { eq: COMMAND_LINE } }, orderBy: [{ field: AT, direction: ASC }]) { nodes { action subject { ... on Account { username } } changes { field } } } }",
        json!({}),
    );
    let log = &log["data"]["auditEntries"]["nodes"];
    assert_eq!(nothing_found(log), [""; 0], "{log}");
    let actions: Vec<&str> = log.as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["createAccount", "grantRole", "grantRole", "revokeRole", "resetPassword"]);
    assert!(!log.to_string().contains("horse") && !server.log().contains("horse"));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn what_cannot_be_done_is_one_error_and_changes_nothing() {
    let folder = Folder::new();
    let admin = |input: &str, words: &[&str]| folder.run_on(input, &[NAMED], &[&["admin"], words].concat());
    admin(&format!("{PASSWORD}\n"), &["create-account", "lihua", "--password-stdin"]).good();
    let wrong: [(&str, &[&str], &str); 8] = [
        (
            "short\n",
            &["create-account", "wang", "--password-stdin"],
            "error: a password has 10 to 200 characters; this one has 5\n",
        ),
        (
            "password123\n",
            &["reset-password", "lihua", "--password-stdin"],
            "error: this password is one of the first that anybody would try: choose another\n",
        ),
        (
            "",
            &["create-account", "wang"],
            "error: give --password-stdin, or --subject where it signs in elsewhere alone\n",
        ),
        (
            "correct horse battery\n",
            &["create-account", "lihua", "--password-stdin"],
            "error: this username is taken\n",
        ),
        (
            "",
            &["create-account", "王", "--subject", "u-17"],
            "error: a username has 2 to 64 letters a-z, digits and . _ - @ +, and begins with a letter or a digit\n",
        ),
        ("", &["grant", "nobody", "admin"], "error: there is no account nobody\n"),
        (
            "",
            &["grant", "lihua", "analyst", "--scope", "999999"],
            "error: there is nothing called 999999 for this role\n",
        ),
        ("", &["grant", "lihua", "analyst"], "error: managers and analysts are of an area\n"),
    ];
    for (input, words, error) in wrong {
        let ran = admin(input, words);
        assert!(ran.failed(1).ends_with(error), "{words:?}: {}", ran.err);
    }
    let no_role = admin("", &["grant", "lihua", "king"]);
    assert!(no_role.failed(2).contains("a role is one of unit-liaison, community-staff"), "{}", no_role.err);
    assert!(
        admin("", &["revoke", "lihua", "admin"]).failed(1).ends_with("the account does not have this role there\n")
    );
}

#[test]
fn the_key_is_made_once_beside_the_database_for_its_owner_alone() {
    let folder = Folder::new();
    folder.run_on(&format!("{PASSWORD}\n"), &[NAMED], &["admin", "create-account", "lihua", "--password-stdin"]).good();
    let server = Server::start(&folder, &[NAMED]);
    let token = sign_in(&server, "lihua", PASSWORD)["session"]["accessToken"].as_str().unwrap().to_owned();
    assert_eq!(server.stop(), Some(0));
    let file = folder.path().join("named.db.key");
    let key = std::fs::read_to_string(&file).unwrap();
    assert_eq!((key.len(), std::fs::metadata(&file).unwrap().permissions().mode() & 0o777), (64, 0o600));
    let who = "{ viewer { account { username } } }";
    let server = Server::start(&folder, &[NAMED]);
    assert_eq!(server.ask_as(&token, who, json!({}))["data"]["viewer"]["account"]["username"], "lihua");
    assert_eq!(server.stop(), Some(0));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), key);
}

#[test]
fn without_a_good_key_nothing_is_served() {
    let folder = Folder::new();
    let postgres = ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    let ran = folder.run_with(&[postgres], &["serve"]);
    assert!(ran.failed(1).contains("COBUILD_SIGNING_KEY or COBUILD_SIGNING_KEY_FILE must be set"), "{}", ran.err);
    let short = folder.run_with(&[NAMED, ("COBUILD_SIGNING_KEY", "too short")], &["serve"]);
    assert!(
        short.failed(1).contains("COBUILD_SIGNING_KEY holds 9 bytes; a signing key has at least 32"),
        "{}",
        short.err
    );
    assert!(!short.err.contains("too short"));
    let half = folder.run_with(&[NAMED, ("COBUILD_OIDC_ISSUER", "https://id.example.org")], &["serve"]);
    assert!(half.failed(1).contains("give all three or none"), "{}", half.err);
}

#[test]
fn demo_accounts_are_shut_out_where_others_reach_the_server() {
    let folder = Folder::new();
    folder.run_with(&[NAMED], &["demo"]).good();
    let everywhere = ("COBUILD_LISTEN", "0.0.0.0:0");
    let server = Server::start(&folder, &[NAMED, everywhere]);
    assert!(server.printed.iter().any(|line| line.contains("The demo accounts are shut out")), "{:?}", server.printed);
    let refused = sign_in(&server, "clerk", "cobuild-demo");
    assert_eq!((&refused["session"], &refused["userErrors"]), (&Value::Null, &json!([{ "code": "FORBIDDEN" }])));
    assert_eq!(sign_in(&server, "clerk", "cobuild-demX")["userErrors"], json!([{ "code": "WRONG_CREDENTIALS" }]));
    assert_eq!(server.stop(), Some(0));
    for proxies in ["", "127.0.0.1/32"] {
        are_shut_out_of_a_proxy(&folder, proxies);
    }
    let server = Server::start(&folder, &[NAMED, everywhere, ("COBUILD_DEMO_ACCOUNTS", "1")]);
    let told =
        "  sign in as admin, manager, analyst, clerk, liaison, grid, member, clerk2, liaison2, password cobuild-demo";
    assert!(server.printed.iter().any(|line| line == told), "{:?}", server.printed);
    assert_eq!(sign_in(&server, "liaison", "cobuild-demo")["userErrors"], json!([]));
    assert_eq!(server.stop(), Some(0));
}

/// Holds that nobody signs in as one of the demo accounts through a proxy on the server's own machine, trusted or not.
fn are_shut_out_of_a_proxy(folder: &Folder, trusted: &str) {
    let settings: &[(&str, &str)] =
        if trusted.is_empty() { &[NAMED] } else { &[NAMED, ("COBUILD_TRUSTED_PROXIES", trusted)] };
    let server = Server::start(folder, settings);
    let query =
        "mutation { signIn(input: { username: \"clerk\", password: \"cobuild-demo\" }) { userErrors { code } } }";
    let code = |host: &str, headers: &str| {
        let answer = server.post(host, headers, query);
        answer["data"]["signIn"]["userErrors"][0]["code"].as_str().unwrap_or("none").to_owned()
    };
    let here = server.address().to_owned();
    for headers in [
        "x-forwarded-for: 203.0.113.9\r\n",
        "x-forwarded-for: 127.0.0.1\r\n",
        "x-real-ip: 203.0.113.9\r\n",
        "via: 1.1 nginx\r\n",
    ] {
        assert_eq!(code(&here, headers), "FORBIDDEN", "{headers}");
    }
    assert_eq!(code("cobuild.example.org", ""), "FORBIDDEN");
    assert_eq!(code(&here, ""), if trusted.is_empty() { "none" } else { "FORBIDDEN" });
    assert_eq!(server.stop(), Some(0));
}
