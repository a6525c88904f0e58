//! The emulator's recordings: reading, playing and writing them.

use gloaming_emulator::{
    DEFAULT_TOKEN, Emulator,
    model::{ConnectionId, Gateway, Handshake, Host, Input},
    recording::{Playback, Recorder, Recording, Scrubbing},
};
use gloaming_test_support::start_of_time;
use std::time::Duration;

/// The number of steps of one second.
const STEPS: u32 = 4;

/// Parses a recording, which has to be rejected with one of its lines, or be playable. Also records the input as
/// payloads, after which the recording has to be readable.
pub fn recording(data: &[u8]) {
    match Recording::parse(data) {
        Err(error) => {
            let lines = data.iter().filter(|byte| **byte == b'\n').count() + 1;
            assert!((1..=lines).contains(&error.line()));
            assert!(!error.to_string().is_empty());
        }
        Ok(recording) => {
            let dispatches = recording.dispatches();
            assert!(dispatches.is_sorted_by_key(|dispatch| dispatch.at));
            assert!(
                (dispatches.iter()).all(|dispatch| dispatch.shard < recording.shards()),
                "the shard of a dispatch does not exist"
            );
            play(recording);
        }
    }
    if let Ok(text) = std::str::from_utf8(data) {
        record(text);
    }
}

fn play(recording: Recording) {
    let settings = Emulator::builder()
        .recording(recording)
        .playback(Playback::Loop)
        .into_settings();
    let mut now = start_of_time();
    let mut gateway = Gateway::new(settings, now);
    let id = ConnectionId(1);
    let handshake = Handshake {
        query: "v=10".to_owned(),
        host: Host::Main,
        resume_url: "ws://resume".into(),
    };
    gateway.handle_input(now, id, Input::Opened(handshake));
    let identify = format!(
        r#"{{"op":2,"d":{{"token":"{DEFAULT_TOKEN}","intents":53608447,"properties":{{"os":"a","browser":"b","device":"c"}}}}}}"#
    );
    gateway.handle_input(now, id, Input::Text(&identify));
    for _ in 0..STEPS {
        while gateway.poll_output().is_some() {
            gateway.handle_input(now, id, Input::Drained);
        }
        now += Duration::from_secs(1);
        gateway.handle_timeout(now);
    }
    assert_eq!(gateway.violations(), [], "a rule was violated");
}

/// Records each line as a payload.
fn record(text: &str) {
    let scrubbing = Scrubbing::default()
        .with_key([7; 32])
        .without_contents()
        .without_names();
    let mut recorder =
        Recorder::new(Vec::new(), 1, scrubbing).expect("writing to memory does not fail");
    for (at, payload) in (0..).zip(text.lines()) {
        let at = Duration::from_millis(at);
        (recorder.record(at, [0, 1], payload)).expect("writing to memory does not fail");
    }
    let file = recorder.finish().expect("writing to memory does not fail");
    Recording::parse(&file).expect("the output of a recorder can be read");
}
