//! The port of REST and of the control API.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{
    control, http_request::HttpRequest, shared_gateway::SharedGateway, web_guard::WebGuard,
};
use crate::{clock, rest::RestResponse};

/// The time for a request and its response.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

/// The pause after the system failed to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What answers requests.
pub(super) struct Service {
    pub(super) gateway: Arc<SharedGateway>,
    pub(super) web_guard: Arc<WebGuard>,
    /// The URL that REST returns.
    pub(super) gateway_url: String,
}

/// Serves one request per connection. Never returns.
pub(super) async fn serve(listener: TcpListener, service: Arc<Service>) {
    let mut requests = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let service = Arc::clone(&service);
                    requests.spawn(async move {
                        clock::timeout(REQUEST_LIMIT, answer(stream, &service)).await
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

async fn answer(mut stream: TcpStream, service: &Service) -> io::Result<()> {
    let response = match HttpRequest::read(&mut stream).await? {
        Some(request) => respond(&request, service),
        None => {
            let gateway = &service.gateway;
            gateway.with(|gateway, _| gateway.count_rest_request());
            RestResponse::error_with_message(400, "400: Bad Request")
        }
    };
    stream.write_all(response.to_http().as_bytes()).await?;
    stream.shutdown().await?;
    // What the client still sends is read. Otherwise the connection could be reset before the client has the response.
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

fn respond(request: &HttpRequest, service: &Service) -> RestResponse {
    let hosts = request.hosts.iter().map(String::as_bytes);
    let origins = request.origins.iter().map(String::as_bytes);
    let foreign = service.web_guard.check(hosts, origins).err();
    service.gateway.with(|gateway, now| {
        if let Some(foreign) = foreign {
            gateway.count_rest_request();
            return RestResponse::error_with_message(403, &foreign.to_string());
        }
        if let Some(resource) = request.path.strip_prefix("/control/") {
            gateway.count_rest_request();
            return control::respond(gateway, now, request, resource);
        }
        gateway.handle_request(now, &request.as_rest(&service.gateway_url))
    })
}
