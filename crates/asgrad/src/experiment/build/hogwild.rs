//! Hogwild! as an experiment: what it has no place for is refused.

use methods::StepRule;
use ps_core::Scalar;
use workers::{Hogwild, Serving};

use super::Experiment;
use crate::error::ConfigError;
use crate::runs::Runs;
use methods::CorrectionRule;
use trace::Clock;

impl<T: Scalar> Experiment<T> {
    /// Threads that share the model.
    pub(super) fn hogwild(
        &self,
        n_workers: usize,
        start: &[T],
        updates: Option<u64>,
    ) -> Result<Runs<T>, ConfigError> {
        self.refuse_what_needs_a_server(n_workers)?;
        let run = Hogwild::new(start, n_workers, self.step_size)
            .updates(updates)
            .seconds(self.seconds)
            .on_loss(self.on_loss);
        Ok(Runs::Hogwild(run))
    }

    fn refuse_what_needs_a_server(&self, n_workers: usize) -> Result<(), ConfigError> {
        let is_virtual = self.clock == Clock::Virtual;
        let concurrency = self.concurrency.filter(|&asked| asked != n_workers);
        let correction = self.corrections.first().map(CorrectionRule::to_string);
        let optimizer = self.optimizers.first().map(ToString::to_string);
        let step_rule = (self.step_rule != StepRule::default()).then(|| self.step_rule.to_string());
        let server = (self.threads.serves() == Serving::Thread).then(|| "thread".to_owned());
        let limit = self.threads.limit_of_jobs();
        let asked = [
            (
                "--clock",
                is_virtual.then(|| "virtual".to_owned()),
                "has no server and no event queue; in virtual time it is `pure`",
            ),
            (
                "--concurrency",
                concurrency.map(|asked| asked.to_string()),
                "has one job a worker at any time",
            ),
            (
                "--step-rule",
                step_rule,
                "has no versions that a step size could depend on; it takes constant steps",
            ),
            (
                "--correction",
                correction,
                "adds each gradient as it is, a component at a time",
            ),
            (
                "--optimizer",
                optimizer,
                "adds each gradient as it is, a component at a time",
            ),
            ("--server", server, "has no server"),
            (
                "--job-limit",
                limit.map(|limit| format!("{limit:?}")),
                "has no server that could give up a worker",
            ),
        ];
        let refused = asked.into_iter().find_map(|(option, asked, reason)| {
            let asked = asked?;
            Some(ConfigError::NotForHogwild {
                option,
                asked,
                reason,
            })
        });
        refused.map_or(Ok(()), Err)
    }
}
