//! What goes wrong, and when: faults as data, written by hand or in a TOML file.
//!
//! A [`Scenario`] is a list of [`Fault`]s. Each has a cue ([`When`]): something that happens on a connection, or a time;
//! and a deed ([`Deed`]): what the gateway does then. Several scenarios can play at once, and all chance in them is drawn
//! from the emulator's seed, so that the same clients see the same again.
//!
//! # Files
//!
//! ```toml
//! about = "Every third connection is cut as soon as it is ready"
//!
//! [[fault]]
//! on = "ready"     # the cue
//! nth = 3          # not before it happens for the third time
//! every = 3        # and then every third time
//! do = "drop"      # the deed
//! ```
//!
//! | key | what it says |
//! |---|---|
//! | `on` | the cue: `connect`, `identify`, `ready`, `resume`, `resumed`, `heartbeat` |
//! | `at` | instead of `on`: seconds after the scenario's beginning: the emulator's start, or when it is played |
//! | `nth` | with `on`: the first time that counts, from 1 |
//! | `every` | with `on`: from then on, every so many times; with `at`: every so many seconds. Without it, once |
//! | `times` | with `every`: at most so often |
//! | `chance` | 0 to 1, drawn at each cue; 1 by default |
//! | `after` | seconds from the cue to the deed; 0 by default |
//! | `shard` | only cues of this shard; a deed at a time then concerns its connections only |
//! | `do` | the deed, as below |
//!
//! | `do` | its keys | what happens |
//! |---|---|---|
//! | `drop` | | the connection is cut without a close frame |
//! | `close` | `code` | it is closed with this code |
//! | `reconnect` | | op 7 (P15) |
//! | `invalid-session` | `resumable` | op 9 (P15, P18) |
//! | `request-heartbeat` | | op 1 (P6) |
//! | `reconnect-first` | `connections` | that many connections to come get op 7 in place of HELLO (P3) |
//! | `mute` | `what`, `for` | `hello`, `ready`, `acks` or `close-replies` are withheld, for so many seconds or for good |
//! | `unmute` | `what` | a `mute` ends before its time, and what was withheld is sent, except acks |
//! | `refuse` | `host`, `status`, `for` | handshakes at the `main` or the `resume` host are answered with this HTTP status (P16) |
//! | `accept` | `host` | a `refuse` ends before its time |
//! | `half-open` | | nothing is read or written any more, and nobody says so |
//! | `slow` | `bytes-per-second` | what is sent comes in drips |
//! | `split` | `bytes` | each message comes in WebSocket frames of so many bytes |
//! | `scatter` | `bytes` | each message of a zlib-stream comes in WebSocket messages of so many bytes (P29) |
//! | `tear` | | the next message is damaged on the way |
//! | `duplicate` | | each event comes twice, with one sequence |
//! | `events` | `count` | so many believable events happen at once |
//! | `flood` | `count` | each session is loaded with so many events |
//! | `guilds-unavailable` | | all guilds become unavailable: a GUILD_DELETE for each, and no events of theirs |
//! | `guilds-available` | | they are there again: a GUILD_CREATE for each |
//! | `guild-flood` | `count` | guilds become unavailable and come back, so many times in all for each session |
//! | `unknown-events` | `count` | so many events that are in no documentation come to each session (P34) |
//! | `garbage` | | a message that is no JSON |
//! | `forget-sessions` | | sessions are gone, and nobody is told |
//! | `restart` | `keep-sessions` | all connections are cut, and the sessions are there afterwards or are not |
//!
//! Keys that nobody knows, and those that don't go with the rest, are errors that name the line.
//!
//! # The library
//!
//! [`Scenario::library`] has those that bots meet in the field, by name; `gloaming-emulator --list-scenarios` prints them.

mod cue;
mod deed;
mod error;
mod file;
mod library;

pub(crate) use self::file::deed_now;
pub use self::{
    cue::{Again, Occasion, When},
    deed::{Deed, Impairment},
    error::ScenarioError,
};

/// Something that goes wrong at some time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fault {
    /// What brings it about.
    pub when: When,
    /// How likely it comes about then, 0 to 1.
    pub chance: f64,
    /// How long after that it happens.
    pub after: std::time::Duration,
    /// The number of the shard that it is for; `None` for all.
    pub shard: Option<u32>,
    /// What happens.
    pub deed: Deed,
}

impl Fault {
    /// At that cue, for sure, at once, for every shard.
    #[must_use]
    pub const fn new(when: When, deed: Deed) -> Self {
        Self {
            when,
            chance: 1.0,
            after: std::time::Duration::ZERO,
            shard: None,
            deed,
        }
    }

    /// Only for the shard of that number.
    #[must_use]
    pub const fn for_shard(mut self, shard: u32) -> Self {
        self.shard = Some(shard);
        self
    }

    /// So long after its cue.
    #[must_use]
    pub const fn after(mut self, wait: std::time::Duration) -> Self {
        self.after = wait;
        self
    }

    /// With that likelihood, 0 to 1.
    #[must_use]
    pub const fn with_chance(mut self, chance: f64) -> Self {
        self.chance = chance;
        self
    }
}

/// Faults that belong together.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// What it is about, in a sentence.
    pub about: String,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

impl Scenario {
    /// A scenario made by hand.
    #[must_use]
    pub fn new(name: impl Into<String>, faults: impl IntoIterator<Item = Fault>) -> Self {
        Self {
            name: name.into(),
            about: String::new(),
            faults: faults.into_iter().collect(),
        }
    }

    /// Reads a file's text, as described [above](self).
    ///
    /// # Errors
    ///
    /// It is no TOML, or has a key or value that makes no sense; the error names the line.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self, ScenarioError> {
        file::parse(name.into(), text)
    }

    /// One of the library's.
    ///
    /// # Errors
    ///
    /// There is none of that name; the error lists those there are.
    pub fn named(name: &str) -> Result<Self, ScenarioError> {
        library::find(name)
    }

    /// Everything in the library, sorted by name.
    #[must_use]
    pub fn library() -> Vec<Self> {
        library::all()
    }
}
