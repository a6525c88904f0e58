//! One Discord gateway session: an IO-free state machine and the tokio driver around it.
//!
//! - [`machine`] decides: which payload means what, when to heartbeat, how to heal. It has no socket,
//!   no clock and no randomness of its own: the crate `gloaming-machine`.
//! - [`Shard`] does: it drives the machine over a [`transport`], with [`tls`], an identify
//!   [queue](gloaming_queue) and a decoder.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
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

mod channel;
pub mod compat;
mod config;
mod crash;
mod driver;
pub mod error;
mod groups;
mod incoming;
mod latency;
mod message;
pub mod metrics;
mod net;
mod parse;
mod ratelimiter;
#[cfg(feature = "twilight-http")]
mod recommended;
mod requests;
mod seed;
mod shard;
mod spawn;
pub mod stream;
pub mod supervision;
pub mod tls;
mod traffic;
pub mod transport;

#[cfg(feature = "twilight-http")]
pub use self::recommended::create_recommended;
pub use self::{
    channel::{MessageSender, PendingCommand},
    config::{Config, ConfigBuilder},
    crash::Crash,
    error::ReceiveMessageError,
    groups::{bucket, create_bucket, create_iterator},
    incoming::{Incoming, Item},
    latency::Latency,
    message::Message,
    parse::parse,
    ratelimiter::CommandRatelimiter,
    requests::{ChannelInfoRequest, GuildAnswer, MemberList, MemberRequest, SoundboardRequest},
    shard::Shard,
    spawn::{ShardItems, ShardStatus, SpawnedShard},
    stream::{NextEvent, NextMessage, StreamExt},
    traffic::Traffic,
};
pub use gloaming_machine::{
    self as machine, CommandOutcome, Lifecycle, Session, ShardState,
    requests::{RequestPolicy, RequestState},
};
pub use gloaming_protocol::{
    Capabilities, ChannelInfoField, CloseCode, CloseFrame, Command, Compression, DecoderLimits,
    DispatchKind, Event, EventError, EventType, EventTypeFlags, Intents, JsonParser, OwnedPayload,
    Payload, ShardId, Supplement, UnknownEvent, limits::API_VERSION, supplement,
};
