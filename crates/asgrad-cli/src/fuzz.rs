//! Command lines and configuration files that are nearly right are understood or refused, and never
//! make the program panic; the readers of the libraries are handed theirs in `tests/fuzz.rs`.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;

use crate::args::Cli;
use crate::failure::Failure;
use crate::spelling::spelled;
use crate::words::arranged;

#[path = "../../../tests/support/mutated.rs"]
mod mutated;

use mutated::mutated;

/// Whether there is a meaning to it. Of what has none something is said.
fn is_understood(words: Vec<OsString>) -> bool {
    let quiet = |_: fmt::Arguments<'_>| ();
    let meant = arranged(words.into_iter(), quiet).and_then(|words| {
        // What is in its place stays there.
        let again = arranged(words.iter().cloned(), quiet);
        let again = again.map_err(|failure| failure.of("again"))?;
        assert_eq!(again, words);
        Cli::of(words).map_err(Failure::from)
    });
    match meant {
        Ok(_) => true,
        Err(failure) => {
            assert!(!spelled(failure.to_string()).is_empty());
            false
        }
    }
}

fn lines(text: &str) -> Vec<u8> {
    text.replace(' ', "\n").into_bytes()
}

#[test]
fn fuzz_command_lines() {
    let inputs = [
        "run shuffled --workers 16 --compute exponential --seconds 5 --quiet",
        "run pure --step-size=0.1 --correction -1 --speeds 1,2 --quiet --unit 1ms -- -x",
        "compare --methods minibatch,shuffled,fedbuff:b=5 --out results --force --format json",
        "--partition shuffled --repeat 2 --quiet --quiet --seed=3",
        "tune pure-waiting:b=3 --data a.svm --batch-size full --help",
        "replay run.jsonl.gz --until 500 --verify --version",
        "explain - --theory --schedule 20 --quiet --quiet",
        "advise run.jsonl.gz --methods pure,rennala:batch=5 --repeat 2 --seconds 0.5",
        "report a b --figures=c --out r.html",
        "list latencies",
    ];
    let mut inputs = inputs.map(lines).to_vec();
    inputs.push(b"run\npure\n--data=\x98.svm\n--rows\n5\n--quiet".to_vec());
    mutated(20, &inputs, |bytes| {
        let words = bytes.split(|&byte| byte == b'\n').map(<[u8]>::to_vec);
        let words = [b"asgrad".to_vec()].into_iter().chain(words);
        is_understood(words.map(OsString::from_vec).collect())
    });
}

#[test]
fn fuzz_configuration_files() {
    let inputs = [
        "workers = 16\ncompute = \"exponential\" # drawn\n\nseconds = 5.5\nquiet = true\n",
        "step_size = 1e-3\nspeeds = [1, 2.5, 0x10]\nforce = false\n\"seed\" = 1_000\n",
        "step-rule = 'cosine:1000'\ndata = \"\"\"\na.svm\"\"\"\noptimizer = ['momentum:0.9', 'adam']\n",
        "out = \"o\"\n# é\nspeeds = 2.5\nworkers = 3\n",
    ];
    let path = std::env::temp_dir().join(format!("asgrad-fuzz-{}.toml", std::process::id()));
    mutated(21, &inputs.map(|text| text.as_bytes().to_vec()), |bytes| {
        fs::write(&path, bytes).unwrap();
        let words = ["asgrad", "run", "pure", "--seed", "1", "--config"].map(OsString::from);
        is_understood([&words[..], &[path.clone().into()]].concat())
    });
    fs::remove_file(path).unwrap();
}
