//! `asgrad list`: what there is to choose from.

mod thing;

use asgrad::methods::rules::{self, Outstanding};
use asgrad::problems::{Partition, ProblemKind, Regularizer, Source};
use asgrad::ps_core::form::{Kind, Named};
use asgrad::{Algorithm, CorrectionRule, Law, OptimizerRule, Slowdown, StepRule};
use clap::ValueEnum;

use self::thing::{Thing, table};
use crate::args::{Format, ListArgs, Topic};
use crate::failure::Failure;
use crate::output::print;

pub(crate) fn main(args: &ListArgs) -> Result<(), Failure> {
    let topics = match args.topic {
        Some(topic) => vec![topic],
        None => Topic::value_variants().to_vec(),
    };
    let sections = topics.into_iter().map(sections);
    if args.format == Format::Table {
        let text: Vec<String> = sections
            .map(|sections| sections.iter().map(Section::text).collect())
            .collect();
        return print(&text.join("\n"));
    }
    let things: Vec<Thing> = sections.flatten().flat_map(|it| it.things).collect();
    if args.format != Format::Json {
        return print(&table(&things).render(args.format.into()));
    }
    let lines = things.iter().map(serde_json::to_string);
    let lines: Vec<String> = lines.collect::<Result<_, _>>().map_err(Failure::failed)?;
    print(&(lines.join("\n") + "\n"))
}

/// Things of a kind, and what is said above them.
struct Section {
    title: &'static str,
    things: Vec<Thing>,
    /// How each of them is written.
    line: fn(&Thing) -> String,
}

impl Section {
    fn new(title: &'static str, things: Vec<Thing>) -> Self {
        let line = Thing::line;
        Self {
            title,
            things,
            line,
        }
    }

    fn text(&self) -> String {
        let lines: String = self.things.iter().map(self.line).collect();
        format!("{}\n{lines}", self.title)
    }
}

fn sections(topic: Topic) -> Vec<Section> {
    match topic {
        Topic::Methods => methods(),
        Topic::Steps => steps(),
        Topic::Problems => problems(),
        Topic::Data => {
            let form = |(form, meaning): (&str, &str)| Thing::new("data", form, meaning);
            vec![Section::new("data", Source::FORMS.map(form).into())]
        }
        Topic::Latencies => latencies(),
    }
}

fn things<K: Kind>(table: &[Named<K>]) -> Vec<Thing> {
    table.iter().map(Thing::from).collect()
}

fn methods() -> Vec<Section> {
    let methods = rules::ALL.iter().map(|method| Thing {
        outstanding: Some(match method.what.outstanding {
            Outstanding::Choice => "--concurrency jobs outstanding [default: one a worker]",
            Outstanding::AllWorkers => "one job outstanding a worker",
            Outstanding::One => "one job outstanding",
        }),
        theory: method.what.theory.formula().ok(),
        ..Thing::from(method)
    });
    let [what, outstanding, reference] = Algorithm::HOGWILD;
    let hogwild = Thing {
        outstanding: Some(outstanding),
        reference: Some(reference),
        ..Thing::new("method", &Algorithm::Hogwild.to_string(), what)
    };
    let apart = "a driver of its own, `asgrad run hogwild`";
    let sections = [("methods", methods.collect()), (apart, vec![hogwild])];
    let section = |(title, things)| Section {
        line: method_lines,
        ..Section::new(title, things)
    };
    sections.map(section).into()
}

fn method_lines(method: &Thing) -> String {
    let mut text = format!("  {:<20}{}\n", method.name, method.meaning);
    for key in &method.keys {
        let (name, values, meaning) = (key.name, &key.words, key.meaning);
        let default = key.default.as_deref().unwrap_or_default();
        text += &format!(
            "  {:<20}  {name}={values}  {meaning} [default: {default}]\n",
            ""
        );
    }
    let outstanding = method.outstanding.unwrap_or_default();
    let reference = method.reference.unwrap_or_default();
    text + &format!("  {:<20}  {outstanding}; {reference}\n", "")
}

fn steps() -> Vec<Section> {
    let sizes = [
        ("number", "γ itself"),
        (
            "auto[:a..b]",
            "the best of 2^a … 2^b in virtual time [default: -10..1]",
        ),
        (
            "theory:L,σ²,ε",
            "what theory prescribes for the mean of E‖∇f‖² to be at most ε; f is L-smooth, a gradient has variance σ²",
        ),
    ];
    let sizes = sizes.map(|(form, meaning)| Thing::new("step size", form, meaning));
    let sizes = Section {
        line: with_formulas,
        ..Section::new("step sizes, --step-size γ", sizes.into())
    };
    vec![
        sizes,
        Section::new("step rules, --step-rule RULE", things(StepRule::all())),
        Section::new(
            "corrections of each gradient, --correction RULE[,RULE…]",
            things(CorrectionRule::all()),
        ),
        Section::new(
            "optimizers, --optimizer RULE[,RULE…]",
            things(OptimizerRule::all()),
        ),
    ]
}

/// With what theory prescribes for each method, below `theory`.
fn with_formulas(step_size: &Thing) -> String {
    let mut text = step_size.line();
    let prescribed = rules::ALL.iter().filter(|_| step_size.name == "theory");
    for method in prescribed {
        if let Ok(formula) = method.what.theory.formula() {
            text += &format!("  {:<24}  {:<16}{formula}\n", "", method.name);
        }
    }
    text
}

fn problems() -> Vec<Section> {
    let none = "no model: the schedule only, in virtual time";
    let mut problems = things(ProblemKind::all());
    problems.push(Thing::new("problem", "none", none));
    vec![
        Section::new("problems", problems),
        Section::new("regularizers", things(Regularizer::all())),
        Section::new("partitions", things(Partition::all())),
    ]
}

fn latencies() -> Vec<Section> {
    let mut laws = things(Law::all());
    laws.push(Thing::new(
        "law",
        "FILE.csv",
        "--compute only: measured times, one after the other and then again; columns worker, seconds",
    ));
    laws.push(Thing::new(
        "law",
        "TRACE",
        "--compute only: the times of a recorded run's jobs in the same way, with those of its links",
    ));
    laws.push(Thing {
        name: "inf".to_owned(),
        ..Thing::new(
            "times",
            "--times 1,2,inf",
            "a worker of time inf never answers",
        )
    });
    let two_lines: fn(&Thing) -> String =
        |it| format!("  {}\n  {:<24}{}\n", it.form, "", it.meaning);
    vec![
        Section::new(
            "latencies, for a worker of time s, in units (--unit), drawn anew for each job",
            laws,
        ),
        Section {
            line: two_lines,
            ..Section::new(
                "slow-downs (--slowdown), as time passes; SHARE: of the workers",
                things(Slowdown::all()),
            )
        },
    ]
}
