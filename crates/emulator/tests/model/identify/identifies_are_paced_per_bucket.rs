//! An IDENTIFY that comes too soon for its bucket is answered with op 9 (P11).

use gloaming_emulator::ViolationResponse;

use crate::harness::{Harness, builder, identify, seconds};

/// P11: an early IDENTIFY is answered with op 9, and the connection stays open.
#[test]
fn identifies_are_paced_per_bucket() {
    let mut harness = Harness::new(builder().shards(4).max_concurrency(2));
    harness.start([0, 4], 0);
    harness.start([1, 4], 0);

    let third = harness.connect();
    harness.send(third, &identify([2, 4], 0));
    let payloads = harness.payloads(third);
    assert_eq!(
        (&payloads[1]["op"], &payloads[1]["d"]),
        (&9.into(), &false.into())
    );
    assert_eq!(
        harness.violations(),
        [("P11", ViolationResponse::InvalidSession)]
    );

    harness.wait(seconds(5));
    harness.send(third, &identify([2, 4], 0));
    assert_eq!(harness.names(third), ["READY"]);
}
