//! The bytes of a data file.

use std::io::{self, Read as _};
use std::path::Path;

use ps_core::form::nearest;

use crate::load_error::LoadError;

/// What stands for standard input.
pub(crate) const STANDARD_INPUT: &str = "-";

/// Whether it gives its bytes only once: standard input, what a shell makes of `<(…)`, which is gone
/// when the command is over, and other pipes.
pub(crate) fn is_stream(path: &Path) -> bool {
    let folders = ["/dev/fd", "/proc/self/fd"];
    let is_pipe = || {
        let found = std::fs::metadata(path);
        found.is_ok_and(|found| !found.is_file() && !found.is_dir())
    };
    path == Path::new(STANDARD_INPUT)
        || folders.iter().any(|folder| path.starts_with(folder))
        || is_pipe()
}

/// What is in the file, unpacked.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let cannot = |source: io::Error| {
        let names = || ["digits", "synthetic:iid"].into_iter();
        let suggestion = path.to_str().and_then(|path| nearest(path, names()));
        let path = path.to_owned();
        match suggestion.filter(|_| source.kind() == io::ErrorKind::NotFound) {
            Some(suggestion) => LoadError::NoSuchData { path, suggestion },
            None => LoadError::Read { path, source },
        }
    };
    let mut bytes = Vec::new();
    if path == Path::new(STANDARD_INPUT) {
        let read = io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(cannot)?;
    } else if path.is_dir() {
        let path = path.to_owned();
        return Err(LoadError::Directory { path });
    } else {
        bytes = std::fs::read(path).map_err(cannot)?;
    }
    match Packing::of(&bytes) {
        None => Ok(bytes),
        Some(Packing::Xz) => Err(LoadError::Xz {
            path: path.to_owned(),
        }),
        #[cfg(feature = "compression")]
        Some(packing) => unpacked(packing, &bytes).map_err(cannot),
        #[cfg(not(feature = "compression"))]
        Some(_) => Err(LoadError::NotBuilt {
            data: path.display().to_string(),
            feature: "compression",
        }),
    }
}

/// How a file is compressed.
#[derive(Clone, Copy)]
enum Packing {
    Gzip,
    Bzip2,
    Zstd,
    Xz,
}

impl Packing {
    /// The one that the first bytes tell.
    fn of(bytes: &[u8]) -> Option<Self> {
        let magic: [(&[u8], Self); 4] = [
            (b"\x1f\x8b", Self::Gzip),
            (b"BZh", Self::Bzip2),
            (b"\x28\xb5\x2f\xfd", Self::Zstd),
            (b"\xfd7zXZ\0", Self::Xz),
        ];
        let found = magic.iter().find(|(magic, _)| bytes.starts_with(magic));
        found.map(|(_, packing)| *packing)
    }
}

#[cfg(feature = "compression")]
fn unpacked(packing: Packing, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    match packing {
        Packing::Gzip => flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut unpacked)?,
        Packing::Bzip2 => bzip2::read::MultiBzDecoder::new(bytes).read_to_end(&mut unpacked)?,
        Packing::Zstd => return unpacked_zstd(bytes),
        Packing::Xz => unreachable!("it was refused"),
    };
    Ok(unpacked)
}

/// Every frame of zstd, each with its checksum compared.
#[cfg(feature = "compression")]
fn unpacked_zstd(mut rest: &[u8]) -> io::Result<Vec<u8>> {
    use ruzstd::decoding::StreamingDecoder;
    use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

    // The library's own words are those of a programmer.
    let damaged = || io::Error::other("it is cut off or damaged (zstd)");
    let mut unpacked = Vec::new();
    while !rest.is_empty() {
        match StreamingDecoder::new(&mut rest) {
            Ok(mut frame) => {
                frame.read_to_end(&mut unpacked).map_err(|_| damaged())?;
                let recorded = frame.decoder.get_checksum_from_data();
                if recorded.is_some() && recorded != frame.decoder.get_calculated_checksum() {
                    return Err(io::Error::other("its checksum is another one"));
                }
            }
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                rest = rest.get(length..).unwrap_or_default();
            }
            Err(_) => return Err(damaged()),
        }
    }
    Ok(unpacked)
}

/// Whether it is LIBSVM text rather than CSV: the first line with anything on it has `index:value`
/// or `qid:N` as its second word, or neither a comma, a semicolon nor a tab.
pub(crate) fn is_libsvm(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let Some(line) = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")) else {
        return true;
    };
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|w| !w.is_empty());
    let name = words.nth(1).and_then(|word| {
        let colon = word.iter().position(|&byte| byte == b':')?;
        Some(&word[..colon])
    });
    let is_feature = name.is_some_and(|name| {
        name == b"qid" || !name.is_empty() && name.iter().all(u8::is_ascii_digit)
    });
    is_feature || !line.iter().any(|byte| b",;\t".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_tells_libsvm_text_from_csv() {
        for text in [
            "1 1:2",
            "+1\t3:4\t5:6",
            "# head\n\n1,2 1:1",
            "2\tqid:1\t1:0",
            "-1",
            "",
            "1 x",
        ] {
            assert!(is_libsvm(text.as_bytes()), "{text:?}");
        }
        for text in ["1,2", "\u{feff}a;b", "5\t6", "\n12:30,4:1", "a, b:c,d"] {
            assert!(!is_libsvm(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn standard_input_and_what_is_no_plain_file_is_a_stream() {
        for path in ["-", "/dev/fd/63", "/dev/fd/0"] {
            assert!(is_stream(Path::new(path)), "{path}");
        }
        #[cfg(unix)]
        assert!(is_stream(Path::new("/dev/null")));
        for path in ["Cargo.toml", "src", "no/such", "a-"] {
            assert!(!is_stream(Path::new(path)), "{path}");
        }
    }

    #[cfg(feature = "compression")]
    #[test]
    fn gzip_bzip2_and_zstd_are_told_by_their_first_bytes_and_unpacked() {
        // `1,2,0` and `3,4,1`, packed by the usual programs.
        let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x33\xd4\x31\xd2\x31\xe0\x32\xd6\x31\xd1\x31\xe4\x02\x00\x4d\x07\xe8\xbf\x0c\x00\x00\x00";
        let bzip2 = b"\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x16\xb2\x5b\x40\x00\x00\x04\x58\x00\x00\x10\x00\x04\x7c\x00\x20\x00\x31\x0c\x01\x0f\x53\x47\xa9\x26\xb1\x69\x03\xc5\xdc\x91\x4e\x14\x24\x05\xac\x96\xd0\x00";
        let zstd = b"\x28\xb5\x2f\xfd\x24\x0c\x61\x00\x00\x31\x2c\x32\x2c\x30\x0a\x33\x2c\x34\x2c\x31\x0a\xa0\x3e\x08\x6c";
        let text = b"1,2,0\n3,4,1\n";
        for packed in [&gzip[..], bzip2, zstd] {
            let packing = Packing::of(packed).unwrap();
            // Programs that work in parallel write several of them, one after the other.
            let twice = [packed, packed].concat();
            assert_eq!(unpacked(packing, packed).unwrap(), text);
            assert_eq!(unpacked(packing, &twice).unwrap(), text.repeat(2));
            let cut = unpacked(packing, &packed[..packed.len() - 6]);
            assert!(cut.is_err(), "{cut:?}");
        }
        let skipped = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc";
        let zstd = [&zstd[..], skipped, zstd].concat();
        assert_eq!(unpacked(Packing::Zstd, &zstd).unwrap(), text.repeat(2));
        let mut altered = zstd;
        altered[20] ^= 1;
        assert!(unpacked(Packing::Zstd, &altered).is_err());
        assert!(Packing::of(text).is_none());
    }
}
