//! Checks that heartbeats are on time ([P4](gloaming_protocol::rules#p4), [P5](gloaming_protocol::rules#p5)).

use crate::finding::{Check, Invariant, violated};
use std::time::Duration;

/// The maximum delay of a timer.
const MAX_TIMER_DELAY: Duration = Duration::from_millis(100);

/// The heartbeats of one connection, from HELLO to its end.
#[derive(Debug, Default)]
pub(crate) struct HeartbeatChecker {
    schedule: Option<Schedule>,
}

#[derive(Debug)]
struct Schedule {
    interval: Duration,
    due: Duration,
}

impl HeartbeatChecker {
    pub(crate) fn hello(&mut self, now: Duration, interval: Duration) {
        let due = now + interval;
        self.schedule = Some(Schedule { interval, due });
    }

    pub(crate) fn disconnected(&mut self) {
        self.schedule = None;
    }

    /// Checks a heartbeat that is sent. `last` is the sequence number that was delivered last.
    pub(crate) fn sent(&mut self, now: Duration, text: &str, last: Option<u64>) -> Check {
        if let Some(schedule) = &mut self.schedule {
            schedule.due = now + schedule.interval;
        }
        let sequence = serde_json::from_str::<serde_json::Value>(text)
            .map(|payload| payload["d"].as_u64())
            .unwrap_or_default();
        if sequence == last {
            return Ok(());
        }
        violated(
            Invariant::Heartbeat,
            format!("the heartbeat has {sequence:?}, the last sequence number is {last:?}"),
        )
    }

    /// Checks after a step that no heartbeat is late. The machine could send since `able_since`.
    pub(crate) fn check(&self, now: Duration, able_since: Duration) -> Check {
        match &self.schedule {
            Some(schedule) if now > schedule.due.max(able_since) + MAX_TIMER_DELAY => violated(
                Invariant::Heartbeat,
                format!("the heartbeat is late by {:?}", now - schedule.due),
            ),
            _ => Ok(()),
        }
    }
}
