//! A model that threads read and write without a server.

use crate::ids::WorkerId;
use crate::scalar::Scalar;
use crate::sync::{Component, Mark, was_writing};

/// The model of Hogwild!: one atomic number a component. Additions are never lost, each component
/// is always one that was written, and that is all: a read may see half of an update, so that what
/// it returns need never have been the whole model at any time.
///
/// # Examples
/// ```
/// use ps_core::{SharedModel, WorkerId};
///
/// let model = SharedModel::new(&[1.0, 2.0, 3.0], 1);
/// assert!(model.update(WorkerId::new(0), |model| model.add(1, 0.5)));
/// let mut out = [0.0; 2];
/// model.read_at(&[2, 1], &mut out);
/// assert_eq!(out, [3.0, 2.5]);
/// ```
#[derive(Debug)]
pub struct SharedModel<T: Scalar = f64> {
    components: Box<[T::Atomic]>,
    /// One of each worker.
    marks: Box<[Mark]>,
}

impl<T: Scalar> SharedModel<T> {
    /// These parameters, shared by so many workers.
    pub fn new(parameters: &[T], n_workers: usize) -> Self {
        Self {
            components: parameters.iter().map(|&v| T::Atomic::new(v)).collect(),
            marks: (0..n_workers).map(|_| Mark::new()).collect(),
        }
    }

    /// The number `d` of parameters.
    pub fn dim(&self) -> usize {
        self.components.len()
    }

    /// Reads all parameters, one after the other. Others may write meanwhile.
    ///
    /// # Panics
    /// If `out` is not `d` long.
    pub fn read(&self, out: &mut [T]) {
        assert_eq!(out.len(), self.dim(), "parameters");
        for (out, component) in out.iter_mut().zip(&self.components) {
            *out = component.get();
        }
    }

    /// Reads the parameters at these indices, one after the other. Others may write meanwhile.
    ///
    /// # Panics
    /// If there is no such parameter, or `out` is not as long as `indices`.
    pub fn read_at(&self, indices: &[u32], out: &mut [T]) {
        assert_eq!(out.len(), indices.len(), "one value for each index");
        for (out, &index) in out.iter_mut().zip(indices) {
            *out = self.components[index as usize].get();
        }
    }

    /// Adds to one parameter. False, and it stays as it is, if the sum would not be finite.
    ///
    /// # Panics
    /// If there is no such parameter.
    #[inline]
    pub fn add(&self, index: usize, term: T) -> bool {
        self.components[index].add(term)
    }

    /// Makes an update: what this worker adds in there belongs together. One at a time for each
    /// worker.
    ///
    /// # Panics
    /// If there is no such worker.
    pub fn update<R>(&self, worker: WorkerId, write: impl FnOnce(&Self) -> R) -> R {
        let mark = &self.marks[worker.index()];
        mark.begin();
        let result = write(self);
        mark.end();
        result
    }

    /// Reads, and says whether an update of another worker was under way meanwhile: only then can
    /// the read be a mixture of some components from before an update and some from after it. It
    /// need not be one: the update may have written elsewhere, or not yet; so the share of such
    /// reads is an upper bound for that of mixed ones. `room` is for the counts.
    pub fn watched_read<R>(
        &self,
        reader: WorkerId,
        room: &mut Vec<u64>,
        read: impl FnOnce(&Self) -> R,
    ) -> (R, bool) {
        room.clear();
        room.extend(self.marks.iter().map(Mark::before));
        let result = read(self);
        let counts = self.marks.iter().zip(room.iter()).enumerate();
        let others = counts.filter(|(worker, _)| *worker != reader.index());
        let is_torn = others
            .map(|(_, (mark, &before))| was_writing(before, mark.after()))
            .fold(false, |any, one| any | one);
        (result, is_torn)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_is_not_finite_is_not_added() {
        let model = SharedModel::new(&[f32::MAX, 1.0], 1);
        assert!(!model.add(0, f32::MAX) && !model.add(1, f32::NAN));
        let mut out = [0.0; 2];
        model.read(&mut out);
        assert_eq!(out, [f32::MAX, 1.0]);
    }

    #[test]
    fn a_read_is_torn_if_another_workers_update_is_under_way_and_not_by_ones_own() {
        let model = SharedModel::new(&[0.0], 2);
        let [mine, other] = [0, 1].map(WorkerId::new);
        let mut room = Vec::new();
        let mut is_torn = |during: &dyn Fn()| model.watched_read(mine, &mut room, |_| during()).1;
        assert!(!is_torn(&|| {}));
        assert!(
            is_torn(&|| model.update(other, |_| {})),
            "begun and ended within"
        );
        assert!(!is_torn(&|| model.update(mine, |_| {})), "its own");
        model.update(other, |_| {
            assert!(is_torn(&|| {}), "begun before, ended after")
        });
        assert!(!is_torn(&|| {}), "ended before");
    }
}

#[cfg(all(test, loom))]
mod tests {
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    #[test]
    fn no_addition_is_lost() {
        loom::model(|| {
            let model = Arc::new(SharedModel::new(&[0.0f32], 2));
            let add_twice = |worker: usize, model: &SharedModel<f32>| {
                for term in [1.0, 2.0] {
                    model.update(WorkerId::new(worker), |model| {
                        assert!(model.add(0, term));
                    });
                }
            };
            let other = {
                let model = Arc::clone(&model);
                thread::spawn(move || add_twice(1, &model))
            };
            add_twice(0, &model);
            other.join().expect("no thread of the model panics");
            let mut out = [0.0];
            model.read(&mut out);
            assert_eq!(out, [6.0]);
        });
    }

    #[test]
    fn a_read_that_mixes_before_and_after_is_counted_as_torn() {
        loom::model(|| {
            let model = Arc::new(SharedModel::new(&[0.0f32; 2], 2));
            let reader = {
                let model = Arc::clone(&model);
                thread::spawn(move || {
                    let (me, mut room, mut out) = (WorkerId::new(0), Vec::new(), [0.0; 2]);
                    let read = |model: &SharedModel<f32>| model.read(&mut out);
                    let ((), is_torn) = model.watched_read(me, &mut room, read);
                    assert!(is_torn || out[0] == out[1], "{out:?}");
                })
            };
            model.update(WorkerId::new(1), |model| {
                assert!(model.add(0, 1.0) && model.add(1, 1.0));
            });
            reader.join().expect("no thread of the model panics");
        });
    }
}
