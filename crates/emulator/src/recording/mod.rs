//! Traffic on file: what a gateway sent a bot, without its secrets, for an emulator to play.
//!
//! A [`Recorder`] is fed the payloads that shards receive and writes their dispatches, scrubbed; a [`Recording`] is what
//! was read again, for [`EmulatorBuilder::recording`](crate::EmulatorBuilder::recording). A recording that begins with a
//! session's READY has all that it takes: the bot's guilds come as their GUILD_CREATEs were, and then everything else at
//! the pace at which it came.
//!
//! ```
//! use std::time::Duration;
//!
//! use gloaming_emulator::recording::{RecordOutcome, Recorder, Recording, Scrubbing};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut recorder = Recorder::new(Vec::new(), 1, Scrubbing::default())?;
//! // Whatever a bot's library hands over as text: every payload of a shard, in order, and when it came.
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
//! Lines of JSON (`.jsonl`), UTF-8. The first is the header:
//!
//! ```json
//! {"format":"gloaming-recording","version":1,"shards":2}
//! ```
//!
//! `shards` is the shard count of the bot that was recorded. Each line after it is one dispatch:
//!
//! ```json
//! {"at":1204,"shard":0,"t":"TYPING_START","d":{"user_id":"80351110224678912"}}
//! ```
//!
//! | key | what it says |
//! |---|---|
//! | `at` | milliseconds since the recording began; never less than in the line before |
//! | `shard` | the number of the shard that received it, below `shards` |
//! | `t` | the event's name |
//! | `d` | its data |
//!
//! Other keys are errors, as is a line over [`MAX_LINE_BYTES`] or a file over [`MAX_BYTES`].
//!
//! # Scrubbing
//!
//! Unknown events and fields are kept, but no secret is. By an object's keys:
//!
//! - what is under a key that speaks of a secret becomes hexadecimal digits that say nothing: any key with `token`,
//!   `secret`, `password`, `email`, `phone`, `endpoint`, `session_id` and the like in it, addresses, invites, image hashes;
//! - ids become pseudonyms: an id is always the same one within a recording, keeps its guild on its shard
//!   ([P35](gloaming_protocol::rules#p35)), and is about as old as it was (see [`Scrubbing::with_key`]); in
//!   texts and object keys too;
//! - links lose everything but that they were one, and what looks like a bot's token is blotted out of any text.
//!
//! What people wrote and what they are called stay, unless [`Scrubbing::without_contents`] and
//! [`Scrubbing::without_names`] say otherwise. With both, a bot still sees text of the same length and shape.

mod error;
mod file;
mod keys;
mod pseudonym;
mod recorder;
mod scrub;

pub use self::{
    error::RecordingError,
    file::{MAX_BYTES, MAX_LINE_BYTES, Playback, RecordedDispatch, Recording},
    recorder::{RecordOutcome, Recorder},
    scrub::Scrubbing,
};
