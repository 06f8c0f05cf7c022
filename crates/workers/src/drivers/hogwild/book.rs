//! What a worker tells the supervisor: which jobs have ended, and which one it is at.

use std::collections::VecDeque;
use std::time::Duration;

use ps_core::sync::Mutex;
use ps_core::{Action, Failure, JobId, Received, Version};

/// A job that has ended.
#[derive(Debug)]
pub(super) struct Record {
    /// What is told of it: applied if it took the ticket of an update. Its time is when the
    /// gradient was in the model as a whole.
    pub(super) received: Received,
    pub(super) fault: Option<Fault>,
}

/// Why a job was the last of its worker.
#[derive(Debug)]
pub(super) enum Fault {
    /// The model has run away: a component would not have been finite any more, and was left as it
    /// was; or it had run away before, and the gradient is not finite.
    Diverged,
    /// The gradient is not finite, and nothing was added.
    NotFinite,
    /// There is no gradient, and the worker is lost.
    Failed(Failure),
}

/// A job that has read the model and has not ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) job: JobId,
    pub(super) started: Duration,
    pub(super) read_version: Version,
}

/// What one worker has done since the supervisor looked, and what it is doing. Nothing in it is
/// lost with a worker that hangs.
#[derive(Debug, Default)]
pub(super) struct Book(Mutex<Page>);

#[derive(Debug, Default)]
struct Page {
    ended: Vec<Record>,
    reading: Option<Reading>,
}

impl Book {
    /// The worker is about to read the model.
    pub(super) fn reads(&self, reading: Reading) {
        self.0.lock().reading = Some(reading);
    }

    /// What it was at has ended. Returns how many jobs the supervisor has not heard of.
    pub(super) fn ended(&self, record: Record) -> usize {
        let page = &mut *self.0.lock();
        page.reading = None;
        page.ended.push(record);
        page.ended.len()
    }

    /// Exchanges what has ended for an empty list.
    pub(super) fn swap(&self, empty: &mut Vec<Record>) {
        std::mem::swap(&mut self.0.lock().ended, empty);
    }

    /// What the worker is at.
    pub(super) fn reading(&self) -> Option<Reading> {
        self.0.lock().reading
    }
}

/// Puts records into the order of their tickets.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    /// How many updates have been passed on.
    next: u64,
    /// The update with ticket `next + i` at position `i`, once it is known.
    updates: VecDeque<Option<Record>>,
    /// Jobs that ended without an update.
    others: Vec<Record>,
}

impl Sorter {
    pub(super) fn put(&mut self, record: Record) {
        if record.received.action != Action::Applied {
            return self.others.push(record);
        }
        let ahead = record.received.version.number() - self.next;
        let ahead = usize::try_from(ahead).expect("no more updates than memory are under way");
        if ahead >= self.updates.len() {
            self.updates.resize_with(ahead + 1, || None);
        }
        self.updates[ahead] = Some(record);
    }

    /// The next record, if all updates before it have been passed on.
    pub(super) fn take(&mut self) -> Option<Record> {
        let due = self.others.iter().enumerate();
        let due = due.filter(|(_, record)| record.received.version.number() <= self.next);
        if let Some((position, _)) = due.min_by_key(|(_, record)| record.received.time) {
            return Some(self.others.swap_remove(position));
        }
        let record = self.updates.front_mut()?.take()?;
        self.updates.pop_front();
        self.next += 1;
        Some(record)
    }
}
