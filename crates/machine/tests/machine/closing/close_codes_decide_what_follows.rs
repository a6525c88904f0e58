use gloaming_machine::{Input, Lifecycle, RecoveryStep, SendKind, ShardState, StopReason};
use gloaming_test_support::machine::{Harness, connects, events, sent};

const RESUME: [u16; 15] = [
    1000, 1001, 1006, 1011, 3000, 4000, 4001, 4002, 4003, 4005, 4006, 4008, 4015, 4999, 65535,
];
const REIDENTIFY: [u16; 2] = [4007, 4009];
const FATAL: [u16; 6] = [4004, 4010, 4011, 4012, 4013, 4014];

#[test]
fn resumable_codes_resume() {
    for code in RESUME {
        let mut harness = Harness::ready();
        let outputs = harness.closed(code);
        assert_eq!(
            connects(&outputs).first().map(|c| c.1),
            Some(RecoveryStep::ResumeHost),
            "{code}"
        );
        harness.input(Input::Connected);
        assert_eq!(sent(&harness.hello(), SendKind::Resume).len(), 1, "{code}");
    }
}

#[test]
fn session_ending_codes_identify() {
    for code in REIDENTIFY {
        let mut harness = Harness::ready();
        let outputs = harness.closed(code);
        assert!(
            events(&outputs)
                .iter()
                .any(|e| matches!(e, Lifecycle::Gap { .. })),
            "{code}"
        );
        assert_eq!(
            connects(&outputs).first().map(|c| c.1),
            Some(RecoveryStep::Identify),
            "{code}"
        );
        assert!(harness.machine.session().is_none(), "{code}");
    }
}

#[test]
fn fatal_codes_stop() {
    for code in FATAL {
        let mut harness = Harness::ready();
        let outputs = harness.closed(code);
        assert!(connects(&outputs).is_empty(), "{code}");
        let Some(Lifecycle::Stopped {
            reason: StopReason::Refused(refusal),
        }) = events(&outputs).last()
        else {
            panic!("{code}: {outputs:?}");
        };
        assert_eq!(refusal.number(), code);
        assert_eq!(harness.machine.state(), ShardState::FatallyClosed);
        assert_eq!(harness.deadline, None, "{code}");
    }
}

#[test]
fn fatal_code_before_ready_stops() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    harness.hello();
    harness.input(Input::PermitGranted);
    harness.closed(4014);
    assert_eq!(harness.machine.state(), ShardState::FatallyClosed);
}
