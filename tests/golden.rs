//! Runs against numbers worked out independently: once on paper, then by the naive simulator of
//! `support/naive.rs`.

use asgrad::ps_core::Action;
use asgrad::{Clock, Cluster, Experiment, Law, Summary};

use crate::support::naive::{Late, Naive, Outcome, Rule};
use crate::support::recording::{Recorder, Setup, received};
use crate::support::{UNIT, assert_close, cluster, linear, quadratic};

/// Two workers of speeds 1 and 2, centres 4 and 0, γ = ½, x₀ = 0; all numbers are exact in binary.
///
/// | time | job (worker) | read | `g = x_π − c` | version, x after |
/// |---|---|---|---|---|
/// | 1 | 0 (0) | 0 | 0 − 4 = −4 | 1, 2 |
/// | 2 | 1 (1) | 0 | 0 − 0 = 0 | 2, 2 |
/// | 2 | 2 (0) | 1 | 2 − 4 = −2 | 3, 3 |
/// | 3 | 4 (0) | 3 | 3 − 4 = −1 | 4, 3.5 |
/// | 4 | 3 (1) | 2 | 2 − 0 = 2 | 5, 2.5 |
/// | 4 | 5 (0) | 4 | 3.5 − 4 = −½ | 6, 2.75 |
///
/// At time 2 and 4 both finish: the job with the smaller number goes first, whoever's it is.
#[test]
fn six_updates_of_pure_asynchronous_sgd_are_those_on_paper() {
    let mut setup = Setup::new("pure", &[0.0], 6);
    setup.step_size = 0.5;
    let run = setup.record(quadratic(&[4.0, 0.0]), &cluster(&[1.0, 2.0], Law::fixed()));
    let x: Vec<f64> = run.models.iter().map(|m| m.values()[0]).collect();
    assert_eq!(x, [0.0, 2.0, 2.0, 3.0, 3.5, 2.5, 2.75]);
    let arrivals: Vec<_> = run
        .received()
        .map(|r| {
            let milliseconds = r.time.as_millis();
            (
                milliseconds,
                r.job.number(),
                r.worker.index(),
                r.staleness(),
            )
        })
        .collect();
    let expected = [
        (1, 0, 0, 0),
        (2, 1, 1, 1),
        (2, 2, 0, 1),
        (3, 4, 0, 0),
        (4, 3, 1, 2),
        (4, 5, 0, 1),
    ];
    assert_eq!(arrivals, expected);
}

/// The same workers wait for both: at times 2, 4, 6 a step with the mean gradient x − 2, so
/// `x_{t+1} − 2 = ½(x_t − 2)`.
#[test]
fn mini_batch_sgd_is_the_geometric_series_on_paper() {
    let mut setup = Setup::new("minibatch", &[0.0], 3);
    setup.step_size = 0.5;
    let run = setup.record(quadratic(&[4.0, 0.0]), &cluster(&[1.0, 2.0], Law::fixed()));
    let x: Vec<f64> = run.models.iter().map(|m| m.values()[0]).collect();
    assert_eq!(x, [0.0, 1.0, 1.5, 1.75]);
    assert!(
        run.received()
            .all(|r| r.staleness() == 0 && r.action == Action::Held)
    );
    let times: Vec<_> = run.received().map(|r| r.time.as_millis()).collect();
    assert_eq!(times, [1, 2, 3, 4, 5, 6]);
}

/// Who gets a job when nobody chooses at random.
#[derive(Clone, Copy)]
enum Owner {
    /// The sender; at the start one worker after the other.
    Sender,
    /// One worker after the other.
    Cycle,
}

struct Case<'a> {
    method: &'a str,
    rule: Rule,
    owner: Owner,
    n_workers: u32,
    concurrency: Option<usize>,
    /// The lengths of a unit of download and of upload, in units.
    links: (f64, f64),
}

const PLAIN: Case<'_> = Case {
    method: "pure",
    rule: Rule::Immediate,
    owner: Owner::Sender,
    n_workers: 5,
    concurrency: None,
    links: (0.0, 0.0),
};

const STEP_SIZE: f64 = 0.15;
const START: [f64; 1] = [-2.5];
const UPDATES: usize = 20;

fn centre(worker: usize) -> f64 {
    [7.0, -1.0, 2.5, 0.25, -6.0, 3.0][worker]
}

impl Case<'_> {
    fn outstanding(&self) -> usize {
        match self.method {
            "incremental" => 1,
            _ => self.concurrency.unwrap_or(self.n_workers as usize),
        }
    }

    fn simulate(&self) -> Outcome {
        let n_workers = self.n_workers as usize;
        let owner = |job: usize, sender: Option<usize>| match (self.owner, sender) {
            (Owner::Sender, Some(sender)) => sender,
            _ => job % n_workers,
        };
        let (download, upload) = self.links;
        let unit = UNIT.as_nanos() as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small"
        )]
        let lasts = |_, worker: usize| {
            let compute = worker as f64 + 1.0;
            ((compute * (1.0 + download + upload)) * unit).round() as u64
        };
        let simulation = Naive {
            n_workers,
            concurrency: self.outstanding(),
            rule: self.rule,
            step_size: STEP_SIZE,
            owner: &owner,
            lasts: &lasts,
            gradient: &|worker, _, x| vec![x[0] - centre(worker)],
        };
        simulation.run(&START, UPDATES)
    }

    fn run(&self) -> (Summary, Recorder) {
        let n_workers = self.n_workers as usize;
        let centres: Vec<f64> = (0..n_workers).map(centre).collect();
        let speeds = linear(self.n_workers);
        let scaled = |by: f64| speeds.iter().map(|s| s * by.max(0.5)).collect();
        let law = |by: f64| if by > 0.0 { Law::fixed() } else { Law::none() };
        let (download, upload) = self.links;
        let cluster = Cluster::new(speeds.clone(), UNIT).unwrap();
        let cluster = cluster.download(law(download)).upload(law(upload));
        let cluster = cluster.link_times(scaled(download), scaled(upload));
        let recorder = Recorder::default();
        let experiment = Experiment::with_objective(quadratic(&centres))
            .method(self.method)
            .clock(Clock::Virtual)
            .cluster(cluster.unwrap())
            .start(START.to_vec())
            .step_size(STEP_SIZE)
            .evaluate_every(1)
            .observer(recorder.clone())
            .updates(UPDATES as u64);
        let experiment = match self.concurrency {
            Some(jobs) => experiment.concurrency(jobs),
            None => experiment,
        };
        (experiment.run().unwrap(), recorder)
    }

    fn check(&self) {
        let expected = self.simulate();
        let (summary, recorder) = self.run();
        let n_workers = self.n_workers as usize;
        let objective = |x: f64| {
            let squares: f64 = (0..n_workers).map(|w| (x - centre(w)).powi(2)).sum();
            squares / 2.0 / n_workers as f64
        };
        assert_close(summary.model.values()[0], expected.last()[0], 1e-12);
        assert_eq!(summary.evaluations.len(), UPDATES + 1);
        for (evaluation, x) in summary.evaluations.iter().zip(&expected.models) {
            assert_close(evaluation.loss, objective(x[0]), 1e-12);
        }
        let notes = recorder.take();
        let arrivals: Vec<_> = received(&notes)
            .map(|r| (r.time.as_nanos(), r.worker.index(), r.job.number()))
            .collect();
        let theirs: Vec<_> = expected
            .arrivals
            .iter()
            .map(|a| (u128::from(a.time), a.worker, a.job as u64))
            .collect();
        assert_eq!(arrivals, theirs, "{}", self.method);
        let staleness: Vec<_> = received(&notes).map(|r| r.staleness()).collect();
        let theirs: Vec<_> = expected.staleness().iter().map(|&s| s as u64).collect();
        assert_eq!(staleness, theirs, "{}", self.method);
        assert_eq!(summary.gradients_per_worker, expected.per_worker(n_workers));
        assert_eq!(summary.gradients, theirs.len() as u64);
        // The summary tells the staleness of those that were used.
        let used = received(&notes).filter(|r| r.action != Action::Discarded);
        let used: Vec<_> = used.map(|r| r.staleness()).collect();
        assert_eq!(summary.discarded, (theirs.len() - used.len()) as u64);
        assert_close(summary.staleness.mean.unwrap(), mean(&used), 1e-12);
        assert_eq!(summary.staleness.max, *used.iter().max().unwrap());
        assert_close(
            summary.seconds,
            expected.arrivals.last().unwrap().time as f64 / 1e9,
            1e-12,
        );
    }
}

fn mean(values: &[u64]) -> f64 {
    values.iter().sum::<u64>() as f64 / values.len() as f64
}

#[test]
fn pure_agrees_with_the_naive_simulation() {
    PLAIN.check();
}

#[test]
fn pure_with_fewer_jobs_than_workers_agrees_with_the_naive_simulation() {
    Case {
        concurrency: Some(3),
        ..PLAIN
    }
    .check();
}

#[test]
fn pure_with_more_jobs_than_workers_agrees_with_the_naive_simulation() {
    Case {
        concurrency: Some(12),
        ..PLAIN
    }
    .check();
}

#[test]
fn downloads_and_uploads_occupy_the_worker() {
    Case {
        links: (0.5, 0.75),
        ..PLAIN
    }
    .check();
}

#[test]
fn mini_batch_agrees_with_the_naive_simulation() {
    Case {
        method: "minibatch",
        rule: Rule::Waiting(5),
        ..PLAIN
    }
    .check();
}

#[test]
fn waiting_for_three_agrees_with_the_naive_simulation() {
    Case {
        method: "pure-waiting:b=3",
        rule: Rule::Waiting(3),
        ..PLAIN
    }
    .check();
}

#[test]
fn waiting_with_more_jobs_than_workers_agrees_with_the_naive_simulation() {
    Case {
        method: "pure-waiting:b=4",
        rule: Rule::Waiting(4),
        concurrency: Some(11),
        links: (0.5, 0.5),
        ..PLAIN
    }
    .check();
}

#[test]
fn incremental_agrees_with_the_naive_simulation() {
    Case {
        method: "incremental",
        owner: Owner::Cycle,
        n_workers: 6,
        ..PLAIN
    }
    .check();
}

/// With fewer than n, with n, and with more; the last in another number of workers.
#[test]
fn rennala_agrees_with_the_naive_simulation() {
    for (n_workers, batch) in [(3, 2), (3, 3), (3, 7), (5, 4)] {
        Case {
            method: &format!("rennala:batch={batch}"),
            rule: Rule::Fresh(batch, Late::Discard),
            n_workers,
            ..PLAIN
        }
        .check();
    }
}

#[test]
fn malenia_agrees_with_the_naive_simulation() {
    for (n_workers, batch) in [(3, 2), (3, 3), (3, 7), (5, 11)] {
        Case {
            method: &format!("malenia:batch={batch}"),
            rule: Rule::FreshOfAll(batch, Late::Discard),
            n_workers,
            ..PLAIN
        }
        .check();
    }
}

#[test]
fn ringmaster_agrees_with_the_naive_simulation() {
    for (concurrency, threshold) in [(None, 1), (None, 3), (Some(2), 2), (Some(9), 6)] {
        Case {
            method: &format!("ringmaster:threshold={threshold}"),
            rule: Rule::Within(threshold),
            concurrency,
            ..PLAIN
        }
        .check();
    }
}

#[test]
fn ringleader_agrees_with_the_naive_simulation() {
    for n_workers in [1, 2, 3, 5] {
        Case {
            method: "ringleader",
            rule: Rule::Ringleader,
            n_workers,
            ..PLAIN
        }
        .check();
    }
}
