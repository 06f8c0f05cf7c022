//! The table of runs that no comparison came with.

use explain::tables::number::{or_unknown, printed};
use explain::tables::{Spread, Table};

use crate::group::Group;
use crate::run::Run;

/// One row a method: means over the seeds, with standard deviations.
pub(crate) fn table(groups: &[Group]) -> Table {
    let mut table = Table::default();
    let mut column = |header: &str, cell: &dyn Fn(&Group) -> String| {
        table.push_column(header, groups.iter().map(cell));
    };
    column("method", &|it| it.name.clone());
    column("step size", &|it| {
        printed(it.first().header().spec.step_size)
    });
    column("seeds", &|it| it.runs.len().to_string());
    column("updates", &|it| {
        spread(it, |run| Some(run.explained.updates as f64))
    });
    column("time, s", &|it| spread(it, |run| Some(run.seconds())));
    column("loss", &|it| {
        spread(it, |run| Some(run.evaluations().last()?.loss))
    });
    column("gradient norm", &|it| {
        spread(it, |run| Some(run.evaluations().last()?.gradient_norm))
    });
    column("staleness mean", &|it| {
        printed((it.staleness_summary().mean * 100.0).round() / 100.0)
    });
    column("max", &|it| it.staleness_summary().max.to_string());
    column("ended", &endings);
    table
}

/// Why the runs ended, each reason once.
fn endings(group: &Group) -> String {
    let mut endings: Vec<&str> = Vec::new();
    for run in &group.runs {
        let ending = run.stop().unwrap_or("truncated");
        if !endings.contains(&ending) {
            endings.push(ending);
        }
    }
    endings.join(", ")
}

/// Mean ± standard deviation of a sample; a dash if a run does not know it.
fn spread(group: &Group, of: impl Fn(&Run) -> Option<f64>) -> String {
    let values: Option<Vec<f64>> = group.whole().map(of).collect();
    or_unknown(values.and_then(Spread::of).map(Spread::printed))
}
