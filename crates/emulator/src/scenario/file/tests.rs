use std::time::Duration;

use super::*;
use crate::{
    mute::Mute,
    scenario::{Fault, Repeat, Trigger, TriggerEvent},
};

fn error(text: &str) -> String {
    Scenario::parse("test", text).unwrap_err().to_string()
}

#[test]
fn file_is_parsed() {
    let scenario = Scenario::parse(
        "test",
        r#"
        description = "two faults"
        [[fault]]
        on = "ready"
        nth = 3
        every = 3
        times = 2
        shard = 1
        probability = 0.25
        delay = 0.5
        action = "close"
        code = 4000
        [[fault]]
        at = 2.5
        action = "mute"
        message = "acks"
        duration = 60
        "#,
    )
    .unwrap();
    assert_eq!(scenario.description, "two faults");
    let every_third = Trigger::On {
        event: TriggerEvent::Ready,
        nth: 3,
        repeat: Repeat::Every {
            period: 3,
            times: Some(2),
        },
    };
    let close = Fault::new(every_third, Action::Close(4000))
        .for_shard(1)
        .with_probability(0.25)
        .with_delay(Duration::from_millis(500));
    let mute = Fault::new(
        Trigger::at(Duration::from_millis(2500)),
        Action::Mute {
            message: Mute::Acks,
            duration: Some(Duration::from_secs(60)),
        },
    );
    assert_eq!(scenario.faults, [close, mute]);
}

#[test]
fn invalid_files_are_errors_with_their_lines() {
    for (text, expected) in [
        ("", "the file has no [[fault]]"),
        ("description = 1", "line 1: invalid type"),
        ("\n\nwhy = 1", "line 3: unknown field `why`"),
        (
            "[[fault]]\non = \"ready\"\naction = \"drop\"\ncodes = 1",
            "line 4: unknown field `codes`",
        ),
        (
            "[[fault]]\non = \"readily\"\naction = \"drop\"",
            "line 2: unknown variant `readily`",
        ),
        (
            "[[fault]]\naction = \"drop\"",
            "line 1: a fault needs either `on` or `at`",
        ),
        (
            "[[fault]]\non = \"ready\"\nat = 1\naction = \"drop\"",
            "either `on` or `at`",
        ),
        (
            "[[fault]]\nat = 1\nnth = 2\naction = \"drop\"",
            "`nth` does not apply",
        ),
        (
            "[[fault]]\nat = -1\naction = \"drop\"",
            "`at` must be a number of seconds",
        ),
        (
            "[[fault]]\nat = 1\ntimes = 2\naction = \"drop\"",
            "`times` needs `every`",
        ),
        (
            "[[fault]]\nat = 1\nevery = 0\naction = \"drop\"",
            "at least 0.001 seconds",
        ),
        (
            "[[fault]]\non = \"ready\"\nevery = 0.5\naction = \"drop\"",
            "whole number of occurrences",
        ),
        (
            "[[fault]]\non = \"ready\"\nnth = 0\naction = \"drop\"",
            "must be at least 1",
        ),
        (
            "[[fault]]\nat = 1\nprobability = 2\naction = \"drop\"",
            "`probability` must be from 0 to 1",
        ),
        ("[[fault]]\nat = 1\naction = \"close\"", "`code` is missing"),
        (
            "[[fault]]\nat = 1\naction = \"close\"\ncode = 1006",
            "1006 is not a valid code",
        ),
        (
            "[[fault]]\nat = 1\naction = \"drop\"\ncode = 4000",
            "`code` does not apply",
        ),
        (
            "[[fault]]\nat = 1\naction = \"fragment\"\nbytes = 0",
            "`bytes` must be at least 1",
        ),
        (
            "[[fault]]\nat = 1\naction = \"refuse\"\nhost = \"main\"\nstatus = 200",
            "from 400 to 599",
        ),
        (
            "[[fault]]\nat = 1\naction = \"generate-events\"\ncount = 100001",
            "at most 100000",
        ),
        (
            "[[fault]]\non = \"connect\"\nshard = 0\naction = \"drop\"",
            "not known until IDENTIFY",
        ),
        (
            "[[fault]]\nat = 1\nshard = 0\naction = \"restart\"\nkeep-sessions = true",
            "applies to the whole gateway",
        ),
        ("[[fault", "line 1: "),
    ] {
        let error = error(text);
        assert!(error.contains(expected), "{text:?}: {error}");
    }
}
