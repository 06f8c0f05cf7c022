//! Drawing some of many without replacement, and without allocating.

use ps_core::Stream;
use rand::RngExt;

/// Draws subsets by R. Floyd's algorithm (J. Bentley, B. Floyd, *A sample of brilliance*, CACM
/// 30(9), 1987). What it has drawn is marked in a table that grows once to the largest range and is
/// never cleared: a mark counts only while it equals the number of the draw. So a draw costs its
/// own size, and allocates only when the range is larger than ever.
#[derive(Debug, Default)]
pub(crate) struct Sampler {
    picked: Vec<usize>,
    marks: Vec<u32>,
    /// The number of the draw at hand, never 0.
    draw: u32,
}

impl Sampler {
    /// `size` different numbers below `range`, each subset as likely as any other. What was drawn
    /// before has no influence.
    pub(crate) fn sample(&mut self, size: usize, range: usize, stream: &mut Stream) -> &[usize] {
        debug_assert!(size <= range, "{size} of {range}");
        self.begin(range);
        for last in range - size..range {
            let candidate = stream.random_range(0..=last);
            let number = if self.marks[candidate] == self.draw {
                last
            } else {
                candidate
            };
            self.marks[number] = self.draw;
            self.picked.push(number);
        }
        &self.picked
    }

    fn begin(&mut self, range: usize) {
        self.picked.clear();
        if self.marks.len() < range {
            self.marks.resize(range, 0);
        }
        self.draw = self.draw.wrapping_add(1);
        if self.draw == 0 {
            self.marks.fill(0);
            self.draw = 1;
        }
    }
}

#[cfg(test)]
mod tests;
