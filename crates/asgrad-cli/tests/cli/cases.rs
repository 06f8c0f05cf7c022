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
            assert_eq!(method["speed_up"]["n"], method["time_to_target"]["n"]);
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
