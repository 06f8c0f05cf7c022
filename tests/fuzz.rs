//! Every reader is handed inputs that are nearly right, the same ones each time: it reads or
//! refuses them, and never panics or hangs. `ASGRAD_FUZZ_SECONDS=600 cargo test fuzz` looks for so
//! long, at other inputs each time. Those of the command line are in `asgrad-cli`.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use asgrad::explain::Explanation;
use asgrad::problems::{IndexBase, ProblemSpec, Reading, Source};
use asgrad::trace::run_spec::SETTINGS;
use asgrad::{RunSpec, Seed, Trace, model_file};

use crate::support::mutated::mutated;
use crate::support::scratch_file;

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

fn explain(bytes: &[u8]) -> bool {
    let trace = Trace::take("fuzz", bytes);
    let explained = trace.and_then(|trace| Explanation::with_schedule(&trace, 5));
    explained.is_ok_and(|it| !it.to_string().is_empty())
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
    mutated(1, &traces, explain);
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
    mutated(2, &lines, explain);
}

/// Names with parameters, lists, numbers, times: what can be set at all.
#[test]
fn fuzz_settings() {
    let settings = [
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
    mutated(3, &texts(&settings), |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let mut is_read = false;
        for entry in SETTINGS {
            let mut spec = RunSpec::default();
            if spec.put(entry, &text).is_err() {
                continue;
            }
            is_read = true;
            // What is written is read again, as the same.
            if let Some(written) = spec.text(entry.setting.0) {
                let mut again = RunSpec::default();
                let read = again.put(entry, &written);
                assert!(read.is_ok(), "{} {text:?}: {written:?}", entry.setting.0);
                assert_eq!(again.text(entry.setting.0), Some(written));
            }
        }
        is_read
    });
}

/// A file that this reader is handed.
fn through_a_file(target: usize, name: &str, inputs: &[Vec<u8>], read: impl Fn(&Path) -> bool) {
    let path = scratch_file(name);
    mutated(target, inputs, |bytes| {
        fs::write(&path, bytes).unwrap();
        read(&path)
    });
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Reads a data file in each of these ways; says whether one succeeded.
fn load(path: &Path, readings: &[Reading]) -> bool {
    let loads = |reading: &Reading| {
        let source: Source = path.display().to_string().parse().unwrap();
        let mut spec = ProblemSpec::new(source);
        spec.reading = reading.clone();
        spec.load::<f64>(1, Seed::new(1)).is_ok()
    };
    readings.iter().filter(|reading| loads(reading)).count() > 0
}

#[test]
fn fuzz_tables() {
    let mut inputs = texts(&[
        "1;2;a\n3;4;b\n",
        "a,b,label\n1,2.5,0\n-3,4e2,1\n",
        "5.1;3.5;Iris-setosa\n4.9;3.0;Iris-virginica\n",
        "1\t2\t3\n4\t5\t6\n",
        "\"a,b\",c\n\"1\",2\n 3 ,4\n",
    ]);
    inputs.push(fixture("format-1/rows.csv"));
    let readings = ["", "first", "2", "label"].map(|label| Reading {
        label: label.parse().ok(),
        ..Reading::default()
    });
    through_a_file(4, "fuzz.csv", &inputs, |path| load(path, &readings));
}

#[test]
fn fuzz_sparse_rows() {
    let mut inputs = texts(&[
        "1 qid:3 1:0.5 4:2\n-1 2:1\n",
        "+1 1:0.5 3:2e-3 # why\n-1\n\n+1 2:1\n",
        "2 qid:1 1:3 2:0.12\n1 qid:1 1:0 9:7\n",
        "0 0:1 1:2\n1 5:6\n",
    ]);
    inputs.push(fixture("format-1/sparse.txt"));
    let readings = [None, Some(IndexBase::Zero)].map(|index_base| Reading {
        index_base,
        ..Reading::default()
    });
    through_a_file(5, "fuzz.data", &inputs, |path| load(path, &readings));
}

/// Compressed text of more than a few bytes, each way that is read.
#[test]
fn fuzz_compressed_files() {
    // `1,2,0` and `3,4,1`, packed by the usual programs.
    let bzip2 = b"\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x16\xb2\x5b\x40\x00\x00\x04\x58\x00\x00\x10\x00\x04\x7c\x00\x20\x00\x31\x0c\x01\x0f\x53\x47\xa9\x26\xb1\x69\x03\xc5\xdc\x91\x4e\x14\x24\x05\xac\x96\xd0\x00";
    let zstd = b"\x28\xb5\x2f\xfd\x24\x0c\x61\x00\x00\x31\x2c\x32\x2c\x30\x0a\x33\x2c\x34\x2c\x31\x0a\xa0\x3e\x08\x6c";
    let data = [gzip(b"1,2,0\n3,4,1\n"), bzip2.to_vec(), zstd.to_vec()];
    through_a_file(9, "fuzz-packed.data", &data, |path| {
        load(path, &[Reading::default()])
    });
    let traces = ["iag-lost", "pure-real"].map(|name| gzip(&trace(name)));
    mutated(10, &traces, explain);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn fuzz_measured_times() {
    let inputs = [
        fixture("format-1/measured.csv"),
        b"worker,seconds\n0,0.001\n1,1e-2\n".to_vec(),
    ];
    through_a_file(6, "fuzz-times.csv", &inputs, |path| {
        let mut spec = RunSpec::default();
        spec.set("compute", path.to_str().unwrap()).is_ok()
            && asgrad::n_workers(&spec).is_ok_and(|n| spec.cluster.cluster(n.min(100)).is_ok())
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
            model_file::read::<f64>(path).is_ok()
        });
    }
}
