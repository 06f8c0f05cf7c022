//! The time to a target is that of the first version of the grid at or below it: a replay that
//! evaluates every version finds the same one, on both clocks.

use std::sync::Arc;
use std::time::Duration;

use asgrad::compare::Comparison;
use asgrad::trace::statistics::Shared;
use asgrad::{Clock, Cluster, End, Experiment, Objective, Replay, Snapshot, StopReason, Trace};
use problems::{ProblemSpec, Source};
use ps_core::{ModelObserver, Seed};

use crate::support::linear;

const TARGET: f64 = 1.6;
const METHODS: [&str; 5] = ["pure", "shuffled", "minibatch", "rennala", "ringmaster"];

/// Evaluates every version.
struct Everything {
    objective: Arc<dyn Objective>,
    losses: Shared<Vec<(Duration, f64)>>,
}

impl ModelObserver<f64> for Everything {
    fn published(&mut self, time: Duration, version: &Snapshot) -> Option<StopReason> {
        let loss = self.objective.loss(version.values());
        self.losses.with(|losses| losses.push((time, loss)));
        None
    }
}

/// The first time at or below the target, of versions that are at least a per cent apart.
fn first(losses: &[(Duration, f64)]) -> Option<f64> {
    let mut version = 0;
    while let Some((time, loss)) = losses.get(version) {
        if *loss <= TARGET {
            return Some(time.as_secs_f64());
        }
        version = (version + 1).max((version * 101).div_ceil(100));
    }
    None
}

#[test]
fn a_replay_that_evaluates_every_version_finds_the_same_time_to_the_target() {
    let problem = ProblemSpec {
        rows: Some(300),
        ..ProblemSpec::new(Source::Digits)
    };
    let problem = problem.load::<f64>(5, Seed::new(1)).unwrap().objective;
    let cluster = Cluster::new(linear(5), Duration::from_micros(200)).unwrap();
    let mut n_reached = 0;
    for clock in [Clock::Virtual, Clock::Real] {
        let folder = crate::support::scratch_file(&format!("targets-{clock}"));
        let experiment = |_| {
            let experiment = Experiment::with_objective(Arc::clone(&problem));
            Ok(experiment.cluster(cluster.clone()))
        };
        let compared = Comparison::new(experiment)
            .methods(METHODS)
            .step_size(0.1)
            .clock(clock)
            .end(End::after(Duration::from_millis(200)).target_loss(TARGET))
            .repeat(2)
            .traces_to(&folder)
            .run()
            .unwrap();
        for row in &compared.rows {
            let found = [1, 2].map(|seed| {
                let name = format!("{}-seed{seed}.jsonl.gz", row.method);
                let trace = Trace::open(folder.join(name)).unwrap();
                let losses = Shared::new(Vec::new());
                let everything = Everything {
                    objective: Arc::clone(&problem),
                    losses: losses.clone(),
                };
                let replay = Replay::new(&trace).model_observer(everything);
                let replayed = replay.oracle(Arc::clone(&problem)).run().unwrap();
                assert_eq!(replayed.divergence, None);
                losses.with(|losses| first(losses))
            });
            let times = row.quantity("time_to_target").unwrap();
            let which = format!("{} on the {clock} clock", row.method);
            assert_eq!(times.values, found, "{which}");
            n_reached += times.n;
        }
    }
    assert!(n_reached > 10, "{n_reached}");
}
