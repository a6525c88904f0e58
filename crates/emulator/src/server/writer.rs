//! From actions to WebSocket messages.

use std::time::Duration;

use futures_util::{Sink, SinkExt};
use tokio_tungstenite::tungstenite::{
    Error, Message, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{
    deflate::{ZlibStream, compress_payload},
    hub::Hub,
    send_queue::{Fill, SendQueue},
    way::{Coding, Passable, Way},
    zstd_stream::ZstdStream,
};
use crate::clock;
use crate::model::{Compression, ConnectionId, DispatchBatch, Input, Operation, Payload};

/// With payload compression, smaller messages stay text.
const WORTH_COMPRESSING: usize = 1024;

/// How long what was sent may take to leave before the connection is cut.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Why nothing more is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Written {
    /// A close frame was: the client's is awaited.
    Close,
    /// The connection is to be cut.
    Cut,
    /// The client can't be written to any more.
    Failed,
    /// Nothing gets through any more, and the connection is to stay.
    Nowhere,
}

/// Writes what the queue holds until the end of the connection.
pub(super) async fn write_all(
    mut sink: impl Sink<Message, Error = Error> + Unpin,
    queue: &SendQueue,
    hub: &Hub,
    id: ConnectionId,
) -> Written {
    let mut encoder = Encoder::Text;
    let mut way = Way::new(hub.clock);
    loop {
        for action in queue.take().await {
            let fed = match action {
                Operation::Compress(compression) => {
                    encoder = Encoder::new(compression, hub);
                    Ok(())
                }
                Operation::Send(frame) => {
                    let message = encoder.message(&frame);
                    way.feed(&mut sink, message, encoder.coding()).await
                }
                Operation::SendBatch(run) => encoder.feed_run(&mut sink, &mut way, &run, hub).await,
                Operation::Impair(impairment) => match way.impair(impairment) {
                    Passable::Yes => Ok(()),
                    Passable::No => {
                        // What was sent before still gets through.
                        clock::within(LAST_WORDS, sink.flush()).await;
                        return Written::Nowhere;
                    }
                },
                Operation::Close { code, reason } => {
                    let frame = CloseFrame {
                        code: CloseCode::from(code),
                        reason: Utf8Bytes::from_static(reason),
                    };
                    return match sink.send(Message::Close(Some(frame))).await {
                        Ok(()) => Written::Close,
                        Err(_) => Written::Failed,
                    };
                }
                Operation::Drop => {
                    // What was sent before was sent, if the client reads it.
                    clock::within(LAST_WORDS, sink.flush()).await;
                    return Written::Cut;
                }
            };
            if fed.is_err() {
                return Written::Failed;
            }
        }
        if sink.flush().await.is_err() {
            return Written::Failed;
        }
        if queue.written() == Fill::Empty {
            hub.input(id, Input::Drained);
        }
    }
}

/// How payloads become messages.
enum Encoder {
    Text,
    Payload { level: u32 },
    ZlibStream(Box<ZlibStream>),
    ZstdStream(ZstdStream),
}

impl Encoder {
    fn new(compression: Compression, hub: &Hub) -> Self {
        let level = hub.compression_level;
        match compression {
            Compression::None => Self::Text,
            Compression::Payload => Self::Payload { level },
            Compression::ZlibStream => Self::ZlibStream(Box::new(ZlibStream::new(level))),
            Compression::ZstdStream => Self::ZstdStream(ZstdStream::new(hub.zstd_level)),
        }
    }

    fn message(&mut self, frame: &Payload) -> Message {
        let text = frame.to_text();
        match self {
            Self::Text => Message::Text(text.into()),
            Self::Payload { level } if text.len() >= WORTH_COMPRESSING => {
                Message::Binary(compress_payload(*level, text.as_bytes()))
            }
            Self::Payload { .. } => Message::Text(text.into()),
            Self::ZlibStream(stream) => Message::Binary(stream.compress(text.as_bytes())),
            Self::ZstdStream(stream) => Message::Binary(stream.compress(text.as_bytes())),
        }
    }

    const fn coding(&self) -> Coding {
        match self {
            Self::Text | Self::Payload { .. } | Self::ZstdStream(_) => Coding::Message,
            Self::ZlibStream(_) => Coding::Stream,
        }
    }

    async fn feed_run(
        &mut self,
        sink: &mut (impl Sink<Message, Error = Error> + Unpin),
        way: &mut Way,
        run: &DispatchBatch,
        hub: &Hub,
    ) -> Result<(), Error> {
        if let Self::ZlibStream(stream) = self
            && let Some(tails) = hub.deflated_runs.tails(run)
        {
            let mut head = String::new();
            for (dispatch, tail) in run.dispatches().zip(tails.iter()) {
                head.clear();
                dispatch.write_head(&mut head);
                let message = Message::Binary(stream.splice(&head, tail));
                way.feed(sink, message, Coding::Stream).await?;
            }
            stream.forget();
            return Ok(());
        }
        for dispatch in run.dispatches() {
            let message = self.message(&Payload::Dispatch(dispatch));
            way.feed(sink, message, self.coding()).await?;
        }
        Ok(())
    }
}
