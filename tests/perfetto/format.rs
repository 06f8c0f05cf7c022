//! Checks a timeline against the Trace Event Format, from its document alone: what each kind of
//! event must have, and what a viewer needs to draw it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A lane: process and thread.
pub(super) type Lane = (u64, u64);

/// A complete event, in nanoseconds.
#[derive(Clone, Debug)]
pub(super) struct Slice {
    pub(super) name: String,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) args: Map<String, Value>,
}

/// An arrow: the points that it goes through, in order of the file.
pub(super) type Arrow = Vec<(char, Lane, u64)>;

/// What is drawn.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    /// In order of time.
    pub(super) slices: BTreeMap<Lane, Vec<Slice>>,
    pub(super) arrows: BTreeMap<u64, Arrow>,
    pub(super) counters: BTreeMap<String, Vec<(u64, f64)>>,
    pub(super) lanes: BTreeMap<Lane, String>,
    pub(super) processes: BTreeMap<u64, String>,
}

impl Drawn {
    /// The slice of that lane at that time.
    pub(super) fn slice(&self, lane: Lane, time: u64) -> Option<&Slice> {
        let slices = self.slices.get(&lane)?;
        slices
            .iter()
            .find(|slice| (slice.from..slice.to).contains(&time))
    }
}

/// Reads a timeline, and fails at whatever the format does not allow.
pub(super) fn check(text: &str) -> Drawn {
    let whole: Value = serde_json::from_str(text).unwrap();
    let whole = whole.as_object().unwrap();
    let known = ["displayTimeUnit", "otherData", "traceEvents"];
    assert!(whole.keys().eq(known), "{:?}", whole.keys());
    assert_eq!(whole["displayTimeUnit"], "ns");
    assert!(whole["otherData"].is_object());
    let mut drawn = Drawn::default();
    for event in whole["traceEvents"].as_array().unwrap() {
        take(event.as_object().unwrap(), &mut drawn);
    }
    for slices in drawn.slices.values_mut() {
        slices.sort_by_key(|slice| slice.from);
        let follow = |pair: &[Slice]| pair[0].to <= pair[1].from;
        assert!(slices.windows(2).all(follow), "slices of a lane overlap");
    }
    for lane in drawn.slices.keys() {
        assert!(drawn.lanes.contains_key(lane), "{lane:?} has no name");
        assert!(drawn.processes.contains_key(&lane.0));
    }
    for (id, arrow) in &drawn.arrows {
        check_arrow(*id, arrow, &drawn);
    }
    drawn
}

/// One event: exactly the fields that its kind needs or may have, each of its type.
fn take(event: &Map<String, Value>, drawn: &mut Drawn) {
    let name = event["name"].as_str().unwrap().to_owned();
    let lane = (number(event, "pid"), number(event, "tid"));
    let phase = event["ph"].as_str().unwrap();
    let (needs, may_have): (&[&str], &[&str]) = match phase {
        "X" => (&["dur", "args"], &["cname"]),
        "i" => (&["s", "args"], &[]),
        "C" | "M" => (&["args"], &[]),
        "s" | "t" => (&["id"], &[]),
        "f" => (&["id", "bp"], &[]),
        other => panic!("phase {other}"),
    };
    // The document lets some kinds do without category and time; there are readers that do not.
    let common = ["name", "ph", "pid", "tid", "cat", "ts"];
    let allowed = |key: &str| common.contains(&key) || needs.contains(&key);
    for key in event.keys() {
        assert!(allowed(key) || may_have.contains(&key.as_str()), "{key}");
    }
    let mut needed = needs.iter().chain(&common);
    assert!(needed.all(|key| event.contains_key(*key)), "{event:?}");
    assert!(!event["cat"].as_str().unwrap().is_empty());
    time(event, "ts");
    let args = || event["args"].as_object().unwrap();
    match phase {
        "X" => {
            let (from, args) = (time(event, "ts"), args().clone());
            let to = from + time(event, "dur");
            let slices = drawn.slices.entry(lane).or_default();
            slices.push(Slice {
                name,
                from,
                to,
                args,
            });
        }
        "i" => assert!(["g", "p", "t"].contains(&event["s"].as_str().unwrap())),
        "C" => {
            assert_eq!(args().len(), 1);
            let value = args().values().next().unwrap().as_f64().unwrap();
            let counter = drawn.counters.entry(name).or_default();
            counter.push((time(event, "ts"), value));
        }
        "M" => metadata(&name, lane, args(), drawn),
        _ => {
            if phase == "f" {
                assert_eq!(event["bp"], "e");
            }
            let point = (phase.chars().next().unwrap(), lane, time(event, "ts"));
            let id = number(event, "id");
            drawn.arrows.entry(id).or_default().push(point);
        }
    }
}

fn metadata(name: &str, lane: Lane, args: &Map<String, Value>, drawn: &mut Drawn) {
    let text = || args["name"].as_str().unwrap().to_owned();
    let before = match name {
        "process_name" => drawn.processes.insert(lane.0, text()),
        "thread_name" => drawn.lanes.insert(lane, text()),
        "thread_sort_index" => {
            number(args, "sort_index");
            None
        }
        other => panic!("metadata {other}"),
    };
    assert_eq!(before, None, "{name} twice");
}

/// It begins once, ends once, never goes back in time, and each of its points is in a slice.
fn check_arrow(id: u64, arrow: &Arrow, drawn: &Drawn) {
    let phases: String = arrow.iter().map(|(phase, ..)| *phase).collect();
    let inner = phases.strip_prefix('s').and_then(|p| p.strip_suffix('f'));
    let is_whole = inner.is_some_and(|inner| inner.chars().all(|phase| phase == 't'));
    assert!(is_whole, "arrow {id}: {phases}");
    assert!(
        arrow.is_sorted_by_key(|(.., time)| *time),
        "{id}: {arrow:?}"
    );
    for (_, lane, time) in arrow {
        assert!(drawn.slice(*lane, *time).is_some(), "arrow {id} at {time}");
    }
}

fn number(event: &Map<String, Value>, key: &str) -> u64 {
    let value = event[key].as_u64();
    value.unwrap_or_else(|| panic!("{key} of {event:?}"))
}

/// Microseconds as nanoseconds.
fn time(event: &Map<String, Value>, key: &str) -> u64 {
    let nanoseconds = event[key].as_f64().unwrap() * 1e3;
    assert!(nanoseconds >= 0.0 && nanoseconds < 2f64.powi(53));
    assert!((nanoseconds - nanoseconds.round()).abs() < 1e-3);
    format!("{nanoseconds:.0}").parse().unwrap()
}
