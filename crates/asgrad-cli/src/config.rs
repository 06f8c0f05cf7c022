//! Options from a TOML file: its keys become options in front of those that were typed, which
//! therefore win.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

use crate::failure::Failure;

/// The arguments, with those of `--config FILE` put behind the command's name. No command means
/// `compare`.
pub(crate) fn expand(arguments: impl Iterator<Item = OsString>) -> Result<Vec<OsString>, Failure> {
    let mut arguments: Vec<OsString> = arguments.collect();
    let about_the_program = ["--help", "-h", "--version", "-V"];
    let first = arguments.get(1).map(|first| first.to_string_lossy());
    if first.is_none_or(|first| first.starts_with('-') && !about_the_program.contains(&&*first)) {
        arguments.insert(1, "compare".into());
    }
    let Some(file) = config_file(&arguments) else {
        return Ok(arguments);
    };
    let from_file = options_of(Path::new(&file))?;
    // Behind `asgrad COMMAND`; what was typed comes later and wins.
    arguments.splice(2..2, from_file);
    Ok(arguments)
}

/// The file of the last `--config`, which wins as with every option.
fn config_file(arguments: &[OsString]) -> Option<OsString> {
    let mut file = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.to_str() {
            Some("--config") => file = rest.next().cloned(),
            Some(text) => {
                let value = text.strip_prefix("--config=").map(OsString::from);
                file = value.or(file);
            }
            None => {}
        }
    }
    file
}

fn options_of(path: &Path) -> Result<Vec<OsString>, Failure> {
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|source| Failure::failed(format!("--config {name}: {source}")))?;
    let table: Table = text
        .parse()
        .map_err(|error| Failure::request(format!("--config {name}: {error}")))?;
    let mut options = Vec::new();
    for (key, value) in &table {
        if ["config", "help", "version"].contains(&key.as_str()) {
            let message = format!("--config {name}: `{key}` cannot be set in a file");
            return Err(Failure::request(message));
        }
        let words = match value {
            Value::Boolean(true) => Some(None),
            Value::Boolean(false) => continue,
            Value::Array(values) => values
                .iter()
                .map(word)
                .collect::<Option<Vec<_>>>()
                .map(|all| Some(all.join(","))),
            value => word(value).map(Some),
        };
        let value = words.ok_or_else(|| {
            Failure::request(format!(
                "--config {name}: `{key}` must be a word, a number, true, false or a list of words"
            ))
        })?;
        options.push(match value {
            Some(value) => format!("--{key}={value}").into(),
            None => format!("--{key}").into(),
        });
    }
    Ok(options)
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        _ => None,
    }
}
