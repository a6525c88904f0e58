//! One Discord gateway session: an IO-free state machine and the tokio driver around it.
//!
//! - [`machine`] decides: which payload means what, when to heartbeat, how to heal. It has no socket,
//!   no clock and no randomness of its own, and is all that is left without the feature `tokio`.
//! - [`Shard`] does: it drives the machine over a [`transport`], with [`tls`], an identify
//!   [queue](gloaming_queue) and a decoder.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `tokio` (default) | everything but the machine |
//! | `rustls-native-roots` (default) | TLS by rustls, with the operating system's roots |
//! | `rustls-webpki-roots` | TLS by rustls, with compiled-in roots |
//! | `native-tls` | TLS by the operating system |
//! | `rustls-platform-verifier` | TLS by rustls, with the operating system judging certificates |
//! | `zlib-stock` (default), `zlib-system`, `zlib-ng` (alias `zlib-simd`) | zlib-stream compression; the last one compiled in is used |
//! | `zstd` | zstd-stream compression as a choice at run time; the default only where no zlib is compiled in |
//! | `simd-json` | simd-json as a choice at run time |
//! | `metrics` | the numbers in [`metrics`], for the facade crate of that name |
//! | `twilight-http` | `create_recommended` |
//!
//! `P14` and the like, in these pages, are [rules of the protocol].
//!
//! [rules of the protocol]: https://github.com/gloaming-rs/gloaming/blob/main/ARCHITECTURE.md#rules-of-the-protocol

pub mod machine;
mod origin;
mod session;
mod shard_state;

#[cfg(feature = "tokio")]
mod channel;
#[cfg(feature = "tokio")]
mod config;
#[cfg(feature = "tokio")]
mod driver;
#[cfg(feature = "tokio")]
pub mod error;
#[cfg(feature = "tokio")]
mod groups;
#[cfg(feature = "tokio")]
mod incoming;
#[cfg(feature = "tokio")]
mod latency;
#[cfg(feature = "tokio")]
mod message;
#[cfg(feature = "tokio")]
pub mod metrics;
#[cfg(feature = "tokio")]
mod parse;
#[cfg(feature = "tokio")]
mod ratelimiter;
#[cfg(feature = "twilight-http")]
mod recommended;
#[cfg(feature = "tokio")]
mod requests;
#[cfg(feature = "tokio")]
mod shard;
#[cfg(feature = "tokio")]
mod spawn;
#[cfg(feature = "tokio")]
pub mod stream;
#[cfg(feature = "tokio")]
pub mod tls;
#[cfg(feature = "tokio")]
mod traffic;
#[cfg(feature = "tokio")]
pub mod transport;

#[cfg(feature = "twilight-http")]
pub use self::recommended::create_recommended;
#[cfg(feature = "tokio")]
pub use self::{
    channel::{MessageSender, PendingCommand},
    config::{Config, ConfigBuilder},
    error::ReceiveMessageError,
    groups::{bucket, create_bucket, create_iterator, create_range},
    incoming::{Incoming, Item},
    latency::Latency,
    message::Message,
    parse::parse,
    ratelimiter::CommandRatelimiter,
    requests::{
        ChannelInfoRequest, GuildAnswer, MemberList, MemberRequest, RequestPolicy, RequestState,
        SoundboardRequest,
    },
    shard::Shard,
    spawn::{AfterCrash, Crash, Monitor, Outlet, ShardItems, ShardStatus, ShardTask, SpawnedShard},
    stream::{NextEvent, NextMessage, ShardEventStream, ShardMessageStream, ShardRef, StreamExt},
    traffic::Traffic,
};
pub use self::{
    machine::{CommandOutcome, Lifecycle},
    session::Session,
    shard_state::ShardState,
};
pub use gloaming_protocol::{
    Capabilities, ChannelInfoField, CloseCode, CloseFrame, Command, Compression, DecoderLimits,
    DispatchKind, Event, EventError, EventType, EventTypeFlags, Intents, JsonParser, OwnedPayload,
    Payload, ShardId, Supplement, UnknownEvent, limits::API_VERSION, supplement,
};

/// Any instant will do for a test in virtual time.
#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to an instant"
)]
fn a_moment() -> std::time::Instant {
    std::time::Instant::now()
}
