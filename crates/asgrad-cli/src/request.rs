//! What is meant and valid, from what was typed.

use std::iter;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use asgrad::methods::{Assumptions, Prescription};
use asgrad::problems::{Files, Problem, Weights};
use asgrad::ps_core::Setting;
use asgrad::ps_core::form::count;
use asgrad::ps_core::math::KERNELS;
use asgrad::trace::file_hash;
use asgrad::workers::ComputeTimes;
use asgrad::{Algorithm, Clock, Cluster, ConfigError, Experiment};
use asgrad::{RunSpec, Scalar};

use crate::args::{OF_FILES, Options};
use crate::case::Case;
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
        let laws = typed
            .lists
            .iter()
            .find(|(setting, _)| setting.0 == "compute");
        let is_measured = matches!(typed.spec.cluster.compute, ComputeTimes::Measured(_));
        // Of several laws another one may have a use for them.
        for name in ["times", "unit"] {
            if let Some(value) = typed.text(name).filter(|_| is_measured && laws.is_none()) {
                return Err(Failure::request(format!(
                    "--{name} {value}: the times in the file of --compute say how fast the workers are; leave it out"
                )));
            }
        }
        let is_typed = |setting: Setting, _: Option<&str>| typed.has(setting.0);
        if let Some(error) = typed.spec.without_effect(is_typed) {
            return Err(ConfigError::from(error).into());
        }
        typed.spec.workers = Some(asgrad::n_workers(&typed.spec)?);
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

    /// A request for each combination of what several values were typed of, all on the same files.
    pub(crate) fn cases(&self) -> Result<Vec<(Case, Self)>, Failure> {
        let typed = &self.options.typed;
        let request = |case: Case| {
            let mut options = self.options.clone();
            // As if nothing had been made out for the first one.
            options.typed.spec.workers = typed.spec.workers.filter(|_| typed.has("workers"));
            for (setting, value) in case.settings() {
                let spec = &mut options.typed.spec;
                // A file of times has been read.
                let mut laws = typed.compute.iter().filter(|_| setting.0 == "compute");
                match laws.find(|law| law.to_string() == value) {
                    Some(law) => spec.cluster.compute = law.clone(),
                    None => spec.set(setting.0, value).map_err(ConfigError::from)?,
                }
            }
            if case.workers().is_some() {
                deal_out(&mut options);
            }
            let files = Arc::clone(&self.files);
            Ok((
                case,
                Self {
                    files,
                    ..Self::new(options)?
                },
            ))
        };
        Case::all(&typed.lists).into_iter().map(request).collect()
    }

    /// Only a comparison can be made of several cases.
    pub(crate) fn refuse_several(&self, command: &str) -> Result<(), Failure> {
        let typed = &self.options.typed;
        let Some((Setting(name), _)) = typed.lists.first() else {
            return Ok(());
        };
        let values = typed.text(name).unwrap_or_default();
        Err(Failure::request(format!(
            "--{name} {values}: {command} takes one value; compare takes several; leave out all but one"
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

    /// What is asked for, however it was typed, with what is in the data of the first problem and in
    /// all files that are read: another request makes other results.
    pub(crate) fn described<T: Scalar>(
        &self,
        command: &str,
        methods: &[Algorithm],
        repeat: u64,
        first: &Loaded<T>,
    ) -> String {
        let (typed, spec) = (&self.options.typed, self.spec());
        let data = first.as_ref().and_then(|problem| problem.data_hash);
        let others = OF_FILES.iter().filter(|name| **name != "data");
        let named = others.filter_map(|name| typed.text(name));
        // There may be several laws.
        let named = named.flat_map(|text| iter::once(text).chain(text.split(',')));
        // Pipes are read once, and by others.
        let files = named.map(Path::new).filter(|path| path.is_file());
        let files: Vec<_> = files.map(|path| file_hash(path).ok()).collect();
        let methods: Vec<_> = methods.iter().map(Algorithm::to_string).collect();
        let lists = typed.lists.iter();
        let lists: Vec<_> = lists.map(|(setting, values)| (setting.0, values)).collect();
        let object = serde_json::json!({
            "command": command,
            "methods": methods,
            "lists": lists,
            "step_size": typed.step_size.map(|choice| choice.to_string()),
            "repeat": self.options.output.repeat.unwrap_or(repeat),
            "run": spec,
            "kernels": KERNELS,
            "hashes": {"data": data.map(|hash| hash.to_string()), "files": files},
        });
        object.to_string()
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

/// With other numbers of workers it is the same objective only if every row is dealt out and counts
/// alike.
fn deal_out(options: &mut Options) {
    let typed = &mut options.typed;
    let asked = |name| typed.has(name);
    let (partition, weights) = (asked("partition"), asked("weights"));
    let spec = &mut typed.spec;
    let of_data = spec.problem.as_mut().filter(|it| it.n_centres().is_none());
    let Some(problem) = of_data.filter(|_| !spec.is_schedule) else {
        return;
    };
    if !partition {
        problem.partition = "shuffled:all".parse().ok();
    }
    if !weights {
        problem.weights = Weights::Rows;
    }
}
