//! The smoothness `L`: how fast the gradient changes with the model.

use ps_core::{Scalar, Snapshot, WorkerId, math};
use rand::{Rng, RngExt};

use super::gradients::{Gradients, Survey};
use super::report::Smoothness;
use super::vectors::{add, distance_squared, from_scalars, largest, norm_squared, product};

/// Number of versions at which the largest curvature is looked for: each costs some fifty gradients
/// of all data.
const CURVATURES: usize = 5;
/// Number of steps of Lanczos' method: they find a largest eigenvalue that stands out by a tenth
/// among many thousands.
const STEPS: usize = 24;

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
        let found = sharpest_curvature(point.values(), &mut stream, |x| Some(gradients.full(x)));
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
        sharpest_curvature(point.values(), &mut stream, gradient)
    });
    let curvatures: Option<Vec<f64>> = curvatures.collect();
    curvatures.map(largest)
}

/// The largest `‖∇f(a) − ∇f(b)‖/‖a − b‖` of versions that follow one another, without those that
/// are so near that it would be rounding.
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

/// The largest absolute eigenvalue of the Hessian, by Lanczos' method on differences of gradients.
/// `None`: there are no gradients.
///
/// The vectors are not made orthogonal anew, so that three of them are enough: what is lost are
/// only copies of eigenvalues that have been found. There is no test of convergence, because the
/// largest eigenvalue is often found late.
fn sharpest_curvature<T: Scalar>(
    x: &[T],
    stream: &mut impl Rng,
    mut gradient: impl FnMut(&[T]) -> Option<Vec<f64>>,
) -> Option<f64> {
    let mut next: Vec<f64> = x.iter().map(|_| stream.random_range(-1.0..1.0)).collect();
    let mut before = vec![0.0; x.len()];
    let mut found = Tridiagonal::default();
    for _ in 0..STEPS.min(x.len()) {
        let length = norm_squared(&next).sqrt();
        // What is left is rounding.
        let least = math::pow(epsilon::<T>(), 2.0 / 3.0) * found.bound();
        if length <= least || !length.is_finite() {
            break;
        }
        let is_first = found.diagonal.is_empty();
        let direction: Vec<f64> = next.iter().map(|value| value / length).collect();
        next = turned(x, &direction, &mut gradient)?;
        let along = product(&direction, &next);
        if !along.is_finite() {
            break;
        }
        if !is_first {
            found.beside.push(length);
            add(&mut next, -length, &before);
        }
        found.diagonal.push(along);
        add(&mut next, -along, &direction);
        before = direction;
    }
    Some(found.largest())
}

/// How the gradient turns in this direction: the Hessian times the direction, which has length 1.
fn turned<T: Scalar>(
    x: &[T],
    direction: &[f64],
    gradient: &mut impl FnMut(&[T]) -> Option<Vec<f64>>,
) -> Option<Vec<f64>> {
    // The cube root balances rounding against the third derivative.
    let step = math::cbrt(epsilon::<T>()) * norm_squared(&from_scalars(x)).sqrt().max(1.0);
    let moved = |by: f64| -> Vec<T> {
        let pairs = x.iter().zip(direction);
        pairs
            .map(|(x, v)| T::from_f64(x.to_f64() + by * v))
            .collect()
    };
    let (ahead, behind) = (moved(step), moved(-step));
    // As far as they are really apart: parameters are rounded.
    let apart = distance_squared(&from_scalars(&ahead), &from_scalars(&behind)).sqrt();
    let (ahead, behind) = (gradient(&ahead)?, gradient(&behind)?);
    let pairs = ahead.iter().zip(&behind);
    Some(pairs.map(|(a, b)| (a - b) / apart).collect())
}

/// A symmetric matrix with nothing but a diagonal and the numbers beside it. Its eigenvalues lie
/// between those of the Hessian.
#[derive(Debug, Default)]
struct Tridiagonal {
    diagonal: Vec<f64>,
    /// One less.
    beside: Vec<f64>,
}

impl Tridiagonal {
    /// No eigenvalue is larger (Gershgorin), nor smaller than this below 0.
    fn bound(&self) -> f64 {
        let beside = |row: Option<usize>| {
            let value = row.and_then(|row| self.beside.get(row));
            value.copied().unwrap_or_default()
        };
        let rows = self.diagonal.iter().enumerate();
        let sums =
            rows.map(|(row, value)| value.abs() + beside(row.checked_sub(1)) + beside(Some(row)));
        largest(sums)
    }

    /// The largest absolute eigenvalue, by halving: from below.
    fn largest(&self) -> f64 {
        const HALVINGS: u32 = 64;
        let bound = self.bound();
        let largest = |sign: f64| {
            let (mut low, mut high) = (0.0, bound);
            for _ in 0..HALVINGS {
                let middle = 0.5 * (low + high);
                if self.has_above(middle, sign) {
                    low = middle
                } else {
                    high = middle
                }
            }
            low
        };
        largest(1.0).max(largest(-1.0))
    }

    /// Whether an eigenvalue of the matrix (of its negative, for a sign of −1) is above this:
    /// `value − matrix` then has a pivot below 0.
    fn has_above(&self, value: f64, sign: f64) -> bool {
        let beside = [0.0].into_iter().chain(self.beside.iter().copied());
        let mut pivot = 1.0;
        self.diagonal.iter().zip(beside).any(|(entry, beside)| {
            pivot = value - sign * entry - beside * beside / pivot;
            if pivot == 0.0 {
                pivot = f64::MIN_POSITIVE;
            }
            pivot < 0.0
        })
    }
}

/// The distance from 1 to the next number.
fn epsilon<T: Scalar>() -> f64 {
    match size_of::<T>() {
        4 => f64::from(f32::EPSILON),
        _ => f64::EPSILON,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The eigenvalues of −1 on the diagonal and 1/2 beside it are −1 + cos(πk/(n+1)).
    #[test]
    fn the_largest_eigenvalue_may_be_negative() {
        let matrix = Tridiagonal {
            diagonal: vec![-1.0; 9],
            beside: vec![0.5; 8],
        };
        let expected = 1.0 + ps_core::math::cos(std::f64::consts::PI / 10.0);
        assert!((matrix.largest() - expected).abs() < 1e-14);
        assert_eq!(Tridiagonal::default().largest(), 0.0);
    }
}
