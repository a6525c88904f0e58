//! Presence updates beyond five in 20 s wait, and only the latest of those that wait is sent.

use gloaming_machine::{CommandId, CommandOutcome, Input, SendKind, SendLimit};
use gloaming_protocol::limits::{PRESENCE_UPDATE_PERIOD, SEND_MARGIN};
use gloaming_test_support::machine::{Harness, outcomes, ready, sent};
use std::time::Duration;

const PERIOD: Duration = PRESENCE_UPDATE_PERIOD.saturating_add(SEND_MARGIN);

fn presence(number: usize) -> String {
    format!(
        r#"{{"op":3,"d":{{"since":null,"activities":[],"status":"online","afk":false,"n":{number}}}}}"#
    )
}

fn update(harness: &mut Harness, number: usize) -> (CommandId, Vec<(CommandId, CommandOutcome)>) {
    let (id, outputs) = harness.command(presence(number));
    (id, outcomes(&outputs))
}

#[test]
fn five_are_sent_at_once_and_the_latest_of_the_others_later() {
    let mut harness = Harness::ready();
    for number in 0..5 {
        let (id, outcomes) = update(&mut harness, number);
        assert_eq!(outcomes, [(id, CommandOutcome::Sent)]);
    }
    let (mut waiting, outcomes_of_first) = update(&mut harness, 5);
    assert_eq!(outcomes_of_first, []);
    for number in 6..20 {
        let (id, outcomes) = update(&mut harness, number);
        assert_eq!(outcomes, [(waiting, CommandOutcome::Superseded)]);
        waiting = id;
    }

    let outputs = harness.advance(PERIOD - Duration::from_millis(1));
    assert_eq!(outcomes(&outputs), []);
    let outputs = harness.advance(Duration::from_millis(1));
    assert_eq!(outcomes(&outputs), [(waiting, CommandOutcome::Sent)]);
    assert_eq!(sent(&outputs, SendKind::Command), [presence(19)]);
}

#[test]
fn other_commands_overtake_presence_updates_that_wait() {
    let mut harness = Harness::ready();
    for number in 0..6 {
        update(&mut harness, number);
    }
    let (id, outputs) = harness.command(r#"{"op":4,"d":{}}"#);
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
    let outputs = harness.advance(PERIOD);
    assert_eq!(sent(&outputs, SendKind::Command), [presence(5)]);
}

#[test]
fn updates_that_wait_for_the_session_are_all_sent_if_they_are_five() {
    let mut harness = Harness::new();
    let ids: Vec<CommandId> = (0..5)
        .map(|number| update(&mut harness, number).0)
        .collect();
    let (last, outcomes) = update(&mut harness, 5);
    assert_eq!(outcomes, [(ids[4], CommandOutcome::Superseded)]);
    let harness = harness.make_ready();
    let sent: Vec<String> = harness
        .log
        .iter()
        .flat_map(|(_, effect)| sent(std::slice::from_ref(effect), SendKind::Command))
        .map(|text| text.to_string())
        .collect();
    let expected: Vec<String> = [0, 1, 2, 3, 5].into_iter().map(presence).collect();
    assert_eq!(sent, expected, "{last:?}");
}

#[test]
fn reconnect_does_not_renew_the_limit() {
    let mut harness = Harness::ready();
    for number in 0..5 {
        update(&mut harness, number);
    }
    harness.lost();
    let mut harness = harness.make_ready();
    let (id, outcomes_now) = update(&mut harness, 5);
    assert_eq!(outcomes_now, []);
    let outputs = harness.advance(PERIOD);
    assert_eq!(outcomes(&outputs), [(id, CommandOutcome::Sent)]);
}

#[test]
fn limit_is_off_with_the_send_limit() {
    let mut harness = Harness::configured(|config| config.send_limit = SendLimit::Off).make_ready();
    for number in 0..20 {
        let (id, outcomes) = update(&mut harness, number);
        assert_eq!(outcomes, [(id, CommandOutcome::Sent)]);
    }
}

#[test]
fn nothing_is_due_without_an_update_that_waits() {
    let mut harness = Harness::new();
    harness.input(Input::Start);
    harness.input(Input::Connected);
    // The first heartbeat is later than the next presence update.
    harness.payload(r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":3600000}}"#);
    harness.input(Input::PermitGranted);
    harness.payload(&ready(1));
    for number in 0..5 {
        update(&mut harness, number);
    }
    let deadline = harness.machine.deadline().expect("that of a heartbeat");
    assert!(deadline > harness.now + PERIOD);
    update(&mut harness, 5);
    assert_eq!(harness.machine.deadline(), Some(harness.now + PERIOD));
}
