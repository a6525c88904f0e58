//! The bytes of a connection, compressed and framed before any client connects.

use gloaming_bench::Result;
use gloaming_protocol::Compression;
use gloaming_test_support::{
    wire::{BINARY, TEXT, frame},
    zlib, zstd,
};

use super::recorded::Recorded;

/// Long enough that no client expects the acknowledgement of a heartbeat: the bytes are prepared, so that none can be
/// inserted.
const HEARTBEAT_INTERVAL_MS: u32 = 900_000;

/// Discord compresses payloads from some size on; what is smaller is sent as text.
const MIN_COMPRESSED_PAYLOAD: usize = 128;

/// All that a client is sent, up to the last dispatch.
#[derive(Debug)]
pub(crate) struct Prepared {
    hello: Vec<u8>,
    /// READY and all dispatches.
    bytes: Vec<u8>,
    /// The end of the dispatches in `bytes`: first that of the last GUILD_CREATE, then of each event.
    ends: Vec<usize>,
    guilds: usize,
    inflated: usize,
}

impl Prepared {
    pub(crate) fn new(
        recorded: &Recorded,
        compression: Compression,
        resume_url: &str,
    ) -> Result<Self> {
        let mut encoder = Encoder::new(compression);
        let hello = format!(
            r#"{{"t":null,"s":null,"op":10,"d":{{"heartbeat_interval":{HEARTBEAT_INTERVAL_MS},"_trace":[]}}}}"#
        );
        let hello = encoder.frame(&hello);
        let prelude = recorded.prelude(resume_url)?;
        let mut prepared = Self {
            hello,
            bytes: Vec::new(),
            ends: Vec::new(),
            guilds: prelude.len() - 1,
            inflated: 0,
        };
        for text in prelude {
            prepared.bytes.extend(encoder.frame(&text));
        }
        prepared.ends.push(prepared.bytes.len());
        for text in recorded.texts() {
            prepared.inflated += text.len();
            prepared.bytes.extend(encoder.frame(&text));
            prepared.ends.push(prepared.bytes.len());
        }
        Ok(prepared)
    }

    pub(crate) fn hello(&self) -> &[u8] {
        &self.hello
    }

    /// The bytes after the IDENTIFY that contain `events` dispatches; `None` if fewer are prepared.
    pub(crate) fn dispatches(&self, events: usize) -> Option<&[u8]> {
        self.bytes.get(..*self.ends.get(events)?)
    }

    /// READY and the GUILD_CREATEs.
    pub(crate) fn prelude(&self) -> &[u8] {
        &self.bytes[..self.ends[0]]
    }

    /// The frames of the first `events` dispatches after them.
    pub(crate) fn frames(&self, events: usize) -> impl Iterator<Item = &[u8]> {
        let ends = self.ends.windows(2).take(events);
        ends.map(|ends| &self.bytes[ends[0]..ends[1]])
    }

    /// The number of GUILD_CREATEs before the events.
    pub(crate) const fn guilds(&self) -> usize {
        self.guilds
    }

    /// The mean length of the events' texts.
    pub(crate) fn mean_inflated(&self) -> usize {
        self.inflated / (self.ends.len() - 1).max(1)
    }

    /// The mean length of the events' frames.
    pub(crate) fn mean_on_the_wire(&self) -> usize {
        (self.bytes.len() - self.ends[0]) / (self.ends.len() - 1).max(1)
    }
}

/// The compression of one connection.
enum Encoder {
    None,
    Payload,
    Zlib(zlib::Stream),
    Zstd(zstd::Stream),
}

impl Encoder {
    fn new(compression: Compression) -> Self {
        match compression {
            Compression::None => Self::None,
            Compression::Payload => Self::Payload,
            Compression::ZlibStream => Self::Zlib(zlib::Stream::new()),
            Compression::ZstdStream => Self::Zstd(zstd::Stream::new()),
        }
    }

    fn frame(&mut self, text: &str) -> Vec<u8> {
        let bytes = text.as_bytes();
        match self {
            Self::None => frame(TEXT, bytes),
            Self::Payload if bytes.len() < MIN_COMPRESSED_PAYLOAD => frame(TEXT, bytes),
            Self::Payload => frame(BINARY, &zlib::whole(bytes)),
            Self::Zlib(stream) => frame(BINARY, &stream.message(bytes)),
            Self::Zstd(stream) => frame(BINARY, &stream.message(bytes)),
        }
    }
}
