//! What a worker tells the supervisor: which jobs have ended, and which one it is at.

use std::collections::VecDeque;

use ps_core::{Action, Failure, Received, Unfinished};

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

/// What one worker has done since the supervisor looked, and what it is doing. Nothing in it is
/// lost with a worker that hangs.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) ended: Vec<Record>,
    /// The job that has read the model and has not ended.
    pub(super) reading: Option<Unfinished>,
}

impl Book {
    /// What it was at has ended. Returns how many jobs the supervisor has not heard of.
    pub(super) fn ended(&mut self, record: Record) -> usize {
        self.reading = None;
        self.ended.push(record);
        self.ended.len()
    }
}

/// Puts records into the order of their tickets.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    /// How many updates have been passed on.
    pub(super) next: u64,
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
