//! Connections that end before the answer to RESUME was read say nothing against the session.

use gloaming_machine::{Input, Lifecycle, Output, RecoveryStep};
use gloaming_test_support::machine::{Effect, Harness, events, stored_session};
use std::time::Duration;

/// Longer than any backoff.
const MINUTE: Duration = Duration::from_secs(61);

/// What was read of a connection before its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Read {
    UpToHello,
    /// After a pause.
    Everything,
    /// Without a pause.
    EverythingAtOnce,
}

/// Ends connections after RESUME, and returns the steps of those that follow.
fn steps(read: Read) -> Vec<RecoveryStep> {
    let mut harness = Harness::with_session(stored_session());
    harness.input(Input::Start);
    let mut steps = Vec::new();
    for _ in 0..20 {
        harness.input(Input::Connected);
        harness.hello();
        if read != Read::EverythingAtOnce {
            harness.input(Input::ReadPaused);
        }
        if read == Read::Everything {
            harness.input(Input::ReadResumed);
        }
        let mut outputs = harness.input(Input::Lost);
        // The attempt to connect is not given up meanwhile.
        harness.input(Input::ReadPaused);
        outputs.extend(harness.advance(MINUTE));
        steps.extend(outputs.iter().filter_map(|output| match output {
            Effect::Output(Output::Connect { step, .. }) => Some(*step),
            _ => None,
        }));
        let is_lost = |event: &&Lifecycle| matches!(event, Lifecycle::Gap { .. });
        if events(&outputs).iter().any(is_lost) {
            break;
        }
    }
    steps
}

#[test]
fn ends_before_the_answer_is_read_keep_the_session() {
    assert_eq!(steps(Read::UpToHello), [RecoveryStep::ResumeHost; 20]);
}

#[test]
fn ends_after_all_was_read_are_failed_tries() {
    for read in [Read::Everything, Read::EverythingAtOnce] {
        assert_eq!(
            steps(read).last(),
            Some(&RecoveryStep::Identify),
            "{read:?}"
        );
    }
}
