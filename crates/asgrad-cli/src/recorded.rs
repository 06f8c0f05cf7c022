//! The problem that a trace was recorded with, made again from its first line.

use asgrad::problems::Source;
use asgrad::{Header, Scalar};
use std::error::Error;

use clap::Parser;
use serde_json::Value;

use crate::args::Options;
use crate::failure::Failure;
use crate::request::{Loaded, Request};

/// Options alone, without a command.
#[derive(Debug, Parser)]
#[command(name = "asgrad", no_binary_name = true, args_override_self = true)]
struct Words {
    #[command(flatten)]
    options: Options,
}

/// What a trace was recorded with.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) request: Request,
    seed: u64,
    data_hash: Option<String>,
}

/// The options that a first line repeats as they were typed.
const REPEATED: [(&str, &str); 8] = [
    ("data", "--data"),
    ("problem", "--problem"),
    ("regularizer", "--regularizer"),
    ("partition", "--partition"),
    ("holdout", "--holdout"),
    ("batch_size", "--batch-size"),
    ("rows", "--rows"),
    ("start", "--start"),
];

/// The options that these words set. One that makes no sense is named as the first line has it.
fn parsed(words: &[String]) -> Result<Words, Failure> {
    for word in words {
        if let Err(error) = Words::try_parse_from([word]) {
            let word = word.trim_start_matches('-').replacen('=', " ", 1);
            let reason = error.source().map(|source| format!(": {source}"));
            let reason = reason.unwrap_or_default();
            return Err(Failure::failed(format!("{word} makes no sense{reason}")).of_header());
        }
    }
    Words::try_parse_from(words).map_err(|error| Failure::failed(error.kind()).of_header())
}

impl Recorded {
    /// From the first line of a trace; with data from elsewhere if it has moved.
    pub(crate) fn of(header: &Header, data: Option<&str>) -> Result<Self, Failure> {
        if header.described("problem").is_none() {
            return Err(Failure::failed(
                "the trace does not say what problem it is of: the program that recorded it must replay it (asgrad::Replay)",
            ));
        }
        let mut words = vec![
            format!("--workers={}", header.workers),
            "--speeds=equal".to_owned(),
            format!("--seed={}", header.seed),
            format!("--precision={}", header.precision),
            format!("--step-rule={}", header.step_rule),
        ];
        let chain = |option: &str, list: &Option<String>| {
            list.as_ref().map(|list| format!("--{option}={list}"))
        };
        words.extend(chain("correction", &header.correction));
        words.extend(chain("optimizer", &header.optimizer));
        for (key, option) in REPEATED {
            let word = match header.description.get(key) {
                Some(Value::String(word)) => Some(word.clone()),
                Some(Value::Number(number)) => Some(number.to_string()),
                _ => None,
            };
            words.extend(word.map(|word| format!("{option}={word}")));
        }
        // Of options given twice the last one counts.
        words.extend(data.map(|data| format!("--data={data}")));
        let words = parsed(&words)?;
        Ok(Self {
            request: Request::new(words.options).map_err(Failure::of_header)?,
            seed: header.seed,
            data_hash: header.described("data_hash").map(str::to_owned),
        })
    }

    /// The problem and the first model. Refuses data that are not the recorded ones.
    pub(crate) fn load<T: Scalar>(&self) -> Result<(Loaded<T>, Vec<T>), Failure> {
        let problem = self.request.load::<T>(self.seed).map_err(|failure| {
            let failure = failure.of_header();
            match &self.request.options.problem.data {
                Source::Csv(_) | Source::Libsvm(_) => {
                    failure.hint("--data FILE says where the data of the run are now")
                }
                _ => failure,
            }
        });
        let Some(problem) = problem? else {
            return Ok((None, Vec::new()));
        };
        let found = problem.data_hash.map(|hash| hash.to_string());
        if found != self.data_hash {
            let [recorded, found] =
                [&self.data_hash, &found].map(|hash| hash.as_deref().unwrap_or("none"));
            let data = &self.request.options.problem.data;
            return Err(Failure::failed(format!(
                "--data {data}: its hash is {found}, and the run was recorded with data of hash {recorded}; \
                 give the data of the run with --data"
            )));
        }
        let start = self.request.start(problem.objective.dim(), self.seed);
        Ok((Some(problem), start))
    }
}
