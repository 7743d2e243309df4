//! Questions to the small demo, and the answers as they were, byte for byte.

use std::collections::BTreeSet;
use std::path::Path;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use sea_orm::DbBackend;
use serde_json::{Map, Value, json};

use crate::harness::{World, case, nothing_found, pure};

const QUESTIONS: &str = include_str!("queries.graphql");
const ANSWERS: &str = include_str!("answers.jsonl");

/// Pages that are read of a question about `$after` or `$before`.
const PAGES: usize = 3;

/// Lists of which a stranger sees nothing.
const NOT_FOR_STRANGERS: &[&str] = &["claims.nodes.evidence"];

/// Fields that no question can ask for, since a stranger reaches nothing that has them.
const OUT_OF_REACH: &[&str] = &["member", "missing", "specialities"];

case!(every_answer_is_as_it_was);
async fn every_answer_is_as_it_was(world: World) {
    super::load(&world).await;
    let mut lines = Vec::new();
    let mut before = Value::Null;
    for question in questions() {
        before = ask(&world, &question, &before, &mut lines).await;
    }
    let known: Vec<&str> = ANSWERS.lines().collect();
    let different =
        (0..lines.len().max(known.len())).find(|&line| lines.get(line).map(String::as_str) != known.get(line).copied());
    if let Some(line) = different {
        let file = keep(world.backend, &lines);
        let (was, is) = (known.get(line).copied().unwrap_or_default(), lines.get(line).map_or("", String::as_str));
        panic!(
            "{}\nThe answers are in {file}; where they are right: cp {file} tests/demo/answers.jsonl",
            difference(was, is)
        );
    }
}

/// A question: its name, its variables, its text.
struct Question {
    name: &'static str,
    variables: Vec<&'static str>,
    text: String,
}

fn questions() -> Vec<Question> {
    let question = |text: &'static str| {
        let head = text.split('{').next().unwrap_or_default();
        let name = head.split('(').next().unwrap_or_default().trim();
        let variables = head.split('$').skip(1).filter_map(|rest| rest.split(':').next()).collect();
        Question { name, variables, text: format!("query {text}") }
    };
    QUESTIONS.split("\nquery ").skip(1).map(question).collect()
}

/// Asks, and adds a line for each page. Answers with the last page's data.
async fn ask(world: &World, question: &Question, before: &Value, lines: &mut Vec<String>) -> Value {
    let Question { name, text, .. } = question;
    let mut variables = given(&question.variables, before);
    loop {
        let answer = world.stranger.ask_with(text, Value::Object(variables.clone())).await;
        let data = answer.good();
        let mut nothing = nothing_found(data);
        nothing.retain(|path| !NOT_FOR_STRANGERS.contains(&path.as_str()));
        assert_eq!(nothing, [""; 0], "{name} finds nothing here: {}", answer.text);
        lines.push(format!(r#"{{"query":"{name}","answer":{}}}"#, answer.text));
        let pages = lines.iter().rev().take_while(|line| line.starts_with(&format!(r#"{{"query":"{name}""#))).count();
        let Some((variable, cursor)) = next(&question.variables, data).filter(|_| pages < PAGES) else {
            return data.clone();
        };
        assert!(cursor.is_string(), "{name} has no page {}", pages + 1);
        variables.insert(variable.to_owned(), cursor.clone());
    }
}

/// What a question needs of the answer before it.
fn given(variables: &[&str], before: &Value) -> Map<String, Value> {
    let cursors = ["after", "before"];
    let needed = variables.iter().filter(|variable| !cursors.contains(variable));
    let find = |variable: &&str| match *variable {
        "ids" => json!(find(before, "id")),
        name => find(before, name).first().copied().cloned().unwrap_or_default(),
    };
    needed.map(|variable| ((*variable).to_owned(), find(variable))).collect()
}

/// The variable that leads to the next page, and its value.
fn next<'a>(variables: &[&'static str], data: &'a Value) -> Option<(&'static str, &'a Value)> {
    let cursor = |variable: &&'static str| {
        let (more, cursor) = match *variable {
            "after" => ("hasNextPage", "endCursor"),
            "before" => ("hasPreviousPage", "startCursor"),
            _ => return None,
        };
        let info = find(data, "pageInfo").first().copied()?;
        let is_last = info[more] == false;
        Some((*variable, if is_last { &Value::Null } else { &info[cursor] }))
    };
    variables.iter().find_map(cursor)
}

/// All values of the fields with this name, in their order.
fn find<'a>(value: &'a Value, name: &str) -> Vec<&'a Value> {
    match value {
        Value::Object(fields) => {
            let found =
                |(field, value): (&String, &'a Value)| if field == name { vec![value] } else { find(value, name) };
            fields.iter().flat_map(found).collect()
        }
        Value::Array(values) => values.iter().flat_map(|value| find(value, name)).collect(),
        _ => Vec::new(),
    }
}

/// Writes the answers of one database beside what is built, from where a developer copies them.
fn keep(backend: DbBackend, lines: &[String]) -> String {
    let name = if backend == DbBackend::Sqlite { "sqlite" } else { "postgresql" };
    let file = format!("target/answers.{name}.jsonl");
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace");
    std::fs::create_dir_all(workspace.join("target")).expect("a folder for what is built");
    std::fs::write(workspace.join(&file), lines.join("\n") + "\n").expect("a file of answers");
    file
}

/// Where two lines first differ, with a little of what stands around it.
fn difference(was: &str, is: &str) -> String {
    let same = was.chars().zip(is.chars()).take_while(|(one, other)| one == other).count();
    let around = |line: &str| line.chars().skip(same.saturating_sub(60)).take(160).collect::<String>();
    let name = |line: &str| line.split('"').nth(3).unwrap_or("nothing").to_owned();
    format!("{} differs, or {} is asked instead:\n was …{}\n is  …{}", name(was), name(is), around(was), around(is))
}

pure!(a_difference_is_shown_where_it_begins);
fn a_difference_is_shown_where_it_begins() {
    let (was, is) = (r#"{"query":"A","answer":1}"#, r#"{"query":"A","answer":2}"#);
    let shown =
        "A differs, or A is asked instead:\n was …{\"query\":\"A\",\"answer\":1}\n is  …{\"query\":\"A\",\"answer\":2}";
    assert_eq!(difference(was, is), shown);
    assert!(difference("", is).starts_with("nothing differs, or A is asked instead:"));
}

// What is added to the schema is asked for here, too: a field, an argument, a filter or an order without a question is named.
pure!(the_questions_ask_for_everything_in_the_schema);
fn the_questions_ask_for_everything_in_the_schema() {
    let asked: BTreeSet<&str> = QUESTIONS.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
    let names = names().into_iter().filter(|name| !FOR_THE_SIGNED_IN.contains(&name.as_str()));
    let silent: Vec<String> = names.filter(|name| !asked.contains(name.as_str())).collect();
    assert_eq!(silent, OUT_OF_REACH);
    assert!(ANSWERS.len() < 200_000, "smaller pages, please: {} bytes", ANSWERS.len());
}

/// Whether a type is of what strangers read: mutations, and what only those who are signed in see, have cases of their own.
fn is_asked_by_strangers(kind: &str) -> bool {
    let of_others =
        ["Mutation", "UserError", "Viewer", "Account", "Grant", "Audit", "AccessToken", "Session", "Warning"];
    let is_input = kind.ends_with("Input") && !["PeriodInput", "NearInput"].contains(&kind);
    !is_input && !kind.ends_with("Payload") && !of_others.iter().any(|name| kind.starts_with(name))
}

/// What strangers may ask for, and get nothing of.
const FOR_THE_SIGNED_IN: &[&str] = &[
    "viewer",
    "accounts",
    "auditEntries",
    "memberCheckIns",
    "actor",
    "mine",
    "availableActions",
    "whyNot",
    "asPartyId",
    "claimableBy",
];

/// The names of all fields, arguments and filters, and of what lists can be ordered by.
fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for definition in
        parse_schema(api::server::app::schema_text(&api::server::app::graph())).expect("a schema").definitions
    {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        if !is_asked_by_strangers(&definition.node.name.node) {
            continue;
        }
        let is_order = definition.node.name.node.ends_with("OrderField");
        match definition.node.kind {
            TypeKind::Object(async_graphql::parser::types::ObjectType { fields, .. })
            | TypeKind::Interface(async_graphql::parser::types::InterfaceType { fields, .. }) => {
                for field in fields {
                    names.insert(field.node.name.node.to_string());
                    names.extend(field.node.arguments.iter().map(|argument| argument.node.name.node.to_string()));
                }
            }
            TypeKind::InputObject(input) => {
                names.extend(input.fields.iter().map(|field| field.node.name.node.to_string()));
            }
            TypeKind::Enum(choice) if is_order => {
                names.extend(choice.values.iter().map(|value| value.node.value.node.to_string()));
            }
            TypeKind::Enum(_) | TypeKind::Scalar | TypeKind::Union(_) => {}
        }
    }
    names
}
