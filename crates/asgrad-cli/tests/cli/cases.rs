//! Studies of several cases, and their numbers.

use serde_json::Value;

use crate::kept::{folder, run_in};
use crate::{runs, stderr, stdout};

const STUDY: &str = "compare --methods pure,minibatch --workers 3,5 --compute fixed,exponential --clock virtual --seconds 0.05 --repeat 3 --step-size 0.25 --out o";

/// Every place of a study says the same: printed objects, `comparison.json` and `comparison.csv`.
#[test]
fn each_quantity_of_each_case_and_method_has_its_values_and_their_mean() {
    let folder = folder("cases");
    let json: Vec<_> = STUDY.split(' ').chain(["--format", "json"]).collect();
    let output = run_in(&folder, &json);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let printed = stdout(&output);
    let of_runs = runs(&printed);
    assert_eq!(of_runs.len(), 2 * 2 * 2 * 3);
    let text = std::fs::read_to_string(folder.join("o/comparison.json")).unwrap();
    let written: Value = serde_json::from_str(&text).unwrap();
    let cases = written["cases"].as_array().unwrap();
    let of_cases: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter_map(|object| object.get("comparison").cloned())
        .collect();
    assert_eq!(*cases, of_cases);
    assert_eq!(cases.len(), 4);
    assert!(
        written["command"]
            .as_str()
            .unwrap()
            .contains("--workers 3,5")
    );
    assert_eq!(written["run"]["clock"], "virtual");
    let csv = std::fs::read_to_string(folder.join("o/comparison.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 4 * 2 * 14);
    for case in cases {
        let of_case = &case["case"];
        for method in case["methods"].as_array().unwrap() {
            let is_it = |run: &&Value| {
                ["workers", "compute"]
                    .iter()
                    .all(|key| run[key] == of_case[key])
                    && run["method"] == method["method"]
            };
            let losses: Vec<f64> = of_runs
                .iter()
                .filter(is_it)
                .map(|run| run["loss"].as_f64().unwrap())
                .collect();
            assert_eq!(method["loss"]["values"], serde_json::json!(losses));
            let mean = losses.iter().sum::<f64>() / 3.0;
            assert_eq!(method["loss"]["mean"], serde_json::json!(mean));
            let (n, workers) = (&method["loss"]["n"], of_case["workers"].as_u64().unwrap());
            let row = format!(
                "{workers},{},{},0.25,loss,{n},{mean},",
                of_case["compute"].as_str().unwrap(),
                method["method"].as_str().unwrap()
            );
            assert!(
                csv.lines().any(|line| line.starts_with(&row)),
                "{row} in {csv}"
            );
            assert_eq!(method["speed_up"]["values"].as_array().unwrap().len(), 3);
        }
    }
}

#[test]
fn a_study_of_several_cases_is_completed() {
    let folder = folder("cases-completed");
    let words: Vec<_> = STUDY.split(' ').collect();
    let first = run_in(&folder, &words);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let again = run_in(&folder, &words);
    assert!(
        stderr(&again).contains("24 of 24 runs are in o already"),
        "{}",
        stderr(&again)
    );
    assert_eq!(stdout(&first), stdout(&again));
}

#[test]
fn several_numbers_of_workers_are_a_scaling_study_with_one_objective_and_one_target() {
    let folder = folder("scaling");
    let study = "compare --methods minibatch,pure --workers 1,2,4 --times equal --clock virtual --seconds 0.2 --repeat 3 --step-size 0.25 --batch-size full --out o";
    let output = run_in(&folder, &study.split(' ').collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert_eq!(text.matches("weighted by rows").count(), 3, "{text}");
    assert!(!text.contains("nobody has"), "{text}");
    let written = std::fs::read_to_string(folder.join("o/comparison.json")).unwrap();
    let written: Value = serde_json::from_str(&written).unwrap();
    let targets = written["cases"].as_array().unwrap().iter();
    let targets: Vec<_> = targets.map(|case| case["target"]["loss"].clone()).collect();
    assert!(targets[0].is_number() && targets.iter().all(|it| *it == targets[0]));
    let [scaling] = &written["scaling"].as_array().unwrap()[..] else {
        panic!("{written}")
    };
    let row = |method: &str, workers: u64| {
        let mut rows = scaling["rows"].as_array().unwrap().iter();
        rows.find(|row| row["method"] == method && row["workers"] == workers)
            .unwrap()
    };
    // Gradients of equal times: with w workers as many updates of w gradients each, or w times as
    // many of one.
    for workers in [1, 2, 4] {
        let rate = |method| {
            row(method, workers)["updates_per_second"]["mean"]
                .as_f64()
                .unwrap()
        };
        assert!((rate("minibatch") - 1000.0).abs() < 20.0);
        assert!((rate("pure") / (1000.0 * workers as f64) - 1.0).abs() < 0.02);
    }
    assert_eq!(row("pure", 1)["speed_up"]["mean"], 1.0);
    let speed_up = row("pure", 4)["speed_up"]["mean"].as_f64().unwrap();
    let efficiency = row("pure", 4)["efficiency"].as_f64().unwrap();
    assert!((efficiency - speed_up / 4.0).abs() < 1e-12);
    let sentence = scaling["sentence"].as_str().unwrap();
    assert!(
        text.contains(sentence) && sentence.contains("SGD on one"),
        "{text}"
    );
}
