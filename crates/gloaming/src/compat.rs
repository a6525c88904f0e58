//! Names that bots written for older versions of twilight-gateway expect and new code does not need.
//!
//! | In twilight-gateway | Names | Use instead |
//! |---|---|---|
//! | 0.14 | [`Information`] | [`ShardInfo`](crate::ShardInfo) |
//! | 0.14 | [`Stage`] | [`ShardState`](crate::ShardState) |
//! | 0.14 | [`SessionInactiveError`] | [`NotStartedError`](crate::error::NotStartedError) |
//! | 0.14 | [`ClusterSendError`], [`ClusterSendErrorType`], [`ClusterCommandErrorType`] | [`ClusterCommandError`](crate::error::ClusterCommandError), [`ClusterCommandErrorKind`](crate::error::ClusterCommandErrorKind) |
//! | 0.14 | [`ClusterStartErrorType`] | [`ClusterStartErrorKind`](crate::error::ClusterStartErrorKind) |
//! | 0.14 | [`ShardSchemeRangeError`], [`ShardSchemeRangeErrorType`] | [`ShardSchemeError`](crate::error::ShardSchemeError), [`ShardSchemeErrorKind`](crate::error::ShardSchemeErrorKind) |
//! | 0.15 | [`ShardEventStream`], [`ShardMessageStream`], [`ShardRef`] | [`Cluster`](crate::Cluster) or [`Shard::spawn`](crate::Shard::spawn) |
//! | 0.15 | [`create_range`] | [`create_iterator`](crate::create_iterator) |
//! | 0.16 to 0.18 | [`ChannelError`], [`ChannelErrorType`] | [`SendError`](crate::error::SendError), [`SendErrorKind`](crate::error::SendErrorKind) |
//! | 0.16 to 0.18 | [`CompressionError`], [`CompressionErrorType`] | [`DecodeError`](crate::error::DecodeError), [`DecodeErrorKind`](crate::error::DecodeErrorKind) |
//! | 0.15 to 0.18 | [`ReceiveMessageErrorType`] | [`ReceiveMessageErrorKind`](crate::error::ReceiveMessageErrorKind) |
//! | 0.15 to 0.18 | `StartRecommendedErrorType` | `StartRecommendedErrorKind` |
//!
//! Names of 0.15 to 0.18 are also where those versions have them: in [`error`](crate::error) and
//! [`stream`](crate::stream). Methods of 0.14 that have another name now, such as `Cluster::send`, are on the
//! types themselves. The guide has a page on [moving from twilight-gateway](crate::guide::from_twilight_gateway).

pub use gloaming_cluster::compat::{
    ClusterCommandErrorType, ClusterSendError, ClusterSendErrorType, ClusterStartErrorType,
    Information, SessionInactiveError, ShardSchemeRangeError, ShardSchemeRangeErrorType, Stage,
};
#[cfg(feature = "twilight-http")]
pub use gloaming_shard::compat::StartRecommendedErrorType;
pub use gloaming_shard::compat::{
    ChannelError, ChannelErrorType, CompressionError, CompressionErrorType,
    ReceiveMessageErrorType, ShardEventStream, ShardMessageStream, ShardRef, create_range,
};
