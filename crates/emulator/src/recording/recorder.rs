//! Writes recordings.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::Duration,
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    file::{MAX_LINE_BYTES, line, write_header},
    scrub::{Scrubber, Scrubbing},
};

/// Writes what shards receive as a recording, scrubbed.
///
/// Give it the text of every payload of every shard, in order: it keeps the dispatches. Time is an argument: how long ago
/// the recording began. It writes as it goes, in small pieces: wrap a file in a [`BufWriter`](io::BufWriter).
pub struct Recorder<W> {
    out: W,
    shards: u32,
    scrubber: Scrubber,
    latest: Duration,
    /// The last sequence of each shard.
    sequences: BTreeMap<u32, u64>,
}

/// What became of a payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RecordOutcome {
    /// It was written.
    Written,
    /// It is no dispatch, or RESUMED, which belongs to a connection: an emulator sends its own.
    NotADispatch,
    /// It came before, with the same sequence.
    Duplicate,
    /// Its shard is not one of the recorder's shards.
    OtherShardCount,
    /// It is no JSON object, or a dispatch without name or sequence.
    Malformed,
    /// Its line would be longer than [`MAX_LINE_BYTES`].
    TooLong,
}

impl<W: Write> Recorder<W> {
    /// Begins a recording of a bot with that many shards: writes the header.
    ///
    /// # Errors
    ///
    /// Writing failed, or the system has no randomness for a key.
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

    /// Writes a payload that came `at` after the beginning to the shard `[id, count]`, if it is a dispatch. A time before
    /// that of the last payload counts as that one's.
    ///
    /// # Errors
    ///
    /// Writing failed: the recording may end within a line.
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
        let (Some(name), Some(sequence)) = (payload.t, payload.s) else {
            return Ok(RecordOutcome::Malformed);
        };
        let last = self.sequences.entry(shard).or_default();
        // READY begins another session, whose sequences begin anew.
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

    /// Ends the recording and gives back what it was written to.
    ///
    /// # Errors
    ///
    /// Flushing failed.
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
