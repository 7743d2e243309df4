//! What is asked, of the server as a query and of the limit as one statement of SQL by hand.

use api::database::Database;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

/// A question: asked with each of many arguments in turn.
pub struct Question {
    pub name: &'static str,
    pub about: &'static str,
    pub query: &'static str,
    /// One statement, of which the one column is the data as JSON.
    pub sql: &'static str,
    /// Which arguments there are, as rows of texts.
    arguments: &'static str,
    /// What share of the limit's throughput is to be reached, and in how many statements.
    pub floor: f64,
    pub statements: u64,
}

/// So many different arguments are asked with.
const ARGUMENTS: usize = 200;

const DISTRICTS: &str = "SELECT code FROM area WHERE level = 'DISTRICT' ORDER BY code LIMIT 200";

const UNITS: &str = "SELECT party.credit_code FROM party JOIN check_in ON check_in.unit_id = party.id
    WHERE party.credit_code IS NOT NULL AND check_in.status = 'CONFIRMED'
    GROUP BY party.id ORDER BY count(*) DESC, party.id LIMIT 200";

pub const QUESTIONS: [Question; 5] = [
    Question {
        name: "Q1",
        about: "a community by its code, with four areas",
        query: "query($a: String!) { community(code: $a) { name area { name parent { name parent { name parent { name } } } } } }",
        sql: include_str!("q1.sql"),
        arguments: "SELECT code FROM area WHERE level = 'COMMUNITY' ORDER BY id LIMIT 200",
        floor: 0.35,
        statements: 2,
    },
    Question {
        name: "Q2",
        about: "20 communities of a district, 5 open needs of each, 3 claims of each, and who claims",
        query: "query($a: String!) { communities(first: 20, filter: { area: { within: [$a] } }) { nodes { name
            needs(first: 5, filter: { status: { eq: PUBLISHED } }) { nodes { title
            claims(first: 3) { nodes { status claimant { name } } } } } } } }",
        sql: include_str!("q2.sql"),
        arguments: DISTRICTS,
        floor: 0.60,
        statements: 4,
    },
    Question {
        name: "Q3",
        about: "needs of a category that are open in a district, the newest 20, and how many there are",
        query: "query($a: String!, $b: String!) { needs(first: 20, filter: { status: { eq: PUBLISHED }, area: { within: [$a] },
            category: { code: { eq: $b } } }) { totalCount nodes { title createdAt } } }",
        sql: include_str!("q3.sql"),
        arguments: "SELECT area.code, category.code FROM area
            CROSS JOIN (SELECT code FROM category WHERE parent_id IS NOT NULL AND area_id IS NULL ORDER BY code LIMIT 20) AS category
            WHERE area.level = 'DISTRICT' ORDER BY area.code, category.code LIMIT 200",
        floor: 0.40,
        statements: 2,
    },
    Question {
        name: "Q4",
        about: "the newest 20 claims of a unit, on either side, and their items",
        query: "query($a: String!) { unit(creditCode: $a) { name claims(first: 20) { nodes { status quantity item { title } } } } }",
        sql: include_str!("q4.sql"),
        arguments: UNITS,
        floor: 0.0,
        statements: 3,
    },
    Question {
        name: "Q5",
        about: "a unit, 10 communities that it has checked in to, and 10 units of each",
        query: "query($a: String!) { unit(creditCode: $a) { name checkIns(first: 10, filter: { status: { eq: CONFIRMED } }) { nodes {
            community { name checkIns(first: 10, filter: { status: { eq: CONFIRMED } }) { nodes { unit { name } } } } } } } }",
        sql: include_str!("q5.sql"),
        arguments: UNITS,
        floor: 0.45,
        statements: 3,
    },
];

impl Question {
    /// What it is asked with.
    pub async fn arguments(&self, database: &Database) -> Vec<Vec<String>> {
        let statement = Statement::from_string(database.backend(), self.arguments);
        let rows = database.reader.query_all_raw(statement).await.expect("arguments");
        let columns = 1 + usize::from(self.query.contains("$b"));
        let text = |row: &sea_orm::QueryResult, column| row.try_get_by_index(column).expect("a text");
        let rows: Vec<_> = rows.iter().map(|row| (0..columns).map(|column| text(row, column)).collect()).collect();
        assert!(!rows.is_empty() && rows.len() <= ARGUMENTS, "{}: {} arguments", self.name, rows.len());
        rows
    }

    /// The query, as it is posted.
    pub fn posted(&self, arguments: &[String]) -> String {
        let variables: Value =
            ["a", "b"].into_iter().zip(arguments).map(|(name, value)| (name, json!(value))).collect();
        post("/graphql", &json!({ "query": self.query, "variables": variables }).to_string())
    }

    /// The same, as the limit takes it.
    pub fn posted_by_hand(&self, arguments: &[String]) -> String {
        post(&format!("/{}", self.name), &json!(arguments).to_string())
    }
}

fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}
