//! A session reports the compression of its connection.

use gloaming_emulator::model::{Compression, Host};
use serde_json::json;

use crate::harness::{Harness, builder, identify};

#[test]
fn session_reports_its_compression() {
    for (query, payloads, expected, name) in [
        ("v=10", false, Compression::None, "none"),
        ("v=10", true, Compression::Payload, "payload"),
        (
            "v=10&compress=zlib-stream",
            false,
            Compression::ZlibStream,
            "zlib-stream",
        ),
        (
            "v=10&compress=zstd-stream",
            true,
            Compression::ZstdStream,
            "zstd-stream",
        ),
    ] {
        let mut harness = Harness::new(builder());
        let client = harness.connect_to(Host::Main, query);
        let mut payload = identify([0, 1], 0);
        payload["d"]["compress"] = payloads.into();
        harness.send(client, &payload);

        let session = &harness.gateway.sessions()[0];
        assert_eq!(session.compression, Some(expected));
        assert_eq!(json!(session)["compression"], name);

        harness.disconnect(client, None);
        assert_eq!(
            harness.gateway.sessions()[0].compression,
            None,
            "it has no connection"
        );
    }
}
