use gloaming_machine::{GapCause, Input, Lifecycle, RecoveryStep, SendKind, Session};
use gloaming_protocol::ShardId;
use gloaming_test_support::machine::{
    Harness, MAIN, SESSION, connects, events, is_send, ready, sent, stored_session,
};

/// The machine of shard 1 of 3 with a session to resume.
fn given(session: Session) -> Harness {
    Harness::build(
        |config| config.shard = Some(ShardId::new(1, 3)),
        Some(session),
        1,
    )
}

fn resumes(mut harness: Harness) -> bool {
    assert!(harness.machine.session().is_some());
    harness.input(Input::Start);
    harness.input(Input::Connected);
    let outputs = harness.hello();
    outputs
        .iter()
        .any(|output| is_send(output, SendKind::Resume))
}

#[test]
fn mismatch_is_reported_and_the_session_dropped() {
    // Of another number of shards, and of another of the same number.
    for other in [ShardId::new(1, 2), ShardId::new(0, 3)] {
        let mut harness = given(stored_session().with_shard(other));
        assert_eq!(harness.machine.session(), None, "{other}");
        let outputs = harness.input(Input::Start);
        let told = [
            Lifecycle::SessionShardMismatch {
                session_id: SESSION.into(),
                identified_as: other,
            },
            Lifecycle::Gap {
                session_id: SESSION.into(),
                after: 7,
                cause: GapCause::SessionLost,
            },
        ];
        let events = events(&outputs);
        assert_eq!(events[..2], told.each_ref(), "{other}");
        assert_eq!(
            connects(&outputs),
            [(MAIN, RecoveryStep::Identify)],
            "{other}"
        );

        harness.input(Input::Connected);
        assert!(sent(&harness.hello(), SendKind::Resume).is_empty());
        let outputs = harness.input(Input::PermitGranted);
        assert_eq!(sent(&outputs, SendKind::Identify).len(), 1, "{other}");
        harness.payload(&ready(1));
        let session = harness.machine.session().unwrap();
        assert_eq!(
            (session.sequence(), session.shard()),
            (1, Some(ShardId::new(1, 3)))
        );
    }
}

#[test]
fn own_session_is_resumed() {
    assert!(resumes(given(
        stored_session().with_shard(ShardId::new(1, 3))
    )));
}

#[test]
fn session_without_a_shard_is_resumed() {
    assert!(resumes(given(stored_session())));
}

#[test]
fn machine_without_a_shard_resumes_any_session() {
    let session = stored_session().with_shard(ShardId::new(0, 2));
    assert!(resumes(Harness::with_session(session)));
    let harness = Harness::ready();
    assert_eq!(harness.machine.session().unwrap().shard(), None);
}

#[test]
fn session_has_the_shard_that_identified() {
    let harness =
        Harness::configured(|config| config.shard = Some(ShardId::new(1, 3))).make_ready();
    let session = harness.machine.session().unwrap();
    assert_eq!(session.shard(), Some(ShardId::new(1, 3)));
}
