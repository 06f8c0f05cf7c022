//! Comparing through the library.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use asgrad::compare::{
    CompareError, CompareObserver, Compared, Comparison, Grid, Origin, Run, SetupError, Stage,
};
use asgrad::{Clock, Cluster, End, Experiment, Law, Session, StopReason, Summary, Trace};
use methods::assignment::Pure;
use methods::rules::Immediate;
use problems::Quadratic;
use ps_core::sync::Mutex;

use crate::support::pull;

/// Workers that pull towards different numbers, the later the slower.
fn experiment(_seed: u64) -> Result<Experiment, SetupError> {
    let cluster = Cluster::new(vec![1.0, 2.0, 4.0], Duration::from_millis(1))?;
    let problem = Quadratic::new(&[3.0, 0.0, -6.0]);
    Ok(Experiment::with_objective(problem)
        .start(vec![20.0])
        .cluster(cluster))
}

fn comparison() -> Comparison<'static> {
    Comparison::new(experiment)
        .clock(Clock::Virtual)
        .end(End::after(Duration::from_millis(40)))
        .repeat(2)
}

fn pure() -> Box<dyn asgrad::Method> {
    Box::new(Immediate::new(Box::new(Pure)))
}

#[test]
fn a_method_of_ones_own_is_tuned_and_run_as_one_of_the_list() {
    let compared = comparison().method("pure").own_method("mine", pure);
    let compared = compared.run().unwrap();
    let [named, own] = &compared.rows[..] else {
        panic!("{compared}")
    };
    let mut renamed = own.clone();
    renamed.method.clone_from(&named.method);
    assert_eq!(renamed, *named);
    let losses = compared.tuned.iter().map(|tuned| &tuned.losses);
    let losses: Vec<_> = losses.collect();
    assert_eq!(losses[0], losses[1]);
}

#[test]
fn a_row_is_the_run_of_its_experiment() {
    let compared = comparison().method_with_step_size("shuffled", 0.1);
    let row = &compared.repeat(1).run().unwrap().rows[0];
    let alone = experiment(1).unwrap().clock(Clock::Virtual);
    let alone = alone.method("shuffled").step_size(0.1);
    let run = alone.time_limit(Duration::from_millis(40)).run().unwrap();
    let mean = |key: &str| row.quantity(key).unwrap().mean;
    assert_eq!((row.step_size, row.n_runs()), (0.1, 1));
    assert_eq!(mean("loss"), run.loss);
    assert_eq!(mean("staleness_mean"), run.staleness.mean);
    assert_eq!(mean("updates"), Some(run.updates as f64));
    // Each of its gradients is an update.
    assert_eq!(mean("gradients_per_second"), run.updates_per_second);
}

#[test]
fn the_table_says_what_share_of_the_gradients_was_discarded() {
    let method = "rennala:batch=2";
    let compared = comparison().method_with_step_size(method, 0.1).repeat(1);
    let compared = compared.run().unwrap();
    let alone = experiment(1).unwrap().clock(Clock::Virtual);
    let alone = alone.method(method).step_size(0.1);
    let run = alone.time_limit(Duration::from_millis(40)).run().unwrap();
    assert!(run.discarded > 0);
    let share = run.discarded as f64 / run.gradients as f64;
    let discarded = compared.rows[0].quantity("discarded").unwrap();
    assert_eq!(discarded.values, [Some(share)]);
    let table = compared.table();
    let mut headers = table.headers().iter();
    let column = headers.position(|header| header == "discarded, %").unwrap();
    assert_eq!(table.rows()[0][column], format!("{:.1}", 100.0 * share));
    // For people it stands in the second table, beside the other numbers that tell of the work.
    let text = compared.to_string();
    let headers = text.lines().filter(|line| line.starts_with("method "));
    let has_it: Vec<bool> = headers.map(|line| line.contains("discarded, %")).collect();
    assert_eq!(has_it, [false, true, false], "{text}");
}

#[test]
fn the_best_step_size_has_the_lowest_loss_and_of_equal_ones_is_the_largest() {
    let grid = Grid::powers_of_two(-3..=3).unwrap();
    let tuned = comparison().method("minibatch").grid(grid).tune().unwrap();
    // Of one worker's mean a step of 1 finds the minimum, and smaller ones come close.
    let loss = |step_size: f64| {
        let of_it = |(tried, _): &&(f64, Option<f64>)| *tried == step_size;
        tuned[0].losses.iter().find(of_it).unwrap().1
    };
    assert_eq!(tuned[0].best, Some(1.0));
    assert_eq!((tuned[0].warning(), loss(1.0)), (None, Some(7.0)));
    assert!(loss(0.5).unwrap() > 7.0 && loss(4.0).is_none_or(|loss| loss > 1e3));
    // Nobody moves before the first job is done.
    let still = comparison().end(End::after(Duration::from_micros(1)));
    let still = still.method("pure").grid(grid).tune().unwrap();
    assert_eq!(still[0].best, Some(8.0));
    assert!(
        still[0]
            .warning()
            .unwrap()
            .contains("no update was made where its step size was looked for")
    );
}

#[test]
fn the_target_is_what_mini_batch_sgd_reaches_in_half_the_budget() {
    let compared = comparison().methods(["pure", "minibatch"]).step_size(0.1);
    let compared = compared.run().unwrap();
    let method = "minibatch".to_owned();
    assert_eq!(compared.goal.origin, Origin::HalfTheBudget { method });
    // A round takes 4 ms: after five of ten, x = −1 + 21·0.9⁵ and f = ½(x + 1)² + 7.
    let loss = 0.5 * (21.0 * 0.9_f64.powi(5)).powi(2) + 7.0;
    assert!((compared.goal.target.loss.unwrap() - loss).abs() < 1e-9);
    let times = compared.rows[1].quantity("time_to_target").unwrap();
    assert_eq!(times.values, [Some(0.02), Some(0.02)]);
    assert!(
        compared
            .to_string()
            .contains("pure was first to reach loss ≤ 83.8836")
    );
}

#[test]
fn a_run_that_diverges_is_a_row_and_no_error() {
    let compared = comparison().method_with_step_size("pure", 1e300).run();
    let compared = compared.unwrap();
    assert_eq!(compared.rows[0].failures, ["diverged"; 2]);
    assert_eq!(compared.faults.len(), 2);
    assert!(
        compared.faults[0].starts_with("pure: "),
        "{:?}",
        compared.faults
    );
}

#[test]
fn every_run_that_is_compared_leaves_a_trace_and_no_other_does() {
    let folder = std::env::temp_dir().join(format!("asgrad-compare-{}", std::process::id()));
    let both = comparison().methods(["pure", "pure-waiting:b=2"]);
    both.traces_to(&folder).run().unwrap();
    let entries = std::fs::read_dir(&folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    let expected = [
        "pure-seed1",
        "pure-seed2",
        "pure-waiting-b=2-seed1",
        "pure-waiting-b=2-seed2",
    ];
    assert_eq!(names, expected.map(|name| format!("{name}.jsonl.gz")));
    let trace = Trace::open(folder.join(&names[3])).unwrap();
    assert_eq!(
        (trace.header().method().as_str(), trace.header().spec.seed),
        ("pure-waiting:b=2", 2)
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Counts what it sees, and interrupts after so many runs.
#[derive(Default)]
struct Counter {
    stages: Vec<(Stage, u64)>,
    /// How many runs are going on, and how many have begun.
    runs: Arc<Mutex<(u64, u64)>>,
    ran: u64,
    cut: u64,
    rows: usize,
    interrupts_after: Option<u64>,
}

/// A run that is going on.
struct GoingOn(Arc<Mutex<(u64, u64)>>);

impl Drop for GoingOn {
    fn drop(&mut self) {
        self.0.lock().0 -= 1;
    }
}

impl CompareObserver for Counter {
    fn stage(&mut self, stage: Stage, n_runs: u64) {
        self.stages.push((stage, n_runs));
    }

    fn begins(&self, run: &Run<'_>, session: &Session) -> Box<dyn Any> {
        let (going_on, begun) = &mut *self.runs.lock();
        (*going_on, *begun) = (*going_on + 1, *begun + 1);
        if self.is_interrupted() && run.stage == Stage::Measuring {
            session.stop_handle().stop_because(StopReason::Interrupted);
        }
        Box::new(GoingOn(self.runs.clone()))
    }

    fn ran(&mut self, _summary: &Summary) -> Result<(), SetupError> {
        self.ran += 1;
        assert_eq!(self.runs.lock().0, 0, "it has ended");
        Ok(())
    }

    fn cut(&mut self, _summary: &Summary) -> Result<(), SetupError> {
        self.cut += 1;
        Ok(())
    }

    fn compared(&mut self, so_far: &Compared) -> Result<(), SetupError> {
        self.rows = so_far.rows.len();
        Ok(())
    }

    fn is_interrupted(&self) -> bool {
        self.interrupts_after.is_some_and(|runs| self.ran >= runs)
    }
}

#[test]
fn whoever_looks_on_sees_every_run() {
    let mut counter = Counter::default();
    let both = comparison().methods(["pure", "shuffled"]);
    both.run_watched(&mut counter).unwrap();
    assert_eq!(counter.stages, [(Stage::Tuning, 24), (Stage::Measuring, 4)]);
    assert_eq!(*counter.runs.lock(), (0, 24 + 1 + 4));
    assert_eq!((counter.ran, counter.cut, counter.rows), (4, 0, 2));
}

#[test]
fn an_interruption_leaves_the_whole_runs_and_says_that_nobody_has_won() {
    let mut counter = Counter {
        interrupts_after: Some(3),
        ..Counter::default()
    };
    let three = comparison().methods(["minibatch", "pure", "shuffled"]);
    let compared = three.step_size(0.1).run_watched(&mut counter).unwrap();
    assert_eq!(compared.interrupted, Some((3, 6)));
    // A round of each.
    assert_eq!((compared.rows.len(), counter.rows), (3, 3));
    assert_eq!(compared.rows[1].n_runs(), 1);
    assert!(
        compared
            .sentence()
            .starts_with("Interrupted after 3 of 6 runs")
    );
    let mut at_once = Counter {
        interrupts_after: Some(0),
        ..Counter::default()
    };
    let tuning = comparison().method("pure").run_watched(&mut at_once);
    assert!(matches!(tuning, Err(CompareError::Interrupted)));
}

#[test]
fn what_cannot_be_compared_is_refused_with_what_to_do() {
    let said = |comparison: Comparison<'_>| format!("{:#}", comparison.run().unwrap_err());
    assert_eq!(said(comparison()), "no method was named; name at least one");
    let twice = comparison().methods(["pure", "shuffled", "pure"]);
    assert!(said(twice).starts_with("method `pure` is there twice"));
    let never = comparison().method("pure").repeat(0);
    assert!(said(never).starts_with("--repeat 0 from --seed 1: at least one seed"));
    let beyond = comparison().method("pure").seed(u64::MAX);
    assert!(said(beyond).starts_with("--repeat 2 from --seed 18446744073709551615"));
    assert!(said(comparison().method("pur")).contains("did you mean `pure`?"));
    let bad = comparison().method_with_step_size("pure", f64::NAN);
    assert!(said(bad).starts_with("--step-size NaN"));
    let broken = Comparison::<f64>::new(|_| Err("no data".into())).method("pure");
    assert_eq!(said(broken), "no data");
    let without = |_| {
        let oracle = pull::<f64>();
        Ok(Experiment::new(oracle).workers(2))
    };
    assert!(said(Comparison::new(without).method("pure")).contains("Experiment::with_objective"));
    let timeless = |seed| {
        let cluster = Cluster::new(vec![1.0; 3], Duration::from_millis(1))?;
        Ok(experiment(seed)?.cluster(cluster.compute(Law::none())))
    };
    let timeless = Comparison::new(timeless).method("pure");
    assert!(said(timeless.clock(Clock::Virtual)).contains("virtual time stands still"));
    let grid = Grid::powers_of_two(50..=51).unwrap();
    let all = comparison().method("pure").grid(grid);
    assert!(said(all).contains("every step size of the grid 2^50 … 2^51 diverged"));
}

#[test]
fn workers_without_emulated_times_are_measured_and_compared() {
    let own_times = |seed| {
        let cluster = Cluster::new(vec![1.0; 3], Duration::from_millis(1))?;
        Ok(experiment(seed)?.cluster(cluster.compute(Law::none())))
    };
    let compared = Comparison::new(own_times)
        .methods(["pure", "minibatch"])
        .end(End::after(Duration::from_millis(100)))
        .repeat(1)
        .run()
        .unwrap();
    assert!(compared.faults.is_empty(), "{compared}");
    assert!(compared.rows.iter().all(|row| row.n_runs() == 1));
    assert!(matches!(compared.goal.origin, Origin::HalfTheBudget { .. }));
    assert!(compared.tuned.iter().all(|tuned| tuned.updates > 0));
}

#[test]
fn hogwild_is_tuned_as_pure_and_has_its_own_staleness_in_its_row() {
    let compared = comparison().methods(["pure", "hogwild"]);
    let compared = compared.clock(Clock::Real).repeat(1).run().unwrap();
    let losses: Vec<_> = compared.tuned.iter().map(|tuned| &tuned.losses).collect();
    assert_eq!(losses[0], losses[1]);
    let [pure, hogwild] = &compared.rows[..] else {
        panic!("{compared}")
    };
    for (row, key) in [
        (pure, "staleness_max"),
        (hogwild, "updates"),
        (hogwild, "staleness_max"),
        (hogwild, "staleness_mean"),
    ] {
        assert_eq!(row.quantity(key).unwrap().n, 1, "{key}");
    }
    // In virtual time it would be another method.
    let refused = comparison()
        .method("hogwild")
        .run()
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("in virtual time it is `pure`"),
        "{refused}"
    );
}

#[test]
fn a_run_that_diverged_sets_no_target_and_wins_nothing() {
    let far_too_large = comparison().methods(["pure", "minibatch"]).step_size(1e60);
    let compared = far_too_large.run().unwrap();
    let method = "minibatch".to_owned();
    assert_eq!(compared.goal.origin, Origin::NoProgress { method });
    // One that got there and failed later has no time.
    let mut row = comparison().method("pure").run().unwrap().rows.remove(0);
    assert!(row.time().is_some());
    row.failures.push("diverged");
    assert_eq!(row.time(), None);
}

#[test]
fn equal_times_are_nobodys_victory() {
    let one = |_| {
        let cluster = Cluster::new(vec![1.0], Duration::from_millis(1))?;
        let problem = Quadratic::new(&[3.0]);
        Ok(Experiment::with_objective(problem)
            .start(vec![20.0])
            .cluster(cluster))
    };
    let both = |target| {
        let comparison = Comparison::new(one).methods(["pure", "sgd"]).repeat(1);
        let comparison = comparison.clock(Clock::Virtual).step_size(0.1);
        comparison.end(End::after(Duration::from_millis(100)).target_loss(target))
    };
    let sentence = both(2.0).run().unwrap().sentence();
    assert!(
        sentence.starts_with("pure, sgd reached loss ≤ 2"),
        "{sentence}"
    );
    let met = both(1e9).run().unwrap().sentence();
    assert!(
        met.contains("met from the start") && !met.contains("NaN"),
        "{met}"
    );
}

/// Interrupts every try of a step size below this.
struct Impatient(f64);

impl CompareObserver for Impatient {
    fn begins(&self, run: &Run<'_>, session: &Session) -> Box<dyn Any> {
        if run.step_size < self.0 {
            session.stop_handle().stop_because(StopReason::Interrupted);
        }
        Box::new(())
    }
}

#[test]
fn a_search_that_is_cut_has_the_step_sizes_that_were_tried_to_the_end() {
    let one = comparison().method("pure");
    let whole = one.tune().unwrap().remove(0).losses;
    let cut = one.tune_watched(&mut Impatient(0.1)).unwrap().remove(0);
    let tried = whole.iter().filter(|(step_size, _)| *step_size >= 0.1);
    assert!(cut.losses.iter().eq(tried), "{cut:?}");
    assert_eq!((whole.len(), cut.losses.len()), (12, 5));
}
