use super::{zlib_backend, zstd_backend};
use std::fmt::{self, Display, Formatter};

/// How the gateway compresses what it sends.
///
/// Every build has every variant; [`is_available`](Self::is_available) says what is compiled in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Compression {
    /// Text messages only.
    None,
    /// Single messages are whole zlib streams (P28); asked for with `compress` in the identify.
    Payload,
    /// One zlib stream for the whole connection (P29); asked for in the URL.
    ZlibStream,
    /// One zstd stream for the whole connection (P30); asked for in the URL.
    ///
    /// With Discord's window of 256 KiB, a connection's context takes three quarters of a megabyte,
    /// which is some fifteen times that of zlib. Windows over 2 MiB are refused.
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

    /// The best that is compiled in: `ZlibStream` with any of the `zlib-*` features, else `ZstdStream`
    /// with `zstd`, else `None`.
    ///
    /// So `zstd` beside a zlib changes nothing for those who did not choose.
    #[must_use]
    pub const fn best() -> Self {
        if Self::ZlibStream.is_available() {
            Self::ZlibStream
        } else if Self::ZstdStream.is_available() {
            Self::ZstdStream
        } else {
            Self::None
        }
    }

    /// Whether a [`Decoder`](super::Decoder) for it is compiled in.
    #[must_use]
    pub const fn is_available(self) -> bool {
        match self {
            Self::None => true,
            Self::Payload | Self::ZlibStream => zlib_backend::AVAILABLE,
            Self::ZstdStream => zstd_backend::AVAILABLE,
        }
    }

    /// Value of the URL's `compress` parameter; `None` if it has to be left out (P1).
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
    fn the_best_is_available() {
        assert!(Compression::best().is_available());
        assert!(Compression::None.is_available());
    }

    #[test]
    fn zstd_is_the_best_only_without_a_zlib() {
        let zlib = Compression::ZlibStream.is_available();
        let zstd = Compression::ZstdStream.is_available();
        assert_eq!(zstd, cfg!(feature = "zstd"));
        let best = match (zlib, zstd) {
            (true, _) => Compression::ZlibStream,
            (false, true) => Compression::ZstdStream,
            (false, false) => Compression::None,
        };
        assert_eq!(Compression::best(), best);
    }

    #[test]
    fn only_transport_compression_is_in_the_url() {
        assert_eq!(Compression::None.query_value(), None);
        assert_eq!(Compression::Payload.query_value(), None);
        assert_eq!(Compression::ZlibStream.query_value(), Some("zlib-stream"));
        assert_eq!(Compression::ZstdStream.query_value(), Some("zstd-stream"));
    }
}
