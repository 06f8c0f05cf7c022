//! Everything that can be tested in virtual time, a module for each subject.
#![expect(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

mod accounting;
mod altered_traces;
mod cancellation;
mod changing_speeds;
mod conformance;
mod corrections;
mod curvature;
mod data_path;
mod determinism;
mod digits;
mod explain;
mod explain_input;
mod extremes;
mod failures;
mod findings;
mod foreign_traces;
mod fresh;
mod golden;
mod invariants;
mod limits;
mod lost_on_threads;
mod lost_workers;
mod oldest_row;
mod on_paper;
mod optimizers;
mod overflow;
mod perfetto;
mod quadratics;
mod regressions;
mod replay;
mod requests;
mod ringleader;
mod schedules;
mod sgd;
mod slow_disk;
mod step_rules;
mod theory;
mod theory_meter;
mod trace;
mod unequal_workers;
mod w7a;
mod weighted_steps;
