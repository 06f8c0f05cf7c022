//! What is meant and valid, from what was typed.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use asgrad::methods::{Assumptions, Prescription};
use asgrad::problems::{Files, Problem};
use asgrad::ps_core::Setting;
use asgrad::ps_core::form::count;
use asgrad::ps_core::math::KERNELS;
use asgrad::trace::model_hash;
use asgrad::workers::ComputeTimes;
use asgrad::{Algorithm, Clock, Cluster, ConfigError, Experiment, first_model};
use asgrad::{RunSpec, Scalar};

use crate::args::Options;
use crate::failure::Failure;
use crate::typed::typed;

/// A request with its workers made out.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) options: Options,
    /// The data, once they have been read; whatever the number of seeds, they are read once.
    files: Arc<OnceLock<Files>>,
    /// The latency model, whose files are read once, too.
    cluster: Cluster,
}

/// The problem of one seed; `None` when only the schedule is asked for.
pub(crate) type Loaded<T> = Option<Arc<Problem<T>>>;

impl Request {
    pub(crate) fn new(mut options: Options) -> Result<Self, Failure> {
        let typed = &mut options.typed;
        let is_measured = |times: &ComputeTimes| matches!(times, ComputeTimes::Measured(_));
        let all_measured = typed.compute.iter().all(is_measured);
        for name in ["times", "unit"] {
            if let Some(value) = typed.text(name).filter(|_| all_measured) {
                return Err(Failure::request(format!(
                    "--{name} {value}: the times in the file of --compute say how fast the workers are; leave it out"
                )));
            }
        }
        let is_typed = |setting: Setting, _: Option<&str>| typed.has(setting.0);
        if let Some(error) = typed.spec.without_effect(is_typed) {
            return Err(ConfigError::from(error).into());
        }
        typed.spec.workers = Some(n_workers(&typed.spec, &typed.compute)?);
        let files = Arc::default();
        let spec = &options.typed.spec;
        let cluster = asgrad::cluster(&spec.cluster, spec.workers.unwrap_or_default())?;
        Ok(Self {
            options,
            files,
            cluster,
        })
    }

    /// The run that is asked for.
    pub(crate) fn spec(&self) -> &RunSpec {
        &self.options.typed.spec
    }

    /// The same with these compute times.
    pub(crate) fn under(&self, compute: &ComputeTimes) -> Self {
        let mut request = self.clone();
        let typed = &mut request.options.typed;
        typed.spec.cluster.compute = compute.clone();
        typed.compute = vec![compute.clone()];
        request
    }

    /// Only a comparison can be made under several laws.
    pub(crate) fn refuse_several_laws(&self, command: &str) -> Result<(), Failure> {
        let typed = &self.options.typed;
        if typed.compute.len() < 2 {
            return Ok(());
        }
        let laws = typed.text("compute").unwrap_or_default();
        Err(Failure::request(format!(
            "--compute {laws}: {command} takes one law; compare takes several; leave out all but one"
        )))
    }

    pub(crate) fn n_workers(&self) -> usize {
        self.spec().workers.unwrap_or_default()
    }

    /// The seeds of the repetitions, at least one.
    pub(crate) fn seeds(&self, by_default: u64) -> Result<Range<u64>, Failure> {
        let (first, n) = (self.spec().seed, self.options.output.repeat);
        let n = n.unwrap_or(by_default);
        let end = first.checked_add(n).ok_or_else(|| {
            let largest = u64::MAX - n;
            let seeds = count(n, "seed");
            Failure::request(format!("--seed {first}: at most {largest} with {seeds}"))
        })?;
        Ok(first..end)
    }

    /// Makes the problem for this seed, of the data that the first one reads.
    pub(crate) fn load<T: Scalar>(&self, seed: u64) -> Result<Loaded<T>, Failure> {
        let mut spec = self.spec().clone();
        spec.seed = seed;
        let files = match self.files.get() {
            Some(files) => files,
            None => {
                let read = asgrad::read_data(&spec)?;
                self.files.get_or_init(|| read)
            }
        };
        Ok(asgrad::load_with(&spec, files)?)
    }

    /// The same, where that of the first seed has been made.
    pub(crate) fn load_beside<T: Scalar>(
        &self,
        first: &Loaded<T>,
        seed: u64,
    ) -> Result<Loaded<T>, Failure> {
        if seed == self.spec().seed {
            return Ok(first.clone());
        }
        self.load(seed)
    }

    /// The run that is asked for, with this seed and on its problem.
    pub(crate) fn experiment<T: Scalar>(&self, problem: &Loaded<T>, seed: u64) -> Experiment<T> {
        self.on_cluster(Experiment::on(self.spec().clone(), problem.as_ref()))
            .seed(seed)
            .describe("command", typed())
    }

    /// The experiment with the latency model, unless another one has been asked for since.
    fn on_cluster<T: Scalar>(&self, experiment: Experiment<T>) -> Experiment<T> {
        let asked = self.spec().cluster.clone();
        let experiment = experiment.cluster(self.cluster.clone());
        experiment.with(|spec| spec.cluster = asked)
    }

    /// What is asked for, however it was typed, with what is in the files that are read and the first
    /// problem: another request makes other results.
    pub(crate) fn described<T: Scalar>(
        &self,
        command: &str,
        methods: &[Algorithm],
        repeat: u64,
        first: &Loaded<T>,
    ) -> Result<String, Failure> {
        let (typed, spec) = (&self.options.typed, self.spec());
        let times = model_hash(self.cluster.times());
        let of_problem = |problem: &Arc<Problem<T>>| {
            let start = first_model::<T>(spec, problem.objective.dim())?;
            let data = problem.data_hash.map(|hash| hash.to_string());
            Ok::<_, ConfigError>((data, model_hash(&start)))
        };
        let (data, start) = first.as_ref().map(of_problem).transpose()?.unzip();
        let text = |laws: &[ComputeTimes]| laws.iter().map(ComputeTimes::to_string).collect();
        let (methods, compute): (Vec<_>, Vec<_>) = (
            methods.iter().map(Algorithm::to_string).collect(),
            text(&typed.compute),
        );
        let object = serde_json::json!({
            "command": command,
            "methods": methods,
            "compute": compute,
            "step_size": typed.step_size.map(|choice| choice.to_string()),
            "repeat": self.options.output.repeat.unwrap_or(repeat),
            "run": spec,
            "kernels": KERNELS,
            "hashes": {"data": data, "start": start, "times": times},
        });
        Ok(object.to_string())
    }

    /// What theory prescribes for this method and these workers.
    pub(crate) fn prescribe(
        &self,
        method: &Algorithm,
        assumptions: &Assumptions,
    ) -> Result<Prescription, Failure> {
        let experiment = self.on_cluster(Experiment::<f64>::on(self.spec().clone(), None));
        let experiment = experiment.method(method.clone()).clock(Clock::Virtual);
        Ok(experiment.prescription(assumptions)?)
    }
}

/// Number of workers: as asked for, or as the times, the measured ones or the centres say.
fn n_workers(spec: &RunSpec, compute: &[ComputeTimes]) -> Result<usize, Failure> {
    let mut spec = spec.clone();
    if let Some(measured) = compute
        .iter()
        .rfind(|times| matches!(times, ComputeTimes::Measured(_)))
    {
        spec.cluster.compute = measured.clone();
    }
    Ok(asgrad::n_workers(&spec)?)
}
