//! Ctrl-C: the first ends what is running and lets everything be written, the second ends the
//! program.

use std::collections::BTreeMap;
use std::process;
use std::sync::Arc;

use asgrad::ps_core::sync::Mutex;
use asgrad::{StopHandle, StopReason};

/// Knows what is running, to stop it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    interrupted: bool,
    running: BTreeMap<u64, StopHandle>,
    next: u64,
}

/// A run that Ctrl-C stops, until this is dropped.
#[derive(Debug)]
pub(crate) struct Registered {
    interrupt: Interrupt,
    number: u64,
}

impl Interrupt {
    /// Listens for Ctrl-C from now on.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let interrupt = Self::default();
        let handler = interrupt.clone();
        ctrlc::set_handler(move || handler.hit())?;
        Ok(interrupt)
    }

    fn hit(&self) {
        let state = &mut *self.0.lock();
        if state.interrupted {
            process::exit(130);
        }
        state.interrupted = true;
        for run in state.running.values() {
            run.stop_because(StopReason::Interrupted);
        }
    }

    /// Whether Ctrl-C was pressed.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.0.lock().interrupted
    }

    /// Has Ctrl-C stop this run. If it was pressed already, stops it at once.
    pub(crate) fn register(&self, run: StopHandle) -> Registered {
        let state = &mut *self.0.lock();
        if state.interrupted {
            run.stop_because(StopReason::Interrupted);
        }
        let number = state.next;
        state.next += 1;
        state.running.insert(number, run);
        Registered {
            interrupt: self.clone(),
            number,
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.interrupt.0.lock().running.remove(&self.number);
    }
}
