//! How fast the gradient turns: `L`.

use ps_core::{Scalar, Snapshot, WorkerId};
use rand::{Rng, RngExt};

use super::gradients::{Gradients, Survey};
use super::report::Smoothness;
use super::vectors::{distance_squared, from_scalars, largest, norm_squared};

/// At so many versions the curvature is looked for.
const CURVATURES: usize = 5;
const LEAST_STEPS: u32 = 8;
const MOST_STEPS: u32 = 100;
/// The search ends when its estimate grows by less than this.
const RELATIVE_CHANGE: f64 = 1e-3;

/// Estimates `L` from below: no number here is larger than the true one, but for rounding.
pub(super) fn smoothness<T: Scalar>(
    gradients: &mut Gradients<'_, T>,
    points: &[Snapshot<T>],
    surveys: &[Survey],
) -> Smoothness {
    let along_path = steepest(points, surveys, |survey| survey.gradient.clone());
    let mut curvature = 0.0;
    let mut sharpest = None;
    for index in super::evenly(points.len(), CURVATURES) {
        let point = &points[index];
        let mut stream = gradients.stream(point.version());
        let found = power(point.values(), &mut stream, |x| Some(gradients.full(x)));
        let found = found.unwrap_or_default();
        if sharpest.is_none() || found > curvature {
            (curvature, sharpest) = (found, Some(point));
        }
    }
    let of_one_worker = sharpest.and_then(|point| of_workers(gradients, point));
    let of_one_worker = of_one_worker.map(|curvature| {
        let workers = 0..gradients.n_workers;
        let along_path = workers.map(|i| steepest(points, surveys, |survey| survey.of_worker(i)));
        along_path.fold(curvature, f64::max)
    });
    Smoothness {
        largest: along_path.max(curvature),
        along_path,
        curvature,
        of_one_worker,
    }
}

/// The largest curvature of a single worker at this version, if their gradients are known.
fn of_workers<T: Scalar>(gradients: &mut Gradients<'_, T>, point: &Snapshot<T>) -> Option<f64> {
    let workers = (0..gradients.n_workers).map(WorkerId::new);
    let curvatures = workers.map(|worker| {
        let mut stream = gradients.stream(point.version());
        let gradient = |x: &[T]| gradients.of_worker(worker, x);
        power(point.values(), &mut stream, gradient)
    });
    let curvatures: Option<Vec<f64>> = curvatures.collect();
    curvatures.map(largest)
}

/// The largest `‖∇f(a) − ∇f(b)‖/‖a − b‖` of versions that follow one another, without those that are so near that it would
/// be rounding.
fn steepest<T: Scalar>(
    points: &[Snapshot<T>],
    surveys: &[Survey],
    gradient: impl Fn(&Survey) -> Vec<f64>,
) -> f64 {
    let pairs = points.windows(2).zip(surveys.windows(2));
    largest(pairs.filter_map(|(points, surveys)| {
        let (a, b) = (
            from_scalars(points[0].values()),
            from_scalars(points[1].values()),
        );
        let distance = distance_squared(&a, &b).sqrt();
        let scale = norm_squared(&a).max(norm_squared(&b)).sqrt();
        let is_far = distance > epsilon::<T>().sqrt() * scale;
        let turned = distance_squared(&gradient(&surveys[0]), &gradient(&surveys[1])).sqrt();
        is_far.then_some(turned / distance)
    }))
}

/// The largest absolute eigenvalue of the Hessian, by power iteration on differences of gradients. `None`: there are no
/// gradients.
fn power<T: Scalar>(
    x: &[T],
    stream: &mut impl Rng,
    mut gradient: impl FnMut(&[T]) -> Option<Vec<f64>>,
) -> Option<f64> {
    // The cube root balances rounding against the third derivative.
    let step = epsilon::<T>().cbrt() * norm_squared(&from_scalars(x)).sqrt().max(1.0);
    let mut direction: Vec<f64> = x.iter().map(|_| stream.random_range(-1.0..1.0)).collect();
    let mut found: f64 = 0.0;
    for iteration in 0..MOST_STEPS {
        let length = norm_squared(&direction).sqrt();
        if length == 0.0 || !length.is_finite() {
            break;
        }
        let moved = |by: f64| -> Vec<T> {
            let pairs = x.iter().zip(&direction);
            pairs
                .map(|(x, v)| T::from_f64(x.to_f64() + by * v / length))
                .collect()
        };
        let (ahead, behind) = (moved(step), moved(-step));
        // As far as they are really apart: parameters are rounded.
        let apart = distance_squared(&from_scalars(&ahead), &from_scalars(&behind)).sqrt();
        let (ahead, behind) = (gradient(&ahead)?, gradient(&behind)?);
        let pairs = ahead.iter().zip(&behind);
        direction = pairs.map(|(a, b)| (a - b) / apart).collect();
        let before = found;
        found = found.max(norm_squared(&direction).sqrt());
        if iteration >= LEAST_STEPS && found <= before * (1.0 + RELATIVE_CHANGE) {
            break;
        }
    }
    Some(found)
}

/// The distance from 1 to the next number.
fn epsilon<T: Scalar>() -> f64 {
    match size_of::<T>() {
        4 => f64::from(f32::EPSILON),
        _ => f64::EPSILON,
    }
}
