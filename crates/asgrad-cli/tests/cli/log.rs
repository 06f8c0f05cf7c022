//! `--log-every`.

use crate::{asgrad, stderr};

#[test]
fn a_log_has_a_line_in_each_interval_that_says_how_far_how_good_and_how_fast() {
    let asked = "run pure --seconds 0.8 --unit 100us --workers 2 --log-every 100ms --repeat 2";
    let output = asgrad(&asked.split(' ').collect::<Vec<_>>());
    let said = stderr(&output);
    for seed in [1, 2] {
        let begin = format!("pure, seed {seed}: ");
        let lines: Vec<_> = said.lines().filter(|it| it.starts_with(&begin)).collect();
        assert!(lines.len() > 1, "{said}");
        let updates = |line: &str| line[begin.len()..].split(' ').next()?.parse::<u64>().ok();
        assert!(lines.iter().map(|line| updates(line).unwrap()).is_sorted());
        for part in [" updates, ", "/s, at 0.", "; loss "] {
            assert!(
                lines.iter().all(|line| line.contains(part)),
                "{part}: {said}"
            );
        }
        // On a busy machine nothing may have come lately.
        let staleness = "; staleness mean ";
        assert!(lines.iter().any(|line| line.contains(staleness)), "{said}");
    }
    let asked = "tune pure --seconds 2 --log-every 20ms";
    let tuned = asgrad(&asked.split(' ').collect::<Vec<_>>());
    let begin = "tuning step sizes in virtual time: ";
    let said = stderr(&tuned);
    let line = said.lines().find(|it| it.starts_with(begin));
    assert!(
        line.is_some_and(|line| line.contains(" of 12, after 0.")),
        "{said}"
    );
    for (more, says) in [
        (
            ["--log-every", "0s"],
            "--log-every 0s: expected a time such as 200ms, between 1ms and 86400s",
        ),
        (
            ["--log-every=1s", "--quiet"],
            "--log-every does not go with --quiet; leave one out",
        ),
    ] {
        let refused = asgrad(&[&["run", "pure"][..], &more].concat());
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(says), "{}", stderr(&refused));
    }
}
