//! How fast the workers are, as it is typed.

use asgrad::Slowdown;

use crate::{asgrad, file, objects, quick, stderr, stdout};

#[test]
fn slow_downs_come_from_the_command_line_and_from_a_file_and_stand_in_the_trace() {
    let trace = file("slow.jsonl", "");
    let slowdowns = "outages:20ms,10ms,periodic:0.5,1s,0.5";
    let more = ["--slowdown", slowdowns, "--trace", trace.to_str().unwrap()];
    let typed = &objects(&quick("pure", &more))[0];
    let header = std::fs::read_to_string(&trace).unwrap();
    let said = "\"slowdown\":\"outages:20ms,10ms,periodic:0.5,1s,0.5\"";
    assert!(header.lines().next().unwrap().contains(said), "{header}");

    let text = "slowdown = [\"outages:20ms,10ms\", \"periodic:0.5,1s,0.5\"]";
    let config = file("slow.toml", text);
    let from_file = &objects(&quick("pure", &["--config", config.to_str().unwrap()]))[0];
    assert_eq!(from_file, typed);
    let without = &objects(&quick("pure", &[]))[0];
    assert!(without["seconds"].as_f64() < typed["seconds"].as_f64());
}

#[test]
fn the_old_names_of_settings_are_still_read() {
    let old = ["--speeds", "1,3", "--on-loss", "continue"];
    let new = ["--times", "1,3", "--on-lost-worker", "continue"];
    let problem = ["--problem", "quadratic:1,2"];
    let run = |more: &[&str; 4]| objects(&quick("pure", &[&more[..], &problem[..]].concat()));
    assert_eq!(run(&old), run(&new));
}

#[test]
fn measured_times_say_how_many_workers_there_are_and_how_fast() {
    let times = file("times.csv", "worker,seconds\n0,0.001\n1,0.002\n0,0.003\n");
    let times = times.to_str().unwrap();
    let run = &objects(&quick("pure", &["--compute", times]))[0];
    // Every 4 ms two gradients of worker 0 and two of worker 1.
    assert_eq!(run["gradients_per_worker"].to_string(), "[100,100]");
    assert_eq!(run["seconds"], 0.2);
}

#[test]
fn a_worker_of_speed_inf_never_answers() {
    let more = ["--times", "1,inf,2", "--problem", "quadratic:1,2,3"];
    let run = &objects(&quick("pure", &more))[0];
    assert_eq!(run["gradients_per_worker"][1], 0);
    let output = asgrad(&quick("minibatch", &more));
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("worker 1 never answers job 1"), "{said}");
}

#[test]
fn what_cannot_be_is_refused_in_one_clear_line() {
    let times = file("bad-times.csv", "0,0.001\n1,fast\n");
    let good = file("good-times.csv", "0,0.001\n1,0.002\n");
    let (times, good) = (times.to_str().unwrap(), good.to_str().unwrap());
    let cases: &[(&[&str], i32, &str)] = &[
        (
            &["--compute", times],
            1,
            "bad-times.csv:2: seconds `fast`: expected a number",
        ),
        (
            &["--compute", "no-such-file.csv"],
            1,
            "--compute: cannot read no-such-file.csv",
        ),
        (
            &["--compute", good, "--workers", "3"],
            2,
            "it has times of 2 workers, and the run is of 3",
        ),
        (
            &["--compute", good, "--times", "1,2"],
            2,
            "--times 1,2: the times in the file",
        ),
        (&["--times", "inf,inf"], 2, "none ever answers"),
        (&["--times", "1,inf", "--clock", "real"], 2, "add --seconds"),
        (&["--slowdown", "gusts:1"], 2, "unknown slow-down `gusts`"),
        (&["--slowdown", "outages:5s,0s"], 2, "DOWN is `0s`"),
        (
            &[
                "--slowdown",
                "drift:1",
                "--compute",
                "none",
                "--clock",
                "real",
            ],
            2,
            "--compute none",
        ),
    ];
    for (more, status, part) in cases {
        is_refused(more, *status, part);
    }
}

/// A run whose workers' times are drawn, traced.
fn drawn(name: &str, more: &[&str]) -> (String, std::path::PathBuf) {
    let path = file(name, "");
    let laws = ["--compute", "exponential", "--download", "uniform"];
    let trace = ["--workers", "3", "--trace", path.to_str().unwrap()];
    let run = &objects(&quick("pure", &[&laws[..], &trace, more].concat()))[0];
    (run["model_hash"].to_string(), path)
}

#[test]
fn the_machine_of_a_trace_computes_as_it_was_recorded() {
    let (hash, _) = drawn("machine-short.jsonl", &["--updates", "100"]);
    // Longer: at its end jobs are out whose times nobody knows.
    for name in ["machine.jsonl", "machine.jsonl.gz", "machine.trace"] {
        let (_, trace) = drawn(name, &[]);
        let trace = format!("file:{}", trace.display());
        let times = ["--compute", &trace, "--updates", "100"];
        let run = &objects(&quick("pure", &times))[0];
        assert_eq!(run["model_hash"].to_string(), hash, "{name}");
    }
    let (_, trace) = drawn("machine-again.jsonl", &[]);
    let times = ["--compute", trace.to_str().unwrap()];
    let tune = ["tune", "pure", "--updates", "50", "--format", "json"];
    assert_eq!(objects(&[&tune[..], &times].concat()).len(), 1);
    let again = file("machine-recorded.jsonl", "");
    let record = [&times[..], &["--trace", again.to_str().unwrap()]].concat();
    objects(&quick("shuffled", &record));
    objects(&[
        "replay",
        again.to_str().unwrap(),
        "--verify",
        "--format",
        "json",
    ]);
}

#[test]
fn a_trace_that_tells_of_no_machine_is_refused() {
    let (_, whole) = drawn("machine-whole.jsonl", &[]);
    let text = std::fs::read_to_string(&whole).unwrap();
    let altered = text.replacen("\"worker\":1", "\"worker\":2", 1);
    let altered = file("machine-altered.jsonl", &altered);
    let (_, short) = drawn("machine-none.jsonl", &["--updates", "1"]);
    let other = file("machine-other.jsonl", "{\"worker\":0,\"seconds\":1}\n");
    let [whole, altered, short, other] =
        [&whole, &altered, &short, &other].map(|path| path.to_str().unwrap());
    let cases: &[(&[&str], i32, &str)] = &[
        (
            &[whole, "--workers", "4"],
            2,
            "it has times of 3 workers, and the run is of 4",
        ),
        (&[whole, "--unit", "5s"], 2, "--unit 5s: the times"),
        (&[altered], 1, "is not as it was written"),
        (&[short], 1, "finished no job in the recording"),
        (&[other], 1, "is not a trace of asgrad"),
        (
            &["no-such-trace.jsonl"],
            1,
            "--compute: cannot read no-such-trace.jsonl",
        ),
    ];
    for (more, status, part) in cases {
        is_refused(&[&["--compute"], *more].concat(), *status, part);
    }
}

fn is_refused(more: &[&str], status: i32, part: &str) {
    let output = asgrad(&quick("pure", more));
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(status), "{more:?}: {said}");
    assert!(said.contains(part), "{more:?}: {said}");
}

#[test]
fn what_would_have_no_effect_or_never_end_is_refused() {
    let times = file("unused-times.csv", "0,0.001\n1,0.002\n");
    let times = times.to_str().unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["--slowdown", "drift"], "its form is drift:RATE[,SHARE]"),
        (&["--slowdown", "bursts:1s,1s,inf"], "FACTOR is inf"),
        (
            &["--slowdown", "drift:0.1,drift:0.5"],
            "`drift:0.1` and `drift:0.5` are of one kind",
        ),
        (
            &["--workers", "3", "--slowdown", "outages:1ms,1s,0.3"],
            "its share of 3 workers is nobody",
        ),
        (&["--compute", "lognormal:10"], "at most 5"),
        (
            &["--compute", times, "--unit", "5s"],
            "--unit 5s: the times",
        ),
        (
            &["--compute", times, "--times", "equal"],
            "--times equal: the times",
        ),
        (&["--compute", "times.txt"], "whose name ends in .csv"),
    ];
    for (more, part) in cases {
        is_refused(more, 2, part);
    }
}

#[test]
fn no_step_size_is_looked_for_when_a_method_waits_for_ever() {
    let tune = [
        "tune",
        "minibatch",
        "--times",
        "1,inf",
        "--updates",
        "10",
        "--quiet",
    ];
    let output = asgrad(&tune);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("give --seconds"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn the_list_of_latencies_has_every_slow_down() {
    let list = stdout(&asgrad(&["list", "latencies"]));
    let parts = Slowdown::all()
        .iter()
        .flat_map(|entry| [entry.to_string(), entry.summary.to_owned()]);
    for part in parts.chain(["FILE.csv", "inf"].map(str::to_owned)) {
        assert!(list.contains(&part), "{part}: {list}");
    }
}
