//! Recomputes from the events alone what must always hold.

use ps_core::{Event, Stopped, Unfinished, Updated};
use std::collections::BTreeMap;
use std::time::Duration;

use asgrad::ps_core::Action;

use super::naive::{Late, Learning, Rule};

/// A job from its assignment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Assigned {
    pub(crate) time: Duration,
    pub(crate) worker: usize,
    pub(crate) version: u64,
}

/// The rule of a named method, and how many jobs are outstanding. Settings whose default is not the
/// number of workers are all given, but for `late`.
pub(crate) fn rule_of(method: &str, n_workers: usize, concurrency: usize) -> (Rule, usize) {
    let mut parts = method.split(':');
    let name = parts.next().unwrap();
    let settings: BTreeMap<_, _> = parts.filter_map(|part| part.split_once('=')).collect();
    let value = |key: &str| settings[key].parse().unwrap();
    let value_or_n = |key: &str| {
        let value = settings.get(key).map(|value| value.parse().unwrap());
        value.unwrap_or(n_workers)
    };
    let late = |default: Late| match settings.get("late") {
        None => default,
        Some(&"discard") => Late::Discard,
        Some(&"cancel") => Late::Cancel,
        Some(&"use") => Late::Use,
        Some(other) => panic!("late={other}"),
    };
    let learning = || Learning {
        clip: value("clip") as f64,
        memory: value("memory") as u64,
    };
    match name {
        "sgd" | "random-reshuffling" | "shuffle-once" | "incremental" => (Rule::Immediate, 1),
        "minibatch" => (Rule::Waiting(n_workers), n_workers),
        "pure" | "random" | "shuffled" => (Rule::Immediate, concurrency),
        "pure-waiting" | "random-waiting" | "shuffled-waiting" => {
            (Rule::Waiting(value("b")), concurrency)
        }
        "fedbuff" => (Rule::Buffered(value("b")), concurrency),
        "rennala" => {
            let late = late(Late::Discard);
            (Rule::Fresh(value_or_n("batch"), late), n_workers)
        }
        "malenia" => {
            let late = late(Late::Discard);
            (Rule::FreshOfAll(value_or_n("batch"), late), n_workers)
        }
        "m-synchronous" => (Rule::Round(value("m"), late(Late::Cancel)), n_workers),
        "ringmaster" => (Rule::Within(value_or_n("threshold")), concurrency),
        "ringmaster-stop" => (Rule::Stopped(value_or_n("threshold")), n_workers),
        "mindflayer" => {
            let limit = 1000 * value("limit") as u64;
            (Rule::Trials(value("trials"), limit), n_workers)
        }
        "ringleader" => (Rule::Ringleader, n_workers),
        "rescaled" => (Rule::Rescaled(learning()), concurrency),
        "generalized" => (Rule::Routed(learning()), concurrency),
        "ssp" => (Rule::Bounded(value("bound")), n_workers),
        "iag" => (Rule::Table, n_workers),
        _ => panic!("nobody has said what {name} does"),
    }
}

/// Every job there was, by number. Panics unless the numbers count from 0 without a gap and none
/// came back twice.
pub(crate) fn jobs(notes: &[Event]) -> Vec<Assigned> {
    let mut jobs = BTreeMap::new();
    for note in notes {
        let (job, assigned) = match *note {
            Event::Received(r) => (
                r.job.number(),
                Assigned {
                    time: r.assigned,
                    worker: r.worker.index(),
                    version: r.read_version.number(),
                },
            ),
            Event::Assigned(Unfinished {
                time,
                worker,
                job,
                version,
                ..
            }) => (
                job.number(),
                Assigned {
                    time,
                    worker: worker.index(),
                    version: version.number(),
                },
            ),
            _ => continue,
        };
        assert!(jobs.insert(job, assigned).is_none(), "job {job} twice");
    }
    assert!(
        jobs.keys().copied().eq(0..jobs.len() as u64),
        "assigned = received + outstanding"
    );
    jobs.into_values().collect()
}

/// Whether jobs of this staleness may come back because they were cancelled.
fn may_call_off(rule: Rule, staleness: u64) -> bool {
    match rule {
        Rule::Stopped(threshold) => staleness >= threshold as u64,
        Rule::Fresh(_, late) | Rule::FreshOfAll(_, late) | Rule::Round(_, late) => {
            late == Late::Cancel && staleness > 0
        }
        _ => false,
    }
}

/// Versions grow by one for each update, gradients meet the fate that the rule says, time does not
/// run back, and every job's version had been published.
pub(crate) fn check_order(notes: &[Event], rule: Rule) {
    let fate = |staleness: u64| match rule {
        Rule::Immediate | Rule::Bounded(_) | Rule::Rescaled(_) | Rule::Routed(_) => Action::Applied,
        Rule::Within(r) | Rule::Stopped(r) if staleness < r as u64 => Action::Applied,
        Rule::Stopped(r) => panic!("{staleness} is not below {r}"),
        Rule::Waiting(_) | Rule::Buffered(_) | Rule::Ringleader | Rule::Table => Action::Held,
        Rule::Fresh(_, late) | Rule::FreshOfAll(_, late) | Rule::Round(_, late) => {
            let counts = staleness == 0 || late == Late::Use;
            assert!(counts || late == Late::Discard, "cancelled too late");
            if counts {
                Action::Held
            } else {
                Action::Discarded
            }
        }
        Rule::Trials(..) => {
            assert_eq!(staleness, 0);
            Action::Held
        }
        Rule::Within(_) => Action::Discarded,
    };
    let mut published = vec![Duration::ZERO];
    let mut now = Duration::ZERO;
    for note in notes {
        match note {
            Event::Received(r) => {
                assert!(
                    r.assigned <= r.times.started
                        && r.times.started <= r.times.finished
                        && r.times.finished <= r.time
                );
                assert!(now <= r.time);
                now = r.time;
                let version = published.len() as u64 - 1;
                let fate = match r.action {
                    Action::Cancelled if may_call_off(rule, r.staleness()) => Action::Cancelled,
                    Action::Expired if matches!(rule, Rule::Trials(..)) => Action::Expired,
                    _ => fate(r.staleness()),
                };
                assert_eq!((r.version.number(), r.action), (version, fate));
                assert_eq!(r.step_size.is_some(), fate == Action::Applied);
                let read = published[usize::try_from(r.read_version.number()).unwrap()];
                assert!(read <= r.assigned, "its version had been published");
                if fate == Action::Applied {
                    published.push(r.time);
                }
            }
            Event::Updated(Updated { time, version, .. }) => {
                assert_eq!((version.number(), *time), (published.len() as u64, now));
                published.push(*time);
            }
            Event::Stopped(Stopped { time, version, .. }) => {
                assert_eq!(version.number(), published.len() as u64 - 1);
                assert!(now <= *time);
            }
            _ => {}
        }
    }
}

/// Each worker runs its jobs in the order assigned and, in virtual time, never idles while it has
/// one: a job starts when it is assigned or when the one before it is finished, whichever is later.
pub(crate) fn check_queues(notes: &[Event], n_workers: usize) {
    let mut finished = vec![Duration::ZERO; n_workers];
    let mut last_job = vec![None; n_workers];
    for note in notes {
        match *note {
            Event::Received(r) => {
                let worker = r.worker.index();
                assert!(last_job[worker] < Some(r.job.number()), "out of order");
                assert_eq!(r.times.started, finished[worker].max(r.assigned), "{r:?}");
                assert_eq!(r.time, r.times.finished);
                last_job[worker] = Some(r.job.number());
                finished[worker] = r.times.finished;
            }
            Event::Assigned(Unfinished { worker, job, .. }) => {
                let last_job = &mut last_job[worker.index()];
                assert!(*last_job < Some(job.number()), "skipped");
                *last_job = Some(job.number());
            }
            _ => {}
        }
    }
}

/// The conservation law in its general form (`design.md` §7): Σ ages of ended jobs + Σ ages of jobs
/// still out = Σ ages at assignment + Σ over updates of the jobs out at that moment, the received
/// one not counted; and the form that this rule gives it (`methods.md` §0). Returns the sum of the
/// staleness of received gradients.
pub(crate) fn check_conservation(notes: &[Event], rule: Rule, concurrency: usize) -> u64 {
    let (mut ended, mut aged, mut assigned, mut last) = (0, 0, 0, 0);
    for note in notes {
        match note {
            Event::Received(r) => {
                ended += r.staleness();
                assigned += r.age;
                if r.action == Action::Applied {
                    aged += r.concurrency as u64 - 1;
                }
                last = r.concurrency as u64;
            }
            Event::Updated(_) => aged += last - 1,
            Event::Assigned(Unfinished { age, .. }) => assigned += age,
            _ => {}
        }
    }
    assert!(
        assigned == 0 || matches!(rule, Rule::Ringleader),
        "{rule:?}"
    );
    let version = notes.iter().find_map(|note| match note {
        Event::Stopped(Stopped { version, .. }) => Some(version.number()),
        _ => None,
    });
    let version = version.expect("every run stops");
    let out = notes.iter().filter_map(|note| match note {
        Event::Assigned(Unfinished { version: read, .. }) => Some(version - read.number()),
        _ => None,
    });
    let out: u64 = out.sum();
    assert_eq!(ended + out, assigned + aged);
    let c = concurrency as u64;
    let form = match rule {
        Rule::Waiting(b) | Rule::Round(b, _) => version * (c - b as u64),
        // At every update everybody waits.
        Rule::Trials(..) => 0,
        // At the first update everybody waits.
        Rule::Table => version.saturating_sub(1) * (c - 1),
        // How many wait depends on the times.
        Rule::Bounded(_) => aged,
        // One job for each arrival, so that C are out at each of them.
        _ => version * (c - 1),
    };
    // Sums over received gradients; the last may have been held for an update that did not come.
    assert_eq!(ended + out - assigned, form, "{rule:?}");
    ended
}
