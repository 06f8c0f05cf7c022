//! Models in files: NPY (`numpy.load`) and safetensors, by how the file's name ends.
//!
//! # Examples
//! ```
//! use asgrad::model_file;
//!
//! for name in ["asgrad-doc-model.npy", "asgrad-doc-model.safetensors"] {
//!     let path = std::env::temp_dir().join(name);
//!     model_file::write(&path, &[0.5, -1.0f32], &[("method", "pure".to_owned())])?;
//!     assert_eq!(model_file::read::<f64>(&path)?, [0.5, -1.0]);
//! }
//! # Ok::<(), std::io::Error>(())
//! ```

use std::fs;
use std::io;
use std::path::Path;

use ps_core::Scalar;
use serde_json::{Map, Value, json};

/// What an NPY file begins with; the two bytes that follow are the version of its format.
const NPY: &[u8] = b"\x93NUMPY";
/// The largest file that is read: the largest model in 64 bits is smaller.
const MAX_BYTES: u64 = 1 << 30;
/// The name of the only tensor in a safetensors file.
const TENSOR: &str = "model";

/// Whether the name of a file says that it holds a model.
pub fn has_known_ending(path: &Path) -> bool {
    is_safetensors(path) || path.extension().is_some_and(|ending| ending == "npy")
}

fn is_safetensors(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "safetensors")
}

/// How the text of our NPY headers begins: `NumPy` reads the keys in any order, and writes another.
const SHAPE: &str = "{'shape': ";

/// Whether a file that begins with these bytes is one that [`write()`] wrote: an NPY file of one axis
/// of numbers, or a safetensors file of asgrad.
pub fn is_written_here(begin: &[u8]) -> bool {
    let has = |text: &[u8]| begin.windows(text.len()).any(|part| part == text);
    match begin.strip_prefix(NPY) {
        Some(_) => has(SHAPE.as_bytes()),
        None => begin.get(8) == Some(&b'{') && has(b"\"asgrad\""),
    }
}

/// Writes a model whole or not at all: as a safetensors file with one tensor, `model`, whose
/// metadata say this about it, or, whatever else its name ends in, as an NPY file of one axis.
///
/// # Errors
/// If the file cannot be written.
pub fn write<T: Scalar>(path: &Path, model: &[T], about: &[(&str, String)]) -> io::Result<()> {
    let header = if is_safetensors(path) {
        safetensors_header::<T>(model.len(), about)
    } else {
        npy_header::<T>(model.len())?
    };
    trace::write_whole(path, |file| {
        file.write_all(&header)?;
        let mut bytes = Vec::new();
        model.chunks(1 << 14).try_for_each(|part| {
            bytes.clear();
            T::extend_le_bytes(part, &mut bytes);
            file.write_all(&bytes)
        })
    })
}

/// Version 1.0 (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>).
fn npy_header<T: Scalar>(length: usize) -> io::Result<Vec<u8>> {
    const ALIGNMENT: usize = 64;
    let size = size_of::<T>();
    let mut text = format!("{SHAPE}({length},), 'fortran_order': False, 'descr': '<f{size}', }}");
    // The numbers begin at a multiple of the alignment, after a line feed.
    let before = NPY.len() + 4;
    let end = (before + text.len() + 1).next_multiple_of(ALIGNMENT) - before - 1;
    text.push_str(&" ".repeat(end - text.len()));
    text.push('\n');
    let text_length = u16::try_from(text.len()).map_err(io::Error::other)?;
    Ok([NPY, &[1, 0], &text_length.to_le_bytes(), text.as_bytes()].concat())
}

/// The length of a JSON object, and that (<https://github.com/huggingface/safetensors#format>).
fn safetensors_header<T: Scalar>(length: usize, about: &[(&str, String)]) -> Vec<u8> {
    let said = about
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.as_str().into()));
    let mut metadata: Map<String, Value> = said.collect();
    metadata.insert("asgrad".to_owned(), env!("CARGO_PKG_VERSION").into());
    let (size, name) = (size_of::<T>(), T::NAME.to_uppercase());
    let tensor = json!({"dtype": name, "shape": [length], "data_offsets": [0, size * length]});
    let mut text = json!({"__metadata__": metadata, TENSOR: tensor}).to_string();
    text.push_str(&" ".repeat(text.len().next_multiple_of(8) - text.len()));
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

/// Reads a model of either number type: all numbers of an NPY file, or the only tensor of a
/// safetensors file.
///
/// # Errors
/// If the file cannot be read, or is no such file of 32-bit or 64-bit floats.
pub fn read<T: Scalar>(path: &Path) -> io::Result<Vec<T>> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        return Err(invalid(
            "it is read for each run, and this is no regular file",
        ));
    }
    if found.len() > MAX_BYTES {
        return Err(invalid("it has more than 1 GiB: no model is so large"));
    }
    let bytes = fs::read(path)?;
    let parts = match bytes.strip_prefix(NPY) {
        Some(rest) => npy_parts(rest),
        None => safetensors_parts(&bytes),
    };
    let (size, numbers) = parts.map_err(invalid)?;
    let (wide, narrow) = (numbers.as_chunks().0, numbers.as_chunks().0);
    Ok(if size == 8 {
        let wide = wide.iter().map(|bytes| f64::from_le_bytes(*bytes));
        wide.map(T::from_f64).collect()
    } else {
        let narrow = narrow.iter().map(|bytes| f32::from_le_bytes(*bytes));
        narrow.map(|number| T::from_f64(number.into())).collect()
    })
}

/// The size of a number and the numbers, of what follows the magic string.
fn npy_parts(rest: &[u8]) -> Result<(usize, &[u8]), &'static str> {
    const CUT: &str = "the NPY file ends within its header";
    let [version, _, rest @ ..] = rest else {
        return Err(CUT);
    };
    let length_size = if *version == 1 { 2 } else { 4 };
    let (length, rest) = rest.split_at_checked(length_size).ok_or(CUT)?;
    let length = length
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    let (header, numbers) = rest.split_at_checked(length).ok_or(CUT)?;
    let header = String::from_utf8_lossy(header).replace([' ', '"'], "");
    let size = if header.contains("'descr':'<f8'") {
        8
    } else if header.contains("'descr':'<f4'") {
        4
    } else {
        return Err("its numbers are no little-endian f32 or f64; save it with dtype '<f8'");
    };
    let shape = header
        .split_once("'shape':(")
        .and_then(|(_, shape)| shape.split_once(')'));
    let (shape, _) = shape.ok_or("its NPY header names no shape")?;
    let mut axes = shape.split(',').filter(|axis| !axis.is_empty());
    let count = axes.clone().try_fold(size, |product, axis| {
        axis.parse::<usize>().ok()?.checked_mul(product)
    });
    if header.contains("'fortran_order':True") && axes.nth(1).is_some() {
        return Err("it is in Fortran order; save it in C order");
    }
    match count {
        Some(count) if count == numbers.len() => Ok((size, numbers)),
        _ => Err("it holds more or fewer numbers than its NPY header says"),
    }
}

/// The size of a number and the numbers.
fn safetensors_parts(bytes: &[u8]) -> Result<(usize, &[u8]), &'static str> {
    const OTHER: &str = "it is neither an NPY nor a safetensors file";
    let (length, rest) = bytes.split_first_chunk().ok_or(OTHER)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| OTHER)?;
    let (header, data) = rest.split_at_checked(length).ok_or(OTHER)?;
    let mut header: Map<String, Value> = serde_json::from_slice(header).map_err(|_| OTHER)?;
    header.remove("__metadata__");
    let tensors: Vec<&Value> = header.values().collect();
    let &[tensor] = &tensors[..] else {
        return Err("it has several tensors or none, and a model is one");
    };
    let size = match tensor["dtype"].as_str() {
        Some("F64") => 8,
        Some("F32") => 4,
        _ => return Err("its numbers are neither F32 nor F64"),
    };
    let offset = |place: usize| usize::try_from(tensor["data_offsets"][place].as_u64()?).ok();
    let numbers = offset(0)
        .zip(offset(1))
        .and_then(|(from, to)| data.get(from..to));
    let numbers = numbers.filter(|numbers| numbers.len().is_multiple_of(size));
    Ok((size, numbers.ok_or("its tensor is not within the file")?))
}

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_or_of_other_numbers_is_refused_and_never_misread() {
        let folder = std::env::temp_dir().join(format!("asgrad-models-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for name in ["m.npy", "m.safetensors"] {
            let path = folder.join(name);
            write(&path, &[1.0f64, 2.0, f64::NAN], &[]).unwrap();
            let whole = fs::read(&path).unwrap();
            assert!(is_written_here(&whole[..whole.len().min(300)]), "{name}");
            assert!(read::<f32>(&path).unwrap()[2].is_nan());
            for length in 0..whole.len() {
                fs::write(&path, &whole[..length]).unwrap();
                assert!(read::<f64>(&path).is_err(), "{name}: {length}");
            }
            let is_type = |two: &[u8]| [b"f8", b"F6"].contains(&two.try_into().unwrap());
            let mut other = whole.clone();
            other[whole.windows(2).position(is_type).unwrap()] = b'i';
            fs::write(&path, other).unwrap();
            assert!(read::<f64>(&path).is_err(), "{name}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
