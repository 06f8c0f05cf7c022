//! How times are serialised, and what has a text; and how both are read.

use std::fmt::Display;
use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use workers::Reads;

/// Writes a time as a number of seconds.
///
/// # Errors
/// If the serializer fails.
pub fn seconds<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(time.as_secs_f64())
}

/// Writes a time as a number of seconds, or `null`.
///
/// # Errors
/// If the serializer fails.
pub fn seconds_if_any<S: Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => seconds(time, to),
        None => to.serialize_none(),
    }
}

/// Writes how a shared model was read as fields of what it belongs to.
///
/// # Errors
/// If the serializer fails.
pub(crate) fn flat_reads<S: Serializer>(reads: &Option<Reads>, to: S) -> Result<S::Ok, S::Error> {
    let pairs = |it: &Reads| [("reads_sampled", it.sampled), ("reads_torn", it.torn)];
    to.collect_map(reads.iter().flat_map(pairs))
}

/// Writes the text of a value.
///
/// # Errors
/// If the serializer fails.
pub fn text<V: Display, S: Serializer>(value: &V, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// Reads a time that is a number of seconds.
///
/// # Errors
/// If it is none.
pub fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    Duration::try_from_secs_f64(f64::deserialize(from)?).map_err(D::Error::custom)
}

/// Reads a time that is a number of seconds, or `null`.
///
/// # Errors
/// If it is neither.
pub fn time_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let seconds: Option<f64> = Option::deserialize(from)?;
    let time = seconds.map(Duration::try_from_secs_f64);
    time.transpose().map_err(D::Error::custom)
}
