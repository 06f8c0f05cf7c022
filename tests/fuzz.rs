//! Every reader is handed inputs that are nearly right, the same ones each time: it reads or
//! refuses them, and never panics or hangs. `ASGRAD_FUZZ_SECONDS=600 cargo test fuzz` looks for so
//! long, at other inputs each time.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use asgrad::explain::Explanation;
use asgrad::problems::{ProblemSpec, Source};
use asgrad::trace::run_spec::SETTINGS;
use asgrad::workers::Stopwatch;
use asgrad::{RunSpec, Seed, Trace, model_file};
use ps_core::{JobId, Purpose, Stream, WorkerId};
use rand::RngExt;

use crate::support::scratch_file;

/// Number of inputs for each reader where no time is given.
const INPUTS: u64 = 1500;

/// Pieces that mean something to one of the readers, or to nobody.
const PIECES: &[&str] = &[
    "",
    "\"",
    ",",
    ";",
    "\t",
    ":",
    "#",
    "\n",
    "\r\n",
    "\0",
    "{",
    "}",
    "[",
    "]",
    "=",
    "-",
    "+",
    ".",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "1e-400",
    "99999999999999999999",
    "-1",
    "0",
    "null",
    "true",
    "\\u0000",
    "\u{feff}",
    "é",
    "qid:1",
    "0:1",
    "\"event\":",
    "\"worker\":",
    "\"time\":",
    " ",
];

/// Hands `read` these inputs, and many that differ from them in a few places.
fn mutated(target: u64, inputs: &[Vec<u8>], mut read: impl FnMut(&[u8])) {
    let seconds = std::env::var("ASGRAD_FUZZ_SECONDS").ok();
    let seconds = seconds.map(|text| Duration::from_secs(text.parse().unwrap()));
    let clock = Stopwatch::start();
    let seed = match seconds {
        Some(_) => u64::from(std::process::id()),
        None => 1,
    };
    inputs.iter().for_each(|input| read(input));
    let mut number = 0;
    while seconds.map_or(number < INPUTS, |seconds| clock.now() < seconds) {
        let worker = WorkerId::new(usize::try_from(target).unwrap());
        let mut stream = Seed::new(seed).stream(Purpose::Gradient, worker, JobId::new(number));
        let which = stream.random_range(0..inputs.len());
        let mut bytes = inputs[which].clone();
        for _ in 0..stream.random_range(1..6) {
            change(&mut bytes, &mut stream);
        }
        read(&bytes);
        number += 1;
    }
    #[expect(
        clippy::print_stdout,
        reason = "how far it came is what a long search is for"
    )]
    {
        println!("{number} inputs");
    }
}

fn change(bytes: &mut Vec<u8>, stream: &mut Stream) {
    let start = stream.random_range(0..=bytes.len());
    let length = stream.random_range(0..5);
    let end = bytes.len().min(start + length);
    let piece = match stream.random_range(0..5) {
        // A part of the input itself, elsewhere.
        0 => {
            let from = stream.random_range(0..=bytes.len());
            let to = bytes.len().min(from + 4 * length);
            bytes[from..to].to_vec()
        }
        1 => vec![stream.random_range(0..=255u8)],
        // Cut off.
        2 if stream.random_range(0..8) == 0 => {
            bytes.truncate(start);
            return;
        }
        _ => PIECES[stream.random_range(0..PIECES.len())]
            .as_bytes()
            .to_vec(),
    };
    bytes.splice(start..end, piece);
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    fs::read(folder.join(name)).unwrap()
}

/// The first lines of a recorded trace.
fn trace(name: &str) -> Vec<u8> {
    let mut text = String::new();
    let packed = fixture(&format!("kernels-2/{name}.jsonl.gz"));
    let trace = Trace::take(name, &packed[..]).unwrap();
    drop(trace);
    let path = scratch_file(&format!("fuzz-{name}.jsonl.gz"));
    fs::write(&path, packed).unwrap();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').take(40).collect();
    lines.concat().into_bytes()
}

#[test]
fn fuzz_traces() {
    let names = [
        "iag-lost",
        "pure-diverged",
        "mindflayer-expired",
        "pure-real",
    ];
    let traces: Vec<_> = names.iter().map(|name| trace(name)).collect();
    mutated(1, &traces, |bytes| {
        if let Ok(trace) = Trace::take("fuzz", bytes) {
            let _ = Explanation::with_schedule(&trace, 5).map(|it| it.to_string());
        }
    });
}

#[test]
fn fuzz_first_lines_of_traces() {
    let first = |name: &&str| {
        let text = trace(name);
        let end = text.iter().position(|&byte| byte == b'\n').unwrap();
        text[..=end].to_vec()
    };
    let names = [
        "iag-lost",
        "ringleader-links-f32",
        "rescaled-outages",
        "shuffle-once-adam",
    ];
    let lines: Vec<_> = names.iter().map(first).collect();
    mutated(2, &lines, |bytes| {
        if let Ok(trace) = Trace::take("fuzz", bytes) {
            let _ = Explanation::of(&trace);
        }
    });
}

/// Names with parameters, lists, numbers, times: what can be set at all.
#[test]
fn fuzz_settings() {
    let texts = [
        "pure-waiting:b=3",
        "rennala:batch=4:late=cancel",
        "mindflayer:trials=3:limit=1500",
        "digits",
        "synthetic:0.5,1",
        "quadratic:3,0,-6.5",
        "l2:0.001",
        "dirichlet:0.1",
        "contiguous:all",
        "0.25",
        "16",
        "full",
        "up-to:4",
        "rows",
        "random",
        "f32",
        "virtual",
        "threads:server=thread:pin",
        "1ms",
        "linear",
        "1,2,inf",
        "lognormal:0.5",
        "pareto:2.5",
        "outages:5s,1s,drift:0.1",
        "discard:7",
        "continue",
        "warmup:100",
        "clip:1,dc:0.04",
        "momentum:0.9,adam:0.9:0.999:1e-8",
        "1e-3",
        "2.5",
        "species",
    ];
    let inputs: Vec<_> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    mutated(3, &inputs, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        for entry in SETTINGS {
            let mut spec = RunSpec::default();
            if spec.put(entry, &text).is_err() {
                continue;
            }
            // What is written is read again, as the same.
            if let Some(written) = spec.text(entry.setting.0) {
                let mut again = RunSpec::default();
                let read = again.put(entry, &written);
                assert!(read.is_ok(), "{} {text:?}: {written:?}", entry.setting.0);
                assert_eq!(again.text(entry.setting.0), Some(written));
            }
        }
    });
}

/// A file that this reader is handed.
fn through_a_file(target: u64, name: &str, inputs: &[Vec<u8>], mut read: impl FnMut(&Path)) {
    let path = scratch_file(name);
    mutated(target, inputs, |bytes| {
        fs::write(&path, bytes).unwrap();
        read(&path);
    });
}

#[test]
fn fuzz_data() {
    let rows = [fixture("format-1/rows.csv"), b"1;2;a\n3;4;b\n".to_vec()];
    let sparse = [
        fixture("format-1/sparse.txt"),
        b"1 qid:3 1:0.5 4:2\n-1 2:1\n".to_vec(),
    ];
    for (target, name, inputs) in [(4, "fuzz.csv", rows), (5, "fuzz.data", sparse)] {
        through_a_file(target, name, &inputs, |path| {
            let spec = ProblemSpec::new(path.display().to_string().parse::<Source>().unwrap());
            let _ = spec.load::<f64>(1, Seed::new(1));
        });
    }
}

#[test]
fn fuzz_measured_times() {
    let inputs = [
        fixture("format-1/measured.csv"),
        b"worker,seconds\n0,0.001\n1,1e-2\n".to_vec(),
    ];
    through_a_file(6, "fuzz-times.csv", &inputs, |path| {
        let mut spec = RunSpec::default();
        if spec.set("compute", path.to_str().unwrap()).is_ok() {
            let _ = asgrad::n_workers(&spec).map(|n| spec.cluster.cluster(n.min(100)));
        }
    });
}

#[test]
fn fuzz_models() {
    for (target, name) in [(7, "fuzz-model.npy"), (8, "fuzz-model.safetensors")] {
        let path = scratch_file(name);
        let model = asgrad::Snapshot::initial(&[1.0, -2.5, 3.0]);
        model_file::write(&path, model.values(), &[]).unwrap();
        let input = fs::read(&path).unwrap();
        through_a_file(target, &format!("changed-{name}"), &[input], |path| {
            let _ = model_file::read::<f64>(path);
        });
    }
}
