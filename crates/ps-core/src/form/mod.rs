//! The one mechanism for everything that has a name and parameters: methods, step rules,
//! corrections, optimizers, laws …
//!
//! A [`Kind`] is a table of named things, [`Named`], one for each thing that has a name. An entry
//! says what the thing is and what its [`Parameter`]s are, and the kind adds what such a thing is
//! made by. Everything else follows from the table: text is read ([`Choice`]) and written as one of
//! two [`Syntax`]es, a name that is nearly right is suggested, values are checked against their
//! [`Domain`], and [`FormError`] says what was wrong.
//!
//! Adding a thing is adding an entry to the table of its kind; adding a kind is implementing
//! [`Kind`], and [`choice!`](crate::choice) for a type of its own.

mod choice;
mod domain;
mod error;
mod number;
mod parameter;
mod value;
mod values;

use std::fmt::{self, Debug};

pub use choice::Choice;
pub use domain::{Domain, Limit, Unexpected};
pub use error::{FormError, nearest};
pub use number::{count, real, text_of, whole};
pub use parameter::{DefaultValue, Parameter};
pub use value::Value;
pub use values::Values;

/// A kind of things that are asked for by name. A value of the type is what an entry of its table
/// holds beside the form: at least how the thing is made.
pub trait Kind: Sized + Debug + 'static {
    /// What one of them is called in messages: `step rule`.
    const NAME: &'static str;
    /// How their parameters are written.
    const SYNTAX: Syntax;
    /// All of them, in the order in which they are listed.
    const ALL: &'static [Named<Self>];
}

/// How parameters are written behind the name and a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `name:key=value:key=value`, in any order. Those that were given are written, and no others.
    Keyed,
    /// `name:value:value` with this character between them, in the order of the table. All are
    /// written, but those that go [without saying](DefaultValue::Unsaid).
    Positional(char),
}

/// A thing that has a name.
#[derive(Debug)]
pub struct Named<K> {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Where it comes from. Empty: it is nobody's.
    pub reference: &'static str,
    /// What can be set.
    pub parameters: &'static [Parameter],
    /// What its kind says of it.
    pub what: K,
}

impl<K> Named<K> {
    /// One of this name, with this summary, these parameters and no reference.
    pub const fn new(
        name: &'static str,
        summary: &'static str,
        parameters: &'static [Parameter],
        what: K,
    ) -> Self {
        let reference = "";
        Self {
            name,
            summary,
            reference,
            parameters,
            what,
        }
    }

    /// What it does, and where it comes from.
    pub fn description(&self) -> String {
        let (summary, reference) = (self.summary, self.reference);
        if reference.is_empty() {
            summary.to_owned()
        } else {
            format!("{summary}; {reference}")
        }
    }

    /// The values of those parameters that need not be given, as `β1 = 0.9, β2 = 0.999`.
    pub fn defaults(&self) -> String {
        let default = |p: &Parameter| Some(format!("{} = {}", p.name, p.default_words()?));
        let defaults: Vec<_> = self.parameters.iter().filter_map(default).collect();
        defaults.join(", ")
    }
}

impl<K: Kind> Named<K> {
    /// The form, or the name alone where parameters have keys: forms are long then.
    fn in_a_list(&self) -> String {
        match K::SYNTAX {
            Syntax::Keyed => self.name.to_owned(),
            Syntax::Positional(_) => self.to_string(),
        }
    }
}

impl<K: Kind> fmt::Display for Named<K> {
    /// How it is typed: what may be left out is in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        let mut open = 0;
        for (position, parameter) in self.parameters.iter().enumerate() {
            let is_optional = !parameter.default.is_required();
            f.write_str(if is_optional { "[" } else { "" })?;
            match K::SYNTAX {
                Syntax::Keyed => {
                    let closed = if is_optional { "]" } else { "" };
                    write!(f, ":{}={}{closed}", parameter.name, parameter.values())?;
                }
                Syntax::Positional(separator) => {
                    let separator = if position == 0 { ':' } else { separator };
                    write!(f, "{separator}{}", parameter.name)?;
                    open += usize::from(is_optional);
                }
            }
        }
        f.write_str(&"]".repeat(open))
    }
}

/// A type of its own for the [`Choice`](crate::form::Choice)s of a kind, so that it can have
/// methods. It is read and written as the choice, gives access to it, and has a constructor for
/// each function that is listed: of the name of the thing, with the values of its first parameters.
///
/// ```text
/// choice! {
///     /// A step rule that has a name.
///     pub struct StepRule(StepMaker);
///
///     /// Rises over this many updates.
///     fn warmup(updates: u64);
/// }
/// ```
#[macro_export]
macro_rules! choice {
    (
        $(#[$meta:meta])* $visibility:vis struct $name:ident($kind:ty);
        $($(#[$of:meta])* fn $make:ident($($value:ident: $type:ty),*);)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        $visibility struct $name($crate::form::Choice<$kind>);

        impl $name {
            /// Every one that there is, in the order in which they are listed.
            $visibility fn all() -> &'static [$crate::form::Named<$kind>] {
                <$kind as $crate::form::Kind>::ALL
            }

            $($(#[$of])*
            $visibility fn $make($($value: $type),*) -> Self {
                let name = stringify!($make).replace('_', "-");
                Self($crate::form::Choice::new(&name, [$($value.into()),*]))
            })*
        }

        impl ::std::ops::Deref for $name {
            type Target = $crate::form::Choice<$kind>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::form::FormError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

#[cfg(test)]
mod tests;
