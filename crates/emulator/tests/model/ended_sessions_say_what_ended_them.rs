use gloaming_emulator::{
    Selector,
    model::{Gateway, SessionEndReason},
};
use serde_json::json;

use crate::stage::{Stage, builder, identify, resume, seconds};

fn ends(gateway: &Gateway) -> Vec<(u64, SessionEndReason)> {
    let ended = gateway.ended_sessions();
    ended.iter().map(|it| (it.sequence, it.reason)).collect()
}

#[test]
fn the_client_did() {
    let mut stage = Stage::new(builder());
    let (client, ready) = stage.start([0, 1], 0);
    stage.gateway.dispatch(&Selector::All, "TEST", &json!({}));
    stage.leave(client, Some(1000));
    assert_eq!(
        ends(&stage.gateway),
        [(2, SessionEndReason::ClosedByClient)]
    );
    assert_eq!(stage.gateway.ended_sessions()[0].id, ready["session_id"]);
}

#[test]
fn time_did() {
    let mut stage = Stage::new(builder().session_lifetime(seconds(60)));
    let (client, _) = stage.start([0, 1], 0);
    stage.leave(client, None);
    stage.gateway.dispatch(&Selector::All, "TEST", &json!({}));
    stage.wait(seconds(60));
    assert_eq!(ends(&stage.gateway), [(2, SessionEndReason::Expired)]);
}

#[test]
fn the_replay_buffer_did() {
    let mut stage = Stage::new(builder().replay_buffer(0));
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, None);
    stage.gateway.dispatch(&Selector::All, "TEST", &json!({}));
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    assert_eq!(ends(&stage.gateway), [(2, SessionEndReason::Unresumable)]);
}

#[test]
fn the_gateway_did() {
    for (end, with) in [
        (SessionEndReason::ClosedByGateway, "a close code"),
        (SessionEndReason::Invalidated, "op 9"),
        (SessionEndReason::Forgotten, "no word"),
    ] {
        let mut stage = Stage::new(builder());
        stage.start([0, 1], 0);
        match end {
            SessionEndReason::ClosedByGateway => {
                stage.gateway.close(stage.now, &Selector::All, 4009);
            }
            SessionEndReason::Invalidated => {
                stage.gateway.invalidate(stage.now, &Selector::All, false);
            }
            _ => {
                stage.gateway.forget_sessions(&Selector::All);
            }
        }
        assert_eq!(ends(&stage.gateway), [(1, end)], "{with}");
    }
}

#[test]
fn the_daily_limit_did() {
    let mut stage = Stage::new(builder().session_starts(1000, 1).max_concurrency(2));
    stage.start([0, 2], 0);
    let second = stage.connect();
    stage.send(second, &identify([1, 2], 0));
    assert_eq!(ends(&stage.gateway), [(1, SessionEndReason::TokenReset)]);
}
