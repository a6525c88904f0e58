//! Encodes and compresses payloads as WebSocket messages.

use futures_util::Sink;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{
    impaired_link::{ImpairedLink, PayloadBoundary},
    shared_gateway::SharedGateway,
    zlib_stream::{ZlibStream, compress_payload},
    zstd_stream::ZstdStream,
};
use crate::{
    compression::Compression, encoding::Encoding, payload::Payload, traffic::DispatchBatch,
};

/// With payload compression, messages smaller than this are sent as text.
const MIN_COMPRESSED_BYTES: usize = 1024;

/// Encodes the payloads of a connection.
#[derive(Debug, Default)]
pub(super) struct MessageEncoder {
    encoding: Encoding,
    compressor: Compressor,
}

#[derive(Debug, Default)]
enum Compressor {
    #[default]
    None,
    /// Only with JSON.
    Payload {
        level: u32,
    },
    ZlibStream(Box<ZlibStream>),
    ZstdStream(ZstdStream),
}

impl MessageEncoder {
    pub(super) const fn set_encoding(&mut self, encoding: Encoding) {
        self.encoding = encoding;
    }

    pub(super) fn set_compression(&mut self, compression: Compression, gateway: &SharedGateway) {
        let level = gateway.compression_level;
        self.compressor = match compression {
            Compression::None => Compressor::None,
            Compression::Payload => Compressor::Payload { level },
            Compression::ZlibStream => Compressor::ZlibStream(Box::new(ZlibStream::new(level))),
            // Without zstd, the handshake was refused.
            Compression::ZstdStream => {
                ZstdStream::new(gateway.zstd_level).map_or(Compressor::None, Compressor::ZstdStream)
            }
        };
    }

    pub(super) fn encode(&mut self, payload: &Payload) -> Message {
        let bytes = match (self.encoding, &self.compressor) {
            (Encoding::Json, Compressor::None) => return Message::text(payload.to_text()),
            (Encoding::Json, _) => payload.to_text().into_bytes(),
            (Encoding::Etf, _) => payload.to_etf(),
        };
        match &mut self.compressor {
            Compressor::Payload { level } if bytes.len() >= MIN_COMPRESSED_BYTES => {
                Message::Binary(compress_payload(*level, &bytes))
            }
            Compressor::Payload { .. } => Message::text(payload.to_text()),
            Compressor::None => Message::binary(bytes),
            Compressor::ZlibStream(stream) => Message::Binary(stream.compress(&bytes)),
            Compressor::ZstdStream(stream) => Message::Binary(stream.compress(&bytes)),
        }
    }

    pub(super) const fn boundary(&self) -> PayloadBoundary {
        match (self.encoding, &self.compressor) {
            (Encoding::Etf, Compressor::None) => PayloadBoundary::Term,
            (_, Compressor::ZlibStream(_)) => PayloadBoundary::Suffix,
            (_, Compressor::None | Compressor::Payload { .. } | Compressor::ZstdStream(_)) => {
                PayloadBoundary::Message
            }
        }
    }

    pub(super) async fn feed_batch(
        &mut self,
        sink: &mut (impl Sink<Message, Error = Error> + Unpin),
        link: &mut ImpairedLink,
        batch: &DispatchBatch,
        gateway: &SharedGateway,
    ) -> Result<(), Error> {
        if let (Encoding::Json, Compressor::ZlibStream(stream)) =
            (self.encoding, &mut self.compressor)
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
