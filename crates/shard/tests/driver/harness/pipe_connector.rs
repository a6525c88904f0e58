//! A WebSocket connection over a pipe of bytes.

use gloaming_queue::BoxFuture;
use gloaming_shard::transport::{
    Connect, ConnectError, DEFAULT_MAX_MESSAGE_BYTES, Transport, WebSocket,
};
use std::{
    fmt::{self, Debug, Formatter},
    sync::Mutex,
};
use tokio::io::DuplexStream;

/// A connector that opens one connection.
pub(crate) struct PipeConnector(Mutex<Option<DuplexStream>>);

impl PipeConnector {
    pub(crate) fn new(ours: DuplexStream) -> Self {
        Self(Mutex::new(Some(ours)))
    }
}

impl Debug for PipeConnector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("PipeConnector")
    }
}

impl Connect for PipeConnector {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        let stream = self
            .0
            .lock()
            .unwrap()
            .take()
            .expect("the test opens one connection");
        let url = url.to_owned();
        Box::pin(async move {
            let socket = WebSocket::handshake(stream, &url, DEFAULT_MAX_MESSAGE_BYTES).await?;
            Ok(Box::new(socket) as Box<dyn Transport>)
        })
    }
}
