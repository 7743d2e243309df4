//! Whose files they are: there are names, telephone numbers and keys in them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use crate::program::Folder;
use crate::server::Server;

/// What lies in a folder, and how open each is; folders end in a slash.
fn modes(folder: &Path, within: &str, found: &mut Vec<(String, u32)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{within}{}", entry.file_name().to_string_lossy());
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        if entry.path().is_dir() {
            modes(&entry.path(), &format!("{name}/"), found);
            found.push((format!("{name}/"), mode));
        } else {
            found.push((name, mode));
        }
    }
}

/// Those that others can open.
fn open(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    modes(folder, "", &mut found);
    assert!(found.iter().any(|(name, _)| name == "data/cobuild.db"), "{found:?}");
    let found = found.into_iter().filter(|(name, mode)| name.starts_with("data") && mode & 0o077 != 0);
    found.map(|(name, mode)| format!("{name} {mode:o}")).collect()
}

#[test]
fn nobody_else_on_the_machine_opens_what_is_kept() {
    let folder = Folder::new();
    let server = Server::start_after("umask 000", &folder, &[]);
    // While it runs, the log of the database lies beside it.
    assert_eq!(open(folder.path()), [""; 0]);
    assert!(folder.path().join("data/cobuild.db-wal").exists());
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn what_an_earlier_version_left_open_is_closed() {
    let folder = Folder::new();
    assert_eq!(Server::start(&folder, &[]).stop(), Some(0));
    let database = folder.path().join("data/cobuild.db");
    fs::set_permissions(&database, Permissions::from_mode(0o644)).unwrap();
    let server = Server::start_after("umask 022", &folder, &[]);
    assert_eq!(open(folder.path()), [""; 0]);
    let there = server.ask("{ units { totalCount } }", json!({}))["data"].clone();
    assert_eq!(there, json!({ "units": { "totalCount": 150 } }));
    assert_eq!(server.stop(), Some(0));
}
