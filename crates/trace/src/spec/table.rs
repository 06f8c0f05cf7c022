//! The table of settings. Options of the command line, keys of a configuration file, fields of a trace's first line and
//! what a report lists all come out of it. A setting is one entry here and one field of the [`RunSpec`].

use ps_core::Setting;
use workers::{Emulate, Serving};

use super::RunSpec;
use super::part::{list_text, parse_list};
use super::readers::{
    count, known, known_some, number, problem, put, put_some, seconds, switch, threads, time,
    time_text,
};
use super::settings::{Entry, Fault};

/// A setting without an older name.
const fn entry(
    name: &'static str,
    group: &'static str,
    value: &'static str,
    help: &'static str,
    set: fn(&mut RunSpec, &str) -> Result<(), Fault>,
    get: fn(&RunSpec) -> Option<String>,
) -> Entry {
    Entry {
        setting: Setting(name),
        alias: None,
        group,
        value,
        help,
        set,
        get,
    }
}

const PROBLEM: &str = "Problem";
const WORKERS: &str = "Workers";
const STEP: &str = "Step size";
/// The group of what ends a run.
pub const END: &str = "End: whichever comes first [default: 1000 updates; for compare, 3 seconds]";
const OUTPUT: &str = "Output";
/// The group of what has no option: a command takes the method by its place.
pub const METHOD: &str = "Method";

/// Every setting, in the order in which they are listed.
pub const SETTINGS: &[Entry] = &[
    entry(
        "method",
        METHOD,
        "NAME[:key=value…]",
        "What runs: a method on the server, or hogwild",
        |s, text| put(&mut s.algorithm, text),
        |s| Some(s.algorithm.to_string()),
    ),
    entry(
        "data",
        PROBLEM,
        "DATA",
        "digits | synthetic:α,β | synthetic:iid | FILE.csv (label last) | FILE (LIBSVM text)",
        |s, text| put(&mut problem(s).data, text),
        |s| known(s, |p| p.data.to_string()),
    ),
    entry(
        "rows",
        PROBLEM,
        "N",
        "Use the first N rows",
        |s, text| count(&mut problem(s).rows, text),
        |s| known_some(s, |p| p.rows),
    ),
    entry(
        "problem",
        PROBLEM,
        "PROBLEM",
        "softmax | logistic | least-squares | quadratic:c1,c2,… (one centre a worker) | none (the schedule only)\n[default: softmax for digits, logistic for a file with two labels, least-squares otherwise]",
        |s, text| {
            s.is_schedule = text == "none";
            if s.is_schedule {
                Ok(())
            } else {
                put_some(&mut problem(s).problem, text)
            }
        },
        |s| {
            let schedule = s.is_schedule.then(|| "none".to_owned());
            schedule.or_else(|| known_some(s, |p| p.problem.clone()))
        },
    ),
    entry(
        "regularizer",
        PROBLEM,
        "REGULARIZER",
        "nonconvex:λ | l2:λ | none",
        |s, text| put(&mut problem(s).regularizer, text),
        |s| known(s, |p| p.regularizer),
    ),
    entry(
        "partition",
        PROBLEM,
        "PARTITION",
        "contiguous | shuffled | by-label | dirichlet:α [default: by-label for digits, contiguous otherwise]",
        |s, text| put_some(&mut problem(s).partition, text),
        |s| known_some(s, |p| p.partition),
    ),
    entry(
        "holdout",
        PROBLEM,
        "FRACTION",
        "Set a share of the rows aside and measure accuracy on them",
        |s, text| {
            problem(s).holdout = Some(number(text, "a number")?);
            Ok(())
        },
        |s| known_some(s, |p| p.holdout),
    ),
    entry(
        "batch-size",
        PROBLEM,
        "B|full",
        "Rows in a gradient: a number, or full",
        |s, text| put(&mut problem(s).batch, text),
        |s| known(s, |p| p.batch),
    ),
    entry(
        "start",
        PROBLEM,
        "START",
        "The first model: zeros | ones | random (N(0, 1)/√d)",
        |s, text| put(&mut s.start, text),
        |s| (!s.is_schedule).then(|| s.start.to_string()),
    ),
    entry(
        "precision",
        PROBLEM,
        "f64|f32",
        "The number type of model and gradients",
        |s, text| put(&mut s.precision, text),
        |s| Some(s.precision.to_string()),
    ),
    entry(
        "workers",
        WORKERS,
        "N",
        "How many workers [default: 10, or as many as times or centres are given]",
        |s, text| count(&mut s.workers, text),
        |s| s.workers.map(|n| n.to_string()),
    ),
    entry(
        "concurrency",
        WORKERS,
        "C",
        "How many jobs are outstanding, where the method leaves that open [default: one a worker]",
        |s, text| count(&mut s.concurrency, text),
        |s| s.concurrency.map(|n| n.to_string()),
    ),
    entry(
        "driver",
        WORKERS,
        "DRIVER",
        "Where it runs, with options: threads[:server=thread][:emulate=spin][:pin] | virtual",
        |s, text| put(&mut s.driver, text),
        |s| Some(s.driver.to_string()),
    ),
    entry(
        "clock",
        WORKERS,
        "real|virtual",
        "Real threads, or exact virtual time",
        |s, text| {
            s.driver.set_clock(text.parse()?);
            Ok(())
        },
        |s| Some(s.driver.clock().to_string()),
    ),
    entry(
        "unit",
        WORKERS,
        "TIME",
        "The length of one time unit [default: 1ms]",
        |s, text| time(&mut s.cluster.unit, text),
        |s| time_text(s.cluster.unit),
    ),
    Entry {
        alias: Some("speeds"),
        ..entry(
            "times",
            WORKERS,
            "TIMES",
            "Units a gradient takes worker i: linear (i+1) | equal (1) | sqrt (√(i+1)) | a,b,c | FILE; inf: it never answers\n[default: linear]",
            |s, text| put_some(&mut s.cluster.times, text),
            |s| s.cluster.times.as_ref().map(ToString::to_string),
        )
    },
    entry(
        "compute",
        WORKERS,
        "LAW|FILE.csv",
        "The law of compute times; `asgrad list latencies` names them. compare takes several and compares under each.\nFILE.csv: measured times, with columns worker and seconds",
        |s, text| put(&mut s.cluster.compute, text),
        |s| Some(s.cluster.compute.to_string()),
    ),
    entry(
        "download",
        WORKERS,
        "LAW",
        "The law of the time a model takes to its worker",
        |s, text| put(&mut s.cluster.download, text),
        |s| Some(s.cluster.download.to_string()),
    ),
    entry(
        "upload",
        WORKERS,
        "LAW",
        "The law of the time a gradient takes to the server",
        |s, text| put(&mut s.cluster.upload, text),
        |s| Some(s.cluster.upload.to_string()),
    ),
    entry(
        "download-times",
        WORKERS,
        "TIMES",
        "Units a download takes, where they are not those of --times",
        |s, text| put_some(&mut s.cluster.download_times, text),
        |s| s.cluster.download_times.as_ref().map(ToString::to_string),
    ),
    entry(
        "upload-times",
        WORKERS,
        "TIMES",
        "Units an upload takes, where they are not those of --times",
        |s, text| put_some(&mut s.cluster.upload_times, text),
        |s| s.cluster.upload_times.as_ref().map(ToString::to_string),
    ),
    entry(
        "slowdown",
        WORKERS,
        "KIND:…",
        "What slows workers down as time passes, separated by commas: periodic:0.5,2s | drift:0.1 | outages:5s,1s |\nbursts:10s,1s,4; `asgrad list latencies` explains them",
        |s, text| put(&mut s.cluster.slowdowns, text),
        |s| Some(s.cluster.slowdowns.to_string()).filter(|text| !text.is_empty()),
    ),
    entry(
        "emulate",
        WORKERS,
        "sleep|spin",
        "How the rest of an emulated time is spent",
        |s, text| threads(s, "emulate", text.parse::<Emulate>()?),
        |_| None,
    ),
    entry(
        "server",
        WORKERS,
        "combining|thread",
        "Who serves: the worker that has finished, or a thread of its own",
        |s, text| threads(s, "server", text.parse::<Serving>()?),
        |_| None,
    ),
    entry(
        "pin",
        WORKERS,
        "",
        "Keep each worker on one core",
        |s, text| {
            if switch(text)? {
                threads(s, "pin", "")
            } else {
                Ok(())
            }
        },
        |_| None,
    ),
    Entry {
        alias: Some("on-loss"),
        ..entry(
            "on-lost-worker",
            WORKERS,
            "POLICY",
            "What happens when a worker is lost: its gradient fails, or it does not answer: stop | continue",
            |s, text| put(&mut s.on_lost_worker, text),
            |s| Some(s.on_lost_worker.to_string()),
        )
    },
    entry(
        "job-limit",
        WORKERS,
        "TIME",
        "A worker that is longer at one job is lost [default: none is]",
        |s, text| time(&mut s.job_limit, text),
        |s| time_text(s.job_limit),
    ),
    entry(
        "step-size",
        STEP,
        "γ",
        "The step size γ",
        |s, text| {
            s.step_size = number(text, "a number")?;
            Ok(())
        },
        |s| Some(s.step_size.to_string()),
    ),
    entry(
        "step-rule",
        STEP,
        "RULE",
        "constant | decreasing (γ/√(t+1)) | koloskova (γ·min(1, C/τ)) | mishchenko (γ·min(1, n/τ)) |\nstaleness (γ/max(1, τ)) | piag[:α] | piag2 | warmup:T | cosine:T; see `asgrad list steps`",
        |s, text| put(&mut s.step_rule, text),
        |s| Some(s.step_rule.to_string()),
    ),
    entry(
        "correction",
        STEP,
        "LIST",
        "What is done to each gradient, one after the other, as NAME[:number…],…:\nclip:λ | clip-value:λ | dc:λ0 | dc-adaptive:λ0[:m] | gap-aware[:c]; see `asgrad list steps`",
        |s, text| {
            s.corrections = parse_list(text)?;
            Ok(())
        },
        |s| list_text(&s.corrections),
    ),
    entry(
        "optimizer",
        STEP,
        "LIST",
        "What makes the direction of each update, one after the other, as NAME[:number…],…:\nmomentum:β | nesterov:β | adam[:β1:β2:ε] | adamw[:λ:β1:β2:ε] | weight-decay:λ",
        |s, text| {
            s.optimizers = parse_list(text)?;
            Ok(())
        },
        |s| list_text(&s.optimizers),
    ),
    entry(
        "updates",
        END,
        "T",
        "After T updates",
        |s, text| {
            s.end.updates = Some(number(text, "a whole number")?);
            Ok(())
        },
        |s| s.end.updates.map(|n| n.to_string()),
    ),
    entry(
        "seconds",
        END,
        "S",
        "After S seconds of the run's own clock",
        |s, text| {
            s.end.time_limit = Some(seconds(text)?);
            Ok(())
        },
        |s| s.end.time_limit.map(|time| time.as_secs_f64().to_string()),
    ),
    entry(
        "target-gradient-norm",
        END,
        "ε",
        "When the norm of the full gradient is at most ε",
        |s, text| {
            s.end.target.gradient_norm = Some(number(text, "a number")?);
            Ok(())
        },
        |s| s.end.target.gradient_norm.map(|norm| norm.to_string()),
    ),
    entry(
        "target-loss",
        END,
        "v",
        "When the loss is at most v",
        |s, text| {
            s.end.target.loss = Some(number(text, "a number")?);
            Ok(())
        },
        |s| s.end.target.loss.map(|loss| loss.to_string()),
    ),
    entry(
        "seed",
        OUTPUT,
        "s",
        "The seed of every random number",
        |s, text| {
            s.seed = number(text, "a whole number")?;
            Ok(())
        },
        |s| Some(s.seed.to_string()),
    ),
    entry(
        "evaluate-every",
        OUTPUT,
        "u",
        "Evaluate versions 0, u, 2u, … and the last [default: about a hundred]",
        |s, text| {
            s.evaluate_every = Some(number(text, "a whole number")?);
            Ok(())
        },
        |s| s.evaluate_every.map(|u| u.to_string()),
    ),
    entry(
        "comment",
        OUTPUT,
        "TEXT",
        "A remark, kept in the trace",
        |s, text| put_some(&mut s.comment, text),
        |s| s.comment.clone(),
    ),
];
