//! Methods that use gradients of the newest version only (Rennala, Malenia), or not much older ones
//! (Ringmaster): `methods.md` §5, §6, §21.

use asgrad::ps_core::Action;
use asgrad::{Cluster, Law, Oracle, from_fn};
use ps_core::Event;
use rand::RngExt;

use crate::support::naive_rules::is_enough;
use crate::support::recording::{Recording, Setup};
use crate::support::{assert_close, cluster, equal, gradient_of, linear, quadratic};

/// Two workers of speeds 1 and 2, centres 4 and 0, from `x₀ = 0`.
fn on_paper(method: &str, step_size: f64, updates: u64) -> Recording {
    let mut setup = Setup::new(method, &[0.0], updates);
    setup.step_size = step_size;
    setup.record(quadratic(&[4.0, 0.0]), &cluster(&[1.0, 2.0], Law::fixed()))
}

fn models(run: &Recording) -> Vec<f64> {
    run.models.iter().map(|model| model.values()[0]).collect()
}

/// When, which job of which worker, how stale, and whether it was used.
fn arrivals(run: &Recording) -> Vec<(u128, u64, usize, u64, bool)> {
    let arrival = |r: &ps_core::Received| {
        let (job, worker) = (r.job.number(), r.worker.index());
        let is_used = r.action != Action::Discarded;
        (r.time.as_millis(), job, worker, r.staleness(), is_used)
    };
    run.received().map(arrival).collect()
}

/// S = 3, γ = ¾: three gradients `x − c`, then `x ← x − ¼ Σ g`.
///
/// | time | job (worker) | read | gradient | version, x after |
/// |---|---|---|---|---|
/// | 1 | 0 (0) | 0 | −4 | |
/// | 2 | 1 (1) | 0 | 0 | |
/// | 2 | 2 (0) | 0 | −4 | 1, 0 + ¼·8 = 2 |
/// | 3 | 4 (0) | 1 | −2 | |
/// | 4 | 3 (1) | 0 | discarded | |
/// | 4 | 5 (0) | 1 | −2 | |
/// | 5 | 7 (0) | 1 | −2 | 2, 2 + ¼·6 = 3.5 |
/// | 6 | 6 (1) | 1 | discarded | |
/// | 6 | 8 (0) | 2 | −½ | |
/// | 7 | 10 (0) | 2 | −½ | |
/// | 8 | 9 (1) | 2 | 3.5 | 3, 3.5 − ¼·2.5 = 2.875 |
/// | 8 | 11 (0) | 2 | discarded | |
/// | 9 | 13 (0) | 3 | −1.125 | |
/// | 10 | 12 (1) | 3 | 2.875 | |
/// | 10 | 14 (0) | 3 | −1.125 | 4, 2.875 − ¼·0.625 = 2.71875 |
#[test]
fn four_updates_of_rennala_are_those_on_paper() {
    let run = on_paper("rennala:batch=3", 0.75, 4);
    assert_eq!(models(&run), [0.0, 2.0, 3.5, 2.875, 2.71875]);
    let expected = [
        (1, 0, 0, 0, true),
        (2, 1, 1, 0, true),
        (2, 2, 0, 0, true),
        (3, 4, 0, 0, true),
        (4, 3, 1, 1, false),
        (4, 5, 0, 0, true),
        (5, 7, 0, 0, true),
        (6, 6, 1, 1, false),
        (6, 8, 0, 0, true),
        (7, 10, 0, 0, true),
        (8, 9, 1, 0, true),
        (8, 11, 0, 1, false),
        (9, 13, 0, 0, true),
        (10, 12, 1, 0, true),
        (10, 14, 0, 0, true),
    ];
    assert_eq!(arrivals(&run), expected);
}

/// S = 3, n = 2: a round ends when `1/B_0 + 1/B_1 ≤ n²/S = 4/3`: not at (1, 1) or (2, 1), but at
/// (3, 1), where both sides are equal. All gradients of a worker in a round are equal, so the
/// direction is `x − 2` whatever the numbers: `x_{t+1} − 2 = (1 − γ)(x_t − 2)`, with γ = ½ a half.
///
/// Worker 0 delivers at 1, 2, 3; worker 1 at 2: an update at 3. Its job of time 2 is stale at 4;
/// that of time 4 comes at 6 and meets two of worker 0, whose third comes at 6 too: an update at 6.
/// The next job of worker 1 was assigned just before, so it is stale at 8, and the one after ends
/// the round at 10, where worker 0 has delivered three at 7, 8, 9.
#[test]
fn three_updates_of_malenia_are_those_on_paper() {
    let run = on_paper("malenia:batch=3", 0.5, 3);
    for (x, expected) in models(&run).iter().zip([0.0, 1.0, 1.5, 1.75]) {
        assert_close(*x, expected, 1e-15);
    }
    let expected = [
        (1, 0, 0, 0, true),
        (2, 1, 1, 0, true),
        (2, 2, 0, 0, true),
        (3, 4, 0, 0, true),
        (4, 3, 1, 1, false),
        (4, 5, 0, 0, true),
        (5, 7, 0, 0, true),
        (6, 6, 1, 0, true),
        (6, 8, 0, 0, true),
        (7, 10, 0, 0, true),
        (8, 9, 1, 1, false),
        (8, 11, 0, 0, true),
        (9, 13, 0, 0, true),
        (10, 12, 1, 0, true),
    ];
    assert_eq!(arrivals(&run), expected);
}

/// R = 2, γ = ½: as `pure` (see `golden.rs`) until worker 1 delivers with a staleness of 2 at
/// time 4. From then on it always does, worker 0 goes on alone, and `x − 4` is halved each unit.
#[test]
fn seven_updates_of_ringmaster_are_those_on_paper() {
    let run = on_paper("ringmaster:threshold=2", 0.5, 7);
    let expected = [0.0, 2.0, 2.0, 3.0, 3.5, 3.75, 3.875, 3.9375];
    assert_eq!(models(&run), expected);
    let expected = [
        (1, 0, 0, 0, true),
        (2, 1, 1, 1, true),
        (2, 2, 0, 1, true),
        (3, 4, 0, 0, true),
        (4, 3, 1, 2, false),
        (4, 5, 0, 0, true),
        (5, 7, 0, 0, true),
        (6, 6, 1, 2, false),
        (6, 8, 0, 0, true),
    ];
    assert_eq!(arrivals(&run), expected);
}

/// Gradients with noise of their own for each job.
fn noisy() -> impl Oracle {
    from_fn(3, |job, x: &[f64], out: &mut [f64]| {
        let c = job.worker().index() as f64;
        for (x, out) in x.iter().zip(out) {
            let noise: f64 = job.rng().random_range(-1.0..1.0);
            *out = x - c + noise;
        }
    })
}

fn record(method: &str, cluster: &Cluster, updates: u64) -> Recording {
    let setup = Setup::new(method, &[1.0, -2.0, 0.3], updates);
    setup.record(noisy(), cluster)
}

/// Clusters of five workers that differ.
fn clusters() -> Vec<Cluster> {
    let laws = [Law::fixed(), Law::exponential(), Law::uniform()];
    let speeds = [linear(5), equal(5), vec![1.0, 1.0, 1.0, 2.0, 30.0]];
    let of = |law: Law| speeds.clone().map(|speeds| cluster(&speeds, law.clone()));
    laws.into_iter().flat_map(of).collect()
}

/// For each update, how many gradients of each worker it used. Panics if one of them was stale, or
/// one that was not used was fresh.
pub(crate) fn used(run: &Recording, n_workers: usize) -> Vec<Vec<Vec<u64>>> {
    let mut rounds = Vec::new();
    let mut counts = vec![0; n_workers];
    // The numbers after each gradient of the round.
    let mut so_far = Vec::new();
    for note in &run.notes {
        match note {
            Event::Received(r) => {
                let is_fresh = r.staleness() == 0;
                assert_eq!(is_fresh, r.action == Action::Held, "{r:?}");
                assert!(is_fresh || r.action == Action::Discarded);
                if is_fresh {
                    counts[r.worker.index()] += 1;
                    so_far.push(counts.clone());
                }
            }
            Event::Updated(_) => {
                rounds.push(std::mem::take(&mut so_far));
                counts.fill(0);
            }
            _ => {}
        }
    }
    rounds
}

#[test]
fn rennala_uses_exactly_s_gradients_an_update_and_none_that_is_stale() {
    for cluster in clusters() {
        for s in [1, 4, 5, 17] {
            let run = record(&format!("rennala:batch={s}"), &cluster, 100);
            let rounds = used(&run, 5);
            assert_eq!(rounds.len(), 100);
            assert!(rounds.iter().all(|round| round.len() == s));
        }
    }
}

/// In whole numbers: before the last gradient of a round the harmonic mean is below S/n, with it no
/// longer.
#[test]
fn malenia_stops_at_the_first_gradient_that_makes_the_harmonic_mean_large_enough() {
    for cluster in clusters() {
        for s in [1, 5, 9, 16] {
            let run = record(&format!("malenia:batch={s}"), &cluster, 60);
            let rounds = used(&run, 5);
            assert_eq!(rounds.len(), 60);
            for round in rounds {
                let (last, before) = round.split_last().unwrap();
                assert!(is_enough(last, s), "{last:?}");
                assert!(before.iter().all(|counts| !is_enough(counts, s)));
            }
        }
    }
}

#[test]
fn malenia_with_s_up_to_n_stops_exactly_when_everybody_has_delivered() {
    for cluster in clusters() {
        for method in ["malenia", "malenia:batch=1", "malenia:batch=5"] {
            for round in used(&record(method, &cluster, 60), 5) {
                let (last, before) = round.split_last().unwrap();
                assert!(!last.contains(&0));
                assert!(before.iter().all(|counts| counts.contains(&0)));
            }
        }
    }
}

/// Equal numbers k, for which rounding could say that `n·(1/k)` is more than `n²/(n·k)`: 3·0.1
/// > 0.3 in binary.
#[test]
fn rounding_makes_no_round_of_malenia_longer() {
    for n in 1..8usize {
        for k in 1..40 {
            let method = format!("malenia:batch={}", n * k);
            let run = Setup::new(&method, &[0.0], 1);
            let run = run.record(quadratic(&vec![0.0; n]), &cluster(&equal(n), Law::fixed()));
            assert_eq!(run.received().count(), n * k, "n = {n}, k = {k}");
        }
    }
}

/// Rennala divides the step size by S, Malenia the sum.
#[test]
fn with_one_worker_rennala_and_malenia_are_mini_batch_sgd_bit_for_bit() {
    for s in [1, 3, 10] {
        let start = [1.0, -2.0, 0.3];
        let (mut rennala, mut malenia) = (start, start);
        let mut job = 0;
        for _ in 0..40 {
            let (mut sum, mut sum_at_malenias) = ([0.0; 3], [0.0; 3]);
            for _ in 0..s {
                let g = gradient_of(&noisy(), 1, (0, job), &rennala);
                sum.iter_mut().zip(g).for_each(|(sum, g)| *sum += g);
                let g = gradient_of(&noisy(), 1, (0, job), &malenia);
                sum_at_malenias
                    .iter_mut()
                    .zip(g)
                    .for_each(|(sum, g)| *sum += g);
                job += 1;
            }
            let parts = s as f64;
            for component in 0..3 {
                rennala[component] -= 0.1 / parts * sum[component];
                malenia[component] -= 0.1 * (1.0 / parts * sum_at_malenias[component]);
            }
        }
        let cluster = cluster(&[2.0], Law::exponential());
        let run = |name: &str| record(&format!("{name}:batch={s}"), &cluster, 40);
        assert_eq!(run("rennala").last(), rennala, "S = {s}");
        assert_eq!(run("malenia").last(), malenia, "S = {s}");
    }
}

#[test]
fn ringmaster_applies_what_is_below_its_threshold_and_nothing_else() {
    for cluster in clusters() {
        for r in [1, 2, 5, 12] {
            let run = record(&format!("ringmaster:threshold={r}"), &cluster, 300);
            for arrival in run.received() {
                let is_applied = arrival.action == Action::Applied;
                assert_eq!(is_applied, arrival.staleness() < r, "{arrival:?}");
                assert!(is_applied || arrival.action == Action::Discarded);
            }
        }
    }
}

fn same_models(a: &Recording, b: &Recording) -> bool {
    let values = |run: &Recording| -> Vec<Vec<f64>> {
        run.models.iter().map(|m| m.values().to_vec()).collect()
    };
    values(a) == values(b)
}

#[test]
fn ringmaster_with_a_threshold_that_is_never_reached_is_pure_bit_for_bit() {
    for cluster in clusters() {
        let pure = record("pure", &cluster, 200);
        let ringmaster = record("ringmaster:threshold=200", &cluster, 200);
        assert_eq!(pure.notes, ringmaster.notes);
        assert!(same_models(&pure, &ringmaster));
    }
}

#[test]
fn ringmaster_with_threshold_1_is_rennala_with_batches_of_1_bit_for_bit() {
    for cluster in clusters() {
        let ringmaster = record("ringmaster:threshold=1", &cluster, 200);
        let rennala = record("rennala:batch=1", &cluster, 200);
        assert_eq!(arrivals(&ringmaster), arrivals(&rennala));
        assert!(same_models(&ringmaster, &rennala));
    }
}

/// `t(R) = 2·min_m (m/Σ_{i≤m} 1/s_i)(1 + R/m)` units for any R updates in a row, the first ones
/// among them.
#[test]
fn r_updates_of_ringmaster_take_no_longer_than_its_time_lemma_says() {
    let one_slow = [1.0, 1.5, 2.0, 2.0, 3.0, 200.0].to_vec();
    for speeds in [linear(6), equal(6), one_slow] {
        for r in [1, 2, 6, 20] {
            let bound = (1..=6).map(|m| {
                let rates: f64 = speeds[..m].iter().map(|s| 1.0 / s).sum();
                2.0 * (m as f64 / rates) * (1.0 + r as f64 / m as f64)
            });
            let bound = bound.fold(f64::INFINITY, f64::min);
            let method = format!("ringmaster:threshold={r}");
            let run = record(&method, &cluster(&speeds, Law::fixed()), 500);
            let applied = run.received().filter(|r| r.action == Action::Applied);
            let mut times = vec![0.0];
            times.extend(applied.map(|r| r.time.as_secs_f64() * 1e3));
            for window in times.windows(r + 1) {
                let took = window[r] - window[0];
                assert!(
                    took <= bound + 1e-9,
                    "{speeds:?}, R = {r}: {took} > {bound}"
                );
            }
        }
    }
}
