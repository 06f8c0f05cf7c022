//! What must hold for every method, every law and any numbers of workers and jobs.

use asgrad::{Cluster, Law, Oracle, from_fn};
use methods::rules::{ALL, NamedMethod, Outstanding};
use proptest::prelude::*;
use ps_core::form::{Domain, Parameter};
use rand::RngExt;

use crate::support::naive::Naive;
use crate::support::recording::{Recording, Setup, replay};
use crate::support::{UNIT, assert_close, assignments, books, gradient_of};

const UPDATES: u64 = 120;
const START: [f64; 2] = [3.0, -1.0];

/// Worker `i` has the centre `(i, −i)`, and each job some noise of its own.
fn noisy() -> impl Oracle {
    from_fn(2, |job, x: &[f64], out: &mut [f64]| {
        let c = job.worker().index() as f64;
        out[0] = x[0] - c + job.rng().random_range(-0.5..0.5);
        out[1] = x[1] + c + job.rng().random_range(-0.5..0.5);
    })
}

#[derive(Clone, Debug)]
struct Case {
    method: String,
    n_workers: usize,
    concurrency: usize,
    laws: [Law; 3],
    seed: u64,
}

fn laws() -> impl Strategy<Value = Law> {
    prop::sample::select(crate::support::laws())
}

/// Whether every update is along the sum of what was held since the last one.
fn adds_up(named: &NamedMethod) -> bool {
    !["malenia", "ringleader"].contains(&named.name)
}

fn cases() -> impl Strategy<Value = Case> {
    cases_of(|_| true)
}

fn cases_of(is_meant: impl Fn(&NamedMethod) -> bool) -> impl Strategy<Value = Case> {
    let methods: Vec<&NamedMethod> = ALL.iter().filter(|named| is_meant(named)).collect();
    let named = prop::sample::select(methods);
    let numbers = (1..8usize, 1..14usize, 1..20usize, named);
    let laws = [laws(), laws(), laws()];
    (numbers, laws, 0..1000u64).prop_map(|((n_workers, c, b, named), mut laws, seed)| {
        if laws.iter().all(|law| law.is_none()) {
            laws[0] = Law::exponential();
        }
        let concurrency = match named.what.outstanding {
            Outstanding::Choice => c,
            Outstanding::AllWorkers => n_workers,
            Outstanding::One => 1,
        };
        let setting = |key: &Parameter| match key.domain {
            _ if named.what.waits_for == Some(key.name) => {
                format!(":{}={}", key.name, 1 + b % concurrency)
            }
            Domain::Count(0, _) | Domain::Microseconds => format!(":{}={}", key.name, b - 1),
            Domain::Word(words) => format!(":{}={}", key.name, words[b % words.len()]),
            _ => format!(":{}={b}", key.name),
        };
        let settings: String = named.parameters.iter().map(setting).collect();
        let method = named.name.to_owned() + &settings;
        Case {
            method,
            n_workers,
            concurrency,
            laws,
            seed,
        }
    })
}

impl Case {
    fn setup(&self) -> Setup {
        let mut setup = Setup::new(&self.method, &START, UPDATES);
        setup.seed = self.seed;
        setup.step_size = 0.05;
        setup.concurrency = Some(self.concurrency);
        setup
    }

    fn cluster(&self) -> Cluster {
        let [compute, download, upload] = self.laws.clone();
        let speeds = (0..self.n_workers).map(|w| 0.5 + (w * w) as f64).collect();
        let cluster = Cluster::new(speeds, UNIT).unwrap();
        cluster.compute(compute).download(download).upload(upload)
    }

    fn record(&self) -> Recording {
        self.setup().record(noisy(), &self.cluster())
    }

    fn check_against_the_naive_simulation(&self, run: &Recording) {
        let (rule, concurrency) = books::rule_of(&self.method, self.n_workers, self.concurrency);
        let jobs = books::jobs(&run.notes);
        let mut lasts = vec![u64::MAX / 2; jobs.len()];
        // How long a job would have taken that was cancelled or given up is not known.
        for r in run.received().filter(|r| r.action.has_gradient()) {
            let took = u64::try_from((r.times.finished - r.times.started).as_nanos()).unwrap();
            lasts[usize::try_from(r.job.number()).unwrap()] = took;
        }
        let simulation = Naive {
            n_workers: self.n_workers,
            concurrency,
            rule,
            step_size: 0.05,
            owner: &|job, _| jobs[job].worker,
            lasts: &|job, _| lasts[job],
            gradient: &|worker, job, x| gradient_of(&noisy(), self.seed, (worker, job as u64), x),
        };
        let expected = simulation.run(&START, usize::try_from(UPDATES).unwrap());
        assert_eq!(run.models.len(), expected.models.len());
        for (actual, expected) in run.models.iter().zip(&expected.models) {
            assert_close(actual.values()[0], expected[0], 1e-12);
            assert_close(actual.values()[1], expected[1], 1e-12);
        }
        let arrivals = run.received().map(|r| (r.worker.index(), r.job.number()));
        let theirs = expected.arrivals.iter().map(|a| (a.worker, a.job as u64));
        assert!(arrivals.eq(theirs), "in the same order");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn the_books_balance_whatever_is_run(case in cases()) {
        let run = case.record();
        let (rule, concurrency) = books::rule_of(&case.method, case.n_workers, case.concurrency);
        assignments::check_assignments(&run.notes, rule, concurrency);
        books::check_order(&run.notes, rule);
        books::check_queues(&run.notes, case.n_workers);
        books::check_conservation(&run.notes, rule, concurrency);
    }

    #[test]
    fn whatever_is_run_agrees_with_the_naive_simulation(case in cases()) {
        case.check_against_the_naive_simulation(&case.record());
    }

    /// Of all methods but `malenia` and `ringleader`, which weigh what they hold worker by worker:
    /// they have their bits compared in `replay.rs`, and their numbers with the naive simulation.
    #[test]
    fn replaying_the_events_gives_the_same_bits(case in cases_of(adds_up)) {
        let run = case.record();
        let gradient = |worker, job, x: &[f64]| gradient_of(&noisy(), case.seed, (worker, job), x);
        let n_rows = if case.method == "iag" { case.n_workers } else { 0 };
        let models = replay(&run.notes, &START, n_rows, gradient);
        assert!(run.models.iter().map(|m| m.values()).eq(models.iter().map(Vec::as_slice)));
    }
}
