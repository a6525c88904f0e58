//! Writes the operations of the gateway as WebSocket messages.

use std::time::Duration;

use futures_util::{Sink, SinkExt};
use tokio_tungstenite::tungstenite::{
    Error, Message, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{
    impaired_link::{ImpairedLink, LinkState, PayloadBoundary},
    send_queue::{QueueState, SendQueue},
    shared_gateway::SharedGateway,
    zlib_stream::{ZlibStream, compress_payload},
    zstd_stream::ZstdStream,
};
use crate::{
    clock,
    compression::Compression,
    connection::ConnectionId,
    model::{Input, Operation},
    payload::Payload,
    traffic::DispatchBatch,
};

/// With payload compression, messages smaller than this are sent as text.
const MIN_COMPRESSED_BYTES: usize = 1024;

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
    let mut encoder = Encoder::Text;
    let mut link = ImpairedLink::new(gateway.clock);
    loop {
        for operation in queue.take().await {
            let result = match operation {
                Operation::Compress(compression) => {
                    encoder = Encoder::new(compression, gateway);
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
                        reason: Utf8Bytes::from_static(reason),
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

/// Encodes payloads as messages.
enum Encoder {
    Text,
    Payload { level: u32 },
    ZlibStream(Box<ZlibStream>),
    ZstdStream(ZstdStream),
}

impl Encoder {
    fn new(compression: Compression, gateway: &SharedGateway) -> Self {
        let level = gateway.compression_level;
        match compression {
            Compression::None => Self::Text,
            Compression::Payload => Self::Payload { level },
            Compression::ZlibStream => Self::ZlibStream(Box::new(ZlibStream::new(level))),
            // Without zstd, the handshake was refused.
            Compression::ZstdStream => {
                ZstdStream::new(gateway.zstd_level).map_or(Self::Text, Self::ZstdStream)
            }
        }
    }

    fn encode(&mut self, payload: &Payload) -> Message {
        let text = payload.to_text();
        match self {
            Self::Text => Message::Text(text.into()),
            Self::Payload { level } if text.len() >= MIN_COMPRESSED_BYTES => {
                Message::Binary(compress_payload(*level, text.as_bytes()))
            }
            Self::Payload { .. } => Message::Text(text.into()),
            Self::ZlibStream(stream) => Message::Binary(stream.compress(text.as_bytes())),
            Self::ZstdStream(stream) => Message::Binary(stream.compress(text.as_bytes())),
        }
    }

    const fn boundary(&self) -> PayloadBoundary {
        match self {
            Self::Text | Self::Payload { .. } | Self::ZstdStream(_) => PayloadBoundary::Message,
            Self::ZlibStream(_) => PayloadBoundary::Suffix,
        }
    }

    async fn feed_batch(
        &mut self,
        sink: &mut (impl Sink<Message, Error = Error> + Unpin),
        link: &mut ImpairedLink,
        batch: &DispatchBatch,
        gateway: &SharedGateway,
    ) -> Result<(), Error> {
        if let Self::ZlibStream(stream) = self
            && let Some(tails) = gateway.deflated_batches.tails(batch)
        {
            let mut head = String::new();
            for (dispatch, tail) in batch.dispatches().zip(tails.iter()) {
                head.clear();
                dispatch.write_head(&mut head);
                let message = Message::Binary(stream.splice(&head, tail));
                link.feed(sink, message, PayloadBoundary::Suffix).await?;
            }
            stream.reset();
            return Ok(());
        }
        for dispatch in batch.dispatches() {
            let message = self.encode(&Payload::Dispatch(dispatch));
            link.feed(sink, message, self.boundary()).await?;
        }
        Ok(())
    }
}
