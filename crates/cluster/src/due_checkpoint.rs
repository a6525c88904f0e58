//! Checkpoints with a state of the application.

use crate::{checkpoint_schedule::ResumePoint, checkpoint_writer::SharedSchedule};
use bytes::Bytes;
use gloaming_protocol::ShardId;
use gloaming_shard::supervision::ShardMonitor;
use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

/// A shard whose state the application is to save; made by [`Events::checkpoint_due`](crate::Events::checkpoint_due).
///
/// Nothing can be taken from the stream while it is there, so that the state belongs to the last event that was taken.
/// Dropping it saves nothing, and the shard is due again after the next interval.
#[derive(Debug)]
#[must_use = "it saves nothing until a state is given"]
pub struct DueCheckpoint<'a> {
    schedule: &'a SharedSchedule,
    monitor: &'a ShardMonitor,
    position: usize,
    shard: ShardId,
}

impl<'a> DueCheckpoint<'a> {
    pub(crate) const fn new(
        schedule: &'a SharedSchedule,
        monitor: &'a ShardMonitor,
        position: usize,
        shard: ShardId,
    ) -> Self {
        Self {
            schedule,
            monitor,
            position,
            shard,
        }
    }

    /// Returns the shard.
    #[must_use]
    pub const fn shard(&self) -> ShardId {
        self.shard
    }

    /// Gives the state that the application has now, with the effects of all events of this shard that were taken from the
    /// stream, and of none after. They are acknowledged by that. The cluster saves the state with the session at exactly this
    /// event, as one, within the interval. A later state of the shard replaces one that was not saved yet.
    ///
    /// A shard that has just lost its session has nothing to be saved with, and the state is dropped.
    ///
    /// # Errors
    ///
    /// Fails if the state is larger than [the policy](crate::CheckpointPolicy::max_state_bytes) allows. Nothing is saved and
    /// nothing acknowledged then.
    pub fn save(self, state: impl Into<Bytes>) -> Result<(), StateTooLargeError> {
        let state = state.into();
        let max = self.schedule.lock().policy().max_state_bytes;
        if state.len() > max {
            let bytes = state.len();
            return Err(StateTooLargeError { bytes, max });
        }
        self.monitor.acknowledge_last();
        let (session, loss) = self.monitor.resume_point();
        let point = ResumePoint { session, loss };
        if point.session.is_some()
            && let Some(checkpoint) = point.into_checkpoint(self.shard)
        {
            let checkpoint = checkpoint.with_state(state);
            self.schedule.lock().provide(self.position, checkpoint);
        }
        Ok(())
    }
}

/// The state of an application is larger than [the policy](crate::CheckpointPolicy::max_state_bytes) allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct StateTooLargeError {
    /// The size of the state.
    pub bytes: usize,
    /// The largest size that is allowed.
    pub max: usize,
}

impl Display for StateTooLargeError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { bytes, max } = self;
        write!(
            f,
            "the state of a shard has {bytes} bytes, and {max} are allowed: store less, or raise \
             `CheckpointPolicy::max_state_bytes`"
        )
    }
}

impl Error for StateTooLargeError {}
