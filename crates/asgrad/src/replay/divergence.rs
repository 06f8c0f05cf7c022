//! Where a replay and its trace part ways.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use trace::format::text as line_text;
use trace::{Header, Line};

/// The field that no run makes again.
const CHECK: &str = "check";
/// The only one that depends on how a run rounds.
const STEP_SIZE: &str = "step_size";

/// The first thing in which a replay differs from its trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Divergence {
    /// The line of the trace, counted from 1.
    pub line: u64,
    /// The version of the replay by then.
    pub version: u64,
    /// Which field differs.
    pub field: String,
    /// What the trace says.
    pub expected: String,
    /// What the replay finds.
    pub found: String,
}

impl Divergence {
    pub(super) fn new(
        line: u64,
        version: u64,
        field: &str,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Self {
        Self {
            line,
            version,
            field: field.to_owned(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    /// A line that agrees with the replay, and still is not the one that was written.
    pub(super) fn altered(line: u64, version: u64) -> Self {
        Self::new(line, version, CHECK, "as written", "altered")
    }

    /// The first field in which two lines differ, if they do: bit for bit, or but for rounding.
    pub(super) fn between(
        line: u64,
        version: u64,
        [expected, found]: [&Line; 2],
        rounding: Rounding,
    ) -> Option<Self> {
        if expected == found {
            return None;
        }
        let (expected, found) = (fields(expected), fields(found));
        let mut keys = expected.keys().chain(found.keys());
        let field =
            keys.find(|key| !rounding.is_alike(key, expected.get(*key), found.get(*key)))?;
        let text = |fields: &Map<String, Value>| match fields.get(field) {
            Some(value) => value.to_string(),
            None => "nothing".to_owned(),
        };
        let (expected, found) = (text(&expected), text(&found));
        Some(Self::new(line, version, field, expected, found))
    }
}

/// How a run and its replay round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    /// By the same kernels: to the same bits.
    Same,
    /// By others: step sizes agree to 1e-4, as far as `f32` goes.
    Other,
}

impl Rounding {
    pub(super) fn of(header: &Header) -> Self {
        match header.is_of_other_kernels() {
            true => Self::Other,
            false => Self::Same,
        }
    }

    fn is_alike(self, field: &str, expected: Option<&Value>, found: Option<&Value>) -> bool {
        const RELATIVE: f64 = 1e-4;
        if expected == found {
            return true;
        }
        let may_differ = self == Self::Other && field == STEP_SIZE;
        let number = |value: Option<&Value>| value.and_then(Value::as_f64);
        match (number(expected), number(found)) {
            (Some(a), Some(b)) if may_differ => (a - b).abs() <= RELATIVE * a.abs().max(b.abs()),
            _ => false,
        }
    }
}

/// The fields as they are written: there, numbers that are not finite are equal.
fn fields(line: &Line) -> Map<String, Value> {
    serde_json::from_str(&line_text(line)).expect("a line is a JSON object")
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            version,
            field,
            expected,
            found,
        } = self;
        if field == CHECK {
            return write!(
                f,
                "line {line}, at version {version}: it was altered after it was written, or the line before it is missing"
            );
        }
        write!(
            f,
            "line {line}, at version {version}: {field} is {expected} in the trace and {found} in the replay"
        )
    }
}
