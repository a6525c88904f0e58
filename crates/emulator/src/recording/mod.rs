//! Recordings: the events that a gateway sent to a bot, in a file without secrets, for the emulator to play.
//!
//! A [`Recorder`] takes the payloads that shards receive, scrubs the dispatches and writes them. A [`Recording`] is
//! read from such a file and played by [`EmulatorBuilder::recording`](crate::EmulatorBuilder::recording). If the
//! recording starts with the READY of a session, the emulator sends the recorded GUILD_CREATEs when a session starts,
//! and then the other events with their recorded timing.
//!
//! ```
//! use std::time::Duration;
//!
//! use gloaming_emulator::recording::{RecordOutcome, Recorder, Recording, Scrubbing};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut recorder = Recorder::new(Vec::new(), 1, Scrubbing::default())?;
//! // Pass every payload of a shard as text, in order, with the time at which it arrived.
//! let typing = r#"{"op":0,"t":"TYPING_START","s":7,"d":{"user_id":"80351110224678912","token":"secret"}}"#;
//! assert_eq!(recorder.record(Duration::from_millis(5), [0, 1], typing)?, RecordOutcome::Written);
//! let ack = r#"{"op":11,"d":null,"s":null,"t":null}"#;
//! assert_eq!(recorder.record(Duration::from_millis(9), [0, 1], ack)?, RecordOutcome::NotADispatch);
//!
//! let file = recorder.finish()?;
//! let recording = Recording::parse(&file)?;
//! assert_eq!(&*recording.dispatches()[0].name, "TYPING_START");
//! let text = String::from_utf8(file)?;
//! assert!(!text.contains("secret") && !text.contains("80351110224678912"));
//! # Ok(())
//! # }
//! ```
//!
//! # The file
//!
//! A recording is a file of JSON lines (`.jsonl`) in UTF-8. The first line is the header:
//!
//! ```json
//! {"format":"gloaming-recording","version":1,"shards":2}
//! ```
//!
//! `shards` is the shard count of the recorded bot. Each further line is one dispatch:
//!
//! ```json
//! {"at":1204,"shard":0,"t":"TYPING_START","d":{"user_id":"80351110224678912"}}
//! ```
//!
//! | key | value |
//! |---|---|
//! | `at` | milliseconds since the start of the recording; at least the value of the previous line |
//! | `shard` | the number of the shard that received the dispatch, below `shards` |
//! | `t` | the name of the event |
//! | `d` | the data of the event |
//!
//! Other keys, a line longer than [`MAX_LINE_BYTES`] and a file larger than [`MAX_BYTES`] are errors.
//!
//! # Scrubbing
//!
//! Scrubbing keeps unknown events and fields, and replaces secrets:
//!
//! - The value of a key for a secret becomes hexadecimal digits that do not reveal the value. Such keys contain
//!   `token`, `secret`, `password`, `email`, `phone`, `endpoint`, `session_id` and similar words, or are for addresses,
//!   invites and image hashes.
//! - Ids become pseudonyms, also in texts and object keys. The same id has the same pseudonym in the whole recording. A
//!   pseudonym keeps the guild on its shard ([P35](gloaming_protocol::rules#p35)) and is about as old as the id (see
//!   [`Scrubbing::with_key`]).
//! - Links become links to an invalid host. Text that looks like the token of a bot is replaced.
//!
//! Message contents and names are kept by default. [`Scrubbing::without_contents`] and [`Scrubbing::without_names`]
//! replace them with text of the same length and shape.

mod error;
mod file;
mod keys;
mod private_file;
mod pseudonym;
mod recorder;
mod scrub;

pub use self::{
    error::{RecordingError, RecordingErrorKind},
    file::{MAX_BYTES, MAX_LINE_BYTES, Playback, RecordedDispatch, Recording},
    recorder::{RecordOutcome, Recorder},
    scrub::Scrubbing,
};
