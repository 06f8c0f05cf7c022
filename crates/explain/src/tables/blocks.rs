//! Numbers as a line of blocks.

/// Blocks by height, the lowest first.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A block for each number, as high as it is beside the largest; a dot for nothing.
pub fn blocks(numbers: &[u64]) -> String {
    let largest = numbers.iter().copied().max().unwrap_or_default();
    let height = |number: u64| {
        // The largest has the highest block, and every number above zero has one.
        let eighths = u128::from(number - 1) * BLOCKS.len() as u128 / u128::from(largest);
        usize::try_from(eighths).unwrap_or(0)
    };
    let bar = |&number: &u64| {
        if number == 0 {
            '·'
        } else {
            BLOCKS[height(number)]
        }
    };
    numbers.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_has_the_highest_block_and_nobody_who_works_has_none() {
        assert_eq!(blocks(&[8, 7, 6, 5, 4, 3, 2, 1, 0]), "█▇▆▅▄▃▂▁·");
        assert_eq!(blocks(&[1_000_000, 1, 0]), "█▁·");
        assert_eq!(blocks(&[0, 0]), "··");
        assert_eq!(blocks(&[u64::MAX, 1]), "█▁");
    }
}
