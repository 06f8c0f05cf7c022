//! What must hold for every entry of every table of this crate.

use std::fmt::Display;
use std::str::FromStr;

use methods::{CorrectionRule, FormError, MethodSpec, OptimizerRule, StepRule};
use ps_core::form::{Domain, Kind, Named, Syntax};

/// A value other than the default.
fn example(bound: Domain) -> &'static str {
    match bound {
        Domain::Real(..) => ["0.5", "1.5"]
            .into_iter()
            .find(|text| bound.read(text).is_ok())
            .expect("one of these is in each range"),
        Domain::Reals(..) => "0.5,-0.5",
        Domain::Count(..) => "7",
        Domain::Time(..) => "3s",
        Domain::Microseconds => "12",
        Domain::Word(words) => words.last().expect("a word"),
    }
}

fn each_is_read_as_it_is_written<K: Kind, C>(table: &[Named<K>])
where
    C: FromStr<Err = FormError> + Display,
{
    for entry in table {
        let given = entry.parameters.iter().map(|parameter| match K::SYNTAX {
            Syntax::Keyed => format!(":{}={}", parameter.name, example(parameter.domain)),
            Syntax::Positional(_) => format!(":{}", example(parameter.domain)),
        });
        let text = entry.name.to_owned() + &given.collect::<String>();
        let choice: C = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(choice.to_string(), text);
        let excess = format!("{text}:1")
            .parse::<C>()
            .err()
            .expect("one too many");
        assert!(excess.to_string().contains(&entry.to_string()), "{excess}");
        let needs = entry.parameters.iter().any(|p| p.default.is_required());
        assert_eq!(entry.name.parse::<C>().is_err(), needs, "{}", entry.name);
        assert!(!entry.summary.is_empty());
    }
    let mut names: Vec<_> = table.iter().map(|entry| entry.name).collect();
    names.sort_unstable();
    assert!(names.is_sorted_by(|a, b| a < b), "a name is there twice");
}

#[test]
fn every_step_rule_is_read_as_it_is_written() {
    each_is_read_as_it_is_written::<_, StepRule>(StepRule::all());
}

#[test]
fn every_correction_is_read_as_it_is_written() {
    each_is_read_as_it_is_written::<_, CorrectionRule>(CorrectionRule::all());
}

#[test]
fn every_optimizer_is_read_as_it_is_written() {
    each_is_read_as_it_is_written::<_, OptimizerRule>(OptimizerRule::all());
}

#[test]
fn every_method_is_read_as_it_is_written_and_explains_its_keys() {
    each_is_read_as_it_is_written::<_, MethodSpec>(MethodSpec::all());
    for method in MethodSpec::all() {
        assert!(!method.reference.is_empty(), "{}", method.name);
        for key in method.parameters {
            assert!(!key.meaning.is_empty(), "{}", key.name);
        }
    }
}

#[test]
fn constructors_make_what_is_typed() {
    for (rule, text) in [
        (StepRule::default(), "constant"),
        (StepRule::constant(), "constant"),
        (StepRule::decreasing(), "decreasing"),
        (StepRule::koloskova(), "koloskova"),
        (StepRule::mishchenko(), "mishchenko"),
        (StepRule::staleness(), "staleness"),
        (StepRule::piag(0.5), "piag:0.5"),
        (StepRule::piag2(), "piag2"),
        (StepRule::warmup(9), "warmup:9"),
        (StepRule::cosine(9), "cosine:9"),
    ] {
        assert_eq!(Ok(rule), text.parse());
    }
    for (rule, text) in [
        (CorrectionRule::clip(2.0), "clip:2"),
        (CorrectionRule::clip_value(2.0), "clip-value:2"),
        (CorrectionRule::dc(0.1), "dc:0.1"),
        (CorrectionRule::dc_adaptive(0.1, 0.9), "dc-adaptive:0.1:0.9"),
        (CorrectionRule::gap_aware(0.0), "gap-aware"),
        (CorrectionRule::gap_aware(0.5), "gap-aware:0.5"),
    ] {
        assert_eq!(Ok(rule), text.parse());
    }
    for (rule, text) in [
        (OptimizerRule::momentum(0.9), "momentum:0.9"),
        (OptimizerRule::nesterov(0.9), "nesterov:0.9"),
        (OptimizerRule::adam(), "adam:0.9:0.999:0.00000001"),
        (OptimizerRule::adamw(0.1), "adamw:0.1"),
        (OptimizerRule::weight_decay(0.1), "weight-decay:0.1"),
    ] {
        assert_eq!(Ok(rule), text.parse());
    }
}
