//! Everything that can be tested in virtual time, a module for each subject.
#![expect(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

mod altered_traces;
mod conformance;
mod corrections;
mod data_path;
mod determinism;
mod explain;
mod explain_input;
mod extremes;
mod failures;
mod findings;
mod foreign_traces;
mod golden;
mod invariants;
mod limits;
mod optimizers;
mod perfetto;
mod quadratics;
mod regressions;
mod replay;
mod requests;
mod schedules;
mod sgd;
mod slow_disk;
mod step_rules;
mod theory;
mod theory_meter;
mod trace;
mod w7a;
