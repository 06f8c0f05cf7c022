//! Observers of the user's own: one that panics is dropped, and the run goes on.

use std::any::type_name;
use std::time::Duration;

use ps_core::{Event, Observer, guarded};
use serde::{Deserialize, Serialize};
use trace::json;
use trace::statistics::Shared;

/// An observer that panicked, and was told no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DroppedObserver {
    /// Its type.
    pub name: String,
    /// What the panic said.
    pub message: String,
    /// The time, on the run's clock, of what it panicked at.
    #[serde(serialize_with = "json::seconds", deserialize_with = "json::time")]
    pub time: Duration,
    /// How many events it missed, that one included.
    pub missed: u64,
}

/// An observer until it panics.
pub(crate) struct Guarded {
    name: &'static str,
    observer: Option<Box<dyn Observer>>,
    dropped: Shared<Option<DroppedObserver>>,
}

impl Guarded {
    pub(crate) fn new<O: Observer + 'static>(observer: O) -> Self {
        Self {
            name: type_name::<O>(),
            observer: Some(Box::new(observer)),
            dropped: Shared::default(),
        }
    }

    /// Where it is found, once the run is over, whether it panicked.
    pub(crate) fn dropped(&self) -> Shared<Option<DroppedObserver>> {
        self.dropped.clone()
    }
}

/// What it does at its end is its own, too.
impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = guarded(|| self.observer = None);
    }
}

impl Observer for Guarded {
    fn observe(&mut self, event: &Event) {
        let Some(observer) = &mut self.observer else {
            let count = |dropped: &mut Option<DroppedObserver>| {
                dropped.iter_mut().for_each(|dropped| dropped.missed += 1);
            };
            return self.dropped.with(count);
        };
        if let Err(message) = guarded(|| observer.observe(event)) {
            let name = self.name;
            tracing::warn!(target: "asgrad", observer = name, %message, "dropped: it panicked");
            // It may panic once more.
            let _ = guarded(|| self.observer = None);
            let time = event.time();
            self.dropped.with(|dropped| {
                *dropped = Some(DroppedObserver {
                    name: name.to_owned(),
                    message,
                    time,
                    missed: 1,
                });
            });
        }
    }
}
