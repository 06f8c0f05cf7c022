//! Loss and gradient norm against time and against updates.

use explain::tables::Table;
use trace::Evaluation;

use super::id;
use crate::figure::{Axis, Figure, Ink, Mark, Point, Scale, Series, Size};
use crate::group::Group;
use crate::run::Run;

/// Number of points of a line: one for every other pixel.
const MAX_POINTS: usize = 240;
/// How many times the highest start a line may climb before it is cut off: it would flatten all
/// others.
const CEILING: f64 = 10.0;

/// What is measured.
struct Quantity {
    /// Its word in the names of figures.
    word: &'static str,
    name: &'static str,
    /// The label of its axis.
    label: &'static str,
    of: fn(&Evaluation) -> f64,
}

const GRADIENT_NORM: Quantity = Quantity {
    word: "gradient-norm",
    name: "Gradient norm",
    label: "gradient norm ‖∇f(x)‖",
    of: |evaluation| evaluation.gradient_norm,
};

const LOSS: Quantity = Quantity {
    word: "loss",
    name: "Loss",
    label: "loss f(x)",
    of: |evaluation| evaluation.loss,
};

/// What it is plotted against.
struct Along {
    /// Its name, also in the names of figures.
    name: &'static str,
    /// The label of its axis.
    label: fn(&[Group]) -> &'static str,
    scale: Scale,
    of: fn(&Evaluation) -> f64,
}

const TIME: Along = Along {
    name: "time",
    label: label_of_time,
    scale: Scale::Linear,
    of: |evaluation| evaluation.time.as_secs_f64(),
};

const UPDATES: Along = Along {
    name: "updates",
    label: |_| "updates of the model",
    scale: Scale::Whole,
    of: |evaluation| evaluation.version.number() as f64,
};

fn label_of_time(groups: &[Group]) -> &'static str {
    let is_real = |group: &Group| group.first().is_real();
    if groups.iter().all(is_real) {
        "wall-clock time, s"
    } else if groups.iter().any(is_real) {
        "time, s (real or virtual)"
    } else {
        "virtual time, s"
    }
}

/// The four figures; none if no run was evaluated.
pub(crate) fn curves(prefix: &str, groups: &[Group]) -> Vec<Figure> {
    let all = [
        (
            GRADIENT_NORM,
            TIME,
            "How far each method is from a point where nothing pulls any more. Lower and further left is better: \
             this is what one waits for.",
        ),
        (
            GRADIENT_NORM,
            UPDATES,
            "The same against the number of updates: what each update is worth. A method may need more updates and still \
             be faster, because it does not wait for slow workers.",
        ),
        (
            LOSS,
            TIME,
            "The loss over all data, against time. Lower is better.",
        ),
        (
            LOSS,
            UPDATES,
            "The loss over all data, against the number of updates.",
        ),
    ];
    all.into_iter()
        .filter_map(|(quantity, along, caption)| {
            let caption = caption.to_owned();
            Some(Figure {
                caption,
                ..figure(prefix, groups, &quantity, &along)?
            })
        })
        .collect()
}

fn figure(prefix: &str, groups: &[Group], quantity: &Quantity, along: &Along) -> Option<Figure> {
    let ceiling = CEILING * highest_start(groups, quantity);
    let line = |(index, group): (usize, &Group)| {
        let runs: Vec<_> = group
            .whole()
            .map(|run| path(run, quantity, along))
            .collect();
        let (points, ending) = mean(&runs, ceiling)?;
        let line = Mark::Line { points, ending };
        Some(Series::new(&group.name, Ink::Method(index), line))
    };
    let series: Vec<_> = groups.iter().enumerate().filter_map(line).collect();
    let points = || {
        series.iter().flat_map(|series| match &series.mark {
            Mark::Line { points, .. } => points.as_slice(),
            _ => &[],
        })
    };
    // Of the runs, not of the lines: a line may end early.
    let runs = groups.iter().flat_map(|group| &group.runs);
    let ends = runs.filter_map(|run| path(run, quantity, along).last().copied());
    let end = ends.map(|last| last.0).fold(0.0, f64::max);
    if series.is_empty() || end <= 0.0 {
        return None;
    }
    let values = points().flat_map(|point| [point.low, point.high]);
    Some(Figure {
        id: id(prefix, quantity.word, along.name),
        title: format!("{} against {}", quantity.name, along.name),
        caption: String::new(),
        size: Size::Half,
        x: Axis::new((along.label)(groups), along.scale.clone(), (0.0, end)),
        y: Axis::log(quantity.label, values),
        series,
        table: Table::default(),
    })
}

/// The highest value at which a run begins.
fn highest_start(groups: &[Group], quantity: &Quantity) -> f64 {
    let runs = groups.iter().flat_map(|group| &group.runs);
    let starts = runs.filter_map(|run| run.evaluations().first());
    let finite = starts
        .map(|first| (quantity.of)(first).abs())
        .filter(|start| start.is_finite() && *start > 0.0);
    let highest = finite.fold(0.0, f64::max);
    if highest > 0.0 {
        highest
    } else {
        f64::INFINITY
    }
}

/// A run's points, in order. Numbers that are not finite are kept.
fn path(run: &Run, quantity: &Quantity, along: &Along) -> Vec<(f64, f64)> {
    let point = |evaluation: &Evaluation| ((along.of)(evaluation), (quantity.of)(evaluation));
    run.evaluations().iter().map(point).collect()
}

/// The mean over runs at the moments of the first, and what happened at its end.
fn mean(runs: &[Vec<(f64, f64)>], ceiling: f64) -> Option<(Vec<Point>, Option<String>)> {
    let ends = runs.iter().map(|run| run.last().map_or(0.0, |last| last.0));
    let end = ends.fold(f64::INFINITY, f64::min);
    let mut moments: Vec<f64> = runs.first()?.iter().map(|point| point.0).collect();
    moments.retain(|moment| *moment < end);
    moments.push(end);
    let mut points = Vec::new();
    let mut ending = None;
    for x in thin(&moments) {
        let values: Vec<_> = runs.iter().map(|run| value_at(run, x)).collect();
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let lost = values
            .iter()
            .filter(|value| !value.is_finite() || **value > ceiling)
            .count();
        if lost > 0 {
            ending = Some(format!("{lost} of {} runs diverged", runs.len()));
            break;
        }
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        // A logarithmic axis has no place for it.
        if low > 0.0 {
            let y = values.iter().sum::<f64>() / values.len() as f64;
            points.push(Point { x, y, low, high });
        }
    }
    (!points.is_empty()).then_some((points, ending))
}

/// The value at a moment, between evaluations on the straight line; NaN where there is none.
fn value_at(run: &[(f64, f64)], x: f64) -> f64 {
    let after = run.partition_point(|point| point.0 < x);
    match (
        after.checked_sub(1).map(|before| run[before]),
        run.get(after),
    ) {
        (_, Some(&(at, y))) if at == x => y,
        (Some((x0, y0)), Some(&(x1, y1))) => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
        (None, Some(&(_, y))) => y,
        _ => f64::NAN,
    }
}

/// At most [`MAX_POINTS`] of these moments: evenly spread, the first and the last included.
fn thin(moments: &[f64]) -> Vec<f64> {
    if moments.len() <= MAX_POINTS {
        return moments.to_vec();
    }
    let last = moments.len() - 1;
    (0..MAX_POINTS)
        .map(|index| moments[index * last / (MAX_POINTS - 1)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_CEILING: f64 = f64::INFINITY;

    fn point(x: f64, y: f64, low: f64, high: f64) -> Point {
        Point { x, y, low, high }
    }

    #[test]
    fn a_single_run_is_shown_as_it_is() {
        let run = vec![(0.0, 4.0), (1.0, 2.0), (3.0, 1.0)];
        let (points, ending) = mean(std::slice::from_ref(&run), NO_CEILING).unwrap();
        let expected = run.iter().map(|&(x, y)| point(x, y, y, y));
        assert_eq!(points, expected.collect::<Vec<_>>());
        assert_eq!(ending, None);
    }

    #[test]
    fn runs_of_different_moments_meet_on_straight_lines_until_the_first_of_them_ends() {
        let one = vec![(0.0, 4.0), (2.0, 2.0), (5.0, 1.0)];
        let other = vec![(0.0, 8.0), (4.0, 4.0)];
        let (points, _) = mean(&[one, other], NO_CEILING).unwrap();
        // At 2 the other is half-way from 8 to 4; at 4 the first is two thirds of the way from 2 to
        // 1.
        assert_eq!(
            points[..2],
            [point(0.0, 6.0, 4.0, 8.0), point(2.0, 4.0, 2.0, 6.0)]
        );
        assert_eq!((points[2].x, points[2].high, points.len()), (4.0, 4.0, 3));
        assert!((points[2].low - 4.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_line_ends_where_a_run_is_no_longer_finite_or_above_the_ceiling_and_says_so() {
        let good = vec![(0.0, 1.0), (1.0, 1.0), (2.0, 1.0)];
        for bad in [f64::NAN, f64::INFINITY, 11.0] {
            let other = vec![(0.0, 1.0), (1.0, bad), (2.0, bad)];
            let (points, ending) = mean(&[good.clone(), other], 10.0).unwrap();
            assert_eq!(points, [point(0.0, 1.0, 1.0, 1.0)], "{bad}");
            assert_eq!(ending.as_deref(), Some("1 of 2 runs diverged"), "{bad}");
        }
    }

    #[test]
    fn values_without_a_logarithm_are_left_out() {
        let run = vec![(0.0, 1.0), (1.0, 0.0), (2.0, 0.5)];
        let (points, ending) = mean(&[run], NO_CEILING).unwrap();
        assert_eq!(
            points.iter().map(|point| point.x).collect::<Vec<_>>(),
            [0.0, 2.0]
        );
        assert_eq!(ending, None);
        assert!(mean(&[vec![(0.0, 0.0), (1.0, 0.0)]], NO_CEILING).is_none());
        assert!(mean(&[Vec::new()], NO_CEILING).is_none());
    }

    #[test]
    fn long_runs_are_thinned_and_keep_both_ends() {
        let moments: Vec<f64> = (0..10_001).map(f64::from).collect();
        let thinned = thin(&moments);
        assert_eq!(thinned.len(), MAX_POINTS);
        assert_eq!((thinned[0], thinned[MAX_POINTS - 1]), (0.0, 10_000.0));
        assert!(thinned.is_sorted_by(|a, b| a < b));
    }
}
