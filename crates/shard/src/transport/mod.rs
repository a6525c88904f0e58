//! WebSocket connections, and the connectors that open them.
//!
//! A shard uses [`Connector`] by default: TCP, TLS and WebSocket, through a [`Proxy`] if one is configured.
//! To run over another stream of bytes, implement [`Connect`] and pass the stream to
//! [`WebSocket::handshake`]. For tests, [`MemoryConnector`] connects without sockets.

mod buffered_stream;
mod busy_buffer;
mod connector;
mod dial;
mod endpoint;
mod error;
mod frame_header;
mod frame_reader;
mod memory;
mod proxy;
mod read_ahead;
mod read_buffer;
mod response_head;
mod text;
mod websocket;

pub use self::{
    connector::Connector,
    error::{TransportError, TransportErrorKind},
    memory::{DisconnectedError, MemoryConnector, MemoryIncoming, MemoryListener, MemoryPeer},
    proxy::{Proxy, ProxyEnvError, ProxyEnvErrorKind, ProxyError, ProxyErrorKind, ProxySelector},
    text::Text,
    websocket::WebSocket,
};
pub use gloaming_protocol::limits::DEFAULT_MAX_MESSAGE_BYTES;

pub(crate) use self::{
    connector::open_stream,
    endpoint::{Endpoint, check_url},
};
pub use crate::net::{ByteStream, ConnectError, ConnectErrorKind};

use bytes::Bytes;
use gloaming_queue::BoxFuture;
use std::{
    fmt::Debug,
    task::{Context, Poll},
};
use twilight_model::gateway::CloseFrame;

/// A frame from the gateway.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Inbound {
    /// A text message, not checked to be UTF-8.
    ///
    /// The text is a slice of the connection's read buffer. If it is dropped before the next read, the
    /// connection reuses the buffer; otherwise it allocates another.
    Text(Text),
    /// A binary message, a slice of the read buffer like a text.
    Binary(Bytes),
    /// A frame without content: a ping, which the transport answers, or a pong.
    ///
    /// The shard counts them, and leaves a server that sends [too
    /// many](crate::machine::DisconnectCause::Flooded).
    Empty,
    /// The server's close frame, the last frame of a connection.
    Close(Option<CloseFrame<'static>>),
}

/// A frame to the gateway.
#[derive(Clone, Eq, PartialEq)]
pub enum Outbound {
    /// A text message.
    Text(String),
    /// A close frame, the last frame that may be sent.
    Close(CloseFrame<'static>),
}

// IDENTIFY and RESUME contain the token, so `Debug` omits the text.
impl Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Close(frame) => f.debug_tuple("Close").field(frame).finish(),
        }
    }
}

/// One open WebSocket connection, driven by polling.
///
/// All methods must be polled from one task: a transport keeps only the waker of the last call.
///
/// A transport that can no longer write may accept and drop frames, and report the failure from
/// [`poll_receive`](Self::poll_receive) after the frames that have already arrived. A server that closes
/// with a code also stops reading, and a failed write must not hide the code. A shard whose consumer is too slow does not
/// receive, and asks for the failure with [`take_write_error`](Self::take_write_error).
pub trait Transport: Send {
    /// Receives the next frame.
    ///
    /// Returns `None` if the connection ended without a close frame, and after a close frame, an error or
    /// `None` was returned. Also drives the transport's own replies, such as the pong to a ping.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection failed or the server violated the WebSocket protocol.
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>>;

    /// Becomes ready once [`start_send`](Self::start_send) can accept a frame.
    ///
    /// The shard also calls it after each frame, and selects the next message only when it is ready.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection failed.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>>;

    /// Accepts a frame, which [`poll_flush`](Self::poll_flush) writes.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no room (see [`poll_ready`](Self::poll_ready)), the frame may not be
    /// sent, or a close frame was sent before.
    fn start_send(&mut self, frame: Outbound) -> Result<(), TransportError>;

    /// Becomes ready once all accepted frames are written to the operating system.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection failed.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>>;

    /// Returns why frames were dropped, if a write failed and [`poll_receive`](Self::poll_receive) has not reported it.
    ///
    /// The shard calls it while it does not receive, after it has written, and drops the connection if there is an error: it
    /// would not learn of the end of the connection otherwise. A transport whose other methods report each failure returns
    /// `None`, as by default.
    fn take_write_error(&mut self) -> Option<TransportError> {
        None
    }

    /// Releases memory that is needed only while events arrive.
    ///
    /// The shard calls it when no event has arrived for some seconds. Nothing that was received or accepted may be lost. By
    /// default, it does nothing.
    fn release_memory(&mut self) {}

    /// Leaves memory to other connections of the thread, which read before this one does again.
    ///
    /// The shard calls it when it lets other tasks run although there may be more to read. Nothing that was received or
    /// accepted may be lost. By default, it does nothing.
    fn lend_memory(&mut self) {}
}

/// Opens connections for a shard.
///
/// The shard limits the time of an attempt to [`Timeouts::connect`](crate::machine::Timeouts::connect) by
/// dropping the future.
pub trait Connect: Debug + Send + Sync {
    /// Connects to `url`, which already has the whole query. The URL may contain a secret of a gateway
    /// proxy: keep it out of logs.
    ///
    /// # Errors
    ///
    /// Returns one of [`ConnectErrorKind`]. A [fatal](ConnectError::is_fatal) error stops the shard; after
    /// any other, the shard connects again with exponential backoff.
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>>;
}
