//! The table of settings. Options of the command line, keys of a configuration file, fields of a
//! trace's first line and what a report lists all come out of it. A setting is one entry here and
//! one field of the [`RunSpec`].

use methods::{CorrectionRule, OptimizerRule, StepRule};
use problems::{Partition, ProblemKind, ProblemSpec, Regularizer, Weights};
use ps_core::Setting;
use ps_core::form::{nearest, text_of};
use workers::{Emulate, Law, Serving, Slowdown};

use super::RunSpec;
use super::part::{list_text, parse_list};
use super::readers::{
    finite, known, limit, not_negative, parsed, positive, problem, put, put_clock, put_option,
    put_pin, put_problem, seconds, time_text, unit, whole, workers,
};
use super::settings::{Entry, Fault, Has, SettingError, listed};

type Set = fn(&mut RunSpec, &str) -> Result<(), Fault>;
type Get = fn(&RunSpec) -> Option<String>;

/// The group of what has no option: a command takes the method by its place.
pub const METHOD: &str = "Method";
const PROBLEM: &str = "Problem";
const WORKERS: &str = "Workers";
const STEP: &str = "Step size";
const END: &str = "End: whichever comes first [default: 1000 updates; for compare, 2 seconds]";
const OUTPUT: &str = "Output";

/// How a field is read and written that always has a value.
macro_rules! text {
    ($($field:ident).+) => {
        (
            |s, text| put(&mut s.$($field).+, text),
            |s| Some(s.$($field).+.to_string()),
        )
    };
}

/// How a field is read and written that may be unset, by this reader.
macro_rules! some {
    ($read:expr, $($field:ident).+) => {
        (
            |s, text| $read(text).map(|value| s.$($field).+ = Some(value)),
            |s| s.$($field).+.as_ref().map(ToString::to_string),
        )
    };
}

/// The same for a field of the problem, where the library knows it.
macro_rules! of_problem {
    ($field:ident) => {
        (
            |s, text| put(&mut problem(s).$field, text),
            |s| known(s, |p| Some(p.$field.to_string())),
        )
    };
    ($read:expr, $($field:ident).+) => {
        (
            |s, text| $read(text).map(|value| problem(s).$($field).+ = Some(value)),
            |s| known(s, |p| p.$($field).+.as_ref().map(ToString::to_string)),
        )
    };
}

/// The same for a target, which is a real number.
macro_rules! of_target {
    ($read:expr, $field:ident) => {
        (
            |s, text| $read(text).map(|value| s.end.target.$field = Some(value)),
            |s| s.end.target.$field.map(text_of),
        )
    };
}

/// The entries, two or three lines each: name and older name, group and what it is a setting of,
/// what stands for the value, meaning, access.
macro_rules! settings {
    ($($name:literal $(or $alias:literal)?, $group:ident $(of $part:ident)?, $value:literal, $meaning:literal $(of $choice:ident)?, $access:expr;)+) => {
        &[$({
            const ACCESS: (Set, Get) = $access;
            let alias: &[&str] = &[$($alias)?];
            let forms: fn() -> String = || String::new() $(+ "\n" + &listed($choice::all()))?;
            const NEEDS: &[Has] = &[Has::Schedule $(, Has::$part)?];
            let needs = NEEDS[NEEDS.len() - 1];
            Entry { setting: Setting($name), alias, group: $group, needs, value: $value, meaning: $meaning, forms, set: ACCESS.0, get: ACCESS.1 }
        }),+]
    };
}

/// Every setting, in the order in which they are listed.
pub const SETTINGS: &[Entry] = settings! {
    "method", METHOD, "NAME[:key=value…]", "What runs: a method on the server, or hogwild", text!(algorithm);
    "data", PROBLEM of Data, "DATA", "digits | synthetic:α,β | synthetic:iid | FILE: CSV or LIBSVM text",
        of_problem!(data);
    "label", PROBLEM of Data, "NAME|N|first|last", "The column of CSV that has the labels: a name of the header, or a number from 1 [default: last]",
        of_problem!(parsed, reading.label);
    "header", PROBLEM of Data, "yes|no", "Whether the first row of CSV names the columns [default: yes if no field of it is a number]",
        of_problem!(parsed, reading.header);
    "index-base", PROBLEM of Data, "0|1", "The index of the first feature in LIBSVM text [default: 1]",
        of_problem!(parsed, reading.index_base);
    "rows", PROBLEM of Data, "N", "Use the first N rows", of_problem!(positive, rows);
    "problem", PROBLEM, "PROBLEM",
        "What is minimised, or none: the schedule only. Of a quadratic one centre a worker\n[default: softmax for digits, logistic for a file with two labels, softmax if more are text, least-squares otherwise]" of ProblemKind,
        (put_problem, |s| {
            let kind = || known(s, |p| p.problem.as_ref().map(ToString::to_string));
            s.is_schedule.then(|| "none".to_owned()).or_else(kind)
        });
    "regularizer", PROBLEM of Model, "REGULARIZER", "What is added to every f_i" of Regularizer, of_problem!(regularizer);
    "partition", PROBLEM of Data, "PARTITION",
        "Which rows go to whom [default: by-label for digits, contiguous otherwise]" of Partition,
        of_problem!(parsed, partition);
    "holdout", PROBLEM of Data, "FRACTION", "Set a share of the rows aside and measure accuracy on them",
        of_problem!(finite, holdout);
    "test-data", PROBLEM of Data, "FILE", "Measure accuracy on the rows of this file, which is read as that of --data is",
        of_problem!(parsed, test_data);
    "batch-size", PROBLEM of Data, "B|full", "Rows in a gradient: a number, full, or up-to:B, where a worker with fewer takes all", of_problem!(batch);
    "weights", PROBLEM of Data, "workers|rows", "What the objective is a mean over: workers, whatever their rows, or all rows [default: workers]",
        (|s, text| put(&mut problem(s).weights, text), |s| known(s, |p| (p.weights != Weights::default()).then(|| p.weights.to_string())));
    "start", PROBLEM of Model, "START",
        "The first model: zeros | ones | random (N(0, 1)/√d) | FILE.npy | FILE.safetensors. Versions, step rules and optimizers begin anew",
        text!(start);
    "precision", PROBLEM of Model, "f64|f32", "The number type of model and gradients", text!(precision);

    "workers", WORKERS, "N", "How many workers [default: 10, or as many as times or centres are given]",
        some!(workers, workers);
    "concurrency", WORKERS, "C", "How many jobs are outstanding, where the method leaves that open [default: one a worker]",
        some!(workers, concurrency);
    "driver", WORKERS, "DRIVER", "Where it runs, with options: threads[:server=thread][:emulate=spin][:pin] | virtual",
        text!(driver);
    "clock", WORKERS, "real|virtual", "Real threads, or exact virtual time",
        (put_clock, |s| Some(s.driver.clock().to_string()));
    "unit", WORKERS, "TIME", "The length of one time unit [default: 1ms]",
        (|s, text| unit(text).map(|time| s.cluster.unit = Some(time)), |s| time_text(s.cluster.unit));
    "times" or "speeds", WORKERS, "TIMES",
        "Units a gradient takes worker i: linear (i+1) | equal (1) | sqrt (√(i+1)) | a,b,c | FILE; inf: it never answers\n[default: linear]",
        some!(parsed, cluster.times);
    "compute", WORKERS, "LAW|FILE.csv|TRACE",
        "The law of compute times; `asgrad list latencies` names them. compare takes several and compares under each.\nFILE.csv: measured times, with columns worker and seconds; TRACE: the machine of a recorded run",
        text!(cluster.compute);
    "download", WORKERS, "LAW", "The law of the time a model takes to its worker" of Law, text!(cluster.download);
    "upload", WORKERS, "LAW", "The law of the time a gradient takes to the server" of Law, text!(cluster.upload);
    "download-times", WORKERS, "TIMES", "Units a download takes, where they are not those of --times",
        some!(parsed, cluster.download_times);
    "upload-times", WORKERS, "TIMES", "Units an upload takes, where they are not those of --times",
        some!(parsed, cluster.upload_times);
    "slowdown", WORKERS, "KIND:…",
        "What slows workers down as time passes, separated by commas; `asgrad list latencies` explains them" of Slowdown,
        (|s, text| put(&mut s.cluster.slowdowns, text), |s| Some(s.cluster.slowdowns.to_string()).filter(|text| !text.is_empty()));
    "emulate", WORKERS, "sleep|spin", "How the rest of an emulated time is spent",
        (|s, text| put_option(s, "emulate", text.parse::<Emulate>()?), |_| None);
    "server", WORKERS, "combining|thread", "Who serves: the worker that has finished, or a thread of its own",
        (|s, text| put_option(s, "server", text.parse::<Serving>()?), |_| None);
    "pin", WORKERS, "", "Keep each worker on one core", (put_pin, |_| None);
    "on-lost-worker" or "on-loss", WORKERS, "POLICY",
        "What happens when a worker is lost: its gradient fails, or it does not answer: stop | continue",
        text!(on_lost_worker);
    "on-bad-gradient", WORKERS of Model, "POLICY",
        "What happens when a gradient is NaN or infinite: stop | discard[:AT_MOST] (its worker gets a new job) | lose-worker",
        text!(on_bad_gradient);
    "job-limit", WORKERS, "TIME", "A worker that is longer at one job is lost [default: on real threads after 60 s and 50 medians, if nobody makes an update meanwhile]",
        (|s, text| limit(text).map(|time| s.job_limit = Some(time)), |s| time_text(s.job_limit));

    "step-size", STEP, "γ", "The step size γ",
        (|s, text| not_negative(text).map(|value| s.step_size = value), |s| Some(text_of(s.step_size)));
    "step-rule", STEP, "RULE",
        "What makes each step of γ; `asgrad list steps` explains them" of StepRule,
        text!(step_rule);
    "correction", STEP of Model, "LIST",
        "What is done to each gradient, one after the other, separated by commas; `asgrad list steps` explains them" of CorrectionRule,
        (|s, text| parse_list(text).map(|list| s.corrections = list).map_err(Into::into), |s| list_text(&s.corrections));
    "optimizer", STEP of Model, "LIST",
        "What makes the direction of each update, one after the other, separated by commas" of OptimizerRule,
        (|s, text| parse_list(text).map(|list| s.optimizers = list).map_err(Into::into), |s| list_text(&s.optimizers));

    "updates", END, "T", "After T updates", some!(whole, end.updates);
    "seconds", END, "S", "After S seconds of the run's own clock",
        (|s, text| seconds(text).map(|time| s.end.time_limit = Some(time)), |s| s.end.time_limit.map(|time| text_of(time.as_secs_f64())));
    "gradients", END, "N", "After N gradients were received: applied, held or discarded", some!(whole, end.gradients);
    "target-gradient-norm", END, "ε", "When the norm of the full gradient is at most ε", of_target!(not_negative, gradient_norm);
    "target-loss", END, "v", "When the loss is at most v", of_target!(finite, loss);

    "seed", OUTPUT, "s", "The seed of every random number",
        (|s, text| whole(text).map(|seed| s.seed = seed), |s| Some(s.seed.to_string()));
    "evaluate-every", OUTPUT of Model, "u", "Evaluate versions 0, u, 2u, … and the last [default: about a hundred, or each at least 1 % later than the one before]",
        some!(positive, evaluate_every);
    "comment", OUTPUT, "TEXT", "A remark, kept in the trace", some!(parsed, comment);
};

impl RunSpec {
    /// Sets what has this name, or had it once, from text. Hyphens and underscores are the same.
    ///
    /// # Errors
    /// If there is no such setting, or the text makes no sense.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), SettingError> {
        let entry = Self::entry(name).ok_or_else(|| {
            let names = SETTINGS.iter().map(|entry| entry.setting.0);
            let meant = nearest(&name.replace('_', "-"), names);
            let meant = meant.map(|name| format!("; did you mean `{name}`?"));
            let fault = format!(
                "there is no setting of this name{}",
                meant.unwrap_or_default()
            );
            SettingError {
                setting: Setting("setting"),
                value: name.to_owned(),
                fault: fault.into(),
            }
        })?;
        self.put(entry, text)
    }

    /// Sets this entry's setting from text.
    ///
    /// # Errors
    /// If the text makes no sense.
    pub fn put(&mut self, entry: &Entry, text: &str) -> Result<(), SettingError> {
        (entry.set)(self, text).map_err(|fault| SettingError {
            setting: entry.setting,
            value: text.to_owned(),
            fault,
        })
    }

    /// The entry of the setting that has this name, or had it once.
    pub fn entry(name: &str) -> Option<&'static Entry> {
        let name = name.replace('_', "-");
        let is_called = |entry: &&Entry| entry.setting.0 == name || entry.alias.contains(&&*name);
        SETTINGS.iter().find(is_called)
    }

    /// What the run has besides its schedule.
    fn has(&self) -> Has {
        let of_centres = |problem: &ProblemSpec| problem.n_centres().is_some();
        match &self.problem {
            _ if self.is_schedule => Has::Schedule,
            Some(problem) if of_centres(problem) => Has::Model,
            _ => Has::Data,
        }
    }

    /// Whether this setting means anything to such a run.
    pub fn has_effect(&self, entry: &Entry) -> bool {
        entry.needs <= self.has()
    }

    /// The first setting of those that are given, told by their values, which has no effect on
    /// such a run: its value, and why.
    pub fn without_effect(
        &self,
        is_given: impl Fn(Setting, Option<&str>) -> bool,
    ) -> Option<SettingError> {
        let has = self.has();
        let why = match has {
            Has::Schedule => "a schedule (problem none) has no data and no model; leave it out",
            _ => "a quadratic has no data; leave it out",
        };
        let mut spec = self.clone();
        spec.is_schedule = false;
        spec.put_default_problem();
        let mut settings = SETTINGS.iter().filter(|entry| !self.has_effect(entry));
        settings.find_map(|&Entry { setting, get, .. }| {
            let value = get(&spec);
            is_given(setting, value.as_deref()).then(|| SettingError {
                setting,
                value: value.unwrap_or_default(),
                fault: why.into(),
            })
        })
    }

    /// The value of the setting of this name as text, if it is set.
    pub fn text(&self, name: &str) -> Option<String> {
        (Self::entry(name)?.get)(self)
    }

    /// Every setting that is set, with its value as text.
    pub fn settings(&self) -> impl Iterator<Item = (Setting, String)> + '_ {
        let text = |entry: &Entry| Some((entry.setting, (entry.get)(self)?));
        SETTINGS.iter().filter_map(text)
    }
}
