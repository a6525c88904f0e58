//! The queue's own limits, in one table; those of the protocol are in [`gloaming_protocol::limits`].

use std::time::Duration;

use gloaming_protocol::limits::IDENTIFY_INTERVAL;

/// What the queue keeps between two identifies of one key beyond Discord's 5 s
/// (P11).
///
/// Discord counts from arrival to arrival: an IDENTIFY that was a little longer
/// on its way than the one after it brings the two closer together.
pub const IDENTIFY_MARGIN: Duration = Duration::from_millis(250);

/// The time between two identifies of one key, counted from
/// [`spend`](crate::Scheduler::spend) to grant: Discord's 5 s (P11) and
/// [`IDENTIFY_MARGIN`].
pub const IDENTIFY_SPACING: Duration = IDENTIFY_INTERVAL.saturating_add(IDENTIFY_MARGIN);

/// How long a granted permit may stay out, neither spent nor released.
///
/// After it the identify counts as sent, so that a permit lost with its shard
/// can't hold up its bucket forever, and none is ever granted twice.
pub const LEASE: Duration = Duration::from_secs(60);
