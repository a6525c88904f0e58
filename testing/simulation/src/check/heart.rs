//! Heartbeats on time (P4, P5).

use crate::finding::{Check, Invariant, broken};
use std::time::Duration;

/// How late a timer of a machine with work to do may be.
const LATENESS: Duration = Duration::from_millis(100);

/// The heartbeats of one connection, from HELLO to its end.
#[derive(Debug, Default)]
pub(crate) struct HeartGuard {
    beating: Option<Beating>,
}

#[derive(Debug)]
struct Beating {
    interval: Duration,
    due: Duration,
}

impl HeartGuard {
    pub(crate) fn hello(&mut self, now: Duration, interval: Duration) {
        let due = now + interval;
        self.beating = Some(Beating { interval, due });
    }

    pub(crate) fn ended(&mut self) {
        self.beating = None;
    }

    /// A heartbeat goes out; `last` is the sequence that was handed over last.
    pub(crate) fn beat(&mut self, now: Duration, text: &str, last: Option<u64>) -> Check {
        if let Some(beating) = &mut self.beating {
            beating.due = now + beating.interval;
        }
        let carried = serde_json::from_str::<serde_json::Value>(text)
            .map(|payload| payload["d"].as_u64())
            .unwrap_or_default();
        if carried == last {
            return Ok(());
        }
        broken(
            Invariant::Heartbeat,
            format!("a heartbeat carries {carried:?}, the last sequence is {last:?}"),
        )
    }

    /// Some step is over; the machine could send since `able_since`.
    pub(crate) fn check(&self, now: Duration, able_since: Duration) -> Check {
        match &self.beating {
            Some(beating) if now > beating.due.max(able_since) + LATENESS => broken(
                Invariant::Heartbeat,
                format!("no heartbeat since {:?} after its time", now - beating.due),
            ),
            _ => Ok(()),
        }
    }
}
