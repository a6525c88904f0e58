//! The last frames of a shard, for a diagnosis after a fault.

mod record;
mod ring;

pub use self::record::{FlightRecord, FrameDirection, RecordedFrame};

use self::ring::{FlightRecorder, Name};
use crate::{
    Config,
    machine::{DisconnectCause, SendKind},
};
use gloaming_protocol::{CloseFrame, OpCode, Payload};
use std::{
    fmt::Display,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tracing::Level;

/// The default number of frames that are kept.
pub(crate) const DEFAULT_FRAMES: usize = 64;

/// The most frames that are kept.
pub(crate) const MAX_FRAMES: usize = 4096;

/// A [`FlightRecorder`] that the shard, its monitor and the next task of the shard share. Records nothing if it is off.
///
/// The lock is free but while a record is read, and no call holds it for long.
#[derive(Clone, Debug)]
pub(crate) struct SharedFlightRecorder(Option<Arc<Mutex<FlightRecorder>>>);

impl SharedFlightRecorder {
    pub(crate) fn new(config: &Config) -> Self {
        let frames = config.flight_recorder();
        Self((frames > 0).then(|| Arc::new(Mutex::new(FlightRecorder::new(frames)))))
    }

    /// Returns what was recorded.
    pub(crate) fn record(&self, now: Instant) -> FlightRecord {
        self.lock()
            .map(|recorder| recorder.record(now))
            .unwrap_or_default()
    }

    /// Logs the frames that are not logged yet, at debug level, and what happened after them.
    pub(crate) fn log(&self, shard: u32, now: Instant, happened: &dyn Display) {
        if !tracing::enabled!(Level::DEBUG) {
            return;
        }
        let unlogged = self.lock().map(|mut recorder| recorder.take_unlogged(now));
        if let Some(record) = unlogged.filter(|record| !record.frames().is_empty()) {
            tracing::debug!(shard, "the frames before \"{happened}\": {record}");
        }
    }

    pub(crate) fn connected(&self, now: Instant) {
        if let Some(mut recorder) = self.lock() {
            recorder.push(now, FrameDirection::Opened, Name::Connection);
        }
    }

    pub(crate) fn payload_received(&self, now: Instant, payload: &Payload<'_>, token: &str) {
        let Some(mut recorder) = self.lock() else {
            return;
        };
        let (op, bytes) = (payload.op(), payload.text().len());
        if let (OpCode::Dispatch, Some(kind)) = (op, payload.kind()) {
            // Its data is that of users.
            let frame = recorder.push(now, FrameDirection::Received, Name::Event(kind));
            return frame.set_payload(bytes, payload.sequence());
        }
        let frame = recorder.push(now, FrameDirection::Received, Name::Payload(op));
        frame.set_payload(bytes, payload.sequence());
        match op {
            OpCode::Dispatch => frame.set_text(payload.name().unwrap_or_default(), token),
            OpCode::Hello | OpCode::InvalidSession | OpCode::Reconnect | OpCode::Heartbeat => {
                frame.set_text(payload.data(), token);
            }
            _ => {}
        }
    }

    pub(crate) fn unreadable_received(&self, now: Instant, bytes: usize) {
        if let Some(mut recorder) = self.lock() {
            let frame = recorder.push(now, FrameDirection::Received, Name::Unreadable);
            frame.set_payload(bytes, None);
        }
    }

    pub(crate) fn close_received(&self, now: Instant, frame: Option<&CloseFrame<'_>>, token: &str) {
        if let Some(mut recorder) = self.lock() {
            let name = Name::Close(frame.map(|frame| frame.code));
            let recorded = recorder.push(now, FrameDirection::Received, name);
            if let Some(frame) = frame {
                recorded.set_text(&frame.reason, token);
            }
        }
    }

    /// What is sent has no text: IDENTIFY and RESUME contain the token, and commands what the application says.
    pub(crate) fn sent(&self, now: Instant, kind: SendKind, bytes: usize) {
        if let Some(mut recorder) = self.lock() {
            let frame = recorder.push(now, FrameDirection::Sent, Name::Sent(kind));
            frame.set_payload(bytes, None);
        }
    }

    pub(crate) fn close_sent(&self, now: Instant, code: u16) {
        if let Some(mut recorder) = self.lock() {
            recorder.push(now, FrameDirection::Sent, Name::Close(Some(code)));
        }
    }

    pub(crate) fn disconnected(&self, now: Instant, cause: DisconnectCause) {
        if let Some(mut recorder) = self.lock() {
            recorder.push(now, FrameDirection::Ended, Name::End(cause));
        }
    }

    fn lock(&self) -> Option<MutexGuard<'_, FlightRecorder>> {
        let recorder = self.0.as_deref()?.lock();
        // No method leaves it half-changed.
        Some(recorder.unwrap_or_else(PoisonError::into_inner))
    }
}
