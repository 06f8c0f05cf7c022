//! The settings of a run by name, for errors to say which one is wrong.

use std::fmt;

use serde::Serialize;

/// A setting of a run. Its name is the one of the command line's option, the configuration file's
/// key and, with underscores, the trace's field and the library's setter: each spells it its own
/// way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Setting(pub &'static str);

impl Setting {
    /// As it is spelled in JSON and in Rust: with underscores.
    #[must_use]
    pub fn key(self) -> String {
        self.0.replace('-', "_")
    }
}

/// `{}` writes the bare name, `{:#}` the option of the command line. So do errors that name
/// settings.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dashes = if f.alternate() { "--" } else { "" };
        write!(f, "{dashes}{}", self.0)
    }
}

/// Writes text in which settings are spelled as the formatter asks: `{}` bare, `{:#}` as options.
/// Settings fill the first braces, in their order; what follows a semicolon fills the next.
///
/// # Examples
/// ```
/// use std::fmt;
///
/// use ps_core::{Setting, write_spelled};
///
/// struct Advice;
/// impl fmt::Display for Advice {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         write_spelled!(f, "raise {} to {}", Setting("workers"); 10)
///     }
/// }
/// assert_eq!(Advice.to_string(), "raise workers to 10");
/// assert_eq!(format!("{Advice:#}"), "raise --workers to 10");
/// ```
#[macro_export]
macro_rules! write_spelled {
    ($f:expr, $text:literal, $($setting:expr),+ $(; $($rest:expr),*)?) => {
        if $f.alternate() {
            write!($f, $text, $(format_args!("{:#}", $setting)),+ $($(, $rest)*)?)
        } else {
            write!($f, $text, $(format_args!("{}", $setting)),+ $($(, $rest)*)?)
        }
    };
}

/// Makes a function of each of these messages, as `#[error(fmt = name)]` of `thiserror` wants it:
/// `name(fields): text, [settings];`, spelled as [`write_spelled!`](crate::write_spelled) does. What
/// follows the settings fills the next braces.
#[macro_export]
macro_rules! messages {
    ($($name:ident($($field:ident: $type:ty),*): $text:literal, [$($setting:expr),+] $(, $rest:expr)*;)+) => {$(
        fn $name($($field: $type,)* f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            $crate::write_spelled!(f, $text, $($crate::Setting($setting)),+; $($rest),*)
        }
    )+};
}
