//! JSON objects, fast: a trace has one for each gradient.

use std::io::Write;
use std::time::Duration;

/// Writes the fields of one JSON object without allocating.
#[derive(Debug)]
pub struct Object<'a> {
    text: &'a mut Vec<u8>,
    separator: u8,
}

impl<'a> Object<'a> {
    /// Begins an object at the end of this text.
    pub fn begin(text: &'a mut Vec<u8>) -> Self {
        /// More than most objects need.
        const ROOM: usize = 512;
        text.reserve(ROOM);
        let separator = b'{';
        Self { text, separator }
    }

    /// Ends the object.
    pub fn end(self) {
        if self.separator == b'{' {
            self.text.push(b'{');
        }
        self.text.push(b'}');
    }

    fn put(&mut self, text: &[u8]) -> &mut Self {
        self.text.extend_from_slice(text);
        self
    }

    /// All that stands before a value, in one piece: names are known when this is compiled, and so
    /// is their length.
    #[inline(always)]
    fn key(&mut self, key: &str) -> &mut Self {
        const LONGEST: usize = 28;
        let mut start = [0; LONGEST + 4];
        start[0] = std::mem::replace(&mut self.separator, b',');
        start[1] = b'"';
        start[2..2 + key.len()].copy_from_slice(key.as_bytes());
        start[2 + key.len()] = b'"';
        start[3 + key.len()] = b':';
        self.put(&start[..4 + key.len()])
    }

    /// An object within it.
    #[inline]
    pub fn object(&mut self, key: &str) -> Object<'_> {
        self.key(key);
        Object::begin(self.text)
    }

    /// A word without characters that JSON would escape.
    #[inline]
    pub fn word(&mut self, key: &str, word: &str) -> &mut Self {
        self.key(key).put(b"\"").put(word.as_bytes()).put(b"\"")
    }

    /// A whole number.
    #[inline]
    pub fn integer(&mut self, key: &str, value: u64) -> &mut Self {
        let mut digits = itoa::Buffer::new();
        self.key(key).put(digits.format(value).as_bytes())
    }

    #[inline]
    pub(super) fn integer_if_any(&mut self, key: &str, value: u64) -> &mut Self {
        match value {
            0 => self,
            value => self.integer(key, value),
        }
    }

    /// A number; one that is not finite is `null`.
    #[inline]
    pub fn float(&mut self, key: &str, value: f64) -> &mut Self {
        let mut digits = ryu::Buffer::new();
        let digits = if value.is_finite() {
            digits.format_finite(value)
        } else {
            "null"
        };
        self.key(key).put(digits.as_bytes())
    }

    #[inline]
    pub(super) fn time(&mut self, key: &str, time: Duration) -> &mut Self {
        let mut digits = itoa::Buffer::new();
        self.key(key).put(digits.format(time.as_secs()).as_bytes());
        // A one in front keeps the zeros, and makes room for the point.
        let mut fraction = *b".000000000";
        let nanoseconds = digits.format(1_000_000_000 + time.subsec_nanos());
        fraction[1..].copy_from_slice(&nanoseconds.as_bytes()[1..]);
        self.put(&fraction)
    }

    #[inline]
    pub(super) fn time_if_any(&mut self, key: &str, time: Duration) -> &mut Self {
        if time.is_zero() {
            self
        } else {
            self.time(key, time)
        }
    }

    /// A value that is JSON already.
    pub fn json(&mut self, key: &str, value: impl std::fmt::Display) -> &mut Self {
        self.key(key);
        // A vector takes everything.
        let _ = write!(self.text, "{value}");
        self
    }
}
