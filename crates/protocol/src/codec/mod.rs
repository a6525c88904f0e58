//! From WebSocket messages to the text of payloads: compression and its limits.

mod compression;
mod decode_error;
mod decoder;
mod inflate;
mod inflate_stream;
mod inflater;
#[cfg_attr(not(feature = "zstd"), path = "libzstd_disabled.rs")]
mod libzstd_backend;
mod libzstd_stream;
mod output_buffer;
#[cfg_attr(
    not(any(feature = "zlib-ng", feature = "zlib-stock", feature = "zlib-system")),
    path = "zlib_disabled.rs"
)]
mod zlib_backend;
mod zlib_framing;
mod zlib_payload;
mod zlib_stream;
mod zstd;
mod zstd_stream;

pub use self::compression::Compression;
pub use self::decode_error::{DecodeError, DecodeErrorKind};
pub use self::decoder::{Decoder, DecoderLimits, Frame};
pub use self::inflater::Inflater;
