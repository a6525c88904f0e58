//! HTTP/1.1 requests.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::chunked_body::{ChunkedBody, Progress};
use crate::{clock, rest::RestRequest};

/// The size limit of the head of a request.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The size limit of the body, which may have files.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The parts of a request that are used.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct HttpRequest {
    pub(super) method: String,
    pub(super) path: String,
    /// What follows the `?` of the path.
    pub(super) query: String,
    pub(super) authorization: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) audit_log_reason: Option<String>,
    /// The values of all `Host` headers.
    pub(super) hosts: Vec<String>,
    /// The values of all `Origin` headers.
    pub(super) origins: Vec<String>,
    pub(super) body: Vec<u8>,
}

/// The length of a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum BodyLength {
    Known(usize),
    /// It follows from the body.
    Chunked,
}

impl HttpRequest {
    /// Reads a request. Returns `None` if the connection ended, the request is too large, or it is malformed.
    pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let mut bytes = Vec::with_capacity(1024);
        let Some((mut request, body)) = Self::read_head(stream, &mut bytes).await? else {
            return Ok(None);
        };
        match body {
            BodyLength::Known(length) => {
                while bytes.len() < length {
                    if stream.read_buf(&mut bytes).await? == 0 {
                        return Ok(None);
                    }
                }
                bytes.truncate(length);
                request.body = bytes;
            }
            BodyLength::Chunked => {
                let mut body = ChunkedBody::new(MAX_BODY_BYTES);
                loop {
                    match body.decode(&mut bytes) {
                        Progress::Complete => break,
                        Progress::Invalid => return Ok(None),
                        Progress::Incomplete => {}
                    }
                    if stream.read_buf(&mut bytes).await? == 0 {
                        return Ok(None);
                    }
                }
                request.body = body.into_body();
            }
        }
        Ok(Some(request))
    }

    /// Reads the head of a request. What follows it stays in `bytes`.
    async fn read_head(
        stream: &mut (impl AsyncRead + Unpin),
        bytes: &mut Vec<u8>,
    ) -> io::Result<Option<(Self, BodyLength)>> {
        loop {
            if let Some(end) = end_of_head(bytes) {
                let parsed = Self::parse(&bytes[..end]);
                bytes.drain(..end + 4);
                return Ok(parsed);
            }
            if bytes.len() > MAX_HEAD_BYTES || stream.read_buf(bytes).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// The request as REST handles it.
    pub(super) fn as_rest<'a>(&'a self, gateway_url: &'a str) -> RestRequest<'a> {
        let mut request = RestRequest::new(&self.method, &self.path);
        request.query = &self.query;
        request.authorization = self.authorization.as_deref();
        request.content_type = self.content_type.as_deref();
        request.audit_log_reason = self.audit_log_reason.as_deref();
        request.body = &self.body;
        request.gateway_url = gateway_url;
        request.unix_time = clock::unix_time();
        request
    }

    /// Parses the head of a request. Returns the request without its body, and the length of the body.
    fn parse(head: &[u8]) -> Option<(Self, BodyLength)> {
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            ..Self::default()
        };
        let mut length = BodyLength::Known(0);
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("authorization") {
                request.authorization = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("content-type") {
                request.content_type = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("x-audit-log-reason") {
                request.audit_log_reason = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("host") {
                request.hosts.push(value.to_owned());
            } else if name.eq_ignore_ascii_case("origin") {
                request.origins.push(value.to_owned());
            } else if name.eq_ignore_ascii_case("content-length") {
                let known = (value.parse().ok()).filter(|length| *length <= MAX_BODY_BYTES)?;
                // Transfer-Encoding overrides Content-Length (RFC 9112, section 6.3).
                if length != BodyLength::Chunked {
                    length = BodyLength::Known(known);
                }
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                if !value.eq_ignore_ascii_case("chunked") {
                    return None;
                }
                length = BodyLength::Chunked;
            }
        }
        Some((request, length))
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(mut bytes: &[u8]) -> Option<HttpRequest> {
        HttpRequest::read(&mut bytes).await.unwrap()
    }

    #[tokio::test]
    async fn request_is_read() {
        let request = read(
            b"POST /api/v10/gateway/bot?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: null\r\nAUTHORIZATION:  Bot abc \r\nContent-Length: 2\r\n\r\n{}and more",
        )
        .await
        .unwrap();
        assert_eq!(
            request,
            HttpRequest {
                method: "POST".to_owned(),
                path: "/api/v10/gateway/bot".to_owned(),
                query: "x=1".to_owned(),
                authorization: Some("Bot abc".to_owned()),
                content_type: None,
                audit_log_reason: None,
                hosts: vec!["127.0.0.1".to_owned()],
                origins: vec!["null".to_owned()],
                body: b"{}".to_vec(),
            }
        );
    }

    #[tokio::test]
    async fn chunked_body_is_read() {
        let request = b"POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\ncontent-length: 1\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        assert_eq!(read(request).await.unwrap().body, b"{}");
        for request in [
            &b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"[..],
            b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1000001\r\n",
            b"POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n",
        ] {
            assert_eq!(read(request).await, None);
        }
    }

    #[tokio::test]
    async fn malformed_and_oversized_requests_are_rejected() {
        assert_eq!(read(b"").await, None);
        assert_eq!(read(b"nonsense\r\n\r\n").await, None);
        assert_eq!(
            read(b"GET / HTTP/1.1\r\ncontent-length: 5\r\n\r\nhalf").await,
            None
        );
        assert_eq!(
            read(b"GET / HTTP/1.1\r\ncontent-length: 16777217\r\n\r\n").await,
            None
        );
        assert_eq!(read(&[b'a'; MAX_HEAD_BYTES + 2]).await, None);
    }
}
