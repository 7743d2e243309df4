//! A list as somebody asks for it, page by page.

use serde_json::{Value, json};

use super::order::Line;
use crate::harness::{Answer, Client};

/// A list, and what is said of it on every page.
#[derive(Clone)]
pub struct Asked {
    pub client: Client,
    /// The list's name, and what its filter and order are called after.
    pub field: &'static str,
    pub input: &'static str,
    /// The type and id of what it hangs on; none at the root.
    pub parent: Option<(&'static str, String)>,
    pub filter: Value,
    pub lines: Vec<Line>,
}

/// A page, as it was answered.
#[derive(Clone, Debug)]
pub struct Page {
    pub ids: Vec<String>,
    pub has_next: bool,
    pub has_previous: bool,
    pub start: Option<String>,
    pub end: Option<String>,
    pub total: usize,
}

impl Asked {
    pub fn new(client: &Client, field: &'static str, input: &'static str) -> Self {
        let (filter, lines, parent) = (Value::Null, Vec::new(), None);
        Self { client: client.clone(), field, input, parent, filter, lines }
    }

    /// Under this parent.
    pub fn under(self, on: &'static str, id: String) -> Self {
        Self { parent: Some((on, id)), ..self }
    }

    pub fn filter(self, filter: Value) -> Self {
        Self { filter, ..self }
    }

    pub fn ordered(&self, lines: &[Line]) -> Self {
        Self { lines: lines.to_vec(), ..self.clone() }
    }

    /// Asks with these of `first`, `after`, `last` and `before`, whatever comes of it.
    pub async fn ask(&self, page: Value) -> Answer {
        let (input, field) = (self.input, self.field);
        let (head, tail) = match &self.parent {
            Some((on, id)) => (format!("node(id: \"{id}\") {{ ... on {on} {{"), "} }"),
            None => (String::new(), ""),
        };
        let query = format!(
            "query($filter: {input}Filter, $orderBy: [{input}Order!], $first: Int, $after: String, $last: Int, $before: String) {{
                {head} list: {field}(
                    filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before
                ) {{
                    nodes {{ id }} edges {{ cursor node {{ id }} }} totalCount
                    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
                }} {tail}
            }}"
        );
        let mut variables = page;
        variables["filter"] = self.filter.clone();
        if !self.lines.is_empty() {
            variables["orderBy"] = self.lines.iter().map(Line::input).collect();
        }
        self.client.ask_with(&query, variables).await
    }

    /// A good page. Its nodes and its edges, its cursors and its page info agree.
    pub async fn page(&self, page: Value) -> Page {
        let answer = self.ask(page).await;
        let data = answer.good();
        let list = if self.parent.is_some() { &data["node"]["list"] } else { &data["list"] };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let all = |list: &Value, pointer: &str| -> Vec<String> {
            list.as_array().expect("a list").iter().filter_map(|row| row.pointer(pointer).and_then(text)).collect()
        };
        let (ids, cursors) = (all(&list["nodes"], "/id"), all(&list["edges"], "/cursor"));
        assert_eq!(all(&list["edges"], "/node/id"), ids);
        let info = &list["pageInfo"];
        let (start, end) = (text(&info["startCursor"]), text(&info["endCursor"]));
        assert_eq!((start.as_ref(), end.as_ref()), (cursors.first(), cursors.last()));
        Page {
            ids,
            has_next: info["hasNextPage"].as_bool().expect("a flag"),
            has_previous: info["hasPreviousPage"].as_bool().expect("a flag"),
            start,
            end,
            total: list["totalCount"].as_u64().expect("a count") as usize,
        }
    }

    /// All ids from one end to the other, as a reader turns pages of these sizes, by turns. `between` pages, things happen.
    pub async fn walk(&self, is_backwards: bool, sizes: &[i32], mut between: impl AsyncFnMut(&Page)) -> Vec<String> {
        let (size, cursor) = if is_backwards { ("last", "before") } else { ("first", "after") };
        let (mut ids, mut from) = (Vec::new(), None);
        for number in sizes.iter().cycle().take(500) {
            let page = self.page(json!({ size: number, cursor: from })).await;
            let (more, came_from) =
                if is_backwards { (page.has_previous, page.has_next) } else { (page.has_next, page.has_previous) };
            assert_eq!(came_from, from.is_some(), "a page says whether it was reached by a cursor");
            assert!(page.ids.len() == *number as usize || !more, "only the last page is short: {page:?}");
            // Backwards, a page stands before those already read, in the list's own order.
            let place = if is_backwards { 0 } else { ids.len() };
            ids.splice(place..place, page.ids.iter().cloned());
            if !more {
                return ids;
            }
            between(&page).await;
            from = if is_backwards { page.start } else { page.end };
        }
        panic!("the walk does not end: {ids:?}");
    }
}
