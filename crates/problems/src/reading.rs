//! How a data file is read, where what is in it does not tell.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use ps_core::Setting;

/// How a data file is to be read; what is `None` is made out from what is in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The column of the labels in CSV; by default the last one.
    pub label: Option<LabelColumn>,
    /// Whether the first row of CSV is a header; by default it is if no field of it is a number.
    pub header: Option<HeaderRow>,
    /// The index of the first feature in LIBSVM text; by default 1.
    pub index_base: Option<IndexBase>,
}

impl Reading {
    /// Which of its settings are given, all of files and some of CSV alone.
    pub(crate) fn given(&self) -> impl Iterator<Item = Setting> {
        let all = [
            ("label", self.label.is_some()),
            ("header", self.header.is_some()),
            ("index-base", self.index_base.is_some()),
        ];
        let given = all.into_iter().filter(|(_, is_given)| *is_given);
        given.map(|(name, _)| Setting(name))
    }
}

/// A column of CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelColumn {
    /// The first one.
    First,
    /// The last one.
    Last,
    /// The one with this number, counted from 1.
    Number(NonZeroUsize),
    /// The one with this name in the header.
    Name(String),
}

/// Whether the first row of a file names its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderRow {
    /// It does.
    Yes,
    /// It is a row like the others.
    No,
}

ps_core::words!(HeaderRow, "answer": "yes" => HeaderRow::Yes, "no" => HeaderRow::No);

/// The index of the first feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexBase {
    /// 0, as some programs write.
    Zero,
    /// 1, as the format says.
    One,
}

ps_core::words!(IndexBase, "index base": "0" => IndexBase::Zero, "1" => IndexBase::One);

impl IndexBase {
    /// The index as a number.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::Zero => 0,
            Self::One => 1,
        }
    }
}

/// A text that names no column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected first, last, a number of a column from 1, or a name of the header")]
pub struct LabelColumnError;

impl FromStr for LabelColumn {
    type Err = LabelColumnError;

    fn from_str(text: &str) -> Result<Self, LabelColumnError> {
        match (text, text.parse::<usize>()) {
            ("first", _) => Ok(Self::First),
            ("last", _) => Ok(Self::Last),
            ("", _) => Err(LabelColumnError),
            (_, Ok(number)) => {
                let number = NonZeroUsize::new(number).ok_or(LabelColumnError)?;
                Ok(Self::Number(number))
            }
            (name, Err(_)) => Ok(Self::Name(name.to_owned())),
        }
    }
}

/// As it is typed.
impl fmt::Display for LabelColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("first"),
            Self::Last => f.write_str("last"),
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_understood_and_written_the_same_way() {
        for word in ["first", "last", "3", "species", "-1"] {
            assert_eq!(word.parse::<LabelColumn>().unwrap().to_string(), word);
        }
        for word in ["0", ""] {
            let message = word.parse::<LabelColumn>().unwrap_err().to_string();
            assert!(message.contains("a number of a column from 1"), "{message}");
        }
    }
}
