//! What is called unusual in a trace, and what is not.

use std::fmt::Write;
use std::time::Duration;

use asgrad::explain::{Explanation, Finding, WhyIdle};
use asgrad::methods::Server;
use asgrad::{Clock, Experiment, Law, Method, OnLoss, RunSpec, Trace, WorkerId};
use methods::rules::ALL;
use methods::{Arrival, Gradient};

use crate::support::{cluster, equal, linear, pull, quadratic, scratch_file, virtually};

fn findings(name: &str, experiment: Experiment) -> Vec<Finding> {
    let path = scratch_file(&format!("findings-{name}.jsonl"));
    // A run that fails has a trace too.
    let _ = experiment.trace(&path).run();
    Explanation::of(&Trace::open(&path).unwrap())
        .unwrap()
        .findings
}

fn schedule(method: &str, speeds: &[f64]) -> Experiment {
    virtually(
        Experiment::schedule_only().method(method).updates(2000),
        speeds,
    )
}

/// The only finding that is of this kind, and its text.
macro_rules! the {
    ($kind:ident in $findings:expr) => {{
        let findings = $findings;
        let found = findings.iter().find_map(|finding| match finding {
            Finding::$kind(found) => Some((found.clone(), finding.to_string())),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("{findings:?}"))
    }};
}

#[test]
fn equal_workers_that_step_on_arrival_are_nothing_unusual() {
    assert_eq!(findings("equal", schedule("pure", &equal(4))), []);
}

#[test]
fn fast_workers_that_make_most_updates_are_named_with_methods_against_it() {
    let (biased, text) = the!(Biased in findings("biased", schedule("pure", &linear(10))));
    assert_eq!((biased.most.index(), biased.least.index()), (0, 9));
    assert!(text.contains("worker 0 made 34 % of the updates"), "{text}");
    assert!(text.contains("counts each with 10 %"), "{text}");
    let instead = biased.instead.unwrap();
    assert!(text.contains(&instead) && instead.contains("shuffled"));
    for name in instead
        .split([',', ' '])
        .filter(|word| !["", "or"].contains(word))
    {
        assert!(ALL.iter().any(|named| named.name == name), "{name}");
    }
    let mut alike = RunSpec::default();
    for (setting, text) in [
        ("data", "digits"),
        ("partition", "shuffled"),
        ("batch-size", "1"),
        ("workers", "10"),
        ("compute", "fixed"),
        ("clock", "virtual"),
        ("updates", "2000"),
    ] {
        alike.set(setting, text).unwrap();
    }
    let alike = Experiment::of(alike).unwrap();
    let (_, text) = the!(Biased in findings("alike", alike));
    assert!(text.contains("matters little"), "{text}");
}

#[test]
fn methods_that_share_out_equally_and_accidents_of_short_runs_are_not_called_biased() {
    for method in [
        "sgd",
        "shuffled",
        "random",
        "minibatch",
        "random-reshuffling",
        "rescaled",
        "generalized",
        "iag",
        "ssp",
        "malenia:batch=30",
        "ringleader",
    ] {
        for updates in [30, 2000] {
            let experiment = schedule(method, &linear(10)).updates(updates);
            let name = format!("unbiased-{method}-{updates}").replace(':', "-");
            let findings = findings(&name, experiment);
            let is_biased = |finding: &Finding| matches!(finding, Finding::Biased(_));
            assert!(!findings.iter().any(is_biased), "{method}: {findings:?}");
        }
    }
}

#[test]
fn idle_workers_are_counted_and_the_reason_is_given() {
    // In units of the slowest worker's 8: worker i works for i + 1 of them, so 0, 1 and 2 are idle
    // for more than half.
    let (idle, text) = the!(Idle in findings("idle", schedule("minibatch", &linear(8))));
    assert_eq!((idle.workers, idle.of, idle.most.index()), (3, 8, 0));
    assert_eq!((idle.share, idle.because), (7.0 / 8.0, WhyIdle::Waiting));
    assert!(
        text.contains("3 of 8 workers") && text.contains("88 %"),
        "{text}"
    );
    for (method, concurrency, because) in [
        ("incremental", None, WhyIdle::ByDefinition),
        ("pure", Some(2), WhyIdle::FewJobs),
        ("shuffled", None, WhyIdle::Assignment),
        ("pure-waiting:b=8", None, WhyIdle::Waiting),
    ] {
        let experiment = schedule(method, &linear(8));
        let experiment = match concurrency {
            Some(jobs) => experiment.concurrency(jobs),
            None => experiment,
        };
        let name = format!("idle-{}", method.replace(':', "-"));
        let (idle, _) = the!(Idle in findings(&name, experiment));
        assert_eq!(idle.because, because, "{method}");
    }
    // Its key is no number of gradients to wait for.
    let (idle, text) = the!(Idle in findings("idle-ssp", schedule("ssp:bound=1", &linear(8))));
    assert_eq!(idle.because, WhyIdle::Waiting);
    assert!(!text.contains("fewer"), "{text}");
}

#[test]
fn workers_whose_gradients_wait_for_the_server_are_not_said_to_lack_jobs() {
    // Each gradient is at the door after 0.4 of 1 ms, and the next job begins with the next
    // millisecond.
    let early = |_, line: String| {
        let finished = line.find("\"finished\":").unwrap();
        let begin = line.find("\"started\":").unwrap() + "\"started\":".len();
        let begin = line[begin..].split(',').next().unwrap().to_owned();
        let rest = line[finished..].find(',').unwrap() + finished;
        let line = format!(
            "{}\"finished\":{begin}4{}",
            &line[..finished],
            &line[rest..]
        );
        line.replace("\"computed\":0.001", "\"computed\":0.0004")
    };
    let (idle, text) = the!(Idle in written("door", 100, early, END));
    assert_eq!(
        (idle.because, idle.at_the_door),
        (WhyIdle::Server, Duration::from_micros(600))
    );
    assert!((idle.share - 0.6).abs() < 1e-12, "{idle:?}");
    assert!(
        text.contains("waited for the server, 600 µs on average"),
        "{text}"
    );
}

#[test]
fn queues_at_the_slowest_worker_are_named_with_the_pace_that_it_sets() {
    let (queues, text) = the!(Queues in findings("queues", schedule("shuffled", &linear(10))));
    assert_eq!(queues.worker.index(), 9);
    // 10 workers, 10 ms a gradient; the last one, which is not finished, counts too: some 200 are.
    let pace = queues.pace.unwrap();
    assert!((990.0..=1000.0).contains(&pace), "{pace}");
    let said = format!("n/s_n = {pace:.0} gradients a second");
    assert!(text.contains(&said), "{text}");
    let many = schedule("pure", &equal(3)).concurrency(12);
    let (queues, text) = the!(Queues in findings("many-jobs", many));
    assert_eq!(queues.jobs_each, Some(4.0));
    assert!(text.contains("lower --concurrency"), "{text}");
}

#[test]
fn lost_workers_are_named_with_the_reason() {
    let oracle = asgrad::from_fn(1, |job, x: &[f64], out: &mut [f64]| {
        out[0] = x[0];
        match job.worker().index() == 2 && job.job().number() >= 50 {
            true => Err("the disk is full"),
            false => Ok(()),
        }
    });
    let experiment = Experiment::new(oracle)
        .on_lost_worker(OnLoss::Continue)
        .updates(500);
    let (lost, text) = the!(LostWorkers in findings("lost", virtually(experiment, &equal(4))));
    assert_eq!((lost.workers, lost.first.index(), lost.jobs), (1, 2, 1));
    assert!(text.contains("worker 2 was lost with 1 job") && text.contains("the disk is full"));
}

#[test]
fn a_model_that_runs_away_is_said_to_do_so() {
    let run = |step_size, updates| {
        let experiment = Experiment::with_objective(quadratic(&[1.0, 2.0]));
        let experiment = experiment.step_size(step_size).updates(updates);
        virtually(experiment, &equal(2))
    };
    let (worsened, text) = the!(Worsened in findings("worse", run(2.5, 50)));
    assert!(worsened.last > worsened.first && text.contains("smaller --step-size"));
    let (failed, text) = the!(Failed in findings("diverged", run(50.0, 5000)));
    assert_eq!(failed.reason, "diverged");
    assert!(text.contains("the run failed"), "{text}");
    let fine = findings("converged", run(0.1, 200));
    assert_eq!(fine, []);
}

/// Steps with every other gradient.
#[derive(Debug)]
struct EveryOther;

impl Method for EveryOther {
    fn start(&mut self, server: &mut Server<'_>) {
        (0..server.n_workers()).for_each(|worker| server.assign(WorkerId::new(worker)));
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        if arrival.job.number().is_multiple_of(2) {
            server.step(gradient, 0.1);
        }
        server.assign(arrival.worker);
    }

    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

#[test]
fn discarded_gradients_are_work_for_nothing() {
    let experiment = Experiment::schedule_only().own_method("every-other", Box::new(EveryOther));
    // One worker, so every other of its jobs of 1 ms is discarded.
    let experiment = virtually(experiment.updates(100), &equal(1));
    let (wasted, text) = the!(Wasted in findings("discarded", experiment));
    assert_eq!(
        (wasted.discarded, wasted.time),
        (99, Duration::from_millis(99))
    );
    assert!(
        text.contains("50 % of all jobs (99 gradients discarded), 99 ms of work: let the method"),
        "{text}"
    );
}

/// Lines without their checks, as if another program had written them.
fn unsealed(text: &str) -> String {
    let bare = |line: &str| line.split(",\"check\":").next().unwrap().to_owned() + "}\n";
    text.lines().map(bare).collect()
}

/// A trace on the real clock, of one worker and one job a millisecond: `change` may alter its lines
/// or add some.
fn written(
    name: &str,
    jobs: u64,
    change: impl Fn(u64, String) -> String,
    end: &str,
) -> Vec<Finding> {
    let path = scratch_file(&format!("findings-written-{name}.jsonl"));
    let oracle = pull::<f64>();
    let experiment = Experiment::new(oracle).clock(Clock::Real).updates(1);
    let experiment = experiment.cluster(cluster(&equal(1), Law::none()));
    experiment.trace(&path).run().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let mut text = unsealed(text.lines().next().unwrap());
    for job in 0..jobs {
        let (begin, end) = (format!("{}.{:03}", job / 1000, job % 1000), job + 1);
        let end = format!("{}.{:03}", end / 1000, end % 1000);
        let line = format!(
            r#"{{"event":"received","time":{end},"worker":0,"job":{job},"read_version":{job},"version":{job},"staleness":0,"action":"applied","step_size":0.1,"assigned":{begin},"started":{begin},"finished":{end},"computed":0.001,"concurrency":1}}"#
        );
        text += &(change(job, line) + "\n");
    }
    let time = format!("{}.{:03}", jobs / 1000, jobs % 1000);
    writeln!(
        text,
        r#"{{"event":"assigned","time":{time},"worker":0,"job":{jobs},"version":{jobs}}}"#
    )
    .unwrap();
    text += &end.replace(
        "END",
        &format!(r#""time":{time},"version":{jobs},"reason":"updates","model_hash":"0""#),
    );
    std::fs::write(&path, text).unwrap();
    Explanation::of(&Trace::open(&path).unwrap())
        .unwrap()
        .findings
}

const END: &str = "{\"event\":\"stopped\",END}\n";

#[test]
fn what_the_machine_could_not_do_is_said() {
    assert_eq!(written("sound", 100, |_, line| line, END), []);
    let overrun = |job: u64, line: String| match job % 50 {
        0 => format!(
            "{{\"event\":\"overrun\",\"time\":0.0,\"worker\":0,\"job\":{job},\"asked\":0.1,\"took\":0.2}}\n{line}"
        ),
        _ => line,
    };
    let (overran, text) = the!(Overran in written("overrun", 100, overrun, END));
    assert_eq!((overran.overruns, overran.share), (2, 0.02));
    assert!(
        text.contains("2 gradients (2.0 %)") && text.contains("--unit"),
        "{text}"
    );
    let (busy, _) = the!(ServerBusy in written("busy", 100, |_, line| line, &END.replace("END", "\"served\":0.05,END")));
    assert_eq!(busy.share, 0.5);
    let late = |_, line: String| {
        line.replace("\"computed\":0.001", "\"computed\":0.0001")
            .replace("\"started\":0.0", "\"started\":0.00")
    };
    assert!(
        written("impossible", 100, late, END)
            .iter()
            .any(|f| matches!(f, Finding::ImpossibleTimes(_)))
    );
    let (dropped, _) = the!(Dropped in written("dropped", 100, |_, line| line, &END.replace("END", "\"dropped\":7,END")));
    assert_eq!(dropped.lines, 7);
    let (truncated, text) = the!(Truncated in written("truncated", 100, |_, line| line, ""));
    assert_eq!(truncated.last_line, 102);
    assert!(text.contains("line 102"), "{text}");
    let (few, _) = the!(Few in written("few", 9, |_, line| line, END));
    assert_eq!((few.gradients, few.workers), (9, 1));
}

#[test]
fn a_line_that_was_altered_breaks_the_law() {
    let altered = |job, line: String| match job {
        50 => line
            .replace("\"read_version\":50", "\"read_version\":49")
            .replace("\"staleness\":0", "\"staleness\":1"),
        _ => line,
    };
    let (broken, text) = the!(Broken in written("altered", 100, altered, END));
    assert_eq!((broken.ages, broken.aged), (1, 0));
    assert!(text.contains("does not hold"), "{text}");
}

#[test]
fn a_gradient_far_staler_than_the_others_is_said() {
    let stale = |job, line: String| match job {
        99 => line
            .replace("\"read_version\":99", "\"read_version\":9")
            .replace("\"staleness\":0", "\"staleness\":90"),
        _ => line,
    };
    let (tail, text) = the!(StalenessTail in written("stale", 100, stale, END));
    assert_eq!((tail.max, tail.p99), (90, 0));
    assert!(text.contains("koloskova"), "{text}");
}

#[test]
fn a_model_that_was_better_before_is_said_to_be_worse_now_if_it_stays_so() {
    let evaluated = |norms: &[f64]| {
        let mut end = String::new();
        for (version, norm) in norms.iter().enumerate() {
            writeln!(end, r#"{{"event":"evaluated","time":0.0,"version":{version},"loss":1.0,"gradient_norm":{norm}}}"#).unwrap();
        }
        end + END
    };
    let stays = evaluated(&[2.0, 0.1, 0.09, 0.1, 0.08, 0.07, 0.5, 0.6, 0.7, 0.8, 0.9]);
    let (relapsed, text) = the!(Relapsed in written("relapsed", 100, |_, line| line, &stays));
    assert_eq!(
        (relapsed.last, relapsed.smallest, relapsed.version.number()),
        (0.5, 0.1, 5)
    );
    assert!(text.contains("no longer improves"), "{text}");
    let recovers = evaluated(&[2.0, 0.1, 0.09, 0.1, 0.08, 0.07, 0.5, 0.6, 0.7, 0.2, 0.9]);
    assert_eq!(written("recovers", 100, |_, line| line, &recovers), []);
    let by_chance = evaluated(&[2.0, 0.9, 0.001, 0.9, 0.9, 0.9, 0.9, 0.9]);
    assert_eq!(written("chance", 100, |_, line| line, &by_chance), []);
}

#[test]
fn computing_on_more_workers_than_cores_is_said() {
    let path = scratch_file("findings-oversubscribed.jsonl");
    let cluster = cluster(&equal(4), Law::fixed());
    let experiment: Experiment = Experiment::schedule_only()
        .clock(Clock::Virtual)
        .cluster(cluster);
    experiment.updates(400).trace(&path).run().unwrap();
    let text = unsealed(&std::fs::read_to_string(&path).unwrap());
    let real = text.replace("\"clock\":\"virtual\"", "\"clock\":\"real\"");
    let real = real.replace("\"driver\":\"virtual\"", "\"driver\":\"threads\"");
    let cores = real.find("\"cores\":").unwrap() + "\"cores\":".len();
    let end = cores + real[cores..].find('}').unwrap();
    std::fs::write(&path, format!("{}3{}", &real[..cores], &real[end..])).unwrap();
    let explanation = Explanation::of(&Trace::open(&path).unwrap()).unwrap();
    let (over, text) = the!(Oversubscribed in explanation.findings);
    assert_eq!((over.computing, over.cores), (4.0, 3));
    assert!(
        text.contains("4.0 workers") && text.contains("3 cores"),
        "{text}"
    );
    std::fs::write(&path, format!("{}4{}", &real[..cores], &real[end..])).unwrap();
    let explanation = Explanation::of(&Trace::open(&path).unwrap()).unwrap();
    assert_eq!(explanation.findings, []);
}
