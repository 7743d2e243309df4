//! The rules about who may import what, held against the source text itself. Prose would not hold them.

use crate::harness::pure;
use crate::harness::sources::{self, Source};

/// The wings of the house, each of which knows those before it.
const WINGS: &[&str] = &["private", "database", "storage", "kernel", "access", "feature", "graph", "server", "command"];

/// What knows a wing that comes after its own, and which. May only get shorter.
///
/// Whatever a mutation is about, its payload can name: any node of the graph. Accounts and entries of the log are shown with the
/// parties and persons that they are about. And steps of the tables are recorded with the moment at which they were taken.
const EXCUSED: &[(&str, &[&str])] = &[
    ("access/account/types.rs", &["feature", "graph"]),
    ("access/audit.rs", &["feature", "graph"]),
    ("access/payload.rs", &["graph"]),
    ("database/migrate.rs", &["kernel"]),
];

/// Who reads the machine's clock. May only get shorter, but for the clock itself.
const READS_THE_CLOCK: &[&str] = &["entity/src/time.rs", "api/src/kernel/clock.rs"];

/// How many lines a file may have.
const LONGEST_FILE: usize = 400;

/// Who reads the environment.
const READS_THE_ENVIRONMENT: &[&str] =
    &["api/src/server/config.rs", "api/src/server/config/front.rs", "api/src/server/config/sign_in.rs"];

pure!(every_file_begins_by_saying_what_it_is);
fn every_file_begins_by_saying_what_it_is() {
    let silent = ["api", "entity", "migration", "tests"]
        .into_iter()
        .flat_map(sources::of)
        .filter(|file| !file.text.lines().next().is_some_and(|line| line.starts_with("//! ")));
    assert_none(silent.map(|file| file.path), "begin with no `//! …` line");
}

pure!(no_file_is_longer_than_can_be_read_at_once);
fn no_file_is_longer_than_can_be_read_at_once() {
    let long = sources::of("api/src").into_iter().filter(|file| file.text.lines().count() > LONGEST_FILE);
    assert_none(long.map(|file| file.path), "have more than 400 lines");
}

pure!(a_wing_knows_none_that_comes_after_it);
fn a_wing_knows_none_that_comes_after_it() {
    let place = |wing: &str| WINGS.iter().position(|name| *name == wing);
    let mut found = Vec::new();
    for file in sources::of("api/src") {
        let path = file.path.trim_start_matches("api/src/");
        let wing = path.split(['/', '.']).next().unwrap_or_default();
        let Some(own) = place(wing) else {
            assert!(["lib", "main"].contains(&wing), "{path} lies in no wing");
            continue;
        };
        let mut after = crate_modules(code(&file.text));
        after.retain(|named| place(named).unwrap_or_else(|| panic!("{path}: crate::{named} is no wing")) > own);
        after.sort();
        after.dedup();
        if !after.is_empty() {
            found.push((path.to_owned(), after));
        }
    }
    let found: Vec<(&str, Vec<&str>)> =
        found.iter().map(|(path, after)| (&**path, after.iter().map(String::as_str).collect())).collect();
    let excused: Vec<(&str, Vec<&str>)> = EXCUSED.iter().map(|(path, after)| (*path, after.to_vec())).collect();
    assert_eq!(found, excused);
}

// A list of the library's own would forget the path of a fault below.
pure!(resolvers_list_objects_in_lists_that_keep_paths);
fn resolvers_list_objects_in_lists_that_keep_paths() {
    let values = ["String", "AuditChange", "QueryResult", "Step", "Uuid"];
    let features = sources::of("api/src").into_iter().filter(|file| !file.path.starts_with("api/src/kernel/document"));
    let forgetful = features.flat_map(|file| {
        let resolvers = code(&file.text).filter(|line| line.starts_with("async fn") && line.contains("(&self"));
        let listed = resolvers.filter_map(|line| line.split_once("Vec<").map(|(_, of)| (line, head(of))));
        let objects = listed.filter(|(_, of)| !values.contains(&of.as_str()));
        objects.map(|(line, _)| format!("{}: {line}", file.path)).collect::<Vec<_>>()
    });
    assert_none(forgetful, "answer with a `Vec` of objects, and not with a `Listed`");
}

pure!(migrations_import_nothing_of_ours);
fn migrations_import_nothing_of_ours() {
    let ours = ["api::", "cobuild::", "entity::"];
    let importing = sources::of("migration").into_iter().filter(|file| {
        code(&file.text).any(|line| ours.iter().any(|name| line.starts_with("use ") && line.contains(name)))
    });
    assert_none(importing.map(|file| file.path), "import what may change, though history must not");
    let manifest = include_str!("../../migration/Cargo.toml");
    for name in ["api", "cobuild", "entity"] {
        let depends =
            manifest.lines().any(|line| line.starts_with(&format!("{name}.")) || line.starts_with(&format!("{name} ")));
        assert!(!depends, "migration depends on {name}");
    }
}

pure!(only_the_configuration_reads_the_environment);
fn only_the_configuration_reads_the_environment() {
    let words = ["std::env", "env::var", "env::args", "env::current_dir", "env = \""];
    assert_only(READS_THE_ENVIRONMENT, &words, &["api/src", "entity/src", "migration/src"]);
}

pure!(only_the_clock_reads_the_machines_clock);
fn only_the_clock_reads_the_machines_clock() {
    let words = ["Timestamp::now", "Utc::now", "Local::now", "SystemTime::now", "CURRENT_TIMESTAMP"];
    assert_only(READS_THE_CLOCK, &words, &["api/src", "entity/src", "migration/src"]);
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
    let stale = READS_THE_CLOCK.iter().filter(|path| {
        let text = std::fs::read_to_string(format!("{workspace}{path}")).unwrap_or_default();
        !code(&text).any(|line| words.iter().any(|word| line.contains(word)))
    });
    assert_none(stale.map(ToString::to_string), "need their exemption no longer");
}

/// Holds that these words occur in no file but the allowed ones.
fn assert_only(allowed: &[&str], words: &[&str], folders: &[&str]) {
    let says = |file: &Source| code(&file.text).any(|line| words.iter().any(|word| line.contains(word)));
    let saying = folders.iter().flat_map(|folder| sources::of(folder)).filter(says).map(|file| file.path);
    assert_none(saying.filter(|path| !allowed.contains(&path.as_str())), &format!("say one of {words:?}"));
}

#[track_caller]
fn assert_none(offenders: impl Iterator<Item = String>, what_they_do: &str) {
    let offenders: Vec<String> = offenders.collect();
    assert!(offenders.is_empty(), "these {what_they_do}:\n  {}", offenders.join("\n  "));
}

/// The lines that are compiled into the product: no comments, and nothing from the file's own tests on.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim).take_while(|line| *line != "#[cfg(test)]");
    lines.filter(|line| !line.starts_with("//"))
}

/// The modules named right after `crate::`, also those in braces.
fn crate_modules<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let text = lines.collect::<Vec<_>>().join(" ");
    let mut modules = Vec::new();
    for after in text.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(group) => modules.extend(heads(group)),
            None => modules.push(head(after)),
        }
    }
    modules.retain(|module| !module.is_empty());
    modules
}

/// The first words of a group `a::b, c::{d, e}, f}`: `a c f`.
fn heads(group: &str) -> Vec<String> {
    let mut heads = vec![head(group)];
    let mut depth = 0;
    for (place, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(head(&group[place + 1..])),
            _ => {}
        }
    }
    heads
}

fn head(path: &str) -> String {
    path.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

pure!(modules_are_found_in_any_form_of_use);
fn modules_are_found_in_any_form_of_use() {
    let text =
        "use crate::area::tree;\nuse crate::{\n    claim::{machine, quantity}, party,\n};\nfn f() { crate::http::g() }";
    assert_eq!(crate_modules(code(text)), ["area", "claim", "party", "http"]);
    assert_eq!(crate_modules(code("// crate::area\nuse std::fmt;\n#[cfg(test)]\nuse crate::claim;")), [""; 0]);
}
