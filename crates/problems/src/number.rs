//! The numbers in a data file.

/// What is expected of a label and of a value.
pub(crate) const A_NUMBER: &str = "a finite number";

/// What is expected in place of a number that is too small for a float to tell from 0.
const NOT_VANISHING: &str = "0 or a number of at least 5e-324";

/// A number that is neither infinite nor NaN, and that is 0 only where 0 is written. −0 is read as
/// 0, so that labels compare as numbers do.
///
/// # Errors
/// With what was expected.
pub(crate) fn number(field: &[u8]) -> Result<f64, &'static str> {
    if let [digit @ b'0'..=b'9'] = field {
        return Ok(f64::from(digit - b'0'));
    }
    let text = str::from_utf8(field).map_err(|_| A_NUMBER)?;
    let number: f64 = text.parse().map_err(|_| A_NUMBER)?;
    if !number.is_finite() {
        return Err(A_NUMBER);
    }
    let mut digits = field.iter().take_while(|byte| !b"eE".contains(byte));
    if number == 0.0 && digits.any(|byte| (b'1'..=b'9').contains(byte)) {
        return Err(NOT_VANISHING);
    }
    Ok(number + 0.0)
}

/// Whether it is text that is no number, not even NaN or infinity, which would be a mistake in a
/// row.
#[cfg(feature = "csv")]
pub(crate) fn is_text(field: &[u8]) -> bool {
    !field.is_empty() && String::from_utf8_lossy(field).parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_0_only_where_0_is_written() {
        for zero in ["0", "-0", "0.000", "0e5", "-.0E-999"] {
            let number = number(zero.as_bytes()).unwrap();
            assert!(number == 0.0 && number.is_sign_positive(), "{zero}");
        }
        for vanishing in ["1e-400", "-0.0003e-330"] {
            assert_eq!(number(vanishing.as_bytes()), Err(NOT_VANISHING));
        }
        assert_eq!(number(b"5e-324"), Ok(5e-324));
    }
}
