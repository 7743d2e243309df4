//! Path arithmetic: everything below an area is one range of paths.
//!
//! A path is the codes from the root down, each followed by a slash: `51/5106/510603/`. Since `0` is the character
//! that follows the slash, the subtree of `51/5106/` is what sorts from `51/5106/` up to, but not including, `51/51060`.

use entity::area::AreaLevel;

pub use crate::kernel::subtree::end;

/// The path of the area with `code` that lies in the area with path `parent`; a root where that is `None`.
#[must_use]
pub fn path(parent: Option<&str>, code: &str) -> String {
    format!("{}{code}/", parent.unwrap_or_default())
}

/// The code that a path ends in.
#[must_use]
pub fn code(path: &str) -> &str {
    path.strip_suffix('/').and_then(|path| path.rsplit('/').next()).unwrap_or(path)
}

/// The paths above `path`, root first, without itself.
pub fn above(path: &str) -> impl Iterator<Item = &str> {
    let parent = path.strip_suffix('/').unwrap_or(path);
    parent.match_indices('/').filter_map(|(slash, _)| path.get(..=slash))
}

/// Whether `path` lies in the subtree of `top`, itself included.
#[must_use]
pub fn is_within(path: &str, top: &str) -> bool {
    path.starts_with(top)
}

/// Whether an area of level `child` may lie in one of level `parent`: lower in it, or a grid in a larger grid.
#[must_use]
pub fn may_lie_in(child: AreaLevel, parent: AreaLevel) -> bool {
    child > parent || (child, parent) == (AreaLevel::Grid, AreaLevel::Grid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtree_is_a_range_of_paths() {
        let (start, end) = ("51/5106/", end("51/5106/"));
        let inside = |path: &str| path >= start && path < end.as_str();
        assert!(inside("51/5106/") && inside("51/5106/510603/"));
        assert!(!inside("51/") && !inside("51/5107/") && !inside("51/51060/") && !inside("51/51061/"));
    }

    #[test]
    fn a_path_knows_its_code_and_what_is_above_it() {
        assert_eq!(path(Some("51/5106/"), "510603"), "51/5106/510603/");
        assert_eq!(path(None, "51"), "51/");
        assert_eq!(code("51/5106/510603/"), "510603");
        assert_eq!(above("51/5106/510603/").collect::<Vec<_>>(), ["51/", "51/5106/"]);
        assert_eq!(above("51/").count(), 0);
    }

    #[test]
    fn only_grids_lie_in_their_own_level() {
        assert!(may_lie_in(AreaLevel::Building, AreaLevel::Compound) && may_lie_in(AreaLevel::Grid, AreaLevel::Grid));
        assert!(!may_lie_in(AreaLevel::City, AreaLevel::City) && !may_lie_in(AreaLevel::Street, AreaLevel::Community));
    }
}
