//! The bytes of a data file.

use std::path::Path;

use crate::load_error::LoadError;

/// What is in the file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    std::fs::read(path).map_err(|source| LoadError::Read {
        path: path.to_owned(),
        source,
    })
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
            "2 qid:1 1:0",
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
}
