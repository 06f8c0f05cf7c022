//! Tables and numbers for people.

mod figure;
mod spread;
mod table;

pub use figure::{figure, figure_with};
pub use spread::Spread;
pub use table::Table;
