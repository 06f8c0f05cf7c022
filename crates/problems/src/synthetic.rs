//! Data that is generated: `synthetic(α, β)` of T. Li, A. K. Sahu, M. Zaheer, M. Sanjabi, A.
//! Talwalkar, V. Smith, *Federated Optimization in Heterogeneous Networks* (FedProx), Proceedings
//! of Machine Learning and Systems 2, 2020, arXiv 1812.06127, section 5.1.
//!
//! Worker `k` has a model and an input distribution of its own:
//!
//! ```text
//! u_k ~ N(0, α)      W_k ~ N(u_k, 1) entry by entry, b_k ~ N(u_k, 1)        α: how much the models differ
//! B_k ~ N(0, β)      v_k ~ N(B_k, 1) entry by entry                         β: how much the inputs differ
//! x ~ N(v_k, Σ), Σ diagonal with Σ_jj = j^(−1.2), j from 1                  y = argmax softmax(W_k x + b_k)
//! ```
//!
//! As in the authors' generator, `α` and `β` are standard deviations, and `iid` means one
//! `W, b ~ N(0, 1)` for all workers and `v_k = 0`. Where theirs gives the workers log-normal
//! numbers of rows, here all have the same, one worker after the other, so that a contiguous
//! partition hands each its own. There is no intercept: `b` is not given away.

use std::fmt;
use std::str::FromStr;

use ndarray::{Array1, Array2};
use ps_core::form::{Domain, FormError, Limit, Value};
use ps_core::{JobId, Purpose, Seed, Stream, WorkerId};
use rand::RngExt;
use rand_distr::StandardNormal;

use crate::dataset::Dataset;
use crate::dense::Dense;

/// A generator of data; its sizes may be changed.
///
/// # Examples
/// ```
/// use problems::{Heterogeneity, Synthetic};
/// use ps_core::Seed;
///
/// let heterogeneity = Heterogeneity::Devices { alpha: 1.0, beta: 1.0 };
/// let synthetic = Synthetic { rows_per_worker: 50, ..Synthetic::new(heterogeneity) };
/// let data = synthetic.generate(4, Seed::new(1));
/// assert_eq!((data.n_rows(), data.n_features()), (200, 60));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Synthetic {
    /// How much the workers differ.
    pub heterogeneity: Heterogeneity,
    /// The number of features; 60 in the paper.
    pub n_features: usize,
    /// The number of classes; 10 in the paper.
    pub n_classes: usize,
    /// The number of rows of each worker.
    pub rows_per_worker: usize,
}

/// How much the workers' data differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heterogeneity {
    /// Not at all: all rows are drawn alike.
    Iid,
    /// Each worker has a model and inputs of its own.
    Devices {
        /// How much the models differ.
        alpha: f64,
        /// How much the inputs differ.
        beta: f64,
    },
}

/// What the rows of one worker are drawn from.
struct Device {
    weights: Array2<f64>,
    bias: Array1<f64>,
    centre: Array1<f64>,
}

impl Synthetic {
    /// 60 features, 10 classes, 200 rows for each worker.
    pub fn new(heterogeneity: Heterogeneity) -> Self {
        Self {
            heterogeneity,
            n_features: 60,
            n_classes: 10,
            rows_per_worker: 200,
        }
    }

    /// The data of so many workers, one after the other; labels count from 0. A worker's rows do
    /// not depend on how many others there are.
    ///
    /// # Panics
    /// If there are no features or no classes.
    pub fn generate(&self, n_workers: usize, seed: Seed) -> Dataset {
        assert!(self.n_classes > 0, "at least one class");
        let n_rows = n_workers * self.rows_per_worker;
        let mut values = Vec::with_capacity(n_rows * self.n_features);
        let mut labels = Vec::with_capacity(n_rows);
        let deviations =
            Array1::from_shape_fn(self.n_features, |j| ((j + 1) as f64).powf(-1.2 / 2.0));
        for worker in 0..n_workers {
            let mut stream = seed.stream(Purpose::Data, WorkerId::new(worker), JobId::new(0));
            let device = self.device(seed, &mut stream);
            for _ in 0..self.rows_per_worker {
                let x = normals(self.n_features, &mut stream) * &deviations + &device.centre;
                labels.push(largest(&(device.weights.dot(&x) + &device.bias)));
                values.extend(x);
            }
        }
        Dataset::new(Dense::new(self.n_features, values), labels)
    }

    fn device(&self, seed: Seed, stream: &mut Stream) -> Device {
        match self.heterogeneity {
            Heterogeneity::Iid => {
                // Job 0 of worker 0 is the stream of its rows.
                let mut shared = seed.stream(Purpose::Data, WorkerId::new(0), JobId::new(1));
                self.device_around(0.0, Array1::zeros(self.n_features), &mut shared)
            }
            Heterogeneity::Devices { alpha, beta } => {
                let model_mean = alpha * normal(stream);
                let input_mean = beta * normal(stream);
                let centre = normals(self.n_features, stream) + input_mean;
                self.device_around(model_mean, centre, stream)
            }
        }
    }

    fn device_around(&self, mean: f64, centre: Array1<f64>, stream: &mut Stream) -> Device {
        let shape = (self.n_classes, self.n_features);
        Device {
            weights: Array2::from_shape_simple_fn(shape, || mean + normal(stream)),
            bias: normals(self.n_classes, stream) + mean,
            centre,
        }
    }
}

fn normal(stream: &mut Stream) -> f64 {
    stream.sample(StandardNormal)
}

fn normals(n: usize, stream: &mut Stream) -> Array1<f64> {
    Array1::from_shape_simple_fn(n, || normal(stream))
}

/// The position of the largest number, as a label. (The softmax has its maximum where its argument
/// has.)
fn largest(scores: &Array1<f64>) -> f64 {
    let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.expect("there is at least one class").0 as f64
}

/// What follows `synthetic:`, as in `α,β` or `iid`.
impl FromStr for Heterogeneity {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        const NUMBERS: Domain = Domain::Reals(Limit::Included(0.0), Limit::Excluded(f64::INFINITY));
        if text == "iid" {
            return Ok(Self::Iid);
        }
        if let Ok(Value::Reals(numbers)) = NUMBERS.read(text)
            && let [alpha, beta] = numbers[..]
        {
            return Ok(Self::Devices { alpha, beta });
        }
        Err(FormError::Malformed {
            kind: "data",
            text: format!("synthetic:{text}"),
            form: "synthetic:α,β, both at least 0 and finite, or synthetic:iid".to_owned(),
        })
    }
}

/// As it is typed.
impl fmt::Display for Heterogeneity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iid => f.write_str("iid"),
            Self::Devices { alpha, beta } => write!(f, "{alpha},{beta}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::RowSet;
    use crate::rows::Rows;

    fn rows_of(data: &Dataset, rows: std::ops::Range<usize>) -> Vec<f64> {
        let Rows::Dense(dense) = data.rows() else {
            panic!("generated data is dense")
        };
        rows.flat_map(|row| dense.row(row).to_vec()).collect()
    }

    /// The share of the most frequent label among the rows of a worker, averaged over workers.
    fn dominance(heterogeneity: &str) -> f64 {
        let synthetic = Synthetic::new(heterogeneity.parse().unwrap());
        let data = synthetic.generate(20, Seed::new(2));
        let most = |labels: &[f64]| {
            let count = |class: u8| labels.iter().filter(|&&l| l == f64::from(class)).count();
            (0..10).map(count).max().unwrap() as f64 / labels.len() as f64
        };
        data.labels().chunks(200).map(most).sum::<f64>() / 20.0
    }

    #[test]
    fn the_same_seed_gives_the_same_data_and_another_seed_other_data() {
        let synthetic = Synthetic::new("1,1".parse().unwrap());
        let hash = |seed| synthetic.generate(3, Seed::new(seed)).hash();
        assert_eq!(hash(1), hash(1));
        assert_ne!(hash(1), hash(2));
    }

    #[test]
    fn a_workers_rows_do_not_depend_on_how_many_others_there_are() {
        for heterogeneity in ["0.5,0.5", "iid"] {
            let synthetic = Synthetic::new(heterogeneity.parse().unwrap());
            let few = synthetic.generate(2, Seed::new(1));
            let many = synthetic.generate(5, Seed::new(1));
            assert_eq!(rows_of(&few, 0..400), rows_of(&many, 0..400));
            assert_eq!(few.labels(), &many.labels()[..400]);
        }
    }

    #[test]
    fn the_model_that_iid_workers_share_is_not_made_of_the_numbers_of_their_rows() {
        let synthetic = Synthetic::new(Heterogeneity::Iid);
        let seed = Seed::new(1);
        let device = synthetic.device(seed, &mut seed.stream_of_run(Purpose::Data));
        // The first feature has spread 1 around 0: it is the number drawn.
        let data = synthetic.generate(1, seed);
        assert_ne!(device.weights[[0, 0]], rows_of(&data, 0..1)[0]);
    }

    #[test]
    fn iid_workers_share_a_centre_and_others_do_not() {
        let centres = |heterogeneity: &str| {
            let synthetic = Synthetic::new(heterogeneity.parse().unwrap());
            let data = synthetic.generate(10, Seed::new(3));
            // The last feature has the smallest spread around its centre, 60^(−0.6) = 0.086.
            let mean = |worker: usize| {
                let rows = rows_of(&data, worker * 200..(worker + 1) * 200);
                rows.chunks(60).map(|row| row[59]).sum::<f64>() / 200.0
            };
            (0..10).map(mean).map(f64::abs).fold(0.0, f64::max)
        };
        assert!(centres("iid") < 0.03, "{}", centres("iid"));
        assert!(centres("0,0") > 1.0, "{}", centres("0,0"));
    }

    #[test]
    fn workers_of_their_own_have_labels_of_their_own() {
        let (iid, devices) = (dominance("iid"), dominance("1,1"));
        assert!(iid < 0.4 && devices > 0.6, "{iid} {devices}");
    }

    #[test]
    fn what_is_typed_is_understood_and_written_the_same_way() {
        for word in ["iid", "0.5,1"] {
            assert_eq!(word.parse::<Heterogeneity>().unwrap().to_string(), word);
        }
        let refuse = |word: &str| word.parse::<Heterogeneity>().unwrap_err().to_string();
        let form = "its form is synthetic:α,β, both at least 0 and finite, or synthetic:iid";
        for text in ["1", "1,x", "-1,0"] {
            assert_eq!(refuse(text), format!("data `synthetic:{text}`: {form}"));
        }
    }
}
