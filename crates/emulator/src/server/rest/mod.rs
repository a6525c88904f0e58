//! The part of REST that a bot needs to connect to the gateway ([P2](gloaming_protocol::rules#p2)) and to
//! respond.

mod app_commands;
mod context;
mod guilds;
mod interactions;
mod login;
mod messages;
mod routes;

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{
    control, http_request::HttpRequest, http_response::HttpResponse, shared_gateway::SharedGateway,
};
use crate::clock;

/// The time for a request and its response.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

/// The pause after the system failed to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves one request per connection. Never returns.
pub(super) async fn serve(listener: TcpListener, gateway: Arc<SharedGateway>, gateway_url: String) {
    let gateway_url: Arc<str> = gateway_url.into();
    let mut requests = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (gateway, gateway_url) = (Arc::clone(&gateway), Arc::clone(&gateway_url));
                    requests.spawn(async move {
                        clock::timeout(REQUEST_LIMIT, answer(stream, &gateway, &gateway_url)).await
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "can't accept a connection");
                    clock::sleep_until(Some(clock::now() + ACCEPT_PAUSE)).await;
                }
            },
            Some(_) = requests.join_next() => {}
        }
    }
}

async fn answer(
    mut stream: TcpStream,
    gateway: &SharedGateway,
    gateway_url: &str,
) -> io::Result<()> {
    let response = match HttpRequest::read(&mut stream).await? {
        Some(request) => respond(&request, gateway, gateway_url),
        None => HttpResponse::error("400 Bad Request"),
    };
    gateway.with(|gateway, _| gateway.count_rest_request());
    stream.write_all(response.to_http().as_bytes()).await?;
    stream.shutdown().await?;
    // What the client still sends is read. Otherwise the connection could be reset before the client has the response.
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

fn respond(request: &HttpRequest, gateway: &SharedGateway, gateway_url: &str) -> HttpResponse {
    gateway.with(|gateway, now| {
        if let Some(resource) = request.path.strip_prefix("/control/") {
            return control::respond(gateway, now, request, resource);
        }
        match request.resource() {
            Some(resource) => routes::respond(gateway, now, request, resource, gateway_url),
            None => HttpResponse::error("404 Not Found"),
        }
    })
}
