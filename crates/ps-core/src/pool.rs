//! The buffers that travel between server and workers.

use crate::scalar::Scalar;
use crate::snapshot::{Buffer, Snapshot};

/// Buffers of one size that are not in use.
///
/// It grows to what a run needs at the same time (jobs handed out, versions that jobs still hold, a
/// constant) and then neither allocates nor frees.
#[derive(Debug)]
pub struct Pool<T = f64> {
    dim: usize,
    free: Vec<Buffer<T>>,
}

impl<T: Scalar> Pool<T> {
    /// An empty pool of buffers of this dimension.
    pub fn new(dim: usize) -> Self {
        Self {
            dim,
            free: Vec::new(),
        }
    }

    /// A buffer whose content is unspecified. Debug builds fill it with NaN, so that an oracle that
    /// forgets a component, or adds to it, is found out.
    #[must_use]
    pub fn take(&mut self) -> Buffer<T> {
        let mut buffer = match self.free.pop() {
            Some(buffer) => buffer,
            None => Buffer::zeros(self.dim),
        };
        if cfg!(debug_assertions) {
            buffer.as_mut_slice().fill(T::NAN);
        }
        buffer
    }

    /// Takes a buffer back.
    pub fn give(&mut self, buffer: Buffer<T>) {
        debug_assert_eq!(buffer.as_slice().len(), self.dim, "a buffer of another run");
        // A buffer without memory is not worth keeping, and there is no end of them: nobody owns
        // them alone.
        if self.dim > 0 {
            self.free.push(buffer);
        }
    }

    /// Takes back the memory of a snapshot if nobody else holds it.
    pub fn reclaim(&mut self, snapshot: Snapshot<T>) {
        if let Some(buffer) = snapshot.into_buffer() {
            self.give(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_without_memory_are_not_piled_up() {
        let mut pool = Pool::<f64>::new(0);
        let model = Snapshot::initial(&[]);
        for _ in 0..10 {
            pool.reclaim(model.clone());
        }
        assert!(pool.free.is_empty());
        assert_eq!(pool.take().as_slice(), [0.0; 0]);
    }
}
