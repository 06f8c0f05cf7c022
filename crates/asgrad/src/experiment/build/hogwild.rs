//! Hogwild! as an experiment: what it has no place for is refused.

use methods::StepRule;
use ps_core::Scalar;
use trace::{Clock, DriverSpec, Part};
use workers::{Hogwild, Serving};

use super::{Experiment, misfit};
use crate::error::{ConfigError, Fault};
use crate::runs::Runs;

impl<T: Scalar> Experiment<T> {
    /// Threads that share the model.
    pub(super) fn hogwild(&self, n_workers: usize, start: &[T]) -> Result<Runs<T>, ConfigError> {
        self.refuse_what_needs_a_server(n_workers)?;
        let (spec, end) = (&self.spec, &self.spec.end);
        let run = Hogwild::new(start, n_workers, spec.step_size)
            .updates(end.updates)
            .seconds(end.time_limit)
            .on_loss(spec.on_lost_worker);
        Ok(Runs::Hogwild(run))
    }

    fn refuse_what_needs_a_server(&self, n_workers: usize) -> Result<(), ConfigError> {
        const AS_IT_IS: &str = "adds each gradient as it is, a component at a time";
        let spec = &self.spec;
        let is_virtual = spec.driver.clock() == Clock::Virtual;
        let concurrency = spec.concurrency.filter(|&asked| asked != n_workers);
        let step_rule = Some(&spec.step_rule).filter(|rule| **rule != Part::<StepRule>::default());
        let by_thread = matches!(
            &spec.driver,
            DriverSpec::Threads {
                serving: Serving::Thread,
                ..
            }
        );
        let serves = by_thread || self.threads.serves() == Serving::Thread;
        let limit = spec.job_limit.or(self.threads.limit_of_jobs());
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
                "has no versions that a step size could depend on; it takes constant steps",
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
                "server",
                serves.then(|| "thread".to_owned()),
                "has no server",
            ),
            (
                "job-limit",
                limit.map(|limit| format!("{limit:?}")),
                "has no server that could give up a worker",
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
