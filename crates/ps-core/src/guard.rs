//! Calls into code that is not ours, and may panic.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a call returns.
///
/// # Errors
/// If it panicked: the message of the panic.
#[inline]
pub fn guarded<R>(call: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| {
        let said = message(panic.as_ref());
        // What it was thrown with may panic, too, when it is dropped.
        match catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            Ok(()) => said,
            Err(again) => message(again.as_ref()),
        }
    })
}

#[cold]
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
