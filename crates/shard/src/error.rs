//! What a shard's stream and senders can fail with.

mod channel;
mod receive;

pub use self::{
    channel::{ChannelError, ChannelErrorType},
    receive::{ReceiveMessageError, ReceiveMessageErrorType},
};
#[cfg(feature = "twilight-http")]
pub use crate::recommended::{StartRecommendedError, StartRecommendedErrorType};
pub use crate::{
    config::{ConfigError, ConfigErrorKind, Setting},
    requests::{InvalidRequest, RequestError, RequestErrorKind},
    tls::TlsError,
    transport::{ConnectError, ConnectErrorKind, TransportError, TransportErrorKind},
};
/// [`DecodeError`], by the name that twilight-gateway has for its like.
#[doc(no_inline)]
pub use gloaming_protocol::DecodeError as CompressionError;
/// [`DecodeErrorKind`], by the name that twilight-gateway has for its like. It tells more cases apart.
#[doc(no_inline)]
pub use gloaming_protocol::DecodeErrorKind as CompressionErrorType;
pub use gloaming_protocol::{DecodeError, DecodeErrorKind, EventError};
