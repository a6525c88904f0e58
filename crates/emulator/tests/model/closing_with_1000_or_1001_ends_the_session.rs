use crate::stage::{Stage, builder, resume};

fn resumable_after(code: Option<u16>) -> bool {
    let mut stage = Stage::new(builder());
    let (client, ready) = stage.start([0, 1], 0);
    stage.leave(client, code);
    let again = stage.connect();
    stage.send(again, &resume(&ready["session_id"], 1));
    stage.payloads(again)[1]["t"] == "RESUMED"
}

/// P19.
#[test]
fn closing_with_1000_or_1001_ends_the_session() {
    assert!(!resumable_after(Some(1000)));
    assert!(!resumable_after(Some(1001)));
    for code in [
        None,
        Some(1005),
        Some(1006),
        Some(3000),
        Some(4000),
        Some(4999),
    ] {
        assert!(resumable_after(code), "{code:?}");
    }
}
