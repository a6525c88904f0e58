//! IDENTIFY requests payload compression (P28).

use gloaming_emulator::model::{
    Compression, ConnectionId, Gateway, Handshake, Host, Input, Operation,
};

use crate::harness::{builder, identify};

fn compressions(query: &str) -> (Vec<Compression>, Vec<&'static str>) {
    let now = std::time::Instant::now();
    let mut gateway = Gateway::new(builder().into_settings(), now);
    let client = ConnectionId(1);
    let handshake = Handshake {
        query: query.to_owned(),
        host: Host::Main,
        resume_url: "".into(),
    };
    gateway.handle_input(now, client, Input::Opened(handshake));
    let mut payload = identify([0, 1], 0);
    payload["d"]["compress"] = true.into();
    gateway.handle_input(now, client, Input::Text(&payload.to_string()));
    let mut found = Vec::new();
    while let Some(output) = gateway.poll_output() {
        if let Operation::Compress(compression) = output.operation {
            found.push(compression);
        }
    }
    assert_eq!(gateway.violations(), []);
    let notes = gateway.notes().iter().map(|note| note.rule);
    (found, notes.collect())
}

/// P28.
#[test]
fn payload_compression_is_requested_in_identify() {
    assert_eq!(
        compressions("v=10&encoding=json"),
        (vec![Compression::Payload], vec![])
    );
}

/// P28: never together with transport compression.
#[test]
fn transport_compression_excludes_payload_compression() {
    for (value, transport) in [
        ("zlib-stream", Compression::ZlibStream),
        ("zstd-stream", Compression::ZstdStream),
    ] {
        let found = compressions(&format!("v=10&encoding=json&compress={value}"));
        assert_eq!(found, (vec![transport], vec!["P28"]));
    }
}
