//! Traces that are none, or not any more: a clear error or a stated partial result, never a panic.

use std::fs;
use std::path::Path;

use asgrad::explain::Explanation;
use asgrad::explain::write_perfetto;
use asgrad::theory::TheoryMeter;
use asgrad::{Experiment, Law, OnLoss, Replay, Trace};
use ps_core::{Purpose, Seed};
use rand::{Rng, RngExt};
use report::Report;

use crate::support::{cluster, linear, quadratic, scratch_file};

/// One spoilt trace in so many has a page drawn.
const PAGES: usize = 10;

fn whole(path: &Path) -> Vec<u8> {
    let experiment = Experiment::with_objective(quadratic(&[3.0, 0.0, -6.0])).method("fedbuff:b=2");
    experiment
        .clock(asgrad::Clock::Virtual)
        .cluster(cluster(&linear(3), Law::exponential()).upload(Law::fixed()))
        .on_lost_worker(OnLoss::Continue)
        .updates(12)
        .evaluate_every(4)
        .trace(path)
        .run()
        .unwrap();
    fs::read(path).unwrap()
}

/// Everything that can be done with a trace. The result is of no interest.
fn use_it(path: &Path) {
    let Ok(trace) = Trace::open(path) else {
        return;
    };
    let _ = Replay::new(&trace)
        .objective(quadratic(&[3.0, 0.0, -6.0]))
        .run();
    let _ = trace.cluster();
    let _ = Explanation::with_schedule(&trace, 20);
    let _ = write_perfetto(&trace, std::io::sink());
    let _ = TheoryMeter::new(&trace, quadratic(&[3.0, 0.0, -6.0])).measure();
}

/// One of the things that happen to files.
fn spoil(bytes: &mut Vec<u8>, rng: &mut impl Rng) {
    let at = rng.random_range(0..bytes.len());
    let numbers: [&[u8]; 8] = [
        b"18446744073709551615",
        b"9007199254740992",
        b"-1",
        b"1e400",
        b"99999999999.999999999",
        b"0",
        b"null",
        b"{}",
    ];
    match rng.random_range(0..7) {
        0 => bytes[at] = rng.random(),
        1 => drop(bytes.drain(at..(at + 40).min(bytes.len()))),
        2 => bytes.truncate(at.max(1)),
        3 => bytes.insert(at, b'\n'),
        4 => {
            let again = bytes[at..(at + 300).min(bytes.len())].to_vec();
            bytes.splice(at..at, again);
        }
        // The same number in the place of all times that a line has.
        5 => {
            let number = numbers[rng.random_range(0..numbers.len())];
            let from = bytes[..at].iter().rposition(|byte| *byte == b'\n');
            let from = from.map_or(0, |at| at + 1);
            let to = bytes[at..].iter().position(|byte| *byte == b'\n');
            let to = to.map_or(bytes.len(), |length| at + length);
            let line = bytes[from..to].to_vec();
            let fields = line.split(|byte| *byte == b':').map(|field| {
                let is_digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
                let digits = field.iter().take_while(|byte| is_digit(byte)).count();
                match field[..digits].contains(&b'.') {
                    false => field.to_vec(),
                    true => [number, &field[digits..]].concat(),
                }
            });
            let line = fields.collect::<Vec<_>>().join(&b':');
            bytes.splice(from..to, line);
        }
        // Another number in the place of one.
        _ => {
            let is_digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
            let Some(from) = bytes[at..].iter().position(is_digit) else {
                return;
            };
            let from = at + from;
            let to = bytes[from..].iter().position(|byte| !is_digit(byte));
            let to = to.map_or(bytes.len(), |length| from + length);
            let number = numbers[rng.random_range(0..numbers.len())];
            bytes.splice(from..to, number.iter().copied());
        }
    }
}

#[test]
fn four_thousand_spoilt_traces_end_in_an_error_or_a_result() {
    let path = scratch_file("foreign-spoilt.jsonl");
    let text = whole(&path);
    let mut rng = Seed::new(11).stream_of_run(Purpose::Data);
    for number in 0..4000 {
        let mut bytes = text.clone();
        for _ in 0..rng.random_range(1..=3) {
            spoil(&mut bytes, &mut rng);
        }
        fs::write(&path, &bytes).unwrap();
        use_it(&path);
        if number % PAGES == 0 {
            let _ = Report::of_traces(std::slice::from_ref(&path)).map(|report| report.html());
        }
    }
}

#[test]
fn a_compressed_trace_that_was_cut_or_spoilt_does_no_more_harm() {
    let path = scratch_file("foreign-spoilt.jsonl.gz");
    let bytes = whole(&path);
    let mut rng = Seed::new(12).stream_of_run(Purpose::Data);
    for end in 0..bytes.len() {
        fs::write(&path, &bytes[..end]).unwrap();
        use_it(&path);
        let mut bytes = bytes.clone();
        bytes[end] ^= 1 << rng.random_range(0..8);
        fs::write(&path, &bytes).unwrap();
        use_it(&path);
    }
}

#[test]
fn files_that_are_no_traces_are_refused_by_name() {
    let path = scratch_file("foreign.txt");
    let name = path.display().to_string();
    let header = String::from_utf8(whole(&path)).unwrap();
    let header = header.lines().next().unwrap().to_owned();
    let long = format!("{header}\n{}\n", "x".repeat(2 << 20));
    for (text, part) in [
        ("", "it is empty"),
        ("1 2:3\n", "its first line"),
        ("{\"event\":\"run\"", "it ends within its first line"),
        ("\u{0}\u{1}\n", "its first line"),
        ("{\"event\":\"stopped\"}\n", "its first line"),
        (
            &header.replace("\"format\":2", "\"format\":3") as &str,
            "within",
        ),
        (
            &format!("{}\n", header.replace("\"format\":2", "\"format\":3")),
            "format 3",
        ),
        (
            &format!("{}\n", header.replace("\"workers\":3", "\"workers\":0")),
            "0 workers",
        ),
        (
            &format!(
                "{}\n",
                header.replace("\"workers\":3", "\"workers\":99999999999")
            ),
            "99999999999 workers",
        ),
        (
            &format!(
                "{}\n",
                header.replace("\"concurrency\":3", "\"concurrency\":99999999")
            ),
            "99999999 jobs",
        ),
    ] {
        fs::write(&path, text).unwrap();
        let error = Trace::open(&path).unwrap_err().to_string();
        assert!(error.contains(&name) && error.contains(part), "{error}");
    }
    fs::write(&path, long).unwrap();
    let error = Trace::open(&path).unwrap().lines().unwrap().next().unwrap();
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("line 2") && error.contains("longer than"),
        "{error}"
    );
    let error = Trace::open(path.with_extension("nowhere")).unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[test]
fn a_small_file_does_not_ask_for_much_memory() {
    let path = scratch_file("foreign-many-workers.jsonl");
    let header = String::from_utf8(whole(&path)).unwrap();
    let header = header.lines().next().unwrap();
    let header = header.replace("\"workers\":3", "\"workers\":10000000");
    fs::write(&path, header + "\n").unwrap();
    let trace = Trace::open(&path).unwrap();
    let explained = Explanation::of(&trace).unwrap_err();
    let drawn = write_perfetto(&trace, std::io::sink()).unwrap_err();
    for error in [explained.to_string(), drawn.to_string()] {
        assert!(
            error.contains("10000000 workers, and at most 1000000"),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_regular_file_is_refused_instead_of_waited_for() {
    for path in ["/dev/null", env!("CARGO_TARGET_TMPDIR")] {
        let error = Trace::open(path).unwrap_err().to_string();
        assert!(error.contains("no regular file"), "{error}");
    }
}

/// What reads it goes as deep as it is nested.
#[test]
fn a_first_line_that_is_nested_without_end_is_refused() {
    let path = scratch_file("nested.jsonl");
    for (open, close) in [("{\"a\":", "}"), ("[", "]")] {
        let (open, close) = (open.repeat(200_000), close.repeat(200_000));
        fs::write(&path, format!("{{\"nested\":{open}1{close}}}\n")).unwrap();
        let error = Trace::open(&path).unwrap_err().to_string();
        assert!(error.contains("recursion limit"), "{error}");
    }
}
