use std::time::Duration;

use ps_core::{JobId, Overrun, Unfinished, Updated, Version};
use workers::Reads;

use super::*;
use crate::evaluation::Evaluation;
use crate::hash::ModelHash;

fn received() -> Received {
    Received {
        time: Duration::from_micros(4_100),
        worker: WorkerId::new(3),
        job: JobId::new(3),
        read_version: Version::ZERO,
        version: Version::new(7),
        action: Action::Applied,
        step_size: Some(0.1),
        age: 0,
        assigned: Duration::ZERO,
        times: JobTimes {
            started: Duration::from_nanos(100_007),
            finished: Duration::new(12, 4),
            computed: Duration::from_micros(200),
            ..JobTimes::default()
        },
        concurrency: 10,
    }
}

#[test]
fn a_received_line_has_the_fields_of_the_contract_in_order() {
    let expected =
        r#"{"event":"received","time":0.004100000,"worker":3,"job":3,"read_version":0,"version":7,"#
            .to_owned()
            + r#""staleness":7,"action":"applied","step_size":0.1,"assigned":0.000000000,"started":0.000100007,"#
            + r#""finished":12.000000004,"computed":0.000200000,"concurrency":10}"#;
    assert_eq!(text(&Line::Event(Event::Received(received()))), expected);
}

/// One line of each kind that may be anywhere, with everything in it.
fn one_of_each() -> Vec<Line> {
    let (time, version) = (Duration::new(1, 20), Version::new(7));
    let times = JobTimes {
        download: Duration::from_nanos(1),
        upload: Duration::from_nanos(2),
        ..received().times
    };
    let served = Duration::from_nanos(3);
    vec![
        Line::Event(Event::Received(Received {
            age: 2,
            times: JobTimes { served, ..times },
            ..received()
        })),
        Line::Event(Event::Updated(Updated {
            time,
            version,
            step_size: 0.1 + 0.2,
        })),
        Line::Evaluated(Evaluation {
            time,
            version,
            loss: 1.0 / 3.0,
            gradient_norm: 5e-324,
            model_hash: Some(ModelHash::of(&[1.0f64])),
        }),
        Line::Event(Event::Lost(Lost {
            age: 3,
            time,
            worker: WorkerId::new(3),
            job: JobId::new(5),
            assigned: served,
            read_version: Version::ZERO,
            version,
            concurrency: 2,
            reason: "a \"quote\"\nand a new line".into(),
        })),
        Line::Event(Event::Overrun(Overrun {
            time,
            worker: WorkerId::new(3),
            job: JobId::new(5),
            asked: Duration::ZERO,
            took: served,
        })),
        Line::Event(Event::Assigned(Unfinished {
            age: 4,
            time,
            worker: WorkerId::new(3),
            job: JobId::new(5),
            version,
        })),
    ]
}

/// What only the end of a trace has.
fn the_end() -> Vec<Line> {
    let (time, served) = (Duration::new(1, 20), Duration::from_nanos(3));
    let times = JobTimes {
        served,
        ..received().times
    };
    vec![
        Line::Left(Leaving {
            time,
            worker: WorkerId::new(3),
            serving: Duration::from_nanos(4),
            last: Some((JobId::new(5), times)),
        }),
        Line::Last(LastLine {
            time,
            version: Version::new(7),
            reason: "updates".to_owned(),
            message: Some("a \"quote\"\n".to_owned()),
            served,
            dropped: 9,
            reads: Some(Reads {
                sampled: 20,
                torn: 3,
            }),
            model_hash: "0123456789abcdef".to_owned(),
        }),
    ]
}

#[test]
fn what_is_written_is_read_back_to_the_last_bit() {
    let mut previous = Check::START;
    for mut line in one_of_each().into_iter().chain(the_end()) {
        let mut text = Vec::new();
        previous = checked(&mut line, previous, &mut text);
        let text = String::from_utf8(text).expect("JSON is text");
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        let read = super::read(text.trim_end(), 4);
        assert_eq!(read, Ok((line, Some(previous))), "{text}");
    }
}

#[test]
fn numbers_that_json_does_not_have_are_null() {
    let evaluation = Line::Evaluated(Evaluation {
        time: Duration::ZERO,
        version: Version::ZERO,
        loss: f64::NAN,
        gradient_norm: f64::INFINITY,
        model_hash: None,
    });
    let text = text(&evaluation);
    assert!(
        text.contains(r#""loss":null,"gradient_norm":null}"#),
        "{text}"
    );
    let Ok((Line::Evaluated(read), None)) = super::read(&text, 1) else {
        panic!("{text}");
    };
    assert!(read.loss.is_nan() && read.gradient_norm.is_nan());
}

#[test]
fn what_the_oldest_traces_do_not_say_is_not_asked_for() {
    let text = text(&Line::Event(Event::Received(received())));
    let old = text
        .replace(r#","concurrency":10"#, "")
        .replace(r#""step_size":0.1,"#, "");
    let Ok((Line::Event(Event::Received(read)), None)) = super::read(&old, 4) else {
        panic!("{old}");
    };
    assert!(read.concurrency == 0 && read.step_size.is_some_and(f64::is_nan));
}

#[test]
fn a_line_is_refused_for_what_is_missing_and_for_what_is_too_much() {
    let text = text(&Line::Event(Event::Received(received())));
    for (part, instead, said) in [
        (r#""job":3,"#, "", "`job` is missing"),
        (
            r#""job":3,"#,
            r#""job":3,"loss":1,"#,
            "unknown or repeated field `loss`",
        ),
        (
            r#""job":3,"#,
            r#""job":9007199254740993,"#,
            "`job` is 9007199254740993, and at most",
        ),
        (r#""worker":3"#, r#""worker":4"#, "worker 4 of 4"),
        (
            r#""staleness":7"#,
            r#""staleness":6"#,
            "staleness 6 is not version 7",
        ),
        (r#""time":0"#, r#""time":-0"#, "is no time in seconds"),
        ("applied", "added", "`action`: unknown variant `added`"),
        (r#""received""#, r#""heard""#, "unknown event `heard`"),
    ] {
        let bad = text.replace(part, instead);
        assert_ne!(bad, text, "{part}");
        let error = super::read(&bad, 4).expect_err(&bad);
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_number_may_be_written_as_any_program_writes_it() {
    let evaluation = Line::Evaluated(Evaluation {
        loss: 1e17,
        ..Evaluation::default()
    });
    let text = text(&evaluation).replace("1e17", "100000000000000000");
    assert_eq!(super::read(&text, 1), Ok((evaluation, None)), "{text}");
}

#[test]
fn the_number_of_torn_reads_stands_beside_that_of_all() {
    let mut last = the_end().pop().expect("the last line");
    let mut text = Vec::new();
    line(&mut last, &mut text);
    let text = String::from_utf8(text).expect("JSON is text");
    let bad = text.replace(r#""reads_torn":3,"#, "");
    assert_ne!(bad, text);
    assert_eq!(
        super::read(&bad, 4),
        Err("`reads_torn` is missing".to_owned())
    );
}

#[test]
fn the_words_of_actions_are_those_that_people_read() {
    for action in [
        Action::Applied,
        Action::Held,
        Action::Discarded,
        Action::Cancelled,
        Action::Expired,
    ] {
        let step_size = (action == Action::Applied).then_some(0.1);
        let received = Received {
            action,
            step_size,
            ..received()
        };
        let text = text(&Line::Event(Event::Received(received)));
        let said = format!(r#""action":"{}""#, action.word());
        assert!(text.contains(&said), "{text}");
    }
}
