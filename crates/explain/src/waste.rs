//! Work that brought no gradient to the model, by the reason.

use std::iter::Sum;
use std::time::Duration;

use ps_core::{Action, Event};
use serde::Serialize;

use trace::json;

/// Work that brought no gradient to the model, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Waste {
    /// Gradients that the method discarded on arrival.
    pub discarded: InVain,
    /// Jobs that the method cancelled while their workers were at them.
    pub cancelled: InVain,
    /// Jobs that expired, because they took longer than their limit.
    pub expired: InVain,
    /// Gradients that the server did not take, because a component was NaN or infinite.
    pub rejected: InVain,
    /// Jobs that were lost with their workers, those in its queue among them.
    pub lost: InVain,
}

/// Jobs that brought no gradient to the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InVain {
    /// Number of jobs.
    pub jobs: u64,
    /// Time that workers had spent on them.
    #[serde(rename = "seconds", serialize_with = "json::seconds")]
    pub time: Duration,
}

impl Waste {
    /// Where the job of this event is counted, if it was in vain.
    pub(super) fn of(&mut self, event: &Event) -> Option<&mut InVain> {
        match event {
            Event::Lost(_) => Some(&mut self.lost),
            Event::Received(received) => match received.action {
                Action::Discarded => Some(&mut self.discarded),
                Action::Cancelled => Some(&mut self.cancelled),
                Action::Expired => Some(&mut self.expired),
                Action::Rejected => Some(&mut self.rejected),
                _ => None,
            },
            _ => None,
        }
    }

    /// The reasons with their names, in the order in which they are told.
    pub fn reasons(&self) -> [(&'static str, InVain); 5] {
        [
            ("discarded", self.discarded),
            ("cancelled", self.cancelled),
            ("expired", self.expired),
            ("rejected", self.rejected),
            ("lost", self.lost),
        ]
    }

    /// The time at all of them.
    pub fn time(&self) -> Duration {
        self.reasons().iter().map(|(_, in_vain)| in_vain.time).sum()
    }
}

impl Sum for Waste {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let add = |a: InVain, b: InVain| InVain {
            jobs: a.jobs + b.jobs,
            time: a.time + b.time,
        };
        all.fold(Self::default(), |sum, it| Self {
            discarded: add(sum.discarded, it.discarded),
            cancelled: add(sum.cancelled, it.cancelled),
            expired: add(sum.expired, it.expired),
            rejected: add(sum.rejected, it.rejected),
            lost: add(sum.lost, it.lost),
        })
    }
}
