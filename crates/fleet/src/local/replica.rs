//! The tables that a process has of the log. Without IO.

use super::operation::{Operation, Tables};
use gloaming_coordinator::{
    AcquireOutcome, CheckpointOutcome, LeaseChange, LoadOutcome, NodeLease, RenewOutcome,
};
use gloaming_queue::{BootTime, ClockReading, Timestamp};
use std::time::Duration;

/// The time of the engine at an operation, and what the clocks of the machine showed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Stamp {
    pub(super) at: Duration,
    pub(super) reading: ClockReading,
}

/// The tables as of the last operation that was applied.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Replica {
    tables: Tables,
    stamp: Stamp,
}

/// The result of an operation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    Joined(NodeLease),
    Renewed(RenewOutcome),
    Acquired(AcquireOutcome),
    Loaded(LoadOutcome),
    Stored(Vec<CheckpointOutcome>),
    Done,
}

impl Default for Replica {
    fn default() -> Self {
        Self {
            tables: Tables::default(),
            stamp: Stamp {
                at: Duration::ZERO,
                reading: ClockReading::of_wall(Timestamp::from_millis(0)),
            },
        }
    }
}

impl Replica {
    /// Returns the time of the engine for an operation that is made now. It continues after the last one, by the time since
    /// the machine booted, or by the wall clock if that was in another boot.
    pub(super) fn stamp(&self, reading: ClockReading) -> Stamp {
        let at = self.stamp.at + elapsed(&reading, &self.stamp.reading);
        Stamp { at, reading }
    }

    /// Applies an operation, after the leases that are over by then have ended.
    pub(super) fn apply(
        &mut self,
        stamp: Stamp,
        operation: Operation,
        changes: &mut Vec<LeaseChange>,
    ) -> Outcome {
        self.stamp = stamp;
        if let Operation::State(tables) = operation {
            self.tables = *tables;
            return Outcome::Done;
        }
        let now = stamp.at;
        let Tables { leases, sessions } = &mut self.tables;
        leases.expire(now, changes);
        match operation {
            Operation::Join(request) => Outcome::Joined(leases.join(now, request, changes)),
            Operation::Renew { lease, status } => {
                Outcome::Renewed(leases.renew(now, lease, status, changes))
            }
            Operation::Leave(lease) => {
                leases.leave(lease, changes);
                Outcome::Done
            }
            Operation::Acquire { shard, node, above } => {
                Outcome::Acquired(leases.acquire(shard, node, above, changes))
            }
            Operation::Release(lease) => {
                leases.release(lease, changes);
                Outcome::Done
            }
            Operation::Load { shard, fence } => Outcome::Loaded(sessions.load(shard, fence)),
            Operation::Store(checkpoints) => {
                let outcomes = checkpoints.into_iter().map(|it| sessions.store(it));
                Outcome::Stored(outcomes.collect())
            }
            Operation::State(_) => Outcome::Done,
        }
    }

    /// Lets the leases end that are over now. Every process that applies the next operation finds the same, since that is not
    /// earlier.
    pub(super) fn expire(&mut self, reading: ClockReading, changes: &mut Vec<LeaseChange>) {
        let now = self.stamp(reading).at;
        self.tables.leases.expire(now, changes);
    }

    /// Returns whether a lease is over that has not ended here.
    pub(super) fn has_overdue(&self, reading: ClockReading) -> bool {
        let end = self.tables.leases.next_end();
        end.is_some_and(|end| end <= self.stamp(reading).at)
    }

    pub(super) const fn tables(&self) -> &Tables {
        &self.tables
    }

    pub(super) const fn last_stamp(&self) -> Stamp {
        self.stamp
    }
}

/// Returns the time between two readings. A wall clock that was set back counts as no time.
fn elapsed(now: &ClockReading, earlier: &ClockReading) -> Duration {
    let of_boot = |now: BootTime, earlier: &BootTime| now.since(earlier);
    let booted = match (now.boot, &earlier.boot) {
        (Some(now), Some(earlier)) => of_boot(now, earlier),
        _ => None,
    };
    booted.unwrap_or_else(|| {
        let millis = now
            .wall
            .as_millis()
            .saturating_sub(earlier.wall.as_millis());
        Duration::from_millis(millis)
    })
}

/// Returns what the clocks showed this long ago.
pub(super) fn earlier(reading: ClockReading, ago: Duration) -> ClockReading {
    let millis = u64::try_from(ago.as_millis()).unwrap_or(u64::MAX);
    let wall = reading.wall.as_millis().saturating_sub(millis);
    ClockReading {
        wall: Timestamp::from_millis(wall),
        boot: reading.boot.map(|boot| BootTime {
            uptime: boot.uptime.saturating_sub(millis),
            ..boot
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gloaming_queue::BootId;

    fn reading(boot: u128, uptime: u64, wall: u64) -> ClockReading {
        ClockReading {
            wall: Timestamp::from_millis(wall),
            boot: Some(BootTime {
                id: BootId::new(boot),
                uptime,
            }),
        }
    }

    #[test]
    fn time_follows_the_uptime_and_not_the_wall_clock() {
        let mut replica = Replica::default();
        let first = replica.stamp(reading(1, 500, 1_000));
        replica.apply(first, Operation::State(Box::default()), &mut Vec::new());
        // The wall clock was set back by a second.
        let next = replica.stamp(reading(1, 700, 0));
        assert_eq!(next.at - first.at, Duration::from_millis(200));
        // Another boot: the wall clock counts, unless it went backward.
        let booted = replica.stamp(reading(2, 10, 61_000));
        assert_eq!(booted.at - first.at, Duration::from_secs(60));
        assert_eq!(replica.stamp(reading(2, 10, 0)).at, first.at);
    }
}
