//! Keeps a Discord bot connected to the gateway.
//!
//! gloaming runs the gateway sessions ("shards") of a bot. It connects, identifies within Discord's limits, sends
//! heartbeats, decompresses and decodes events, and resumes a session after its connection is lost. It reports every
//! event: an event without a type is delivered with its name and raw JSON, and a loss is reported as a gap. It runs
//! one shard of a small bot as well as the many shards of a large one, and it includes a gateway emulator to test
//! against.
//!
//! # Example
//!
//! ```no_run
//! use gloaming::{Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let token = std::env::var("DISCORD_TOKEN")?;
//!     let mut shard = Shard::new(ShardId::ONE, token, Intents::GUILD_MESSAGES);
//!
//!     while let Some(item) = shard.next_event(EventTypeFlags::MESSAGE_CREATE).await {
//!         match item {
//!             Ok(Event::MessageCreate(message)) => println!("{}", message.author.name),
//!             Ok(_) => {}
//!             Err(error) if error.is_fatal() => return Err(error.to_string().into()),
//!             // The shard recovers from any other error by itself.
//!             Err(error) => eprintln!("{error}"),
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! The [guide] starts here: [getting started](guide::getting_started).
//!
//! # What is where
//!
//! | Group | Items |
//! |---|---|
//! | One shard | [`Shard`], [`Config`], [`ConfigBuilder`], [`Session`], [`ShardState`], [`ShardActivity`], [`Latency`], [`Traffic`], [`FlightRecord`], [`StreamExt`] |
//! | A shard in a task | [`SpawnedShard`], [`ShardItems`], [`ShardStatus`] |
//! | Items that handlers acknowledge | [`Delivery`], [`Acknowledgement`], [`DeliveryKey`] |
//! | Consumers that are too slow | [`OverflowPolicy`], [`ShedReport`] |
//! | What a shard delivers | [`Event`], [`EventType`], [`EventTypeFlags`], [`Item`], [`EventWithPayload`], [`Lifecycle`], [`GapCause`], [`Message`], [`CloseFrame`], [`CloseCode`], [`CloseScope`], [`UnknownEvent`], [`EventError`], [`RepairReport`], [`Crash`], [`ReceiveMessageError`] |
//! | Raw payloads | [`Incoming`], [`Payload`], [`OwnedPayload`], [`DispatchKind`], [`parse`] |
//! | Events that are read on demand | [`EventView`], [`ViewError`], module [`view`] |
//! | Commands | [`MessageSender`], [`Command`], [`PendingCommand`], [`CommandOutcome`], [`CommandRatelimiter`] |
//! | Requests with a reply | [`MemberRequest`], [`MemberList`], [`SoundboardRequest`], [`ChannelInfoRequest`], [`ChannelInfoField`], [`GuildAnswer`], [`RequestPolicy`], [`RequestState`] |
//! | Many shards | [`Cluster`], [`ClusterBuilder`], [`Events`], [`Items`], [`ClusterEvent`], [`ClusterGuilds`], [`ShardHandle`], [`ClusterHealth`], [`Readiness`], [`Liveness`], [`HealthPolicy`], [`ShardInfo`], [`Health`], [`ShardScheme`], [`ShardRuntime`], [`RestartPolicy`], [`SessionStore`], [`FileStore`], [`MemoryStore`], [`Checkpoint`], [`CheckpointPolicy`]; [`bucket`], [`create_bucket`], [`create_iterator`], `create_recommended` |
//! | Settings | [`Intents`], [`Capabilities`], [`Compression`], [`Inflater`], [`JsonParser`] |
//!
//! | Module | Contents |
//! |---|---|
//! | [`guide`] | how to use all this, topic by topic |
//! | [`cluster`] | many shards as one |
//! | [`compat`] | names of older versions of twilight-gateway |
//! | [`emulator`] | a gateway to test against, with the feature `emulator` |
//! | [`error`] | all errors |
//! | [`fleet`] | one bot over many processes, with the feature `fleet` |
//! | [`machine`] | the IO-free state machine of a shard, and its policies: timeouts, backoff, recovery |
//! | [`metrics`] | the metrics of shards and queue |
//! | [`nats`] | the engine of a fleet on NATS JetStream, with the feature `nats` |
//! | [`protocol`] | bytes to payloads and back, without IO; the rules of the protocol |
//! | [`queue`] | when a shard may identify |
//! | [`redis`] | the engine of a fleet on Redis or Valkey, with the feature `redis` |
//! | [`stream`] | shards as streams |
//! | [`tls`] | TLS as a value |
//! | [`transport`] | connections, connectors and network proxies |
//! | [`view`] | the values of an event, read on demand from the payload's text |
//!
//! # twilight's crates
//!
//! Event types are those of [`twilight_model`], so that other crates of twilight, such as caches, work with them. This
//! crate re-exports [`twilight_model`] and, with the feature `twilight-http`, [`twilight_http`]. Use these re-exports,
//! as in `gloaming::twilight_model::id::Id`, and the versions match.
//!
//! # Features
//!
//! Features only add code, and any combination compiles. What is used is chosen at run time.
//!
//! | Feature | Default | What it adds |
//! |---|---|---|
//! | `rustls-native-roots` | yes | TLS by rustls, with the root certificates of the operating system |
//! | `rustls-webpki-roots` | | TLS by rustls, with compiled-in root certificates |
//! | `native-tls`, alias `native` | | TLS by the library of the operating system |
//! | `rustls-platform-verifier` | | TLS by rustls, with certificates verified by the operating system |
//! | `zlib-stock` | yes | payload compression and [`Inflater::Flate2`] by zlib-rs, in Rust |
//! | `zlib-system` | | the same by C zlib; takes precedence over `zlib-stock` |
//! | `zlib-ng`, alias `zlib-simd` | | the same by zlib-ng, which needs cmake; takes precedence over both |
//! | `zstd` | | [`Inflater::Libzstd`] for zstd-stream, and that compression in [`emulator`]; needs a C compiler |
//! | `simd-json` | | [`JsonParser::Simd`] |
//! | `twilight-http` | yes | `create_recommended` and `ClusterBuilder::http_client`, for clients of twilight-http. Enable a TLS feature, too: without one, twilight-http sends the token in clear text |
//! | `metrics` | | [`metrics`] for the `metrics` facade crate |
//! | `emulator` | | the module [`emulator`] |
//! | `fleet` | | the module [`fleet`] |
//! | `nats` | | the modules [`nats`] and [`fleet`] |
//! | `redis` | | the modules [`redis`] and [`fleet`] |
//!
//! | Chosen at run time | Setting | Default |
//! |---|---|---|
//! | TLS | [`ConfigBuilder::tls`] | the first compiled in of `rustls-native-roots`, `rustls-webpki-roots`, `native-tls`, `rustls-platform-verifier` |
//! | compression | [`ConfigBuilder::compression`] | zlib-stream |
//! | inflater of zlib-stream and zstd-stream | [`ConfigBuilder::inflater`] | the built-in one, which needs no feature |
//! | JSON parser | [`ConfigBuilder::json_parser`] | serde_json |
//! | identify queue | [`ConfigBuilder::queue`] | an in-memory queue, shared by clones of the configuration |
//! | network proxy | [`ConfigBuilder::network_proxy`] | none, also if environment variables name one |
//! | connector | [`ConfigBuilder::connector`] | TCP, TLS and WebSocket |
//!
//! Numbers such as [P14](protocol::rules#p14) refer to the [rules of the protocol](protocol::rules).

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(
        feature = "emulator",
        feature = "fleet",
        feature = "nats",
        feature = "redis",
        feature = "twilight-http"
    )),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "some links are to items behind features"
    )
)]

pub mod cluster;
pub mod compat;
pub mod error;
#[cfg(feature = "fleet")]
pub mod fleet;
pub mod guide;
#[cfg(feature = "nats")]
pub mod nats;
#[cfg(feature = "redis")]
pub mod redis;

/// A Discord gateway on your own machine, for tests.
#[cfg(feature = "emulator")]
#[doc(inline)]
pub use gloaming_emulator as emulator;
#[doc(inline)]
pub use gloaming_protocol as protocol;
#[doc(inline)]
pub use gloaming_protocol::view;
#[doc(inline)]
pub use gloaming_queue as queue;
#[doc(inline)]
pub use gloaming_shard::machine;
pub use gloaming_shard::{metrics, stream, tls, transport};

/// The HTTP client of twilight, in the version that this crate uses.
#[cfg(feature = "twilight-http")]
#[doc(no_inline)]
pub use twilight_http;
/// The types of Discord's API, in the version that this crate uses.
#[doc(no_inline)]
pub use twilight_model;

pub use gloaming_cluster::{
    Checkpoint, CheckpointPolicy, Cluster, ClusterBuilder, ClusterConfig, ClusterEvent,
    ClusterGuilds, ClusterHealth, Events, FileStore, Health, HealthPolicy, Items, Liveness,
    MemoryStore, Readiness, RestartLimits, RestartPolicy, SessionStore, ShardHandle, ShardInfo,
    ShardScheme, ShutdownMode, ShutdownReport, SkippedCounts,
};
#[cfg(unix)]
pub use gloaming_cluster::{
    HandOver, HandOverListener, HandOverRefusal, HandOverReport, TakenShards,
};
pub use gloaming_protocol::{
    Capabilities, ChannelInfoField, CloseCode, CloseFrame, CloseScope, Command, Compression,
    DispatchKind, Event, EventError, EventType, EventTypeFlags, Inflater, Intents, JsonParser,
    OwnedPayload, Payload, RepairReport, ShardId, UnknownEvent,
    limits::API_VERSION,
    view::{EventView, ViewError},
};
#[cfg(feature = "twilight-http")]
pub use gloaming_shard::create_recommended;
pub use gloaming_shard::{
    Acknowledgement, ChannelInfoRequest, CommandOutcome, CommandRatelimiter, Config, ConfigBuilder,
    Crash, Delivery, DeliveryKey, Disconnect, DisconnectCounts, EventWithPayload, FlightRecord,
    FrameDirection, GapCause, GatewayInfoPolicy, GatewayInfoRequest, GatewayInfoState, GuildAnswer,
    Incoming, Item, Latency, Lifecycle, MemberList, MemberRequest, Message, MessageSender,
    OverflowPolicy, PendingCommand, ReceiveMessageError, RecordedFrame, RequestPolicy,
    RequestState, Session, Shard, ShardActivity, ShardItems, ShardRuntime, ShardState, ShardStatus,
    ShedReport, SoundboardRequest, SpawnedShard, StreamExt, Traffic, UserAgent,
    apply_session_start_limit, bucket, create_bucket, create_from_info, create_iterator, parse,
    queue_settings,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
