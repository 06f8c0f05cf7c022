//! The fingerprint of a model, and that of a file.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use ps_core::Scalar;
use sha2::{Digest, Sha256};

/// The first 8 bytes of SHA-256 over the parameters as little-endian bytes: equal exactly when all
/// bits are. It is shown as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ModelHash(u64);

impl ModelHash {
    /// The fingerprint of these parameters.
    pub fn of<T: Scalar>(parameters: &[T]) -> Self {
        let mut hasher = Sha256::new();
        let mut bytes = Vec::new();
        for chunk in parameters.chunks(1 << 14) {
            bytes.clear();
            T::extend_le_bytes(chunk, &mut bytes);
            hasher.update(&bytes);
        }
        Self::end(hasher)
    }

    fn end(hasher: Sha256) -> Self {
        let first = hasher.finalize().into_iter().take(8);
        Self(first.fold(0, |number, byte| number << 8 | u64::from(byte)))
    }

    /// The fingerprint that is shown like this.
    pub(crate) fn read(digits: &str) -> Result<Self, String> {
        let hash = u64::from_str_radix(digits, 16).map(Self);
        let hash = hash.ok().filter(|hash| hash.to_string() == digits);
        hash.ok_or_else(|| format!("`{digits}` is no hash of a model"))
    }
}

impl fmt::Display for ModelHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The [`ModelHash`] of a model, as its 16 hexadecimal digits.
///
/// # Examples
/// ```
/// assert_eq!(asgrad::trace::model_hash(&[1.0f64]), asgrad::trace::model_hash(&[1.0f64]));
/// assert_ne!(asgrad::trace::model_hash(&[0.0f64]), asgrad::trace::model_hash(&[-0.0f64]));
/// ```
pub fn model_hash<T: Scalar>(parameters: &[T]) -> String {
    ModelHash::of(parameters).to_string()
}

/// The fingerprint of what is in a file: as that of a model, over its bytes.
///
/// # Errors
/// If it cannot be read.
pub fn file_hash(path: &Path) -> io::Result<String> {
    let hasher = Sha256::new().chain_update(fs::read(path)?);
    Ok(ModelHash::end(hasher).to_string())
}
