//! A model as a file that `numpy.load` opens.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use asgrad::Scalar;

/// What comes before the text of the header: the magic string, the format's version 1.0, and the
/// text's length.
const PREFIX: usize = 10;

/// Writes one axis of numbers in NPY format, version 1.0
/// (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>).
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn write<T: Scalar>(path: &Path, values: &[T]) -> io::Result<()> {
    const ALIGNMENT: usize = 64;
    let (size, length) = (size_of::<T>(), values.len());
    let mut text =
        format!("{{'descr': '<f{size}', 'fortran_order': False, 'shape': ({length},), }}");
    // The numbers begin at a multiple of the alignment, after a line feed.
    let end = (PREFIX + text.len() + 1).next_multiple_of(ALIGNMENT) - PREFIX - 1;
    text.push_str(&" ".repeat(end - text.len()));
    text.push('\n');
    let text_length = u16::try_from(text.len()).map_err(io::Error::other)?;
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&text_length.to_le_bytes())?;
    file.write_all(text.as_bytes())?;
    let mut bytes = Vec::new();
    for part in values.chunks(1 << 14) {
        bytes.clear();
        T::extend_le_bytes(part, &mut bytes);
        file.write_all(&bytes)?;
    }
    file.flush()
}
