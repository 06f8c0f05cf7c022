//! `asgrad report`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{asgrad, file, quick, stderr, stdout};

/// A folder with traces of two methods.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (method, name) in [("pure", "pure.jsonl"), ("shuffled", "shuffled.jsonl.gz")] {
        let trace = folder.join(name);
        let output = asgrad(&quick(method, &["--trace", trace.to_str().unwrap()]));
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    folder
}

#[test]
fn a_folder_of_traces_becomes_a_page_in_it_and_figures_where_they_are_wanted() {
    let folder = folder("cli-report");
    let figures = folder.join("figures");
    let output = asgrad(&[
        "report",
        folder.to_str().unwrap(),
        "--figures",
        figures.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "",
        "nothing but results goes to standard output"
    );
    assert!(stderr(&output).contains("report.html") && stderr(&output).contains("figures"));
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    for part in [
        "<h1>pure and shuffled</h1>",
        "loss f(x)",
        "by-label",
        "id=\"timeline-pure\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for name in [
        "gradient-norm-time.svg",
        "staleness-pure.png",
        "timeline-shuffled.csv",
    ] {
        assert!(figures.join(name).is_file(), "{name}");
    }
}

#[test]
fn traces_become_a_page_where_it_is_wanted() {
    let folder = folder("cli-report-traces");
    let (trace, page) = (folder.join("pure.jsonl"), folder.join("only-pure.html"));
    let output = asgrad(&[
        "report",
        trace.to_str().unwrap(),
        "--out",
        page.to_str().unwrap(),
        "--quiet",
    ]);
    assert_eq!(
        (output.status.code(), stderr(&output).as_str()),
        (Some(0), "")
    );
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("<h1>pure</h1>") && !page.contains("shuffled</b>"));
}

#[test]
fn what_is_no_trace_or_not_there_is_named() {
    let empty = folder("cli-report-empty");
    fs::remove_file(empty.join("pure.jsonl")).unwrap();
    fs::remove_file(empty.join("shuffled.jsonl.gz")).unwrap();
    let text = file("no-trace.jsonl", "{\"event\":\"walk\"}\n");
    let wrong = [
        (empty.to_str().unwrap(), "asgrad compare --out"),
        (text.to_str().unwrap(), "is not a trace of asgrad"),
        ("nowhere.jsonl", "nowhere.jsonl: No such file"),
    ];
    for (input, says) in wrong {
        let output = asgrad(&["report", input]);
        assert_eq!(output.status.code(), Some(1), "{input}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
    let mixed = asgrad(&["report", empty.to_str().unwrap(), empty.to_str().unwrap()]);
    assert_eq!(mixed.status.code(), Some(2));
    assert!(stderr(&mixed).contains("name one folder, or traces only"));
}
