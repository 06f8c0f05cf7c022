use super::*;
use crate::rules;

fn assumptions(smoothness: f64, noise: f64, accuracy: f64) -> Assumptions {
    Assumptions::new(smoothness, noise, accuracy).unwrap()
}

fn prescribed(
    method: &str,
    assumptions: Assumptions,
    n_workers: usize,
    seconds: Option<&[f64]>,
) -> Result<Prescription, PrescriptionError> {
    let spec: MethodSpec = method.parse().unwrap();
    spec.prescribed(&assumptions, n_workers, seconds)
}

const SECONDS: [f64; 4] = [1.0, 2.0, 3.0, 10.0];

/// For four workers, in words, with `K` for `Δ = 1`.
fn of_four(method: &str, assumptions: Assumptions) -> (String, f64, f64) {
    let found = prescribed(method, assumptions, 4, Some(&SECONDS)).unwrap();
    let method = found.method().to_string();
    (method, found.step_size(), found.updates(1.0))
}

fn expect(assumptions: Assumptions, expected: &[(&str, &str, f64, f64)]) {
    for &(method, settled, step_size, updates) in expected {
        let found = of_four(method, assumptions);
        assert_eq!(found, (settled.to_owned(), step_size, updates), "{method}");
    }
}

/// `L = 2`, `σ² = 1`, `ε = 1/8`: eight gradients outweigh the noise. By hand, with 1/L = 1/2 and
/// ε/(Lσ²) = 1/16: half of that is a fresh gradient's step, a quarter a stale one's.
/// `K = 4Δ/(γε) = 32/γ`.
#[test]
fn each_method_has_its_step_size_and_settings() {
    let noisy = assumptions(2.0, 1.0, 0.125);
    expect(
        noisy,
        &[
            ("sgd", "sgd", 1.0 / 32.0, 1024.0),
            ("minibatch", "minibatch", 4.0 / 32.0, 256.0),
            // m = 2 by default.
            ("m-synchronous", "m-synchronous", 2.0 / 32.0, 512.0),
            ("rennala", "rennala:batch=8", 8.0 / 32.0, 128.0),
            ("malenia", "malenia:batch=8", 8.0 / 32.0, 128.0),
            ("ringmaster", "ringmaster:threshold=8", 1.0 / 64.0, 2048.0),
            (
                "ringmaster-stop",
                "ringmaster-stop:threshold=8",
                1.0 / 64.0,
                2048.0,
            ),
            // B = 10/(2·4) = 5/4: min{1/64, (1/8)·(5/4)/20} = 1/128.
            ("ringleader", "ringleader", 1.0 / 128.0, 4096.0),
            // R = 10 + 5 + 4 = 19: min{1/4, 1/76, 1/64}; K = (4·20 + 8·8)·2·8.
            ("pure", "pure", 1.0 / 76.0, 2304.0),
            // R = 3·9 = 27: 1/108; K = (4·28 + 64)·16.
            ("ssp", "ssp", 1.0 / 108.0, 2816.0),
        ],
    );
}

#[test]
fn what_is_given_is_kept_and_the_step_size_is_the_one_for_it() {
    expect(
        assumptions(2.0, 1.0, 0.125),
        &[
            ("rennala:batch=2", "rennala:batch=2", 2.0 / 32.0, 512.0),
            ("rennala:batch=64", "rennala:batch=64", 0.5, 64.0),
            (
                "ringmaster:threshold=64",
                "ringmaster:threshold=64",
                1.0 / 256.0,
                8192.0,
            ),
            ("m-synchronous:m=4", "m-synchronous:m=4", 4.0 / 32.0, 256.0),
            // R = 3: min{1/4, 1/12, 1/64}; K = (4·4 + 64)·16.
            ("ssp:bound=0", "ssp:bound=0", 1.0 / 64.0, 1280.0),
            // Everybody delivers whatever the batch: four gradients.
            ("malenia:batch=1", "malenia:batch=1", 4.0 / 32.0, 256.0),
        ],
    );
}

/// No batch outweighs less than one gradient, and nothing is divided by 0.
#[test]
fn without_noise_only_smoothness_and_staleness_limit_the_step() {
    expect(
        assumptions(2.0, 0.0, 0.125),
        &[
            ("sgd", "sgd", 0.5, 64.0),
            ("minibatch", "minibatch", 0.5, 64.0),
            ("rennala", "rennala:batch=1", 0.5, 64.0),
            ("malenia", "malenia:batch=4", 0.5, 64.0),
            ("ringmaster", "ringmaster:threshold=1", 0.25, 128.0),
            ("ringleader", "ringleader", 1.0 / 64.0, 2048.0),
            // R = 19; K = 4·20·16.
            ("pure", "pure", 1.0 / 76.0, 1280.0),
        ],
    );
    let alone = prescribed("pure", assumptions(2.0, 0.0, 0.125), 1, Some(&[3.0])).unwrap();
    assert_eq!((alone.step_size(), alone.updates(1.0)), (0.25, 64.0));
}

#[test]
fn a_quotient_that_is_whole_but_for_rounding_is_whole() {
    for (noise, accuracy, batch) in [
        (2.1, 0.3, 7),
        (0.3, 0.1, 3),
        (0.31, 0.1, 4),
        (1e-30, 1.0, 1),
        (9_007_199_254_740_992.0, 1.0, 9_007_199_254_740_992_u64),
    ] {
        let found = prescribed("rennala", assumptions(1.0, noise, accuracy), 4, None);
        let expected = format!("rennala:batch={batch}");
        assert_eq!(found.unwrap().method().to_string(), expected);
    }
}

/// Without times nothing is known but that everybody delivers once: B = 1.
#[test]
fn ringleader_uses_the_times_if_they_are_known() {
    let noisy = assumptions(1.0, 10.0, 1.0);
    let step_size = |seconds| {
        let found = prescribed("ringleader", noisy, 4, seconds).unwrap();
        found.step_size()
    };
    assert_eq!(step_size(None), 1.0 / 100.0);
    // 90/(2·(93/4)) = 60/31.
    assert_eq!(step_size(Some(&[1.0, 1.0, 1.0, 90.0])), 60.0 / 31.0 / 100.0);
    // Equal workers: s_n/(2·s_A) = 1/2, and everybody delivers once.
    assert_eq!(step_size(Some(&[1.0; 4])), 1.0 / 100.0);
}

#[test]
fn what_theory_does_not_prescribe_is_refused_by_name() {
    let noisy = assumptions(1.0, 10.0, 1.0);
    for named in rules::ALL {
        let found = prescribed(named.name, noisy, 4, Some(&SECONDS));
        assert_eq!(
            found.is_ok(),
            named.what.theory.formula().is_ok(),
            "{}",
            named.name
        );
        let Err(error) = found else { continue };
        let why = named.what.theory.formula().unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains(named.name) && message.contains(why),
            "{message}"
        );
    }
    let silent = rules::ALL
        .iter()
        .filter(|named| named.what.theory.formula().is_err());
    assert!(silent.count() >= 10);
    let unknown = prescribed("pure", noisy, 4, None).unwrap_err();
    assert_eq!(unknown, PrescriptionError::SpeedsUnknown { method: "pure" });
}

#[test]
fn numbers_beyond_all_measure_are_refused() {
    let tiny = f64::MIN_POSITIVE;
    let too_many = prescribed("rennala", assumptions(1.0, 1e20, 1.0), 4, None);
    assert_eq!(
        too_many.unwrap_err().to_string(),
        "method `rennala`: theory prescribes batch = 1e20, and at most 9007199254740992 can be counted; choose a larger ε"
    );
    assert!(prescribed("ringmaster", assumptions(1.0, 1.0, tiny), 4, None).is_err());
    // σ²/ε is infinite, 1/L is 0 or infinite, a worker is infinitely slower than another.
    let extreme = [
        ("sgd", assumptions(1.0, 1e300, 1e-300)),
        ("minibatch", assumptions(5e-324, 0.0, 1.0)),
        ("minibatch", assumptions(1e300, 0.0, 1e-300)),
    ];
    for (method, assumptions) in extreme {
        let found = prescribed(method, assumptions, 4, None);
        assert!(
            matches!(found, Err(PrescriptionError::NoStepSize { .. })),
            "{method} {assumptions}: {found:?}"
        );
    }
    let slow = [1e-300, 1e300];
    assert!(prescribed("pure", assumptions(1.0, 0.0, 1.0), 2, Some(&slow)).is_err());
}

#[test]
fn assumptions_are_three_numbers_in_bounds() {
    let read = |text: &str| text.parse::<Assumptions>();
    assert_eq!(read("2,1,0.125"), Ok(assumptions(2.0, 1.0, 0.125)));
    assert_eq!(assumptions(2.0, 1.0, 0.125).to_string(), "2,1,0.125");
    for bad in ["1", "1,2", "1,2,3,4"] {
        let error = read(bad).unwrap_err().to_string();
        assert!(error.contains("its form is theory:L,σ²,ε"), "{error}");
    }
    for (bad, symbol) in [
        ("", "L"),
        ("1,x,3", "σ²"),
        ("1,,3", "σ²"),
        ("1;2;3", "L"),
        ("0,1,1", "L"),
        ("inf,1,1", "L"),
        ("1,-1,1", "σ²"),
        ("1,NaN,1", "σ²"),
        ("1,1,0", "ε"),
    ] {
        let error = read(bad).unwrap_err().to_string();
        assert!(error.contains(&format!(": {symbol} is ")), "{error}");
    }
}
