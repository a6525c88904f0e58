//! Versions 9 and 10 are served, and others are closed with 4012 (P1).

use gloaming_emulator::model::Host;

use crate::harness::{Harness, builder, identify};

#[test]
fn available_versions_are_served() {
    for version in [9, 10] {
        let mut harness = Harness::new(builder());
        let client = harness.connect_to(Host::Main, &format!("v={version}&encoding=json"));
        harness.send(client, &identify([0, 1], 0));
        let payloads = harness.payloads(client);
        let ready = payloads.iter().find(|payload| payload["t"] == "READY");
        assert_eq!(ready.expect("READY")["d"]["v"], version);
        assert_eq!(harness.violations(), []);
        assert_eq!(harness.gateway.notes(), []);
    }
}

#[test]
fn wrong_version_is_closed_with_4012() {
    for query in [
        "",
        "v=8&encoding=json",
        "v=11&encoding=json",
        "encoding=json",
        "v=10&encoding=xml",
    ] {
        let mut harness = Harness::new(builder());
        let client = harness.connect_to(Host::Main, query);
        harness.assert_refused(client, "P1", 4012);
    }
}
