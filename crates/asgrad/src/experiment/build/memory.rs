//! Whether a run fits into the memory there is.

use std::fs;

use ps_core::Scalar;
use trace::Algorithm;

use super::{Experiment, misfit};
use crate::error::{ConfigError, Fault};

/// What a worker costs beside models and gradients, roughly and rather too little.
const WORKER: u64 = 300;
/// So many models there are in any run: the first one, the newest, the one before, a spare.
const MODELS: u64 = 4;

impl<T: Scalar> Experiment<T> {
    /// Refuses a run that would certainly need more memory than there is: a gradient for each job
    /// that is out, a few models, the workers themselves.
    pub(super) fn check_memory(&self, n_workers: usize) -> Result<(), ConfigError> {
        let vectors = match self.spec.algorithm {
            // Each worker has a copy of the model, and a gradient.
            Algorithm::Hogwild => 2 * n_workers,
            _ => self.spec.concurrency.unwrap_or(n_workers).min(n_workers),
        };
        let dim = self.oracle.as_ref().map_or(0, |oracle| oracle.dim());
        let vector = (dim as u64).saturating_mul(size_of::<T>() as u64);
        check(n_workers, vector.saturating_mul(vectors as u64 + MODELS))
    }
}

/// Refuses so many workers with so many bytes of models if they do not fit.
pub(super) fn check(n_workers: usize, models: u64) -> Result<(), ConfigError> {
    let needed = models.saturating_add(WORKER * n_workers as u64);
    match free() {
        Some(free) if needed > free => {
            let fault = Fault::TooMuchMemory { needed, free };
            Err(misfit("workers", n_workers, fault))
        }
        _ => Ok(()),
    }
}

/// How many bytes this process can still have: of the machine's memory, of its control group's, and
/// of its own address space. `None`: the system does not say.
fn free() -> Option<u64> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let number = |text: &str| text.split_whitespace().find_map(|word| word.parse().ok());
    let line = |text: &str, key: &str| -> Option<u64> {
        let line = text.lines().find(|line| line.starts_with(key))?;
        number(line.trim_start_matches(key))
    };
    let machine = line(&read("/proc/meminfo"), "MemAvailable:").map(|kilobytes| kilobytes << 10);
    let group = read("/sys/fs/cgroup/memory.max").trim().parse::<u64>().ok();
    let used = number(&read("/sys/fs/cgroup/memory.current")).unwrap_or(0);
    let group = group.map(|most| most.saturating_sub(used));
    let space = line(&read("/proc/self/limits"), "Max address space");
    let mapped = line(&read("/proc/self/status"), "VmSize:").unwrap_or(0) << 10;
    let space = space.map(|most| most.saturating_sub(mapped));
    [machine, group, space].into_iter().flatten().min()
}
