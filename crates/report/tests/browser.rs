//! The page in a real browser: out of a file, in a wide and in a narrow window.

#![expect(clippy::unwrap_used, reason = "a panic is the report")]

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;
use std::{env, fs, thread};

use asgrad::prelude::*;
use asgrad::problems::Quadratic;
use report::{ComparisonRecord, Report, Study};
use serde_json::Value;

const METHODS: [&str; 10] = [
    "minibatch",
    "pure",
    "random",
    "shuffled",
    "pure-waiting:b=2",
    "random-waiting:b=2",
    "shuffled-waiting:b=2",
    "fedbuff:b=2",
    "sgd",
    "random-reshuffling",
];
/// What a trace may say if somebody means harm.
const HOSTILE: &str =
    "</script><script>document.title='broken in'</script><img src=x onerror=alert(1)>'\\\"&$x$";

/// A browser that has not answered by then never will.
const PATIENCE: Duration = Duration::from_secs(100);

/// Ten methods with three seeds each, the last one with a hostile name; 600 evaluations a run.
fn study(name: &str) -> (Study, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("traces")).unwrap();
    let mut comparison = ComparisonRecord {
        title: HOSTILE.to_owned(),
        sentence: format!("{HOSTILE} was first."),
        about: vec![("problem".to_owned(), HOSTILE.to_owned())],
        headers: vec!["method".to_owned(), "time to target, s".to_owned()],
        rows: vec![vec![HOSTILE.to_owned(), "1.0 ± 0.1".to_owned()]],
        warning: String::new(),
        traces: Vec::new(),
    };
    for (index, method) in METHODS.into_iter().enumerate() {
        for seed in 1..=3 {
            let trace = PathBuf::from(format!("traces/{index}-{seed}.jsonl"));
            record(&folder.join(&trace), method, seed);
            comparison.traces.push(trace);
        }
    }
    let study = Study {
        command: format!("asgrad compare --methods '{HOSTILE}'"),
        comparisons: vec![comparison],
    };
    (study, folder)
}

fn record(path: &Path, method: &str, seed: u64) {
    let speeds: Vec<f64> = (1..=10).map(f64::from).collect();
    let unit = Duration::from_millis(1);
    Experiment::<f64>::with_objective(Quadratic::new(&speeds))
        .method(method)
        .cluster(
            Cluster::new(speeds, unit)
                .unwrap()
                .compute(Law::exponential()),
        )
        .clock(Clock::Virtual)
        .seed(seed)
        .step_size(0.02)
        .updates(600)
        .evaluate_every(1)
        .describe("rows_per_worker", vec![10; 10])
        .trace(path)
        .run()
        .unwrap();
    if method == METHODS[9] {
        let text = fs::read_to_string(path).unwrap();
        let named = format!("\"method\":\"{method}\"");
        assert!(text.contains(&named));
        fs::write(
            path,
            text.replacen(&named, &format!("\"method\":\"{HOSTILE}\""), 1),
        )
        .unwrap();
    }
}

/// The browser, if there is one.
fn browser() -> Option<PathBuf> {
    if let Some(chosen) = env::var_os("CHROME") {
        return Some(chosen.into());
    }
    let path = env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

/// Opens the page in frames of these widths, each of which tests itself. Gives what they say, and
/// the console.
fn open(browser: &Path, page: &Path, widths: &[u32]) -> (Vec<Value>, String) {
    let folder = page.parent().unwrap();
    let frames: String = widths
        .iter()
        .map(|width| format!("<iframe style=\"width:{width}px;height:900px\" src=\"report.html#self-test\"></iframe>"))
        .collect();
    let embedding = folder.join("embedding.html");
    let script = "const said = []; addEventListener('message', event => { said.push(event.data); \
                  document.querySelector('pre').textContent = JSON.stringify(said); });";
    fs::write(
        &embedding,
        format!("<!doctype html><pre></pre><script>{script}</script>{frames}"),
    )
    .unwrap();
    let profile = folder.join("profile");
    let mut command = Command::new(browser);
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
        ])
        .args(["--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync"])
        .args([
            "--enable-logging=stderr",
            "--virtual-time-budget=10000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", embedding.display()));
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .name("browser".to_owned())
        .spawn(move || sender.send(command.output()))
        .unwrap();
    let output = receiver.recv_timeout(PATIENCE).unwrap().unwrap();
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = dom
        .split_once("<pre>")
        .and_then(|(_, rest)| rest.split_once("</pre>"));
    let said = said
        .map_or("", |(said, _)| said)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let said = serde_json::from_str(&said).unwrap_or_default();
    let console = String::from_utf8_lossy(&output.stderr).into_owned();
    let console: Vec<_> = console
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    (said, console.join("\n"))
}

/// Small, without a network, and without what the traces smuggle in.
fn assert_whole(html: &str) {
    assert!(html.len() < 2_000_000, "{} bytes", html.len());
    for outside in ["src=\"http", "href=\"http", "url(http", "@import", "fetch("] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(!html.contains("<img") && !html.contains("<script>document.title"));
}

#[test]
fn the_page_of_ten_methods_is_small_whole_and_works_in_a_browser_without_a_network() {
    let (study, folder) = study("browser");
    study.write(&folder).unwrap();
    let report = Report::of_folder(&folder).unwrap();
    let page = folder.join("report.html");
    report.write(&page).unwrap();
    let html = fs::read_to_string(&page).unwrap();
    assert_whole(&html);
    let Some(browser) = browser() else {
        // Not captured by the test runner, unlike `eprintln!`.
        let skipped =
            "skipped: no chromium on PATH and no $CHROME, so the page was not opened in a browser";
        writeln!(
            io::stderr(),
            "
{skipped}
"
        )
        .unwrap();
        return;
    };
    let (said, console) = open(&browser, &page, &[1280, 1200, 375, 360]);
    assert_eq!(console, "", "the console is empty");
    assert_eq!(said.len(), 4, "all frames tested themselves: {said:?}");
    for said in said {
        let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
        let number = |key: &str| said[key].as_f64().unwrap_or(f64::NAN);
        assert!(text("line").starts_with("updates of the model: "), "{said}");
        assert!(
            METHODS[..9]
                .iter()
                .all(|method| text("line").contains(method)),
            "{said}"
        );
        assert!(text("line").contains("onerror=alert"), "as text: {said}");
        assert!(text("bar").contains("% of gradients"), "{said}");
        assert!(text("job").contains("computed at version"), "{said}");
        assert!(text("zoom").starts_with("matrix(4"), "{said}");
        assert!(text("all").starts_with("matrix(1 "), "{said}");
        assert_ne!(
            said["themes"][0], said["themes"][1],
            "light and dark: {said}"
        );
        assert_eq!(
            number("sideways"),
            0.0,
            "the page does not scroll sideways: {said}"
        );
        assert!(number("smallest") >= 11.0, "all text can be read: {said}");
        // Four of curves, three and a timeline a method, what all workers did, and how many jobs
        // were out.
        assert_eq!(number("figures"), 4.0 + 4.0 * 10.0 + 2.0, "{said}");
        assert_eq!(
            said["clipped"],
            Value::Array(Vec::new()),
            "every figure fits its box"
        );
        assert_eq!(
            number("empty"),
            0.0,
            "every figure has something in it: {said}"
        );
        assert_eq!(number("foreign"), 0.0, "nothing was smuggled in: {said}");
    }
}
