//! Writing files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ReportError;

/// Writes a file aside and renames it. What a link points to is written, and the link stays; a pipe
/// or a device takes what is written and is not replaced.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let written = match fs::metadata(path) {
        Ok(found) if found.is_file() => {
            fs::canonicalize(path).and_then(|path| replace(&path, bytes))
        }
        Ok(_) => fs::write(path, bytes),
        // A link to nowhere: what it names is made.
        Err(_) if path.is_symlink() => fs::write(path, bytes),
        Err(_) => replace(path, bytes),
    };
    written.map_err(ReportError::io(path))
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".part");
    let aside = PathBuf::from(aside);
    fs::write(&aside, bytes)?;
    fs::rename(&aside, path)
}

/// Whether both names lead to one file that is there.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}
