//! One WebSocket connection.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message},
};

use super::{
    hub::Hub,
    writer::{Written, write_all},
};
use crate::{
    clock,
    model::{ConnectionId, Handshake, Input, Mute},
};

/// How long the client may take to answer a close frame.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// How long a client's close frame is left without an answer when the gateway is mute.
const MUTE_LIMIT: Duration = Duration::from_secs(300);

/// Carries a connection to its end.
pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    socket: WebSocketStream<S>,
    hub: &Hub,
    handshake: Handshake,
) {
    let (id, queue) = hub.open(handshake);
    // Whatever ends this task, the gateway hears of it.
    let gone = Gone { hub, id };
    let (sink, mut stream) = socket.split();
    // Reading goes on while a write waits: a client that is slow to read still has its heartbeats heard.
    let ended = tokio::select! {
        written = write_all(sink, &queue, hub, id) => Ended::Writing(written),
        () = queue.until_overdue() => Ended::Writing(Written::Cut),
        code = read_all(&mut stream, hub, id) => Ended::Reading(code),
    };
    match ended {
        Ended::Writing(Written::Cut | Written::Failed) => {}
        // Until the gateway gives it up, or the client does.
        Ended::Writing(Written::Nowhere) => queue.until_overdue().await,
        Ended::Writing(Written::Close) => {
            clock::within(CLOSE_LIMIT, drain(&mut stream)).await;
        }
        Ended::Reading(Closing::Frame(code)) => {
            hub.close(id, code);
            if hub.with(|gateway, _| gateway.is_muted(Mute::CloseReplies)) {
                clock::within(MUTE_LIMIT, std::future::pending::<()>()).await;
            } else {
                // Reading on sends the reply.
                clock::within(CLOSE_LIMIT, drain(&mut stream)).await;
            }
        }
        Ended::Reading(Closing::Broken) => {}
    }
    drop(gone);
}

enum Ended {
    Writing(Written),
    Reading(Closing),
}

/// How the client's side ended.
enum Closing {
    /// With a close frame.
    Frame(Option<u16>),
    /// Without one.
    Broken,
}

struct Gone<'a> {
    hub: &'a Hub,
    id: ConnectionId,
}

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.hub.close(self.id, None);
    }
}

async fn read_all(
    stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
    hub: &Hub,
    id: ConnectionId,
) -> Closing {
    while let Some(message) = stream.next().await {
        match message {
            Ok(Message::Text(text)) => hub.input(id, Input::Text(&text)),
            Ok(Message::Binary(bytes)) => hub.input(id, Input::Binary(&bytes)),
            Ok(Message::Close(frame)) => {
                return Closing::Frame(frame.map(|frame| frame.code.into()));
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            Err(_) => return Closing::Broken,
        }
    }
    Closing::Broken
}

async fn drain(stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin)) {
    while let Some(Ok(_)) = stream.next().await {}
}
