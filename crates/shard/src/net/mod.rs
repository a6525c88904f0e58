//! What TLS and transports share: streams of bytes, and the error of a failed connection attempt.

mod byte_stream;
mod connect_error;
mod socks5_reply;

pub use self::{
    byte_stream::ByteStream,
    connect_error::{ConnectError, ConnectErrorKind},
};
