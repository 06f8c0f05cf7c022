//! Runs that are recorded completely: every event and every version.

use std::sync::Arc;
use std::time::Duration;

use asgrad::StopReason;
use asgrad::ps_core::Action;
use asgrad::workers::Prepared;
use asgrad::workers::VirtualTime;
use asgrad::{Cluster, Driver, Event, Observer, Oracle, Seed, Snapshot};
use methods::{Engine, MethodSpec, OnLoss, StepRule, StopRule};
use ps_core::sync::Mutex;
use ps_core::{ModelObserver, Received, Service, Updated};

/// An observer that keeps everything. Clones share what they have seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Event>>>);

impl Recorder {
    pub(crate) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock())
    }
}

impl Observer for Recorder {
    fn observe(&mut self, event: &Event) {
        self.0.lock().push(event.clone());
    }
}

/// Keeps every version.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versions(Arc<Mutex<Vec<Snapshot>>>);

impl ModelObserver<f64> for Versions {
    fn published(&mut self, _time: Duration, snapshot: &Snapshot) -> Option<StopReason> {
        self.0.lock().push(snapshot.clone());
        None
    }
}

/// What is to be run.
pub(crate) struct Setup {
    pub(crate) method: String,
    pub(crate) concurrency: Option<usize>,
    pub(crate) step_size: f64,
    pub(crate) step_rule: StepRule,
    pub(crate) start: Vec<f64>,
    pub(crate) seed: u64,
    pub(crate) updates: u64,
    pub(crate) on_loss: OnLoss,
}

/// Everything that happened.
pub(crate) struct Recording {
    pub(crate) notes: Vec<Event>,
    /// Version `v` at position `v`.
    pub(crate) models: Vec<Snapshot>,
}

impl Setup {
    pub(crate) fn new(method: &str, start: &[f64], updates: u64) -> Self {
        Self {
            method: method.to_owned(),
            concurrency: None,
            step_size: 0.1,
            step_rule: StepRule::constant(),
            start: start.to_vec(),
            seed: 1,
            updates,
            on_loss: OnLoss::Stop,
        }
    }

    fn engine(&self, n_workers: usize) -> (Engine, Recorder, Versions) {
        let spec: MethodSpec = self.method.parse().unwrap();
        let concurrency = spec.concurrency(n_workers, self.concurrency).unwrap();
        let step_size = self.step_rule.with(self.step_size);
        let method = spec.build(n_workers, concurrency).unwrap();
        let (start, seed) = (Snapshot::initial(&self.start), Seed::new(self.seed));
        let rule = StopRule {
            updates: Some(self.updates),
            ..StopRule::default()
        };
        let mut engine = Engine::new(method, step_size, n_workers, concurrency, start, seed)
            .stop_rule(rule)
            .on_lost_worker(self.on_loss);
        let (recorder, versions) = (Recorder::default(), Versions::default());
        engine.add_observer(Box::new(recorder.clone()));
        engine.add_model_observer(Box::new(versions.clone()));
        (engine, recorder, versions)
    }

    /// Runs it in virtual time.
    pub(crate) fn record(&self, oracle: impl Oracle + 'static, cluster: &Cluster) -> Recording {
        self.record_on(VirtualTime, Arc::new(oracle), cluster)
    }

    /// Runs it where this driver does.
    pub(crate) fn record_on(
        &self,
        driver: impl Driver<f64> + 'static,
        oracle: Arc<dyn Oracle>,
        cluster: &Cluster,
    ) -> Recording {
        let (engine, recorder, versions) = self.engine(cluster.n_workers());
        let (cluster, seed) = (Arc::new(cluster.clone()), Seed::new(self.seed));
        let run = Prepared::new(engine, Some(oracle), cluster, seed);
        Box::new(driver).drive(run).unwrap();
        Recording {
            notes: recorder.take(),
            models: std::mem::take(&mut versions.0.lock()),
        }
    }
}

impl Recording {
    pub(crate) fn received(&self) -> impl Iterator<Item = &Received> {
        received(&self.notes)
    }

    /// The last version.
    pub(crate) fn last(&self) -> &[f64] {
        self.models.last().unwrap().values()
    }
}

/// The finished jobs, in order of arrival.
pub(crate) fn received(notes: &[Event]) -> impl Iterator<Item = &Received> {
    notes.iter().filter_map(|note| match note {
        Event::Received(received) => Some(received),
        _ => None,
    })
}

/// Computes every version once more, on one thread, from what was recorded about who delivered a
/// gradient of which version and what became of it. Held gradients are kept for one update, along
/// whose sum it is, or in a table with so many rows if there are any.
pub(crate) fn replay(
    notes: &[Event],
    start: &[f64],
    n_rows: usize,
    gradient: impl Fn(usize, u64, &[f64]) -> Vec<f64>,
) -> Vec<Vec<f64>> {
    let descend = |x: &[f64], step_size: f64, along: &[f64]| -> Vec<f64> {
        let pairs = x.iter().zip(along);
        pairs.map(|(x, d)| x - step_size * d).collect()
    };
    let add = |sum: &mut Vec<f64>, weight: f64, g: &[f64]| {
        sum.iter_mut()
            .zip(g)
            .for_each(|(sum, g)| *sum += weight * g);
    };
    let mut models = vec![start.to_vec()];
    let mut sum = vec![0.0; start.len()];
    let (mut rows, mut held) = (vec![sum.clone(); n_rows], 0);
    for note in notes {
        match note {
            Event::Received(r) => {
                let read = &models[usize::try_from(r.read_version.number()).unwrap()];
                let g = gradient(r.worker.index(), r.job.number(), read);
                match r.action {
                    Action::Applied => {
                        let next = descend(models.last().unwrap(), r.step_size.unwrap(), &g);
                        models.push(next);
                    }
                    Action::Held if n_rows > 0 => {
                        held += 1;
                        add(&mut sum, -1.0, &rows[r.worker.index()]);
                        add(&mut sum, 1.0, &g);
                        rows[r.worker.index()] = g;
                        // The sum is made anew from the rows now and then.
                        if held % n_rows == 0 {
                            sum.fill(0.0);
                            rows.iter().for_each(|row| add(&mut sum, 1.0, row));
                        }
                    }
                    Action::Held => add(&mut sum, 1.0, &g),
                    _ => {}
                }
            }
            Event::Updated(Updated { step_size, .. }) => {
                models.push(descend(models.last().unwrap(), *step_size, &sum));
                if n_rows == 0 {
                    sum.fill(0.0);
                }
            }
            _ => {}
        }
    }
    models
}
