use super::zlib_backend;
use std::fmt::{self, Display, Formatter};

/// How the gateway compresses the messages that it sends.
///
/// Every build has every variant. [`is_available`](Self::is_available) returns whether one can be used.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Compression {
    /// No compression: all messages are text.
    None,
    /// Each compressed message is a complete zlib stream ([P28](crate::rules#p28)). Requested with `compress`
    /// in IDENTIFY.
    Payload,
    /// One zlib stream per connection ([P29](crate::rules#p29)). Requested in the URL.
    ZlibStream,
    /// One zstd stream per connection ([P30](crate::rules#p30)). Requested in the URL.
    ///
    /// With Discord's window of 256 KiB, a connection that has received as much uses about 270 KiB, which is seven times
    /// that of zlib, and one that has received little uses less than zlib. Windows over 2 MiB are rejected.
    ZstdStream,
}

impl Compression {
    /// Every variant.
    pub const ALL: [Self; 4] = [
        Self::None,
        Self::Payload,
        Self::ZlibStream,
        Self::ZstdStream,
    ];

    /// Returns the default, which is `ZlibStream` with any features.
    ///
    /// zstd-stream takes about as long to decompress, and more memory after some traffic.
    #[must_use]
    pub const fn best() -> Self {
        Self::ZlibStream
    }

    /// Returns whether a [`Decoder`](super::Decoder) for it is compiled in, with the default [`Inflater`](super::Inflater).
    #[must_use]
    pub const fn is_available(self) -> bool {
        match self {
            Self::None | Self::ZlibStream | Self::ZstdStream => true,
            Self::Payload => zlib_backend::AVAILABLE,
        }
    }

    /// Returns the value of the URL's `compress` parameter, or `None` if the URL has none
    /// ([P1](crate::rules#p1)).
    #[must_use]
    pub const fn query_value(self) -> Option<&'static str> {
        match self {
            Self::None | Self::Payload => None,
            Self::ZlibStream => Some("zlib-stream"),
            Self::ZstdStream => Some("zstd-stream"),
        }
    }
}

impl Default for Compression {
    fn default() -> Self {
        Self::best()
    }
}

impl Display for Compression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Payload => "payload",
            Self::ZlibStream => "zlib-stream",
            Self::ZstdStream => "zstd-stream",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Compression;

    #[test]
    fn the_default_is_available() {
        assert!(Compression::best().is_available());
        assert!(Compression::None.is_available());
    }

    #[test]
    fn features_do_not_change_the_default() {
        assert!(Compression::ZstdStream.is_available());
        assert_eq!(Compression::default(), Compression::ZlibStream);
    }

    #[test]
    fn the_url_requests_transport_compression_only() {
        assert_eq!(Compression::None.query_value(), None);
        assert_eq!(Compression::Payload.query_value(), None);
        assert_eq!(Compression::ZlibStream.query_value(), Some("zlib-stream"));
        assert_eq!(Compression::ZstdStream.query_value(), Some("zstd-stream"));
    }

    #[test]
    fn compressions_have_names_of_their_own() {
        let names = Compression::ALL.map(|compression| compression.to_string());
        assert_eq!(names, ["none", "payload", "zlib-stream", "zstd-stream"]);
    }
}
