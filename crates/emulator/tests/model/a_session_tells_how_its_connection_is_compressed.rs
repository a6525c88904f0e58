use gloaming_emulator::model::{Compression, Host};
use serde_json::json;

use crate::stage::{Stage, builder, identify};

#[test]
fn a_session_tells_how_its_connection_is_compressed() {
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
        let mut stage = Stage::new(builder());
        let client = stage.connect_to(Host::Main, query);
        let mut payload = identify([0, 1], 0);
        payload["d"]["compress"] = payloads.into();
        stage.send(client, &payload);

        let session = &stage.gateway.sessions()[0];
        assert_eq!(session.compression, Some(expected));
        assert_eq!(json!(session)["compression"], name);

        stage.leave(client, None);
        assert_eq!(
            stage.gateway.sessions()[0].compression,
            None,
            "it has no connection"
        );
    }
}
