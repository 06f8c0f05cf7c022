//! Writing files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ReportError;

/// Writes a file aside and renames it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".part");
    let aside = PathBuf::from(aside);
    fs::write(&aside, bytes).map_err(ReportError::io(path))?;
    fs::rename(&aside, path).map_err(ReportError::io(path))
}
