//! The part of REST that a bot's gateway needs (P2), and enough beside it for a bot that answers.

mod app_commands;
mod interactions;
mod messages;
mod routes;

use std::{io, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use self::routes::Ask;
use super::{control, http_request::Request, hub::Hub, reply::Reply};
use crate::clock;

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

fn respond(request: &Request, hub: &Hub, gateway_url: &str) -> Reply {
    hub.with(|gateway, now| {
        if let Some(control) = request.path.strip_prefix("/control/") {
            return control::respond(gateway, now, request, control);
        }
        match request.resource() {
            Some(resource) => routes::respond(gateway, now, request, resource, gateway_url),
            None => Reply::refusal("404 Not Found"),
        }
    })
}

fn gateway(ask: Ask<'_>) -> Reply {
    Reply::ok(json!({"url": ask.gateway_url}))
}

fn gateway_bot(ask: Ask<'_>) -> Reply {
    let limit = ask.gateway.session_start_limit(ask.now);
    Reply::ok(json!({
        "url": ask.gateway_url,
        "shards": ask.gateway.settings().shards,
        "session_start_limit": {
            "total": limit.total,
            "remaining": limit.remaining,
            "reset_after": u64::try_from(limit.reset_after.as_millis()).unwrap_or(u64::MAX),
            "max_concurrency": limit.max_concurrency,
        },
    }))
}

fn bot_user(ask: Ask<'_>) -> Reply {
    Reply::ok(ask.gateway.bot_user())
}

fn application(ask: Ask<'_>) -> Reply {
    Reply::ok(ask.gateway.application())
}
