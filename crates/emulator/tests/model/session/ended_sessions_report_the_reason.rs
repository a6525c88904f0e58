//! An ended session reports the reason.

use gloaming_emulator::{
    Selector,
    model::{Gateway, SessionEndReason},
};
use serde_json::json;

use crate::harness::{Harness, builder, identify, resume, seconds};

fn ends(gateway: &Gateway) -> Vec<(u64, SessionEndReason)> {
    let ended = gateway.ended_sessions();
    ended.iter().map(|it| (it.sequence, it.reason)).collect()
}

#[test]
fn closed_by_client() {
    let mut harness = Harness::new(builder());
    let (client, ready) = harness.start([0, 1], 0);
    harness.gateway.dispatch(&Selector::All, "TEST", &json!({}));
    harness.disconnect(client, Some(1000));
    assert_eq!(
        ends(&harness.gateway),
        [(2, SessionEndReason::ClosedByClient)]
    );
    assert_eq!(harness.gateway.ended_sessions()[0].id, ready["session_id"]);
}

#[test]
fn expired() {
    let mut harness = Harness::new(builder().session_lifetime(seconds(60)));
    let (client, _) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    harness.gateway.dispatch(&Selector::All, "TEST", &json!({}));
    harness.wait(seconds(60));
    assert_eq!(ends(&harness.gateway), [(2, SessionEndReason::Expired)]);
}

#[test]
fn unresumable() {
    let mut harness = Harness::new(builder().replay_buffer(0));
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, None);
    harness.gateway.dispatch(&Selector::All, "TEST", &json!({}));
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    assert_eq!(ends(&harness.gateway), [(2, SessionEndReason::Unresumable)]);
}

#[test]
fn ended_by_the_gateway() {
    for (end, with) in [
        (SessionEndReason::ClosedByGateway, "a close code"),
        (SessionEndReason::Invalidated, "op 9"),
        (SessionEndReason::Forgotten, "no message"),
    ] {
        let mut harness = Harness::new(builder());
        harness.start([0, 1], 0);
        match end {
            SessionEndReason::ClosedByGateway => {
                harness.gateway.close(harness.now, &Selector::All, 4009);
            }
            SessionEndReason::Invalidated => {
                harness
                    .gateway
                    .invalidate(harness.now, &Selector::All, false);
            }
            _ => {
                harness.gateway.forget_sessions(&Selector::All);
            }
        }
        assert_eq!(ends(&harness.gateway), [(1, end)], "{with}");
    }
}

#[test]
fn token_reset() {
    let mut harness = Harness::new(builder().session_starts(1000, 1).max_concurrency(2));
    harness.start([0, 2], 0);
    let second = harness.connect();
    harness.send(second, &identify([1, 2], 0));
    assert_eq!(ends(&harness.gateway), [(1, SessionEndReason::TokenReset)]);
}
