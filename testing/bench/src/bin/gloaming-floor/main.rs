//! The least that any client does: reads frames, and decompresses them with the libraries that clients use.
//!
//! It has no timers, no reconnects and no JSON. The difference to a client is what the client adds.

mod frames;
mod inflate;

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::ExitCode,
};

use gloaming_bench::{
    Bytes, How, LOST, Mode, Options, Peer, Report, Result, Tally, Window, compression_name, main_of,
};
use gloaming_protocol::{Compression, DispatchKind, OpCode};
use serde_json::json;

use self::{
    frames::{Frame, Frames},
    inflate::Inflate,
};

const PEER: Peer = Peer {
    name: "floor",
    version: env!("CARGO_PKG_VERSION"),
};

fn main() -> ExitCode {
    main_of("gloaming-floor", &[How::Floor], measure)
}

fn measure(options: &Options) -> Result<Report> {
    let Mode::Receive { how, sent } = options.mode else {
        return Err("the floor has no mode idle".into());
    };
    let mut frames = Frames::new(connect(options)?);
    let mut inflate = Inflate::new(options.compression);
    let (mut window, mut tally) = (None, Tally::timed(options.is_timed));
    let mut bytes = Bytes::default();
    loop {
        let Frame { opcode, payload } = frames.next()?.ok_or(LOST)?;
        if opcode == frames::CLOSE {
            break;
        }
        let text = inflate.message(opcode, payload)?;
        if window.is_some() {
            tally.payload(OpCode::Dispatch, Some(DispatchKind::Resumed), || None);
            *bytes.inflated.get_or_insert(0) += text.len() as u64;
            *bytes.wire.get_or_insert(0) += payload.len() as u64;
        } else if text.starts_with(br#"{"t":"READY""#) {
            window = Some(Window::open());
        } else {
            frames.write(&identify(options))?;
        }
    }
    let cost = window.ok_or(LOST)?.close();
    let report = Report::new(PEER, how.name(), options.compression, &cost, bytes, tally);
    Ok(report.with_sent(sent.get()))
}

/// Opens the connection, and reads the response byte by byte, so that nothing of a frame is read with it.
fn connect(options: &Options) -> Result<TcpStream> {
    let (host, path) = options
        .url
        .strip_prefix("ws://")
        .and_then(|url| url.split_once('/'))
        .ok_or("--url must be ws://HOST:PORT/PATH")?;
    let mut stream = TcpStream::connect(host)?;
    let compress = match options.compression {
        Compression::None | Compression::Payload => String::new(),
        stream => format!("&compress={}-stream", compression_name(stream)),
    };
    write!(
        stream,
        "GET /{path}/?v=10&encoding=json{compress} HTTP/1.1\r\nHost: {host}\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )?;
    let mut response = Vec::new();
    while !response.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        response.push(byte[0]);
    }
    if !response.starts_with(b"HTTP/1.1 101 ") {
        return Err("the server has refused the handshake".into());
    }
    Ok(stream)
}

fn identify(options: &Options) -> String {
    let identify = json!({
        "op": 2,
        "d": {
            "token": options.token,
            "intents": options.intents.bits(),
            "compress": options.compression == Compression::Payload,
            "properties": {"os": "linux", "browser": "gloaming-bench", "device": "gloaming-bench"},
        },
    });
    identify.to_string()
}
