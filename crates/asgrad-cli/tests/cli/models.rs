//! Models in files: saved at the end of a run, and started from.

use std::fs;

use asgrad::trace::model_hash;
use asgrad::{Scalar, model_file};
use serde_json::Value;

use crate::kept::{folder, object, run_in};
#[cfg(unix)]
use crate::kept::{running, signal};
use crate::{objects, quick, stderr, stdout};

#[test]
fn the_last_model_is_saved_in_either_format_and_is_a_start_in_either_number_type() {
    let folder = folder("models");
    let run = |more: &[&str]| object(&run_in(&folder, &quick("pure", more)));
    for name in ["m.npy", "m.safetensors"] {
        let saved = run(&["--save-model", name]);
        let model = model_file::read::<f64>(&folder.join(name)).unwrap();
        assert_eq!(saved["model_hash"], model_hash(&model));
        for precision in ["f64", "f32"] {
            let from = ["--start", name, "--precision", precision, "--updates", "0"];
            let start = run(&[&from[..], &["--trace", "t.jsonl"]].concat());
            let narrow: Vec<f32> = model.iter().map(|&value| f32::from_f64(value)).collect();
            let hashes = [("f64", model_hash(&model)), ("f32", model_hash(&narrow))];
            let (_, expected) = hashes.iter().find(|(name, _)| *name == precision).unwrap();
            assert_eq!(start["model_hash"], **expected, "{name} in {precision}");
            let replayed = run_in(&folder, &["replay", "t.jsonl", "--verify"]);
            assert!(replayed.status.success(), "{}", stderr(&replayed));
        }
    }
    let theory = [
        "run",
        "pure",
        "--clock",
        "virtual",
        "--updates",
        "30",
        "--start",
        "m.npy",
        "--trace",
        "t.jsonl",
        "--theory",
    ];
    let theory = run_in(&folder, &theory);
    assert!(theory.status.success(), "{}", stderr(&theory));
    let text = fs::read(folder.join("m.safetensors")).unwrap();
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("\"method\":\"pure\"") && text.contains("\"version\":\"200\""));
    let two = run_in(
        &folder,
        &quick("pure", &["--save-model", "s.npy", "--repeat", "2"]),
    );
    assert!(two.status.success());
    assert!(folder.join("s-seed1.npy").exists() && folder.join("s-seed2.npy").exists());
}

#[test]
fn the_model_of_a_run_that_diverged_or_has_no_server_is_saved_too() {
    let folder = folder("models-of-all");
    let wild = [
        "--problem",
        "quadratic:1,2",
        "--step-size",
        "1e9",
        "--save-model",
        "d.npy",
    ];
    let output = run_in(&folder, &quick("pure", &wild));
    assert_eq!(output.status.code(), Some(1));
    let model = model_file::read::<f64>(&folder.join("d.npy")).unwrap();
    assert!(model.iter().all(|value| value.is_finite()));
    assert_eq!(object(&output)["model_hash"], model_hash(&model));
    let hogwild = [
        "run",
        "hogwild",
        "--updates",
        "50",
        "--compute",
        "none",
        "--format",
        "json",
    ];
    let output = run_in(
        &folder,
        &[&hogwild[..], &["--save-model", "h.npy"]].concat(),
    );
    let model = model_file::read::<f64>(&folder.join("h.npy")).unwrap();
    assert_eq!(object(&output)["model_hash"], model_hash(&model));
}

#[cfg(unix)]
#[test]
fn the_model_of_a_run_that_a_signal_ended_is_saved() {
    let folder = folder("models-of-signals");
    for (name, status) in [("-INT", 130), ("-TERM", 143)] {
        let endless = ["run", "pure", "--seconds", "100", "--format", "json"];
        let child = running(
            &folder,
            &[&endless[..], &["--save-model", "m.npy"]].concat(),
        );
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status));
        let model = model_file::read::<f64>(&folder.join("m.npy")).unwrap();
        let object: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(object["model_hash"], model_hash(&model));
    }
}

/// The status, the options, and what is said.
const REFUSED: [(i32, &str, &str); 11] = [
    (
        2,
        "--save-model m.txt",
        "--save-model m.txt: give a name that ends in .npy or .safetensors",
    ),
    (
        2,
        "--save-model no/m.npy",
        "--save-model no/m.npy: there is no folder no; make it first",
    ),
    (2, "--save-model .", "--save-model .: it is a folder"),
    (
        2,
        "--save-model m.npy --problem none",
        "--problem none has no model",
    ),
    (
        2,
        "--save-model m.npy --trace m.npy",
        "--trace and --save-model name the same file",
    ),
    (
        2,
        "--start m.npy --problem none",
        "--start m.npy: a schedule (problem none) has no data and no model",
    ),
    (
        2,
        "--save-model m.npy --start m.npy",
        "written over m.npy, which is read",
    ),
    (
        2,
        "--start m.txt",
        "there are zeros, ones, random, FILE.npy, FILE.safetensors",
    ),
    (
        2,
        "--start m.npy --data synthetic:1,1",
        "--start m.npy: it has 650 parameters, the model has 600",
    ),
    (
        2,
        "--start nan.npy",
        "--start nan.npy: component 0 is not finite",
    ),
    (
        1,
        "--start bad.npy",
        "--start bad.npy: it is neither an NPY nor a safetensors file",
    ),
];

#[test]
fn a_start_or_a_place_for_a_model_that_cannot_be_is_refused_before_the_run() {
    let folder = folder("refused-models");
    let is_saved = run_in(&folder, &quick("pure", &["--save-model", "m.npy"]));
    assert!(is_saved.status.success());
    model_file::write(&folder.join("nan.npy"), &vec![f64::NAN; 650], &[]).unwrap();
    fs::write(folder.join("bad.npy"), "hello").unwrap();
    for (status, arguments, says) in REFUSED {
        let arguments: Vec<_> = arguments.split(' ').collect();
        let output = run_in(&folder, &quick("pure", &arguments));
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_replay_from_a_start_that_has_changed_names_its_file() {
    let folder = folder("changed-start");
    for arguments in [
        &["--save-model", "m.npy"][..],
        &["--start", "m.npy", "--trace", "t.jsonl"],
    ] {
        assert!(run_in(&folder, &quick("pure", arguments)).status.success());
    }
    let model = vec![0.5f64; 650];
    model_file::write(&folder.join("m.npy"), &model, &[]).unwrap();
    let output = run_in(&folder, &["replay", "t.jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("is not that of the one in m.npy"), "{said}");
}

#[test]
fn what_a_run_prints_with_a_saved_model_is_one_object() {
    let folder = folder("quiet");
    let name = folder.join("m.npy");
    let name = name.to_str().unwrap();
    assert_eq!(objects(&quick("pure", &["--save-model", name])).len(), 1);
}
