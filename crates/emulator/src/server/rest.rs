//! `GET /gateway` and `GET /gateway/bot` (P2), over just enough HTTP/1.1.

use std::{io, sync::Arc, time::Duration};

use gloaming_protocol::Token;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::hub::Hub;
use crate::clock;

/// How long a request may take to come and its answer to go.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

/// The longest request head that is read.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Answers one request per connection. Never ends.
pub(super) async fn serve(listener: TcpListener, hub: Arc<Hub>, gateway_url: String) {
    let gateway_url: Arc<str> = gateway_url.into();
    let mut requests = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (hub, gateway_url) = (Arc::clone(&hub), Arc::clone(&gateway_url));
                    requests.spawn(async move {
                        clock::within(REQUEST_LIMIT, answer(stream, &hub, &gateway_url)).await
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "can't accept a connection");
                    clock::sleep_until(Some(clock::now() + Duration::from_millis(50))).await;
                }
            },
            Some(_) = requests.join_next() => {}
        }
    }
}

async fn answer(mut stream: TcpStream, hub: &Hub, gateway_url: &str) -> io::Result<()> {
    let Some(head) = read_head(&mut stream).await? else {
        return Ok(());
    };
    let reply = Request::parse(&head).map_or_else(Reply::bad_request, |request| {
        respond(&request, hub, gateway_url)
    });
    hub.with(|gateway, _| gateway.count_rest_request());
    stream.write_all(reply.to_http().as_bytes()).await?;
    stream.shutdown().await?;
    // What the client still sends is read, lest the close become a reset that overtakes the answer.
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

/// The head up to the empty line; `None` if the client left or sent too much.
async fn read_head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut bytes = Vec::with_capacity(1024);
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            bytes.truncate(end);
            return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
        }
        if bytes.len() > MAX_HEAD_BYTES || stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}

/// What matters of a request.
#[derive(Debug, Eq, PartialEq)]
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    authorization: Option<&'a str>,
}

impl<'a> Request<'a> {
    fn parse(head: &'a str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        let authorization = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
            .map(|(_, value)| value.trim());
        Some(Self {
            method,
            path: target.split('?').next()?,
            authorization,
        })
    }

    /// The path without what stands before the resource: `/api/v10`, or another version, or none.
    fn resource(&self) -> Option<&'a str> {
        let path = self.path.strip_prefix("/api")?;
        let after_version = path
            .strip_prefix("/v")
            .map(|path| path.trim_start_matches(|letter: char| letter.is_ascii_digit()));
        Some(after_version.unwrap_or(path))
    }
}

#[derive(Debug)]
struct Reply {
    status: &'static str,
    body: Value,
}

impl Reply {
    fn refusal(status: &'static str) -> Self {
        let message = status.replacen(' ', ": ", 1);
        Self {
            status,
            body: json!({"message": message, "code": 0}),
        }
    }

    fn bad_request() -> Self {
        Self::refusal("400 Bad Request")
    }

    fn to_http(&self) -> String {
        let Self { status, body } = self;
        let body = body.to_string();
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    }
}

fn respond(request: &Request<'_>, hub: &Hub, gateway_url: &str) -> Reply {
    if request.method != "GET" {
        return Reply::refusal("405 Method Not Allowed");
    }
    match request.resource() {
        Some("/gateway") => Reply {
            status: "200 OK",
            body: json!({"url": gateway_url}),
        },
        Some("/gateway/bot") => hub.with(|gateway, now| {
            let token = request
                .authorization
                .and_then(|value| value.strip_prefix("Bot "));
            if token.map(Token::new).as_ref() != Some(&gateway.settings().token) {
                return Reply::refusal("401 Unauthorized");
            }
            let limit = gateway.session_start_limit(now);
            let body = json!({
                "url": gateway_url,
                "shards": gateway.settings().shards,
                "session_start_limit": {
                    "total": limit.total,
                    "remaining": limit.remaining,
                    "reset_after": u64::try_from(limit.reset_after.as_millis()).unwrap_or(u64::MAX),
                    "max_concurrency": limit.max_concurrency,
                },
            });
            Reply {
                status: "200 OK",
                body,
            }
        }),
        _ => Reply::refusal("404 Not Found"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_matters() {
        let head =
            "GET /api/v10/gateway/bot?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAUTHORIZATION:  Bot abc ";
        let request = Request::parse(head).unwrap();
        assert_eq!(
            request,
            Request {
                method: "GET",
                path: "/api/v10/gateway/bot",
                authorization: Some("Bot abc")
            }
        );
        assert_eq!(request.resource(), Some("/gateway/bot"));
        assert_eq!(Request::parse("nonsense"), None);
    }

    #[test]
    fn the_version_may_be_left_out() {
        for (path, resource) in [
            ("/api/gateway", Some("/gateway")),
            ("/api/v9/gateway", Some("/gateway")),
            ("/gateway", None),
        ] {
            let request = Request {
                method: "GET",
                path,
                authorization: None,
            };
            assert_eq!(request.resource(), resource, "{path}");
        }
    }
}
