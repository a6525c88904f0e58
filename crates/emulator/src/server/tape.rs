//! Records what the gateway sends.

use std::{
    io::{self, Write},
    time::Instant,
};

use crate::{
    model::{Operation, Payload},
    recording::{RecordOutcome, Recorder},
};

/// A recording that goes on.
#[derive(Debug)]
pub(super) struct Tape {
    recorder: Recorder<Box<dyn Write + Send>>,
    began: Instant,
    /// Why nothing more is written.
    failure: Option<io::Error>,
}

impl Tape {
    pub(super) const fn new(recorder: Recorder<Box<dyn Write + Send>>, now: Instant) -> Self {
        Self {
            recorder,
            began: now,
            failure: None,
        }
    }

    /// Something is sent to a shard.
    pub(super) fn hear(&mut self, now: Instant, shard: [u32; 2], action: &Operation) {
        match action {
            Operation::Send(frame) => self.write(now, shard, frame),
            Operation::SendBatch(run) => {
                for dispatch in run.dispatches() {
                    self.write(now, shard, &Payload::Dispatch(dispatch));
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(self) -> io::Result<()> {
        match self.failure {
            Some(error) => Err(error),
            None => self.recorder.finish().map(drop),
        }
    }

    fn write(&mut self, now: Instant, shard: [u32; 2], frame: &Payload) {
        if self.failure.is_some() || matches!(frame, Payload::Control(_)) {
            return;
        }
        let at = now.saturating_duration_since(self.began);
        match self.recorder.record(at, shard, &frame.to_text()) {
            Ok(RecordOutcome::Written | RecordOutcome::NotADispatch | RecordOutcome::Duplicate) => {
            }
            Ok(outcome) => tracing::warn!(?outcome, ?shard, "an event is not recorded"),
            Err(error) => {
                tracing::warn!(%error, "the recording ends");
                self.failure = Some(error);
            }
        }
    }
}
