//! An IDENTIFY over the daily limit ends all sessions and resets the token (P12).

use crate::harness::{Harness, Received, builder, identify, seconds};

/// P12: over the limit, all sessions end and the token is reset.
#[test]
fn exceeded_daily_limit_resets_the_token() {
    let mut harness = Harness::new(builder().session_starts(1000, 2).max_concurrency(16));
    let (first, _) = harness.start([0, 3], 0);
    let (second, _) = harness.start([1, 3], 0);
    assert_eq!(
        harness.gateway.session_start_limit(harness.now).remaining,
        0
    );

    let third = harness.connect();
    harness.send(third, &identify([2, 3], 0));
    harness.assert_refused(third, "P12", 4004);
    for client in [first, second] {
        assert_eq!(harness.received(client), [Received::Close(4004)]);
    }
    assert!(harness.gateway.sessions().is_empty());

    harness.wait(seconds(60));
    let fourth = harness.connect();
    harness.send(fourth, &identify([0, 3], 0));
    harness.assert_refused(fourth, "P10", 4004);
}

#[test]
fn resume_is_not_counted() {
    let mut harness = Harness::new(builder().session_starts(1000, 1));
    let (mut client, ready) = harness.start([0, 1], 0);
    for sequence in 1..10 {
        harness.disconnect(client, None);
        client = harness.connect();
        harness.send(
            client,
            &crate::harness::resume(&ready["session_id"], sequence),
        );
        assert_eq!(harness.names(client), ["RESUMED"]);
    }
    assert!(harness.violations().is_empty());
}
