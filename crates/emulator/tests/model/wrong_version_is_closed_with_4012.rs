use gloaming_emulator::model::Host;

use crate::stage::{Stage, builder};

#[test]
fn wrong_version_is_closed_with_4012() {
    for query in [
        "",
        "v=9&encoding=json",
        "encoding=json",
        "v=10&encoding=etf",
    ] {
        let mut stage = Stage::new(builder());
        let client = stage.connect_to(Host::Main, query);
        stage.assert_refused(client, "P1", 4012);
    }
}
