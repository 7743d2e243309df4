//! The project's own source text, for cases that hold rules about it.

use std::path::{Path, PathBuf};

/// A file of Rust.
pub struct Source {
    /// Its path in the workspace, with slashes.
    pub path: String,
    pub text: String,
}

/// The Rust files under a folder of the workspace, sorted by path.
pub fn of(folder: &str) -> Vec<Source> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace");
    let mut paths = Vec::new();
    walk(&workspace.join(folder), &mut paths);
    paths.sort();
    let read = |path: PathBuf| Source {
        text: std::fs::read_to_string(&path).expect("a source file"),
        path: path.strip_prefix(workspace).expect("in the workspace").to_string_lossy().replace('\\', "/"),
    };
    paths.into_iter().map(read).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a file or folder").path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}
