use gloaming_emulator::ViolationResponse;

use crate::stage::{Stage, builder, identify, seconds};

/// P11: too soon gives op 9, on a connection that stays.
#[test]
fn identifies_are_paced_by_key() {
    let mut stage = Stage::new(builder().shards(4).max_concurrency(2));
    stage.start([0, 4], 0);
    stage.start([1, 4], 0);

    let third = stage.connect();
    stage.send(third, &identify([2, 4], 0));
    let payloads = stage.payloads(third);
    assert_eq!(
        (&payloads[1]["op"], &payloads[1]["d"]),
        (&9.into(), &false.into())
    );
    assert_eq!(
        stage.violations(),
        [("P11", ViolationResponse::InvalidSession)]
    );

    stage.wait(seconds(5));
    stage.send(third, &identify([2, 4], 0));
    assert_eq!(stage.names(third), ["READY"]);
}
