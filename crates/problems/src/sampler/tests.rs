use std::collections::BTreeMap;

use ps_core::{Purpose, Seed};

use super::*;

fn stream() -> Stream {
    Seed::new(7).stream_of_run(Purpose::Gradient)
}

#[test]
fn every_subset_is_as_likely_as_any_other() {
    let (mut sampler, mut stream) = (Sampler::default(), stream());
    let mut counts = BTreeMap::new();
    for _ in 0..10_000 {
        let mut pair = sampler.sample(2, 5, &mut stream).to_vec();
        pair.sort_unstable();
        *counts.entry(pair).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 10);
    for (pair, count) in counts {
        // 1000 ± 5 standard deviations.
        assert!((850..1150).contains(&count), "{pair:?}: {count}");
    }
}

#[test]
fn nothing_is_drawn_twice_and_all_of_all_is_everything() {
    let (mut sampler, mut stream) = (Sampler::default(), stream());
    for (size, range) in [(1, 1), (7, 7), (3, 900), (900, 900), (7, 8), (2, 2)] {
        let mut drawn = sampler.sample(size, range, &mut stream).to_vec();
        assert!(drawn.iter().all(|&number| number < range));
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), size);
    }
}

#[test]
fn earlier_draws_have_no_influence_not_even_when_the_count_of_draws_wraps() {
    let mut used = Sampler::default();
    used.sample(50, 100, &mut stream());
    used.draw = u32::MAX;
    let fresh = Sampler::default().sample(50, 100, &mut stream()).to_vec();
    assert_eq!(used.sample(50, 100, &mut stream()), fresh);
    assert_eq!(used.draw, 1);
}
