//! The client side of HTTP CONNECT (RFC 9110 section 9.3.6).

use super::{basic_credentials, credentials::Credentials, refusal::Refusal};
use crate::{
    net::{ByteStream, ConnectErrorKind},
    transport::{endpoint::HostPort, response_head::ResponseHead},
};
use bytes::BytesMut;
use std::{
    fmt::Write as _,
    io::{Error as IoError, ErrorKind as IoErrorKind},
    str,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The largest accepted response of a proxy, headers and interim responses included, in bytes.
const MAX_RESPONSE_BYTES: usize = 16 * 1024;

/// Requests a connection to `target`. Returns the bytes that arrived after the response.
pub(super) async fn connect(
    stream: &mut (dyn ByteStream + '_),
    target: &HostPort,
    credentials: Option<&Credentials>,
) -> Result<BytesMut, Refusal> {
    if !target.is_sendable() {
        return Err(Refusal::target());
    }
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(credentials) = credentials {
        let credentials = basic_credentials::header_value(credentials);
        write!(request, "Proxy-Authorization: {credentials}\r\n")
            .expect("writes to a string do not fail");
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;

    let mut read = BytesMut::new();
    let mut bytes_left = MAX_RESPONSE_BYTES;
    loop {
        let head = read_head(stream, &mut read, &mut bytes_left).await?;
        match status(&head) {
            // An interim response; another follows.
            Some(100..=199) => {}
            Some(200..=299) => return Ok(read),
            Some(407) => {
                let credentials = match credentials {
                    Some(_) => "the proxy rejected the credentials with http status 407",
                    None => "the proxy requires credentials, with http status 407",
                };
                return Err(Refusal::credentials(credentials));
            }
            Some(status) => return Err(Refusal::of(ConnectErrorKind::ProxyStatus { status })),
            None => return Err(Refusal::not_a_proxy("the response is not http")),
        }
    }
}

/// Splits the next response head off `read`, after reading more bytes as needed.
async fn read_head(
    stream: &mut (dyn ByteStream + '_),
    read: &mut BytesMut,
    bytes_left: &mut usize,
) -> Result<BytesMut, Refusal> {
    let mut state = ResponseHead::default();
    let mut seen = 0;
    loop {
        if let Some(length) = state.end_in(&read[seen..]) {
            return Ok(read.split_to(seen + length));
        }
        seen = read.len();
        if *bytes_left == 0 {
            return Err(Refusal::not_a_proxy("the response is larger than 16 KiB"));
        }
        let bytes = (&mut *stream)
            .take(*bytes_left as u64)
            .read_buf(read)
            .await?;
        if bytes == 0 {
            return Err(IoError::from(IoErrorKind::UnexpectedEof).into());
        }
        *bytes_left -= bytes;
    }
}

/// Returns the status in the first line of a response: `HTTP/1.1 200 Connection established`.
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
    fn statuses_are_read_from_the_first_line() {
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
