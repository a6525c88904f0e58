//! A RESUME that nothing answers costs one bounded wait if READY named the server of the main URL: the same server would
//! answer the next one no better.

use gloaming_machine::{DisconnectCause, Input, Lifecycle, RecoveryStep, SendKind};
use gloaming_test_support::machine::{
    Effect, Harness, MAIN, RESUME_HOST, causes, connects, events, message, sent, stored_session,
};
use std::time::Duration;

/// The bound: [`Timeouts::resumed`](gloaming_machine::Timeouts::resumed).
const WAIT: Duration = Duration::from_secs(30);

/// READY may name the same server in another way.
const MAIN_SERVER: [&str; 4] = [
    "wss://gateway.discord.gg",
    "wss://gateway.discord.gg:443/",
    "WSS://Gateway.Discord.gg/other/path?v=9",
    "wss://gateway.discord.gg./",
];

/// A shard whose session has this URL, and that has sent RESUME.
fn resuming(url: &str) -> Harness {
    let mut harness = Harness::with_session(stored_session().with_resume_url(url.to_owned()));
    harness.input(Input::Start);
    reach(&mut harness);
    harness
}

/// Lets the connection come up as far as RESUME.
fn reach(harness: &mut Harness) {
    harness.input(Input::Connected);
    harness.hello();
}

fn is_given_up(outputs: &[Effect]) -> bool {
    let is_gap = |event: &&Lifecycle| matches!(event, Lifecycle::Gap { .. });
    events(outputs).iter().any(is_gap)
}

#[test]
fn session_is_given_up_after_one_wait() {
    for url in MAIN_SERVER {
        let mut harness = resuming(url);
        let moment = Duration::from_millis(1);
        let outputs = harness.advance_acknowledged(WAIT - moment);
        assert!(!is_given_up(&outputs), "{url}");
        let outputs = harness.advance_acknowledged(moment);
        assert_eq!(causes(&outputs), [DisconnectCause::ResumeTimeout], "{url}");
        assert!(is_given_up(&outputs), "{url}");
        let exhausted = Lifecycle::RecoveryStepExhausted {
            from: RecoveryStep::ResumeHost,
            to: RecoveryStep::Identify,
        };
        assert!(events(&outputs).contains(&&exhausted), "{url}");
        assert_eq!(
            connects(&outputs),
            [(MAIN, RecoveryStep::Identify)],
            "at once"
        );
    }
}

#[test]
fn the_step_does_not_matter() {
    let mut harness =
        Harness::with_session(stored_session().with_resume_url(MAIN_SERVER[0].into()));
    harness.input(Input::Start);
    let mut outputs = Vec::new();
    while !connects(&outputs)
        .iter()
        .any(|(_, step)| *step == RecoveryStep::MainHost)
    {
        outputs = harness.connect_failed();
        if connects(&outputs).is_empty() {
            outputs = harness.next_deadline();
        }
    }
    reach(&mut harness);
    assert!(is_given_up(&harness.advance_acknowledged(WAIT)));
}

#[test]
fn another_server_gets_its_tries() {
    for url in [RESUME_HOST, "wss://gateway.discord.gg:8443"] {
        let mut harness = resuming(url);
        let start = harness.now;
        let mut steps = Vec::new();
        loop {
            let mut outputs = harness.advance_acknowledged(WAIT);
            if is_given_up(&outputs) {
                break;
            }
            while connects(&outputs).is_empty() {
                outputs.extend(harness.next_deadline());
            }
            steps.extend(connects(&outputs).iter().map(|(_, step)| *step));
            reach(&mut harness);
        }
        assert_eq!(steps, [RecoveryStep::MainHost; 3], "{url}");
        assert!(harness.now - start < WAIT * 4 + Duration::from_secs(2));
    }
}

/// The server has the session.
#[test]
fn replayed_events_are_an_answer() {
    let mut harness = resuming(MAIN_SERVER[0]);
    harness.payload(&message(8));
    let outputs = harness.advance_acknowledged(WAIT);
    assert_eq!(causes(&outputs), [DisconnectCause::ResumeTimeout]);
    assert!(!is_given_up(&outputs));
}

/// The answer may lie unread.
#[test]
fn wait_of_a_slow_consumer_is_no_verdict() {
    let mut harness = resuming(MAIN_SERVER[0]);
    harness.input(Input::ReadPaused);
    assert!(!is_given_up(&harness.advance_acknowledged(WAIT * 4)));
}

/// It says nothing about the session.
#[test]
fn connection_that_breaks_is_no_verdict() {
    let mut harness = resuming(MAIN_SERVER[0]);
    assert!(!is_given_up(&harness.lost()));
}

#[test]
fn resume_that_could_not_be_sent_is_not_unanswered() {
    let mut harness =
        Harness::with_session(stored_session().with_resume_url(MAIN_SERVER[0].into()));
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.block();
    assert!(sent(&harness.hello(), SendKind::Resume).is_empty());
    let outputs = harness.advance(WAIT);
    assert_eq!(causes(&outputs), [DisconnectCause::ResumeTimeout]);
    assert!(!is_given_up(&outputs));
}
