//! What there is to choose from, for programs.

use serde_json::Value;

use crate::{asgrad, stderr, stdout};

fn printed(arguments: &[&str]) -> String {
    let output = asgrad(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

/// The objects of a list.
fn things(arguments: &[&str]) -> Vec<Value> {
    let text = printed(arguments);
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn lists_are_objects_for_programs_with_keys_defaults_and_reference() {
    let all = things(&["list", "--format", "json"]);
    let named = |kind: &str, name: &str| {
        let is_it = |thing: &&Value| thing["kind"] == kind && thing["name"] == name;
        all.iter()
            .find(is_it)
            .unwrap_or_else(|| panic!("{kind} {name}"))
    };
    let ringmaster = named("method", "ringmaster");
    assert_eq!(ringmaster["keys"][0]["name"], "threshold");
    assert!(ringmaster["keys"][0]["default"].is_string());
    assert!(ringmaster["reference"].as_str().unwrap().contains("2501."));
    assert!(
        named("method", "rennala")["theory"]
            .as_str()
            .unwrap()
            .contains("γ = ")
    );
    let adam = named("optimizer", "adam");
    assert_eq!(adam["form"], "adam[:β1[:β2[:ε]]]");
    assert_eq!(adam["keys"][1]["default"], "0.999");
    assert_eq!(named("correction", "dc")["keys"][0]["default"], Value::Null);
    assert_eq!(named("partition", "shuffled")["reference"], Value::Null);
    let laws = things(&["list", "latencies", "--format", "json"]);
    assert!(laws.len() < all.len() && laws.iter().all(|law| all.contains(law)));
    // A table has the same things.
    for format in ["csv", "markdown", "latex"] {
        let table = printed(&["list", "--format", format]);
        assert!(table.lines().count() > all.len(), "{table}");
    }
}
