//! Pages of runs that are not as they should be, and figures as files.

#![expect(clippy::unwrap_used, reason = "a panic is the report")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use asgrad::prelude::*;
use asgrad::problems::Quadratic;
use report::{ComparisonRecord, Report, ReportError, Study};

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn cluster() -> Cluster {
    let cluster = Cluster::new(vec![1.0, 2.0, 3.0], Duration::from_millis(1)).unwrap();
    cluster.compute(Law::fixed())
}

fn experiment() -> Experiment {
    Experiment::with_objective(Quadratic::new(&[3.0, 0.0, -6.0]))
        .method("shuffled")
        .cluster(cluster())
        .clock(Clock::Virtual)
        .step_size(0.1)
        .updates(100)
}

fn page_of(trace: PathBuf) -> String {
    Report::of_traces(&[trace]).unwrap().html()
}

#[test]
fn a_trace_that_was_cut_is_drawn_as_far_as_it_goes_and_marked() {
    let path = folder("pages-cut").join("cut.jsonl");
    experiment().trace(&path).run().unwrap();
    assert!(!page_of(path.clone()).contains("Truncated."));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    let page = page_of(path);
    assert!(page.contains("<b>Truncated.</b>") && page.contains("cut.jsonl"));
    assert!(
        page.contains("id=\"staleness-shuffled\"") && page.contains("id=\"timeline-shuffled\"")
    );
}

#[test]
fn a_run_of_the_schedule_alone_has_no_curves_and_the_page_says_so() {
    let path = folder("pages-schedule").join("schedule.jsonl");
    let experiment = Experiment::<f64>::schedule_only()
        .method("pure")
        .cluster(cluster());
    let experiment = experiment.clock(Clock::Virtual).updates(50).trace(&path);
    experiment.run().unwrap();
    let page = page_of(path);
    assert!(page.contains("no loss"));
    assert!(!page.contains("id=\"loss-time\"") && page.contains("id=\"staleness-pure\""));
}

#[test]
fn a_run_that_diverged_is_cut_off_and_marked_and_no_number_is_nonsense() {
    let path = folder("pages-diverged").join("diverged.jsonl");
    let run = experiment()
        .updates(3000)
        .step_size(30.0)
        .evaluate_every(1)
        .trace(&path)
        .run();
    assert!(run.is_err());
    let page = page_of(path);
    assert!(page.contains("1 of 1 runs diverged") && page.contains("A line ends with ×"));
    let svg: String = page
        .split("<svg")
        .skip(1)
        .filter_map(|rest| rest.split("</svg>").next())
        .collect();
    assert!(
        !svg.contains("NaN") && !svg.contains("inf\"") && !svg.contains("\"inf"),
        "{svg}"
    );
}

#[test]
fn a_gradient_norm_of_zero_has_no_place_on_the_axis_and_breaks_nothing() {
    let path = folder("pages-zero").join("zero.jsonl");
    // All workers agree, so a step of 1 is exact: the gradient is 0 from the first update on.
    let agreed = Experiment::<f64>::with_objective(Quadratic::new(&[2.0, 2.0, 2.0]));
    let agreed = agreed
        .method("minibatch")
        .cluster(cluster())
        .clock(Clock::Virtual)
        .step_size(1.0)
        .updates(5);
    let summary = agreed.evaluate_every(1).trace(&path).run().unwrap();
    assert_eq!(summary.gradient_norm, Some(0.0));
    let page = page_of(path);
    assert!(!page.contains("NaN") && page.contains("id=\"staleness-minibatch\""));
}

#[test]
fn every_figure_is_written_as_svg_png_and_csv() {
    let folder = folder("pages-figures");
    experiment().trace(folder.join("a.jsonl.gz")).run().unwrap();
    let figures = folder.join("figures");
    let n_figures = Report::of_folder(&folder)
        .unwrap()
        .write_figures(&figures)
        .unwrap();
    let names: Vec<_> = fs::read_dir(&figures)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(names.len(), 3 * n_figures);
    // Four curves; staleness, shares, time and the first moments of the one method; time and jobs
    // outstanding of all.
    assert_eq!(n_figures, 10);
    for path in names {
        let bytes = fs::read(&path).unwrap();
        match path.extension().unwrap().to_str().unwrap() {
            "svg" => assert!(
                bytes.starts_with(b"<svg") && !String::from_utf8(bytes).unwrap().contains("var(--")
            ),
            "png" => assert!(bytes.starts_with(b"\x89PNG")),
            "csv" => assert!(
                csv::Reader::from_reader(bytes.as_slice())
                    .records()
                    .all(|row| row.is_ok())
            ),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn the_csv_of_a_curve_has_the_numbers_of_the_trace() {
    let folder = folder("pages-csv");
    let summary = experiment().trace(folder.join("a.jsonl")).run().unwrap();
    let figures = folder.join("figures");
    Report::of_folder(&folder)
        .unwrap()
        .write_figures(&figures)
        .unwrap();
    let text = fs::read_to_string(figures.join("loss-updates.csv")).unwrap();
    let rows: Vec<_> = text.lines().skip(1).map(str::to_owned).collect();
    let expected = summary.evaluations.iter().map(|evaluation| {
        let (version, loss) = (evaluation.version.number(), evaluation.loss);
        format!("shuffled,{version},{loss},{loss},{loss}")
    });
    assert_eq!(rows, expected.collect::<Vec<_>>());
}

#[test]
fn a_study_is_read_back_and_shown_with_its_table_and_sentence() {
    let folder = folder("pages-study");
    let mut study = Study {
        command: "asgrad compare --seed 7".to_owned(),
        ..Study::default()
    };
    for law in ["fixed", "exponential"] {
        let trace = PathBuf::from(format!("{law}.jsonl"));
        experiment().trace(folder.join(&trace)).run().unwrap();
        study.comparisons.push(ComparisonRecord {
            title: format!("compute {law}"),
            headers: vec!["method".to_owned(), "speed-up".to_owned()],
            rows: vec![vec!["shuffled".to_owned(), "1.25".to_owned()]],
            sentence: format!("shuffled won with {law} times."),
            traces: vec![trace],
            ..ComparisonRecord::default()
        });
    }
    study.write(&folder).unwrap();
    assert_eq!(Study::read(&folder).unwrap(), Some(study.clone()));
    let page = Report::of_study(study, &folder).unwrap().html();
    let again = Report::of_folder(&folder).unwrap().html();
    assert!(page == again, "the same runs make the same page");
    for part in [
        "asgrad compare --seed 7",
        "shuffled won with exponential times.",
        "1.25",
        "href=\"#2-compute-exponential\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let ids: Vec<_> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(
        unique.len(),
        ids.len(),
        "every identifier of the page is there once"
    );
}

#[test]
fn what_cannot_be_reported_on_is_named_with_what_to_do() {
    let folder = folder("pages-errors");
    let message = |result: Result<Report, ReportError>| result.unwrap_err().to_string();
    let nothing = message(Report::of_folder(&folder));
    assert!(
        nothing.contains("pages-errors") && nothing.contains("asgrad compare --out"),
        "{nothing}"
    );
    let mixed = message(Report::of_traces(std::slice::from_ref(&folder)));
    assert!(mixed.contains("is a folder"), "{mixed}");
    fs::write(folder.join("compare.json"), "{\"command\":1}").unwrap();
    let broken = message(Report::of_folder(&folder));
    assert!(
        broken.contains("compare.json") && broken.contains("asgrad compare --out"),
        "{broken}"
    );
    let study = Study {
        command: String::new(),
        comparisons: vec![ComparisonRecord {
            traces: vec!["gone.jsonl".into()],
            ..ComparisonRecord::default()
        }],
    };
    study.write(&folder).unwrap();
    let gone = message(Report::of_folder(&folder));
    assert!(gone.contains("gone.jsonl"), "{gone}");
    Study {
        comparisons: vec![ComparisonRecord::default()],
        ..study
    }
    .write(&folder)
    .unwrap();
    let empty = message(Report::of_folder(&folder));
    assert!(empty.contains("it names no trace"), "{empty}");
}

#[test]
fn runs_of_one_method_that_are_no_repetitions_are_told_apart_by_what_differs() {
    let folder = folder("pages-apart");
    for (name, step_size) in [("a", 0.1), ("b", 0.2)] {
        let trace = folder.join(format!("{name}.jsonl"));
        experiment()
            .step_size(step_size)
            .trace(trace)
            .run()
            .unwrap();
    }
    let page = Report::of_folder(&folder).unwrap().html();
    for name in ["shuffled, γ = 0.1", "shuffled, γ = 0.2"] {
        assert!(page.contains(name), "{name}");
    }
    assert!(page.contains("id=\"staleness-shuffled-0-1\""));
}

#[test]
fn methods_whose_names_make_the_same_file_name_do_not_overwrite_each_other() {
    let folder = folder("pages-slugs");
    for (name, method) in [("a", "<∇>"), ("b", "<∂>")] {
        let trace = folder.join(format!("{name}.jsonl"));
        experiment().trace(&trace).run().unwrap();
        let text = fs::read_to_string(&trace).unwrap();
        fs::write(&trace, text.replacen("shuffled", method, 1)).unwrap();
    }
    let figures = folder.join("figures");
    let report = Report::of_folder(&folder).unwrap();
    let n_figures = report.write_figures(&figures).unwrap();
    assert_eq!(fs::read_dir(&figures).unwrap().count(), 3 * n_figures);
    assert!(report.html().contains("&lt;∇&gt;"));
}

#[test]
fn only_runs_that_differ_in_nothing_but_the_seed_are_repetitions() {
    let folder = folder("pages-repetitions");
    let runs = [
        ("a", 1, "digits"),
        ("b", 2, "digits"),
        ("c", 3, "w7a.txt"),
        ("d", 1, "digits"),
    ];
    for (name, seed, data) in runs {
        let trace = folder.join(format!("{name}.jsonl"));
        let experiment = experiment().seed(seed).describe("dataset", data);
        experiment
            .describe("command", name)
            .trace(trace)
            .run()
            .unwrap();
    }
    let page = Report::of_folder(&folder).unwrap().html();
    for name in [
        "shuffled, dataset digits (2 seeds)",
        "shuffled, dataset w7a.txt (seed 3)",
        "shuffled, dataset digits, d.jsonl (seed 1)",
    ] {
        assert!(page.contains(name), "{name}");
    }
    let twice = [
        folder.join("a.jsonl"),
        folder.join("../pages-repetitions/a.jsonl"),
    ];
    let page = Report::of_traces(&twice).unwrap().html();
    assert!(page.contains("shuffled (seed 1)"));
}

#[test]
fn a_run_that_was_cut_is_no_part_of_means() {
    let folder = folder("pages-means");
    for seed in 1..=3 {
        let trace = folder.join(format!("{seed}.jsonl"));
        experiment().seed(seed).trace(&trace).run().unwrap();
        if seed == 1 {
            let text = fs::read_to_string(&trace).unwrap();
            fs::write(&trace, &text[..text.len() / 2]).unwrap();
        }
    }
    let page = Report::of_folder(&folder).unwrap().html();
    assert!(page.contains("<td>100</td>"), "updates of the whole runs");
    assert!(page.contains("id=\"loss-time\""));
}

#[test]
#[cfg(unix)]
fn a_page_is_written_through_links_and_into_pipes_and_never_over_a_trace() {
    let folder = folder("pages-targets");
    let trace = folder.join("a.jsonl");
    experiment().trace(&trace).run().unwrap();
    let report = Report::of_traces(std::slice::from_ref(&trace)).unwrap();
    let before = fs::read(&trace).unwrap();
    let refused = report.write(&trace).unwrap_err();
    assert!(
        matches!(refused, ReportError::Overwrites { .. }),
        "{refused}"
    );
    assert!(fs::read(&trace).unwrap() == before);

    let (page, link, new) = (folder.join("page"), folder.join("link"), folder.join("new"));
    fs::write(&page, "old").unwrap();
    for (link, target) in [(&link, &page), (&folder.join("dangling"), &new)] {
        std::os::unix::fs::symlink(target, link).unwrap();
        report.write(link).unwrap();
        assert!(link.is_symlink() && fs::read_to_string(target).unwrap() == report.html());
    }

    let pipe = folder.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let reader = pipe.clone();
    let reads = std::thread::Builder::new().spawn(move || fs::read_to_string(reader));
    report.write(&pipe).unwrap();
    assert!(reads.unwrap().join().unwrap().unwrap() == report.html());
    assert!(
        !fs::metadata(&pipe).unwrap().is_file(),
        "the pipe is still one"
    );
}

#[test]
fn the_csv_of_bars_has_what_they_say() {
    let folder = folder("pages-bars");
    let described = experiment().describe("rows_per_worker", vec![10, 20, 10]);
    described.trace(folder.join("a.jsonl")).run().unwrap();
    let figures = folder.join("figures");
    Report::of_folder(&folder)
        .unwrap()
        .write_figures(&figures)
        .unwrap();
    let rows = |name: &str| {
        let text = fs::read_to_string(figures.join(name)).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let shares = rows("shares-shuffled.csv");
    assert_eq!(
        (shares[0].as_str(), shares.len()),
        ("worker,update_share,data_share", 4)
    );
    assert!(shares[2].ends_with(",0.5"), "{shares:?}");
    let histogram = rows("staleness-shuffled.csv");
    assert_eq!(histogram[0], "from,to,share");
    let sum: f64 = histogram[1..]
        .iter()
        .map(|row| row.rsplit(',').next().unwrap().parse::<f64>().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-9, "{histogram:?}");
    assert_eq!(rows("time.csv")[0], "method,activity,share");
    assert!(rows("time-shuffled.csv")[1].starts_with("0,"));
}
