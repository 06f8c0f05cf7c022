//! Traces that were altered, cut, or are of something else: nothing goes unseen.

use std::fs;
use std::path::Path;

use asgrad::replay::{ReplayError, Replayed};
use asgrad::trace::{Ending, TraceError};
use asgrad::{Experiment, Law, OnLoss, Replay, Trace};
use serde_json::{Map, Value};

use crate::support::failing::{failing, problem};
use crate::support::{cluster, linear, scratch_file};

const WORKERS: usize = 3;

/// A trace with lines of most kinds: updates along sums, lost jobs, evaluations.
fn small_trace(path: &Path) -> Vec<Value> {
    let run = Experiment::with_objective(failing(problem::<f64>(WORKERS, 1), |worker, job| {
        worker == 2 && job > 15
    }));
    run.method("fedbuff:b=2")
        .concurrency(5)
        .clock(asgrad::Clock::Virtual)
        .cluster(cluster(&linear(3), Law::exponential()).download(Law::fixed()))
        .on_lost_worker(OnLoss::Continue)
        .updates(15)
        .evaluate_every(5)
        .trace(path)
        .run()
        .unwrap();
    let text = fs::read_to_string(path).unwrap();
    let first = text.lines().next().unwrap();
    fs::write(path.with_extension("first"), first).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Writes them in the place of those that are there.
fn write(path: &Path, lines: &[Value]) {
    let first = fs::read_to_string(path.with_extension("first")).unwrap();
    let rest: String = lines[1..].iter().map(|line| format!("{line}\n")).collect();
    let first = first_line(&first, &lines[0]);
    fs::write(path, format!("{first}\n{rest}")).unwrap();
}

/// A first line that says this, with nothing else changed: it is checked as it is written.
fn first_line(first: &str, line: &Value) -> String {
    let fields: Map<String, Value> = serde_json::from_str(first).unwrap();
    // Every field has a comma before it.
    let mut text = first.replacen('{', "{,", 1);
    for (field, known) in &fields {
        let (begin, value) = (text.find(&format!(",\"{field}\":")), line.get(field));
        if value == Some(known) {
            continue;
        }
        let begin = begin.unwrap_or_else(|| panic!("{field} in {text}"));
        let value_at = begin + field.len() + 4;
        let mut values = serde_json::Deserializer::from_str(&text[value_at..]).into_iter::<Value>();
        assert_eq!(values.next().unwrap().unwrap(), *known, "{field}");
        let end = value_at + values.byte_offset();
        match value {
            Some(value) => text.replace_range(value_at..end, &value.to_string()),
            None => text.replace_range(begin..end, ""),
        }
    }
    let text = text.replacen("{,", "{", 1);
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *line);
    text
}

fn replay(path: &Path) -> Result<Replayed, ReplayError> {
    let trace = Trace::open(path)?;
    Replay::new(&trace)
        .objective(problem::<f64>(WORKERS, 1))
        .run()
}

/// The line that a replay finds fault with.
fn fault(path: &Path) -> Option<u64> {
    match replay(path) {
        Ok(replayed) => replayed.divergence.map(|divergence| divergence.line),
        Err(ReplayError::Trace(TraceError::Line { line, .. })) => Some(line),
        Err(ReplayError::Trace(TraceError::NotATrace { .. }) | ReplayError::Altered) => Some(1),
        Err(error) => panic!("{error}"),
    }
}

/// Something else of the same kind.
fn altered(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_u64() => (number.as_u64().unwrap() ^ 1).into(),
        Value::Number(number) => (number.as_f64().unwrap() * 1.25 + 1e-6).into(),
        Value::String(text) if text == "held" => "discarded".into(),
        Value::String(text) => {
            let digit = |c: char| if c == '0' { '1' } else { '0' };
            let altered = text
                .chars()
                .map(|c| if c.is_ascii_digit() { digit(c) } else { c });
            let altered: String = altered.collect();
            if altered == *text {
                format!("{text}!").into()
            } else {
                altered.into()
            }
        }
        Value::Object(_) => serde_json::json!({"asgrad": "another"}),
        other => panic!("{other}"),
    }
}

#[test]
fn whatever_is_altered_is_found_at_its_line() {
    let path = scratch_file("replay-altered.jsonl");
    let lines = small_trace(&path);
    assert_eq!(fault(&path), None);
    let kinds = [
        "received",
        "updated",
        "lost",
        "assigned",
        "left",
        "evaluated",
        "stopped",
    ];
    for kind in kinds {
        assert!(lines.iter().any(|line| line["event"] == kind), "{kind}");
    }
    let mut altered_fields = 0;
    for (index, line) in lines.iter().enumerate() {
        for field in line.as_object().unwrap().keys() {
            let mut lines = lines.clone();
            lines[index][field] = altered(&line[field]);
            write(&path, &lines);
            assert_eq!(fault(&path), Some(index as u64 + 1), "{field} of {line}");
            altered_fields += 1;
        }
    }
    assert!(altered_fields > 500, "{altered_fields}");
}

#[test]
fn a_line_that_says_what_did_not_happen_is_told_from_what_did() {
    let path = scratch_file("replay-told.jsonl");
    let mut lines = small_trace(&path);
    let held = lines
        .iter()
        .position(|line| line["action"] == "held")
        .unwrap();
    lines[held]["action"] = "discarded".into();
    write(&path, &lines);
    let message = replay(&path).unwrap().divergence.unwrap().to_string();
    let expected =
        "line 2, at version 0: action is \"discarded\" in the trace and \"held\" in the replay";
    assert_eq!(message, expected);
}

#[test]
fn a_trace_without_checks_is_compared_all_the_same() {
    let path = scratch_file("replay-unchecked.jsonl");
    let mut lines = small_trace(&path);
    for line in &mut lines {
        line.as_object_mut().unwrap().remove("check");
    }
    write(&path, &lines);
    assert_eq!(fault(&path), None);
    let held = lines
        .iter()
        .rposition(|line| line["action"] == "held")
        .unwrap();
    lines[held]["concurrency"] = 77.into();
    write(&path, &lines);
    assert_eq!(fault(&path), Some(held as u64 + 1));
}

#[test]
fn lines_that_are_missing_doubled_or_swapped_are_found() {
    let path = scratch_file("replay-order.jsonl");
    let lines = small_trace(&path);
    for index in 1..lines.len() - 1 {
        for alter in [0, 1, 2] {
            let mut lines = lines.clone();
            match alter {
                0 => drop(lines.remove(index)),
                1 => lines.insert(index, lines[index].clone()),
                _ => lines.swap(index, index + 1),
            }
            write(&path, &lines);
            let fault = fault(&path).unwrap();
            let near = index as u64 + 1..=index as u64 + 2;
            assert!(near.contains(&fault), "{alter} at {index}: {fault}");
        }
    }
}

#[test]
fn a_truncated_trace_replays_up_to_its_last_whole_line() {
    let path = scratch_file("replay-cut.jsonl");
    small_trace(&path);
    let text = fs::read_to_string(&path).unwrap();
    let header = text.find('\n').unwrap() + 1;
    for end in (header..text.len()).step_by(37) {
        fs::write(&path, &text[..end]).unwrap();
        let replayed = replay(&path).unwrap();
        assert_eq!(replayed.divergence, None, "cut at {end}");
        let last_line = text[..end].matches('\n').count() as u64;
        assert_eq!(replayed.lines, last_line);
        assert_eq!(replayed.ending, Some(Ending::Truncated { last_line }));
    }
}

#[test]
fn a_version_in_the_middle_is_the_one_that_was_evaluated() {
    let path = scratch_file("replay-until.jsonl");
    let lines = small_trace(&path);
    for line in lines.iter().filter(|line| line["event"] == "evaluated") {
        let version = line["version"].as_u64().unwrap();
        let trace = Trace::open(&path).unwrap();
        let replay = Replay::new(&trace)
            .objective(problem::<f64>(WORKERS, 1))
            .until(version);
        let model = replay.run().unwrap().model;
        assert_eq!(model.version().number(), version);
        assert_eq!(
            asgrad::trace::model_hash(model.values()),
            line["model_hash"]
        );
    }
    let replay = Replay::new(&Trace::open(&path).unwrap()).objective(problem::<f64>(WORKERS, 1));
    let error = replay.until(16).run().unwrap_err().to_string();
    assert_eq!(error, "version 16 is not in the trace: its last one is 15");
}

#[test]
fn what_it_was_not_recorded_with_is_refused() {
    let path = scratch_file("replay-refused.jsonl");
    small_trace(&path);
    let trace = Trace::open(&path).unwrap();
    let refuse = |replay: Replay| replay.run().unwrap_err().to_string();
    let message = "the trace is of 600 parameters, and the problem has 0";
    assert_eq!(refuse(Replay::new(&trace)), message);
    let message = "the trace is of 3 workers, and the data is for 4";
    assert_eq!(
        refuse(Replay::new(&trace).objective(problem::<f64>(4, 1))),
        message
    );
    let other = Replay::new(&trace)
        .objective(problem::<f64>(3, 1))
        .start(vec![1.0; 600]);
    assert!(refuse(other).contains("another model"));
    let error = Replay::<f32>::new(&trace).run().unwrap_err().to_string();
    assert_eq!(error, "the trace is of a model in f64, not in f32");
    // Other data: the first gradient makes another model, which the next evaluated version shows.
    let other = Replay::new(&trace)
        .objective(problem::<f64>(3, 2))
        .run()
        .unwrap();
    assert_eq!(other.divergence.unwrap().field, "gradient_norm");
}

#[test]
fn an_overrun_that_no_gradient_follows_is_found_without_any_check() {
    let path = scratch_file("replay-overrun.jsonl");
    let mut lines = small_trace(&path);
    for line in &mut lines {
        line.as_object_mut().unwrap().remove("check");
    }
    write(&path, &lines);
    assert_eq!(fault(&path), None);
    let overrun = serde_json::json!({
        "event": "overrun", "time": 0.0, "worker": 0, "job": 77, "asked": 0.0, "took": 1.0
    });
    for index in 1..lines.len() {
        let mut lines = lines.clone();
        lines.insert(index, overrun.clone());
        write(&path, &lines);
        assert_eq!(fault(&path), Some(index as u64 + 1));
    }
}
