//! Checks the messages that are sent on a connection ([P13](gloaming_protocol::rules#p13),
//! [P14](gloaming_protocol::rules#p14), [P21](gloaming_protocol::rules#p21), [P22](gloaming_protocol::rules#p22)).

use crate::finding::{Check, Invariant, violated};
use gloaming_machine::SendKind;
use gloaming_protocol::{
    OpCode, Payload,
    limits::{
        MAX_COMMAND_BYTES, PRESENCE_UPDATE_PERIOD, PRESENCE_UPDATES, SEND_WINDOW, SENDS_PER_WINDOW,
    },
};
use std::{collections::VecDeque, mem, time::Duration};

/// The messages that were sent on a connection.
#[derive(Debug, Default)]
pub(crate) struct SendChecker {
    sent: VecDeque<Duration>,
    /// Those of earlier connections count as well.
    presences: VecDeque<Duration>,
    session_messages: u32,
}

impl SendChecker {
    pub(crate) fn restart(&mut self) {
        *self = Self {
            presences: mem::take(&mut self.presences),
            ..Self::default()
        };
    }

    /// Checks a message that is sent. `position` is the session and sequence number that were delivered last.
    pub(crate) fn sent(
        &mut self,
        now: Duration,
        kind: SendKind,
        text: &str,
        position: Option<(&str, u64)>,
    ) -> Check {
        if text.len() > MAX_COMMAND_BYTES {
            violated(
                Invariant::SendLimit,
                format!("a message of {} bytes", text.len()),
            )?;
        }
        while self.sent.front().is_some_and(|at| *at + SEND_WINDOW <= now) {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        if self.sent.len() > SENDS_PER_WINDOW {
            violated(
                Invariant::SendLimit,
                format!("{} payloads in 60 s", self.sent.len()),
            )?;
        }
        match kind {
            SendKind::Heartbeat => {}
            SendKind::Command if self.session_messages == 0 => {
                violated(Invariant::Session, "a command before IDENTIFY or RESUME")?;
            }
            SendKind::Command => self.command(now, text)?,
            SendKind::Identify | SendKind::Resume => {
                self.session_messages += 1;
                if self.session_messages > 1 {
                    violated(Invariant::Session, "a second IDENTIFY or RESUME")?;
                }
            }
        }
        if kind == SendKind::Resume {
            check_resume(text, position)?;
        }
        Ok(())
    }
}

impl SendChecker {
    fn command(&mut self, now: Duration, text: &str) -> Check {
        let op = Payload::parse(text).map(|payload| payload.op());
        if op != Ok(OpCode::PresenceUpdate) {
            return Ok(());
        }
        self.presences
            .retain(|at| *at + PRESENCE_UPDATE_PERIOD > now);
        self.presences.push_back(now);
        if self.presences.len() > PRESENCE_UPDATES {
            violated(
                Invariant::SendLimit,
                format!("{} presence updates in 20 s", self.presences.len()),
            )?;
        }
        Ok(())
    }
}

fn check_resume(text: &str, position: Option<(&str, u64)>) -> Check {
    let payload: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let resumed = payload["d"]["session_id"]
        .as_str()
        .zip(payload["d"]["seq"].as_u64());
    if resumed == position {
        return Ok(());
    }
    violated(
        Invariant::Session,
        format!("RESUME has {resumed:?}, the consumer's position is {position:?}"),
    )
}
