//! ```text
//! g_i ← g_i/(1 + |x_t − x_π|_i/c),   c: the size of an update in one component
//! ```
//! Gap-Aware: Barkai, Hakimi, Schuster, *Gap-aware mitigation of gradient staleness*, ICLR 2020,
//! arXiv 1909.10802. A gradient is penalised for how far the model has moved, in updates, and not
//! for how many updates were made: many small ones are no harm. At staleness 0 nothing changes, to
//! the bit.
//!
//! The paper's exact `c` has not been checked. Here it is the mean of `‖x_{t+1} − x_t‖/√d` over all
//! updates so far, one number for all components; or a number that is given.

use ps_core::form::{DefaultValue, Domain, Named, Parameter, Values};
use ps_core::{Scalar, Snapshot};

use super::{Correction, CorrectionMaker};
use crate::kernel;

/// Makes each component of a gradient smaller the farther the model has moved in it.
#[derive(Debug)]
struct GapAware {
    size: UpdateSize,
}

/// How large an update usually is, in one component.
#[derive(Clone, Copy, Debug)]
enum UpdateSize {
    /// As large as this.
    Given(f64),
    /// As large as those so far.
    Mean {
        /// The sizes of all updates, added up.
        sum: f64,
        /// How many there were.
        updates: u64,
    },
}

impl UpdateSize {
    /// 0 before the first update.
    fn get(self) -> f64 {
        match self {
            Self::Given(size) => size,
            Self::Mean { sum, updates } => sum / updates.max(1) as f64,
        }
    }
}

impl<T: Scalar> Correction<T> for GapAware {
    fn correct(&mut self, gradient: &mut [T], read: &Snapshot<T>, newest: &Snapshot<T>) {
        let size = self.size.get();
        // Where no update has moved the model there is no gap.
        if read.version() == newest.version() || size == 0.0 {
            return;
        }
        let size: T = kernel::positive(size);
        let moves = newest.values().iter().zip(read.values());
        for (g, (x, read)) in gradient.iter_mut().zip(moves) {
            *g = *g / (T::ONE + (*x - *read).abs() / size);
        }
    }

    fn updated(&mut self, before: &[T], after: &[T]) {
        if let UpdateSize::Mean { sum, updates } = &mut self.size {
            *sum += kernel::distance(before, after) / (before.len().max(1) as f64).sqrt();
            *updates += 1;
        }
    }
}

const SIZE: Parameter =
    Parameter::new("c", Domain::NOT_NEGATIVE).default(DefaultValue::Unsaid("0"));

pub(super) const ENTRY: Named<CorrectionMaker> = Named {
    name: "gap-aware",
    summary: "g/(1 + |x_t − x_π|/c), c the size of an update (0: the mean so far)",
    reference: "Barkai et al., ICLR 2020",
    parameters: &[SIZE],
    what: CorrectionMaker(gap_aware, gap_aware),
};

fn gap_aware<T: Scalar>(values: &Values, _dim: usize) -> Option<Box<dyn Correction<T>>> {
    let size = values.real("c");
    let size = if size > 0.0 {
        UpdateSize::Given(size)
    } else {
        let (sum, updates) = (0.0, 0);
        UpdateSize::Mean { sum, updates }
    };
    Some(Box::new(GapAware { size }))
}
