//! Hogwild! as an experiment: what it has no place for is refused.

use ps_core::Scalar;
use trace::{Clock, DriverSpec};
use workers::Serving;

use super::{Experiment, change_of_gradients, misfit, own_steps};
use crate::error::{ConfigError, Fault};
use crate::warning::Warning;

/// Share of the parameters below which it is a waste to read and write all of them.
const FEW_TOUCHED: f64 = 0.1;

impl<T: Scalar> Experiment<T> {
    /// Describes which parameters a job reads and writes: all, or those that its rows have.
    pub(super) fn say_access(&mut self) {
        let sparse = self.oracle.as_ref().map(|oracle| oracle.sparse().is_some());
        let access = sparse.map(|is| if is { "sparse" } else { "dense" });
        self.description.insert("access".to_owned(), access.into());
        let touched = self.data.touched_share;
        if access == Some("dense") && touched > 0.0 && touched < FEW_TOUCHED {
            let key = "touched_share".to_owned();
            self.description.insert(key, touched.into());
            self.warnings.push(Warning::DenseAccess { touched });
        }
    }

    pub(super) fn refuse_what_needs_a_server(&self, n_workers: usize) -> Result<(), ConfigError> {
        let spec = &self.spec;
        let refuse = |setting, value: String, reason| {
            Err(misfit(setting, value, Fault::NotForHogwild { reason }))
        };
        if spec.driver.clock() == Clock::Virtual {
            let reason = "has no server and no event queue; in virtual time it is `pure`";
            return refuse("clock", Clock::Virtual.to_string(), reason);
        }
        if let Some(asked) = spec.concurrency.filter(|&asked| asked != n_workers) {
            let reason = "has one job a worker at any time";
            return refuse("concurrency", asked.to_string(), reason);
        }
        if let Some((setting, rule)) = own_steps(spec) {
            return refuse(setting, rule, "takes constant steps");
        }
        if let Some((setting, rule)) = change_of_gradients(spec) {
            let reason = "adds each gradient as it is, a component at a time";
            return refuse(setting, rule, reason);
        }
        if matches!(&spec.driver, DriverSpec::Threads(it) if it.serving == Serving::Thread) {
            return refuse("server", "thread".to_owned(), "has no server");
        }
        if let Some(gradients) = spec.end.gradients {
            let reason = "makes an update of every gradient, so that its updates end it";
            return refuse("gradients", gradients.to_string(), reason);
        }
        if let Some(limit) = spec.job_limit {
            let reason = "has no server that could take a worker for lost";
            return refuse("job-limit", format!("{limit:?}"), reason);
        }
        Ok(())
    }
}
