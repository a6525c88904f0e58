//! An API version that is not supported is closed with 4012 (P1).

use gloaming_emulator::model::Host;

use crate::harness::{Harness, builder};

#[test]
fn wrong_version_is_closed_with_4012() {
    for query in [
        "",
        "v=9&encoding=json",
        "encoding=json",
        "v=10&encoding=xml",
    ] {
        let mut harness = Harness::new(builder());
        let client = harness.connect_to(Host::Main, query);
        harness.assert_refused(client, "P1", 4012);
    }
}
