//! The file format: a header, and one dispatch per line.

use std::{
    io::{self, BufRead, Read, Write},
    sync::Arc,
    time::Duration,
};

use gloaming_protocol::limits::MAX_WAIT;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{RecordingError, RecordingErrorKind};

/// The longest line that is read or written: 16 MiB, which is more than the largest guilds need.
pub const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// The largest file that is read: 256 MiB. A recording is held in memory.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;

const FORMAT: &str = "gloaming-recording";
const VERSION: u32 = 1;

/// The latest time of a dispatch. Later times could overflow the clock.
const LATEST_MS: u64 = MAX_WAIT.as_secs() * 1000;

/// The events that a gateway sent to a bot. Copies are cheap.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recording {
    shards: u32,
    dispatches: Arc<[RecordedDispatch]>,
}

/// How often a [`Recording`] is played.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Playback {
    /// Once.
    #[default]
    Once,
    /// In a loop: the first event of a shard follows one second after its last event.
    Loop,
}

/// One dispatch of a [`Recording`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RecordedDispatch {
    /// The time since the start of the recording.
    pub at: Duration,
    /// The number of the shard that received it.
    pub shard: u32,
    /// The name of the event.
    pub name: Arc<str>,
    /// The data of the event, as JSON text.
    pub data: Arc<str>,
}

impl Recording {
    /// Parses the bytes of a recording.
    ///
    /// # Errors
    ///
    /// Returns an error if the bytes are not in the [format](super#the-file) of recordings. The error names the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordingError> {
        Self::read(bytes)
    }

    /// Reads a recording, for example from a file.
    ///
    /// # Errors
    ///
    /// Returns an error if reading fails, or if the file is not in the [format](super#the-file) of recordings. The
    /// error names the line.
    pub fn read(mut from: impl BufRead) -> Result<Self, RecordingError> {
        let mut line = Vec::new();
        let mut bytes = read_line(&mut from, &mut line, 1)?;
        let header: Header = parse_line(&line, 1)?;
        header
            .check()
            .map_err(|reason| RecordingError::new(RecordingErrorKind::InvalidHeader, 1, reason))?;

        let mut dispatches: Vec<RecordedDispatch> = Vec::new();
        for number in 2.. {
            let read = read_line(&mut from, &mut line, number)?;
            if read == 0 {
                break;
            }
            bytes += read;
            if bytes > MAX_BYTES {
                return Err(RecordingError::new(
                    RecordingErrorKind::TooLarge,
                    number,
                    format!("the file is larger than {MAX_BYTES} bytes; split the recording"),
                ));
            }
            let entry: Entry = parse_line(&line, number)?;
            let earliest = dispatches.last().map_or(Duration::ZERO, |last| last.at);
            let dispatch = entry.check(header.shards, earliest).map_err(|reason| {
                RecordingError::new(RecordingErrorKind::InvalidDispatch, number, reason)
            })?;
            dispatches.push(dispatch);
        }
        Ok(Self {
            shards: header.shards,
            dispatches: dispatches.into(),
        })
    }

    /// The shard count of the recorded bot.
    #[must_use]
    pub const fn shards(&self) -> u32 {
        self.shards
    }

    /// The dispatches, in the order in which they were received.
    #[must_use]
    pub fn dispatches(&self) -> &[RecordedDispatch] {
        &self.dispatches
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    version: u32,
    shards: u32,
}

impl Header {
    fn check(&self) -> Result<(), String> {
        if self.format != FORMAT {
            return Err(format!(
                "`format` must be {FORMAT}; the file is not a recording"
            ));
        }
        if self.version != VERSION {
            return Err(format!(
                "`version` must be {VERSION}, not {}; record the traffic again with this version",
                self.version
            ));
        }
        if self.shards == 0 {
            return Err("`shards` must be at least 1".to_owned());
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    at: u64,
    shard: u32,
    t: String,
    d: Value,
}

impl Entry {
    fn check(self, shards: u32, earliest: Duration) -> Result<RecordedDispatch, String> {
        if self.shard >= shards {
            return Err(format!(
                "`shard` must be below {shards}, the number of shards, not {}",
                self.shard
            ));
        }
        if self.at > LATEST_MS {
            return Err("`at` must be a number of milliseconds, from 0 to a year".to_owned());
        }
        let at = Duration::from_millis(self.at);
        if at < earliest {
            return Err("`at` must be at least that of the previous line".to_owned());
        }
        if self.t.is_empty() {
            return Err("`t` must not be empty".to_owned());
        }
        Ok(RecordedDispatch {
            at,
            shard: self.shard,
            name: self.t.into(),
            data: self.d.to_string().into(),
        })
    }
}

pub(super) fn write_header(out: &mut impl Write, shards: u32) -> io::Result<()> {
    let header = Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        shards,
    };
    serde_json::to_writer(&mut *out, &header)?;
    out.write_all(b"\n")
}

/// The line of a dispatch.
pub(super) fn line(at: Duration, shard: u32, name: &str, data: &Value) -> String {
    let at = u64::try_from(at.as_millis())
        .unwrap_or(u64::MAX)
        .min(LATEST_MS);
    let name = Value::from(name);
    format!("{{\"at\":{at},\"shard\":{shard},\"t\":{name},\"d\":{data}}}\n")
}

/// Reads one line without its end. Returns the number of bytes read, which is 0 at the end of the file.
fn read_line(
    from: &mut impl BufRead,
    line: &mut Vec<u8>,
    number: usize,
) -> Result<usize, RecordingError> {
    line.clear();
    let read = from
        .take(MAX_LINE_BYTES as u64 + 1)
        .read_until(b'\n', line)
        .map_err(|error| RecordingError::io(number, error))?;
    if read > MAX_LINE_BYTES {
        return Err(RecordingError::new(
            RecordingErrorKind::TooLarge,
            number,
            format!("the line is longer than {MAX_LINE_BYTES} bytes; remove it"),
        ));
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(read)
}

/// The error does not contain the line: a file that was not scrubbed may contain secrets.
fn parse_line<'a, T: Deserialize<'a>>(line: &'a [u8], number: usize) -> Result<T, RecordingError> {
    serde_json::from_slice(line).map_err(|error| {
        let problem = match error.classify() {
            serde_json::error::Category::Data => "a key is missing, unknown or of the wrong type",
            _ => "the line is not valid JSON",
        };
        RecordingError::new(
            RecordingErrorKind::Syntax,
            number,
            format!("{problem}, at column {}", error.column()),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"format":"gloaming-recording","version":1,"shards":2}"#;

    #[test]
    fn line_is_a_dispatch() {
        let text = format!("{HEADER}\n{{\"d\":{{\"a\":[1]}},\"t\":\"X\",\"at\":7,\"shard\":1}}");
        let recording = Recording::parse(text.as_bytes()).unwrap();
        assert_eq!(recording.shards(), 2);
        let only = &recording.dispatches()[0];
        assert_eq!((only.at, only.shard), (Duration::from_millis(7), 1));
        assert_eq!((&*only.name, &*only.data), ("X", r#"{"a":[1]}"#));
    }

    #[test]
    fn invalid_lines_are_errors_with_their_number() {
        let line = |rest: &str| format!("{HEADER}\n{rest}");
        for (text, expected) in [
            (String::new(), "line 1: the line is not valid JSON"),
            ("{}".to_owned(), "line 1: a key is missing"),
            (
                HEADER.replace("1,", "2,"),
                "line 1: `version` must be 1, not 2",
            ),
            (
                HEADER.replace("gloaming", "x"),
                "line 1: `format` must be gloaming",
            ),
            (
                HEADER.replace("\"version\"", "\"x\":1,\"version\""),
                "line 1: a key is missing, unknown",
            ),
            (
                HEADER.replace(":2", ":0"),
                "line 1: `shards` must be at least 1",
            ),
            (line("\n"), "line 2: the line is not valid JSON"),
            (
                line("{\"at\":0,\"shard\":0,\"t\":\"X\",\"d\":{}"),
                "line 2: the line is not valid JSON",
            ),
            (
                line("{\"at\":0,\"shard\":0,\"t\":\"X\"}"),
                "line 2: a key is missing",
            ),
            (
                line("{\"at\":0,\"shard\":0,\"t\":\"X\",\"d\":1,\"s\":1}"),
                "line 2: a key is missing, unknown",
            ),
            (
                line("{\"at\":0,\"shard\":2,\"t\":\"X\",\"d\":1}"),
                "line 2: `shard` must be below 2",
            ),
            (
                line("{\"at\":99999999999,\"shard\":0,\"t\":\"X\",\"d\":1}"),
                "line 2: `at` must be a number of",
            ),
            (
                line("{\"at\":0,\"shard\":0,\"t\":\"\",\"d\":1}"),
                "line 2: `t` must not be empty",
            ),
            (
                line(
                    "{\"at\":2,\"shard\":0,\"t\":\"X\",\"d\":1}\n{\"at\":1,\"shard\":0,\"t\":\"X\",\"d\":1}",
                ),
                "line 3: `at` must be at least",
            ),
        ] {
            let error = Recording::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn endless_line_is_an_error() {
        let endless = io::BufReader::new(io::repeat(b'x'));
        let error = Recording::read(endless).unwrap_err();
        assert_eq!(
            (error.kind(), error.line()),
            (RecordingErrorKind::TooLarge, 1)
        );
        assert!(error.to_string().contains("16777216"), "{error}");
    }
}
