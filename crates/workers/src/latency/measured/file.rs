//! Reading a file of compute times.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::MeasuredError;
use crate::latency::cluster::Latency;

/// More workers than anybody runs.
const MAX_WORKERS: usize = 10_000_000;

/// The times of each worker, in order.
pub(super) fn parse(path: &Path) -> Result<BTreeMap<usize, Vec<Latency>>, MeasuredError> {
    let unread = |error: csv::Error| MeasuredError::Read {
        path: path.to_owned(),
        source: error.into(),
    };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_path(path)
        .map_err(unread)?;
    let mut times = BTreeMap::<_, Vec<_>>::new();
    let mut columns = None;
    for record in reader.records() {
        let record = record.map_err(unread)?;
        if record.len() == 1 && record[0].is_empty() {
            continue;
        }
        let (worker, seconds) = match columns {
            Some(columns) => columns,
            None if is_header(&record) => {
                columns = Some(named(&record, path)?);
                continue;
            }
            None => *columns.insert((0, 1)),
        };
        let (worker, compute) = row(&record, worker, seconds, path)?;
        times.entry(worker).or_default().push(Latency {
            download: Duration::ZERO,
            compute: Some(compute),
            upload: Duration::ZERO,
        });
    }
    Ok(times)
}

/// Only a header begins with a letter: numbers that are none, such as NaN, are mistakes in a row.
fn is_header(record: &StringRecord) -> bool {
    let first = record.get(0).unwrap_or_default();
    first.starts_with(char::is_alphabetic) && first.parse::<f64>().is_err()
}

/// Where the header has the two columns.
fn named(header: &StringRecord, path: &Path) -> Result<(usize, usize), MeasuredError> {
    let find = |column: &'static str| {
        let position = header
            .iter()
            .position(|name| name.eq_ignore_ascii_case(column));
        position.ok_or_else(|| MeasuredError::NoColumn {
            path: path.to_owned(),
            column,
        })
    };
    Ok((find("worker")?, find("seconds")?))
}

/// The worker and the time in these columns of a row.
fn row(
    record: &StringRecord,
    worker: usize,
    seconds: usize,
    path: &Path,
) -> Result<(usize, Duration), MeasuredError> {
    let field = |column| record.get(column).unwrap_or_default();
    let refuse = |value: &str, column, bound| MeasuredError::Field {
        path: path.to_owned(),
        line: record.position().map_or(0, csv::Position::line),
        column,
        value: value.chars().take(40).collect(),
        bound,
    };
    let (worker, seconds) = (field(worker), field(seconds));
    let number = worker.parse().ok().filter(|&number| number < MAX_WORKERS);
    let number = number.ok_or_else(|| refuse(worker, "worker", "a whole number from 0 to 9999999"));
    let time = seconds
        .parse()
        .ok()
        .filter(|time| (1e-9..=1e9).contains(time));
    let bound = "a number of seconds from 1e-9 to 1e9";
    let time = time.ok_or_else(|| refuse(seconds, "seconds", bound));
    Ok((number?, Duration::from_secs_f64(time?)))
}
