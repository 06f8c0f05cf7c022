//! Settings without an effect are refused.

use ps_core::Scalar;
use trace::RunSpec;
use workers::{Cluster, Times};

use super::Experiment;
use super::build::misfit;
use crate::error::{ConfigError, Fault};

impl<T: Scalar> Experiment<T> {
    /// Refuses what does nothing where the workers are as in `cluster`.
    pub(super) fn refuse_unused(&self, cluster: &Cluster) -> Result<(), ConfigError> {
        self.check_schedule()?;
        // One that the program gave has its times anyway.
        match self.own_cluster() {
            Some(_) => Ok(()),
            None => self.check_times(cluster),
        }
    }

    /// A schedule has no use for what is known of a problem or a model. A quadratic says so itself.
    fn check_schedule(&self) -> Result<(), ConfigError> {
        let spec = &self.spec;
        let mut usual = RunSpec::default();
        usual.put_default_problem();
        // That of the type, which a schedule has as well.
        usual.precision = spec.precision;
        let unused = spec.without_effect(|setting, value| {
            spec.is_schedule && value != usual.text(setting.0).as_deref()
        });
        unused.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Without a law there is nothing that times would be drawn from.
    fn check_times(&self, cluster: &Cluster) -> Result<(), ConfigError> {
        let spec = &self.spec.cluster;
        let unused = |of: &'static str, times: &Times, law: &'static str| {
            let fault = Fault::NothingTakesTime { law };
            Err(misfit(of, times, fault))
        };
        match (&spec.download_times, &spec.upload_times) {
            (Some(times), _) if spec.download.is_none() => {
                return unused("download-times", times, "download");
            }
            (_, Some(times)) if spec.upload.is_none() => {
                return unused("upload-times", times, "upload");
            }
            _ => {}
        }
        if cluster.emulates_time() {
            return Ok(());
        }
        match (&spec.times, self.spec.text("unit")) {
            // Numbers say how many workers there are.
            (Some(times @ (Times::Linear | Times::Equal | Times::Sqrt)), _) => {
                unused("times", times, "compute")
            }
            (_, Some(unit)) => {
                let fault = Fault::NothingTakesTime { law: "compute" };
                Err(misfit("unit", unit, fault))
            }
            _ => Ok(()),
        }
    }
}
