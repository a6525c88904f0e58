//! What is logged: trace for frames, debug for transitions, info for ready and resumed, warn for
//! what had to be tried again. Never a message's text: it may hold the token.

use crate::{
    ReceiveMessageError,
    machine::{CommandOutcome, DisconnectCause, Lifecycle, StopReason},
};
use gloaming_protocol::ShardId;
use std::error::Error;

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
                "the session to resume is another shard's, and is left alone: identifies; to keep \
                sessions over a restart, start as many shards as before"
            );
        }
        Lifecycle::Gap { session_id, after } => {
            tracing::warn!(%shard, %session_id, after, "events lost with their session");
        }
        Lifecycle::Duplicate { sequence } => {
            tracing::warn!(%shard, sequence, "an event came again");
        }
        Lifecycle::Skipped { after, until } => {
            tracing::warn!(%shard, after, until, "the server skipped sequences");
        }
        Lifecycle::PermitRefused { retry_in } => {
            tracing::warn!(%shard, ?retry_in, "the queue refused a permit");
        }
        Lifecycle::ReadyDelayed { waited } => {
            tracing::warn!(%shard, ?waited, "the server withholds READY; waiting on");
        }
        Lifecycle::RecoveryStepExhausted { from, to } => {
            tracing::warn!(%shard, ?from, ?to, "resuming failed; taking the next way");
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
            tracing::error!(%shard, ?reason, "stopped; will not come back by itself");
        }
        _ => tracing::debug!(%shard, ?event, "lifecycle"),
    }
}

/// What became of a command that nobody asks after.
pub(super) fn command(shard: ShardId, outcome: CommandOutcome) {
    match outcome {
        CommandOutcome::Sent => {}
        CommandOutcome::Closed => tracing::debug!(%shard, "a command was not sent: closed"),
        _ => tracing::warn!(%shard, ?outcome, "a command was not sent"),
    }
}

pub(super) fn failure(shard: ShardId, error: &ReceiveMessageError) {
    let source = error.source().map(tracing::field::display);
    tracing::warn!(%shard, %error, source, "failure");
}
