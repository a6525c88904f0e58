//! The emulator, its scenarios and recordings.

use super::Texts;
use gloaming::emulator::{Emulator, recording::Recording, scenario::Scenario};
use std::{
    io::{self, BufReader, Read},
    time::Duration,
};

/// A file that can't be read.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("broken"))
    }
}

pub(super) async fn add(texts: &mut Texts) {
    for (name, text) in [
        ("Syntax", "fault ="),
        ("InvalidFault", "[[fault]]\naction = \"close\"\n"),
        ("Empty", "description = \"nothing\""),
    ] {
        let error = Scenario::parse("mine", text).unwrap_err();
        assert_eq!(format!("{:?}", error.kind()), name, "{error}");
        texts.add_with_place(&format!("ScenarioErrorKind::{name}"), &error, "mine");
    }
    let error = Scenario::named("mine").unwrap_err();
    texts.add_with_place("ScenarioErrorKind::UnknownName", &error, "mine");

    const HEADER: &str = r#"{"format":"gloaming-recording","version":1,"shards":1}"#;
    let dispatch = format!("{HEADER}\n{}", r#"{"at":0,"shard":7,"t":"A","d":null}"#);
    for (name, text) in [
        ("Syntax", "x"),
        (
            "InvalidHeader",
            r#"{"format":"gloaming-recording","version":9,"shards":1}"#,
        ),
        ("InvalidDispatch", &dispatch),
        ("TooLarge", &" ".repeat(20 << 20)),
    ] {
        let error = Recording::parse(text.as_bytes()).unwrap_err();
        assert_eq!(format!("{:?}", error.kind()), name, "{error}");
        texts.add_with_place(&format!("RecordingErrorKind::{name}"), &error, "line ");
    }
    let error = Recording::read(BufReader::new(Broken)).unwrap_err();
    texts.add_with_place("RecordingErrorKind::Io", &error, "line 1");

    let emulator = Emulator::builder().start().await.unwrap();
    let error = emulator
        .within(Duration::from_millis(1), |stats| {
            stats.sessions_started == 1
        })
        .await
        .unwrap_err();
    texts.add("WaitErrorKind::TimedOut", &error);
}
