//! The fingerprint of a model.

use ps_core::Scalar;
use sha2::{Digest, Sha256};

/// The first 16 hexadecimal digits of SHA-256 over the parameters as little-endian bytes: equal exactly when all bits
/// are.
///
/// # Examples
/// ```
/// assert_eq!(asgrad::model_hash(&[1.0f64]), asgrad::model_hash(&[1.0f64]));
/// assert_ne!(asgrad::model_hash(&[0.0f64]), asgrad::model_hash(&[-0.0f64]));
/// ```
#[must_use]
pub fn model_hash<T: Scalar>(parameters: &[T]) -> String {
    let mut hasher = Sha256::new();
    let mut bytes = Vec::new();
    for chunk in parameters.chunks(1 << 14) {
        bytes.clear();
        T::extend_le_bytes(chunk, &mut bytes);
        hasher.update(&bytes);
    }
    hasher
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
