//! The data that ships: handwritten digits, 1797 of them in 8 × 8 pixels.
//!
//! *Optical Recognition of Handwritten Digits*, E. Alpaydin and C. Kaynak, 1998, UCI Machine
//! Learning Repository; this is the copy that scikit-learn ships. See `data/README.md`.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

use crate::csv;
use crate::dataset::Dataset;
use crate::dense::Dense;
use crate::rows::Rows;

/// How many classes there are.
pub const N_CLASSES: usize = 10;

/// The largest value of a pixel in the file.
const BRIGHTEST: f64 = 16.0;

/// Pixels between 0 and 1, and a last feature that is 1 everywhere (the intercept); the label is
/// the digit.
///
/// # Panics
/// Never: what is read is part of the program.
///
/// # Examples
/// ```
/// let digits = problems::digits::load();
/// assert_eq!((digits.n_rows(), digits.n_features()), (1797, 65));
/// ```
pub fn load() -> Dataset {
    let packed: &[u8] = include_bytes!("../data/digits.csv.gz");
    let mut text = Vec::new();
    GzDecoder::new(packed)
        .read_to_end(&mut text)
        .expect("the file that ships is whole");
    let data = csv::parse(&text, Path::new("digits")).expect("the file that ships is right");
    let Rows::Dense(pixels) = data.rows() else {
        unreachable!("CSV is dense")
    };
    Dataset::new(scaled(pixels).with_intercept(), data.labels().to_vec())
}

fn scaled(pixels: &Dense<f64>) -> Dense<f64> {
    pixels.map(|pixel| pixel / BRIGHTEST)
}

#[cfg(test)]
mod tests;
