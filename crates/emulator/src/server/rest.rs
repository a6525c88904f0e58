//! The part of REST that a bot's gateway needs (P2), and enough beside it for a bot that answers.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use gloaming_protocol::Token;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{control, http_request::Request, hub::Hub};
use crate::{clock, model::Gateway};

/// How long a request may take to come and its answer to go.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

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
    let reply = match Request::read(&mut stream).await? {
        Some(request) => respond(&request, hub, gateway_url),
        None => Reply::refusal("400 Bad Request"),
    };
    hub.with(|gateway, _| gateway.count_rest_request());
    stream.write_all(reply.to_http().as_bytes()).await?;
    stream.shutdown().await?;
    // What the client still sends is read, lest the close become a reset that overtakes the answer.
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

#[derive(Debug)]
pub(super) struct Reply {
    status: &'static str,
    body: Value,
}

impl Reply {
    pub(super) const fn ok(body: Value) -> Self {
        Self {
            status: "200 OK",
            body,
        }
    }

    pub(super) fn refusal(status: &'static str) -> Self {
        let message = status.replacen(' ', ": ", 1);
        Self {
            status,
            body: json!({"message": message, "code": 0}),
        }
    }

    /// Refused, with a reason in words.
    pub(super) fn refused_because(status: &'static str, reason: &str) -> Self {
        Self {
            status,
            body: json!({"message": reason, "code": 0}),
        }
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

fn respond(request: &Request, hub: &Hub, gateway_url: &str) -> Reply {
    if let Some(control) = request.path.strip_prefix("/control/") {
        return hub.with(|gateway, now| control::respond(gateway, now, request, control));
    }
    let Some(resource) = request.resource() else {
        return Reply::refusal("404 Not Found");
    };
    let authorized = |respond: &dyn Fn(&mut Gateway, Instant) -> Reply| {
        hub.with(|gateway, now| {
            if is_authorized(request, gateway) {
                respond(gateway, now)
            } else {
                Reply::refusal("401 Unauthorized")
            }
        })
    };
    let path: Vec<&str> = resource.split('/').skip(1).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["gateway"]) => Reply::ok(json!({"url": gateway_url})),
        ("GET", ["gateway", "bot"]) => {
            authorized(&|gateway, now| gateway_bot(gateway, now, gateway_url))
        }
        ("GET", ["users", "@me"]) => authorized(&|gateway, _| Reply::ok(gateway.bot_user())),
        // Two names of one thing: libraries ask for it by either when they log in.
        ("GET", ["applications", "@me"] | ["oauth2", "applications", "@me"]) => {
            authorized(&|gateway, _| Reply::ok(gateway.application()))
        }
        ("POST", ["channels", channel, "messages"]) => {
            authorized(&|gateway, _| create_message(gateway, channel, &request.body))
        }
        (
            _,
            ["gateway"]
            | ["gateway", "bot"]
            | ["users", "@me"]
            | ["applications", "@me"]
            | ["oauth2", "applications", "@me"]
            | ["channels", _, "messages"],
        ) => Reply::refusal("405 Method Not Allowed"),
        _ => Reply::refusal("404 Not Found"),
    }
}

fn is_authorized(request: &Request, gateway: &Gateway) -> bool {
    let token = request.authorization.as_deref();
    let token = token.and_then(|value| value.strip_prefix("Bot "));
    token.map(Token::new).as_ref() == Some(&gateway.settings().token)
}

fn gateway_bot(gateway: &mut Gateway, now: Instant, gateway_url: &str) -> Reply {
    let limit = gateway.session_start_limit(now);
    Reply::ok(json!({
        "url": gateway_url,
        "shards": gateway.settings().shards,
        "session_start_limit": {
            "total": limit.total,
            "remaining": limit.remaining,
            "reset_after": u64::try_from(limit.reset_after.as_millis()).unwrap_or(u64::MAX),
            "max_concurrency": limit.max_concurrency,
        },
    }))
}

/// Of a message only the content is kept.
fn create_message(gateway: &mut Gateway, channel: &str, body: &[u8]) -> Reply {
    /// In characters.
    const LONGEST: usize = 2000;

    #[derive(Deserialize)]
    struct Message {
        content: String,
    }

    let Ok(Message { content }) = serde_json::from_slice(body) else {
        return Reply::refusal("400 Bad Request");
    };
    if content.is_empty() || content.chars().count() > LONGEST {
        return Reply::refusal("400 Bad Request");
    }
    let written = channel
        .parse()
        .ok()
        .and_then(|channel| gateway.bot_writes(channel, &content));
    written.map_or_else(|| Reply::refusal("404 Not Found"), Reply::ok)
}
