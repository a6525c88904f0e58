//! A WebSocket connection.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message},
};

use super::{
    shared_gateway::SharedGateway,
    writer::{WriteEnd, write_all},
};
use crate::{
    clock,
    connection::{ConnectionId, Handshake},
    model::Input,
    mute::Mute,
};

/// The time that a client has to reply to a close frame.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// How long a client's close frame is left without a reply if replies are muted.
const MUTE_LIMIT: Duration = Duration::from_secs(300);

/// Runs a connection to its end.
pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    socket: WebSocketStream<S>,
    gateway: &SharedGateway,
    handshake: Handshake,
) {
    let (id, queue) = gateway.open(handshake);
    // However this task ends, the gateway is notified.
    let guard = CloseGuard { gateway, id };
    let (sink, mut stream) = socket.split();
    // The connection is read while a write is blocked, so that heartbeats of a client that reads slowly are processed.
    let end = tokio::select! {
        end = write_all(sink, &queue, gateway, id) => End::Write(end),
        () = queue.deadline() => End::Write(WriteEnd::Drop),
        end = read_all(&mut stream, gateway, id) => End::Read(end),
    };
    match end {
        End::Write(WriteEnd::Drop | WriteEnd::Failed) => {}
        // Until the gateway or the client ends it.
        End::Write(WriteEnd::HalfOpen) => queue.deadline().await,
        End::Write(WriteEnd::CloseSent) => {
            clock::timeout(CLOSE_LIMIT, drain(&mut stream)).await;
        }
        End::Read(ReadEnd::CloseFrame(code)) => {
            gateway.close(id, code);
            if gateway.with(|gateway, _| gateway.is_muted(Mute::CloseReplies)) {
                clock::timeout(MUTE_LIMIT, std::future::pending::<()>()).await;
            } else {
                // Reading on sends the reply.
                clock::timeout(CLOSE_LIMIT, drain(&mut stream)).await;
            }
        }
        End::Read(ReadEnd::Failed) => {}
    }
    drop(guard);
}

/// How a connection ended.
enum End {
    Write(WriteEnd),
    Read(ReadEnd),
}

/// Why reading ended.
enum ReadEnd {
    /// The client sent a close frame with this code.
    CloseFrame(Option<u16>),
    /// The connection ended without a close frame.
    Failed,
}

/// Reports the end of a connection to the gateway.
struct CloseGuard<'a> {
    gateway: &'a SharedGateway,
    id: ConnectionId,
}

impl Drop for CloseGuard<'_> {
    fn drop(&mut self) {
        self.gateway.close(self.id, None);
    }
}

async fn read_all(
    stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
    gateway: &SharedGateway,
    id: ConnectionId,
) -> ReadEnd {
    while let Some(message) = stream.next().await {
        match message {
            Ok(Message::Text(text)) => gateway.handle_input(id, Input::Text(&text)),
            Ok(Message::Binary(bytes)) => gateway.handle_input(id, Input::Binary(&bytes)),
            Ok(Message::Close(frame)) => {
                return ReadEnd::CloseFrame(frame.map(|frame| frame.code.into()));
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            Err(_) => return ReadEnd::Failed,
        }
    }
    ReadEnd::Failed
}

async fn drain(stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin)) {
    while let Some(Ok(_)) = stream.next().await {}
}
