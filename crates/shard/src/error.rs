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
pub use gloaming_protocol::{DecodeError, DecodeErrorKind, EventError};
