//! Whether a run fits into the memory there is.

use std::fs;

use ps_core::Scalar;
use trace::DriverSpec;
use trace::rules::{NamedMethod, Weighing};

use super::{Experiment, misfit};
use crate::error::{ConfigError, Fault};

/// What a worker costs beside models and gradients, roughly and rather too little.
const WORKER: u64 = 300;
/// So many vectors there are in any run: the first model, the newest, the one before, a sum, those
/// of an evaluation.
const VECTORS: u64 = 6;

impl<T: Scalar> Experiment<T> {
    /// Refuses a run that would need more memory than there is: for each job that is out a gradient
    /// and the model that it is computed at, for each worker its row of a table, if the method keeps
    /// one, and its stack.
    pub(super) fn check_memory(&self, n_workers: usize) -> Result<(), ConfigError> {
        let spec = &self.spec;
        let jobs = spec.concurrency.unwrap_or(n_workers).min(n_workers);
        let keeps_rows = |named: &NamedMethod| named.what.weighing == Weighing::Updates;
        let rows = match spec.algorithm.named() {
            Some(named) if keeps_rows(named) => n_workers,
            _ => 0,
        };
        let dim = self.oracle.as_ref().map_or(0, |oracle| oracle.dim());
        let vector = (dim as u64).saturating_mul(size_of::<T>() as u64);
        let vectors = VECTORS + (2 * jobs + rows) as u64;
        let stacks = match spec.driver {
            DriverSpec::Threads(threads) => n_workers.saturating_mul(threads.stack_size),
            _ => 0,
        };
        check(n_workers, vector.saturating_mul(vectors), stacks as u64)
    }
}

/// Refuses so many workers with so many bytes of models if they do not fit. Stacks take up addresses
/// and hardly any memory.
pub(super) fn check(n_workers: usize, models: u64, stacks: u64) -> Result<(), ConfigError> {
    let needed = models.saturating_add(WORKER * n_workers as u64);
    let spaces = [(needed, free_memory()), (needed + stacks, free_addresses())];
    let short = spaces.into_iter().find_map(|(needed, free)| {
        let free = free.filter(|&free| needed > free)?;
        Some(Fault::TooMuchMemory { needed, free })
    });
    short.map_or(Ok(()), |fault| Err(misfit("workers", n_workers, fault)))
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The first number in the line that begins like this.
fn number(path: &str, key: &str) -> Option<u64> {
    let text = read(path);
    let line = text.lines().find(|line| line.starts_with(key))?;
    let mut words = line.trim_start_matches(key).split_whitespace();
    words.find_map(|word| word.parse().ok())
}

/// How many bytes of memory the machine and this process's control group have left. `None`: the
/// system does not say.
fn free_memory() -> Option<u64> {
    let machine = number("/proc/meminfo", "MemAvailable:").map(|kilobytes| kilobytes << 10);
    let group = read("/sys/fs/cgroup/memory.max").trim().parse::<u64>().ok();
    let used = number("/sys/fs/cgroup/memory.current", "").unwrap_or(0);
    // What is cached of files is given back when it is needed.
    let cached = number("/sys/fs/cgroup/memory.stat", "file ").unwrap_or(0);
    let group = group.map(|most| most.saturating_sub(used.saturating_sub(cached)));
    [machine, group].into_iter().flatten().min()
}

/// How many bytes of addresses this process may still have, if they are limited.
fn free_addresses() -> Option<u64> {
    let most = number("/proc/self/limits", "Max address space")?;
    let mapped = number("/proc/self/status", "VmSize:").unwrap_or(0) << 10;
    Some(most.saturating_sub(mapped))
}
