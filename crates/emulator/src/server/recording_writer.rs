//! Records what the gateway sends.

use std::{
    io::{self, Write},
    time::Instant,
};

use crate::{
    model::Operation,
    payload::Payload,
    recording::{RecordOutcome, Recorder},
};

/// A recording in progress.
#[derive(Debug)]
pub(super) struct RecordingWriter {
    recorder: Recorder<Box<dyn Write + Send>>,
    started_at: Instant,
    /// The error that ended the recording.
    error: Option<io::Error>,
}

impl RecordingWriter {
    pub(super) const fn new(recorder: Recorder<Box<dyn Write + Send>>, now: Instant) -> Self {
        Self {
            recorder,
            started_at: now,
            error: None,
        }
    }

    /// Records an operation on a connection of a shard, if it sends dispatches.
    pub(super) fn record(&mut self, now: Instant, shard: [u32; 2], operation: &Operation) {
        match operation {
            Operation::Send(payload) => self.write(now, shard, payload),
            Operation::SendBatch(batch) => {
                for dispatch in batch.dispatches() {
                    self.write(now, shard, &Payload::Dispatch(dispatch));
                }
            }
            _ => {}
        }
    }

    /// Ends the recording. Returns the first error of the recording.
    pub(super) fn finish(self) -> io::Result<()> {
        match self.error {
            Some(error) => Err(error),
            None => self.recorder.finish().map(drop),
        }
    }

    fn write(&mut self, now: Instant, shard: [u32; 2], payload: &Payload) {
        if self.error.is_some() || matches!(payload, Payload::Control(_)) {
            return;
        }
        let at = now.saturating_duration_since(self.started_at);
        match self.recorder.record(at, shard, &payload.to_text()) {
            Ok(RecordOutcome::Written | RecordOutcome::NotADispatch | RecordOutcome::Duplicate) => {
            }
            Ok(outcome) => tracing::warn!(shard = shard[0], "event not recorded: it is {outcome}"),
            Err(error) => {
                tracing::warn!(%error, "recording failed");
                self.error = Some(error);
            }
        }
    }
}
