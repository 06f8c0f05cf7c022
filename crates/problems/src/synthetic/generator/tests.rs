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
    for text in ["1", "1,x", "1,2,3"] {
        assert_eq!(refuse(text), format!("data `synthetic:{text}`: {form}"));
    }
}
