use super::{Compression, libzstd_backend, zlib_backend};
use std::fmt::{self, Display, Formatter};

/// What inflates zlib-stream ([P29](crate::rules#p29)) and zstd-stream ([P30](crate::rules#p30)).
///
/// All of them return the same text for the same messages, and reject what zlib or libzstd rejects. [`Flate2`](Self::Flate2)
/// and [`Libzstd`](Self::Libzstd) inflate one compression each, and with the other they are the same as
/// [`BuiltIn`](Self::BuiltIn). Payload compression does not depend on this choice.
///
/// ```
/// use gloaming_protocol::{Compression, Decoder, DecoderLimits, Frame, Inflater};
///
/// let limits = DecoderLimits::default();
/// let mut decoder = Decoder::with_inflater(Compression::ZlibStream, Inflater::BuiltIn, limits)?;
/// let message = [0x78, 0x9c, 0xaa, 0xae, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff];
/// assert_eq!(decoder.decode(Frame::Binary(&message))?, Some("{}"));
/// # Ok::<_, gloaming_protocol::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Inflater {
    /// flate2 for zlib-stream, with the first backend that is compiled in of zlib-ng, C zlib and zlib-rs. It needs one of
    /// the `zlib-*` features.
    Flate2,
    /// The inflaters of this crate, in Rust without `unsafe`. They are the default, and are compiled in always.
    ///
    /// They are made for streams of small messages. That of zlib-stream executes about half of the instructions of zlib-rs
    /// for events of some 800 bytes. Large messages take about as long. A connection keeps a window of 32 KiB, where zlib-rs
    /// uses 48 KiB and an output buffer. It decodes in 40 KiB, which it has until
    /// [`shrink_buffer`](super::Decoder::shrink_buffer), and the next connection of the thread after that.
    ///
    /// That of zstd-stream executes about as many instructions as libzstd for such events. A connection uses as much memory
    /// as there is text in the window, at most 256 KiB with Discord's window, and at first a few KiB, where a context of
    /// libzstd uses 96 KiB at first and 750 KiB later. It also rejects what RFC 8878 does not allow and libzstd may accept,
    /// such as an offset that reaches before the window, and a message that ends within a frame's checksum.
    #[default]
    BuiltIn,
    /// libzstd, for zstd-stream. It needs the feature `zstd` and a C compiler.
    Libzstd,
}

impl Inflater {
    /// Every variant.
    pub const ALL: [Self; 3] = [Self::Flate2, Self::BuiltIn, Self::Libzstd];

    /// Returns whether a [`Decoder`](super::Decoder) for this compression can be created with it.
    ///
    /// ```
    /// use gloaming_protocol::{Compression, Inflater};
    ///
    /// assert!(Inflater::BuiltIn.supports(Compression::ZstdStream));
    /// let has_libzstd = Inflater::Libzstd.supports(Compression::ZstdStream);
    /// assert_eq!(has_libzstd, cfg!(feature = "zstd"));
    /// ```
    #[must_use]
    pub const fn supports(self, compression: Compression) -> bool {
        match (self, compression) {
            (Self::Flate2, Compression::ZlibStream) => zlib_backend::AVAILABLE,
            (Self::Libzstd, Compression::ZstdStream) => libzstd_backend::AVAILABLE,
            _ => compression.is_available(),
        }
    }
}

impl Display for Inflater {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flate2 => "flate2",
            Self::BuiltIn => "built-in",
            Self::Libzstd => "libzstd",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Inflater;
    use crate::{Compression, Decoder, DecoderLimits};

    #[test]
    fn supported_compressions_have_a_decoder() {
        for inflater in Inflater::ALL {
            for compression in Compression::ALL {
                let limits = DecoderLimits::default();
                let decoder = Decoder::with_inflater(compression, inflater, limits);
                assert_eq!(decoder.is_ok(), inflater.supports(compression));
            }
        }
    }

    #[test]
    fn inflaters_have_names_of_their_own() {
        let names = Inflater::ALL.map(|inflater| inflater.to_string());
        assert_eq!(names, ["flate2", "built-in", "libzstd"]);
    }

    #[test]
    fn the_default_needs_no_feature() {
        assert!(Inflater::default().supports(Compression::ZlibStream));
        assert!(Inflater::default().supports(Compression::ZstdStream));
        assert_eq!(Inflater::default(), Inflater::BuiltIn);
    }
}
