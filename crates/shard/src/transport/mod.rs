//! One WebSocket connection, and what opens it.
//!
//! [`Connector`] is what a shard uses by itself: TCP, TLS, WebSocket, and a [`Proxy`] on the way if there
//! is one. To go over anything else that carries bytes, implement [`Connect`] and hand [`WebSocket::handshake`] a stream
//! of your own. Tests use [`MemoryConnector`], which has no socket at all.

mod blocking;
mod connect_error;
mod connector;
mod dial;
mod endpoint;
mod error;
mod frames;
mod memory;
mod proxy;
mod read_ahead;
mod response_head;
mod text;
mod websocket;
mod wire;

pub use self::{
    connect_error::{ConnectError, ConnectErrorKind},
    connector::Connector,
    error::{TransportError, TransportErrorKind},
    memory::{Disconnected, MemoryConnector, MemoryIncoming, MemoryListener, MemoryPeer},
    proxy::{Proxy, ProxyError, ProxyErrorKind},
    text::Text,
    websocket::WebSocket,
};
pub use gloaming_protocol::limits::DEFAULT_MAX_MESSAGE_BYTES;

pub(crate) use self::endpoint::check_url;

use bytes::Bytes;
use gloaming_queue::BoxFuture;
use std::{
    fmt::Debug,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite};
use twilight_model::gateway::CloseFrame;

/// A frame from the gateway. Pings never get this far: the transport answers them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Inbound {
    /// A text message.
    ///
    /// It is a slice of the connection's read buffer. Drop it before the next read and the buffer is
    /// reused; hold it and the connection allocates another.
    Text(Text),
    /// A binary message: a slice of the read buffer, as text is.
    Binary(Bytes),
    /// The server's close frame. Nothing follows it.
    Close(Option<CloseFrame<'static>>),
}

/// A frame to the gateway.
#[derive(Clone, Eq, PartialEq)]
pub enum Outbound {
    /// A text message.
    Text(String),
    /// A close frame. Nothing may be sent after it.
    Close(CloseFrame<'static>),
}

// IDENTIFY and RESUME hold the token: the text stays out of `Debug`.
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
/// All methods must be polled from one task: only the waker of the last call is kept.
///
/// A transport that finds that it can no longer write may accept and drop what it is given and report
/// the failure from [`poll_receive`](Self::poll_receive), after the frames that had already arrived:
/// a server that closes with a code also stops reading, and the code must not be lost to a write that
/// failed first.
pub trait Transport: Send {
    /// The next frame.
    ///
    /// `None` means that the connection ended with no close frame, or that the close frame was already
    /// handed out. After `None`, an error or a close frame there is nothing more: later calls give
    /// `None`. Also drives what the transport owes the other side, such as the answer to a ping.
    ///
    /// # Errors
    ///
    /// The connection failed, or the other side broke the WebSocket protocol.
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>>;

    /// Waits until [`start_send`](Self::start_send) has room for a frame.
    ///
    /// The shard also asks ahead, after a frame: it commits itself to no message that would have to wait.
    ///
    /// # Errors
    ///
    /// The connection failed.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>>;

    /// Accepts a frame, to be written by [`poll_flush`](Self::poll_flush).
    ///
    /// # Errors
    ///
    /// There is no room (poll for it first), the frame can't be sent, or a close frame was sent before.
    fn start_send(&mut self, frame: Outbound) -> Result<(), TransportError>;

    /// Writes until everything accepted is handed to the operating system.
    ///
    /// # Errors
    ///
    /// The connection failed.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>>;
}

/// Opens connections for a shard.
///
/// The shard bounds the time it waits ([`Timeouts::connect`](crate::machine::Timeouts)) by dropping the future.
pub trait Connect: Debug + Send + Sync {
    /// Connects to `url`, which holds the whole query already.
    ///
    /// # Errors
    ///
    /// See [`ConnectErrorKind`]. Errors that [are fatal](ConnectError::is_fatal) stop the shard; after
    /// any other it tries again, more slowly each time.
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>>;
}

/// A stream of bytes in both directions: what TLS and WebSocket are spoken over.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}
