use crate::stage::{Heard, Stage, builder, identify, seconds};

/// P12: past the limit all sessions end and the token is reset.
#[test]
fn the_daily_limit_ends_everything() {
    let mut stage = Stage::new(builder().session_starts(1000, 2).max_concurrency(16));
    let (first, _) = stage.start([0, 3], 0);
    let (second, _) = stage.start([1, 3], 0);
    assert_eq!(stage.gateway.session_start_limit(stage.now).remaining, 0);

    let third = stage.connect();
    stage.send(third, &identify([2, 3], 0));
    stage.assert_refused(third, "P12", 4004);
    for client in [first, second] {
        assert_eq!(stage.heard(client), [Heard::Close(4004)]);
    }
    assert!(stage.gateway.sessions().is_empty());

    stage.wait(seconds(60));
    let fourth = stage.connect();
    stage.send(fourth, &identify([0, 3], 0));
    stage.assert_refused(fourth, "P10", 4004);
}

#[test]
fn resuming_is_not_counted() {
    let mut stage = Stage::new(builder().session_starts(1000, 1));
    let (mut client, ready) = stage.start([0, 1], 0);
    for sequence in 1..10 {
        stage.leave(client, None);
        client = stage.connect();
        stage.send(
            client,
            &crate::stage::resume(&ready["session_id"], sequence),
        );
        assert_eq!(stage.names(client), ["RESUMED"]);
    }
    assert!(stage.violations().is_empty());
}
