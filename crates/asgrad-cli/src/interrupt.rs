//! Ctrl-C, and a wish that the program should end (SIGTERM, SIGHUP): the first ends what is running
//! and lets everything be written, the second ends the program.

use std::collections::BTreeMap;
use std::io;
use std::process;
use std::sync::{Arc, OnceLock};
#[cfg(unix)]
use std::thread;
use std::time::Duration;

use asgrad::ps_core::sync::Mutex;
use asgrad::workers::Stopwatch;
use asgrad::{StopHandle, StopReason};

/// Signals that come so soon after the first are the same wish.
const AT_ONCE: Duration = Duration::from_millis(500);
/// That of Ctrl-C, SIGINT.
const CTRL_C: u8 = 2;
/// The first that came.
static SIGNAL: OnceLock<u8> = OnceLock::new();

/// The exit status after a signal: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
pub(crate) fn exit_status() -> u8 {
    128 + SIGNAL.get().unwrap_or(&CTRL_C)
}

/// Knows what is running, to stop it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Since the first signal.
    interrupted: Option<Stopwatch>,
    running: BTreeMap<u64, StopHandle>,
    next: u64,
}

/// A run that a signal stops, until this is dropped.
#[derive(Debug)]
pub(crate) struct Registered {
    interrupt: Interrupt,
    number: u64,
}

impl Interrupt {
    /// Listens for signals from now on.
    ///
    /// # Errors
    /// If there is no thread for it.
    pub(crate) fn listen() -> io::Result<Self> {
        let interrupt = Self::default();
        let handler = interrupt.clone();
        listen(move |signal| handler.hit(signal))?;
        Ok(interrupt)
    }

    fn hit(&self, signal: u8) {
        let state = &mut *self.0.lock();
        match state.interrupted {
            // `timeout` and a closing terminal signal a program and its group at once.
            Some(since) if since.now() < AT_ONCE => return,
            Some(_) => process::exit(i32::from(exit_status())),
            None => {}
        }
        SIGNAL.get_or_init(|| signal);
        state.interrupted = Some(Stopwatch::start());
        for run in state.running.values() {
            run.stop_because(StopReason::Interrupted);
        }
    }

    /// Whether a signal came.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.0.lock().interrupted.is_some()
    }

    /// Has a signal stop this run. If one came already, stops it at once.
    pub(crate) fn register(&self, run: StopHandle) -> Registered {
        let state = &mut *self.0.lock();
        if state.interrupted.is_some() {
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

/// Has a write fail that would make a file larger than this process may: the default is that the
/// signal of it ends the program.
pub(crate) fn outlive_file_limits() {
    // Where it cannot be asked for, the default stays.
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// Calls `hit` with each signal, on a thread of its own.
#[cfg(unix)]
fn listen(hit: impl Fn(u8) + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    // `nohup` has one ignored, and a shell that of the keyboard for what runs in the background.
    let wanted = [SIGHUP, SIGINT, SIGTERM];
    let wanted = wanted.into_iter().filter(|&signal| !is_ignored(signal));
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(move || {
        let numbers = signals
            .forever()
            .filter_map(|signal| u8::try_from(signal).ok());
        numbers.for_each(hit);
    })?;
    Ok(())
}

/// Whether whoever started the program had it ignore this signal, where the system tells.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    ignored.is_some_and(|bits| bits >> (signal - 1) & 1 == 1)
}

#[cfg(not(unix))]
fn listen(hit: impl Fn(u8) + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(move || hit(CTRL_C)).map_err(io::Error::other)
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.interrupt.0.lock().running.remove(&self.number);
    }
}
