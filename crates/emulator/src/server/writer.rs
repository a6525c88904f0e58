//! Writes the operations of the gateway as WebSocket messages.

use std::time::Duration;

use futures_util::{Sink, SinkExt};
use tokio_tungstenite::tungstenite::{
    Error, Message, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{
    impaired_link::{ImpairedLink, LinkState},
    message_encoder::MessageEncoder,
    send_queue::{QueueState, SendQueue},
    shared_gateway::SharedGateway,
};
use crate::{
    clock,
    connection::ConnectionId,
    model::{Input, Operation},
};

/// The time for earlier messages to be sent before the connection is dropped.
const FLUSH_LIMIT: Duration = Duration::from_secs(1);

/// Why writing ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WriteEnd {
    /// A close frame was sent. The client's close frame is awaited.
    CloseSent,
    /// The connection is to be dropped.
    Drop,
    /// The connection has failed.
    Failed,
    /// The connection is half-open, and has to stay open.
    HalfOpen,
}

/// Writes what is in the queue until the end of the connection.
pub(super) async fn write_all(
    mut sink: impl Sink<Message, Error = Error> + Unpin,
    queue: &SendQueue,
    gateway: &SharedGateway,
    id: ConnectionId,
) -> WriteEnd {
    let mut encoder = MessageEncoder::default();
    let mut link = ImpairedLink::new(gateway.clock);
    loop {
        for operation in queue.take().await {
            let result = match operation {
                Operation::Encode(encoding) => {
                    encoder.set_encoding(encoding);
                    Ok(())
                }
                Operation::Compress(compression) => {
                    encoder.set_compression(compression, gateway);
                    Ok(())
                }
                Operation::Send(payload) => {
                    let message = encoder.encode(&payload);
                    link.feed(&mut sink, message, encoder.boundary()).await
                }
                Operation::SendBatch(batch) => {
                    encoder
                        .feed_batch(&mut sink, &mut link, &batch, gateway)
                        .await
                }
                Operation::Impair(impairment) => match link.impair(impairment) {
                    LinkState::Open => Ok(()),
                    LinkState::HalfOpen => {
                        // Earlier messages still get through.
                        clock::timeout(FLUSH_LIMIT, sink.flush()).await;
                        return WriteEnd::HalfOpen;
                    }
                },
                Operation::Close { code, reason } => {
                    let frame = CloseFrame {
                        code: CloseCode::from(code),
                        reason: Utf8Bytes::from(&*reason),
                    };
                    return match sink.send(Message::Close(Some(frame))).await {
                        Ok(()) => WriteEnd::CloseSent,
                        Err(_) => WriteEnd::Failed,
                    };
                }
                Operation::Drop => {
                    // Earlier messages still get through if the client reads them.
                    clock::timeout(FLUSH_LIMIT, sink.flush()).await;
                    return WriteEnd::Drop;
                }
            };
            if result.is_err() {
                return WriteEnd::Failed;
            }
        }
        if sink.flush().await.is_err() {
            return WriteEnd::Failed;
        }
        if queue.written() == QueueState::Empty {
            gateway.handle_input(id, Input::Drained);
        }
    }
}
