//! What can be set in a method by its name.

use super::key::{Bound, Key};
use super::late::Late;

pub(super) const HOW_MANY_TO_WAIT_FOR: Key = Key {
    name: "b",
    meaning: "gradients held back for each update",
    default: ("half the workers, rounded up", |n_workers| {
        n_workers.div_ceil(2)
    }),
    bound: Bound::Outstanding,
};

pub(super) const BUFFER_SIZE: Key = Key {
    name: "b",
    meaning: "gradients in the buffer, the paper's K",
    default: ("10", |_| 10),
    bound: Bound::Positive,
};

pub(super) const ROUND_SIZE: Key = Key {
    name: "m",
    meaning: "gradients in a round, of the fastest workers",
    default: ("half the workers, rounded up", |n_workers| {
        n_workers.div_ceil(2)
    }),
    bound: Bound::Outstanding,
};

pub(super) const FRESH_GRADIENTS: Key = Key {
    name: "batch",
    meaning: "gradients of the newest version for each update, the paper's S",
    default: ("the number of workers", |n_workers| n_workers),
    bound: Bound::Positive,
};

pub(super) const FRESH_GRADIENTS_OF_ALL: Key = Key {
    name: "batch",
    meaning: "the harmonic mean of the workers' gradients in a round is to reach S/n, with the paper's S",
    default: ("the number of workers", |n_workers| n_workers),
    bound: Bound::Positive,
};

/// What becomes of gradients of an older version.
pub(super) const LATE: Key = Key {
    name: "late",
    meaning: "whether to discard older gradients on arrival, to cancel their jobs at the update, or to use them, stale as they are",
    default: ("discard", |_| Late::Discard as usize),
    bound: Bound::OneOf(Late::WORDS),
};

pub(super) const LATE_IS_CANCELLED: Key = Key {
    default: ("cancel", |_| Late::Cancel as usize),
    ..LATE
};

pub(super) const THRESHOLD: Key = Key {
    name: "threshold",
    meaning: "gradients as stale as this or staler are discarded, or their jobs cancelled: the paper's R",
    default: ("the number of workers", |n_workers| n_workers),
    bound: Bound::Positive,
};

pub(super) const CLIP: Key = Key {
    name: "clip",
    meaning: "how many times its step a straggler may make, about",
    default: ("10", |_| 10),
    bound: Bound::Positive,
};

pub(super) const MEMORY: Key = Key {
    name: "memory",
    meaning: "gradients that a worker's compute time is learnt from, the newest",
    default: ("16", |_| 16),
    bound: Bound::Positive,
};

pub(super) const STALENESS_BOUND: Key = Key {
    name: "bound",
    meaning: "gradients that a worker may be ahead of the slowest, the paper's s; 0 is allowed",
    default: ("4", |_| 4),
    bound: Bound::Whole,
};

pub(super) const TRIALS: Key = Key {
    name: "trials",
    meaning: "trials of each worker in a round, the paper's B_i",
    default: ("1", |_| 1),
    bound: Bound::Positive,
};

pub(super) const LIMIT: Key = Key {
    name: "limit",
    meaning: "microseconds after which a trial is given up, the paper's s_i + t_i; 0 is for no limit",
    default: ("0", |_| 0),
    bound: Bound::Whole,
};
