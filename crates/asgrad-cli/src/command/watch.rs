//! Looking on while methods are tuned and compared: progress, Ctrl-C, and what is written after
//! each run.

use std::any::Any;
use std::path::PathBuf;

use asgrad::compare::{CompareObserver, Compared, Run, SetupError, Stage, Tuned};
use asgrad::{ConfigError, Scalar, Session, Summary};

use crate::case::Case;
use crate::interrupt::Interrupt;
use crate::output::Results;
use crate::progress::{Bar, Progress};

/// Shows how far a comparison has come, stops it on Ctrl-C, and keeps what it finds.
pub(super) struct Watch<'a> {
    progress: &'a Progress,
    interrupt: &'a Interrupt,
    bar: Bar,
    /// What is kept, and which case this is.
    results: Option<(&'a mut Results, Case)>,
    /// Whether the runs that are compared have begun.
    pub(super) is_measuring: bool,
}

impl<'a> Watch<'a> {
    pub(super) fn new(progress: &'a Progress, interrupt: &'a Interrupt) -> Self {
        Self {
            progress,
            interrupt,
            bar: Bar::default(),
            results: None,
            is_measuring: false,
        }
    }

    /// Where notes go.
    pub(super) fn progress(&self) -> &'a Progress {
        self.progress
    }

    /// Where what is found is kept.
    fn results(&mut self) -> Option<&mut Results> {
        self.results.as_mut().map(|(results, _)| &mut **results)
    }

    /// Keeps what is found as that of this case.
    pub(super) fn keeping(mut self, results: &'a mut Results, case: Case) -> Self {
        self.results = Some((results, case));
        self
    }
}

impl<T: Scalar> CompareObserver<T> for Watch<'_> {
    fn stage(&mut self, stage: Stage, n_runs: u64) {
        self.bar = Bar::default();
        let what = match stage {
            Stage::Measuring => "runs",
            _ => "tuning step sizes in virtual time",
        };
        self.bar = self.progress.bar(n_runs, what);
        if stage == Stage::Measuring {
            self.is_measuring = true;
            if let Some((results, case)) = &mut self.results {
                results.begin_comparison(case.clone());
            }
        }
    }

    fn begins(&self, run: &Run<'_>, session: &Session<T>) -> Box<dyn Any> {
        let registered = self.interrupt.register(session.stop_handle());
        let Run { method, seed, .. } = run;
        match run.stage {
            Stage::Tuning => Box::new((registered, self.bar.tick())),
            Stage::Measuring => {
                let live = || session.live().without_evaluations();
                let view = self.progress.run(live, &format!("{method}, seed {seed}"));
                Box::new((registered, view))
            }
            _ => Box::new(registered),
        }
    }

    fn known_step_size(&self, method: &str) -> Option<f64> {
        let (results, case) = self.results.as_ref()?;
        results.earlier_step_size(method, case)
    }

    fn earlier(&mut self, run: &Run<'_>) -> Option<Summary<T>> {
        self.results()?.earlier(run.method, run.seed)
    }

    fn tuned(&mut self, tuned: &Tuned) {
        self.bar = Bar::default();
        if let Some(warning) = tuned.warning() {
            self.progress.warn(warning);
        }
    }

    fn trace(&mut self, run: &Run<'_>) -> Result<Option<PathBuf>, SetupError> {
        let results = self.results();
        Ok(results.and_then(|results| results.trace_of(run.method, run.seed)))
    }

    fn untraced(&mut self, error: ConfigError) -> Result<(), SetupError> {
        if let Some(results) = self.results() {
            results.untraced(error);
        }
        Ok(())
    }

    fn ran(&mut self, summary: &Summary<T>) -> Result<(), SetupError> {
        drop(self.bar.tick());
        Ok(self.results().map_or(Ok(()), |it| it.add(summary))?)
    }

    fn cut(&mut self, summary: &Summary<T>) -> Result<(), SetupError> {
        Ok(self.results().map_or(Ok(()), |it| it.add_cut(summary))?)
    }

    fn compared(&mut self, so_far: &Compared) -> Result<(), SetupError> {
        if let Some(results) = self.results() {
            results.write_comparison(so_far)?;
        }
        Ok(())
    }

    fn is_interrupted(&self) -> bool {
        self.interrupt.is_interrupted()
    }
}
