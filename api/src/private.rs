//! Folders and files that nobody else on the machine opens, whatever its umask says: there are names, telephone numbers and keys
//! in them.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes a folder, and those that it lies in. One that is there is left as it is: whoever made it knows who is to enter it.
///
/// # Errors
/// Where it cannot be made.
pub fn folder(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes an empty file where there is none, and closes it to others where it is open to them.
///
/// # Errors
/// Where it cannot be made, or is a folder.
pub fn file(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => close(path),
        made => made.map(drop),
    }
}

/// Closes a file to others, where it is there and ours.
///
/// # Errors
/// Where it is ours and cannot be closed.
pub fn close(path: &Path) -> io::Result<()> {
    let closed = path.metadata().and_then(|metadata| {
        let mode = metadata.permissions().mode();
        if mode & 0o077 == 0 { Ok(()) } else { std::fs::set_permissions(path, Permissions::from_mode(mode & 0o700)) }
    });
    match closed {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => Ok(()),
        closed => closed,
    }
}
