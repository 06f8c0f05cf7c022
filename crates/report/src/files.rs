//! Writing files.

use std::fs;
use std::path::Path;

use crate::ReportError;

/// Writes a file whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    trace::write_whole(path, |file| file.write_all(bytes)).map_err(ReportError::io(path))
}

/// Whether both names lead to one file that is there.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}
