//! One dense gradient of 256 rows on one thread, against the same by a library that others use:
//! least squares by `OpenBLAS`, softmax by `PyTorch` (both through `peers.py`, where Python has them).
//!
//! `cargo bench -p benches --bench gradients`; `PYTHON=…` names another interpreter than `python3`.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![expect(clippy::print_stdout, reason = "it says whom it could not measure")]

mod paired;

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use paired::{Bar, Comparison, Runner};
use problems::{Dense, EmpiricalRisk, LeastSquares, Model, Softmax};
use ps_core::{JobContext, JobId, Oracle, Scalar, Seed, WorkerId};

const ROWS: usize = 256;
const GRADIENTS: u32 = 200;

/// The program that measures the others.
struct Peers {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peers {
    fn start() -> Option<Self> {
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers.py");
        let mut command = Command::new(python);
        command.arg(script).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).spawn().ok()?;
        let (questions, answers) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        Some(Self {
            child,
            questions,
            answers,
        })
    }

    /// The microseconds of a gradient, or what is missing.
    fn ask(&mut self, gradient: &str) -> Result<f64, String> {
        let mut answer = String::new();
        let asked = writeln!(self.questions, "{gradient}");
        let read = asked.and_then(|()| self.answers.read_line(&mut answer));
        read.map_err(|error| error.to_string())?;
        answer
            .trim()
            .parse()
            .map_err(|_| format!("{} is missing", answer.trim()))
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Anything dense will do: what is computed does not depend on the numbers.
fn risk<T: Scalar, M: Model>(
    model: M,
    n_columns: usize,
    labels: &[M::Label],
) -> EmpiricalRisk<T, M> {
    let value = |at: usize| (at * 7919 % 1009) as f64 / 1009.0 - 0.5;
    let rows = Dense::new(n_columns, (0..ROWS * n_columns).map(value).collect()).into();
    EmpiricalRisk::new(model, &rows, labels, &[(0..ROWS).collect()]).expect("the worker has rows")
}

/// Microseconds.
fn time<T: Scalar>(oracle: &dyn Oracle<T>) -> f64 {
    let x: Vec<T> = (0..oracle.dim())
        .map(|j| T::from_f64(1.0 / (j as f64 + 2.5)))
        .collect();
    let mut out = vec![T::ZERO; oracle.dim()];
    let start = Instant::now();
    for _ in 0..GRADIENTS {
        let mut job = JobContext::new(WorkerId::new(0), JobId::new(0), Seed::new(1), &|| false);
        let done = oracle.gradient(&mut job, black_box(&x), &mut out);
        done.expect("worker 0 has data");
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(GRADIENTS)
}

fn compare<T: Scalar>(
    runner: &Runner,
    peers: &mut Option<Peers>,
    (model, size, peer, most): (&str, &str, &str, f64),
    oracle: &dyn Oracle<T>,
) {
    let id = format!("gradients/{model},{size},{}", T::NAME);
    if !runner.wants(&id) {
        return;
    }
    let kind = if size_of::<T>() == 4 {
        "float32"
    } else {
        "float64"
    };
    let gradient = format!("{model} {kind}");
    let answer = match peers {
        Some(peers) => peers.ask(&gradient),
        None => Err("python is missing".to_owned()),
    };
    if let Err(missing) = answer {
        println!("{id}: {missing}, so it is measured alone");
        return runner.measure(&id, "µs", Bar::None, || time(oracle));
    }
    let comparison = Comparison {
        id: &id,
        names: ("asgrad", peer),
        unit: "µs",
        bar: Bar::AtMost(most),
    };
    runner.compare(
        &comparison,
        || time(oracle),
        || {
            let peers = peers.as_mut().expect("they answered before");
            peers.ask(&gradient).expect("they answered before")
        },
    );
}

fn main() {
    let Some(runner) = Runner::from_args() else {
        return;
    };
    let mut peers = Peers::start();
    let numbers: Vec<f64> = (0..ROWS).map(|row| row as f64 / 7.0).collect();
    let asked = ("least-squares", "256x400", "OpenBLAS", 1.25);
    compare::<f32>(
        &runner,
        &mut peers,
        asked,
        &risk(LeastSquares, 400, &numbers),
    );
    compare::<f64>(
        &runner,
        &mut peers,
        asked,
        &risk(LeastSquares, 400, &numbers),
    );
    let classes: Vec<u32> = (0..10).cycle().take(ROWS).collect();
    let asked = ("softmax", "256x65x10", "PyTorch", 1.0);
    compare::<f32>(
        &runner,
        &mut peers,
        asked,
        &risk(Softmax::new(10), 65, &classes),
    );
    compare::<f64>(
        &runner,
        &mut peers,
        asked,
        &risk(Softmax::new(10), 65, &classes),
    );
}
