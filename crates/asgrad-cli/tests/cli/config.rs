//! Configuration files: what is wrong in one is named by file, line and key.

use crate::kept::{command, folder, object};
use crate::words::refuses;
use crate::{file, objects, quick};

/// With the path of the file for `FILE`.
fn refuses_file(name: &str, text: &str, method: &str, begins: &str) {
    let path = file(name, text);
    let path = path.to_str().unwrap();
    let begins = begins.replace("FILE", path);
    refuses(&["run", method, "--config", path], 2, &begins);
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_file_line_and_key() {
    let cases = [
        (
            "# c\n\nworkers = 2.5",
            "FILE:3: workers = 2.5: expected a whole number from 1 to 10000000",
        ),
        (
            "updates = 99999999999999999999",
            "FILE:1: updates = 99999999999999999999: expected",
        ),
        (
            "updates = true",
            "FILE:1: updates = true: expected a whole number",
        ),
        (
            "step_size = nan",
            "FILE:1: step_size = nan: a step size is a finite number",
        ),
        (
            "speeds = [1, \"x\"]",
            "FILE:1: speeds = 1,x: `x` is not a number",
        ),
        (
            "updates = 3\nworkrs = 3",
            "FILE:2: unknown option workrs; did you mean workers?",
        ),
        (
            "methods = \"pure\"",
            "FILE:1: methods is an option of `asgrad compare`, `asgrad advise`, not of",
        ),
        (
            "config = \"x\"",
            "FILE:1: config = x: it cannot be set in a file",
        ),
        ("quiet = 1", "FILE:1: quiet = 1: expected true or false"),
        (
            "times = 1\nspeeds = 2",
            "FILE:2: speeds = 2: it is set twice; leave one out",
        ),
        (
            "seed = 1\nupdates 3",
            "FILE:2: `updates 3` cannot be read: a line is `name = value`",
        ),
        (
            "[a]\nb = 1",
            "FILE:1: a = [a]: expected a text, a number, true, false or a list",
        ),
    ];
    for (position, (text, begins)) in cases.iter().enumerate() {
        refuses_file(&format!("words-{position}.toml"), text, "pure", begins);
    }
}

#[test]
fn a_part_of_a_value_and_a_setting_among_others_are_found_in_the_file() {
    let methods = "methods = [\"pure\", \"pur\"]\n";
    let path = file("words-methods.toml", methods);
    let path = path.to_str().unwrap();
    let begins =
        format!("{path}:1: methods = pure,pur: unknown method `pur`; did you mean `pure`?");
    refuses(&["compare", "--config", path], 2, &begins);
    let begins = "FILE:2: pin = true: virtual time has no threads; leave it out";
    refuses_file(
        "words-pin.toml",
        "clock = \"virtual\"\npin = true\n",
        "pure",
        begins,
    );
    // Found later, when the settings are put together.
    let begins = "method `minibatch` has one job for each worker outstanding by definition; \
                  leave out concurrency = 4 (FILE:2)";
    let text = "clock = \"virtual\"\nconcurrency = 4\n";
    refuses_file("words-later.toml", text, "minibatch", begins);
}

#[test]
fn a_value_in_a_file_gives_way_to_what_is_typed() {
    let path = file(
        "words-wins.toml",
        "updates = 7\nspeeds = \"equal\"\nstep_size = 0.5\n",
    );
    let config = ["--config", path.to_str().unwrap()];
    let more = [&config[..], &["--updates", "9", "--times", "1,2"]].concat();
    let run = &objects(&quick("pure", &more))[0];
    assert_eq!(run["updates"], 9);
    assert_eq!(run["step_size"], 0.5);
    assert_eq!(run["gradients_per_worker"].as_array().unwrap().len(), 2);
}

#[cfg(unix)]
#[test]
fn a_file_whose_name_is_no_text_is_read() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    let folder = folder("config");
    let name = OsString::from_vec(b"c\xff.toml".to_vec());
    std::fs::write(folder.join(&name), "updates = 7\nclock = \"virtual\"\n").unwrap();
    let mut option = OsString::from("--config=");
    option.push(name);
    let mut command = command(&folder, &["run", "pure", "--format", "json"]);
    let output = command.arg(option).output().unwrap();
    assert_eq!(object(&output)["updates"], 7);
}
