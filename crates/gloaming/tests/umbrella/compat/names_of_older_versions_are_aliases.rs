//! The names in `compat` are those of the types that replaced them.

use gloaming::{ShardInfo, ShardState, compat, error};

/// Compiles only if both are the same type.
const fn same<T>(_: fn(T), _: fn(T)) {}

#[test]
fn names_of_0_14() {
    same::<ShardInfo>(drop, drop::<compat::Information>);
    same::<error::NotStartedError>(drop, drop::<compat::SessionInactiveError>);
    same::<error::ClusterCommandError>(drop, drop::<compat::ClusterSendError>);
    same::<error::ClusterCommandErrorKind>(drop, drop::<compat::ClusterSendErrorType>);
    same::<error::ClusterCommandErrorKind>(drop, drop::<compat::ClusterCommandErrorType>);
    same::<error::ClusterStartErrorKind>(drop, drop::<compat::ClusterStartErrorType>);
    same::<error::ShardSchemeError>(drop, drop::<compat::ShardSchemeRangeError>);
    same::<error::ShardSchemeErrorKind>(drop, drop::<compat::ShardSchemeRangeErrorType>);

    let stage = compat::Stage::from(ShardState::Active);
    assert_eq!(stage, compat::Stage::Connected);
}

#[test]
fn names_of_0_15_to_0_18() {
    same::<error::SendError>(drop, drop::<compat::ChannelError>);
    same::<error::SendErrorKind>(drop, drop::<error::ChannelErrorType>);
    same::<error::DecodeError>(drop, drop::<compat::CompressionError>);
    same::<error::DecodeErrorKind>(drop, drop::<error::CompressionErrorType>);
    same::<error::ReceiveMessageErrorKind>(drop, drop::<error::ReceiveMessageErrorType>);
    same::<compat::ShardRef<'static>>(drop, drop::<gloaming::stream::ShardRef<'static>>);
}
