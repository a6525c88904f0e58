//! What bots written for older versions of twilight-gateway expect and new code does not need.
//!
//! | since | names | use instead |
//! |---|---|---|
//! | 0.15 | [`ShardEventStream`], [`ShardMessageStream`], [`ShardRef`] | [`Shard::spawn`](crate::Shard::spawn) or a cluster |
//! | 0.15 | [`create_range`] | [`create_iterator`](crate::create_iterator) |
//! | 0.16 to 0.18 | [`ChannelError`], [`ChannelErrorType`] | [`SendError`](crate::error::SendError), [`SendErrorKind`](crate::error::SendErrorKind) |
//! | 0.16 to 0.18 | [`CompressionError`], [`CompressionErrorType`] | [`DecodeError`](crate::error::DecodeError), [`DecodeErrorKind`](crate::error::DecodeErrorKind) |
//! | 0.15 to 0.18 | [`ReceiveMessageErrorType`] | [`ReceiveMessageErrorKind`](crate::error::ReceiveMessageErrorKind) |
//! | 0.15 to 0.18 | `StartRecommendedErrorType` | `StartRecommendedErrorKind` |
//!
//! The modules [`error`](crate::error) and [`stream`](crate::stream) re-export these names where
//! twilight-gateway has them.

mod create_range;
mod streams;

pub use self::{
    create_range::create_range,
    streams::{ShardEventStream, ShardMessageStream, ShardRef},
};
pub use crate::error::{
    ReceiveMessageErrorKind as ReceiveMessageErrorType, SendError as ChannelError,
    SendErrorKind as ChannelErrorType,
};
#[cfg(feature = "twilight-http")]
pub use crate::recommended::StartRecommendedErrorKind as StartRecommendedErrorType;
pub use gloaming_protocol::{
    DecodeError as CompressionError, DecodeErrorKind as CompressionErrorType,
};
