//! What is wrong with a document, and where.

use async_graphql::Pos;

/// How many faults of one document are told.
const MOST: usize = 10;

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// Where it stands.
    pub locations: Vec<Pos>,
}

impl Fault {
    pub(super) fn at(at: Pos, message: impl Into<String>) -> Self {
        Self { message: message.into(), locations: vec![at] }
    }
}

/// Those that are told, in the order of the text: the parser keeps fragments in no order.
pub(super) fn told(mut faults: Vec<Fault>) -> Vec<Fault> {
    let place = |fault: &Fault| fault.locations.first().map(|at| (at.line, at.column));
    faults.sort_by(|one, other| place(one).cmp(&place(other)).then_with(|| one.message.cmp(&other.message)));
    faults.dedup();
    faults.truncate(MOST);
    faults
}

/// What might have been meant instead, as the end of a message; nothing where nothing is like it.
pub(super) fn hint<'n>(written: &str, known: impl Iterator<Item = &'n str>) -> String {
    let furthest = written.chars().count() * 2 / 5 + 1;
    let mut close: Vec<(usize, &str)> =
        known.map(|name| (distance(written, name), name)).filter(|(far, _)| *far <= furthest).collect();
    close.sort_unstable_by_key(|(far, name)| (*far, *name));
    close.truncate(3);
    let names: Vec<String> = close.iter().map(|(_, name)| format!("\"{name}\"")).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => format!(" Did you mean {last}?"),
        Some((last, others)) => format!(" Did you mean {} or {last}?", others.join(", ")),
    }
}

/// How many letters have to be put in, taken out or changed to come from one word to the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (above, same) in row.iter_mut().zip(std::iter::once(None).chain(other.chars().map(|o| Some(o == letter)))) {
            let here = match same {
                None => line + 1,
                Some(same) => (diagonal + usize::from(!same)).min(left + 1).min(*above + 1),
            };
            diagonal = std::mem::replace(above, here);
            left = here;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_is_hinted_at() {
        let known = ["units", "unit", "communities", "node"];
        assert_eq!(hint("unitz", known.into_iter()), r#" Did you mean "unit" or "units"?"#);
        assert_eq!(hint("comunity", known.into_iter()), r#" Did you mean "communities", "unit" or "units"?"#);
        assert_eq!(hint("communitie", known.into_iter()), r#" Did you mean "communities"?"#);
        assert_eq!(hint("weather", known.into_iter()), "");
        assert_eq!([distance("kitten", "sitting"), distance("", "abc"), distance("abc", "abc")], [3, 3, 0]);
    }
}
