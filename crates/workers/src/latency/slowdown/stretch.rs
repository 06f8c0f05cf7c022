//! How long a job takes under everything that slows it down.

use std::time::Duration;

use ps_core::{Purpose, Seed, WorkerId};

use super::alternation::{Alternation, Walk};
use super::effect::{Course, Effect, Part};

/// After so many changes within one job the rest of it goes on at the average speed.
const MAX_CHANGES: u32 = 1_000_000;

/// No job takes longer: a century.
const LONGEST: f64 = 3.2e18;

/// One cause of slowness that comes and goes.
struct Pace {
    walk: Walk,
    /// The speed while it is off; 1 is the full one.
    off: f64,
    average: f64,
}

impl Pace {
    fn of(effect: &Effect, seed: Seed, worker: WorkerId, start: u64) -> Option<Self> {
        let (on, off, speed, purpose, worker) = match effect.course {
            Course::Outages(up, down) => (up, down, 0.0, Purpose::Outages, worker),
            Course::Bursts(calm, burst, factor) => {
                // One process for all of them.
                let everybody = WorkerId::new(0);
                (calm, burst, 1.0 / factor, Purpose::Bursts, everybody)
            }
            Course::Periodic(..) | Course::Drift(..) => return None,
        };
        let alternation = Alternation {
            on,
            off,
            seed,
            purpose,
            worker,
        };
        let share_on = alternation.share_on();
        Some(Self {
            walk: alternation.walk(start),
            off: speed,
            average: share_on + speed * (1.0 - share_on),
        })
    }

    fn speed(&self) -> f64 {
        if self.walk.is_on() { 1.0 } else { self.off }
    }
}

/// How long a part of a job takes that would take `time` at full speed, when it begins at `start`.
pub(crate) fn stretch(
    effects: &[Effect],
    seed: Seed,
    worker: WorkerId,
    part: Part,
    start: Duration,
    time: Duration,
) -> Duration {
    if time.is_zero() {
        return time;
    }
    let begin = u64::try_from(start.as_nanos()).unwrap_or(u64::MAX);
    let mut work = time.as_nanos() as f64;
    // Of each kind there is one at most, and two that switch.
    let mut paces = [None, None];
    let mut free = paces.iter_mut();
    for effect in effects.iter().filter(|it| it.concerns(worker, part)) {
        work *= effect.factor(seed, worker, start);
        if let Some(pace) = Pace::of(effect, seed, worker, begin) {
            *free.next().expect("one of each kind") = Some(pace);
        }
    }
    let nanoseconds = through(&mut paces, begin, work).round().clamp(1.0, LONGEST);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded, positive and capped"
    )]
    Duration::from_nanos(nanoseconds as u64)
}

/// How long work takes that begins now: in nanoseconds, the work as much as the time.
fn through(paces: &mut [Option<Pace>], begin: u64, mut work: f64) -> f64 {
    let product = |paces: &[Option<Pace>], of: fn(&Pace) -> f64| -> f64 {
        paces.iter().flatten().map(of).product()
    };
    let mut now = begin;
    for _ in 0..MAX_CHANGES {
        let speed = product(paces, Pace::speed);
        let ends = paces.iter().flatten().map(|pace| pace.walk.until());
        let change = ends.min().unwrap_or(u64::MAX);
        let done = (change - now) as f64 * speed;
        if work <= done {
            return (now - begin) as f64 + work / speed;
        }
        if change == u64::MAX {
            break;
        }
        work -= done;
        now = change;
        for pace in paces.iter_mut().flatten() {
            if pace.walk.until() == now {
                pace.walk.advance();
            }
        }
    }
    (now - begin) as f64 + work / product(paces, |pace| pace.average)
}
