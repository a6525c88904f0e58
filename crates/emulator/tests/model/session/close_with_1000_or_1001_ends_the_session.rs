//! A client that closes with 1000 or 1001 ends its session; other codes keep it (P19).

use crate::harness::{Harness, builder, resume};

fn resumable_after(code: Option<u16>) -> bool {
    let mut harness = Harness::new(builder());
    let (client, ready) = harness.start([0, 1], 0);
    harness.disconnect(client, code);
    let second = harness.connect();
    harness.send(second, &resume(&ready["session_id"], 1));
    harness.payloads(second)[1]["t"] == "RESUMED"
}

/// P19.
#[test]
fn close_with_1000_or_1001_ends_the_session() {
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
