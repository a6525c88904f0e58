//! From a TCP connection to a WebSocket.

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
        http::StatusCode,
        protocol::WebSocketConfig,
    },
};

use super::{connection, hub::Hub};
use crate::{
    clock,
    model::{Handshake, Host},
};

/// How long a client may take for its handshakes.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(60);

/// How long to wait after the system refused a connection, for example for want of file descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// The largest message that is read at all: far over what the gateway accepts, so that the gateway says so.
const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// Whether a listener speaks TLS.
#[derive(Clone)]
pub(super) enum Security {
    Plain,
    Tls(TlsAcceptor),
}

/// What is behind a listener.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) hub: Arc<Hub>,
    pub(super) host: Host,
    pub(super) security: Security,
    pub(super) resume_url: Arc<str>,
}

impl Endpoint {
    /// Serves whoever connects. Never ends; dropping it cuts all its connections.
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
                        clock::sleep_until(Some(clock::now() + ACCEPT_AGAIN)).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn serve(self, stream: TcpStream) {
        // A payload is written whole; waiting for more to fill a packet only delays it.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        match &self.security {
            Security::Plain => self.upgrade(stream).await,
            Security::Tls(acceptor) => {
                match clock::within(HANDSHAKE_LIMIT, acceptor.accept(stream)).await {
                    Some(Ok(stream)) => self.upgrade(stream).await,
                    Some(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                    None => tracing::debug!("TLS handshake took too long"),
                }
            }
        }
    }

    async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) {
        match clock::within(HANDSHAKE_LIMIT, self.handshake(stream)).await {
            Some(Ok((socket, handshake))) => connection::run(socket, &self.hub, handshake).await,
            Some(Err(error)) => tracing::debug!(%error, "WebSocket handshake failed"),
            None => tracing::debug!("WebSocket handshake took too long"),
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
        let look = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
            if let Some(status) = self.refusal() {
                return Err(refusal(status));
            }
            request
                .uri()
                .query()
                .unwrap_or_default()
                .clone_into(&mut query);
            Ok(response)
        };
        let socket = accept_hdr_async_with_config(stream, look, Some(config))
            .await
            .map_err(io::Error::other)?;
        let handshake = Handshake {
            query,
            host: self.host,
            resume_url: Arc::clone(&self.resume_url),
        };
        Ok((socket, handshake))
    }

    /// The HTTP status to refuse with, if so told.
    fn refusal(&self) -> Option<u16> {
        self.hub.with(|gateway, _| {
            let status = gateway.refusal(self.host)?;
            gateway.count_refused_handshake();
            Some(status)
        })
    }
}

fn refusal(status: u16) -> ErrorResponse {
    let mut response = ErrorResponse::new(Some("no healthy upstream".to_owned()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    response
}
