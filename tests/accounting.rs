//! Where each worker's time went: against sums over the lines, and against traces written by hand.

use std::path::Path;
use std::time::Duration;

use asgrad::explain::{Activity, Explanation};
use asgrad::trace::Line;
use asgrad::workers::Serving;
use asgrad::{Clock, Cluster, Event, Experiment, Law, Replay, Trace};
use methods::rules::Weighing;
use ps_core::JobTimes;

use crate::explain::{check, explain};
use crate::support::each::for_every_method;
use crate::support::{cluster, linear, quadratic, scratch_file, serving_by};

const SPEEDS: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

fn experiment(method: &str, path: &Path) -> Experiment {
    Experiment::with_objective(quadratic(&[3.0, 0.0, -6.0, 1.0]))
        .method(method)
        .step_size(0.05)
        .updates(100)
        .seed(3)
        .trace(path)
}

/// The jobs of one worker in order: when it was assigned, and its times, if it was taken up.
type Jobs = Vec<(Duration, Option<JobTimes>)>;

/// What the lines say of each worker: its jobs, and how long it served at the end.
fn jobs_of(path: &Path) -> Vec<(Jobs, Duration)> {
    let trace = Trace::open(path).unwrap();
    let mut workers = vec![(Jobs::new(), Duration::ZERO); trace.header().workers()];
    let mut out = std::collections::BTreeMap::new();
    for line in trace.lines().unwrap() {
        match line.unwrap().1 {
            Line::Event(Event::Received(received)) => workers[received.worker.index()]
                .0
                .push((received.assigned, Some(received.times))),
            Line::Event(Event::Assigned(unfinished)) => {
                let (jobs, _) = &mut workers[unfinished.worker.index()];
                out.insert(unfinished.job, jobs.len());
                jobs.push((unfinished.time, None));
            }
            Line::Left(left) => {
                let (jobs, serving) = &mut workers[left.worker.index()];
                if let Some((job, times)) = left.last
                    && let Some(place) = out.get(&job)
                {
                    jobs[*place].1 = Some(times);
                }
                *serving = left.serving;
            }
            _ => {}
        }
    }
    workers
}

/// The times of one worker by plain sums over its jobs, in the order of [`Activity::ALL`].
fn by_the_lines((jobs, serving): &(Jobs, Duration), end: Duration) -> [Duration; 8] {
    let [mut download, mut computing, mut injected, mut upload] = [Duration::ZERO; 4];
    let [mut served, mut hand_over, mut idle] = [Duration::ZERO; 3];
    let mut free = Duration::ZERO;
    for (assigned, times) in jobs {
        let Some(times) = times else { continue };
        download += times.download;
        computing += times.computed;
        upload += times.upload;
        injected += times.finished - times.started - times.download - times.computed - times.upload;
        served += times.served;
        let waits_from = free + times.served;
        let has_it_from = waits_from.max(*assigned);
        idle += has_it_from - waits_from;
        hand_over += times.started - has_it_from;
        free = times.finished;
    }
    free += *serving;
    let next = jobs.iter().find(|(_, times)| times.is_none());
    let has_it_from = next.map_or(end, |(assigned, _)| free.max(*assigned));
    idle += has_it_from - free;
    hand_over += end - has_it_from;
    [
        download,
        computing,
        injected,
        upload,
        served + *serving,
        hand_over,
        Duration::ZERO,
        idle,
    ]
}

fn compare(name: &str, path: &Path) -> Explanation {
    let explanation = explain(path);
    check(name, &explanation);
    for (worker, jobs) in explanation.workers.iter().zip(jobs_of(path)) {
        let times = Activity::ALL.map(|activity| worker.times.at(activity));
        let expected = by_the_lines(&jobs, explanation.duration);
        assert_eq!(times, expected, "{name}, worker {}", worker.worker);
    }
    explanation
}

#[test]
fn every_activity_is_the_sum_over_the_lines_of_a_run_in_virtual_time() {
    for_every_method(|named| {
        let path = scratch_file(&format!("accounting-virtual-{}.jsonl", named.name));
        let cluster = cluster(&linear(4), Law::exponential());
        let cluster = cluster.download(Law::uniform()).upload(Law::fixed());
        let experiment = experiment(named.name, &path).clock(Clock::Virtual);
        experiment.cluster(cluster).run().unwrap();
        let explanation = compare(named.name, &path);
        let total = |activity| -> Duration {
            let workers = explanation.workers.iter();
            workers.map(|worker| worker.times.at(activity)).sum()
        };
        for never in [Activity::Injected, Activity::Serving, Activity::HandOver] {
            assert_eq!(total(never), Duration::ZERO, "{never:?}");
        }
    });
}

/// Speeds are 1, 2, 3, 4, and links as fast: after 36.5 units each worker is in the middle of a job, `s` for the model, `s`
/// for the gradient, `s` for its way back.
#[test]
fn jobs_that_the_end_cuts_off_are_accounted_for_up_to_the_end() {
    for end in (350..370).map(|end| Duration::from_micros(100 * end)) {
        let path = scratch_file("accounting-cut.jsonl");
        let cluster = cluster(&SPEEDS, Law::fixed());
        let cluster = cluster.download(Law::fixed()).upload(Law::fixed());
        let experiment = experiment("pure", &path).clock(Clock::Virtual);
        let experiment = experiment.cluster(cluster).updates(1000).time_limit(end);
        experiment.run().unwrap();
        let explanation = compare("cut", &path);
        for (worker, speed) in explanation.workers.iter().zip([1, 2, 3, 4]) {
            let part = Duration::from_millis(speed);
            let whole = u32::try_from(end.as_micros() / (3 * part).as_micros()).unwrap();
            let rest = end - 3 * whole * part;
            let expected =
                [0, 1, 2].map(|nth| whole * part + rest.saturating_sub(nth * part).min(part));
            let parts = [Activity::Download, Activity::Computing, Activity::Upload];
            assert_eq!(parts.map(|part| worker.times.at(part)), expected, "{end:?}");
        }
    }
}

#[test]
fn every_activity_is_the_sum_over_the_lines_of_a_run_on_threads() {
    for_every_method(|named| {
        for serving in [Serving::Combining, Serving::Thread] {
            let path = scratch_file(&format!("accounting-{serving:?}-{}.jsonl", named.name));
            let cluster = cluster(&linear(4), Law::none());
            let experiment = experiment(named.name, &path).cluster(cluster);
            experiment.threads(serving_by(serving)).run().unwrap();
            compare(named.name, &path);
        }
    });
}

/// Worker 1 needs a second for its model, or for its gradient, and the run is over long before.
#[test]
fn a_model_and_a_gradient_that_are_under_way_at_the_end_are_no_injected_wait() {
    for clock in [Clock::Virtual, Clock::Real] {
        for activity in [Activity::Download, Activity::Upload] {
            let path = scratch_file("accounting-under-way.jsonl");
            let cluster = cluster(&[1.0, 1000.0], Law::none());
            let cluster = match activity {
                Activity::Download => cluster.download(Law::fixed()),
                _ => cluster.upload(Law::fixed()),
            };
            Experiment::with_objective(quadratic(&[3.0, 1.0]))
                .clock(clock)
                .cluster(cluster)
                .updates(20)
                .trace(&path)
                .run()
                .unwrap();
            let explanation = compare("under way", &path);
            let times = explanation.workers[1].times;
            assert_eq!(times.at(Activity::Injected), Duration::ZERO, "{clock:?}");
            assert!(
                times.at(activity) > explanation.duration / 2,
                "{clock:?} {activity:?}"
            );
        }
    }
}

/// A run on threads of 10 ms, in ms. Worker 0: takes job 0 up at 1, is inside the oracle for 2, waits for 1; serves for 1,
/// takes job 2 up at 6 (which has been waiting for it since 0, and for 4 of them behind job 0), computes for 1; serves for
/// 0.5, and is at job 3, which has been waiting for it, from 8 to the end. Worker 1: takes job 1 up at 2; 1 for the model, 3
/// inside the oracle, 2 for the gradient; serves for 1, and has not taken up job 4 when the run ends.
///
/// Ages: jobs 0, 2 and 1 arrive with 0, 1 and 2; jobs 3, 4 and 5, out at the end, have 2, 1 and 0. Two others were out
/// at each of the three updates.
const BY_HAND: &str = r#"{"event":"run","format":1,"method":"pure","workers":2,"concurrency":3,"dimension":1,"precision":"f64","step_size":0.1,"step_rule":"constant","seed":1,"clock":"real","cluster":"by hand","machine":{"os":"none","arch":"none","cores":1},"versions":{},"rows_per_worker":[30,10]}
{"event":"received","time":0.004,"worker":0,"job":0,"read_version":0,"version":0,"staleness":0,"action":"applied","step_size":0.1,"assigned":0.0,"started":0.001,"finished":0.004,"computed":0.002,"concurrency":3}
{"event":"received","time":0.007,"worker":0,"job":2,"read_version":0,"version":1,"staleness":1,"action":"applied","step_size":0.1,"assigned":0.0,"started":0.006,"finished":0.007,"computed":0.001,"served":0.001,"concurrency":3}
{"event":"received","time":0.008,"worker":1,"job":1,"read_version":0,"version":2,"staleness":2,"action":"applied","step_size":0.1,"assigned":0.0,"started":0.002,"finished":0.008,"download":0.001,"computed":0.003,"upload":0.002,"concurrency":3}
{"event":"assigned","time":0.004,"worker":0,"job":3,"version":1}
{"event":"assigned","time":0.007,"worker":1,"job":4,"version":2}
{"event":"assigned","time":0.008,"worker":1,"job":5,"version":3}
{"event":"left","time":0.010,"worker":0,"job":3,"started":0.008,"finished":0.010,"computed":0.002,"served":0.0005}
{"event":"left","time":0.010,"worker":1,"serving":0.001}
{"event":"stopped","time":0.010,"version":3,"reason":"updates","served":0.001,"model_hash":"0123456789abcdef"}
"#;

#[test]
fn a_trace_written_by_hand_is_accounted_for_as_on_paper() {
    let path = scratch_file("explained-by-hand.jsonl");
    std::fs::write(&path, BY_HAND).unwrap();
    let explanation = explain(&path);
    check("by hand", &explanation);
    let micros = Duration::from_micros;
    // In the order of `Activity::ALL`: download, computing, injected, upload, serving, hand-over, lost, idle.
    for (worker, expected) in explanation.workers.iter().zip([
        [0, 5000, 1000, 0, 1500, 2500, 0, 0],
        [1000, 3000, 0, 2000, 1000, 3000, 0, 0],
    ]) {
        let times = Activity::ALL.map(|activity| worker.times.at(activity));
        assert_eq!(times, expected.map(micros), "worker {}", worker.worker);
    }
    let queues = explanation.workers.iter().map(|worker| worker.queued.total);
    assert!(queues.eq([micros(4000), Duration::ZERO]));
    assert_eq!(explanation.queued.mean, Some(micros(4000) / 3));
    assert_eq!(explanation.serving, micros(3500));
    let law = explanation.conservation;
    assert_eq!((law.ages_ended, law.ages_out, law.aged), (3, 3, 6));
    let data = explanation
        .workers
        .iter()
        .map(|worker| worker.data_share.unwrap());
    assert!(data.eq([0.75, 0.25]));
    assert_eq!(explanation.cores.unwrap().computing, 0.8);
    assert_eq!((explanation.out, explanation.lost), (3, 0));
    assert_eq!(explanation.gradients_per_second, Some(300.0));
}

#[test]
fn what_was_spent_on_a_discarded_gradient_is_wasted_but_not_the_hand_over_before() {
    let path = scratch_file("explained-discarded-by-hand.jsonl");
    // Job 1 of worker 1: 1 for the model, 3 inside the oracle, 2 for the gradient.
    let (before, line) = BY_HAND.split_at(BY_HAND.rfind("\"applied\"").unwrap());
    let discarded = line.replacen("\"applied\",\"step_size\":0.1", "\"discarded\"", 1);
    let discarded = before.to_owned() + &discarded;
    std::fs::write(&path, discarded).unwrap();
    let explanation = explain(&path);
    let wasted = explanation.workers.iter();
    let wasted = wasted.map(|worker| worker.wasted.discarded.time.as_millis());
    assert!(wasted.eq([0, 6]));
    assert_eq!((explanation.applied, explanation.discarded), (2, 1));
}

/// The trace of two workers that ends at 10 ms, with these lines between the first and the last.
fn by_hand(name: &str, lines: &[&str]) -> Explanation {
    let first = BY_HAND.lines().next().unwrap();
    let last = r#"{"event":"stopped","time":0.010,"version":1,"reason":"seconds","model_hash":"0123456789abcdef"}"#;
    let path = scratch_file(&format!("accounting-{name}.jsonl"));
    let lines = [&[first], lines, &[last]].concat();
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    let explanation = explain(&path);
    assert_eq!(explanation.impossible_times, 0, "{name}");
    for worker in &explanation.workers {
        assert_eq!(worker.times.total(), explanation.duration, "{name}");
    }
    explanation
}

/// In milliseconds.
fn times(explanation: &Explanation, worker: usize, activity: Activity) -> u128 {
    explanation.workers[worker].times.at(activity).as_millis()
}

/// Worker 1 is given up at 6 with the job that it has been with since 1, and comes back from its oracle at 8.
#[test]
fn a_worker_that_was_given_up_and_came_back_did_nothing_impossible() {
    let explanation = by_hand(
        "given-up",
        &[
            r#"{"event":"lost","time":0.006,"worker":1,"job":1,"read_version":0,"version":0,"assigned":0.001,"concurrency":2,"reason":"no answer for 5 s"}"#,
            r#"{"event":"left","time":0.010,"worker":0}"#,
            r#"{"event":"left","time":0.010,"worker":1,"job":1,"started":0.002,"finished":0.008,"computed":0.006}"#,
        ],
    );
    let (idle, with_it) = (Activity::Idle, Activity::Lost);
    assert_eq!([idle, with_it].map(|a| times(&explanation, 1, a)), [3, 7]);
    let lost = explanation.workers[1].wasted.lost;
    assert_eq!((lost.jobs, lost.time.as_millis()), (1, 5));
}

/// Worker 1 is free at 1 and gets its next job at 7, with which it fails at 8.
#[test]
fn a_worker_is_idle_until_it_gets_the_job_that_it_is_lost_with() {
    let explanation = by_hand(
        "idle-then-lost",
        &[
            r#"{"event":"received","time":0.001,"worker":1,"job":1,"read_version":0,"version":0,"staleness":0,"action":"applied","step_size":0.1,"assigned":0.0,"started":0.0,"finished":0.001,"computed":0.001,"concurrency":2}"#,
            r#"{"event":"lost","time":0.008,"worker":1,"job":2,"read_version":1,"version":1,"assigned":0.007,"concurrency":2,"reason":"gone"}"#,
            r#"{"event":"left","time":0.010,"worker":0}"#,
            r#"{"event":"left","time":0.010,"worker":1,"job":2,"started":0.007,"finished":0.008,"computed":0.001}"#,
        ],
    );
    let at = [Activity::Idle, Activity::Computing, Activity::Lost];
    assert_eq!(at.map(|a| times(&explanation, 1, a)), [8, 1, 1]);
    let lost = explanation.workers[1].wasted.lost;
    assert_eq!((lost.jobs, lost.time.as_millis()), (1, 1));
}

/// Neither worker comes back: worker 0 has had its job since 4, and worker 1 was given up with its own at 6.
#[test]
fn a_worker_that_was_left_behind_is_still_inside_its_oracle() {
    let explanation = by_hand(
        "left-behind",
        &[
            r#"{"event":"lost","time":0.006,"worker":1,"job":1,"read_version":0,"version":0,"assigned":0.0,"concurrency":2,"reason":"no answer for 6 s"}"#,
            r#"{"event":"assigned","time":0.004,"worker":0,"job":2,"version":0}"#,
            r#"{"event":"assigned","time":0.005,"worker":0,"job":3,"version":0}"#,
        ],
    );
    let (idle, computing) = (Activity::Idle, Activity::Computing);
    assert_eq!([idle, computing].map(|a| times(&explanation, 0, a)), [4, 6]);
    let at = [computing, Activity::Lost];
    assert_eq!(at.map(|a| times(&explanation, 1, a)), [0, 10]);
}

/// Worker 0 has had its job since 1 and takes it up at 9; worker 1 has had one since 3 and does not come to it.
#[test]
fn a_job_that_is_not_taken_up_before_the_end_is_handed_over() {
    let explanation = by_hand(
        "handed-over",
        &[
            r#"{"event":"assigned","time":0.001,"worker":0,"job":2,"version":1}"#,
            r#"{"event":"assigned","time":0.003,"worker":1,"job":3,"version":1}"#,
            r#"{"event":"left","time":0.010,"worker":0,"job":2,"started":0.009,"finished":0.010,"computed":0.001}"#,
            r#"{"event":"left","time":0.010,"worker":1}"#,
        ],
    );
    let (idle, hand_over) = (Activity::Idle, Activity::HandOver);
    assert_eq!([idle, hand_over].map(|a| times(&explanation, 0, a)), [1, 8]);
    assert_eq!([idle, hand_over].map(|a| times(&explanation, 1, a)), [3, 7]);
}

/// Both workers are asleep when the time is over, so the thread that called serves.
#[test]
fn the_turn_of_the_calling_thread_is_time_spent_serving() {
    let path = scratch_file("accounting-supervisor.jsonl");
    let cluster = cluster(&[1000.0, 1000.0], Law::fixed());
    Experiment::with_objective(quadratic(&[3.0, 1.0]))
        .cluster(cluster)
        .time_limit(Duration::from_millis(20))
        .trace(&path)
        .run()
        .unwrap();
    let explanation = explain(&path);
    assert_eq!(explanation.gradients, 0);
    assert!(explanation.facts.stopped.unwrap().served > Duration::ZERO);
}

/// The unit is an hour and a job takes 10^9 of them; virtual time ends after five centuries.
#[test]
fn jobs_at_the_end_of_time_do_nothing_impossible() {
    let path = scratch_file("accounting-end-of-time.jsonl");
    let cluster = Cluster::new(vec![1e9, 1e9], Duration::from_secs(3600)).unwrap();
    let cluster = cluster.download(Law::fixed()).upload(Law::fixed());
    Experiment::with_objective(quadratic(&[3.0, 1.0]))
        .clock(Clock::Virtual)
        .cluster(cluster)
        .updates(30)
        .trace(&path)
        .run()
        .unwrap();
    let replay = Replay::new(&Trace::open(&path).unwrap()).oracle(quadratic(&[3.0, 1.0]));
    assert_eq!(replay.run().unwrap().divergence, None);
    compare("end of time", &path);
}

/// Worker 0 delivers seven times as many gradients as worker 2.
#[test]
fn where_each_update_is_a_mean_over_workers_all_have_the_same_share_of_the_updates() {
    for_every_method(|named| {
        if named.what.weighing != Weighing::Updates {
            return;
        }
        let path = scratch_file("accounting-shares.jsonl");
        let cluster = cluster(&[1.0, 2.0, 7.0], Law::fixed());
        let objective = quadratic(&[3.0, 0.0, -6.0]);
        let experiment = Experiment::with_objective(objective).method(named.name);
        let experiment = experiment.clock(Clock::Virtual).step_size(0.01);
        experiment.cluster(cluster).trace(&path).run().unwrap();
        let explanation = explain(&path);
        let shares = explanation.workers.iter();
        let shares: Vec<f64> = shares.map(|w| w.update_share.unwrap()).collect();
        let is_alike = shares.iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-9);
        assert!(is_alike, "{shares:?}");
    });
}
