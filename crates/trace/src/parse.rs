//! Reading one line.

use std::borrow::Cow;
use std::time::Duration;

use ps_core::{
    Action, CancelledInQueue, Event, JobId, JobTimes, Lost, Overrun, Received, Unfinished, Updated,
    Version, WorkerId,
};
use serde::Deserialize;
use workers::Reads;

use super::check::Check;
use super::line::{LastLine, Left, Line};
use super::time::Time;
use crate::evaluation::Evaluation;
use crate::hash::ModelHash;

/// Every field that a line may have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    time: Option<Time>,
    worker: Option<u32>,
    job: Option<u64>,
    read_version: Option<u64>,
    version: Option<u64>,
    staleness: Option<u64>,
    age: Option<u64>,
    #[serde(borrow)]
    action: Option<Cow<'a, str>>,
    step_size: Option<f64>,
    concurrency: Option<usize>,
    assigned: Option<Time>,
    started: Option<Time>,
    finished: Option<Time>,
    download: Option<Time>,
    computed: Option<Time>,
    upload: Option<Time>,
    served: Option<Time>,
    serving: Option<Time>,
    asked: Option<Time>,
    took: Option<Time>,
    loss: Option<f64>,
    gradient_norm: Option<f64>,
    reason: Option<String>,
    message: Option<String>,
    dropped: Option<u64>,
    reads_sampled: Option<u64>,
    reads_torn: Option<u64>,
    model_hash: Option<String>,
    #[serde(borrow)]
    check: Option<Cow<'a, str>>,
}

/// Reads one line of a run with this many workers, and its check if it has one; an error says what
/// is wrong with it.
pub(super) fn line(text: &str, n_workers: usize) -> Result<(Line, Option<Check>), String> {
    let mut fields: Fields<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let check = match fields.check.take() {
        Some(digits) => {
            Some(Check::parse(&digits).ok_or_else(|| format!("`{digits}` is no check of a line"))?)
        }
        None => None,
    };
    Ok((fields.line(n_workers)?, check))
}

impl Fields<'_> {
    fn line(self, n_workers: usize) -> Result<Line, String> {
        let event = match self.event.as_ref() {
            "received" => Event::Received(self.received(n_workers)?),
            "updated" => Event::Updated(Updated {
                time: self.time()?,
                version: self.version()?,
                step_size: or_nan(self.step_size),
            }),
            "withdrawn" => Event::CancelledInQueue(self.cancelled(n_workers)?),
            "lost" => Event::Lost(self.lost(n_workers)?),
            "overrun" => Event::Overrun(self.overrun(n_workers)?),
            "assigned" => Event::Assigned(Unfinished {
                time: self.time()?,
                worker: self.worker(n_workers)?,
                job: self.job()?,
                version: self.version()?,
                age: self.age()?,
            }),
            "evaluated" => {
                return Ok(Line::Evaluated(Evaluation {
                    time: self.time()?,
                    version: self.version()?,
                    loss: or_nan(self.loss),
                    gradient_norm: or_nan(self.gradient_norm),
                    model_hash: self.model_hash.as_deref().map(hash).transpose()?,
                }));
            }
            "left" => return self.left(n_workers).map(Line::Left),
            "stopped" => return self.last().map(Line::Last),
            other => return Err(format!("unknown event `{other}`")),
        };
        Ok(Line::Event(event))
    }

    fn lost(&self, n_workers: usize) -> Result<Lost, String> {
        Ok(Lost {
            time: self.time()?,
            worker: self.worker(n_workers)?,
            job: self.job()?,
            assigned: need(self.assigned, "assigned")?.0,
            read_version: self.read_version()?,
            version: self.version()?,
            age: self.age()?,
            concurrency: self.concurrency.unwrap_or_default(),
            reason: need(self.reason.as_deref(), "reason")?.into(),
        })
    }

    fn overrun(&self, n_workers: usize) -> Result<Overrun, String> {
        Ok(Overrun {
            time: self.time()?,
            worker: self.worker(n_workers)?,
            job: self.job()?,
            asked: need(self.asked, "asked")?.0,
            took: need(self.took, "took")?.0,
        })
    }

    fn left(&self, n_workers: usize) -> Result<Left, String> {
        Ok(Left {
            time: self.time()?,
            worker: self.worker(n_workers)?,
            serving: or_zero(self.serving),
            last: self.job.map(|job| (JobId::new(job), self.times())),
        })
    }

    fn last(self) -> Result<LastLine, String> {
        let reads = self.reads_sampled.map(|sampled| {
            let torn = count(self.reads_torn, "reads_torn")?;
            Ok::<_, String>(Reads { sampled, torn })
        });
        Ok(LastLine {
            time: self.time()?,
            version: self.version()?,
            reason: need(self.reason, "reason")?,
            message: self.message,
            served: or_zero(self.served),
            dropped: self.dropped.unwrap_or_default(),
            reads: reads.transpose()?,
            model_hash: need(self.model_hash, "model_hash")?,
        })
    }

    fn cancelled(&self, n_workers: usize) -> Result<CancelledInQueue, String> {
        Ok(CancelledInQueue {
            time: self.time()?,
            worker: self.worker(n_workers)?,
            job: self.job()?,
            read_version: self.read_version()?,
            version: self.version()?,
            age: self.age()?,
            concurrency: self.concurrency.unwrap_or_default(),
        })
    }

    fn received(&self, n_workers: usize) -> Result<Received, String> {
        let (version, read_version) = (self.version()?, self.read_version()?);
        let staleness = need(self.staleness, "staleness")?;
        let ages = version.number().checked_sub(read_version.number());
        if ages != Some(staleness) {
            let difference = format!("version {version} − read_version {read_version}");
            return Err(format!("staleness {staleness} is not {difference}"));
        }
        let action = need(self.action.as_deref(), "action")?;
        let action = Action::of_word(action).ok_or_else(|| format!("unknown action `{action}`"))?;
        let step_size = (action == Action::Applied).then(|| or_nan(self.step_size));
        self.need_times()?;
        Ok(Received {
            time: self.time()?,
            worker: self.worker(n_workers)?,
            job: self.job()?,
            read_version,
            version,
            action,
            step_size,
            assigned: need(self.assigned, "assigned")?.0,
            age: self.age()?,
            times: self.times(),
            concurrency: self.concurrency.unwrap_or_default(),
        })
    }

    fn need_times(&self) -> Result<(), String> {
        for (time, name) in [
            (self.started, "started"),
            (self.finished, "finished"),
            (self.computed, "computed"),
        ] {
            need(time, name)?;
        }
        Ok(())
    }

    fn times(&self) -> JobTimes {
        JobTimes {
            started: or_zero(self.started),
            download: or_zero(self.download),
            computed: or_zero(self.computed),
            upload: or_zero(self.upload),
            finished: or_zero(self.finished),
            served: or_zero(self.served),
            overrun: None,
        }
    }

    fn time(&self) -> Result<Duration, String> {
        Ok(need(self.time, "time")?.0)
    }

    fn worker(&self, n_workers: usize) -> Result<WorkerId, String> {
        match need(self.worker, "worker")? as usize {
            worker if worker < n_workers => Ok(WorkerId::new(worker)),
            worker => Err(format!("worker {worker} of {n_workers}")),
        }
    }

    fn job(&self) -> Result<JobId, String> {
        count(self.job, "job").map(JobId::new)
    }

    fn version(&self) -> Result<Version, String> {
        count(self.version, "version").map(Version::new)
    }

    fn age(&self) -> Result<u64, String> {
        count(Some(self.age.unwrap_or_default()), "age")
    }

    fn read_version(&self) -> Result<Version, String> {
        count(self.read_version, "read_version").map(Version::new)
    }
}

/// What counts up by one at a time does not come far, so that nothing that is reckoned with it
/// overflows.
fn count(field: Option<u64>, name: &str) -> Result<u64, String> {
    const MAX: u64 = 1 << 53;
    match need(field, name)? {
        number if number <= MAX => Ok(number),
        number => Err(format!("`{name}` is {number}, and at most {MAX}")),
    }
}

fn need<F>(field: Option<F>, name: &str) -> Result<F, String> {
    field.ok_or_else(|| format!("`{name}` is missing"))
}

/// Numbers that JSON does not have are null.
fn or_nan(number: Option<f64>) -> f64 {
    number.unwrap_or(f64::NAN)
}

fn hash(digits: &str) -> Result<ModelHash, String> {
    ModelHash::parse(digits).ok_or_else(|| format!("`{digits}` is no hash of a model"))
}

fn or_zero(time: Option<Time>) -> Duration {
    time.map_or(Duration::ZERO, |Time(time)| time)
}
