//! How the gateway compresses what it sends.

/// How the gateway compresses what it sends.
///
/// As JSON: `"none"`, `"payload"`, `"zlib-stream"` or `"zstd-stream"`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Compression {
    /// Not compressed: text messages, or binary ones with ETF.
    #[default]
    None,
    /// Each large message is a complete zlib stream; small messages are text
    /// ([P28](gloaming_protocol::rules#p28)).
    Payload,
    /// One zlib stream per connection, flushed at the end of each message
    /// ([P29](gloaming_protocol::rules#p29)).
    ZlibStream,
    /// One zstd stream per connection, flushed at the end of each message
    /// ([P30](gloaming_protocol::rules#p30)).
    ZstdStream,
}
