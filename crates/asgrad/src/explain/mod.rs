//! What a trace says, for people and for programs.

mod activity;

pub use activity::{Activities, Activity, Span};
