//! What was typed.

use std::env;

/// The command as it was typed, to be typed again. What is no text (a file may be called anything)
/// is given as near as text can come.
pub(crate) fn typed() -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=:,./+^".contains(c);
    let words = env::args_os().skip(1).map(|word| {
        let word = word.to_string_lossy().into_owned();
        if !word.is_empty() && word.chars().all(plain) {
            return word;
        }
        format!("'{}'", word.replace('\'', r"'\''"))
    });
    let words: Vec<_> = ["asgrad".to_owned()].into_iter().chain(words).collect();
    words.join(" ")
}
