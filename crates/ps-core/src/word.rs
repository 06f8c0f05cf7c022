//! Choices that are one word each.

use crate::form::nearest;

/// A word that is none of the choices there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{found}`; there are {}{}", known.join(", "), self.instead())]
pub struct UnknownWord {
    /// What was to be chosen.
    pub kind: &'static str,
    /// The word that was given.
    pub found: String,
    /// The choices there are.
    pub known: &'static [&'static str],
}

impl UnknownWord {
    fn instead(&self) -> String {
        let meant = nearest(&self.found, self.known.iter().copied());
        meant.map_or_else(String::new, |word| format!("; did you mean `{word}`?"))
    }
}

/// Gives an enum of choices its words: `Display` writes them and `FromStr` reads them.
///
/// # Examples
/// ```
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// enum Side { Left, Right }
/// ps_core::words!(Side, "side": "left" => Side::Left, "right" => Side::Right);
///
/// assert_eq!("left".parse(), Ok(Side::Left));
/// assert_eq!(Side::Right.to_string(), "right");
/// let error = "up".parse::<Side>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown side `up`; there are left, right");
/// ```
#[macro_export]
macro_rules! words {
    ($choice:ty, $kind:literal: $($word:literal => $value:expr),+ $(,)?) => {
        impl std::fmt::Display for $choice {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let all = [$(($word, $value)),+];
                let named = all.iter().find(|(_, value)| value == self);
                f.pad(named.map_or("", |(word, _)| word))
            }
        }

        impl std::str::FromStr for $choice {
            type Err = $crate::UnknownWord;

            fn from_str(text: &str) -> Result<Self, $crate::UnknownWord> {
                let all = [$(($word, $value)),+];
                let named = all.into_iter().find(|(word, _)| *word == text);
                named.map(|(_, value)| value).ok_or_else(|| $crate::UnknownWord {
                    kind: $kind,
                    found: text.to_owned(),
                    known: &[$($word),+],
                })
            }
        }
    };
}
