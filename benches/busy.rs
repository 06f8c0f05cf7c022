//! Oracles that do nothing but compute: a fixed number of multiplications, not a fixed time, so
//! that whoever takes the core from one makes it later.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use ps_core::{Oracle, from_fn};

pub(crate) const DIM: usize = 400;

/// Numbers that stay near 1, each waiting for the one before.
fn multiply(rounds: u64) -> f32 {
    let mut value = black_box(1.0f32);
    for _ in 0..rounds {
        value = value * 0.5 + 0.5;
    }
    black_box(value)
}

/// How many rounds take this long, on a core that is free now and then.
pub(crate) fn rounds_in(time: Duration) -> u64 {
    const ROUNDS: u32 = 100_000;
    let once = |_| {
        let start = Instant::now();
        multiply(ROUNDS.into());
        start.elapsed()
    };
    let least = (0..101).map(once).min().expect("there are some");
    let rounds = time.as_secs_f64() / least.as_secs_f64() * f64::from(ROUNDS);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive and far below 2^64"
    )]
    let rounds = rounds as u64;
    rounds
}

/// A gradient takes so many rounds.
pub(crate) fn oracle(rounds: u64) -> impl Oracle<f32> {
    from_fn(DIM, move |_, _: &[f32], out: &mut [f32]| {
        out.fill(multiply(rounds));
    })
}
