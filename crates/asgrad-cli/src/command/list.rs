//! `asgrad list`: what there is to choose from.

use asgrad::methods::rules::{self, Outstanding};
use asgrad::problems::{Partition, ProblemKind, Regularizer, Source};
use asgrad::ps_core::form::{Kind, Named};
use asgrad::{Algorithm, CorrectionRule, Law, OptimizerRule, Slowdown, StepRule};
use clap::ValueEnum;

use crate::args::Topic;
use crate::failure::Failure;
use crate::output::print;

pub(crate) fn main(topic: Option<Topic>) -> Result<(), Failure> {
    let topics = match topic {
        Some(topic) => vec![topic],
        None => Topic::value_variants().to_vec(),
    };
    let text: Vec<String> = topics.into_iter().map(section).collect();
    print(&text.join("\n"))
}

fn section(topic: Topic) -> String {
    match topic {
        Topic::Methods => methods(),
        Topic::Steps => steps(),
        Topic::Problems => problems(),
        Topic::Data => data(),
        Topic::Latencies => latencies(),
    }
}

fn methods() -> String {
    let mut text = "methods\n".to_owned();
    for method in rules::ALL {
        text += &format!("  {:<20}{}\n", method.name, method.summary);
        for key in method.parameters {
            let (values, default) = (key.values(), key.default_words().unwrap_or_default());
            text += &format!(
                "  {:<20}  {}={values}  {} [default: {default}]\n",
                "", key.name, key.meaning
            );
        }
        let outstanding = match method.what.outstanding {
            Outstanding::Choice => "--concurrency jobs outstanding [default: one a worker]",
            Outstanding::AllWorkers => "one job outstanding a worker",
            Outstanding::One => "one job outstanding",
        };
        text += &format!("  {:<20}  {outstanding}; {}\n", "", method.reference);
    }
    let [what, outstanding, reference] = Algorithm::HOGWILD;
    let name = Algorithm::Hogwild.to_string();
    text += &format!("a driver of its own, `asgrad run {name}`\n  {name:<20}{what}\n");
    text += &format!("  {:<20}  {outstanding}; {reference}\n", "");
    text
}

fn steps() -> String {
    let kinds = [
        ("step rules, --step-rule RULE", forms(StepRule::all())),
        (
            "corrections of each gradient, --correction RULE[,RULE…]",
            forms(CorrectionRule::all()),
        ),
        (
            "optimizers, --optimizer RULE[,RULE…]",
            forms(OptimizerRule::all()),
        ),
    ];
    let sections = kinds.map(|(title, forms)| format!("{title}\n{forms}"));
    step_sizes() + &sections.concat()
}

fn step_sizes() -> String {
    let mut text = "step sizes, --step-size γ\n  \
         number                  γ itself\n  \
         auto[:a..b]             the best of 2^a … 2^b in virtual time [default: -10..1]\n  \
         theory:L,σ²,ε           what theory prescribes for the mean of E‖∇f‖² to be at most ε; f is L-smooth, a gradient has variance σ²\n"
        .to_owned();
    for method in rules::ALL {
        if let Ok(formula) = method.what.theory.formula() {
            text += &format!("  {:<24}  {:<16}{formula}\n", "", method.name);
        }
    }
    text
}

fn forms<K: Kind>(table: &[Named<K>]) -> String {
    table.iter().map(form).collect()
}

fn form<K: Kind>(entry: &Named<K>) -> String {
    let defaults = match entry.defaults() {
        defaults if defaults.is_empty() => String::new(),
        defaults => format!(" [default: {defaults}]"),
    };
    format!(
        "  {:<24}{}{defaults}\n",
        entry.to_string(),
        entry.description()
    )
}

fn problems() -> String {
    let none = "  none                    no model: the schedule only, in virtual time\n";
    let sections = [
        ("problems", forms(ProblemKind::all()) + none),
        ("regularizers", forms(Regularizer::all())),
        ("partitions", forms(Partition::all())),
    ];
    let sections = sections.map(|(title, forms)| format!("{title}\n{forms}"));
    sections.concat()
}

fn data() -> String {
    let forms = Source::FORMS.map(|(form, meaning)| format!("  {form:<24}{meaning}\n"));
    format!("data\n{}", forms.concat())
}

fn latencies() -> String {
    "latencies, for a worker of time s, in units (--unit), drawn anew for each job\n".to_owned()
        + &forms(Law::all())
        + "  FILE.csv                --compute only: measured times, one after the other and then again; columns worker, seconds\n  \
             TRACE                   --compute only: the times of a recorded run's jobs in the same way, with those of its links\n  \
             --times 1,2,inf        a worker of time inf never answers\n\
             slow-downs (--slowdown), as time passes; SHARE: of the workers\n"
        + &Slowdown::all()
            .iter()
            .map(|entry| format!("  {entry}\n  {:<24}{}\n", "", entry.summary))
            .collect::<String>()
}
