use std::collections::{BTreeMap, BTreeSet};

use gloaming::{
    Lifecycle,
    machine::{DisconnectCause, Resumable},
};

/// Counters of what the shards report.
#[derive(Clone, Debug, Default)]
pub struct ShardCounters {
    /// Ended connections, by cause.
    pub disconnects: BTreeMap<String, u64>,
    /// Started sessions.
    pub sessions_started: u64,
    /// Resumed sessions.
    pub sessions_resumed: u64,
    /// Sent identifies.
    pub identifies: u64,
    /// Reported gaps.
    pub gaps: u64,
    /// Repeated events that were not delivered again.
    pub duplicates: u64,
    /// Sequence numbers that the gateway skipped.
    pub skipped: u64,
    /// Exhausted recovery steps.
    pub recovery_steps_exhausted: u64,
    /// Reported failures.
    pub failures: u64,
    /// Events that did not fit their type.
    pub undecodable: u64,
    /// Panics of shard tasks.
    pub crashes: u64,
    /// Restarts of a client that continued with its saved sessions.
    pub client_restarts: u64,
    /// The shards with a session over an open connection.
    pub(crate) connected: BTreeSet<u32>,
}

impl ShardCounters {
    pub(crate) fn count(&mut self, shard: u32, event: &Lifecycle) {
        match event {
            Lifecycle::Ready { .. } => {
                self.sessions_started += 1;
                self.connected.insert(shard);
            }
            Lifecycle::Resumed { .. } => {
                self.sessions_resumed += 1;
                self.connected.insert(shard);
            }
            Lifecycle::Disconnected { cause, .. } => {
                self.connected.remove(&shard);
                *self.disconnects.entry(describe(*cause)).or_default() += 1;
            }
            Lifecycle::Stopped { .. } => _ = self.connected.remove(&shard),
            Lifecycle::Identifying => self.identifies += 1,
            Lifecycle::Gap { .. } => self.gaps += 1,
            Lifecycle::Duplicate { .. } => self.duplicates += 1,
            Lifecycle::Skipped { .. } => self.skipped += 1,
            Lifecycle::RecoveryStepExhausted { .. } => self.recovery_steps_exhausted += 1,
            _ => {}
        }
    }
}

fn describe(cause: DisconnectCause) -> String {
    match cause {
        DisconnectCause::ConnectFailed => "connect failed".to_owned(),
        DisconnectCause::ConnectTimeout => "connect timed out".to_owned(),
        DisconnectCause::Closed { code: Some(code) } => format!("closed with {code}"),
        DisconnectCause::Closed { code: None } => "closed without a code".to_owned(),
        DisconnectCause::Lost => "connection lost".to_owned(),
        DisconnectCause::HelloTimeout => "HELLO timed out".to_owned(),
        DisconnectCause::ResumeTimeout => "RESUMED timed out".to_owned(),
        DisconnectCause::Zombie => "missed heartbeat ACK".to_owned(),
        DisconnectCause::ReconnectRequested => "op 7".to_owned(),
        DisconnectCause::SessionInvalid {
            resumable: Resumable::Yes,
        } => "op 9, resumable".to_owned(),
        DisconnectCause::SessionInvalid {
            resumable: Resumable::No,
        } => "op 9".to_owned(),
        DisconnectCause::Unreadable => "unreadable message".to_owned(),
        DisconnectCause::Flooded => "flood of frames without an event".to_owned(),
        DisconnectCause::UnusableReady => "READY without a session".to_owned(),
        DisconnectCause::Requested => "reconnect requested".to_owned(),
        other => format!("{other:?}"),
    }
}
