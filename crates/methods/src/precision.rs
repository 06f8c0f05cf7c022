//! One function for each number type.

use std::any::Any;

/// Whichever of two functions, for `f32` and for `f64`, is of the type that is asked for.
///
/// A table of functions holds both, as it cannot hold one that is generic.
pub(crate) fn of_precision<F: Copy + 'static>(single: &dyn Any, double: &dyn Any) -> F {
    let found = single.downcast_ref().or_else(|| double.downcast_ref());
    *found.expect("a number is an f32 or an f64")
}
