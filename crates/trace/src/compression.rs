//! Compressed files: written by what their names end in, and read by what they begin with.

use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, Stdout, Write};
use std::path::Path;

/// What a compressed file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A file that is written.
pub(crate) trait Output: Write + Send {
    /// Writes what is still to be written, and the end of a compressed file.
    ///
    /// # Errors
    /// If it could not be written.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

impl Output for File {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.flush()
    }
}

impl Output for Stdout {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.flush()
    }
}

/// Creates a file: compressed by gzip if its name ends in `.gz`, by Zstandard if in `.zst`. `-` is
/// standard output, which goes on where it is.
///
/// # Errors
/// If it cannot be created, or this build does not know how to compress it.
pub(crate) fn create(path: &Path) -> io::Result<Box<dyn Output>> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => gzip::create(path),
        Some("zst") => zstandard::create(path),
        _ if path == Path::new("-") => Ok(Box::new(io::stdout())),
        _ => Ok(Box::new(create_alone(path)?)),
    }
}

/// Opens a file to be written from its beginning by this run alone, until it is closed or the
/// program ends. One that another run is writing is left as it is.
fn create_alone(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    let file = options
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    // A pipe or a device takes what is written, by whomever.
    if !file.metadata()?.is_file() {
        return Ok(file);
    }
    // Elsewhere a lock would keep readers away, too. A file system without locks has none to keep.
    if cfg!(unix) && matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        let message = "another run is writing it; name another file, or wait for its end";
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, message));
    }
    file.set_len(0)?;
    Ok(file)
}

/// How a file is compressed by its name, if it is not.
pub(crate) fn is_plain_by_mistake(path: &Path) -> Option<&'static str> {
    let (format, magic) = match path.extension()?.to_str()? {
        "gz" => ("gzip", &GZIP[..]),
        "zst" => ("Zstandard", &ZSTD[..]),
        _ => return None,
    };
    let mut file = BufReader::new(File::open(path).ok()?);
    let is_plain = !file.fill_buf().ok()?.starts_with(magic);
    is_plain.then_some(format)
}

/// What a file holds, whatever it is called.
///
/// # Errors
/// If it cannot be opened or read, or this build does not know how it is compressed.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    decoded(BufReader::with_capacity(1 << 16, File::open(path)?))
}

/// What these bytes hold.
///
/// # Errors
/// As [`open`].
pub(crate) fn decoded(
    mut bytes: impl BufRead + Send + 'static,
) -> io::Result<Box<dyn BufRead + Send>> {
    let begin = bytes.fill_buf()?;
    if begin.starts_with(&GZIP) {
        return gzip::open(bytes);
    }
    if begin.starts_with(&ZSTD) {
        return zstandard::open(bytes);
    }
    Ok(Box::new(bytes))
}

#[cfg(feature = "gzip")]
mod gzip {
    use std::io::BufWriter;

    use flate2::bufread::MultiGzDecoder;
    use flate2::write::GzEncoder;

    use super::*;

    /// The level that keeps up with a run: at 2 files are a fifth smaller and take half as long
    /// again.
    const FASTEST: flate2::Compression = flate2::Compression::new(1);

    impl Output for GzEncoder<BufWriter<File>> {
        fn finish(self: Box<Self>) -> io::Result<()> {
            GzEncoder::finish(*self)?.flush()
        }
    }

    pub(super) fn create(path: &Path) -> io::Result<Box<dyn Output>> {
        let file = BufWriter::new(create_alone(path)?);
        Ok(Box::new(GzEncoder::new(file, FASTEST)))
    }

    pub(super) fn open(file: impl BufRead + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
        let decoder = MultiGzDecoder::new(file);
        Ok(Box::new(BufReader::with_capacity(1 << 16, decoder)))
    }
}

#[cfg(feature = "zstd")]
mod zstandard {
    use std::io::BufWriter;

    use zstd::{Decoder, Encoder};

    use super::*;

    impl Output for Encoder<'static, BufWriter<File>> {
        fn finish(self: Box<Self>) -> io::Result<()> {
            Encoder::finish(*self)?.flush()
        }
    }

    pub(super) fn create(path: &Path) -> io::Result<Box<dyn Output>> {
        let file = BufWriter::new(create_alone(path)?);
        Ok(Box::new(Encoder::new(file, 1)?))
    }

    pub(super) fn open(file: impl BufRead + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
        Ok(Box::new(BufReader::new(Decoder::with_buffer(file)?)))
    }
}

/// Stands for what this build does not know: its name, what to do instead of writing and of reading
/// it, and the feature of asgrad that has it.
macro_rules! unknown {
    ($module:ident, $feature:literal: $what:literal, $to_write:literal, $to_read:literal, $of_asgrad:literal) => {
        #[cfg(not(feature = $feature))]
        mod $module {
            use super::*;

            fn unknown<R>(instead: &str) -> io::Result<R> {
                let missing = ps_core::not_built($what, instead, $of_asgrad);
                Err(io::Error::new(io::ErrorKind::Unsupported, missing))
            }

            pub(super) fn create(_path: &Path) -> io::Result<Box<dyn Output>> {
                unknown($to_write)
            }

            pub(super) fn open(_file: impl BufRead) -> io::Result<Box<dyn BufRead + Send>> {
                unknown($to_read)
            }
        }
    };
}
unknown!(gzip, "gzip": "gzip",
    "use a name that ends in .jsonl, or ", "decompress it first (`gzip -d`), or ", "compression");
unknown!(zstandard, "zstd": "Zstandard",
    "use a name that ends in .jsonl or .gz, or ", "decompress it first (`zstd -d`), or ", "zstd");

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_written_is_read_whatever_its_name() {
        let folder = std::env::temp_dir().join(format!("compression-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let text = "a line\n".repeat(1000);
        for (ending, is_known) in [
            ("jsonl", true),
            ("gz", cfg!(feature = "gzip")),
            ("zst", cfg!(feature = "zstd")),
        ] {
            let path = folder.join(format!("file.{ending}"));
            let Ok(mut output) = create(&path) else {
                assert!(!is_known, "{ending}");
                continue;
            };
            assert!(is_known, "{ending}");
            output.write_all(text.as_bytes()).unwrap();
            output.finish().unwrap();
            let renamed = folder.join("file");
            std::fs::rename(&path, &renamed).unwrap();
            let mut read = String::new();
            open(&renamed).unwrap().read_to_string(&mut read).unwrap();
            assert_eq!(read, text, "{ending}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
