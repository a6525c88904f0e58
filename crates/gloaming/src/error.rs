//! All errors, each with its kind.
//!
//! An error `XError` is a struct whose `kind()` returns an `XErrorKind`, and whose
//! [`source`](std::error::Error::source) is the cause. The type says where the fault is:
//!
//! | Error | Where it comes from | Who can fix it |
//! |---|---|---|
//! | [`ReceiveMessageError`] | the stream of a shard | nobody has to, unless it [is fatal](ReceiveMessageError::is_fatal) |
//! | [`SendError`], [`InvalidRequestError`], [`RequestError`] | commands and requests | the caller |
//! | [`ConfigError`] | a setting | the caller |
//! | [`ConnectError`], [`TransportError`], [`ProxyError`] | the network, a proxy | the network |
//! | [`TlsError`] | TLS and root certificates | the configuration, the machine |
//! | [`DecodeError`], [`EnvelopeError`], [`EventError`] | what the gateway sent | the gateway |
//! | [`EncodeError`], [`UrlError`] | a payload or URL of the caller | the caller |
//! | [`QueueError`], [`LedgerError`] | the identify queue and its records | the queue, the disk |
//! | [`ClusterStartError`], [`ClusterCommandError`], [`NotStartedError`], [`ShardSchemeError`] | a cluster | the caller |
//!
//! Names of twilight-gateway's errors, such as [`ChannelError`], are aliases.

pub use gloaming_cluster::{
    ClusterCommandError, ClusterCommandErrorKind, ClusterStartError, ClusterStartErrorKind,
    NotStartedError, ShardSchemeError, ShardSchemeErrorKind,
};
pub use gloaming_protocol::{
    DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, EnvelopeError, EnvelopeErrorKind,
    EventError, UrlError, UrlErrorKind,
};
pub use gloaming_queue::{LedgerError, LedgerErrorKind, QueueError, QueueErrorKind};
pub use gloaming_shard::error::{
    ConfigError, ConfigErrorKind, ConnectError, ConnectErrorKind, InvalidRequestError,
    InvalidRequestErrorKind, ProxyError, ProxyErrorKind, ReceiveMessageError,
    ReceiveMessageErrorKind, RequestError, RequestErrorKind, SendError, SendErrorKind, Setting,
    TlsError, TlsErrorKind, TransportError, TransportErrorKind,
};
#[cfg(feature = "twilight-http")]
pub use gloaming_shard::error::{StartRecommendedError, StartRecommendedErrorKind};

#[cfg(feature = "twilight-http")]
#[doc(no_inline)]
pub use crate::compat::StartRecommendedErrorType;
#[doc(no_inline)]
pub use crate::compat::{
    ChannelError, ChannelErrorType, CompressionError, CompressionErrorType, ReceiveMessageErrorType,
};
