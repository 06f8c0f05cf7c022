//! Everything goes wrong at random: panics, errors, NaN, workers that hang or never answer,
//! observers and objectives that panic, under every policy, in every method, on both clocks. Each
//! run ends with a reason and a finite model; all that is said of it agrees; no job is lost or told
//! of twice; all threads are gone when the oracles let them go.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use asgrad::explain::Explanation;
use asgrad::ps_core::Action;
use asgrad::{
    Clock, Event, Experiment, JobContext, Objective, Observer, OnBadGradient, OnLoss, Oracle,
    OracleError, Replay, RunError, StopReason, Summary, Threads, Trace,
};
use crossbeam_channel::{Receiver, Sender, bounded};
use ps_core::sync::Mutex;
use ps_core::{JobId, Purpose, Seed, WorkerId};
use rand::RngExt;
use report::Report;

use crate::{MILLISECOND, alone, cluster, comes_to};

/// Number of runs in virtual time, and on threads.
const RUNS: (usize, usize) = (350, 150);
const DIM: usize = 3;
/// One run in so many has a page drawn.
const PAGES: usize = 7;

/// `∇f_i(x) = x − i`, unless something goes wrong: so often in ten thousand jobs.
struct Chaotic {
    panics: u32,
    errors: u32,
    bad: u32,
    hangs: u32,
    /// Which evaluation panics.
    fatal_loss: Option<u64>,
    losses: Mutex<u64>,
    /// Disconnected when those that hang are to come back.
    let_go: Receiver<()>,
}

impl Oracle for Chaotic {
    fn dim(&self) -> usize {
        DIM
    }

    fn gradient(
        &self,
        job: &mut JobContext<'_>,
        x: &[f64],
        out: &mut [f64],
    ) -> Result<(), OracleError> {
        let centre = job.worker().index() as f64;
        out.iter_mut().zip(x).for_each(|(g, x)| *g = x - centre);
        let mut roll = job.rng().random_range(0..10_000u32);
        let mut is = |share: u32| {
            let hit = roll < share;
            roll = roll.wrapping_sub(share);
            hit
        };
        assert!(!is(self.panics), "chaos");
        if is(self.errors) {
            return Err("chaos of its own".into());
        }
        if is(self.bad) {
            out[1] = f64::NAN;
        }
        if is(self.hangs) {
            let _ = self.let_go.recv();
        }
        Ok(())
    }
}

impl Objective for Chaotic {
    fn loss(&self, x: &[f64]) -> f64 {
        let n = {
            let losses = &mut *self.losses.lock();
            *losses += 1;
            *losses
        };
        assert!(self.fatal_loss != Some(n), "no more losses");
        x.iter().map(|x| 0.5 * x * x).sum()
    }

    fn full_gradient(&self, x: &[f64], out: &mut [f64]) {
        out.copy_from_slice(x);
    }
}

/// Remembers what it is told.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Event>>>);

impl Observer for Recorder {
    fn observe(&mut self, event: &Event) {
        self.0.lock().push(event.clone());
    }
}

/// Panics after so many events.
struct Squeamish(usize);

impl Observer for Squeamish {
    fn observe(&mut self, _: &Event) {
        self.0 = self.0.checked_sub(1).expect("enough");
    }
}

fn impatient() -> Threads {
    Threads {
        silence: 10 * MILLISECOND,
        patience: 10 * MILLISECOND,
        ..Threads::default()
    }
}

/// A run of this number: what may go wrong in it, and what holds those that hang.
struct Case {
    number: usize,
    experiment: Experiment,
    oracle: Arc<Chaotic>,
    let_go: Sender<()>,
    what: String,
}

fn case(number: usize, clock: Clock) -> Case {
    let mut rng =
        Seed::new(number as u64).stream(Purpose::Gradient, WorkerId::new(0), JobId::new(0));
    let mut pick = |n: usize| rng.random_range(0..n);
    let names = methods::rules::ALL.iter().map(|named| named.name);
    let names: Vec<_> = match clock {
        Clock::Real => names.chain(["hogwild"]).collect(),
        Clock::Virtual => names.collect(),
    };
    let method = names[number % names.len()];
    let workers = 1 + pick(5);
    let often = [0, 0, 10, 100];
    let mut share = || often[pick(4)];
    let (let_go, wait) = bounded(0);
    let (panics, errors, bad, hangs) = (share(), share(), share(), share());
    let oracle = Arc::new(Chaotic {
        panics,
        errors,
        bad,
        hangs: if clock == Clock::Real { hangs } else { 0 },
        fatal_loss: (pick(4) == 0).then(|| 1 + pick(20) as u64),
        losses: Mutex::new(0),
        let_go: wait,
    });
    let mut times: Vec<f64> = (0..workers).map(|_| (1 + pick(9)) as f64).collect();
    if workers > 1 && clock == Clock::Virtual && pick(3) == 0 {
        times[pick(workers)] = f64::INFINITY;
    }
    let on_loss = [OnLoss::Stop, OnLoss::Continue][pick(2)];
    let on_bad = match pick(4) {
        0 => OnBadGradient::Stop,
        1 => OnBadGradient::LoseWorker,
        _ => OnBadGradient::Discard {
            at_most: pick(20) as u64,
        },
    };
    let what = format!("run {number}, {clock}: {method}, {workers} workers, {on_loss}, {on_bad}");
    let mut experiment = Experiment::with_objective(Arc::clone(&oracle))
        .method(method)
        .clock(clock)
        .threads(impatient())
        .cluster(cluster(times, Duration::from_micros(50)))
        .step_size(0.05)
        .seed(number as u64)
        .on_lost_worker(on_loss)
        .on_bad_gradient(on_bad)
        .updates(400);
    // In virtual time some end by themselves.
    if clock == Clock::Real || pick(2) == 0 {
        experiment = experiment.time_limit(100 * MILLISECOND);
    }
    if pick(3) == 0 {
        experiment = experiment.observer(Squeamish(pick(300)));
    }
    Case {
        number,
        experiment,
        oracle,
        let_go,
        what,
    }
}

/// Runs it, and checks that everything that is said of it agrees.
fn check(case: Case, clock: Clock) {
    let Case {
        number,
        experiment,
        oracle,
        let_go,
        what,
    } = case;
    let recorder = Recorder::default();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("chaos.jsonl");
    let experiment = experiment.observer(recorder.clone()).trace(&path);
    let result = experiment.run();
    drop(let_go);
    let summary = ended(result, &what);
    let events = std::mem::take(&mut *recorder.0.lock());
    count(&events, &summary, &what);
    agree(&Trace::open(&path).unwrap(), &summary, &what);
    if number.is_multiple_of(PAGES) {
        page_agrees(&path, &summary, &what);
    }
    if clock == Clock::Virtual {
        let trace = Trace::open(&path).unwrap();
        let replayed = Replay::new(&trace).oracle(oracle).run().unwrap();
        assert_eq!(replayed.divergence, None, "{what}");
        assert_eq!(replayed.model.values(), summary.model.values(), "{what}");
    }
}

/// It has a reason that names who, and a finite model.
fn ended(result: Result<Summary, RunError>, what: &str) -> Summary {
    let summary = match result {
        Ok(summary) => {
            assert!(!summary.stop_reason.is_failure(), "{what}");
            summary
        }
        Err(error) => {
            let said = error.to_string();
            let summary = error.summary().unwrap_or_else(|| panic!("{what}: {said}"));
            let names_who = match summary.stop_reason {
                StopReason::Panicked { .. } => said.contains("the objective panicked"),
                StopReason::Starved { alive } => alive > 0,
                _ => said.contains("worker"),
            };
            assert!(names_who, "{what}: {said}");
            let model = summary.model.clone();
            let summary = summary.clone();
            assert_eq!(error.into_model().unwrap().values(), model.values());
            summary
        }
    };
    let model = &summary.model;
    assert_eq!(summary.updates, model.version().number(), "{what}");
    assert!(model.values().iter().all(|v| v.is_finite()), "{what}");
    summary
}

/// Every job is told of once, and the counts are those of the events.
fn count(events: &[Event], summary: &Summary, what: &str) {
    let mut jobs = BTreeSet::new();
    let (mut gradients, mut updates, mut rejected) = (0, 0, 0);
    for event in events {
        let job = match event {
            Event::Received(received) => {
                gradients += u64::from(received.action.has_gradient());
                updates += u64::from(received.action == Action::Applied);
                rejected += u64::from(received.action == Action::Rejected);
                received.job
            }
            Event::Lost(lost) => lost.job,
            Event::CancelledInQueue(cancelled) => cancelled.job,
            Event::Assigned(unfinished) => unfinished.job,
            Event::Updated(_) => {
                updates += 1;
                continue;
            }
            _ => continue,
        };
        // In Hogwild! a job that fails is told of as lost alone.
        assert!(jobs.insert(job), "{what}: job {job} is told of twice");
    }
    let n_jobs = jobs.last().map_or(0, |last| last.number() + 1);
    let is_hogwild = summary.method == "hogwild";
    // Threads that share the model may not have begun with a job when the run ends.
    assert!(is_hogwild || n_jobs == jobs.len() as u64, "{what}");
    assert_eq!(
        (gradients, updates, rejected),
        (summary.gradients, summary.updates, summary.rejected),
        "{what}"
    );
}

/// Summary, JSON, table, text and trace say the same.
fn agree(trace: &Trace, summary: &Summary, what: &str) {
    let json = serde_json::to_value(summary).unwrap();
    assert_eq!(json["updates"], summary.updates, "{what}");
    assert_eq!(json["stop_reason"], summary.stop_reason.word(), "{what}");
    let lost = json
        .get("lost_workers")
        .map_or(0, |it| it.as_array().unwrap().len());
    assert_eq!(lost, summary.lost_workers.len(), "{what}");
    let table = summary.table();
    let cell = |header: &str| {
        let column = table.headers().iter().position(|it| it == header).unwrap();
        table.rows()[0][column].clone()
    };
    assert_eq!(cell("gradients"), summary.gradients.to_string(), "{what}");
    assert_eq!(cell("lost_workers"), lost.to_string(), "{what}");
    let text = summary.to_string();
    assert!(
        text.contains(&summary.stop_reason.to_string()),
        "{what}: {text}"
    );
    let explained = Explanation::of(trace).unwrap();
    assert_eq!(
        (explained.gradients, explained.updates),
        (summary.gradients, summary.updates),
        "{what}"
    );
    assert_eq!(explained.wasted.rejected.jobs, summary.rejected, "{what}");
    let dead = explained.workers.iter().filter(|worker| !worker.is_alive());
    assert_eq!(dead.count(), lost, "{what}");
    let stopped = explained.stopped.as_ref().unwrap();
    assert_eq!(stopped.reason, summary.stop_reason.word(), "{what}");
    assert_eq!(stopped.model_hash, summary.model_hash, "{what}");
}

/// The page about a trace says the same.
fn page_agrees(trace: &Path, summary: &Summary, what: &str) {
    let page = Report::of_traces(&[trace.to_owned()]).unwrap().html();
    let (table, rest) = page.split_once("</table>").unwrap();
    let texts = |begin: &str| -> Vec<_> {
        let found = table.split(begin).skip(1);
        found.map(|it| it.split('<').next().unwrap()).collect()
    };
    // The name of the row is no cell.
    let (headers, cells) = (texts("<th scope=\"col\">"), texts("<td>"));
    let cell = |header| cells[headers.iter().position(|it| *it == header).unwrap() - 1];
    assert_eq!(cell("updates"), summary.updates.to_string(), "{what}");
    assert_eq!(cell("ended"), summary.stop_reason.word(), "{what}");
    let rejected = match summary.rejected {
        0 => None,
        1 => Some("; 1 job rejected".to_owned()),
        n => Some(format!("; {n} jobs rejected")),
    };
    let lost = match &summary.lost_workers[..] {
        [] => None,
        [one] => Some(format!("<li>worker {} was lost with", one.worker)),
        all => Some(format!("<li>{} workers were lost with", all.len())),
    };
    for (told, mark) in [(rejected, " rejected"), (lost, " lost with")] {
        match told {
            Some(told) => assert!(rest.contains(&told), "{what}: {told}"),
            None => assert!(!rest.contains(mark), "{what}: {mark}"),
        }
    }
}

#[test]
fn in_virtual_time_every_run_ends_and_is_told_of_as_it_was() {
    let _alone = alone();
    (0..RUNS.0).for_each(|number| check(case(number, Clock::Virtual), Clock::Virtual));
}

#[test]
fn on_threads_every_run_ends_and_is_told_of_as_it_was() {
    let _alone = alone();
    for number in 0..RUNS.1 {
        check(case(number, Clock::Real), Clock::Real);
        assert!(comes_to(0), "run {number} leaves threads behind");
    }
}
