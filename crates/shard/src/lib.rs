//! One Discord gateway session on tokio.
//!
//! A [`Shard`] keeps one session with the gateway: it connects, identifies within the limits, sends heartbeats,
//! decompresses and parses what arrives, and resumes after every lost connection. The state machine of
//! `gloaming-machine`, re-exported as [`machine`], makes the decisions; this crate does the IO.
//!
//! ```no_run
//! use gloaming_shard::{Event, EventTypeFlags, Intents, Item, Shard, ShardId};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let token = std::env::var("DISCORD_TOKEN")?;
//! let mut shard = Shard::new(ShardId::ONE, token, Intents::GUILD_MESSAGES);
//! while let Some(item) = shard.next_item(EventTypeFlags::MESSAGE_CREATE).await {
//!     match item {
//!         Item::Event(Event::MessageCreate(message)) => println!("{}", message.author.name),
//!         Item::Failure(error) => eprintln!("{error}"),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Modules
//!
//! - [`transport`]: connectors, WebSocket connections and network proxies, and the traits for custom ones.
//! - [`tls`]: the TLS of connections.
//! - [`stream`]: receiving events and messages, of one shard or of several.
//! - [`error`]: all errors.
//! - [`metrics`]: the metrics that shards record.
//! - [`supervision`]: the parts of a supervisor, such as the cluster of `gloaming-cluster`.
//! - [`compat`]: names of older versions of twilight-gateway.
//!
//! # Features
//!
//! | feature | effect |
//! |---|---|
//! | `rustls-native-roots` (default) | TLS with rustls and the operating system's root certificates |
//! | `rustls-webpki-roots` | TLS with rustls and compiled-in root certificates |
//! | `rustls-platform-verifier` | TLS with rustls, certificates verified by the operating system |
//! | `native-tls` | TLS with the operating system's library |
//! | `zlib-stock` (default), `zlib-system`, `zlib-ng` (alias `zlib-simd`) | flate2 as a choice at run time, and payload compression; zlib-ng is preferred over zlib-system over zlib-stock |
//! | `zstd` | [`Inflater::Libzstd`] for zstd-stream as a choice at run time |
//! | `simd-json` | simd-json as a choice at run time |
//! | `metrics` | records [`metrics`] with the crate of that name |
//! | `twilight-http` | `create_recommended`, and `GatewayInfoRequest::send_through`, with a client of twilight-http |
//!
//! Features only add choices: enabling one does not change the behavior of a program that names its choice.
//!
//! Identifiers such as [`P14`](gloaming_protocol::rules#p14) refer to the [rules of the protocol].
//!
//! [rules of the protocol]: gloaming_protocol::rules

#![cfg_attr(docsrs, feature(doc_cfg))]

mod activity;
mod channel;
mod cluster_event;
pub mod compat;
mod config;
mod crash;
mod driver;
pub mod error;
mod event_with_payload;
mod failure_log;
mod flight_recorder;
mod gateway_info;
mod groups;
mod identify_gate;
mod inbox;
mod incoming;
mod latency;
mod line_limiter;
mod message;
pub mod metrics;
mod net;
mod parse;
mod ratelimiter;
#[cfg(feature = "twilight-http")]
mod recommended;
mod requests;
mod runtime;
mod seed;
mod selection;
mod shard;
mod spawn;
pub mod stream;
pub mod supervision;
pub mod tls;
mod traffic;
pub mod transport;
mod user_agent;

#[cfg(feature = "twilight-http")]
pub use self::recommended::create_recommended;
pub use self::{
    activity::{Disconnect, DisconnectCounts, ShardActivity},
    channel::{MessageSender, PendingCommand},
    cluster_event::{ClusterEvent, ClusterGuilds},
    config::{Config, ConfigBuilder},
    crash::Crash,
    error::ReceiveMessageError,
    event_with_payload::EventWithPayload,
    flight_recorder::{FlightRecord, FrameDirection, RecordedFrame},
    gateway_info::{
        GatewayInfoRequest, apply_session_start_limit, create_from_info, queue_settings,
    },
    groups::{bucket, create_bucket, create_iterator},
    identify_gate::IdentifyGate,
    incoming::{Incoming, Item},
    latency::Latency,
    message::Message,
    parse::parse,
    ratelimiter::CommandRatelimiter,
    requests::{ChannelInfoRequest, GuildAnswer, MemberList, MemberRequest, SoundboardRequest},
    runtime::ShardRuntime,
    shard::Shard,
    spawn::{
        Acknowledgement, Delivery, DeliveryKey, OverflowPolicy, ShardItems, ShardStatus,
        ShedReport, SpawnedShard,
    },
    stream::StreamExt,
    traffic::Traffic,
    user_agent::UserAgent,
};
pub use gloaming_machine::{
    self as machine, CommandOutcome, GapCause, Lifecycle, Session, ShardState,
    gateway_info::{GatewayInfoPolicy, GatewayInfoState},
    requests::{RequestPolicy, RequestState},
};
pub use gloaming_protocol::{
    Capabilities, ChannelInfoField, CloseCode, CloseFrame, Command, Compression, DecoderLimits,
    DispatchKind, Event, EventError, EventType, EventTypeFlags, Inflater, Intents, JsonParser,
    OwnedPayload, Payload, Repair, RepairKind, RepairReport, ResumeHosts, ResumeUrlError,
    ResumeUrlErrorKind, ShardId, Supplement, UnknownEvent,
    limits::API_VERSION,
    supplement, view,
    view::{EventView, ViewError},
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
