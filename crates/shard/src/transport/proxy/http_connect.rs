//! HTTP CONNECT, the client's side (RFC 9110 section 9.3.6).

use super::{Credentials, basic, refusal::Refusal};
use crate::transport::{
    ByteStream, ConnectErrorKind, endpoint::HostPort, response_head::ResponseHead,
};
use bytes::BytesMut;
use std::{
    fmt::Write as _,
    io::{Error as IoError, ErrorKind as IoErrorKind},
    str,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Bytes that a proxy's answer may have, headers and interim answers included.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Asks for a connection to `target`. Gives what came behind the answer.
pub(super) async fn ask(
    stream: &mut (dyn ByteStream + '_),
    target: &HostPort,
    credentials: Option<&Credentials>,
) -> Result<BytesMut, Refusal> {
    if !target.is_sendable() {
        return Err(Refusal::target());
    }
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(credentials) = credentials {
        let credentials = basic::header(credentials);
        write!(request, "Proxy-Authorization: {credentials}\r\n")
            .expect("a text in memory takes every byte");
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;

    let mut read = BytesMut::new();
    let mut room = MAX_HEAD_BYTES;
    loop {
        let head = read_head(stream, &mut read, &mut room).await?;
        match status(&head) {
            // Interim answers announce another.
            Some(100..=199) => {}
            Some(200..=299) => return Ok(read),
            Some(407) => {
                let credentials = match credentials {
                    Some(_) => "the proxy refused the credentials with http status 407",
                    None => "the proxy asked for credentials with http status 407",
                };
                return Err(Refusal::credentials(credentials));
            }
            Some(status) => return Err(Refusal::of(ConnectErrorKind::ProxyStatus { status })),
            None => return Err(Refusal::not_a_proxy("the answer is not http")),
        }
    }
}

/// Takes the next head off what was `read`, reading on until it is there.
async fn read_head(
    stream: &mut (dyn ByteStream + '_),
    read: &mut BytesMut,
    room: &mut usize,
) -> Result<BytesMut, Refusal> {
    let mut state = ResponseHead::default();
    let mut seen = 0;
    loop {
        if let Some(length) = state.end_in(&read[seen..]) {
            return Ok(read.split_to(seen + length));
        }
        seen = read.len();
        if *room == 0 {
            return Err(Refusal::not_a_proxy("the answer is longer than 16 KiB"));
        }
        let bytes = (&mut *stream).take(*room as u64).read_buf(read).await?;
        if bytes == 0 {
            return Err(IoError::from(IoErrorKind::UnexpectedEof).into());
        }
        *room -= bytes;
    }
}

/// The status of an answer, from its first line: `HTTP/1.1 200 Connection established`.
fn status(head: &[u8]) -> Option<u16> {
    let line = head
        .split(|&byte| byte == b'\n')
        .find(|line| !line.trim_ascii().is_empty())?;
    let mut words = line.split(|&byte| byte == b' ');
    if !words.next()?.starts_with(b"HTTP/1.") {
        return None;
    }
    let status = words.next()?.trim_ascii_end();
    let is_status = status.len() == 3 && status.iter().all(u8::is_ascii_digit);
    let status = is_status.then(|| str::from_utf8(status).ok()?.parse().ok())??;
    (100..=999).contains(&status).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::status;

    #[test]
    fn statuses() {
        for (head, expected) in [
            ("HTTP/1.1 200 Connection established\r\n\r\n", Some(200)),
            ("HTTP/1.0 200\r\n\r\n", Some(200)),
            (
                "\r\n\r\nHTTP/1.1 407 Proxy Authentication Required\n\n",
                Some(407),
            ),
            ("HTTP/1.1 2000 Yes\r\n\r\n", None),
            ("HTTP/1.1 +20 Yes\r\n\r\n", None),
            ("HTTP/1.1 099 Yes\r\n\r\n", None),
            ("HTTP/1.1\r\n\r\n", None),
            ("HTTP/2 200\r\n\r\n", None),
            ("SSH-2.0-OpenSSH_9.9\r\n\r\n", None),
            ("\r\n\r\n", None),
        ] {
            assert_eq!(status(head.as_bytes()), expected, "{head:?}");
        }
    }
}
