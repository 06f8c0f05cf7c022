//! How times and ids are serialised: as the numbers that the trace has.

use std::collections::BTreeMap;
use std::time::Duration;

use ps_core::{Action, JobId, Version, WorkerId};
use serde::{Serialize, Serializer};
use workers::Reads;

pub(crate) fn seconds<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(time.as_secs_f64())
}

pub(crate) fn seconds_if_any<S: Serializer>(
    time: &Option<Duration>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => seconds(time, to),
        None => to.serialize_none(),
    }
}

pub(crate) fn worker<S: Serializer>(worker: &WorkerId, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(worker.index() as u64)
}

pub(crate) fn job<S: Serializer>(job: &JobId, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(job.number())
}

pub(crate) fn job_if_any<S: Serializer>(job: &Option<JobId>, to: S) -> Result<S::Ok, S::Error> {
    match job {
        Some(job) => self::job(job, to),
        None => to.serialize_none(),
    }
}

pub(crate) fn version<S: Serializer>(version: &Version, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(version.number())
}

pub(crate) fn version_if_any<S: Serializer>(
    version: &Option<Version>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match version {
        Some(version) => self::version(version, to),
        None => to.serialize_none(),
    }
}

/// What the number of updates is called: a version, but where there are none.
pub(crate) fn count_of_updates(is_shared: bool) -> &'static str {
    if is_shared { "updates" } else { "version" }
}

pub(crate) fn reads_if_any<S: Serializer>(reads: &Option<Reads>, to: S) -> Result<S::Ok, S::Error> {
    let pairs =
        reads.map(|reads| BTreeMap::from([("sampled", reads.sampled), ("torn", reads.torn)]));
    pairs.serialize(to)
}

pub(crate) fn action<S: Serializer>(action: &Action, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(action.word())
}
