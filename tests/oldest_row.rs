//! An adaptive step size of a method that steps along a table: its delay is the age of the oldest
//! row.

use asgrad::{Law, OnLoss, Oracle};
use ps_core::Received;
use ps_core::{Event, Lost, Updated};

use crate::support::failing::failing;
use crate::support::recording::{Recording, Setup};
use crate::support::rules::step_rule;
use crate::support::{assert_close, cluster, quadratic};

const BUDGET: f64 = 0.5;

fn run(rule: &str, oracle: impl Oracle + 'static, law: Law) -> Recording {
    let mut setup = Setup::new("iag", &[0.0], 20_000);
    (setup.step_size, setup.step_rule) = (BUDGET, step_rule(rule));
    setup.on_loss = OnLoss::Continue;
    setup.record(oracle, &cluster(&[1.0, 300.0, 300.0], law))
}

/// The steps that were made since the oldest row was read, added up, and the one along it; for
/// every update.
fn missed_and_own(run: &Recording) -> Vec<f64> {
    let mut rows: [Option<usize>; 3] = [None; 3];
    let mut steps = Vec::new();
    let mut sums = Vec::new();
    let mut alive = 3;
    for note in &run.notes {
        match note {
            Event::Received(Received {
                worker,
                read_version,
                ..
            }) => rows[worker.index()] = Some(usize::try_from(read_version.number()).unwrap()),
            Event::Lost(Lost { worker, .. }) => (rows[worker.index()], alive) = (None, alive - 1),
            Event::Updated(Updated { step_size, .. }) => {
                steps.push(step_size * f64::from(alive));
                let oldest = rows.iter().flatten().min().unwrap();
                sums.push(steps[*oldest..].iter().sum());
            }
            _ => {}
        }
    }
    sums
}

/// Rows 600 updates old: with the newest gradient's delay the run diverges.
#[test]
fn delay_adaptive_steps_leave_room_for_those_that_the_oldest_row_has_missed() {
    let oracle = || quadratic(&[1.0, 2.0, 3.0]);
    for rule in ["piag", "piag:1", "piag2"] {
        for law in [Law::fixed(), Law::exponential()] {
            let run = run(rule, oracle(), law.clone());
            let sums = missed_and_own(&run);
            assert_eq!(sums.len(), 20_000);
            let most = sums.iter().copied().fold(0.0, f64::max);
            assert!(most <= BUDGET + 1e-12, "{rule}, {law}: {most}");
            assert!(most > 0.7 * BUDGET, "{rule}, {law}: {most}");
        }
        let last = run(rule, oracle(), Law::fixed()).last()[0];
        assert_close(last, 2.0, 1e-9);
    }
}

/// Otherwise its row would become older and older, and the steps shorter and shorter.
#[test]
fn the_row_of_a_lost_worker_is_not_the_oldest() {
    let oracle = failing(quadratic(&[1.0, 2.0, 3.0]), |worker, job| {
        worker == 1 && job > 6000
    });
    let run = run("piag2", oracle, Law::exponential());
    assert!(run.notes.iter().any(|n| matches!(n, Event::Lost(_))));
    let sums = missed_and_own(&run);
    assert!(sums.iter().all(|sum| *sum <= BUDGET + 1e-12));
    let late = &sums[10_000..];
    assert!(late.iter().copied().fold(0.0, f64::max) > 0.7 * BUDGET);
    assert_close(run.last()[0], 2.0, 1e-5);
}
