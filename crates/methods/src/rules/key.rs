//! What can be set in a method.

/// A number that a method can be given, or a word; a word counts as its position in [`Bound::OneOf`].
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Its value if none is given, as text and for a number of workers.
    pub default: (&'static str, fn(usize) -> usize),
    /// Whether it may exceed the number of outstanding jobs; if not, more would wait for ever.
    pub bound: Bound,
}

impl Key {
    /// A value as it is typed.
    pub(crate) fn typed(&self, value: usize) -> String {
        match self.bound {
            Bound::OneOf(words) => words[value].to_owned(),
            _ => value.to_string(),
        }
    }
}

/// How large the value of a [`Key`] may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Any positive whole number.
    Positive,
    /// Any whole number, 0 too.
    Whole,
    /// At most the number of outstanding jobs.
    Outstanding,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// The values that were given to keys of a method, in the order in which they were.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values(Vec<(&'static Key, usize)>);

impl Values {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static Key, usize)> + '_ {
        self.0.iter().copied()
    }

    /// Whether this key was given one.
    pub(crate) fn have(&self, key: &Key) -> bool {
        self.iter().any(|(known, _)| known.name == key.name)
    }

    /// The one of this key with this many workers: the one that was given, or the default.
    pub(crate) fn number(&self, key: &Key, n_workers: usize) -> usize {
        let given = self.iter().find(|(known, _)| known.name == key.name);
        given.map_or_else(|| (key.default.1)(n_workers), |(_, value)| value)
    }

    /// Gives one to a key that has none.
    pub(crate) fn set(&mut self, key: &'static Key, value: usize) {
        self.0.push((key, value));
    }
}
