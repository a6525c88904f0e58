//! What the shards told of themselves, counted.

use std::collections::{BTreeMap, BTreeSet};

use gloaming::{
    Lifecycle,
    machine::{DisconnectCause, Resumable},
};

/// What the shards told of themselves, counted.
#[derive(Clone, Debug, Default)]
pub struct Meters {
    /// Ends of connections, by what brought them about.
    pub disconnects: BTreeMap<String, u64>,
    /// Sessions begun.
    pub readies: u64,
    /// Sessions resumed.
    pub resumed: u64,
    /// Identifies under way.
    pub identifies: u64,
    /// Gaps told.
    pub gaps: u64,
    /// Events that came again on the way and were held back.
    pub held_back: u64,
    /// Holes that the gateway left, as the shards tell.
    pub skipped: u64,
    /// Steps of the recovery used up.
    pub steps: u64,
    /// Failures told.
    pub failures: u64,
    /// Events that did not fit their type.
    pub undecodable: u64,
    /// Panics of a shard's task.
    pub crashes: u64,
    /// Programs that were closed and started again with the sessions that they left.
    pub deploys: u64,
    /// Shards that have a session over an open connection, by what they told.
    pub(crate) up: BTreeSet<u32>,
}

impl Meters {
    pub(crate) fn lifecycle(&mut self, shard: u32, event: &Lifecycle) {
        match event {
            Lifecycle::Ready { .. } => {
                self.readies += 1;
                self.up.insert(shard);
            }
            Lifecycle::Resumed { .. } => {
                self.resumed += 1;
                self.up.insert(shard);
            }
            Lifecycle::Disconnected { cause, .. } => {
                self.up.remove(&shard);
                *self.disconnects.entry(words(*cause)).or_default() += 1;
            }
            Lifecycle::Stopped { .. } => _ = self.up.remove(&shard),
            Lifecycle::Identifying => self.identifies += 1,
            Lifecycle::Gap { .. } => self.gaps += 1,
            Lifecycle::Duplicate { .. } => self.held_back += 1,
            Lifecycle::Skipped { .. } => self.skipped += 1,
            Lifecycle::RecoveryStepExhausted { .. } => self.steps += 1,
            _ => {}
        }
    }
}

fn words(cause: DisconnectCause) -> String {
    match cause {
        DisconnectCause::ConnectFailed => "could not connect".to_owned(),
        DisconnectCause::ConnectTimeout => "connecting took too long".to_owned(),
        DisconnectCause::Closed { code: Some(code) } => format!("closed with {code}"),
        DisconnectCause::Closed { code: None } => "closed without a code".to_owned(),
        DisconnectCause::Lost => "lost".to_owned(),
        DisconnectCause::HelloTimeout => "no hello".to_owned(),
        DisconnectCause::ResumeTimeout => "no resumed".to_owned(),
        DisconnectCause::Zombie => "zombie".to_owned(),
        DisconnectCause::ReconnectRequested => "op 7".to_owned(),
        DisconnectCause::SessionInvalid {
            resumable: Resumable::Yes,
        } => "op 9, resumable".to_owned(),
        DisconnectCause::SessionInvalid {
            resumable: Resumable::No,
        } => "op 9".to_owned(),
        DisconnectCause::Unreadable => "unreadable".to_owned(),
        DisconnectCause::Requested => "our own wish".to_owned(),
        other => format!("{other:?}"),
    }
}
