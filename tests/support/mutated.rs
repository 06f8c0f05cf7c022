//! Inputs that are nearly right, for whatever reads what users hand in.

use std::time::Duration;

use asgrad::Seed;
use asgrad::prelude::RngExt;
use asgrad::ps_core::{JobId, Purpose, Stream, WorkerId};
use asgrad::workers::Stopwatch;

/// Number of inputs for each reader where no time is given.
const INPUTS: u64 = 1500;

/// Pieces that mean something to one of the readers, or to nobody.
const PIECES: &[&[u8]] = &[
    b"",
    b"\"",
    b"'",
    b",",
    b";",
    b"\t",
    b":",
    b"#",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff\xfe",
    b"{",
    b"}",
    b"[",
    b"]",
    b"=",
    b"-",
    b"--",
    b"+",
    b".",
    b"nan",
    b"inf",
    b"-inf",
    b"1e999",
    b"1e-400",
    b"99999999999999999999",
    b"-1",
    b"0",
    b"-0",
    b"null",
    b"true",
    b"\\u0000",
    b"\xef\xbb\xbf",
    "é".as_bytes(),
    b"\xc3",
    b"qid:1",
    b"0:1",
    b"1:1",
    b"100000000:2",
    b"99999999999:1",
    b"label",
    b"\"a\nb\"",
    b"\"event\":",
    b"\"worker\":",
    b"\"time\":",
    b" ",
];

/// Says which input it was that made a reader panic.
struct Handed<'a>(&'a [u8]);

impl Drop for Handed<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("handed in: \"{}\"", self.0.escape_ascii());
        }
    }
}

/// Hands `read`, which says whether it was read, these inputs, and many that differ from them in a
/// few places.
#[track_caller]
pub(crate) fn mutated(target: usize, inputs: &[Vec<u8>], mut read: impl FnMut(&[u8]) -> bool) {
    let seconds = std::env::var("ASGRAD_FUZZ_SECONDS").ok();
    let seconds =
        seconds.map(|text| Duration::from_secs(text.parse().expect("a number of seconds")));
    let clock = Stopwatch::start();
    let seed = match seconds {
        Some(_) => u64::from(std::process::id()),
        None => 1,
    };
    let mut n_read = 0;
    let mut hand_in = |bytes: &[u8]| {
        let handed = Handed(bytes);
        n_read += u64::from(read(handed.0));
    };
    inputs.iter().for_each(|input| hand_in(input));
    let mut number = 0;
    while seconds.map_or(number < INPUTS, |seconds| clock.now() < seconds) {
        let worker = WorkerId::new(target);
        let mut stream = Seed::new(seed).stream(Purpose::Gradient, worker, JobId::new(number));
        let which = stream.random_range(0..inputs.len());
        let mut bytes = inputs[which].clone();
        for _ in 0..stream.random_range(1..4) {
            change(&mut bytes, &mut stream);
        }
        hand_in(&bytes);
        number += 1;
    }
    let all = number + inputs.len() as u64;
    eprintln!("target {target}: {all} inputs, {n_read} of them read");
    // Of compressed bytes, which have checksums, one in fifty is read.
    assert!(n_read * 100 > all, "these are not nearly right");
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
        _ => PIECES[stream.random_range(0..PIECES.len())].to_vec(),
    };
    bytes.splice(start..end, piece);
}
