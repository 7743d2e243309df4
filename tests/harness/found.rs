//! Whether an answer finds something: lists that are empty wherever they stand make it no answer.

use std::collections::BTreeMap;

use serde_json::Value;

/// The paths of the lists that found nothing for anybody, as `communities.nodes.needs.nodes`, and of roots that are null.
pub(crate) fn nothing_found(data: &Value) -> Vec<String> {
    let mut lists = BTreeMap::new();
    visit(data, String::new(), &mut lists);
    let roots = data.as_object().into_iter().flatten().filter(|(_, value)| value.is_null());
    let roots = roots.map(|(name, _)| name.clone());
    let empty = lists.into_iter().filter(|(_, found)| *found == 0);
    roots.chain(empty.map(|(path, _)| path)).collect()
}

/// Adds up how much the lists at each path hold, for all their parents together.
fn visit(value: &Value, path: String, lists: &mut BTreeMap<String, usize>) {
    match value {
        Value::Array(items) => {
            *lists.entry(path.clone()).or_default() += items.len();
            items.iter().for_each(|item| visit(item, path.clone(), lists));
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                visit(field, path, lists);
            }
        }
        _ => {}
    }
}
