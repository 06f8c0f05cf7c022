//! Hogwild! as an experiment: what it has no place for is refused.

use methods::StepRule;
use ps_core::Scalar;
use trace::{DriverSpec, Part};
use workers::Serving;

use super::{Experiment, misfit};
use crate::error::{ConfigError, Fault};

impl<T: Scalar> Experiment<T> {
    pub(super) fn refuse_what_needs_a_server(&self, n_workers: usize) -> Result<(), ConfigError> {
        const AS_IT_IS: &str = "adds each gradient as it is, a component at a time";
        let spec = &self.spec;
        let is_virtual = spec.driver == DriverSpec::Virtual;
        let concurrency = spec.concurrency.filter(|&asked| asked != n_workers);
        let step_rule = Some(&spec.step_rule).filter(|rule| **rule != Part::<StepRule>::default());
        let serves = matches!(
            &spec.driver,
            DriverSpec::Threads {
                serving: Serving::Thread,
                ..
            }
        );
        let other = matches!(&spec.driver, DriverSpec::Other { .. });
        let limit = spec.job_limit;
        let asked = [
            (
                "clock",
                is_virtual.then(|| "virtual".to_owned()),
                "has no server and no event queue; in virtual time it is `pure`",
            ),
            (
                "concurrency",
                concurrency.map(|asked| asked.to_string()),
                "has one job a worker at any time",
            ),
            (
                "step-rule",
                step_rule.map(ToString::to_string),
                "takes constant steps",
            ),
            (
                "correction",
                spec.corrections.first().map(ToString::to_string),
                AS_IT_IS,
            ),
            (
                "optimizer",
                spec.optimizers.first().map(ToString::to_string),
                AS_IT_IS,
            ),
            (
                "driver",
                other.then(|| spec.driver.to_string()),
                "is a driver of its own",
            ),
            (
                "server",
                serves.then(|| "thread".to_owned()),
                "has no server",
            ),
            (
                "job-limit",
                limit.map(|limit| format!("{limit:?}")),
                "has no server that could take a worker for lost",
            ),
        ];
        for (setting, asked, reason) in asked {
            if let Some(asked) = asked {
                return Err(misfit(setting, asked, Fault::NotForHogwild { reason }));
            }
        }
        Ok(())
    }
}
