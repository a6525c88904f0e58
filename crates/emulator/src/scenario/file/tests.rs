use super::*;

fn error(text: &str) -> String {
    Scenario::parse("test", text).unwrap_err().to_string()
}

#[test]
fn says_when_and_what() {
    let scenario = Scenario::parse(
        "test",
        r#"
        about = "two of them"
        [[fault]]
        on = "ready"
        nth = 3
        every = 3
        times = 2
        shard = 1
        chance = 0.25
        after = 0.5
        do = "close"
        code = 4000
        [[fault]]
        at = 2.5
        do = "mute"
        what = "acks"
        for = 60
        "#,
    )
    .unwrap();
    assert_eq!(scenario.about, "two of them");
    let every_third = When::On {
        occasion: Occasion::Ready,
        nth: 3,
        again: Again::Every {
            distance: 3,
            times: Some(2),
        },
    };
    let close = Fault::new(every_third, Deed::Close(4000))
        .for_shard(1)
        .with_chance(0.25)
        .after(Duration::from_millis(500));
    let mute = Fault::new(
        When::at(Duration::from_millis(2500)),
        Deed::Mute {
            what: Mute::Acks,
            lasting: Some(Duration::from_secs(60)),
        },
    );
    assert_eq!(scenario.faults, [close, mute]);
}

#[test]
fn what_makes_no_sense_is_an_error_with_its_line() {
    for (text, expected) in [
        ("", "it has no [[fault]]"),
        ("about = 1", "line 1: invalid type"),
        ("\n\nwhy = 1", "line 3: unknown field `why`"),
        (
            "[[fault]]\non = \"ready\"\ndo = \"drop\"\ncodes = 1",
            "line 4: unknown field `codes`",
        ),
        (
            "[[fault]]\non = \"readily\"\ndo = \"drop\"",
            "line 2: unknown variant `readily`",
        ),
        (
            "[[fault]]\ndo = \"drop\"",
            "line 1: a fault has either `on` or `at`",
        ),
        (
            "[[fault]]\non = \"ready\"\nat = 1\ndo = \"drop\"",
            "either `on` or `at`",
        ),
        (
            "[[fault]]\nat = 1\nnth = 2\ndo = \"drop\"",
            "`nth` does not go with",
        ),
        (
            "[[fault]]\nat = -1\ndo = \"drop\"",
            "`at` is a number of seconds",
        ),
        (
            "[[fault]]\nat = 1\ntimes = 2\ndo = \"drop\"",
            "`times` goes with `every`",
        ),
        (
            "[[fault]]\nat = 1\nevery = 0\ndo = \"drop\"",
            "at least 0.001 seconds",
        ),
        (
            "[[fault]]\non = \"ready\"\nevery = 0.5\ndo = \"drop\"",
            "whole number of times",
        ),
        (
            "[[fault]]\non = \"ready\"\nnth = 0\ndo = \"drop\"",
            "counts from 1",
        ),
        (
            "[[fault]]\nat = 1\nchance = 2\ndo = \"drop\"",
            "`chance` is from 0 to 1",
        ),
        ("[[fault]]\nat = 1\ndo = \"close\"", "`code` is missing"),
        (
            "[[fault]]\nat = 1\ndo = \"close\"\ncode = 1006",
            "may have the code 1006",
        ),
        (
            "[[fault]]\nat = 1\ndo = \"drop\"\ncode = 4000",
            "`code` does not go with",
        ),
        (
            "[[fault]]\nat = 1\ndo = \"split\"\nbytes = 0",
            "`bytes` is at least 1",
        ),
        (
            "[[fault]]\nat = 1\ndo = \"refuse\"\nhost = \"main\"\nstatus = 200",
            "no HTTP status of an error",
        ),
        (
            "[[fault]]\nat = 1\ndo = \"events\"\ncount = 100001",
            "at most 100000",
        ),
        (
            "[[fault]]\non = \"connect\"\nshard = 0\ndo = \"drop\"",
            "not known yet at `connect`",
        ),
        (
            "[[fault]]\nat = 1\nshard = 0\ndo = \"restart\"\nkeep-sessions = true",
            "concerns the whole gateway",
        ),
        ("[[fault", "line 1: "),
    ] {
        let error = error(text);
        assert!(error.contains(expected), "{text:?}: {error}");
    }
}
