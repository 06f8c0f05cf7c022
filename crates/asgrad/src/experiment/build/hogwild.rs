//! Hogwild! as an experiment: what it has no place for is refused.

use methods::StepRule;
use ps_core::Scalar;
use trace::{Clock, DriverSpec, Part, RunSpec};
use workers::Serving;

use super::{Experiment, misfit};
use crate::error::{ConfigError, Fault};

/// A setting, its value if it is one that has no place, and why.
type Unfit = (&'static str, Option<String>, &'static str);

impl<T: Scalar> Experiment<T> {
    pub(super) fn refuse_what_needs_a_server(&self, n_workers: usize) -> Result<(), ConfigError> {
        for (setting, asked, reason) in unfit(&self.spec, n_workers) {
            if let Some(asked) = asked {
                return Err(misfit(setting, asked, Fault::NotForHogwild { reason }));
            }
        }
        Ok(())
    }
}

fn unfit(spec: &RunSpec, n_workers: usize) -> [Unfit; 7] {
    const AS_IT_IS: &str = "adds each gradient as it is, a component at a time";
    const IN_VIRTUAL_TIME: &str = "has no server and no event queue; in virtual time it is `pure`";
    const CONSTANT: &str = "takes constant steps";
    let clock = Some(spec.driver.clock()).filter(|clock| *clock == Clock::Virtual);
    let concurrency = spec.concurrency.filter(|&asked| asked != n_workers);
    let step_rule = Some(&spec.step_rule).filter(|rule| **rule != Part::<StepRule>::default());
    let correction = spec.corrections.first().map(ToString::to_string);
    let optimizer = spec.optimizers.first().map(ToString::to_string);
    let serves = matches!(&spec.driver, DriverSpec::Threads(it) if it.serving == Serving::Thread);
    let limit = spec.job_limit.map(|limit| format!("{limit:?}"));
    [
        (
            "clock",
            clock.map(|clock| clock.to_string()),
            IN_VIRTUAL_TIME,
        ),
        (
            "concurrency",
            concurrency.map(|it| it.to_string()),
            "has one job a worker at any time",
        ),
        ("step-rule", step_rule.map(ToString::to_string), CONSTANT),
        ("correction", correction, AS_IT_IS),
        ("optimizer", optimizer, AS_IT_IS),
        (
            "server",
            serves.then(|| "thread".to_owned()),
            "has no server",
        ),
        (
            "job-limit",
            limit,
            "has no server that could take a worker for lost",
        ),
    ]
}
