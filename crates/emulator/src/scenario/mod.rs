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
//! | `reconnect` | | op 7 (P15) |
//! | `invalid-session` | `resumable` | op 9 (P15, P18) |
//! | `request-heartbeat` | | op 1 (P6) |
//! | `reconnect-before-hello` | `connections` | the next so many connections get op 7 in place of HELLO (P3) |
//! | `mute` | `message`, `duration` | `hello`, `ready`, `acks` or `close-replies` are withheld, for so many seconds or without limit |
//! | `unmute` | `message` | a `mute` ends early, and what was withheld is sent, except acknowledgements |
//! | `refuse` | `host`, `status`, `duration` | handshakes at the `main` or the `resume` host get this HTTP status (P16) |
//! | `accept` | `host` | a `refuse` ends early |
//! | `half-open` | | nothing is read or written any more, but the connection stays open |
//! | `throttle` | `bytes-per-second` | the bandwidth to the client is limited |
//! | `fragment` | `bytes` | each message is fragmented into WebSocket frames of so many bytes |
//! | `split-messages` | `bytes` | each message of a zlib-stream is split over WebSocket messages of so many bytes (P29) |
//! | `corrupt` | | the next message is corrupted |
//! | `duplicate` | | each event is sent twice, with the same sequence |
//! | `generate-events` | `count` | so many generated events happen at once |
//! | `flood` | `count` | each session is sent so many events |
//! | `guilds-unavailable` | | all guilds become unavailable: a GUILD_DELETE for each, and none of their events |
//! | `guilds-available` | | they become available again: a GUILD_CREATE for each |
//! | `guild-flood` | `count` | guilds become unavailable and available again, so many times in total for each session |
//! | `unknown-events` | `count` | each session gets so many events that are not documented (P34) |
//! | `invalid-json` | | a message that is not valid JSON is sent |
//! | `forget-sessions` | | sessions are deleted without notice |
//! | `restart` | `keep-sessions` | all connections are dropped; sessions can be resumed afterwards or are deleted |
//!
//! Unknown keys, and keys that do not apply to the trigger or the action, are errors that name the line.
//!
//! # The library
//!
//! [`Scenario::library`] contains failures that bots meet in production, by name. `gloaming-emulator --list-scenarios`
//! prints them.

mod action;
mod error;
mod file;
mod library;
mod trigger;

use std::time::Duration;

pub(crate) use self::file::parse_action;
pub use self::{
    action::{Action, Impairment},
    error::{ScenarioError, ScenarioErrorKind},
    trigger::{Repeat, Trigger, TriggerEvent},
};

/// An [`Action`] and what triggers it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fault {
    /// What triggers it.
    pub trigger: Trigger,
    /// The probability that the action is taken when it is triggered, 0 to 1.
    pub probability: f64,
    /// The time from the trigger to the action.
    pub delay: Duration,
    /// The number of the shard that it applies to; `None` for all.
    pub shard: Option<u32>,
    /// What the gateway does.
    pub action: Action,
}

impl Fault {
    /// A fault for every shard, with probability 1 and without delay.
    #[must_use]
    pub const fn new(trigger: Trigger, action: Action) -> Self {
        Self {
            trigger,
            probability: 1.0,
            delay: Duration::ZERO,
            shard: None,
            action,
        }
    }

    /// Restricts it to the shard with this number.
    #[must_use]
    pub const fn for_shard(mut self, shard: u32) -> Self {
        self.shard = Some(shard);
        self
    }

    /// Delays the action.
    #[must_use]
    pub const fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sets the probability, 0 to 1.
    #[must_use]
    pub const fn with_probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }
}

/// A named list of faults.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Scenario {
    /// The scenario's name.
    pub name: String,
    /// What it does, in one sentence.
    pub description: String,
    /// Its faults.
    pub faults: Vec<Fault>,
}

impl Scenario {
    /// A scenario with these faults and no description.
    #[must_use]
    pub fn new(name: impl Into<String>, faults: impl IntoIterator<Item = Fault>) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            faults: faults.into_iter().collect(),
        }
    }

    /// Parses the text of a file in the [format](self#file-format) described above.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not TOML, or has an unknown key or an invalid value. The error names the line.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self, ScenarioError> {
        file::parse(name.into(), text)
    }

    /// Returns a scenario of the library.
    ///
    /// # Errors
    ///
    /// Returns an error if the library has no scenario with this name. The error lists the names that it has.
    pub fn named(name: &str) -> Result<Self, ScenarioError> {
        library::find(name)
    }

    /// Returns the whole library, sorted by name.
    #[must_use]
    pub fn library() -> Vec<Self> {
        library::all()
    }
}
