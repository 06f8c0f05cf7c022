//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;

/// Writes a file aside, has the disk keep it, and renames it: a crash leaves the last whole one.
/// What a link points to is written, and the link stays; a pipe or a device takes what is written
/// and is not replaced.
///
/// # Errors
/// If the file cannot be written; what was there before is then still there.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => replace(&fs::canonicalize(path)?, write),
        Ok(_) => fill(File::create(path)?, write).map(drop),
        // A link to nowhere: what it names is made.
        Err(_) if path.is_symlink() => fill(File::create(path)?, write).map(drop),
        Err(_) => replace(path, write),
    }
}

fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    // A name that nobody would give a file of their own, and no other program at the same time.
    aside.push(format!(".asgrad-{}-part", process::id()));
    let aside = PathBuf::from(aside);
    let written = fill(File::create(&aside)?, write)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        // The error that is returned says more than one of tidying up.
        let _ = fs::remove_file(&aside);
    }
    written
}

fn fill(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut file = BufWriter::new(file);
    write(&mut file)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)
}
