//! `asgrad list`: what there is to choose from.

use asgrad::methods::rules::{self, Outstanding};
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
    "problems\n  \
     softmax             multinomial logistic regression; with digits: ten classes, d = 650\n  \
     logistic            binary logistic regression; with digits: digit ≥ 5, d = 65\n  \
     least-squares       ½ mean (a·x − y)²\n  \
     quadratic:c1,c2,…   f_i = ½(x − c_i)², one number a worker: shows the bias of pure asynchronous SGD\n  \
     none                no model: the schedule only, in virtual time\n\
     regularizers\n  \
     l2:λ                (λ/2)‖x‖²\n  \
     nonconvex:λ         λ Σ x²/(1 + x²)\n  \
     none\n\
     partitions\n  \
     contiguous, shuffled, by-label, dirichlet:α\n"
        .to_owned()
}

fn data() -> String {
    "data\n  \
     digits              1,797 handwritten digits of 8 × 8 pixels (Alpaydin, Kaynak 1998); ships with the program\n  \
     synthetic:α,β       the generator of Li et al. (FedProx): models differ by α, data by β\n  \
     synthetic:iid       the same, all workers alike\n  \
     FILE.csv            comma-separated numbers, label last; a header is recognised\n  \
     FILE                LIBSVM text (https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/)\n"
        .to_owned()
}

fn latencies() -> String {
    "latencies, for a worker of time s, in units (--unit), drawn anew for each job\n".to_owned()
        + &forms(Law::all())
        + "  FILE.csv                --compute only: measured times, one after the other and then again; columns worker, seconds\n  \
             --times 1,2,inf        a worker of time inf never answers\n\
             slow-downs (--slowdown), as time passes; SHARE: of the workers\n"
        + &Slowdown::all()
            .iter()
            .map(|entry| format!("  {entry}\n  {:<24}{}\n", "", entry.summary))
            .collect::<String>()
}
