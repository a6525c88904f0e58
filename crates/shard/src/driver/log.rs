//! Log lines: trace for frames, debug for transitions, info for ready and resumed, warn for retries. Never the text
//! of a message, which may hold the token.

use crate::{
    ReceiveMessageError,
    machine::{CommandOutcome, DisconnectCause, Lifecycle, StopReason},
};
use gloaming_protocol::{RepairReport, ShardId};

pub(super) fn lifecycle(shard: ShardId, event: &Lifecycle) {
    match event {
        Lifecycle::Ready { session_id } => {
            tracing::info!(%shard, %session_id, "ready");
        }
        Lifecycle::Resumed { replayed } => tracing::info!(%shard, replayed, "resumed"),
        Lifecycle::SessionShardMismatch {
            session_id,
            identified_as,
        } => {
            tracing::warn!(
                %shard,
                %session_id,
                %identified_as,
                "the session to resume belongs to another shard and is not resumed; identifying instead. To keep sessions \
                over a restart, start the same number of shards"
            );
        }
        Lifecycle::Gap { session_id, after } => {
            tracing::warn!(%shard, %session_id, after, "events were lost with their session");
        }
        Lifecycle::Duplicate { sequence } => {
            tracing::warn!(%shard, sequence, "duplicate event");
        }
        Lifecycle::Skipped { after, until } => {
            tracing::warn!(%shard, after, until, "the server skipped sequences");
        }
        Lifecycle::PermitRefused { retry_in } => {
            tracing::warn!(%shard, ?retry_in, "the identify queue refused a permit");
        }
        Lifecycle::PolledLate { by } => {
            tracing::warn!(
                %shard,
                ?by,
                "the shard's task was not polled in time, and heartbeats were late; is a handler blocking the runtime?"
            );
        }
        Lifecycle::ReadyDelayed { waited } => {
            tracing::warn!(%shard, ?waited, "READY has not arrived yet; still waiting");
        }
        Lifecycle::RecoveryStepExhausted { from, to } => {
            tracing::warn!(%shard, ?from, ?to, "resuming failed; taking the next recovery step");
        }
        Lifecycle::Disconnected { cause, frame } => match cause {
            DisconnectCause::Requested | DisconnectCause::ReconnectRequested => {
                tracing::debug!(%shard, ?cause, ?frame, "disconnected");
            }
            _ => tracing::warn!(%shard, ?cause, ?frame, "disconnected"),
        },
        Lifecycle::Stopped {
            reason: StopReason::Requested,
        } => tracing::info!(%shard, "stopped"),
        Lifecycle::Stopped { reason } => {
            tracing::error!(%shard, ?reason, "stopped; the shard does not reconnect");
        }
        _ => tracing::debug!(%shard, ?event, "lifecycle"),
    }
}

/// The report names the event and the places, not the values.
pub(super) fn repaired(shard: ShardId, report: &RepairReport) {
    tracing::warn!(%shard, %report, "repaired");
}

/// The outcome of a command whose sender does not wait for it.
pub(super) fn command(shard: ShardId, outcome: CommandOutcome) {
    match outcome {
        CommandOutcome::Sent => {}
        CommandOutcome::Closed => tracing::debug!(%shard, "command not sent: the shard is closed"),
        _ => tracing::warn!(%shard, %outcome, "command not sent"),
    }
}

pub(super) fn failure(shard: ShardId, error: &ReceiveMessageError) {
    tracing::warn!(%shard, %error, "failure");
}
