//! Byte counters.

/// The size of the messages that a shard has received since it was created; see
/// [`Shard::traffic`](crate::Shard::traffic).
///
/// The overhead of WebSocket, TLS and TCP is not included.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Traffic {
    /// The bytes received, before decompression.
    pub received_bytes: u64,
    /// The bytes of the payloads, after decompression.
    pub inflated_bytes: u64,
}
