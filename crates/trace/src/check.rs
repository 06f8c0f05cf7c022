//! The last field of every line: a checksum of what the line says and of the line before. A line
//! that was altered by hand or by a bad disk, or one that is missing, is found at its place,
//! whatever it says.

use std::fmt;

use crc32fast::Hasher;

/// CRC-32 of all lines up to one, as they are written without their checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Check(u32);

impl Check {
    /// Before the first line.
    pub(super) const START: Self = Self(0);

    /// The check of the line with this text, which follows a line with this check.
    pub(super) fn of(self, text: &[u8]) -> Self {
        let mut hasher = Hasher::new_with_initial(self.0);
        hasher.update(text);
        Self(hasher.finalize())
    }

    /// The check that is shown like this.
    pub(super) fn parse(digits: &str) -> Option<Self> {
        let check = Self(u32::from_str_radix(digits, 16).ok()?);
        (check.to_string() == digits).then_some(check)
    }

    /// Puts itself at the end of a line that ends with a brace.
    pub(super) fn seal(self, text: &mut Vec<u8>) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        debug_assert_eq!(text.last(), Some(&b'}'), "a line is one object");
        text.pop();
        text.extend_from_slice(br#","check":""#);
        let nibbles = (0..8).rev().map(|nibble| self.0 >> (4 * nibble) & 0xf);
        text.extend(nibbles.map(|nibble| DIGITS[nibble as usize]));
        text.extend_from_slice(b"\"}");
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_depends_on_the_line_and_on_all_before_it() {
        let first = Check::START.of(b"{}");
        assert_ne!(first, Check::START.of(b"[]"));
        assert_ne!(first.of(b"{}"), Check::START.of(b"[]").of(b"{}"));
    }

    #[test]
    fn a_check_is_read_as_it_is_written() {
        let check = Check(0x00ab_cdef);
        let mut text = b"{\"a\":1}".to_vec();
        check.seal(&mut text);
        assert_eq!(text, br#"{"a":1,"check":"00abcdef"}"#);
        assert_eq!(Check::parse("00abcdef"), Some(check));
        for bad in ["abcdef", "00ABCDEF", "+0abcdef", "", "00abcdef0"] {
            assert_eq!(Check::parse(bad), None, "{bad}");
        }
    }
}
