//! Errors of shards, their configuration and their connections.

mod causes;
mod receive;
mod send;

pub use self::{
    causes::with_causes,
    receive::{ReceiveMessageError, ReceiveMessageErrorKind},
    send::{SendError, SendErrorKind},
};
#[cfg(feature = "twilight-http")]
#[doc(no_inline)]
pub use crate::compat::StartRecommendedErrorType;
#[doc(no_inline)]
pub use crate::compat::{
    ChannelError, ChannelErrorType, CompressionError, CompressionErrorType, ReceiveMessageErrorType,
};
#[cfg(feature = "twilight-http")]
pub use crate::recommended::{StartRecommendedError, StartRecommendedErrorKind};
pub use crate::{
    config::{ConfigError, ConfigErrorKind, Setting},
    gateway_info::GatewayInfoError,
    requests::{InvalidRequestError, InvalidRequestErrorKind, RequestError, RequestErrorKind},
    tls::{TlsError, TlsErrorKind},
    transport::{
        ConnectError, ConnectErrorKind, ProxyEnvError, ProxyEnvErrorKind, ProxyError,
        ProxyErrorKind, TransportError, TransportErrorKind,
    },
};
pub use gloaming_machine::gateway_info::{GatewayInfoErrorKind, GatewayInfoFault};
pub use gloaming_protocol::{DecodeError, DecodeErrorKind, EventError};
