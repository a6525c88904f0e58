//! Connections in memory, for tests.

use super::{
    Connect, ConnectError, ConnectErrorKind, Inbound, Outbound, Transport, TransportError,
    TransportErrorKind,
};
use gloaming_protocol::RedactedUrl;
use gloaming_queue::BoxFuture;
use std::{
    error::Error,
    fmt::{Debug, Display, Formatter, Result as FmtResult},
    task::{Context, Poll, ready},
};
use tokio::sync::{
    mpsc::{self, OwnedPermit, error::SendError},
    oneshot,
};

/// The number of frames buffered in each direction.
const CAPACITY: usize = 256;

/// The number of connection attempts buffered for the listener.
const MAX_ATTEMPTS: usize = 64;

/// A [`Connect`] whose server side is a test.
///
/// It uses no socket, timer or thread, so it works with tokio's paused time.
///
/// ```
/// use gloaming_shard::transport::{Connect, Inbound, MemoryConnector};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (connector, mut listener) = MemoryConnector::new();
/// let connecting = tokio::spawn(connector.connect("wss://gateway.discord.gg/?v=10"));
///
/// let attempt = listener.next().await.ok_or("no attempt to connect")?;
/// assert_eq!(attempt.url(), "wss://gateway.discord.gg/?v=10");
/// let server = attempt.accept();
/// server.text(r#"{"op":7,"d":null}"#).await?;
///
/// let mut transport = connecting.await??;
/// let received = std::future::poll_fn(|cx| transport.poll_receive(cx)).await;
/// assert!(matches!(received, Some(Ok(Inbound::Text(_)))));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct MemoryConnector {
    attempts: mpsc::Sender<MemoryIncoming>,
}

impl MemoryConnector {
    /// Creates a connector, and the listener that its connection attempts arrive at.
    #[must_use]
    pub fn new() -> (Self, MemoryListener) {
        let (sender, attempts) = mpsc::channel(MAX_ATTEMPTS);
        (Self { attempts: sender }, MemoryListener { attempts })
    }
}

impl Connect for MemoryConnector {
    fn connect(&self, url: &str) -> BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>> {
        let (answer, answered) = oneshot::channel();
        let attempt = MemoryIncoming {
            url: url.into(),
            answer,
        };
        let attempts = self.attempts.clone();
        Box::pin(async move {
            let gone = || ConnectError::new(ConnectErrorKind::Tcp).with_source(DisconnectedError);
            attempts.send(attempt).await.map_err(|_| gone())?;
            answered.await.unwrap_or_else(|_| Err(gone()))
        })
    }
}

/// The server side of a [`MemoryConnector`]: yields its connection attempts. After it is dropped,
/// connecting fails.
#[derive(Debug)]
pub struct MemoryListener {
    attempts: mpsc::Receiver<MemoryIncoming>,
}

impl MemoryListener {
    /// Waits for the next connection attempt. Returns `None` once all connectors are dropped. Cancel safe.
    pub async fn next(&mut self) -> Option<MemoryIncoming> {
        self.attempts.recv().await
    }

    /// Returns the next connection attempt if one is waiting.
    pub fn try_next(&mut self) -> Option<MemoryIncoming> {
        self.attempts.try_recv().ok()
    }
}

/// A connection attempt. Hold it to act as a server that does not answer; drop it to act as one that
/// refuses the connection.
pub struct MemoryIncoming {
    url: Box<str>,
    answer: oneshot::Sender<Result<Box<dyn Transport>, ConnectError>>,
}

impl MemoryIncoming {
    /// Returns the requested URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits until the shard gives up the attempt. Cancel safe.
    pub async fn abandoned(&mut self) {
        self.answer.closed().await;
    }

    /// Accepts the connection.
    #[must_use]
    pub fn accept(self) -> MemoryPeer {
        let (to_shard, inbound) = mpsc::channel(CAPACITY);
        let (outbound, from_shard) = mpsc::channel(CAPACITY);
        let transport = MemoryTransport {
            inbound,
            outbound,
            slot: SendSlot::Unknown,
            state: State::Open,
        };
        // If the shard gave up, the peer finds a closed connection.
        let _ = self.answer.send(Ok(Box::new(transport)));
        MemoryPeer {
            to_shard,
            from_shard,
        }
    }

    /// Fails the attempt with `error`.
    pub fn refuse(self, error: ConnectError) {
        let _ = self.answer.send(Err(error));
    }
}

impl Debug for MemoryIncoming {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.debug_struct("MemoryIncoming")
            .field("url", &RedactedUrl::new(&self.url))
            .finish_non_exhaustive()
    }
}

/// The server side of a connection. Dropping it ends the connection without a close frame.
///
/// Up to 256 frames of the shard are buffered until they are [received](Self::receive). To act as a server
/// that does not read, receive nothing.
#[derive(Debug)]
pub struct MemoryPeer {
    to_shard: mpsc::Sender<Result<Inbound, TransportError>>,
    from_shard: mpsc::Receiver<Outbound>,
}

impl MemoryPeer {
    /// Sends a frame. Waits while 256 frames are unread.
    ///
    /// # Errors
    ///
    /// Returns an error if the shard dropped the connection.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the frame is either sent or not sent at all.
    pub async fn send(&self, frame: Inbound) -> Result<(), DisconnectedError> {
        self.to_shard
            .send(Ok(frame))
            .await
            .map_err(|_| DisconnectedError)
    }

    /// Sends a text message, like [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// Returns an error if the shard dropped the connection.
    pub async fn text(&self, text: impl Into<String>) -> Result<(), DisconnectedError> {
        self.send(Inbound::Text(text.into().into())).await
    }

    /// Fails the connection with `error`, after the frames sent before.
    pub async fn fail(self, error: TransportError) {
        // A shard that dropped the connection does not need the error.
        let _ = self.to_shard.send(Err(error)).await;
    }

    /// Waits for the shard's next frame. Returns `None` once the shard has dropped the connection. Cancel
    /// safe.
    pub async fn receive(&mut self) -> Option<Outbound> {
        self.from_shard.recv().await
    }

    /// Returns the shard's next frame if one is buffered.
    pub fn try_receive(&mut self) -> Option<Outbound> {
        self.from_shard.try_recv().ok()
    }

    /// Returns whether the shard has dropped the connection.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        self.to_shard.is_closed()
    }
}

/// The other side of a connection in memory was dropped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DisconnectedError;

impl Display for DisconnectedError {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("the other side dropped the connection")
    }
}

impl Error for DisconnectedError {}

/// The shard side of a connection.
struct MemoryTransport {
    inbound: mpsc::Receiver<Result<Inbound, TransportError>>,
    outbound: mpsc::Sender<Outbound>,
    slot: SendSlot,
    state: State,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    Open,
    CloseSent,
    Ended,
}

/// Capacity for one frame in the channel to the peer.
enum SendSlot {
    Unknown,
    Waiting(BoxFuture<'static, Result<OwnedPermit<Outbound>, SendError<()>>>),
    Reserved(OwnedPermit<Outbound>),
    /// The peer is dropped: frames are discarded, like those sent to a dead host.
    Discarding,
}

impl Transport for MemoryTransport {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>> {
        if self.state == State::Ended {
            return Poll::Ready(None);
        }
        let received = ready!(self.inbound.poll_recv(cx));
        if !matches!(
            received,
            Some(Ok(Inbound::Text(_) | Inbound::Binary(_) | Inbound::Empty))
        ) {
            self.state = State::Ended;
        }
        Poll::Ready(received)
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        loop {
            self.slot = match &mut self.slot {
                SendSlot::Unknown => {
                    SendSlot::Waiting(Box::pin(self.outbound.clone().reserve_owned()))
                }
                SendSlot::Waiting(reserving) => match ready!(reserving.as_mut().poll(cx)) {
                    Ok(permit) => SendSlot::Reserved(permit),
                    Err(_) => SendSlot::Discarding,
                },
                SendSlot::Reserved(_) | SendSlot::Discarding => return Poll::Ready(Ok(())),
            };
        }
    }

    fn start_send(&mut self, frame: Outbound) -> Result<(), TransportError> {
        if self.state != State::Open {
            return Err(TransportError::new(TransportErrorKind::SendAfterClose));
        }
        if matches!(frame, Outbound::Close(_)) {
            self.state = State::CloseSent;
        }
        match std::mem::replace(&mut self.slot, SendSlot::Unknown) {
            SendSlot::Reserved(permit) => drop(permit.send(frame)),
            SendSlot::Discarding => self.slot = SendSlot::Discarding,
            SendSlot::Unknown | SendSlot::Waiting(_) => {
                if let Err(mpsc::error::TrySendError::Full(_)) = self.outbound.try_send(frame) {
                    return Err(TransportError::new(TransportErrorKind::WriteBufferFull));
                }
            }
        }
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn take_write_error(&mut self) -> Option<TransportError> {
        match self.slot {
            SendSlot::Discarding => {
                Some(TransportError::new(TransportErrorKind::Io).with_source(DisconnectedError))
            }
            SendSlot::Unknown | SendSlot::Waiting(_) | SendSlot::Reserved(_) => None,
        }
    }
}
