//! Every `XError` has a `kind()`, which returns its `XErrorKind` by value where the kind is `Copy`.

use gloaming::error;
use std::error::Error;

/// Compiles only if `E` is an error whose method `kind` returns a copy.
const fn by_value<E: Error + Send + Sync + 'static, K: Copy>(_: fn(&E) -> K) {}

/// For kinds that are not `Copy`, as in twilight-gateway.
const fn by_reference<E: Error + Send + Sync + 'static, K>(_: for<'a> fn(&'a E) -> &'a K) {}

#[test]
fn kinds_are_returned() {
    by_value::<_, error::ClusterCommandErrorKind>(error::ClusterCommandError::kind);
    by_value::<_, error::ClusterStartErrorKind>(error::ClusterStartError::kind);
    by_value::<_, error::ConfigErrorKind>(error::ConfigError::kind);
    by_value::<_, error::ConnectErrorKind>(error::ConnectError::kind);
    #[cfg(feature = "fleet")]
    by_value::<_, error::CoordinatorErrorKind>(error::CoordinatorError::kind);
    by_value::<_, error::DecodeErrorKind>(error::DecodeError::kind);
    by_value::<_, error::EncodeErrorKind>(error::EncodeError::kind);
    by_value::<_, error::EnvelopeErrorKind>(error::EnvelopeError::kind);
    by_value::<_, error::InvalidRequestErrorKind>(error::InvalidRequestError::kind);
    by_value::<_, error::LedgerErrorKind>(error::LedgerError::kind);
    #[cfg(feature = "nats")]
    by_value::<_, error::NatsErrorKind>(error::NatsError::kind);
    by_value::<_, error::ProxyErrorKind>(error::ProxyError::kind);
    by_value::<_, error::QueueErrorKind>(error::QueueError::kind);
    #[cfg(feature = "redis")]
    by_value::<_, error::RedisErrorKind>(error::RedisError::kind);
    by_value::<_, error::RequestErrorKind>(error::RequestError::kind);
    by_value::<_, error::ReshardErrorKind>(error::ReshardError::kind);
    by_value::<_, error::ShardSchemeErrorKind>(error::ShardSchemeError::kind);
    by_value::<_, error::TlsErrorKind>(error::TlsError::kind);
    by_value::<_, error::TransportErrorKind>(error::TransportError::kind);
    by_value::<_, error::UrlErrorKind>(error::UrlError::kind);
    by_value::<_, error::ViewErrorKind>(error::ViewError::kind);

    by_reference::<_, error::ReceiveMessageErrorKind>(error::ReceiveMessageError::kind);
    by_reference::<_, error::SendErrorKind>(error::SendError::kind);
    #[cfg(feature = "twilight-http")]
    by_reference::<_, error::StartRecommendedErrorKind>(error::StartRecommendedError::kind);
}
