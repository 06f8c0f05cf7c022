//! What theory says of a recorded run.

pub mod lower_bound;
mod recorded_machine;

pub use recorded_machine::{RecordedMachine, Round, Took};
