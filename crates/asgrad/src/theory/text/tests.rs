use std::time::Duration;

use explain::tables::Format;
use problems::Quadratic;
use trace::{Clock, Trace};
use workers::Cluster;

use super::*;
use crate::experiment::Experiment;
use crate::theory::TheoryMeter;

/// Two workers that pull to 3 and −3 and take 1 and 2 ms, recorded in virtual time.
fn measured(name: &str, start: f64, updates: u64) -> Theory {
    let file = format!("asgrad-theory-{name}-{}.jsonl", std::process::id());
    let path = std::env::temp_dir().join(file);
    let problem = || Quadratic::<f64>::new(&[3.0, -3.0]);
    let cluster = Cluster::new(vec![1.0, 2.0], Duration::from_millis(1));
    Experiment::with_objective(problem())
        .clock(Clock::Virtual)
        .cluster(cluster.unwrap())
        .start(vec![start])
        .step_size(0.25)
        .updates(updates)
        .trace(&path)
        .run()
        .unwrap();
    let trace = Trace::open(&path).unwrap();
    let meter = TheoryMeter::new(&trace, problem()).start(vec![start]);
    let theory = meter.measure();
    std::fs::remove_file(path).unwrap();
    theory.unwrap()
}

#[test]
fn people_read_what_each_figure_is_and_how_far_it_holds() {
    let text = measured("text", 9.0, 30).to_string();
    assert_eq!(text, include_str!("expected.txt"));
}

#[test]
fn what_is_not_known_is_a_dash_with_its_reason() {
    // One update: the second worker has not come back.
    let text = measured("unknown", 9.0, 1).to_string();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("lower bound, any data – a worker delivered nothing"));
    assert!(words.contains("Malenia – attains the second; no round of it ends"));
}

#[test]
fn programs_read_every_field() {
    let theory = measured("json", 9.0, 30);
    let json = serde_json::to_string(&theory).unwrap();
    assert_eq!(json.lines().count(), 1);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["ages"]["concurrency"], 2);
    assert_eq!(json["bound"]["dominant"], "descent");
    assert_eq!(json["times"]["target_from"], "smallest_measured");
    assert_eq!(
        json["heterogeneity"]["per_worker"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn spreadsheets_get_a_row_for_each_figure() {
    let theory = measured("csv", 9.0, 30);
    let csv = theory.table().render(Format::Csv);
    assert!(csv.starts_with("figure,value,meaning\nL,1.00,"));
    let markdown = theory.table().render(Format::Markdown);
    assert_eq!(csv.lines().count() + 1, markdown.lines().count());
}

#[test]
fn numbers_have_three_digits_that_count() {
    let numbers = [
        0.0, 1e-7, 0.0012345, 0.012345, 0.12345, 0.9996, 1.2345, 12.345, 123.45, 1e9,
    ];
    let shown = numbers.map(number);
    let expected = [
        "0", "1.00e-7", "0.00123", "0.0123", "0.123", "1.00", "1.23", "12.3", "123", "1.00e9",
    ];
    assert_eq!(shown, expected);
    assert_eq!(number(f64::INFINITY), UNKNOWN);
}
