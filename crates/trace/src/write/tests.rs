//! Tests of writing traces.

use std::fs::File;

use serde_json::Map;

use super::*;
use crate::run_spec::RunSpec;

#[test]
fn a_trace_that_becomes_large_is_said_once() {
    let name = format!("asgrad-large-{}.jsonl", std::process::id());
    let path = std::env::temp_dir().join(name);
    let header = Header::new(RunSpec::default(), &[0.0f64], false, Map::new());
    let (told, news) = bounded(2);
    let tell: TraceListener = Box::new(move |news| told.send(news.to_string()).unwrap());
    let trace = TraceWriter::create(&path, &header, false, Some(tell)).unwrap();
    // Nothing but its length is large.
    let file = File::options().write(true).open(&path).unwrap();
    file.set_len(LARGE + 1).unwrap();
    let says = format!("the trace {} has passed 1 GB and grows on", path.display());
    assert_eq!(news.recv().unwrap(), says);
    trace.close().unwrap();
    assert!(news.recv().is_err(), "once, and no failure");
    fs::remove_file(path).unwrap();
}

#[test]
fn a_trace_that_is_written_is_not_created_again_before_it_is_closed() {
    let name = format!("asgrad-twice-{}.jsonl", std::process::id());
    let path = std::env::temp_dir().join(name);
    let header = Header::new(RunSpec::default(), &[0.0f64], false, Map::new());
    let create = || TraceWriter::create(&path, &header, false, None);
    let first = create().unwrap();
    assert_eq!(create().is_err(), cfg!(unix));
    for _ in 0..100 {
        drop(create());
    }
    drop(first);
    for _ in 0..100 {
        create().unwrap();
    }
    fs::remove_file(path).unwrap();
}
