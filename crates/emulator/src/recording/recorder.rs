//! Writes recordings.

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    time::Duration,
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    file::{MAX_LINE_BYTES, line, write_header},
    private_file,
    scrub::{Scrubber, Scrubbing},
};

/// Writes the dispatches that shards receive as a recording, without secrets.
///
/// Pass the text of every payload of every shard to [`record`](Self::record), in order, with the time since the start
/// of the recording. Each dispatch is written at once: wrap a file in a [`BufWriter`], as [`create`](Self::create) does.
pub struct Recorder<W> {
    out: W,
    shards: u32,
    scrubber: Scrubber,
    latest: Duration,
    /// The last sequence of each shard.
    sequences: BTreeMap<u32, u64>,
}

/// The result of [`Recorder::record`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RecordOutcome {
    /// The payload was written.
    Written,
    /// The payload is not a dispatch, or it is RESUMED, which the emulator sends itself.
    NotADispatch,
    /// A payload with this sequence was recorded before.
    Duplicate,
    /// The shard has another shard count than the recorder.
    OtherShardCount,
    /// The payload is not a JSON object, or a dispatch without a name or a sequence.
    Malformed,
    /// The line would be longer than [`MAX_LINE_BYTES`].
    TooLong,
}

impl Display for RecordOutcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Written => "written",
            Self::NotADispatch => "not a dispatch",
            Self::Duplicate => "recorded before",
            Self::OtherShardCount => "of a shard with another shard count than the recorder's",
            Self::Malformed => "not an event",
            Self::TooLong => "too long",
        })
    }
}

impl Recorder<BufWriter<File>> {
    /// Starts a recording in a file, which is created or replaced. On Unix, only the owner of the file can read it (mode
    /// 0600): scrubbing keeps message contents and names unless it is told otherwise.
    ///
    /// Blocks while the file is created, and later whenever the buffer is full.
    ///
    /// # Errors
    ///
    /// Returns an error if the file can't be created or written, or if the system provides no random key.
    ///
    /// ```no_run
    /// use gloaming_emulator::recording::{Recorder, Scrubbing};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let recorder = Recorder::create("traffic.jsonl", 1, Scrubbing::default())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(path: impl AsRef<Path>, shards: u32, scrubbing: Scrubbing) -> io::Result<Self> {
        let file = private_file::create(path.as_ref())?;
        Self::new(BufWriter::new(file), shards, scrubbing)
    }
}

impl<W: Write> Recorder<W> {
    /// Starts a recording of a bot with this shard count, and writes the header.
    ///
    /// # Errors
    ///
    /// Returns an error if writing fails, or if the system provides no random key.
    pub fn new(mut out: W, shards: u32, scrubbing: Scrubbing) -> io::Result<Self> {
        let shards = shards.max(1);
        let scrubber = Scrubber::new(&scrubbing, shards)?;
        write_header(&mut out, shards)?;
        Ok(Self {
            out,
            shards,
            scrubber,
            latest: Duration::ZERO,
            sequences: BTreeMap::new(),
        })
    }

    /// Writes a payload if it is a dispatch. The shard `[id, count]` received it at the time `at` after the start of
    /// the recording. If `at` is earlier than that of the previous payload, the time of the previous payload is
    /// written.
    ///
    /// # Errors
    ///
    /// Returns an error if writing fails. The recording may then end within a line.
    pub fn record(
        &mut self,
        at: Duration,
        [shard, count]: [u32; 2],
        payload: &str,
    ) -> io::Result<RecordOutcome> {
        if count != self.shards || shard >= count {
            return Ok(RecordOutcome::OtherShardCount);
        }
        let Ok(payload) = serde_json::from_str::<Envelope>(payload) else {
            return Ok(RecordOutcome::Malformed);
        };
        if payload.op != 0 || payload.t.as_deref() == Some("RESUMED") {
            return Ok(RecordOutcome::NotADispatch);
        }
        let name = payload.t.filter(|name| !name.is_empty());
        let (Some(name), Some(sequence)) = (name, payload.s) else {
            return Ok(RecordOutcome::Malformed);
        };
        let last = self.sequences.entry(shard).or_default();
        // READY starts another session, whose sequences start at 1.
        if sequence <= *last && name != "READY" {
            return Ok(RecordOutcome::Duplicate);
        }
        *last = sequence;
        let mut data = payload.d;
        self.scrubber.scrub(&mut data);
        self.latest = self.latest.max(at);
        let line = line(self.latest, shard, &name, &data);
        if line.len() > MAX_LINE_BYTES {
            return Ok(RecordOutcome::TooLong);
        }
        self.out.write_all(line.as_bytes())?;
        Ok(RecordOutcome::Written)
    }

    /// Ends the recording, and returns the writer.
    ///
    /// # Errors
    ///
    /// Returns an error if flushing fails.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    pub(crate) fn boxed(self) -> Recorder<Box<dyn Write + Send>>
    where
        W: Send + 'static,
    {
        Recorder {
            out: Box::new(self.out),
            shards: self.shards,
            scrubber: self.scrubber,
            latest: self.latest,
            sequences: self.sequences,
        }
    }
}

impl<W> std::fmt::Debug for Recorder<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder")
            .field("shards", &self.shards)
            .field("latest", &self.latest)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Envelope {
    op: u64,
    #[serde(default)]
    t: Option<String>,
    #[serde(default)]
    s: Option<u64>,
    #[serde(default)]
    d: Value,
}
