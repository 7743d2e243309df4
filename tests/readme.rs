//! What is written for people is true: queries run and answer as shown, commands parse, and links lead somewhere.

use std::path::{Path, PathBuf};

use api::command::arguments::Config;
use api::command::demo::{self, Options, Scale};
use api::kernel::clock::Clock;
use api::server::app::App;
use api::server::config::Budget;
use api::server::http::router;
use chrono::NaiveDate;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use entity::Timestamp;
use serde_json::Value;

use crate::harness::{Client, SchemaText, World, case, nothing_found, pure};

/// The front page of the project, in each language.
const FRONT: [&str; 2] = ["README.md", "README.zh-CN.md"];

/// A block of code: the file, the language and the text.
#[derive(Debug)]
struct Block {
    file: String,
    language: String,
    text: String,
}

// People read it on any day, and the demo that they load ends on that day: what is shown must not depend on it.
case!(every_query_answers_as_shown);
async fn every_query_answers_as_shown(world: World) {
    let as_of = NaiveDate::from_ymd_opt(2027, 1, 5).unwrap();
    demo::load(&world.database, &Options { scale: Scale::Small, seed: 1, as_of }, |_| ()).await.unwrap();
    let noon = Clock::stopped(Timestamp::start_of(as_of).plus(12 * 3_600_000));
    let visitor = Client::new(router(App::new(world.database.clone(), noon, Budget::default())));
    let mut asked = 0;
    for file in markdown() {
        let blocks = blocks(&file);
        for (place, query) in blocks.iter().enumerate().filter(|(_, block)| block.language == "graphql") {
            let answer = visitor.ask(&query.text).await;
            assert_eq!(nothing_found(answer.good()), [""; 0], "{} finds nothing: {}", query.file, query.text);
            asked += 1;
            if let Some(shown) = blocks.get(place + 1).filter(|block| block.language == "json") {
                let shown: Value = serde_json::from_str(&shown.text).expect("the answer shown is JSON");
                assert_eq!(shown.to_string(), answer.text, "{} shows another answer", query.file);
            }
        }
    }
    assert!(asked >= FRONT.len(), "no query is shown");
}

pure!(both_languages_show_the_same_code);
fn both_languages_show_the_same_code() {
    let [english, chinese] = FRONT.map(|file| blocks(&path(file)));
    let code =
        |blocks: &[Block]| blocks.iter().map(|block| format!("{}\n{}", block.language, block.text)).collect::<Vec<_>>();
    assert_eq!(code(&english), code(&chinese));
}

// Whoever looks for an act finds it, and no act that there is not; what is not there is about one's own account.
pure!(the_everyday_acts_are_the_mutations_that_there_are);
fn the_everyday_acts_are_the_mutations_that_there_are() {
    let own = ["signIn", "refreshSession", "signOut", "changePassword", "createAccessToken", "revokeAccessToken"];
    let mut mutations = SchemaText::read().fields_on("Mutation");
    mutations.retain(|name| !own.contains(&name.as_str()));
    mutations.sort();
    for (file, chapter) in FRONT.iter().zip(["## Everyday acts", "## 日常操作"]) {
        let text = std::fs::read_to_string(path(file)).unwrap();
        let rest = text.split_once(chapter).expect("the chapter").1;
        let chapter = rest.split("\n## ").next().unwrap_or_default();
        let acts = chapter.lines().filter(|line| line.starts_with('|')).filter_map(|line| line.split('|').nth(3));
        let mut acts: Vec<&str> = acts.flat_map(|acts| acts.split('`').skip(1).step_by(2)).collect();
        acts.sort_unstable();
        assert_eq!(acts, mutations, "{file}");
    }
}

pure!(every_command_can_be_run);
fn every_command_can_be_run() {
    let mut run = 0;
    for file in markdown() {
        for block in blocks(&file).iter().filter(|block| block.language == "sh") {
            for words in block.text.lines().filter_map(ours) {
                let error = Config::try_parse_from(["cobuild"].into_iter().chain(words.iter().copied())).err();
                let is_fine = error.as_ref().is_none_or(|error| error.kind() == ErrorKind::DisplayHelp);
                assert!(is_fine, "{}: {words:?}: {}", block.file, error.expect("an error"));
                run += 1;
            }
        }
    }
    assert!(run >= FRONT.len(), "no command is shown");
}

// The limits of a request are many, and told by --help alone.
pure!(every_setting_is_told_with_its_default);
fn every_setting_is_told_with_its_default() {
    let config = Config::command();
    let settings = config.get_arguments().filter_map(|argument| Some((argument, argument.get_env()?.to_str()?)));
    let settings: Vec<_> = settings.filter(|(_, variable)| !variable.starts_with("COBUILD_LIMIT_")).collect();
    for file in FRONT {
        let text = std::fs::read_to_string(path(file)).unwrap();
        let rows: Vec<&str> =
            text.lines().filter(|line| line.starts_with("| `COBUILD_") || line.starts_with("| `DATABASE_")).collect();
        assert_eq!(rows.len(), settings.len(), "{file}");
        for (argument, variable) in &settings {
            let beginning = format!("| `{variable}` | `--{}` | ", argument.get_long().expect("a flag"));
            let row = rows.iter().find_map(|row| row.strip_prefix(&beginning));
            let row = row.unwrap_or_else(|| panic!("{file} has no row that begins {beginning}"));
            if let [default] = argument.get_default_values() {
                assert!(row.starts_with(&format!("`{}` | ", default.to_string_lossy())), "{file}: {variable}: {row}");
            }
        }
    }
}

/// The arguments of a line that runs the server's binary. Settings before it must exist.
fn ours(line: &str) -> Option<Vec<&str>> {
    let mut words = line.split_whitespace().peekable();
    let config = Config::command();
    let known: Vec<_> = config.get_arguments().filter_map(|argument| argument.get_env()?.to_str()).collect();
    let mut settings = Vec::new();
    while let Some(setting) = words.next_if(|word| {
        word.split_once('=')
            .is_some_and(|(name, _)| name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_'))
    }) {
        settings.extend(setting.split('=').next());
    }
    let program = words.next()?;
    let rest: Vec<&str> = words.collect();
    let arguments = match (program, rest.first()) {
        ("cargo", Some(&"run")) => {
            rest.iter().position(|word| *word == "--").map_or(Vec::new(), |end| rest[end + 1..].to_vec())
        }
        _ if program.rsplit('/').next() == Some("cobuild") => rest,
        _ => return None,
    };
    settings.iter().for_each(|setting| assert!(known.contains(setting), "there is no setting {setting}: {line}"));
    Some(arguments)
}

pure!(a_line_is_ours_where_it_runs_the_binary);
fn a_line_is_ours_where_it_runs_the_binary() {
    assert_eq!(ours("cargo run"), Some(vec![]));
    assert_eq!(ours("cargo run --release -- demo --seed 2"), Some(vec!["demo", "--seed", "2"]));
    assert_eq!(ours("COBUILD_LOG=debug target/release/cobuild verify"), Some(vec!["verify"]));
    assert_eq!((ours("cargo test --workspace"), ours("createdb cobuild"), ours("")), (None, None, None));
}

pure!(every_link_leads_to_a_file);
fn every_link_leads_to_a_file() {
    let mut broken = Vec::new();
    for file in markdown() {
        let text = std::fs::read_to_string(&file).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap_or_default();
            let is_elsewhere = target.is_empty() || target.contains("://") || target.starts_with("mailto:");
            if !is_elsewhere && !file.parent().expect("a folder").join(target).exists() {
                broken.push(format!("{}: {target}", file.display()));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace").join(file)
}

/// The Markdown files of the project: those at the top, and those in `docs`.
fn markdown() -> Vec<PathBuf> {
    let folders = [path(""), path("docs")];
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let mut files: Vec<PathBuf> = files.map(|entry| entry.expect("a file or folder").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    files
}

/// The fenced blocks of a Markdown file.
fn blocks(file: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            is_open = !is_open;
            if is_open {
                let (file, language) = (file.display().to_string(), language.trim().to_owned());
                blocks.push(Block { file, language, text: String::new() });
            }
        } else if let Some(block) = blocks.last_mut().filter(|_| is_open) {
            block.text += line;
            block.text.push('\n');
        }
    }
    assert!(!is_open, "{} has a block without an end", file.display());
    blocks
}
