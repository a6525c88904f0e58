//! What observers see of a shard.

use super::{Inner, Shard};
use crate::{
    CommandRatelimiter, FlightRecord, ShardActivity, Traffic, driver::clock,
    flight_recorder::SharedFlightRecorder,
};
use std::time::Instant;

impl Shard {
    /// Returns what the shard waits for and since when, and why its last connection ended.
    #[must_use]
    pub const fn activity(&self) -> &ShardActivity {
        match &self.inner {
            Inner::Driver(driver) => driver.activity(),
            Inner::Misconfigured(shard) => &shard.activity,
        }
    }

    /// Continues the history of a shard whose task ended.
    pub(crate) fn resume_activity(&mut self, history: &ShardActivity) {
        match &mut self.inner {
            Inner::Driver(driver) => driver.resume_activity(history),
            Inner::Misconfigured(shard) => shard.activity.resume(history, None),
        }
    }

    /// Counts changes of what a [`ShardStatus`](crate::ShardStatus) has.
    pub(crate) const fn revision(&self) -> u64 {
        match &self.inner {
            Inner::Driver(driver) => driver.revision(),
            Inner::Misconfigured(_) => 0,
        }
    }

    /// Returns when the next heartbeat is due, once HELLO has arrived.
    pub(crate) fn heartbeat_due(&self) -> Option<Instant> {
        match &self.inner {
            Inner::Driver(driver) => driver.machine().heartbeat_due(),
            Inner::Misconfigured(_) => None,
        }
    }

    /// Returns the last frames that were received and sent, for a diagnosis; see
    /// [`ConfigBuilder::flight_recorder`](crate::ConfigBuilder::flight_recorder).
    #[must_use]
    pub fn flight_record(&self) -> FlightRecord {
        match &self.inner {
            Inner::Driver(driver) => driver.flight_recorder().record(clock::now()),
            Inner::Misconfigured(_) => FlightRecord::default(),
        }
    }

    /// The recorder of its frames. `None` if the configuration is invalid: there are no frames.
    pub(crate) const fn flight_recorder(&self) -> Option<&SharedFlightRecorder> {
        match &self.inner {
            Inner::Driver(driver) => Some(driver.flight_recorder()),
            Inner::Misconfigured(_) => None,
        }
    }

    /// Records frames into this from now on.
    pub(crate) fn record_into(&mut self, recorder: SharedFlightRecorder) {
        if let Inner::Driver(driver) = &mut self.inner {
            driver.record_into(recorder);
        }
    }

    /// Returns when the last frame arrived, on any connection.
    #[must_use]
    pub const fn last_frame(&self) -> Option<Instant> {
        match &self.inner {
            Inner::Driver(driver) => driver.last_frame(),
            Inner::Misconfigured(_) => None,
        }
    }

    /// Returns the number of bytes received since the shard was created.
    #[must_use]
    pub const fn traffic(&self) -> Traffic {
        match &self.inner {
            Inner::Driver(driver) => driver.traffic(),
            Inner::Misconfigured { .. } => Traffic {
                received_bytes: 0,
                inflated_bytes: 0,
            },
        }
    }

    /// Returns the number of commands that may be sent, and the time until the next
    /// ([P22](gloaming_protocol::rules#p22)).
    ///
    /// Returns `None` without an active session, or if the limit is not enforced.
    #[must_use]
    pub fn ratelimiter(&self) -> Option<CommandRatelimiter> {
        match &self.inner {
            Inner::Driver(driver) if driver.config().ratelimit_messages() => {
                CommandRatelimiter::of(driver.machine(), clock::now())
            }
            _ => None,
        }
    }
}
