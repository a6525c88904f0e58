use super::{Compression, zlib_backend};
use std::fmt::{self, Display, Formatter};

/// What inflates zlib-stream ([P29](crate::rules#p29)).
///
/// All of them return the same text for the same messages, and reject what zlib rejects. Other compressions do not
/// depend on this choice.
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
    /// flate2, with the first backend that is compiled in of zlib-ng, C zlib and zlib-rs. It needs one of the `zlib-*`
    /// features.
    Flate2,
    /// The inflater of this crate, in Rust without `unsafe`. It is the default, and is compiled in always.
    ///
    /// It is made for streams of small messages, and executes about half of the instructions of zlib-rs for
    /// events of some 800 bytes. Large messages take about as long. A connection uses 40 KiB with the output buffer, and
    /// 32 KiB while nothing arrives, where zlib-rs uses 48 KiB and an output buffer.
    #[default]
    BuiltIn,
}

impl Inflater {
    /// Every variant.
    pub const ALL: [Self; 2] = [Self::Flate2, Self::BuiltIn];

    /// Returns whether a [`Decoder`](super::Decoder) for this compression can be created with it.
    ///
    /// With compressions other than [`Compression::ZlibStream`], that depends on the compression only.
    #[must_use]
    pub const fn supports(self, compression: Compression) -> bool {
        match (self, compression) {
            (Self::Flate2, Compression::ZlibStream) => zlib_backend::AVAILABLE,
            _ => compression.is_available(),
        }
    }
}

impl Display for Inflater {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flate2 => "flate2",
            Self::BuiltIn => "built-in",
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
        assert_eq!(names, ["flate2", "built-in"]);
    }

    #[test]
    fn the_default_needs_no_feature() {
        assert!(Inflater::default().supports(Compression::ZlibStream));
        assert_eq!(Inflater::default(), Inflater::BuiltIn);
    }
}
