//! Tables and numbers for people.

mod blocks;
mod facts;
pub mod number;
mod spread;
mod table;

pub use blocks::blocks;
pub use facts::Facts;
pub use spread::Spread;
pub use table::{Format, Table};
