//! What may not be meant in a file of data.

use std::fmt;

use ps_core::{Setting, write_spelled};
use serde::{Deserialize, Serialize};

/// Something about the columns of a file that may not be meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Doubt {
    /// The last column was taken for the labels, and the header names another one for them.
    OtherLabel {
        /// The name of the last column.
        taken: String,
        /// The name of the other one.
        other: String,
    },
    /// The first column counts the rows, as pandas' index and R's row names do, and is a feature.
    CountedRows {
        /// Its name, which may be empty.
        name: String,
        /// The number of the first row: 0, or 1.
        from: u64,
    },
}

impl std::error::Error for Doubt {}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherLabel { taken, other } => write_spelled!(
                f,
                "the labels are those of the last column, `{1}`, and the header has `{2}`, too; give {0}",
                Setting("label"); taken, other
            ),
            Self::CountedRows { name, from } => {
                let name = match name.as_str() {
                    "" => ", which has no name,".to_owned(),
                    name => format!(", `{name}`,"),
                };
                write_spelled!(
                    f,
                    "the first column{1} counts the rows from {from} and is a feature like the others; write the file without it \
                     (pandas: `index=False`, R: `row.names=FALSE`), or give `{0} -` and cut it off (`cut -d, -f2-`)",
                    Setting("data"); name
                )
            }
        }
    }
}
