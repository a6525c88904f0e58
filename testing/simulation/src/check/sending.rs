//! What goes out on one connection ([P13](gloaming_protocol::rules#p13), [P14](gloaming_protocol::rules#p14),
//! [P21](gloaming_protocol::rules#p21), [P22](gloaming_protocol::rules#p22)).

use crate::finding::{Check, Invariant, broken};
use gloaming_machine::SendKind;
use gloaming_protocol::limits::{MAX_COMMAND_BYTES, SEND_WINDOW, SENDS_PER_WINDOW};
use std::{collections::VecDeque, time::Duration};

/// The sends of one connection.
#[derive(Debug, Default)]
pub(crate) struct SendGuard {
    sent: VecDeque<Duration>,
    session_messages: u32,
}

impl SendGuard {
    pub(crate) fn restart(&mut self) {
        *self = Self::default();
    }

    /// Checks a message that is transmitted; `position` is the session and the event delivered last.
    pub(crate) fn sent(
        &mut self,
        now: Duration,
        kind: SendKind,
        text: &str,
        position: Option<(&str, u64)>,
    ) -> Check {
        if text.len() > MAX_COMMAND_BYTES {
            broken(Invariant::Window, format!("{} bytes", text.len()))?;
        }
        while self.sent.front().is_some_and(|at| *at + SEND_WINDOW <= now) {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        if self.sent.len() > SENDS_PER_WINDOW {
            broken(
                Invariant::Window,
                format!("{} payloads in 60 s", self.sent.len()),
            )?;
        }
        match kind {
            SendKind::Heartbeat => {}
            SendKind::Command if self.session_messages == 0 => {
                broken(Invariant::Session, "a command before the session")?;
            }
            SendKind::Command => {}
            SendKind::Identify | SendKind::Resume => {
                self.session_messages += 1;
                if self.session_messages > 1 {
                    broken(Invariant::Session, "a second IDENTIFY or RESUME")?;
                }
            }
        }
        if kind == SendKind::Resume {
            check_resume(text, position)?;
        }
        Ok(())
    }
}

fn check_resume(text: &str, position: Option<(&str, u64)>) -> Check {
    let payload: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let named = payload["d"]["session_id"]
        .as_str()
        .zip(payload["d"]["seq"].as_u64());
    if named == position {
        return Ok(());
    }
    broken(
        Invariant::Session,
        format!("RESUME names {named:?}, the consumer stands at {position:?}"),
    )
}
