//! Checks that heartbeats are on time, and that each waits for its own ACK ([P4](gloaming_protocol::rules#p4),
//! [P5](gloaming_protocol::rules#p5), [P7](gloaming_protocol::rules#p7)).

use crate::{
    finding::{Check, Invariant, violated},
    network::Impairments,
};
use std::{collections::VecDeque, mem, time::Duration};

/// The maximum delay of a timer.
const MAX_TIMER_DELAY: Duration = Duration::from_millis(100);

/// The number of first heartbeats that are compared.
const FIRST_HEARTBEATS: usize = 8;

/// The part of the interval within which so many random times never are.
const LEAST_SPREAD: f64 = 0.02;

/// The heartbeats of a shard.
#[derive(Debug, Default)]
pub(crate) struct HeartbeatChecker {
    schedule: Option<Schedule>,
    /// The times from HELLO to the last first heartbeats, in intervals.
    firsts: VecDeque<f64>,
}

/// The heartbeats of one connection, from HELLO to its end.
#[derive(Debug)]
struct Schedule {
    interval: Duration,
    hello: Duration,
    due: Duration,
    is_first: bool,
    /// Whether the server requested the next heartbeat.
    is_requested: bool,
    /// The time of the first scheduled heartbeat that is not acknowledged.
    unacknowledged: Option<Duration>,
}

impl Schedule {
    /// Returns the time since HELLO, in intervals, if it is the first heartbeat and not one that the server requested.
    fn sent(&mut self, now: Duration) -> Option<f64> {
        self.due = now + self.interval;
        let is_first = mem::take(&mut self.is_first);
        if mem::take(&mut self.is_requested) {
            return None;
        }
        self.unacknowledged.get_or_insert(now);
        let waited = now - self.hello;
        is_first.then(|| waited.as_secs_f64() / self.interval.as_secs_f64())
    }
}

impl HeartbeatChecker {
    pub(crate) fn hello(&mut self, now: Duration, interval: Duration) {
        self.schedule = Some(Schedule {
            interval,
            hello: now,
            due: now + interval,
            is_first: true,
            is_requested: false,
            unacknowledged: None,
        });
    }

    /// Records that the server requests a heartbeat.
    pub(crate) const fn requested(&mut self) {
        if let Some(schedule) = &mut self.schedule {
            schedule.is_requested = true;
        }
    }

    /// Records an ACK.
    pub(crate) const fn acknowledged(&mut self) {
        if let Some(schedule) = &mut self.schedule {
            schedule.unacknowledged = None;
        }
    }

    pub(crate) fn disconnected(&mut self) {
        self.schedule = None;
    }

    /// Checks a heartbeat that is sent. `last` is the sequence number that was delivered last.
    pub(crate) fn sent(
        &mut self,
        now: Duration,
        text: &str,
        last: Option<u64>,
        impairments: Impairments,
    ) -> Check {
        let first = self
            .schedule
            .as_mut()
            .and_then(|schedule| schedule.sent(now));
        if let Some(part) = first
            && !impairments.any()
        {
            self.first_sent(part)?;
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

    /// Checks that first heartbeats are spread over the interval.
    fn first_sent(&mut self, part: f64) -> Check {
        self.firsts.push_back(part);
        if self.firsts.len() < FIRST_HEARTBEATS {
            return Ok(());
        }
        let (least, most) = self
            .firsts
            .iter()
            .fold((f64::MAX, f64::MIN), |(least, most), part| {
                (least.min(*part), most.max(*part))
            });
        self.firsts.pop_front();
        if most - least >= LEAST_SPREAD {
            return Ok(());
        }
        violated(
            Invariant::Heartbeat,
            format!(
                "{FIRST_HEARTBEATS} first heartbeats were sent after {least} to {most} intervals"
            ),
        )
    }

    /// Checks after a step that no heartbeat is late, and that none was sent instead of giving up the connection. The
    /// machine could send since `able_since`.
    pub(crate) fn check(
        &self,
        now: Duration,
        able_since: Duration,
        impairments: Impairments,
    ) -> Check {
        if let Some(Schedule {
            interval,
            unacknowledged: Some(sent),
            ..
        }) = &self.schedule
            && now > *sent + *interval + *interval / 4 + MAX_TIMER_DELAY
            && !(impairments.client || impairments.write_blocked)
        {
            violated(
                Invariant::Heartbeat,
                "the connection is kept although a heartbeat was not acknowledged",
            )?;
        }
        match &self.schedule {
            Some(schedule) if now > schedule.due.max(able_since) + MAX_TIMER_DELAY => violated(
                Invariant::Heartbeat,
                format!("the heartbeat is late by {:?}", now - schedule.due),
            ),
            _ => Ok(()),
        }
    }
}
