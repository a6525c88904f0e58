//! How much came.

/// Bytes of the messages that a shard received, since it was made; from
/// [`Shard::traffic`](crate::Shard::traffic).
///
/// WebSocket, TLS and TCP add their own to what is on the wire.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Traffic {
    /// As they came, compressed if [compression](crate::Compression) is on.
    pub received_bytes: u64,
    /// As the payloads that they turned out to be.
    pub inflated_bytes: u64,
}
