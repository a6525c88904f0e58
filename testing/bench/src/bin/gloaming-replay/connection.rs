//! One client's connection.

use std::io;

use gloaming_protocol::{OpCode, Payload};
use gloaming_test_support::wire::{CLOSE, close_frame, read_frame, upgrade};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::prepared::Prepared;

/// As large as a busy server's writes.
const WRITE_BYTES: usize = 128 * 1024;

/// What follows the dispatches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Then {
    Close,
    Hold,
}

pub(crate) async fn serve(mut stream: TcpStream, prepared: &Prepared) -> io::Result<()> {
    let request = upgrade(&mut stream).await?;
    let (bytes, then) = wanted(&request, prepared).ok_or_else(|| {
        io::Error::other("the path is not /N/close or /N/hold, or N is larger than --events")
    })?;
    stream.set_nodelay(true)?;
    stream.write_all(prepared.hello()).await?;
    until_identify(&mut stream).await?;
    for chunk in bytes.chunks(WRITE_BYTES) {
        stream.write_all(chunk).await?;
    }
    if then == Then::Close {
        stream.write_all(&close_frame(1000, "")).await?;
    }
    until_end(&mut stream).await;
    Ok(())
}

fn wanted<'a>(request: &str, prepared: &'a Prepared) -> Option<(&'a [u8], Then)> {
    let target = request.split(' ').nth(1)?;
    let mut segments = target.split(['/', '?']).skip(1);
    let events = segments.next()?.parse().ok()?;
    let then = match segments.next()? {
        "close" => Then::Close,
        "hold" => Then::Hold,
        _ => return None,
    };
    Some((prepared.dispatches(events)?, then))
}

async fn until_identify(stream: &mut TcpStream) -> io::Result<()> {
    loop {
        let (_, payload) = read_frame(stream).await?;
        let text = str::from_utf8(&payload).unwrap_or_default();
        if Payload::parse(text).is_ok_and(|payload| payload.op() == OpCode::Identify) {
            return Ok(());
        }
    }
}

/// Reads what the client sends until it ends the connection.
async fn until_end(stream: &mut TcpStream) {
    while let Ok((opcode, _)) = read_frame(stream).await {
        if opcode == CLOSE {
            return;
        }
    }
}
