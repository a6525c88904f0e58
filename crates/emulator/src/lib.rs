//! A Discord gateway on your own machine, for tests and demos: no token, no network.
//!
//! It speaks gateway v10 as Discord does: HELLO, IDENTIFY, READY, GUILD_CREATEs, events, heartbeats, RESUME with a
//! finite replay buffer, `ws` and `wss`, `zlib-stream`, `zstd-stream` and payload compression, and of REST what bots ask
//! for when they log in and when they answer. It keeps to the protocol's rules and holds clients to them: what they break
//! is answered with the close code or op 9 that Discord would answer with, and kept as a [`Violation`] with the rule's
//! number ([`VIOLATION_KINDS`] has all that is noticed). Guilds, members and traffic are made up from a seed, so that a test sees
//! the same every time.
//!
//! # Testing a bot
//!
//! The [guide] has complete tests to copy, in Rust, Python and JavaScript, and all routes of the control API.
//!
//! Start an [`Emulator`], point the bot's library at [`Emulator::url`] (or at [`Emulator::wss_url`] with
//! [`Emulator::root_certificate`] trusted, or at [`Emulator::rest_url`]), with [`DEFAULT_TOKEN`], and make things
//! happen. Conditions on the [`Stats`] can be awaited, so that a test needs no sleeps:
//!
//! ```
//! use futures_util::{SinkExt, StreamExt};
//! use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Selector};
//! use serde_json::{Value, json};
//! use tokio::net::TcpStream;
//! use tokio_tungstenite::{client_async, tungstenite::Message};
//!
//! /// A bot, if a rude one: it identifies and leaves when somebody says "bye".
//! async fn bot(url: String) {
//!     let host = url.trim_start_matches("ws://");
//!     let stream = TcpStream::connect(host).await.unwrap();
//!     let (mut socket, _) = client_async(format!("{url}/?v=10&encoding=json"), stream).await.unwrap();
//!     while let Some(Ok(Message::Text(text))) = socket.next().await {
//!         let payload: Value = serde_json::from_str(&text).unwrap();
//!         if payload["op"] == 10 {
//!             let identify = json!({"op": 2, "d": {
//!                 "token": DEFAULT_TOKEN,
//!                 "properties": {"os": "linux", "browser": "example", "device": "example"},
//!                 "intents": 1 << 9 | 1 << 15,
//!             }});
//!             socket.send(Message::text(identify.to_string())).await.unwrap();
//!         }
//!         if payload["t"] == "MESSAGE_CREATE" && payload["d"]["content"] == "bye" {
//!             socket.close(None).await.unwrap();
//!         }
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! // In a test: #[tokio::test] async fn the_bot_leaves_when_told() { .. }
//! let emulator = Emulator::builder().guilds(3).seed(7).start().await?;
//! let bot = tokio::spawn(bot(emulator.url().to_owned()));
//! emulator.wait_until(|stats| stats.sessions_started == 1).await;
//!
//! // Believable events, from the guilds made up from the seed …
//! emulator.burst(100);
//! // … and one made by hand, which goes to the shard and the intents that it is for.
//! let guild = emulator.guild_ids()[0];
//! let heard_by = emulator.publish("MESSAGE_CREATE", json!({"guild_id": guild, "content": "bye"}));
//! assert_eq!(heard_by, 1);
//!
//! bot.await.expect("the bot doesn't panic");
//! let stats = emulator.wait_until(|stats| stats.connections == 0).await;
//! assert_eq!(stats.sessions, 1, "it can be resumed: a close without a code keeps the session");
//! assert_eq!(emulator.violations(), []);
//! # Ok(())
//! # }
//! ```
//!
//! # Making things go wrong
//!
//! | what | how |
//! |---|---|
//! | the connection is lost | [`Emulator::drop_connections`] |
//! | any close code | [`Emulator::close`] |
//! | op 7, op 9, op 1 | [`Emulator::reconnect`], [`Emulator::invalidate`], [`Emulator::request_heartbeat`] |
//! | op 7 in place of HELLO | [`Emulator::reconnect_before_hello`] |
//! | no HELLO, no READY, no acks, no reply to a close frame | [`Emulator::mute`] |
//! | the host for resuming is down while the main one is healthy | [`Emulator::refuse_resume_host`] |
//! | the session is gone when the bot comes back | [`Emulator::forget_sessions`] |
//! | the main host is down | [`Emulator::refuse_host`] |
//! | what is sent comes slowly, in pieces, damaged, or not at all | [`Emulator::impair`] |
//! | the gateway is restarted | [`Emulator::restart`] |
//! | an event that nobody knows | [`Emulator::dispatch`] |
//! | more events than the bot can take | [`Emulator::flood`] |
//! | a scenario, from now on, and until all is calm again | [`Emulator::play_scenario`], [`Emulator::reset_faults`] |
//!
//! Faults that belong together make a [scenario], played by [`EmulatorBuilder::scenario`]: from a TOML file, or from the
//! [library](scenario::Scenario::library) of those that bots meet in the field.
//!
//! ```
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use gloaming_emulator::{Emulator, scenario::Scenario};
//!
//! let emulator = Emulator::builder()
//!     .events_per_second(20.0)
//!     .scenario(Scenario::named("dead-resume-host")?)
//!     .scenario(Scenario::parse("mine", "[[fault]]\non = 'ready'\ndelay = 1\naction = 'corrupt'")?)
//!     .start()
//!     .await?;
//! // Let the bot run against `emulator.url()`, then:
//! assert_eq!(emulator.violations(), []);
//! # Ok(())
//! # }
//! ```
//!
//! # Recordings
//!
//! What a gateway sent a bot can be kept on file without its secrets, and played again by
//! [`EmulatorBuilder::recording`]; [`recording`] says how, and what the file looks like.
//!
//! # From another language
//!
//! Beside REST, the same port answers requests below `/control/`, with no token:
//!
//! | request | body | what it does |
//! |---|---|---|
//! | `GET /control/stats`, `violations`, `sessions`, `ended-sessions`, `guilds`, `messages` | | what there is, as JSON |
//! | `POST /control/action` | `{"action": "close", "code": 4000, "shard": 0}` | an action of a [scenario], by its keys in a file, immediately |
//! | `POST /control/scenario` | `{"scenario": "flapping"}` | one of the library's, from now on |
//! | `POST /control/reset-faults` | | no scenario plays any more, nothing is withheld, nobody refused |
//! | `POST /control/event` | `{"name": "TYPING_START", "data": {..}}` | as [`Emulator::publish`] |
//! | `POST /control/say` | `{"guild": "..", "content": "!ping"}` | as [`Emulator::say`] |
//! | `POST /control/command` | `{"guild": "..", "name": "ping"}` | as [`Emulator::use_command`] |
//!
//! ```sh
//! gloaming-emulator --first-port 8700 &     # ws on 8700, REST and control on 8704
//! node bot.js &                             # pointed at ws://127.0.0.1:8700 and http://127.0.0.1:8704/api
//! curl -d '{"action": "drop"}' http://127.0.0.1:8704/control/action
//! curl http://127.0.0.1:8704/control/violations
//! ```
//!
//! What each answers, and tests that are complete, are in the [guide].
//!
//! # What is bounded
//!
//! Each connection has a queue of [`Settings::send_queue_bytes`]: a client that doesn't read what happens live is
//! dropped once it is full, as Discord drops slow clients, and its session can be resumed as far as the replay buffer
//! goes. GUILD_CREATEs, replays and load don't fill the queue: they go out in portions, as fast as the client reads.
//!
//! # Time
//!
//! All time is tokio's, so that a runtime with a paused clock makes the emulator's time virtual. Where a bot needs a real
//! clock, [`EmulatorBuilder::speed`] makes the gateway's time run faster, and says what that means to a client. For
//! simulations with no sockets at all, [`model::Gateway`] is the same gateway as a state machine that is told the time.
//!
//! # As a program
//!
//! `gloaming-emulator` is the same as a binary: `gloaming-emulator --guilds 20 --events-per-second 50` prints its URLs
//! and runs until it is interrupted; `--help` lists its options, and `--flood` makes it a source of load for measuring
//! clients.

#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "made-up time needs an origin")
)]
#![recursion_limit = "256"] // GUILD_CREATE has more fields than `json!` is used to.

mod builder;
mod clock;
mod compression;
mod connection;
mod emulator;
mod flood;
#[doc = include_str!("../docs/guide.md")]
pub mod guide {}
mod intents;
pub mod model;
mod mute;
mod payload;
pub mod recording;
mod rng;
mod routing;
pub mod scenario;
mod selector;
mod server;
mod settings;
mod stats;
mod traffic;
mod violation;
mod violation_kinds;
mod world;

pub use self::{
    builder::EmulatorBuilder,
    emulator::Emulator,
    flood::Flood,
    selector::Selector,
    settings::{DEFAULT_TOKEN, Settings},
    stats::{Stats, TimedOut},
    violation::{Violation, ViolationResponse},
    violation_kinds::{VIOLATION_KINDS, ViolationKind},
};
