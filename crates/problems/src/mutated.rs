//! Inputs that are nearly right: what a reader must refuse or read, and never panic at.

use ps_core::{Purpose, Seed};
use rand::RngExt;

/// Number of mutated inputs; takes well below a second.
const INPUTS: usize = 6000;

/// Pieces that mean something to one of the readers, or to nobody.
const PIECES: &[&[u8]] = &[
    b"",
    b"\"",
    b",",
    b";",
    b"\t",
    b":",
    b"#",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"qid:1",
    b"0:1",
    b"1:1",
    b"99999999999:1",
    b"nan",
    b"-inf",
    b"1e999",
    b"1e-400",
    b"-0",
    b"label",
    b"\"a\nb\"",
    b" ",
    b"100000000:2",
    b"\xc3",
];

/// How many inputs were read and how many refused.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    read: usize,
    refused: usize,
}

impl Tally {
    fn count(&mut self, is_read: bool) {
        *(if is_read {
            &mut self.read
        } else {
            &mut self.refused
        }) += 1;
    }

    /// Panics unless there were many of both: else the inputs are not nearly right.
    pub(crate) fn check(&self) {
        let Self { read, refused } = self;
        assert!(
            *read > 500 && *refused > 500,
            "{read} read, {refused} refused"
        );
    }
}

/// Hands `read`, which says whether it read it, these inputs, and thousands that differ from them in a few places, the same ones
/// each time.
pub(crate) fn mutated(inputs: &[&str], tally: &mut Tally, read: impl Fn(&[u8]) -> bool) {
    let mut stream = Seed::new(7).stream_of_run(Purpose::Partition);
    let mut try_out = |bytes: &[u8]| tally.count(read(bytes));
    inputs.iter().for_each(|input| try_out(input.as_bytes()));
    for number in 0..INPUTS {
        let mut bytes = inputs[number % inputs.len()].as_bytes().to_vec();
        for _ in 0..stream.random_range(1..5) {
            let start = stream.random_range(0..=bytes.len());
            let length = stream.random_range(0..4);
            let end = bytes.len().min(start + length);
            let piece = match stream.random_range(0..4) {
                // A part of the input itself, elsewhere.
                0 => {
                    let from = stream.random_range(0..=bytes.len());
                    let to = bytes.len().min(from + 2 * length);
                    bytes[from..to].to_vec()
                }
                1 => vec![stream.random_range(0..=255u8)],
                _ => PIECES[stream.random_range(0..PIECES.len())].to_vec(),
            };
            bytes.splice(start..end, piece);
        }
        try_out(&bytes);
    }
}
