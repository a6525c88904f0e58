//! Faults as data: what goes wrong and when, built in Rust or read from a TOML file.
//!
//! A [`Scenario`] is a list of [`Fault`]s. Each has a [`Trigger`], which is an event on a connection or a time, and an
//! [`Action`], which the gateway takes then. Several scenarios can play at the same time. Probabilities are drawn from
//! the emulator's seed, so that a run can be repeated.
//!
//! # File format
//!
//! ```toml
//! description = "Every third connection is dropped as soon as it is ready"
//!
//! [[fault]]
//! on = "ready"       # the trigger
//! nth = 3            # the third occurrence is the first that counts
//! every = 3          # and then every third
//! action = "drop"
//! ```
//!
//! | key | meaning |
//! |---|---|
//! | `on` | the triggering event: `connect`, `identify`, `ready`, `resume`, `resumed`, `heartbeat` |
//! | `at` | instead of `on`: seconds after the scenario's start, which is the emulator's start or when it is played |
//! | `nth` | with `on`: the first occurrence that counts, from 1 |
//! | `every` | with `on`: from then on, every so many occurrences; with `at`: every so many seconds. If absent, once |
//! | `times` | with `every`: how often in total |
//! | `probability` | 0 to 1, drawn each time it is triggered; 1 by default |
//! | `delay` | seconds from the trigger to the action; 0 by default |
//! | `shard` | only events of this shard trigger it; an action at a time then affects only this shard |
//! | `action` | the action, see below |
//!
//! | `action` | its keys | what happens |
//! |---|---|---|
//! | `drop` | | the connection is dropped without a close frame |
//! | `close` | `code` | it is closed with this code |
//! | `reconnect` | | op 7 ([P15](gloaming_protocol::rules#p15)) |
//! | `invalid-session` | `resumable` | op 9 ([P15](gloaming_protocol::rules#p15), [P18](gloaming_protocol::rules#p18)) |
//! | `request-heartbeat` | | op 1 ([P6](gloaming_protocol::rules#p6)) |
//! | `reconnect-before-hello` | `connections` | the next so many connections get op 7 in place of HELLO ([P3](gloaming_protocol::rules#p3)) |
//! | `mute` | `message`, `duration` | `hello`, `ready`, `acks`, `close-replies` or `voice-replies` are withheld, for so many seconds or without limit |
//! | `unmute` | `message` | a `mute` ends early, and what was withheld is sent, except acknowledgements and replies |
//! | `refuse` | `host`, `status`, `duration` | handshakes at the `main` or the `resume` host get this HTTP status ([P16](gloaming_protocol::rules#p16)) |
//! | `accept` | `host` | a `refuse` ends early |
//! | `half-open` | | nothing is read or written any more, but the connection stays open |
//! | `throttle` | `bytes-per-second` | the bandwidth to the client is limited |
//! | `fragment` | `bytes` | each message is fragmented into WebSocket frames of so many bytes |
//! | `split-messages` | `bytes` | each message of a zlib-stream is split over WebSocket messages of so many bytes ([P29](gloaming_protocol::rules#p29)) |
//! | `corrupt` | | the next message is corrupted |
//! | `duplicate` | | each event is sent twice, with the same sequence |
//! | `generate-events` | `count` | so many generated events happen at once |
//! | `flood` | `count` | each session is sent so many events |
//! | `guilds-unavailable` | | all guilds become unavailable: a GUILD_DELETE for each, and none of their events |
//! | `guilds-available` | | they become available again: a GUILD_CREATE for each |
//! | `guild-flood` | `count` | guilds become unavailable and available again, so many times in total for each session |
//! | `unknown-events` | `count` | each session gets so many events that are not documented ([P34](gloaming_protocol::rules#p34)) |
//! | `invalid-json` | | a message that is not valid JSON is sent |
//! | `hide-channels` | `count` | the bot can no longer view the last so many text channels of each guild ([P37](gloaming_protocol::rules#p37)) |
//! | `reveal-channels` | | it can view all channels |
//! | `forget-sessions` | | sessions are deleted without notice |
//! | `fail-requests` | `answer`, `count`, `route`, `retry-after`, `status` | the next so many requests to REST fail, of all routes or of one: `POST /channels/{channel_id}/messages` |
//! | `restart` | `keep-sessions` | all connections are dropped; sessions can be resumed afterwards or are deleted |
//!
//! The `answer` of a failed request is one of these:
//!
//! | `answer` | its keys | what the bot gets |
//! |---|---|---|
//! | `user-rate-limit`, `shared-rate-limit` | `retry-after` | 429 with the headers of a bucket |
//! | `global-rate-limit` | `retry-after` | 429 with the header of the global limit |
//! | `cloudflare-rate-limit` | `retry-after` | 429 with a page in place of JSON |
//! | `status` | `status` | this status, 500 to 599: 500 has JSON, others a page of a proxy |
//!
//! Unknown keys, and keys that do not apply to the trigger or the action, are errors that name the line.
//!
//! # The library
//!
//! [`Scenario::library`] contains failures that bots meet in production, by name. `gloaming-emulator --list-scenarios`
//! prints them.
//!
//! Files and the library need the feature `scenario-files`, which is a default feature of gloaming-emulator and part of
//! the feature `emulator` of gloaming. Without it, they are errors of kind
//! [`Unavailable`](ScenarioErrorKind::Unavailable).

mod action;
mod error;
mod fault;
mod file;
mod library;
mod request_failure;
mod trigger;

pub(crate) use self::file::parse_action;
pub use self::{
    action::{Action, Impairment},
    error::{ScenarioError, ScenarioErrorKind},
    fault::{Fault, Scenario},
    request_failure::{FailureAnswer, RateLimitScope, RequestFailure},
    trigger::{Repeat, Trigger, TriggerEvent},
};
