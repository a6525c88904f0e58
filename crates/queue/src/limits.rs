//! The queue's own limits. Those of the protocol are in [`gloaming_protocol::limits`].

use std::time::Duration;

use gloaming_protocol::limits::IDENTIFY_INTERVAL;

/// The margin that is added to Discord's 5 s between two identifies of one
/// rate-limit key ([P11](gloaming_protocol::rules#p11)).
///
/// Discord measures from arrival to arrival. If one IDENTIFY takes longer to
/// arrive than the next, the two arrive closer together than they were sent.
pub const IDENTIFY_MARGIN: Duration = Duration::from_millis(250);

/// The time between two identifies of one rate-limit key, from
/// [`spend`](crate::Scheduler::spend) to the next grant: Discord's 5 s ([P11](gloaming_protocol::rules#p11))
/// plus [`IDENTIFY_MARGIN`].
pub const IDENTIFY_SPACING: Duration = IDENTIFY_INTERVAL.saturating_add(IDENTIFY_MARGIN);

/// How long a shard waits until its identify is recorded in the ledger. Then the request fails, and the shard repeats it.
///
/// It is longer than a [`FileLedger`](crate::FileLedger) tries to get its lock, and shorter than [`PERMIT_LEASE`].
pub const LEDGER_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a granted permit may remain neither spent nor released.
///
/// Afterwards the identify counts as sent. A permit that is lost with its shard
/// therefore does not block its bucket forever, and is not granted twice.
pub const PERMIT_LEASE: Duration = Duration::from_secs(60);
