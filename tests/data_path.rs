//! Which memory and which data a gradient is made of, and where it goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use asgrad::workers::Serving;
use asgrad::{Law, Oracle, from_fn};
use ps_core::sync::Mutex;

use crate::support::recording::{Recording, Setup, replay};
use crate::support::{cluster, gradient_of, linear, serving_by};

/// What the oracle saw of a job.
#[derive(Clone, Debug)]
struct Seen {
    worker: usize,
    /// Where the model was.
    read_from: usize,
    /// Where the gradient was written.
    written_to: usize,
    x: Vec<f64>,
    gradient: Vec<f64>,
}

/// What was seen, by the number of the job.
type Jobs = Arc<Mutex<BTreeMap<u64, Seen>>>;

fn centre(worker: usize) -> [f64; 3] {
    let k = worker as f64;
    [k, -10.0 * k, 0.5]
}

/// `f_k(x) = ½‖x − c_k‖²`, and everything it sees is written down.
fn witness(jobs: &Jobs) -> impl Oracle + 'static {
    let jobs = Arc::clone(jobs);
    from_fn(3, move |job, x: &[f64], out: &mut [f64]| {
        let worker = job.worker().index();
        for ((out, x), c) in out.iter_mut().zip(x).zip(centre(worker)) {
            *out = x - c;
        }
        let seen = Seen {
            worker,
            read_from: x.as_ptr().addr(),
            written_to: out.as_ptr().addr(),
            x: x.to_vec(),
            gradient: out.to_vec(),
        };
        let again = jobs.lock().insert(job.job().number(), seen);
        assert!(again.is_none(), "a job is computed once");
    })
}

const START: [f64; 3] = [4.0, 4.0, 4.0];

fn setup(method: &str, updates: u64) -> Setup {
    let mut setup = Setup::new(method, &START, updates);
    setup.step_size = 0.02;
    setup
}

const METHODS: [&str; 6] = [
    "pure",
    "random",
    "shuffled",
    "fedbuff:b=3",
    "random-waiting:b=2",
    "minibatch",
];

/// Every gradient that arrived is that of its own worker's function at exactly the version that was
/// recorded, in the very memory of that version: nothing was copied on the way.
fn check_reads(run: &Recording, jobs: &Jobs) {
    let seen = jobs.lock();
    for r in run.received() {
        let seen = &seen[&r.job.number()];
        let version = &run.models[usize::try_from(r.read_version.number()).unwrap()];
        assert_eq!(seen.worker, r.worker.index());
        assert_eq!(seen.x, version.values(), "the values of that version");
        assert_eq!(
            seen.read_from,
            version.values().as_ptr().addr(),
            "and its memory"
        );
        let recovered = seen.gradient.iter().zip(centre(r.worker.index()));
        for ((g, c), x) in recovered.zip(version.values()) {
            assert!((g + c - x).abs() < 1e-12, "g + c_k = x_π");
        }
    }
}

/// A gradient that is stepped with becomes the next version in its own memory.
fn check_writes(run: &Recording, jobs: &Jobs) {
    let seen = jobs.lock();
    let mut steps = 0;
    for r in run.received().filter(|r| r.step_size.is_some()) {
        let next = &run.models[usize::try_from(r.version.number()).unwrap() + 1];
        let written_to = seen[&r.job.number()].written_to;
        assert_eq!(written_to, next.values().as_ptr().addr());
        steps += 1;
    }
    assert!(steps > 10);
}

fn check_replay(run: &Recording) {
    let gradient =
        |worker, job, x: &[f64]| gradient_of(&witness(&Jobs::default()), 1, (worker, job), x);
    let models = replay(&run.notes, &START, 0, gradient);
    assert!(
        run.models
            .iter()
            .map(|m| m.values())
            .eq(models.iter().map(Vec::as_slice))
    );
}

#[test]
fn a_gradient_is_of_its_own_workers_data_at_the_version_it_was_given() {
    for method in METHODS {
        let jobs = Jobs::default();
        let run =
            setup(method, 60).record(witness(&jobs), &cluster(&linear(5), Law::exponential()));
        check_reads(&run, &jobs);
    }
}

#[test]
fn a_gradients_buffer_becomes_the_next_version() {
    for method in ["pure", "random", "shuffled"] {
        let jobs = Jobs::default();
        let run =
            setup(method, 60).record(witness(&jobs), &cluster(&linear(5), Law::exponential()));
        check_writes(&run, &jobs);
    }
}

/// On threads too: a recorded run replayed on one thread gives the same bits, and no thread has
/// copied a model.
#[test]
fn a_run_on_threads_copies_no_model_and_can_be_replayed_bit_for_bit() {
    for serving in [Serving::Combining, Serving::Thread] {
        for method in METHODS {
            let jobs = Jobs::default();
            let threads = serving_by(serving);
            let run = setup(method, 400);
            let oracle = Arc::new(witness(&jobs));
            let run = run.record_on(threads, oracle, &cluster(&linear(3), Law::none()));
            assert_eq!(run.models.len(), 401);
            assert!(crate::support::books::jobs(&run.notes).len() > 400);
            check_replay(&run);
            check_reads(&run, &jobs);
            if method == "pure" {
                check_writes(&run, &jobs);
            }
        }
    }
}

/// Old versions are let go: when nobody keeps them, the memory of a run is that of the jobs that
/// are out and a little more.
#[test]
fn memory_is_used_again_and_again() {
    let addresses = Arc::new(Mutex::new(std::collections::BTreeSet::new()));
    let seen = Arc::clone(&addresses);
    let oracle = asgrad::from_fn(3, move |_, x: &[f64], out: &mut [f64]| {
        out.copy_from_slice(x);
        seen.lock().extend([x.as_ptr().addr(), out.as_ptr().addr()]);
    });
    let experiment = asgrad::Experiment::new(oracle)
        .method("random")
        .concurrency(8);
    let experiment = experiment.clock(asgrad::Clock::Virtual);
    let experiment = experiment.cluster(cluster(&linear(4), Law::exponential()));
    experiment.updates(5_000).run().unwrap();
    let count = addresses.lock().len();
    // A running job has a buffer, every job may have a version of its own, and there is the newest
    // version.
    assert!(count <= 4 + 8 + 4, "{count} buffers");
}
