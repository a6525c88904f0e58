//! The WebSocket server's side, byte by byte: frames that no library would write, and handshakes that it would refuse.

use std::io;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The opcode of a frame that continues a message.
pub const CONTINUATION: u8 = 0;
/// The opcode of a text message.
pub const TEXT: u8 = 1;
/// The opcode of a binary message.
pub const BINARY: u8 = 2;
/// The opcode of a close frame.
pub const CLOSE: u8 = 8;
/// The opcode of a ping.
pub const PING: u8 = 9;
/// The opcode of a pong.
pub const PONG: u8 = 10;

/// The largest request that is read.
const MAX_REQUEST_BYTES: usize = 64 * 1024;

/// Returns a final, unmasked frame, as servers send.
#[must_use]
pub fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        len @ 0..=125 => frame.push(len as u8),
        len @ 126..=65_535 => {
            frame.push(126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

/// Returns a frame of a message that continues in further frames.
#[must_use]
pub fn unfinished(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = frame(opcode, payload);
    frame[0] &= 0x7f;
    frame
}

/// Returns a close frame.
#[must_use]
pub fn close_frame(code: u16, reason: &str) -> Vec<u8> {
    let payload = [&code.to_be_bytes()[..], reason.as_bytes()].concat();
    frame(CLOSE, &payload)
}

/// Reads one masked frame of a client. Returns its opcode and its payload.
///
/// # Errors
///
/// Fails if the connection ends, or if the frame is not masked.
pub async fn read_frame(
    stream: &mut (impl AsyncRead + Unpin + ?Sized),
) -> io::Result<(u8, Vec<u8>)> {
    let first = stream.read_u8().await?;
    let second = stream.read_u8().await?;
    if second & 0x80 == 0 {
        return Err(io::Error::other("the client did not mask a frame"));
    }
    let len = match second & 0x7f {
        126 => usize::from(stream.read_u16().await?),
        127 => usize::try_from(stream.read_u64().await?).map_err(io::Error::other)?,
        len => usize::from(len),
    };
    let mut mask = [0; 4];
    stream.read_exact(&mut mask).await?;
    let mut payload = vec![0; len];
    stream.read_exact(&mut payload).await?;
    for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    Ok((first & 0x0f, payload))
}

/// Reads an HTTP request up to its empty line.
///
/// # Errors
///
/// Fails if the connection ends, or if the request is no text or too large.
pub async fn read_request(stream: &mut (impl AsyncRead + Unpin + ?Sized)) -> io::Result<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await?);
        if request.len() > MAX_REQUEST_BYTES {
            return Err(io::Error::other("the request is too large"));
        }
    }
    String::from_utf8(request).map_err(io::Error::other)
}

/// Returns the response that accepts a WebSocket handshake. `None` if the request asks for none.
#[must_use]
pub fn acceptance(request: &str) -> Option<String> {
    let mut keys = request
        .lines()
        .filter_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    let accept = derive_accept_key(keys.next()?.as_bytes());
    Some(format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    ))
}

/// Accepts a WebSocket handshake. Returns the request.
///
/// # Errors
///
/// Fails if the connection ends, or if the request asks for no handshake.
pub async fn upgrade(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin + ?Sized),
) -> io::Result<String> {
    let request = read_request(stream).await?;
    let response =
        acceptance(&request).ok_or_else(|| io::Error::other("no WebSocket handshake"))?;
    stream.write_all(response.as_bytes()).await?;
    stream.flush().await?;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::{BINARY, PING, frame, read_frame, unfinished};

    fn masked(mut frame: Vec<u8>, header: usize) -> Vec<u8> {
        frame[1] |= 0x80;
        let payload = frame.split_off(header);
        frame.extend([1, 2, 3, 4]);
        frame.extend(
            payload
                .iter()
                .zip([1, 2, 3, 4].iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
        frame
    }

    #[tokio::test]
    async fn frames_of_every_length_are_read_as_written() {
        for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let payload = vec![7; length];
            let bytes = masked(frame(BINARY, &payload), header);
            let read = read_frame(&mut &bytes[..]).await.unwrap();
            assert_eq!(read, (BINARY, payload));
        }
    }

    #[tokio::test]
    async fn frame_without_a_mask_is_an_error() {
        assert!(read_frame(&mut &frame(PING, b"x")[..]).await.is_err());
        assert!(read_frame(&mut &[][..]).await.is_err());
    }

    #[test]
    fn unfinished_frame_has_no_final_bit() {
        assert_eq!(unfinished(BINARY, b"x"), [2, 1, b'x']);
    }
}
