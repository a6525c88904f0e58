//! What observers see of a shard.

use crate::{
    ReceiveMessageError, ShardActivity, ShardState,
    flight_recorder::SharedFlightRecorder,
    machine::{Awaited, DisconnectCause, Lifecycle, SendKind},
};
use gloaming_protocol::{CloseFrame, Payload};
use std::time::Instant;

/// The activity of a shard, its last frames, and whether what observers see may have changed.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) activity: ShardActivity,
    pub(super) recorder: SharedFlightRecorder,
    /// When the last frame arrived.
    pub(super) last_frame: Option<Instant>,
    shard: u32,
    /// Counts changes, so that an event costs one comparison and not one for each part of the state.
    revision: u64,
    freshness: Freshness,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Freshness {
    Current,
    Changed,
}

impl Observed {
    pub(super) const fn new(shard: u32, recorder: SharedFlightRecorder) -> Self {
        Self {
            activity: ShardActivity::new(),
            recorder,
            last_frame: None,
            shard,
            revision: 0,
            freshness: Freshness::Current,
        }
    }

    /// Counts changes of the state, the activity, the heartbeats and whether there is a session.
    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }

    /// What observers see may have changed. Not to be called for each event.
    pub(super) const fn changed(&mut self) {
        self.freshness = Freshness::Changed;
    }

    /// Whether there was a [change](Self::changed) that is not [recorded](Self::update) yet.
    pub(super) const fn is_outdated(&self) -> bool {
        matches!(self.freshness, Freshness::Changed)
    }

    /// Records the state after a change.
    pub(super) fn update(&mut self, now: Instant, state: ShardState, awaited: Awaited) {
        self.freshness = Freshness::Current;
        self.revision += 1;
        self.activity.update(now, state, awaited);
    }

    pub(super) fn failed(&mut self, error: &ReceiveMessageError, token: &str) {
        self.activity.failed(error, token);
    }

    pub(super) fn lifecycle(&mut self, now: Instant, event: &Lifecycle, token: &str) {
        self.changed();
        self.activity.lifecycle(now, event, token);
        let Lifecycle::Disconnected { cause, .. } = event else {
            return;
        };
        self.recorder.disconnected(now, *cause);
        match cause {
            DisconnectCause::Requested | DisconnectCause::ReconnectRequested => {}
            // There were no frames.
            DisconnectCause::ConnectFailed | DisconnectCause::ConnectTimeout => {}
            _ => self.recorder.log(self.shard, now, cause),
        }
    }

    pub(super) fn connected(&self, now: Instant) {
        self.recorder.connected(now);
    }

    pub(super) fn payload_received(&self, now: Instant, payload: &Payload<'_>, token: &str) {
        self.recorder.payload_received(now, payload, token);
    }

    /// A message arrived that can't be read.
    pub(super) fn unreadable_received(&self, now: Instant, bytes: usize) {
        self.recorder.unreadable_received(now, bytes);
    }

    pub(super) fn close_received(&self, now: Instant, frame: Option<&CloseFrame<'_>>, token: &str) {
        self.recorder.close_received(now, frame, token);
    }

    pub(super) fn sent(&self, now: Instant, kind: SendKind, bytes: usize) {
        self.recorder.sent(now, kind, bytes);
    }

    pub(super) fn close_sent(&self, now: Instant, code: u16) {
        self.recorder.close_sent(now, code);
    }

    /// An event did not match its type.
    pub(super) fn undecodable(&self, now: Instant) {
        let what = "an event that does not match its type";
        self.recorder.log(self.shard, now, &what);
    }
}
