//! A client's heartbeats on one connection ([P5](gloaming_protocol::rules#p5),
//! [P7](gloaming_protocol::rules#p7)).

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{
    finding::FindingKind,
    rule_table::{
        HEARTBEAT_FUTURE_SEQUENCE, HEARTBEAT_NOT_A_NUMBER, HEARTBEAT_NOT_A_WHOLE_NUMBER,
        HEARTBEAT_OLDER_SEQUENCE, HEARTBEAT_ZERO,
    },
};

/// The heartbeats of a client on one connection.
#[derive(Debug)]
pub(crate) struct HeartbeatMonitor {
    /// When the last heartbeat arrived, requested or not, or when HELLO was sent.
    last_at: Instant,
    /// Whether the last heartbeat was left without an acknowledgement, so that the client sees a zombie connection.
    is_ack_withheld: bool,
    /// The highest sequence in a heartbeat.
    highest_sequence: u64,
    /// The last sequence of the shard's sessions before, which a heartbeat has that crosses READY.
    sequence_before: Option<u64>,
}

impl HeartbeatMonitor {
    pub(crate) const fn new(now: Instant) -> Self {
        Self {
            last_at: now,
            is_ack_withheld: false,
            highest_sequence: 0,
            sequence_before: None,
        }
    }

    /// READY was sent. `before` is the last sequence of the sessions that the shard had.
    pub(crate) const fn session_started(&mut self, before: Option<u64>) {
        self.sequence_before = before;
    }

    /// HELLO was sent: the client's interval begins.
    pub(crate) const fn hello_sent(&mut self, now: Instant) {
        self.last_at = now;
    }

    /// A heartbeat arrived. Returns the time since the one before. A client may restart its interval with every
    /// heartbeat, requested or not.
    pub(crate) fn arrived(&mut self, now: Instant) -> Duration {
        now.duration_since(std::mem::replace(&mut self.last_at, now))
    }

    /// Checks the `d` of a heartbeat against the sequence of the session's last dispatch: it has to be the last sequence
    /// that the client received, or null ([P5](gloaming_protocol::rules#p5)).
    pub(crate) fn check_sequence(
        &mut self,
        d: &Value,
        last_sent: Option<u64>,
    ) -> Result<(), FindingKind> {
        let sequence_before = self.sequence_before.take();
        match (d, last_sent) {
            (Value::Null, _) => Ok(()),

            (Value::Number(number), Some(last_sent)) => match number.as_u64() {
                Some(0) if self.highest_sequence == 0 => Err(HEARTBEAT_ZERO),
                // The client may have sent it before it read READY.
                Some(sequence) if sequence_before.is_some_and(|before| sequence <= before) => {
                    Ok(())
                }
                Some(sequence) if sequence > last_sent => Err(HEARTBEAT_FUTURE_SEQUENCE),
                Some(sequence) if sequence < self.highest_sequence => Err(HEARTBEAT_OLDER_SEQUENCE),
                Some(sequence) => {
                    self.highest_sequence = sequence;
                    Ok(())
                }
                None => Err(HEARTBEAT_NOT_A_WHOLE_NUMBER),
            },
            // Heartbeats before a RESUME have the sequence of the session that is to be resumed.
            (Value::Number(number), None) => match number.as_u64() {
                Some(0) => Err(HEARTBEAT_ZERO),
                Some(_) => Ok(()),
                None => Err(HEARTBEAT_NOT_A_WHOLE_NUMBER),
            },
            _ => Err(HEARTBEAT_NOT_A_NUMBER),
        }
    }

    /// The session of the connection is gone, and with it its sequences.
    pub(crate) const fn session_lost(&mut self) {
        self.highest_sequence = 0;
    }

    pub(crate) const fn set_ack_withheld(&mut self, is_withheld: bool) {
        self.is_ack_withheld = is_withheld;
    }

    pub(crate) const fn is_ack_withheld(&self) -> bool {
        self.is_ack_withheld
    }
}
