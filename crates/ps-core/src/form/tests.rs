use super::*;

/// Kinds of nothing, for their tables.
#[derive(Debug)]
struct Keyed;
#[derive(Debug)]
struct Colons;
#[derive(Debug)]
struct Commas;

const fn entry<K>(name: &'static str, parameters: &'static [Parameter], what: K) -> Named<K> {
    Named {
        name,
        summary: "does something",
        reference: "somebody",
        parameters,
        what,
    }
}

const TIME: Domain = Domain::Time(
    std::time::Duration::from_micros(1),
    std::time::Duration::from_secs(1_000_000_000),
);

impl Kind for Keyed {
    const NAME: &'static str = "method";
    const SYNTAX: Syntax = Syntax::Keyed;
    const ALL: &'static [Named<Self>] = &[
        entry("plain", &[], Self),
        entry(
            "patient",
            &[
                Parameter::new("b", Domain::POSITIVE)
                    .default(DefaultValue::OfWorkers("half the workers", |n| {
                        n.div_ceil(2)
                    })),
                Parameter::new("late", Domain::Word(&["discard", "cancel", "use"])).or("discard"),
                Parameter::new("limit", Domain::Microseconds).or("0"),
                Parameter::new(
                    "clip",
                    Domain::Real(Limit::Included(1.0), Limit::Excluded(f64::INFINITY)),
                )
                .or("10"),
            ],
            Self,
        ),
    ];
}

impl Kind for Colons {
    const NAME: &'static str = "rule";
    const SYNTAX: Syntax = Syntax::Positional(':');
    const ALL: &'static [Named<Self>] = &[
        entry("none", &[], Self),
        entry(
            "adam",
            &[
                Parameter::new("β", Domain::BELOW_ONE).or("0.9"),
                Parameter::new("ε", Domain::ABOVE_ZERO).or("1e-8"),
            ],
            Self,
        ),
        entry(
            "clip",
            &[Parameter::new(
                "λ",
                Domain::Real(Limit::Excluded(0.0), Limit::Included(f64::INFINITY)),
            )],
            Self,
        ),
        entry(
            "warmup",
            &[Parameter::new("T", Domain::Count(1, Domain::MAX_EXACT))],
            Self,
        ),
        entry(
            "gap",
            &[Parameter::new("c", Domain::NOT_NEGATIVE).default(DefaultValue::Unsaid("0"))],
            Self,
        ),
        entry(
            "quadratic",
            &[Parameter::new(
                "c1,c2,…",
                Domain::Reals(
                    Limit::Excluded(f64::NEG_INFINITY),
                    Limit::Excluded(f64::INFINITY),
                ),
            )],
            Self,
        ),
    ];
}

impl Kind for Commas {
    const NAME: &'static str = "slow-down";
    const SYNTAX: Syntax = Syntax::Positional(',');
    const ALL: &'static [Named<Self>] = &[entry(
        "periodic",
        &[
            Parameter::new("AMPLITUDE", Domain::BELOW_ONE),
            Parameter::new("PERIOD", TIME),
            Parameter::new("SHARE", Domain::SHARE).default(DefaultValue::Unsaid("1")),
        ],
        Self,
    )];
}

fn read<K: Kind>(text: &str) -> Choice<K> {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn refused<K: Kind>(text: &str) -> String {
    text.parse::<Choice<K>>().expect_err(text).to_string()
}

#[test]
fn what_was_given_by_key_is_written_as_it_was_given() {
    for text in [
        "plain",
        "patient",
        "patient:late=use:b=3",
        "patient:limit=2000:clip=1.5",
    ] {
        assert_eq!(read::<Keyed>(text).to_string(), text);
    }
    assert_eq!(
        read::<Keyed>("patient:limit=2ms:clip=10.0").to_string(),
        "patient:limit=2000:clip=10"
    );
    assert_eq!(
        read::<Keyed>("patient:limit=1500ns").to_string(),
        "patient:limit=1500ns"
    );
    let values = read::<Keyed>("patient:limit=2000").values().complete(5);
    assert_eq!((values.size("b"), values.word("late")), (3, "discard"));
    assert_eq!(
        (values.time("limit").as_micros(), values.real("clip")),
        (2000, 10.0)
    );
}

#[test]
fn what_was_given_by_position_is_written_with_the_defaults() {
    for (text, written) in [
        ("none", "none"),
        ("adam", "adam:0.9:0.00000001"),
        ("adam:0.5", "adam:0.5:0.00000001"),
        ("clip:inf", "clip:inf"),
        ("warmup:1e2", "warmup:100"),
        ("gap", "gap"),
        ("gap:0", "gap"),
        ("gap:0.5", "gap:0.5"),
        ("quadratic:3, 0,-6.5", "quadratic:3,0,-6.5"),
    ] {
        assert_eq!(read::<Colons>(text).to_string(), written);
        assert_eq!(read::<Colons>(written), read::<Colons>(text));
    }
    let slow = read::<Commas>("periodic:0.5, 2000ms,1");
    assert_eq!(slow.to_string(), "periodic:0.5,2s");
    assert_eq!(slow.values().real("SHARE"), 1.0);
}

#[test]
fn a_name_that_is_not_known_is_refused_with_what_is() {
    assert_eq!(
        refused::<Keyed>("patent"),
        "unknown method `patent`; did you mean `patient`?"
    );
    let all = "unknown method `zoom`; there are plain, patient";
    assert_eq!(refused::<Keyed>("zoom"), all);
    assert_eq!(
        refused::<Colons>("zoom:1"),
        "unknown rule `zoom`; there are none, adam[:β[:ε]], clip:λ, warmup:T, gap[:c], quadratic:c1,c2,…"
    );
    assert_eq!(
        refused::<Keyed>("plain:b=1"),
        "method `plain` has no key `b`; it has none"
    );
    assert_eq!(
        refused::<Keyed>("patient:lmit=1"),
        "method `patient` has no key `lmit`; did you mean `limit`?"
    );
}

#[test]
fn what_is_not_of_the_form_is_refused_with_the_form() {
    for bad in ["patient:", "patient:b", "patient:b=1:", "plain:"] {
        let form = "its form is patient[:b=…][:late=discard|cancel|use][:limit=…][:clip=…]";
        let form = if bad == "plain:" {
            "its form is plain"
        } else {
            form
        };
        assert_eq!(refused::<Keyed>(bad), format!("method `{bad}`: {form}"));
    }
    assert_eq!(
        refused::<Keyed>("patient:b=1:b=1"),
        "method `patient:b=1:b=1`: `b` is given twice"
    );
    assert_eq!(refused::<Colons>("clip"), "rule `clip`: its form is clip:λ");
    assert_eq!(
        refused::<Colons>("none:1"),
        "rule `none:1`: its form is none"
    );
    for bad in ["periodic:0.5", "periodic:0.5,2s,1,1", "periodic"] {
        let form = "its form is periodic:AMPLITUDE,PERIOD[,SHARE]";
        assert_eq!(refused::<Commas>(bad), format!("slow-down `{bad}`: {form}"));
    }
}

#[test]
fn a_value_out_of_bounds_is_refused_with_value_and_bound() {
    for (text, said) in [
        ("adam:1", "β is 1, and must be at least 0 and below 1"),
        ("adam:x", "β is `x`, and must be at least 0 and below 1"),
        ("adam:0.5:inf", "ε is inf, and must be above 0 and finite"),
        ("gap:-1", "c is -1, and must be at least 0 and finite"),
        ("clip:NaN", "λ is NaN, and must be above 0 (inf: none)"),
        ("clip:", "λ is ``, and must be above 0 (inf: none)"),
        (
            "warmup:1.5",
            "T is 1.5, and must be a whole number from 1 to 2^53",
        ),
        (
            "warmup:1e17",
            "T is 1e17, and must be a whole number from 1 to 2^53",
        ),
        (
            "quadratic:1,,2",
            "c1,c2,… is ``, and must be a finite number, or several of them",
        ),
    ] {
        assert_eq!(refused::<Colons>(text), format!("rule `{text}`: {said}"));
    }
    for (text, said) in [
        ("b=0", "b is 0, and must be a whole number from 1"),
        (
            "late=usse",
            "late is `usse`, and must be discard or cancel or use; did you mean `use`?",
        ),
        (
            "limit=x",
            "limit is `x`, and must be a time such as 2ms, or a number of microseconds",
        ),
    ] {
        let text = format!("patient:{text}");
        assert_eq!(refused::<Keyed>(&text), format!("method `{text}`: {said}"));
    }
    let said = "PERIOD is `1ns`, and must be a time such as 200ms, between 1us and 1000000000s";
    assert_eq!(
        refused::<Commas>("periodic:0.5,1ns"),
        format!("slow-down `periodic:0.5,1ns`: {said}")
    );
}

#[test]
fn what_was_made_from_values_is_checked_as_what_was_read() {
    let adam = Choice::<Colons>::new("adam", [Value::Real(0.5)]);
    assert_eq!(adam, read("adam:0.5"));
    assert_eq!(adam.check(), Ok(()));
    let error = Choice::<Colons>::new("clip", [Value::Real(-1.0)]).check();
    let said = "rule `clip:-1`: λ is -1, and must be above 0 (inf: none)";
    assert_eq!(error.expect_err("no norm").to_string(), said);
    assert!(
        Choice::<Colons>::new("warmup", [Value::Real(1.0)])
            .check()
            .is_err()
    );
}

#[test]
fn an_entry_says_how_it_is_typed_what_it_is_and_what_need_not_be_said() {
    let [_, patient] = Keyed::ALL else { panic!() };
    assert_eq!(patient.description(), "does something; somebody");
    assert_eq!(
        patient.defaults(),
        "b = half the workers, late = discard, limit = 0, clip = 10"
    );
    assert_eq!(Colons::ALL[1].defaults(), "β = 0.9, ε = 0.00000001");
    assert_eq!(Colons::ALL[1].to_string(), "adam[:β[:ε]]");
}

#[test]
fn numbers_that_a_float_cannot_keep_are_refused_and_none_is_hundreds_of_digits_long() {
    for lost in ["1e-400", "1e400", "-1e400", "-0.01e-999", "", "1e", "x"] {
        assert_eq!(real(lost), None, "{lost}");
    }
    for (text, number) in [("0e-400", 0.0), ("-.5", -0.5), ("inf", f64::INFINITY)] {
        assert_eq!(real(text), Some(number));
    }
    let cases = [
        (1e308, "1e308"),
        (-2.5e-300, "-2.5e-300"),
        (1e-8, "0.00000001"),
        (1e9, "1000000000"),
    ];
    for (number, text) in cases {
        assert_eq!(text_of(number), text);
        assert_eq!(real(text), Some(number));
    }
    let quadratic = read::<Colons>("quadratic:1e308,-1e308");
    assert_eq!(quadratic.to_string(), "quadratic:1e308,-1e308");
}

#[test]
fn what_is_expected_has_its_bounds() {
    let said = |domain: Domain, text| domain.value_of::<u64>(text).unwrap_err().to_string();
    let workers = Domain::Count(1, 10_000_000);
    for text in ["2.5", "-3", "99999999999999999999", "1e-400", "nan", ""] {
        let expected = "expected a whole number from 1 to 10000000";
        assert_eq!(said(workers, text), expected, "{text}");
    }
    assert_eq!(workers.value_of("1e3"), Ok(1000_u64));
    let seconds = Domain::Real(Limit::Excluded(0.0), Limit::Included(1e9));
    assert_eq!(
        said(seconds, "0"),
        "expected a number above 0 and at most 1000000000"
    );
    assert_eq!(said(Domain::FINITE, "1e400"), "expected a finite number");
}

#[test]
fn an_empty_name_is_called_one() {
    let said = refused::<Colons>("");
    assert!(
        said.starts_with("unknown rule ``: an empty name; there are none, adam"),
        "{said}"
    );
}
