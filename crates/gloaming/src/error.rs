//! All errors, each with its kind.
//!
//! An error `XError` is a struct whose `kind()` returns an `XErrorKind`, by value where the kind is `Copy`, and whose
//! [`source`](std::error::Error::source) is the cause. An error that has one cause only, such as [`NotStartedError`],
//! has no kind. The type says where the fault is:
//!
//! | Error | Where it comes from | Who can fix it |
//! |---|---|---|
//! | [`ReceiveMessageError`] | the stream of a shard | the shard itself, unless the error [is fatal](ReceiveMessageError::is_fatal) |
//! | [`SendError`], [`InvalidRequestError`], [`RequestError`] | commands and requests | the caller |
//! | [`ConfigError`] | a setting | the caller |
//! | [`ConnectError`], [`TransportError`], [`ProxyError`] | the network, a proxy | the operator of the network or proxy |
//! | [`GatewayInfoError`] | the request for the number of shards | depends on the kind: the caller, Discord, the operator of the network |
//! | [`ProxyEnvError`] | environment variables about proxies | the operator of the machine |
//! | [`TlsError`] | TLS, root certificates | the operator of the machine |
//! | [`DecodeError`], [`EnvelopeError`], [`EventError`], [`ViewError`] | a message of the gateway | Discord, or the types of twilight-model |
//! | [`EncodeError`], [`UrlError`] | a payload or URL of the caller | the caller |
//! | [`QueueError`], [`LedgerError`] | the identify queue, its ledger | the implementation of the queue, the operator of the machine |
//! | [`ClusterStartError`], [`ClusterCommandError`], [`NotStartedError`], [`ShardChangeError`], [`ShardSchemeError`], [`StateTooLargeError`], [`ReshardError`] | a cluster | the caller |
//! | [`StoreError`] | the store of a cluster's sessions | the operator of the machine, the implementation of the store |
//! | `CoordinatorError` (feature `fleet`) | the engine that processes share | depends on the kind: the operator of the engine, the caller |
//! | `NatsError` (feature `nats`) | the connection to NATS, or the cause of a `CoordinatorError` | depends on the kind: the operator of the servers, the caller |
//! | `LeaseTimingError`, `NodeIdError` (feature `fleet`) | the configuration of a node | the caller |
//! | [`HandOverError`] (Unix) | a hand-over of shards between processes | depends on the kind: the other process, the caller, the operator of the machine |
//!
//! Names of twilight-gateway's errors, such as [`ChannelError`], are aliases.

pub use gloaming_cluster::{
    ClusterCommandError, ClusterCommandErrorKind, ClusterStartError, ClusterStartErrorKind,
    NotStartedError, ShardChangeError, ShardChangeErrorKind, ShardSchemeError,
    ShardSchemeErrorKind, StateTooLargeError, StoreError, StoreErrorKind,
    reshard::{ReshardError, ReshardErrorKind},
};
#[cfg(unix)]
pub use gloaming_cluster::{HandOverError, HandOverErrorKind};
#[cfg(feature = "fleet")]
pub use gloaming_coordinator::{
    CoordinatorError, CoordinatorErrorKind, LeaseTimingError, NodeIdError,
};
#[cfg(feature = "nats")]
pub use gloaming_nats::{NatsError, NatsErrorKind};
pub use gloaming_protocol::{
    DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, EnvelopeError, EnvelopeErrorKind,
    EventError, UrlError, UrlErrorKind,
    view::{ViewError, ViewErrorKind},
};
pub use gloaming_queue::{LedgerError, LedgerErrorKind, QueueError, QueueErrorKind};
#[cfg(feature = "redis")]
pub use gloaming_redis::{RedisError, RedisErrorKind};
pub use gloaming_shard::error::{
    ConfigError, ConfigErrorKind, ConnectError, ConnectErrorKind, GatewayInfoError,
    GatewayInfoErrorKind, GatewayInfoFault, InvalidRequestError, InvalidRequestErrorKind,
    ProxyEnvError, ProxyEnvErrorKind, ProxyError, ProxyErrorKind, ReceiveMessageError,
    ReceiveMessageErrorKind, RequestError, RequestErrorKind, SendError, SendErrorKind, Setting,
    TlsError, TlsErrorKind, TransportError, TransportErrorKind, with_causes,
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
