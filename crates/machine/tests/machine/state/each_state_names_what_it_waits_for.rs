//! What a machine waits for, and when that ends at the latest.

use gloaming_machine::{Awaited, Input, RecoveryStep};
use gloaming_protocol::CloseFrame;
use gloaming_test_support::machine::{Harness, ready, resumed};
use std::time::Duration;

#[test]
fn each_state_names_what_it_waits_for() {
    let mut harness = Harness::new();
    assert_eq!(harness.machine.awaits(), Awaited::Start);
    harness.input(Input::Start);
    let timeouts = harness.machine.config().timeouts;
    assert_eq!(
        harness.machine.awaits(),
        Awaited::Connection {
            step: RecoveryStep::Identify,
            attempt: 0,
            deadline: harness.now + timeouts.connect,
        }
    );
    harness.input(Input::Connected);
    assert_eq!(
        harness.machine.awaits(),
        Awaited::Hello {
            step: RecoveryStep::Identify,
            deadline: harness.now + timeouts.hello,
        }
    );
    harness.hello();
    assert_eq!(harness.machine.awaits(), Awaited::Permit);
    let retry_in = Some(Duration::from_secs(60));
    harness.input(Input::PermitRefused { retry_in });
    let at = harness.now + Duration::from_secs(60);
    assert_eq!(harness.machine.awaits(), Awaited::PermitRetry { at });
    harness.input(Input::PermitGranted);
    assert_eq!(harness.machine.awaits(), Awaited::Ready);
    harness.payload(&ready(1));
    assert_eq!(harness.machine.awaits(), Awaited::Events);
    harness.lost();
    let step = RecoveryStep::ResumeHost;
    assert_eq!(
        harness.machine.awaits(),
        Awaited::Connection {
            step,
            attempt: 1,
            deadline: harness.now + timeouts.connect,
        }
    );
    harness.connect_failed();
    let Awaited::NextAttempt {
        at,
        step: RecoveryStep::ResumeHost,
        attempt: 2,
    } = harness.machine.awaits()
    else {
        panic!("it backs off: {:?}", harness.machine.awaits());
    };
    assert_eq!(Some(at), harness.machine.deadline());
    harness.next_deadline();
    harness.input(Input::Connected);
    harness.hello();
    assert_eq!(harness.machine.awaits(), Awaited::Resumed { step });
    harness.payload(&resumed(2));
    harness.input(Input::Shutdown(CloseFrame::NORMAL));
    let deadline = harness.now + timeouts.close;
    assert_eq!(harness.machine.awaits(), Awaited::CloseFrame { deadline });
    harness.closed(1000);
    assert_eq!(harness.machine.awaits(), Awaited::Nothing);
}

#[test]
fn wait_that_is_due_has_a_deadline_that_the_machine_keeps() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.connect_failed();
    harness.connect_failed();
    for _ in 0..20 {
        let Some(deadline) = harness.machine.awaits().deadline() else {
            panic!("{:?}", harness.machine.awaits());
        };
        assert!(harness.machine.deadline() <= Some(deadline));
        harness.next_deadline();
        let next = harness.machine.awaits().deadline();
        assert!(next > Some(deadline), "{:?}", harness.machine.awaits());
    }
}
