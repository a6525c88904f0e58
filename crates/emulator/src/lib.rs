//! A Discord gateway on the local machine, for tests and demos, without a token and without a network.
//!
//! The emulator implements versions 9 and 10 of the gateway as Discord does: HELLO, IDENTIFY, READY, GUILD_CREATE, events,
//! heartbeats, and RESUME with a finite replay buffer, over `ws` and `wss`, in JSON and ETF, with `zlib-stream`,
//! `zstd-stream` and payload compression. It also implements the REST requests that bots need to log in and to respond.
//!
//! The emulator enforces the rules of the protocol. A client that breaks a rule receives the close code or the op 9
//! that Discord would send, and the emulator records a [`Violation`] with the number of the rule. A deviation from the
//! documentation that Discord accepts is only a [`Note`]. [`FINDING_KINDS`] lists all that it detects. Guilds, members and
//! traffic are generated from a seed, so that each run of a test has the same data.
//!
//! # Testing a bot
//!
//! The [guide] has complete tests in Rust, Python and JavaScript, and all routes of the control API.
//!
//! Start an [`Emulator`] and configure the library of the bot with [`DEFAULT_TOKEN`] and [`Emulator::url`],
//! [`Emulator::rest_url`], or [`Emulator::wss_url`] if it trusts [`Emulator::root_certificate`]. The test then creates
//! events and waits for conditions on the [`Stats`], so that it needs no sleeps:
//!
//! ```
//! use futures_util::{SinkExt, StreamExt};
//! use gloaming_emulator::{DEFAULT_TOKEN, Emulator, Selector};
//! use serde_json::{Value, json};
//! use tokio::net::TcpStream;
//! use tokio_tungstenite::{client_async, tungstenite::Message};
//!
//! /// A bot that identifies, and disconnects when a member says "bye".
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
//! // In a test: #[tokio::test] async fn bot_disconnects_on_request() { .. }
//! let emulator = Emulator::builder().guilds(3).seed(7).start().await?;
//! let bot = tokio::spawn(bot(emulator.url().to_owned()));
//! emulator.wait_until(|stats| stats.sessions_started == 1).await;
//!
//! // Sends 100 generated events.
//! emulator.burst(100);
//! // Sends any event, with all fields that Discord documents, to the sessions with its shard and intent.
//! let guild = emulator.guild_ids()[0];
//! let deleted = json!({"id": "7", "channel_id": "8", "guild_id": guild});
//! assert_eq!(emulator.publish("MESSAGE_DELETE", deleted), 1, "one session gets it");
//! // Sends a message as the owner of the guild.
//! emulator.say(guild, "bye");
//!
//! bot.await.expect("the bot panicked");
//! let stats = emulator.wait_until(|stats| stats.connections == 0).await;
//! assert_eq!(stats.sessions, 1, "a close without a code keeps the session");
//! assert_eq!(emulator.violations(), []);
//! # Ok(())
//! # }
//! ```
//!
//! # Faults
//!
//! | fault | method |
//! |---|---|
//! | a dropped connection | [`Emulator::drop_connections`] |
//! | any close code | [`Emulator::close`] |
//! | op 7, op 9, op 1 | [`Emulator::reconnect`], [`Emulator::invalidate`], [`Emulator::request_heartbeat`] |
//! | op 7 in place of HELLO | [`Emulator::reconnect_before_hello`] |
//! | no HELLO, no READY, no heartbeat ACKs, no reply to a close frame, a full voice channel | [`Emulator::mute`] |
//! | a privileged intent that is disabled while the bot runs | [`Emulator::set_allowed_intents`] |
//! | a resume host that is down while the main host is up | [`Emulator::refuse_resume_host`] |
//! | a session that can not be resumed | [`Emulator::forget_sessions`] |
//! | a main host that is down | [`Emulator::refuse_host`] |
//! | a slow, fragmented, corrupted or half-open connection | [`Emulator::impair`] |
//! | a restart of the gateway | [`Emulator::restart`] |
//! | an unknown event | [`Emulator::dispatch`] |
//! | channels that the bot can't view ([P37](gloaming_protocol::rules#p37)) | [`EmulatorBuilder::private_channels`], [`Emulator::hide_channel`], [`Emulator::set_bot_roles`] |
//! | more events than the bot can process | [`Emulator::flood`] |
//! | rate limits and errors of REST | [`Emulator::fail_requests`] |
//! | a late answer to an interaction | [`EmulatorBuilder::interaction_deadline`] |
//! | a scenario, and the end of all its faults | [`Emulator::play_scenario`], [`Emulator::reset_faults`] |
//!
//! A [scenario] combines several faults. It comes from a TOML file or from the
//! [library](scenario::Scenario::library) of failures that bots meet in production. [`EmulatorBuilder::scenario`] plays
//! it from the start of the emulator.
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
//! // Run the bot against `emulator.url()`, then:
//! assert_eq!(emulator.violations(), []);
//! # Ok(())
//! # }
//! ```
//!
//! # Recordings
//!
//! A [`recording::Recorder`] writes the events that a gateway sends to a bot to a file, without secrets.
//! [`EmulatorBuilder::recording`] plays such a file. The module [`recording`] describes both and the file format.
//!
//! # Control API for other languages
//!
//! The REST port also serves requests below `/control/`, without a token:
//!
//! | request | body | effect |
//! |---|---|---|
//! | `GET /control/stats`, `violations`, `notes`, `sessions`, `ended-sessions`, `guilds`, `bot-messages` | | returns the current values as JSON |
//! | `POST /control/action` | `{"action": "close", "code": 4000, "shard": 0}` | runs an action of a [scenario] immediately, with the keys of a scenario file |
//! | `POST /control/scenario` | `{"scenario": "flapping"}` | as [`Emulator::play_scenario`], for a scenario of the library |
//! | `POST /control/reset-faults` | | as [`Emulator::reset_faults`] |
//! | `POST /control/event` | `{"name": "TYPING_START", "data": {..}}` | as [`Emulator::publish`] |
//! | `POST /control/hide-channel`, `reveal-channel` | `{"channel": ".."}` | as [`Emulator::hide_channel`], [`Emulator::reveal_channel`] |
//! | `POST /control/say` | `{"guild": "..", "content": "!ping"}` | as [`Emulator::say`] |
//! | `GET /control/rest-requests` | | as [`Emulator::rest_requests`] |
//! | `POST /control/say-directly` | `{"user": "..", "content": "hello"}` | as [`Emulator::say_directly`] |
//! | `POST /control/command` | `{"guild": "..", "name": "ping"}` | as [`Emulator::use_command`] |
//!
//! ```sh
//! gloaming-emulator --first-port 8700 &     # ws on 8700, REST and control on 8704
//! node bot.js &                             # configured with ws://127.0.0.1:8700 and http://127.0.0.1:8704/api
//! curl -d '{"action": "drop"}' http://127.0.0.1:8704/control/action
//! curl http://127.0.0.1:8704/control/violations
//! ```
//!
//! The [guide] describes each response, and has complete tests.
//!
//! # Send queues
//!
//! The send queue of each connection is bounded by [`Settings::send_queue_bytes`]. If a client does not read and its
//! queue is full, the connection is dropped, as Discord drops slow clients. The session can be resumed as long as the
//! replay buffer holds the missed events. GUILD_CREATEs, replays and floods do not fill the queue: they are sent in
//! portions, as fast as the client reads.
//!
//! # Time
//!
//! The emulator uses the clock of tokio, so a runtime with a paused clock makes its time virtual. If the bot needs a
//! real clock, [`EmulatorBuilder::speed`] makes the time of the gateway run faster. For simulations without sockets,
//! [`model::Gateway`] is the same gateway as a state machine that takes the time as an argument.
//!
//! # Program
//!
//! The binary `gloaming-emulator` runs the emulator as a program: `gloaming-emulator --guilds 20 --events-per-second
//! 50` prints its URLs and runs until it is interrupted. `--help` lists its options. `--flood` sends load as fast as
//! clients read, to measure clients.
//!
//! It prints a line for each client that identifies, resumes, disconnects or breaks a rule, such as `shard 0 of 2:
//! resumed, with 12 events sent again`. `--quiet` turns that off. In a test, the lines are log messages of level info
//! with the target `gloaming_emulator::clients`.
//!
//! # Features
//!
//! Features only add code. A test that does without some of it compiles faster.
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `scenario-files` | by `program` | [`scenario`]s from TOML, and the library of scenarios |
//! | `zstd` | yes | zstd-stream; needs a C compiler. Without it, a handshake that requests zstd-stream is refused |
//! | `program` | yes | the program |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "simulated time needs an origin")
)]
#![recursion_limit = "256"] // GUILD_CREATE has more fields than the default limit of `json!` allows.

mod builder;
mod clock;
mod compression;
mod connection;
mod emulator;
mod encoding;
mod etf;
mod finding;
mod flood;
#[doc = include_str!("../docs/guide.md")]
pub mod guide {}
mod intents;
pub mod model;
mod mute;
mod note;
mod payload;
mod permissions;
pub mod recording;
mod requests;
mod rest;
mod rng;
mod routing;
mod rule_table;
pub mod scenario;
mod selector;
mod server;
mod settings;
mod stats;
mod traffic;
mod violation;
mod wait_error;
mod world;

pub use self::{
    builder::EmulatorBuilder,
    emulator::Emulator,
    finding::{FindingKind, Outcome},
    flood::Flood,
    note::Note,
    rest::RestRoute,
    rule_table::FINDING_KINDS,
    selector::Selector,
    settings::{DEFAULT_TOKEN, Settings},
    stats::Stats,
    violation::{Violation, ViolationResponse},
    wait_error::{WaitError, WaitErrorKind},
};
