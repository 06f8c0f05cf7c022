//! What is said of a recorded run: counts, shares, time and ages that add up, exactly.

use std::path::Path;
use std::time::Duration;

use asgrad::explain::{Activity, Explanation, Verdict};
use asgrad::ps_core::Action;
use asgrad::trace::{Ending, Line};
use asgrad::workers::Serving;
use asgrad::{Clock, Event, Experiment, Law, OnLoss, Trace};
use methods::rules::Outstanding;
use problems::Quadratic;

use crate::support::each::for_every_method;
use crate::support::failing::failing;
use crate::support::{
    assert_close, cluster, equal, linear, pull, quadratic, scratch_file, serving_by, with_value,
};

const CENTRES: [f64; 4] = [3.0, 0.0, -6.0, 1.0];

fn experiment(method: &str) -> Experiment {
    Experiment::with_objective(quadratic(&CENTRES))
        .method(method)
        .step_size(0.05)
        .updates(200)
        .clock(Clock::Virtual)
        .cluster(cluster(&linear(4), Law::exponential()))
        .seed(3)
}

fn on_threads(method: &str, serving: Serving) -> Experiment {
    experiment(method)
        .clock(Clock::Real)
        .threads(serving_by(serving))
        .cluster(cluster(&linear(4), Law::none()))
}

pub(crate) fn explain(path: &Path) -> Explanation {
    Explanation::of(&Trace::open(path).unwrap()).unwrap()
}

/// Runs it, reads its trace back, and checks what holds for every run.
fn explained(name: &str, experiment: Experiment) -> Explanation {
    let path = scratch_file(&format!("explained-{name}.jsonl").replace(':', "-"));
    let summary = experiment.trace(&path).run().unwrap();
    let explanation = explain(&path);
    assert_eq!(explanation.ending, Ending::Whole, "{name}");
    assert_eq!(explanation.updates, summary.updates, "{name}");
    assert_eq!(explanation.gradients, summary.gradients, "{name}");
    assert_eq!(explanation.discarded, summary.discarded, "{name}");
    assert_eq!(explanation.staleness.all, summary.staleness, "{name}");
    assert_eq!(explanation.concurrency.all, summary.concurrency, "{name}");
    check(name, &explanation);
    explanation
}

/// No age, no time and no update is lost or invented.
pub(crate) fn check(name: &str, explanation: &Explanation) {
    assert_eq!(explanation.impossible_times, 0, "{name}");
    let conservation = explanation.conservation;
    assert_eq!(conservation.verdict, Verdict::Holds, "{name}");
    assert_eq!(
        conservation.ages_ended + conservation.ages_out,
        conservation.ages_assigned + conservation.aged,
        "{name}"
    );
    let parts = explanation.applied + explanation.held + explanation.discarded;
    assert_eq!(explanation.gradients, parts, "{name}");
    for worker in &explanation.workers {
        assert_eq!(worker.times.total(), explanation.duration, "{name}");
        assert_eq!(worker.unaccounted + worker.beyond, Duration::ZERO, "{name}");
        assert!(worker.wasted.time() <= explanation.duration, "{name}");
    }
    let stopped = explanation.stopped.as_ref().unwrap();
    assert_eq!(explanation.duration, stopped.time, "{name}");
    let workers = || explanation.workers.iter();
    let updates: f64 = workers().map(|worker| worker.updates).sum();
    assert_close(updates, explanation.updates as f64, 1e-12);
    let shares: f64 = workers().filter_map(|worker| worker.update_share).sum();
    assert_close(shares, 1.0, 1e-12);
    let bins = explanation.staleness.histogram.iter();
    let counted: u64 = bins.map(|bin| bin.gradients).sum();
    assert_eq!(counted, explanation.applied + explanation.held, "{name}");
}

#[test]
fn no_age_and_no_time_is_lost_by_any_method_in_virtual_time() {
    for_every_method(|named| {
        let name = named.name;
        explained(&format!("virtual-{name}"), experiment(name));
        if named.what.outstanding == Outstanding::Choice {
            for concurrency in [2, 9] {
                let experiment = experiment(&with_value(named, 2)).concurrency(concurrency);
                explained(&format!("{concurrency}-jobs-{name}"), experiment);
            }
        }
    });
}

#[test]
fn no_age_and_no_time_is_lost_by_any_method_on_threads() {
    for_every_method(|named| {
        for serving in [Serving::Combining, Serving::Thread] {
            let name = format!("{serving:?}-{}", named.name);
            let experiment = on_threads(named.name, serving).updates(60);
            let explanation = explained(&name, experiment);
            assert!(explanation.serving > Duration::ZERO, "{name}");
            assert!(explanation.cores.unwrap().computing >= 0.0, "{name}");
        }
    });
}

#[test]
fn links_and_injected_waits_are_told_apart_and_add_up() {
    let cluster = cluster(&equal(4), Law::fixed())
        .download(Law::fixed())
        .upload(Law::fixed());
    let virtually = explained("links", experiment("pure").cluster(cluster.clone()));
    for worker in &virtually.workers {
        let [download, computing, upload] =
            [Activity::Download, Activity::Computing, Activity::Upload].map(|a| worker.times.at(a));
        assert!(download >= computing && computing >= upload && upload > Duration::ZERO);
    }
    let real = experiment("pure")
        .cluster(cluster)
        .clock(Clock::Real)
        .updates(40);
    let real = explained("links-threads", real);
    for activity in [Activity::Download, Activity::Injected, Activity::Upload] {
        // On a busy machine some worker may not have come that far.
        let mut workers = real.workers.iter();
        assert!(
            workers.any(|worker| worker.times.at(activity) > Duration::ZERO),
            "{activity:?}"
        );
    }
}

#[test]
fn the_law_holds_when_workers_are_lost_and_for_single_precision() {
    for method in ["pure", "shuffled", "random-waiting:b=3", "fedbuff:b=2"] {
        for (policy, concurrency) in [
            (OnLoss::Continue, 4),
            (OnLoss::Continue, 11),
            (OnLoss::Stop, 11),
        ] {
            let path = scratch_file(
                &format!("explained-lost-{policy}-{concurrency}-{method}.jsonl").replace(':', "-"),
            );
            let oracle = failing(pull::<f32>(), |worker, job| worker == 2 && job >= 30);
            let ended = Experiment::new(oracle)
                .method(method)
                .clock(Clock::Virtual)
                .cluster(cluster(&linear(4), Law::uniform()))
                .concurrency(concurrency)
                .on_lost_worker(policy)
                .updates(100)
                .trace(&path)
                .run();
            assert_eq!(ended.is_ok(), policy == OnLoss::Continue);
            let explanation = explain(&path);
            check(&format!("{method}, {concurrency} jobs"), &explanation);
            assert!(explanation.lost >= 1);
            assert_eq!(explanation.workers[2].wasted.lost.jobs, explanation.lost);
            assert!(explanation.workers[2].wasted.lost.time > Duration::ZERO);
        }
    }
}

#[test]
fn pure_at_fixed_speeds_gives_each_worker_the_share_of_its_rate() {
    let experiment = Experiment::schedule_only()
        .method("pure")
        .clock(Clock::Virtual)
        .cluster(cluster(&[1.0, 2.0, 7.0], Law::fixed()))
        .time_limit(Duration::from_millis(1400));
    let explanation = explained("shares", experiment);
    // In 14 units: 14, 7 and 2 gradients; all at work all the time.
    let counts = explanation.workers.iter().map(|worker| worker.gradients);
    assert!(counts.eq([1400, 700, 200]));
    let shares = [14.0, 7.0, 2.0].map(|rate| rate / 23.0);
    for (worker, share) in explanation.workers.iter().zip(shares) {
        assert_close(worker.update_share.unwrap(), share, 1e-12);
        assert_eq!(worker.times.at(Activity::Computing), explanation.duration);
        assert_eq!(worker.queued.total, Duration::ZERO);
    }
}

/// Two jobs for each of two workers of speeds 1 and 3, `pure`. Worker 0 finishes at 1, 2, 3, …, and
/// each job but its first was assigned one job before it began: it has waited 1. Worker 1 finishes
/// at 3, 6, 9, …, and its jobs wait 3.
#[test]
fn jobs_that_wait_for_their_own_worker_wait_for_as_long_as_it_is_busy() {
    let experiment = Experiment::schedule_only()
        .method("pure")
        .clock(Clock::Virtual)
        .concurrency(4)
        .cluster(cluster(&[1.0, 3.0], Law::fixed()))
        .time_limit(Duration::from_millis(9));
    let explanation = explained("queued", experiment);
    let millis = Duration::from_millis;
    let [fast, slow] = &explanation.workers[..] else {
        panic!("two workers");
    };
    assert_eq!(
        (fast.gradients, fast.queued.total, fast.queued.max),
        (9, millis(8), millis(1))
    );
    assert_eq!(
        (slow.gradients, slow.queued.total, slow.queued.max),
        (3, millis(6), millis(3))
    );
    assert_eq!(slow.queued.mean, Some(millis(2)));
    assert_eq!(explanation.queued.total, millis(14));
    assert_eq!(explanation.queued.max, millis(3));
}

/// In virtual time nobody serves and nothing is handed over, so a job waits from its assignment to
/// its start.
#[test]
fn the_queues_of_shuffled_are_those_of_its_lines() {
    let path = scratch_file("explained-queues.jsonl");
    experiment("shuffled")
        .concurrency(7)
        .trace(&path)
        .run()
        .unwrap();
    let trace = Trace::open(&path).unwrap();
    let mut totals = vec![Duration::ZERO; 4];
    for line in trace.lines().unwrap() {
        if let Line::Event(Event::Received(received)) = line.unwrap().1 {
            totals[received.worker.index()] += received.times.started - received.assigned;
        }
    }
    assert!(totals.iter().any(|total| *total > Duration::ZERO));
    let explanation = Explanation::of(&trace).unwrap();
    let queued = explanation.workers.iter().map(|worker| worker.queued.total);
    assert!(queued.eq(totals));
}

/// n equal memoryless workers have P(τ = l) = (1/n)(1 − 1/n)^l. The standard deviation of the mean
/// staleness of 20 000 gradients is below 0.1 (they depend on one another for about n of them),
/// that of μ below 0.002.
#[test]
fn equal_memoryless_workers_amount_to_momentum_1_minus_1_over_n() {
    let run = |law, name: &str| {
        let experiment = Experiment::schedule_only()
            .method("pure")
            .clock(Clock::Virtual)
            .cluster(cluster(&equal(8), law))
            .seed(5)
            .updates(20_000);
        explained(name, experiment).staleness.momentum.unwrap()
    };
    let momentum = run(Law::exponential(), "memoryless");
    assert!(
        (momentum.momentum - 7.0 / 8.0).abs() < 0.005 && momentum.fits,
        "{momentum:?}"
    );
    let clockwork = run(Law::fixed(), "clockwork");
    assert!(!clockwork.fits && clockwork.distance > 0.5, "{clockwork:?}");
}

#[test]
fn the_schedule_says_which_version_each_gradient_made() {
    let path = scratch_file("explained-schedule.jsonl");
    experiment("pure-waiting:b=3").trace(&path).run().unwrap();
    let first = |path| Explanation::with_schedule(&Trace::open(path).unwrap(), 8).unwrap();
    let explained = first(&path);
    let schedule = &explained.schedule;
    assert_eq!(schedule.len(), 8);
    for (position, arrival) in schedule.iter().enumerate() {
        assert_eq!(arrival.action, Action::Held);
        assert_eq!(arrival.version.number(), position as u64 / 3);
        assert_eq!(arrival.made.unwrap().number(), position as u64 / 3 + 1);
    }
    let path = scratch_file("explained-schedule-pure.jsonl");
    experiment("pure").trace(&path).run().unwrap();
    let applied = first(&path);
    let applied = applied.schedule.iter();
    let made = applied.map(|arrival| arrival.made.unwrap().number());
    assert!(made.eq(1..=8));
}

#[test]
fn the_timeline_has_every_worker_at_every_moment_until_each_has_had_five_jobs() {
    let many = Experiment::schedule_only()
        .clock(Clock::Virtual)
        .cluster(cluster(&linear(60), Law::fixed()))
        .updates(9000);
    for (name, experiment) in [
        ("timeline", experiment("shuffled")),
        ("timeline-threads", on_threads("pure", Serving::Combining)),
        ("timeline-many", many),
    ] {
        let timeline = explained(name, experiment).facts.timeline;
        assert!(
            timeline.until > Duration::ZERO && timeline.workers <= 50,
            "{name}"
        );
        for worker in 0..timeline.workers {
            let mut at = Duration::ZERO;
            for span in timeline
                .spans
                .iter()
                .filter(|span| span.worker.index() == worker)
            {
                assert_eq!(span.from, at, "{name}, worker {worker}");
                at = span.to;
            }
            assert_eq!(at, timeline.until, "{name}, worker {worker}");
        }
        assert!(timeline.spans.len() < 2500 && timeline.arrivals.len() <= 2000);
        assert!(timeline.arrivals.is_sorted_by_key(|arrival| arrival.time));
    }
}

#[test]
fn single_precision_is_explained_like_double() {
    let path = scratch_file("explained-f32.jsonl");
    Experiment::with_objective(Quadratic::<f32>::new(&[1.0, 2.0, 3.0, 4.0]))
        .method("shuffled")
        .clock(Clock::Virtual)
        .cluster(cluster(&linear(4), Law::fixed()))
        .updates(50)
        .trace(&path)
        .run()
        .unwrap();
    let explanation = explain(&path);
    check("f32", &explanation);
    assert_eq!(explanation.evaluations.len(), 51);
}
