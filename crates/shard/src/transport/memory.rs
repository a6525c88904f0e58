//! Connections without sockets, for tests.

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

/// Frames that may wait in each direction before the sender has to.
const CAPACITY: usize = 256;

/// Connection attempts that may wait to be looked at.
const MAX_ATTEMPTS: usize = 64;

/// A [`Connect`] whose other side is in the hands of a test.
///
/// There is no socket, no timer and no thread, so it works in tokio's paused time.
///
/// ```
/// use gloaming_shard::transport::{Connect, Inbound, MemoryConnector};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (connector, mut listener) = MemoryConnector::new();
/// let connecting = tokio::spawn(connector.connect("wss://gateway.discord.gg/?v=10"));
///
/// let attempt = listener.next().await.ok_or("nobody connects")?;
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
    /// A connector, and the place where its connections arrive.
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
            let gone = || ConnectError::new(ConnectErrorKind::Tcp).with_source(Disconnected);
            attempts.send(attempt).await.map_err(|_| gone())?;
            answered.await.unwrap_or_else(|_| Err(gone()))
        })
    }
}

/// Where the connections of a [`MemoryConnector`] arrive. While it is gone, connecting fails.
#[derive(Debug)]
pub struct MemoryListener {
    attempts: mpsc::Receiver<MemoryIncoming>,
}

impl MemoryListener {
    /// Waits for the next attempt to connect; `None` if the last connector is gone. Cancel-safe.
    pub async fn next(&mut self) -> Option<MemoryIncoming> {
        self.attempts.recv().await
    }

    /// The next attempt to connect, if there is one already.
    pub fn try_next(&mut self) -> Option<MemoryIncoming> {
        self.attempts.try_recv().ok()
    }
}

/// An attempt to connect. Keep it unanswered to play a server that does not answer; drop it to play
/// one that refuses.
pub struct MemoryIncoming {
    url: Box<str>,
    answer: oneshot::Sender<Result<Box<dyn Transport>, ConnectError>>,
}

impl MemoryIncoming {
    /// The URL asked for.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits until the shard gives up. Cancel-safe.
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
            room: Room::Unknown,
            state: State::Open,
        };
        // If the shard gave up, the peer finds the connection ended.
        let _ = self.answer.send(Ok(Box::new(transport)));
        MemoryPeer {
            to_shard,
            from_shard,
        }
    }

    /// Makes the attempt fail.
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

/// The server's side of a connection. Dropping it ends the connection with no close frame.
///
/// What the shard sends waits here, up to 256 frames, until it is [received](Self::receive). Receiving
/// nothing plays a server that does not read.
#[derive(Debug)]
pub struct MemoryPeer {
    to_shard: mpsc::Sender<Result<Inbound, TransportError>>,
    from_shard: mpsc::Receiver<Outbound>,
}

impl MemoryPeer {
    /// Sends a frame. Waits while 256 frames are unread. Cancel-safe: the frame is sent whole or not.
    ///
    /// # Errors
    ///
    /// The shard dropped the connection.
    pub async fn send(&self, frame: Inbound) -> Result<(), Disconnected> {
        self.to_shard
            .send(Ok(frame))
            .await
            .map_err(|_| Disconnected)
    }

    /// Sends a text message, as [`send`](Self::send) does.
    ///
    /// # Errors
    ///
    /// The shard dropped the connection.
    pub async fn text(&self, text: impl Into<String>) -> Result<(), Disconnected> {
        self.send(Inbound::Text(text.into().into())).await
    }

    /// Breaks the connection with this error, after what was sent.
    pub async fn fail(self, error: TransportError) {
        // A shard that is gone has no use for the error.
        let _ = self.to_shard.send(Err(error)).await;
    }

    /// Waits for the shard's next frame; `None` once it dropped the connection. Cancel-safe.
    pub async fn receive(&mut self) -> Option<Outbound> {
        self.from_shard.recv().await
    }

    /// The shard's next frame, if there is one already.
    pub fn try_receive(&mut self) -> Option<Outbound> {
        self.from_shard.try_recv().ok()
    }

    /// Whether the shard dropped the connection.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        self.to_shard.is_closed()
    }
}

/// The other side of a connection in memory is gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Disconnected;

impl Display for Disconnected {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("the other side is gone")
    }
}

impl Error for Disconnected {}

/// The shard's side of a connection.
struct MemoryTransport {
    inbound: mpsc::Receiver<Result<Inbound, TransportError>>,
    outbound: mpsc::Sender<Outbound>,
    room: Room,
    state: State,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    Open,
    CloseSent,
    Ended,
}

enum Room {
    Unknown,
    Waiting(BoxFuture<'static, Result<OwnedPermit<Outbound>, SendError<()>>>),
    Reserved(OwnedPermit<Outbound>),
    /// Nobody receives: frames are dropped, as those sent to a dead host are.
    Unlimited,
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
        if !matches!(received, Some(Ok(Inbound::Text(_) | Inbound::Binary(_)))) {
            self.state = State::Ended;
        }
        Poll::Ready(received)
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        loop {
            self.room = match &mut self.room {
                Room::Unknown => Room::Waiting(Box::pin(self.outbound.clone().reserve_owned())),
                Room::Waiting(reserving) => match ready!(reserving.as_mut().poll(cx)) {
                    Ok(permit) => Room::Reserved(permit),
                    Err(_) => Room::Unlimited,
                },
                Room::Reserved(_) | Room::Unlimited => return Poll::Ready(Ok(())),
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
        match std::mem::replace(&mut self.room, Room::Unknown) {
            Room::Reserved(permit) => drop(permit.send(frame)),
            Room::Unlimited => self.room = Room::Unlimited,
            Room::Unknown | Room::Waiting(_) => {
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
}
