//! Immutable versioned models, and the buffers they are made from.

use std::sync::Arc;

use crate::ids::Version;
use crate::scalar::Scalar;

/// A model at one version: immutable, cheap to clone (a pointer), and it knows its own version.
///
/// The only way to make one is [`Buffer::freeze`], which fixes values and version together; neither
/// can change afterwards, so no reader ever pairs the number of one version with the values of
/// another.
#[derive(Clone, Debug)]
pub struct Snapshot<T = f64> {
    version: Version,
    /// `None` for dimension 0, so that schedule-only runs allocate nothing.
    values: Option<Arc<[T]>>,
}

impl<T: Scalar> Snapshot<T> {
    /// A first version (number 0) with these values.
    pub fn initial(values: &[T]) -> Self {
        Buffer::from_slice(values).freeze(Version::ZERO)
    }

    /// The version of these values.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The parameters, `d` of them.
    pub fn values(&self) -> &[T] {
        self.values.as_deref().unwrap_or_default()
    }

    /// The memory for reuse, if nobody else holds this snapshot; otherwise just lets go of it.
    #[must_use]
    pub fn into_buffer(mut self) -> Option<Buffer<T>> {
        match &mut self.values {
            None => Some(Buffer { values: None }),
            Some(values) => Arc::get_mut(values).is_some().then_some(Buffer {
                values: self.values,
            }),
        }
    }
}

/// Memory for one model or one gradient, with exactly one owner: an `Arc` that nobody shares yet.
///
/// Freezing and recycling move the same allocation back and forth, so a version costs none.
#[derive(Debug)]
pub struct Buffer<T = f64> {
    /// Never shared while it is in here. `None` for dimension 0.
    values: Option<Arc<[T]>>,
}

impl<T: Scalar> Buffer<T> {
    /// A new buffer of this many zeros.
    pub fn zeros(dim: usize) -> Self {
        let values = (dim > 0).then(|| std::iter::repeat_n(T::ZERO, dim).collect());
        Self { values }
    }

    /// A new buffer with these values.
    pub fn from_slice(values: &[T]) -> Self {
        let values = (!values.is_empty()).then(|| Arc::from(values));
        Self { values }
    }

    /// Its values.
    pub fn as_slice(&self) -> &[T] {
        self.values.as_deref().unwrap_or_default()
    }

    /// Its values, to be written.
    ///
    /// # Panics
    /// Never: a buffer has one owner.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        match &mut self.values {
            None => &mut [],
            Some(values) => Arc::get_mut(values).expect("a buffer has one owner"),
        }
    }

    /// Makes it the model of this version: from here on nobody can change it.
    #[must_use]
    pub fn freeze(self, version: Version) -> Snapshot<T> {
        Snapshot {
            version,
            values: self.values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_holder_gets_the_memory_back() {
        let first = Snapshot::initial(&[1.0, 2.0]);
        let second = first.clone();
        assert!(first.into_buffer().is_none());
        let buffer = second.into_buffer().expect("nobody else holds it");
        assert_eq!(buffer.as_slice(), [1.0, 2.0]);
    }

    #[test]
    fn freezing_keeps_the_allocation() {
        let buffer = Buffer::<f32>::zeros(3);
        let address = buffer.as_slice().as_ptr();
        let snapshot = buffer.freeze(Version::new(7));
        assert_eq!(snapshot.values().as_ptr(), address);
        assert_eq!(snapshot.version(), Version::new(7));
        let buffer = snapshot.into_buffer().expect("nobody else holds it");
        assert_eq!(buffer.as_slice().as_ptr(), address);
    }

    #[test]
    fn a_model_without_parameters_has_no_memory() {
        let snapshot = Snapshot::<f64>::initial(&[]);
        assert_eq!(snapshot.values(), [0.0; 0]);
        assert!(snapshot.clone().into_buffer().is_some());
    }
}
