//! Areas that a request names by their codes: looked up once, by then known as ranges of paths.
//!
//! A database that is told where a range begins and ends knows how much lies in it, and chooses the right index; of a bound that
//! it has to look up first it can only guess.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait, Func, Value};

use super::scope::{all, any};

/// The paths of the areas with the codes that a request names.
#[derive(Clone, Debug, Default)]
pub struct Subtrees(HashMap<String, String>);

impl Subtrees {
    /// These areas, each a code and a path.
    pub fn new(areas: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(areas.into_iter().collect())
    }

    /// The paths of the areas with these codes, in their order, without those that lie in another of them. An unknown code has none.
    #[must_use]
    pub fn outermost<'s>(&'s self, codes: &[String]) -> Vec<&'s str> {
        let mut paths: Vec<&str> = codes.iter().filter_map(|code| self.0.get(code)).map(String::as_str).collect();
        // What lies in an area sorts right behind it.
        paths.sort_unstable();
        paths.dedup_by(|inner, outer| inner.starts_with(*outer));
        paths
    }
}

/// The path lies in the subtree of one of these: a range each, so that an index serves each.
#[must_use]
pub fn in_few(path: &Expr, tops: &[&str]) -> Expr {
    any(tops.iter().map(|top| all([path.clone().gte(*top), path.clone().lt(end(top))])))
}

/// The same on PostgreSQL, however many there are: in order, and none within another. Of all their bounds, an odd number lies
/// before a path that is in one of them. An index serves the range from the first to the last.
#[must_use]
pub fn in_many(path: &Expr, tops: &[&str]) -> Expr {
    let (Some(first), Some(last)) = (tops.first(), tops.last()) else { return any([]) };
    let bounds: Vec<String> = tops.iter().flat_map(|top| [(*top).to_owned(), end(top)]).collect();
    let passed = Func::cust("width_bucket").args([path.clone(), Expr::val(Value::from(bounds))]);
    all([path.clone().gte(*first), path.clone().lt(end(last)), Expr::expr(passed).modulo(2).gt(0)])
}

/// Where the subtree of a path ends: the first text after all of its paths. See `area::tree` for why.
#[must_use]
pub fn end(top: &str) -> String {
    format!("{}0", top.strip_suffix('/').unwrap_or(top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_another_area_is_named_by_that_one() {
        let paths = ["51/", "51/5106/", "51/5106/510603/", "51/5107/", "51/51060/", "52/"];
        let code = |path: &str| path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        let subtrees = Subtrees::new(paths.map(|path| (code(path), path.to_owned())));
        let outermost = |codes: &[&str]| {
            let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
            subtrees.outermost(&codes).join(" ")
        };
        assert_eq!(outermost(&["510603", "5107", "5106", "5106"]), "51/5106/ 51/5107/");
        assert_eq!(outermost(&["52", "51060", "5106", "nowhere"]), "51/5106/ 51/51060/ 52/");
        assert_eq!(outermost(&["52", "5107", "51"]), "51/ 52/");
        assert_eq!(outermost(&["nowhere"]), "");
    }
}
