use ps_core::{Purpose, Seed, WorkerId};

use super::alternation::{Alternation, Walk};
use super::*;

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

/// The outages of worker 0, up and down for these times on average.
fn outages(on: Duration, off: Duration, seed: u64) -> Alternation {
    Alternation {
        on,
        off,
        seed: Seed::new(seed),
        purpose: Purpose::Outages,
        worker: worker(0),
    }
}

fn worker(index: usize) -> WorkerId {
    WorkerId::new(index)
}

/// How long a second of computing takes that worker 0 begins at `start`.
fn computing(slowdown: &Slowdown, start: Duration, time: Duration) -> Duration {
    stretch(
        &[slowdown.effect()],
        Seed::new(1),
        worker(0),
        Part::Compute,
        start,
        time,
    )
}

/// The process from its beginning to `end`: (from, to, is it on), in nanoseconds.
fn stretches(alternation: Alternation, end: u64) -> Vec<(u64, u64, bool)> {
    let mut walk: Walk = alternation.walk(0);
    let mut found: Vec<(u64, u64, bool)> = vec![(0, 0, walk.is_on())];
    while walk.until() < end {
        let (now, was) = (walk.until(), walk.is_on());
        walk.advance();
        if was != walk.is_on() {
            found.last_mut().unwrap().1 = now;
            found.push((now, now, walk.is_on()));
        }
    }
    found.last_mut().unwrap().1 = end;
    found
}

/// `f = 1 + A·sin(θ + φ)`: half a period later `f` lies as far on the other side of 1, and a
/// quarter later the squares of both distances add up to A². That holds whatever the phase is.
#[test]
fn a_periodic_slowdown_is_a_sine_of_its_amplitude_and_period() {
    let slowdown = Slowdown::periodic(0.5, 2 * SECOND);
    let at = |eighths: u32| computing(&slowdown, eighths * SECOND / 4, SECOND).as_secs_f64();
    for eighth in 0..8 {
        assert!((at(eighth) + at(eighth + 4) - 2.0).abs() < 3e-9);
        let squares = (at(eighth) - 1.0).powi(2) + (at(eighth + 2) - 1.0).powi(2);
        assert!((squares - 0.25).abs() < 3e-9, "{squares}");
        assert_eq!(at(eighth), at(eighth + 8), "a whole period later");
    }
}

#[test]
fn each_worker_has_its_own_phase() {
    let slowdown = Slowdown::periodic(0.5, 2 * SECOND);
    let at_first = |index, seed| {
        slowdown
            .effect()
            .factor(Seed::new(seed), worker(index), Duration::ZERO)
    };
    let mut factors: Vec<f64> = (0..20).map(|index| at_first(index, 1)).collect();
    factors.push(at_first(0, 2));
    factors.sort_unstable_by(f64::total_cmp);
    factors.dedup();
    assert_eq!(factors.len(), 21);
}

/// 1.5² = 2.25; 1.5^11.4 > 100.
#[test]
fn a_drift_multiplies_times_every_second_and_is_bounded() {
    let slower = Slowdown::drift(0.5);
    assert_eq!(computing(&slower, Duration::ZERO, SECOND), SECOND);
    assert_eq!(computing(&slower, SECOND, SECOND), SECOND * 3 / 2);
    assert_eq!(computing(&slower, 2 * SECOND, SECOND), SECOND * 9 / 4);
    assert_eq!(computing(&slower, 12 * SECOND, SECOND), 100 * SECOND);
    let faster = Slowdown::drift(-0.5);
    assert_eq!(computing(&faster, SECOND, SECOND), SECOND / 2);
    assert_eq!(computing(&faster, 7 * SECOND, SECOND), SECOND / 100);
}

/// Worked out from the stretches of the process: the time up until the job is done, and every time
/// down before.
#[test]
fn a_job_takes_its_time_plus_the_time_down() {
    let up_and_down = Slowdown::outages(3 * MILLISECOND, MILLISECOND);
    let alternation = outages(3 * MILLISECOND, MILLISECOND, 1);
    let process = stretches(alternation, 1_000_000_000);
    assert!(process.len() > 300, "{} stretches", process.len());
    for start in (0..100).map(|n| n * 1_234_567) {
        // Jobs shorter than an outage, and longer than a hundred of them.
        for work in [1_000, 2_000_000, 400_000_000] {
            let mut left = work;
            let mut end = start;
            for &(from, to, is_on) in process.iter().filter(|&&(_, to, _)| to > start) {
                let begin = from.max(start);
                if is_on && left <= to - begin {
                    end = begin + left;
                    break;
                }
                left -= if is_on { to - begin } else { 0 };
            }
            let (at, time) = (Duration::from_nanos(start), Duration::from_nanos(work));
            let took = computing(&up_and_down, at, time);
            assert_eq!(took, Duration::from_nanos(end - start), "{start} {work}");
        }
    }
}

/// A burst at a quarter of the speed takes four times what it does; the sum of the parts is the
/// work.
#[test]
fn a_job_goes_on_more_slowly_while_a_burst_lasts() {
    let bursts = Slowdown::bursts(2 * MILLISECOND, 3 * MILLISECOND, 4.0);
    let calm = Alternation {
        purpose: Purpose::Bursts,
        ..outages(2 * MILLISECOND, 3 * MILLISECOND, 1)
    };
    for index in [0, 7] {
        let took = stretch(
            &[bursts.effect()],
            Seed::new(1),
            worker(index),
            Part::Compute,
            SECOND,
            50 * MILLISECOND,
        );
        let (mut walk, mut now) = (calm.walk(1_000_000_000), 1_000_000_000);
        let (mut done, end) = (0.0, 1_000_000_000 + u64::try_from(took.as_nanos()).unwrap());
        while now < end {
            let until = walk.until().min(end);
            done += (until - now) as f64 * if walk.is_on() { 1.0 } else { 0.25 };
            now = until;
            walk.advance();
        }
        assert!((done - 50e6).abs() <= 1.0, "worker {index}: {done}");
        assert!(took > 60 * MILLISECOND, "{took:?}");
    }
}

/// Renewal theory: the share of time up in `n` cycles of exponential times with means u and d has a
/// standard error of √(2/n)·ud/(u + d)² = 0.00265 for the 10,000 here; times up and down have means
/// u and d within 4 standard errors, u/√n and d/√n, and a standard deviation that equals the mean,
/// within 5 %.
#[test]
fn a_worker_is_up_its_share_of_the_time_in_exponential_stretches() {
    let alternation = outages(3 * MILLISECOND, MILLISECOND, 5);
    let end = 40_000_000_000;
    let process = stretches(alternation, end);
    let lengths = |wanted: bool| -> Vec<f64> {
        let inner = process[1..process.len() - 1].iter();
        let of_it = inner.filter(|&&(_, _, is_on)| is_on == wanted);
        of_it
            .map(|(from, to, _)| (to - from) as f64 / 1e6)
            .collect()
    };
    for (is_on, mean) in [(true, 3.0), (false, 1.0)] {
        let lengths = lengths(is_on);
        let n = lengths.len() as f64;
        let found = lengths.iter().sum::<f64>() / n;
        assert!(
            (found - mean).abs() < 4.0 * mean / n.sqrt(),
            "{found} ms, not {mean}"
        );
        let variance = lengths.iter().map(|l| (l - found).powi(2)).sum::<f64>() / n;
        assert!(
            (variance.sqrt() / mean - 1.0).abs() < 0.05,
            "σ {}",
            variance.sqrt()
        );
    }
    let up: u64 = process
        .iter()
        .filter(|&&(.., is_on)| is_on)
        .map(|(from, to, _)| to - from)
        .sum();
    let share = up as f64 / end as f64;
    assert!((share - 0.75).abs() < 4.0 * 0.00265, "{share}");
}

/// The state at a time found directly, and by a walk from the beginning.
#[test]
fn the_state_does_not_depend_on_where_one_begins_to_look() {
    for (on, off) in [
        (3 * MILLISECOND, MILLISECOND),
        (MILLISECOND, 500 * MILLISECOND),
    ] {
        let alternation = outages(on, off, 9);
        let process = stretches(alternation, 2_000_000_000);
        for time in (0..2_000).map(|n| n * 999_983) {
            let is_on = alternation.walk(time).is_on();
            let here = |&&(from, to, _): &&(u64, u64, bool)| (from..to).contains(&time);
            assert_eq!(
                Some(is_on),
                process.iter().find(here).map(|s| s.2),
                "{time}"
            );
        }
    }
}

/// At time 0 too: of 4,000 workers with seed 1, three quarters are up; 4 standard errors.
#[test]
fn the_share_of_workers_up_is_the_same_at_the_start() {
    let alternation = outages(3 * SECOND, SECOND, 1);
    let is_up = |index: &usize| {
        let worker = worker(*index);
        Alternation {
            worker,
            ..alternation
        }
        .walk(0)
        .is_on()
    };
    let up = (0..4_000).filter(is_up).count() as f64 / 4_000.0;
    assert!(
        (up - 0.75).abs() < 4.0 * (0.1875f64 / 4_000.0).sqrt(),
        "{up}"
    );
}

#[test]
fn several_slowdowns_multiply() {
    let drift = Slowdown::drift(1.0);
    let outages = Slowdown::outages(3 * MILLISECOND, MILLISECOND);
    let both = stretch(
        &[drift.effect(), outages.effect()],
        Seed::new(1),
        worker(0),
        Part::Compute,
        2 * SECOND,
        5 * MILLISECOND,
    );
    assert_eq!(both, computing(&outages, 2 * SECOND, 20 * MILLISECOND));
    // Stopped and slow at the same time is stopped: no less than either alone.
    let bursts = Slowdown::bursts(MILLISECOND, MILLISECOND, 2.0);
    let both = stretch(
        &[bursts.effect(), outages.effect()],
        Seed::new(1),
        worker(0),
        Part::Compute,
        SECOND,
        SECOND,
    );
    for alone in [&bursts, &outages] {
        assert!(both > computing(alone, SECOND, SECOND));
    }
}

#[test]
fn a_share_of_the_workers_is_spread_evenly() {
    let concerned = |share: f64| -> Vec<usize> {
        let drift = format!("drift:1,{share}").parse::<Slowdown>().unwrap();
        let is_in = |index: &usize| drift.effect().concerns(worker(*index), Part::Compute);
        (0..8).filter(is_in).collect()
    };
    assert_eq!(concerned(0.5), [1, 3, 5, 7]);
    assert_eq!(concerned(0.25), [3, 7]);
    assert_eq!(concerned(1.0).len(), 8);
}

#[test]
fn only_outages_hold_up_what_is_on_its_way() {
    for text in [
        "periodic:0.9,1s",
        "drift:5",
        "bursts:1ms,1ms,9",
        "outages:1ms,1ms",
    ] {
        let slowdown: Slowdown = text.parse().unwrap();
        let took = stretch(
            &[slowdown.effect()],
            Seed::new(1),
            worker(0),
            Part::Link,
            SECOND,
            50 * MILLISECOND,
        );
        assert_eq!(
            took != 50 * MILLISECOND,
            text.starts_with("outages"),
            "{text}"
        );
    }
}

/// A century of outages of a microsecond is not followed step by step; it takes twice as long on
/// average.
#[test]
fn a_job_of_very_many_changes_ends_soon_enough() {
    let outages = Slowdown::outages(Duration::from_micros(1), Duration::from_micros(1));
    let took = computing(&outages, Duration::ZERO, 1_000_000 * SECOND);
    let doubled = took.as_secs_f64() / 2e6;
    assert!((doubled - 1.0).abs() < 1e-3, "{took:?}");
    let end = Duration::from_nanos(u64::MAX);
    for text in [
        "outages:1000000000s,1000000000s",
        "outages:1us,1us",
        "periodic:0.5,1s",
    ] {
        let took = computing(&text.parse().unwrap(), end, SECOND);
        assert!(took > Duration::ZERO, "{text}");
    }
}

#[test]
fn slowdowns_read_what_they_write() {
    for text in [
        "periodic:0.5,2s",
        "drift:-0.1",
        "drift:0.25,0.5",
        "outages:1500ms,10us",
        "bursts:10s,1s,4,0.3",
        "bursts:1ms,1us,1,0.3,periodic:0.5,2s,0.25,outages:5s,1s",
    ] {
        let read: Slowdowns = text.parse().unwrap();
        assert_eq!(read.to_string(), text);
    }
    let spaced: Slowdowns = "periodic: 0.5, 2000ms, outages:1m,1s".parse().unwrap();
    assert_eq!(spaced.to_string(), "periodic:0.5,2s,outages:60s,1s");
}

#[test]
fn bad_slowdowns_say_what_is_wrong() {
    for (text, part) in [
        ("gusts:1", "unknown slow-down `gusts`"),
        ("", "unknown slow-down ``"),
        (
            "periodic",
            "`periodic`: its form is periodic:AMPLITUDE,PERIOD",
        ),
        ("drift:1,0.5,3", "`drift:1,0.5,3`: its form is drift:RATE"),
        (
            "periodic:x1,2s",
            "AMPLITUDE is `x1`, and must be at least 0",
        ),
        ("periodic:0.5,2", "PERIOD is 2, and must be a time such as"),
        (
            "periodic:1,2s",
            "AMPLITUDE is 1, and must be at least 0 and below 1",
        ),
        ("drift:-1", "RATE is -1, and must be above -1"),
        (
            "outages:5s,1ns",
            "DOWN is `1ns`, and must be a time such as 200ms, between 1us",
        ),
        ("outages:5s,0s", "DOWN is `0s`"),
        ("bursts:1s,1s,0.5", "FACTOR is 0.5, and must be at least 1"),
        ("bursts:1s,1s,2,0", "SHARE is 0, and must be above 0"),
        ("drift:0.1,1.5", "SHARE is 1.5"),
    ] {
        let error = text.parse::<Slowdowns>().expect_err(text).to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn a_slowdown_begins_with_its_name_and_has_the_numbers_up_to_the_next() {
    for bad in ["", ",", "drift:0.1,", "drift:0.1,,periodic:0.5,2s"] {
        assert!(bad.parse::<Slowdowns>().is_err(), "{bad}");
    }
    let text = "periodic:0.5,2s,0.5,drift:0.1,bursts:5s,1s,3";
    let all: Slowdowns = text.parse().expect("three");
    assert_eq!(all.0.len(), 3);
    assert_eq!(all.0[1], Slowdown::drift(0.1));
    assert_eq!(all.to_string(), text);
    let infinite = "periodic:0.5,2s,inf".parse::<Slowdowns>();
    assert!(infinite.expect_err("no share").to_string().contains("inf"));
    let twice = "drift:0.1,periodic:0.5,2s,drift:0.2".parse::<Slowdowns>();
    let said = "`drift:0.1` and `drift:0.2` are of one kind; give one of them";
    assert_eq!(twice.expect_err("two of a kind").to_string(), said);
}
