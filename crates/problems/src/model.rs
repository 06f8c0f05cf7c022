//! What a linear model makes of one row.

use std::fmt::Debug;

/// A loss `ℓ(z, y)` of the outputs `z = W a` for a row `a` with label `y`, where `W` has one row of
/// parameters for each output. Always in `f64`: beside the products with the row it costs nothing.
///
/// The parameters of the whole are `W`, row by row.
pub trait Model: Debug + Send + Sync + 'static {
    /// What a row is labelled with.
    type Label: Copy + Debug + Send + Sync;

    /// The number of outputs.
    fn n_outputs(&self) -> usize;

    /// `ℓ(z, y)`.
    fn loss(&self, z: &[f64], label: Self::Label) -> f64;

    /// Replaces `z` by `∂ℓ/∂z`.
    fn derive(&self, z: &mut [f64], label: Self::Label);

    /// Whether the label is what one would guess from `z`; nothing for a model that does not
    /// classify.
    fn is_right(&self, z: &[f64], label: Self::Label) -> Option<bool>;
}
