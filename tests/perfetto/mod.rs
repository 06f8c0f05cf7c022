//! Timelines: what they draw is what the trace says, in a format that viewers read.

mod format;

use std::fs;
use std::path::{Path, PathBuf};

use asgrad::explain::{ExportError, write_perfetto, write_perfetto_file};
use asgrad::ps_core::{Action, Received};
use asgrad::trace::Line;
use asgrad::workers::Serving;
use asgrad::{Clock, Event, Experiment, Law, OnLoss, Threads, Trace};

use self::format::{Drawn, Slice};
use crate::support::each::for_every_method;
use crate::support::{cluster, linear, quadratic, scratch_file};

const WORKERS: usize = 4;
const SERVER: format::Lane = (1, 1);

fn experiment(method: &str) -> Experiment {
    Experiment::with_objective(quadratic(&[3.0, 0.0, -6.0, 1.0]))
        .method(method)
        .step_size(0.05)
        .updates(60)
        .evaluate_every(10)
        .on_lost_worker(OnLoss::Continue)
}

fn recorded(name: &str, experiment: Experiment) -> PathBuf {
    let path = scratch_file(&format!("perfetto-{name}").replace(':', "-"));
    experiment.trace(&path).run().unwrap();
    path
}

fn in_virtual_time(method: &str, law: Law) -> Experiment {
    let cluster = cluster(&linear(4), law)
        .download(Law::fixed())
        .upload(Law::exponential());
    experiment(method).clock(Clock::Virtual).cluster(cluster)
}

fn draw(path: &Path) -> Drawn {
    let mut text = Vec::new();
    write_perfetto(&Trace::open(path).unwrap(), &mut text).unwrap();
    format::check(std::str::from_utf8(&text).unwrap())
}

fn lines(path: &Path) -> Vec<Line> {
    let lines = Trace::open(path).unwrap().lines().unwrap();
    lines.map(|line| line.unwrap().1).collect()
}

fn received(lines: &[Line]) -> impl Iterator<Item = &Received> {
    lines.iter().filter_map(|line| match line {
        Line::Event(Event::Received(received)) => Some(received),
        _ => None,
    })
}

fn nanoseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap()
}

fn worker_lane(worker: usize) -> format::Lane {
    (2, worker as u64 + 2)
}

/// Every worker's lane is covered from the start to the end, without a gap.
fn check_lanes(drawn: &Drawn, lines: &[Line]) {
    let end = lines.iter().map(Line::time).max().unwrap();
    let mut total = 0;
    for worker in 0..WORKERS {
        let lane = worker_lane(worker);
        assert_eq!(drawn.lanes[&lane], format!("worker {worker}"));
        let slices = &drawn.slices[&lane];
        assert_eq!(slices[0].from, 0);
        assert!(slices.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert_eq!(slices.last().unwrap().to, nanoseconds(end));
        total += slices
            .iter()
            .map(|slice| slice.to - slice.from)
            .sum::<u64>();
    }
    assert_eq!(total, nanoseconds(end) * WORKERS as u64);
}

/// The time in which a job was computed is drawn where the line says, with what became of it.
fn check_computing(drawn: &Drawn, lines: &[Line]) {
    for line in received(lines) {
        let slices = &drawn.slices[&worker_lane(line.worker.index())];
        let its = |slice: &&Slice| slice.args.get("job") == Some(&line.job.number().into());
        let by_name = |name: &str| slices.iter().filter(its).find(|slice| slice.name == name);
        let length = |name: &str| by_name(name).map_or(0, |slice| slice.to - slice.from);
        assert_eq!(length("download"), nanoseconds(line.times.download));
        assert_eq!(length("computing"), nanoseconds(line.times.computed));
        assert_eq!(length("upload"), nanoseconds(line.times.upload));
        if let Some(slice) = by_name("computing") {
            let from = nanoseconds(line.times.started + line.times.download);
            assert_eq!(slice.from, from);
            assert_eq!(slice.args["staleness"], line.staleness());
            assert_eq!(slice.args["action"], line.action.word());
        }
    }
}

/// A turn for each gradient, at its time or as many nanoseconds later as there are turns at that
/// time.
fn check_turns(drawn: &Drawn, lines: &[Line]) {
    let turns = &drawn.slices[&SERVER];
    assert_eq!((turns[0].name.as_str(), turns[0].from), ("start", 0));
    let of_gradients: Vec<&Slice> = turns
        .iter()
        .filter(|turn| turn.args.contains_key("read_version"))
        .collect();
    assert_eq!(of_gradients.len(), received(lines).count());
    for (turn, line) in of_gradients.into_iter().zip(received(lines)) {
        let ties = received(lines).filter(|other| other.time == line.time);
        let moved = turn.from - nanoseconds(line.time);
        assert!(moved <= ties.count() as u64, "{turn:?}");
        assert!(turn.to - turn.from <= 1_000);
        assert_eq!(turn.args["job"], line.job.number());
        assert_eq!(turn.args["version"], line.version.number());
        let expected = line.step_size.map(Into::into);
        assert_eq!(turn.args.get("step_size").cloned(), expected);
    }
}

/// An arrow for each gradient that was stepped with, from a turn that had the version at which it
/// was assigned (the one read, but for repeated jobs) to the turn of the step.
fn check_arrows(drawn: &Drawn, lines: &[Line]) {
    let (mut held, mut stepped) = (Vec::new(), Vec::new());
    for line in lines {
        match line {
            Line::Event(Event::Received(line)) if line.action == Action::Applied => {
                stepped.push((line, line.version.next().number()));
            }
            Line::Event(Event::Received(line)) if line.action == Action::Held => held.push(line),
            Line::Event(Event::Updated(line)) => {
                let version = line.version.number();
                stepped.extend(held.drain(..).map(|held| (held, version)));
            }
            _ => {}
        }
    }
    assert_eq!(drawn.arrows.len(), stepped.len());
    for (line, version) in stepped {
        let arrow = &drawn.arrows[&line.job.number()];
        let (_, lane, time) = *arrow.last().unwrap();
        let last = drawn.slice(lane, time).unwrap();
        assert_eq!((lane, version_after(last)), (SERVER, version));
        let (_, lane, time) = arrow[0];
        let first = drawn.slice(lane, time).unwrap();
        assert_eq!(lane, SERVER);
        let assigned = line.read_version.number() + line.age;
        assert_eq!(version_after(first), assigned, "{line:?}");
        if !line.times.computed.is_zero() {
            let (_, lane, time) = arrow[1];
            assert_eq!(lane, worker_lane(line.worker.index()));
            let slice = drawn.slice(lane, time).unwrap();
            assert_eq!(slice.args["job"], line.job.number());
            assert_eq!(slice.name, "computing");
        }
    }
}

/// The server's version at the end of a turn.
fn version_after(turn: &Slice) -> u64 {
    let number = |key: &str| turn.args.get(key).map(|value| value.as_u64().unwrap());
    let steps = u64::from(turn.name == "applied");
    let updated = number("updated_to");
    updated.unwrap_or_else(|| number("version").unwrap_or_default() + steps)
}

/// What a counter says at a time: its last value by then.
fn check_counters(drawn: &Drawn, lines: &[Line]) {
    let at = |name: &str, time: u64| {
        let mut points = drawn.counters[name].iter();
        points.rfind(|(at, _)| *at <= time).unwrap().1
    };
    let times: Vec<_> = received(lines).map(|line| line.time).collect();
    for line in received(lines) {
        // Of several at one moment the last one counts.
        if times.iter().filter(|time| **time == line.time).count() == 1 {
            let time = nanoseconds(line.time);
            assert_eq!(at("staleness", time), line.staleness() as f64);
            assert_eq!(at("concurrency", time), line.concurrency as f64);
        }
    }
    let evaluated = lines.iter().filter_map(|line| match line {
        Line::Evaluated(evaluation) => Some(evaluation),
        _ => None,
    });
    let expect = |name: &str, values: Vec<(u64, f64)>| {
        let drawn = drawn.counters.get(name).cloned().unwrap_or_default();
        assert_eq!(drawn, values, "{name}");
    };
    let evaluated: Vec<_> = evaluated.collect();
    let values = |of: fn(&asgrad::Evaluation) -> f64| -> Vec<(u64, f64)> {
        let points = evaluated.iter().map(|e| (nanoseconds(e.time), of(e)));
        points.filter(|(_, value)| value.is_finite()).collect()
    };
    expect("loss", values(|e| e.loss));
    expect("gradient norm", values(|e| e.gradient_norm));
}

fn check(path: &Path) -> Drawn {
    let (drawn, lines) = (draw(path), lines(path));
    check_lanes(&drawn, &lines);
    check_computing(&drawn, &lines);
    check_turns(&drawn, &lines);
    check_arrows(&drawn, &lines);
    check_counters(&drawn, &lines);
    drawn
}

#[test]
fn the_timeline_of_every_method_is_what_its_trace_says() {
    for_every_method(|named| {
        // Fixed times have many turns at one moment; zero ones have nothing else.
        for law in [Law::exponential(), Law::fixed(), Law::none()] {
            let experiment = in_virtual_time(named.name, law);
            check(&recorded("virtual.jsonl", experiment));
        }
        let all_at_once = in_virtual_time(named.name, Law::none())
            .cluster(cluster(&[1.0; WORKERS], Law::fixed()));
        check(&recorded("at-once.jsonl", all_at_once));
    });
}

#[test]
fn a_run_on_threads_is_drawn_whoever_serves_compressed_or_not() {
    for serving in [Serving::Combining, Serving::Thread] {
        for name in ["threads.jsonl", "threads.jsonl.gz"] {
            let threads = Threads {
                serving,
                ..Threads::default()
            };
            let experiment = experiment("fedbuff:b=2")
                .threads(threads)
                .cluster(cluster(&linear(4), Law::none()));
            check(&recorded(name, experiment));
        }
    }
    let spread = cluster(&[0.01; WORKERS], Law::exponential()).download(Law::fixed());
    let drawn = check(&recorded(
        "injected.jsonl",
        experiment("pure").cluster(spread),
    ));
    let slices = drawn.slices.values().flatten();
    assert!(slices.into_iter().any(|slice| slice.name == "injected"));
}

#[test]
fn lost_workers_have_a_turn_and_numbers_that_are_not_finite_are_left_out() {
    let oracle = asgrad::from_fn(1, |job, x: &[f64], out: &mut [f64]| {
        out[0] = x[0];
        match job.worker().index() == 2 && job.job().number() > 10 {
            true => Err("a \"quoted\" reason"),
            false => Ok(()),
        }
    });
    let experiment = Experiment::new(oracle)
        .clock(Clock::Virtual)
        .cluster(cluster(&linear(4), Law::fixed()))
        .concurrency(9)
        .on_lost_worker(OnLoss::Continue)
        .updates(50);
    let path = recorded("lost.jsonl", experiment);
    let text = fs::read_to_string(&path).unwrap();
    let stopped = text.rfind("{\"event\":\"stopped\"").unwrap();
    let evaluated = "{\"event\":\"evaluated\",\"time\":0.001,\"version\":1,\"loss\":null,\"gradient_norm\":2}\n";
    let (before, after) = text.split_at(stopped);
    fs::write(&path, format!("{before}{evaluated}{after}")).unwrap();
    let drawn = check(&path);
    let turns = drawn.slices[&SERVER].iter();
    let lost: Vec<_> = turns.filter(|turn| turn.name == "lost").collect();
    assert_eq!(lost.len(), 1, "one turn, however many jobs");
    assert!(
        lost[0].args["reason"]
            .as_str()
            .unwrap()
            .contains("\"quoted\"")
    );
    assert_eq!(drawn.counters["gradient norm"], [(1_000_000, 2.0)]);
    assert!(!drawn.counters.contains_key("loss"));
}

#[test]
fn a_truncated_trace_is_drawn_up_to_its_last_whole_line() {
    let path = recorded(
        "cut.jsonl",
        in_virtual_time("pure-waiting:b=2", Law::exponential()),
    );
    let text = fs::read_to_string(&path).unwrap();
    let header = text.find('\n').unwrap() + 1;
    let ends = (header..text.len()).step_by(997);
    assert!(ends.len() > 10);
    for end in ends.skip(1) {
        fs::write(&path, &text[..end]).unwrap();
        let drawn = check(&path);
        let last = drawn.slices[&worker_lane(0)].last().unwrap();
        assert!(["not recorded", "upload"].contains(&last.name.as_str()));
    }
}

#[test]
fn what_cannot_be_written_is_an_error_that_names_the_file() {
    let path = recorded("refused.jsonl", in_virtual_time("pure", Law::fixed()));
    let trace = Trace::open(&path).unwrap();
    let file = scratch_file("perfetto-file.json");
    write_perfetto_file(&trace, &file).unwrap();
    format::check(&fs::read_to_string(&file).unwrap());

    let before = fs::read(&path).unwrap();
    let error = write_perfetto_file(&trace, &path).unwrap_err();
    assert!(matches!(error, ExportError::Overwrites { .. }));
    assert_eq!(fs::read(&path).unwrap(), before, "the trace is untouched");
    let nowhere = path.with_file_name("no such folder").join("file.json");
    let error = write_perfetto_file(&trace, nowhere)
        .unwrap_err()
        .to_string();
    assert!(error.contains("no such folder"), "{error}");
    let mut too_small = [0; 1_000];
    let error = write_perfetto(&trace, &mut too_small[..]).unwrap_err();
    assert!(matches!(error, ExportError::Write(_)), "{error}");
}
