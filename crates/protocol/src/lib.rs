//! Discord's gateway protocol without IO.
//!
//! This crate turns the messages of a gateway connection into payloads and events, and what a bot sends into
//! text. It opens no socket, reads no clock and spawns no task, so it works with any transport and any
//! runtime, in a bot, a proxy, or WebAssembly.
//!
//! ```text
//! WebSocket message ─ Decoder ─► text ─ Payload::parse ─► op, s, t, d ─ decode_event ─► Event
//!                     inflates          reads the envelope              or an UnknownEvent,
//!                                                                       or an EventError
//! ```
//!
//! # Example
//!
//! A proxy tracks the session, forwards each event, and parses only the events that it needs itself:
//!
//! ```
//! use gloaming_protocol::{
//!     Compression, Decoded, Decoder, DecoderLimits, Event, EventTypeFlags, Frame, GatewayUrl,
//!     JsonParser, Payload, decode_event,
//! };
//! use std::error::Error;
//!
//! # fn main() -> Result<(), Box<dyn Error>> {
//! let compression = Compression::best();
//! let url = GatewayUrl::new("wss://gateway.discord.gg", compression)?;
//! assert!(url.as_str().starts_with("wss://gateway.discord.gg/?v=10&encoding=json"));
//!
//! // One decoder serves several connections in turn. Call `reset` between them.
//! let mut decoder = Decoder::new(compression, DecoderLimits::default())?;
//! let wanted = EventTypeFlags::READY | EventTypeFlags::GUILDS;
//! let mut last_sequence = None;
//! let mut session = None;
//!
//! // In place of the messages of a WebSocket connection. Text is valid with any compression.
//! for message in [
//!     r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#,
//!     r#"{"t":"TYPING_START","s":1,"op":0,"d":{"channel_id":"3","user_id":"4","timestamp":5}}"#,
//!     r#"{"t":"GUILD_DELETE","s":2,"op":0,"d":{"id":"197038439483310086"}}"#,
//! ] {
//!     let Some(text) = decoder.decode(Frame::Text(message))? else {
//!         continue; // The payload is not complete yet.
//!     };
//!     let payload = Payload::parse(text)?;
//!     last_sequence = payload.sequence().or(last_sequence);
//!     if !wanted.contains(EventTypeFlags::of(&payload)) {
//!         continue; // No memory was allocated for it.
//!     }
//!     if let Some(guild) = payload.guild_id() {
//!         println!("route {} bytes to the worker of guild {guild}", payload.text().len());
//!     }
//!     let decoded = decode_event(&payload, JsonParser::best());
//!     if let Ok(Decoded::Repaired(event)) = &decoded {
//!         eprintln!("{}", event.report()); // The report keeps the JSON.
//!     }
//!     match decoded.map(Decoded::into_event) {
//!         Ok(Ok(Event::Ready(ready))) => session = Some(ready.session_id),
//!         Ok(Ok(event)) => println!("{:?}", event.kind()),
//!         Ok(Err(unknown)) => println!("without a type: {:?}", unknown.name()),
//!         Err(error) => eprintln!("{error}"), // The error keeps the JSON.
//!     }
//! }
//! assert_eq!((last_sequence, session), (Some(2), None));
//! # Ok(())
//! # }
//! ```
//!
//! # Events without a type
//!
//! Discord sends undocumented events, and changes documented ones. An event without a type in twilight-model is
//! returned as an [`UnknownEvent`], and an event that does not match its type as an [`EventError`]. Both keep
//! name, sequence number and JSON. [`UnknownEvent::supplement`] decodes documented events that twilight-model
//! has no type for. Invalid input results in an error ([`DecodeError`], [`EnvelopeError`]), not in a panic.
//!
//! # Views
//!
//! [`Payload::view`] reads single values of an event from its text when they are asked for, typed and without an
//! allocation, for bots that need a few values of each event. See [`view`].
//!
//! # Features
//!
//! Features only add code. Compression and JSON parser are chosen at run time: every build has all variants
//! of [`Compression`], [`Inflater`] and [`JsonParser`], and `best()` returns the default. zlib-stream and zstd-stream need no
//! feature: [`Inflater::BuiltIn`] inflates them.
//!
//! | Feature | What it adds |
//! |---|---|
//! | `zlib-stock` (default) | payload compression and [`Inflater::Flate2`] with zlib-rs, which needs no C compiler |
//! | `zlib-system` | the same with C zlib |
//! | `zlib-ng`, alias `zlib-simd` | the same with zlib-ng; needs cmake |
//! | `zstd` | [`Inflater::Libzstd`] for zstd-stream; needs a C compiler |
//! | `simd-json` | [`JsonParser::Simd`] |
//!
//! | Choice | `best()` |
//! |---|---|
//! | [`Compression`] | `ZlibStream` |
//! | [`Inflater`] | `BuiltIn`, in `default()` |
//! | flate2's backend | the first that is compiled in of zlib-ng, C zlib, zlib-rs |
//! | [`JsonParser`] | `Serde` |
//!
//! Numbers such as [P14](rules#p14) refer to the [rules of the protocol](rules).

#![cfg_attr(docsrs, feature(doc_cfg))]

mod box_error;
mod close;
mod codec;
mod command;
mod dispatch;
mod envelope;
mod event;
mod excerpt;
mod json;
pub mod limits;
mod opcode;
mod routing;
pub mod rules;
mod token;
mod url;
pub mod view;

pub use self::close::{
    CloseCode, CloseScope, Disposition, client_close_ends_session, disposition_of,
};
pub use self::codec::{
    Compression, DecodeError, DecodeErrorKind, Decoder, DecoderLimits, Frame, Inflater,
};
pub use self::command::{
    ChannelInfoField, Command, CommandPayload, EncodeError, EncodeErrorKind, Identify,
    RequestChannelInfo, RequestSoundboardSounds, check_size, default_identify_properties,
    encode_command, encode_heartbeat, encode_resume,
};
pub use self::dispatch::{DispatchKind, TypeSource};
pub use self::envelope::{EnvelopeError, EnvelopeErrorKind, OwnedPayload, Payload};
pub use self::event::{
    Decoded, EventError, EventTypeFlags, Repair, RepairKind, RepairReport, RepairedEvent,
    Supplement, UnknownEvent, decode_event, supplement,
};
pub use self::excerpt::Excerpt;
pub use self::json::JsonParser;
pub use self::opcode::{Direction, OpCode};
pub use self::routing::shard_of;
pub use self::token::Token;
pub use self::url::{
    GatewayUrl, RedactedUrl, ResumeHosts, ResumeUrlError, ResumeUrlErrorKind, UrlError,
    UrlErrorKind,
};
pub use twilight_model::gateway::event::{Event, EventType};
pub use twilight_model::gateway::payload::outgoing::identify::IdentifyProperties;
pub use twilight_model::gateway::payload::outgoing::update_presence::UpdatePresencePayload;
pub use twilight_model::gateway::{Capabilities, CloseFrame, Intents, ShardId};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
