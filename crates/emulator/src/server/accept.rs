//! Accepts TCP connections and upgrades them to WebSockets.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async_with_config,
    tungstenite::{
        handshake::server::{ErrorResponse, Request, Response},
        http::{StatusCode, header},
        protocol::WebSocketConfig,
    },
};

use super::{connection, shared_gateway::SharedGateway, web_guard::WebGuard, zstd_stream};
use crate::{
    clock,
    connection::{Handshake, Host},
};

/// The time that a client has for its handshakes.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(60);

/// The pause after the system failed to accept a connection, for example because no file descriptors are left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The largest message that is read. It is larger than the gateway's limit, so that the gateway can report violations.
const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// The answer to a client that requests zstd-stream from a build without it.
const ZSTD_UNAVAILABLE: &str = "the emulator was built without zstd-stream; enable the feature `zstd` of gloaming-emulator, or choose \
     another compression";

/// Whether a listener uses TLS.
#[derive(Clone)]
pub(super) enum Security {
    Plain,
    Tls(TlsAcceptor),
}

/// What a listener serves.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) gateway: Arc<SharedGateway>,
    pub(super) web_guard: Arc<WebGuard>,
    pub(super) host: Host,
    pub(super) security: Security,
    pub(super) resume_url: Arc<str>,
}

impl Endpoint {
    /// Serves the connections of a listener. Never returns. Dropping the future drops all its connections.
    pub(super) async fn accept(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(self.clone().serve(stream));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "can't accept a connection");
                        clock::sleep_until(Some(clock::now() + ACCEPT_PAUSE)).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn serve(self, stream: TcpStream) {
        // Payloads are written as a whole: waiting for more data to fill a packet would only delay them.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        match &self.security {
            Security::Plain => self.upgrade(stream).await,
            Security::Tls(acceptor) => {
                match clock::timeout(HANDSHAKE_LIMIT, acceptor.accept(stream)).await {
                    Some(Ok(stream)) => self.upgrade(stream).await,
                    Some(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                    None => tracing::debug!("TLS handshake timed out"),
                }
            }
        }
    }

    async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) {
        match clock::timeout(HANDSHAKE_LIMIT, self.handshake(stream)).await {
            Some(Ok((socket, handshake))) => {
                connection::run(socket, &self.gateway, handshake).await;
            }
            Some(Err(error)) => tracing::debug!(%error, "WebSocket handshake failed"),
            None => tracing::debug!("WebSocket handshake timed out"),
        }
    }

    async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> io::Result<(WebSocketStream<S>, Handshake)> {
        let mut query = String::new();
        let config = WebSocketConfig::default()
            .read_buffer_size(4096)
            .write_buffer_size(128 * 1024)
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES));
        #[expect(clippy::result_large_err, reason = "tungstenite's type")]
        let check = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
            let values = |name| request.headers().get_all(name).into_iter();
            let hosts = values(header::HOST).map(|value| value.as_bytes());
            let origins = values(header::ORIGIN).map(|value| value.as_bytes());
            if let Err(foreign) = self.web_guard.check(hosts, origins) {
                return Err(refusal(403, &foreign.to_string()));
            }
            if let Some(status) = self.refusal() {
                return Err(refusal(status, "no healthy upstream"));
            }
            let asks_for_zstd = request
                .uri()
                .query()
                .is_some_and(|query| query.contains("compress=zstd-stream"));
            if asks_for_zstd && !zstd_stream::AVAILABLE {
                tracing::warn!("{ZSTD_UNAVAILABLE}");
                return Err(refusal(501, ZSTD_UNAVAILABLE));
            }
            request
                .uri()
                .query()
                .unwrap_or_default()
                .clone_into(&mut query);
            Ok(response)
        };
        let socket = accept_hdr_async_with_config(stream, check, Some(config))
            .await
            .map_err(io::Error::other)?;
        let handshake = Handshake {
            query,
            host: self.host,
            resume_url: Arc::clone(&self.resume_url),
        };
        Ok((socket, handshake))
    }

    /// The HTTP status to refuse the handshake with.
    fn refusal(&self) -> Option<u16> {
        self.gateway.with(|gateway, _| {
            let status = gateway.refusal(self.host)?;
            gateway.count_refused_handshake();
            Some(status)
        })
    }
}

fn refusal(status: u16, reason: &str) -> ErrorResponse {
    let mut response = ErrorResponse::new(Some(reason.to_owned()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    response
}
