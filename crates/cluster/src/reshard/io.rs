//! What a [`Switchover`](super::Switchover) takes and returns.

use super::{EventScope, ShardSet};
use std::{
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

/// What happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SwitchoverInput<T> {
    /// A shard brought an event, of which an [`EventSummary`](super::EventSummary) has the scope, role and fingerprint.
    Event {
        /// The set of the shard.
        set: ShardSet,
        /// The number of the shard.
        shard: u32,
        /// What the event belongs to.
        scope: EventScope,
        /// What kind of event it is.
        role: EventRole,
        /// A hash of the name and the data of the event, but not of its sequence number. Copies of an event have the same
        /// fingerprint.
        fingerprint: u64,
        /// The event.
        item: T,
    },
    /// A shard has lost its connection. It may resume its session.
    Disconnected {
        /// The set of the shard.
        set: ShardSet,
        /// The number of the shard.
        shard: u32,
    },
    /// A shard has lost its session, and has to identify.
    SessionLost {
        /// The set of the shard.
        set: ShardSet,
        /// The number of the shard.
        shard: u32,
    },
    /// A shard got READY: it has another session than before, and events may be missing in between.
    Ready {
        /// The set of the shard.
        set: ShardSet,
        /// The number of the shard.
        shard: u32,
        /// The guilds that READY lists.
        guilds: Vec<u64>,
    },
    /// The guilds of a shard have arrived, or those that are missing are no longer awaited.
    GuildsArrived {
        /// The set of the shard.
        set: ShardSet,
        /// The number of the shard.
        shard: u32,
    },
    /// Everything that the gateway sent to a shard until a time was passed to [`handle_input`](super::Switchover::handle_input).
    ///
    /// That is known when the ACK of a heartbeat arrives that was sent at this time, in a session that is established
    /// and, after a RESUME, has got RESUMED before. It is also known of a shard that has no session: until READY, nothing comes.
    Received {
        /// The set of the shard.
        set: ShardSet,
        /// The number of the shard.
        shard: u32,
        /// The time.
        until: Instant,
    },
    /// A shard has stopped for good.
    Stopped {
        /// The set of the shard.
        set: ShardSet,
        /// The number of the shard.
        shard: u32,
    },
    /// The switch is no longer wanted.
    Abort,
}

/// What an event means for the switch.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EventRole {
    /// GUILD_CREATE: after it, the shard gets the events of the guild.
    GuildCreate,
    /// GUILD_DELETE without `unavailable`: the bot is no longer in the guild.
    GuildRemoved,
    /// Any other event that both sets get.
    Shared,
    /// An event that one session gets, and the other never: READY, RESUMED, and answers to commands.
    OfSession,
}

/// What is to be done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SwitchoverOutput<T> {
    /// The consumer gets an event.
    Deliver(T),
    /// The switch is over, once. Close the other set, and go on with inputs until
    /// [`is_drained`](super::Switchover::is_drained).
    Finished(SwitchoverOutcome),
}

/// How a switch has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SwitchoverOutcome {
    /// Which set remains, and why.
    pub end: SwitchoverEnd,
    /// The number of guilds whose events came from both sets at the end.
    pub guilds: usize,
    /// The number of second copies that were dropped.
    pub matched: u64,
    /// The number of events of which only one copy arrived where two were expected. Events that Discord sends to one session
    /// only are among them. Many of them mean that the window is too short.
    pub unmatched: u64,
    /// The number of guilds in which events may be missing, since both sets lost a session or a shard. Zero otherwise.
    pub possible_gaps: u64,
    /// How long the switch took.
    pub duration: Duration,
}

/// Which set remains after a switch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SwitchoverEnd {
    /// The new one.
    Completed,
    /// The old one, for this reason.
    Aborted(AbortReason),
}

/// Why a switch was aborted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AbortReason {
    /// A shard of the new set has stopped for good; Discord may have refused it.
    ShardStopped {
        /// The number of the shard.
        shard: u32,
    },
    /// There was no progress for the time of the settings.
    Timeout {
        /// The number of shards of the new set that are not ready.
        shards: usize,
        /// The number of guilds, and of streams of direct messages, whose events do not come from both sets.
        guilds: usize,
    },
    /// More fingerprints or guilds had to be kept than the settings allow.
    TooManyTracked,
    /// More events had to be held than the settings allow.
    TooManyHeld,
    /// The application asked for it.
    Requested,
}

impl SwitchoverEnd {
    /// Returns the set that remains.
    #[must_use]
    pub const fn remaining(self) -> ShardSet {
        match self {
            Self::Completed => ShardSet::New,
            Self::Aborted(_) => ShardSet::Old,
        }
    }
}

impl Display for AbortReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShardStopped { shard } => {
                write!(f, "shard {shard} of the new set has stopped for good")
            }
            Self::Timeout { shards, guilds } => write!(
                f,
                "there was no progress for too long: {shards} shards of the new set are not ready, and {guilds} guilds \
                 have not arrived or are not aligned"
            ),
            Self::TooManyTracked => {
                f.write_str("more events had to be tracked than the limit allows")
            }
            Self::TooManyHeld => f.write_str("more events had to be held than the limit allows"),
            Self::Requested => f.write_str("the application aborted it"),
        }
    }
}

/// Which set brings the events of a guild.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum GuildOwner {
    /// Events of this set are delivered, and those of the other are not.
    Set(ShardSet),
    /// Of the two copies of an event the first is delivered, and either set may end.
    Both,
}

#[cfg(test)]
mod tests {
    use super::AbortReason;

    #[test]
    fn reason_of_an_abort_has_its_figures() {
        for (reason, text) in [
            (
                AbortReason::ShardStopped { shard: 5 },
                "shard 5 of the new set has stopped for good",
            ),
            (
                AbortReason::Timeout {
                    shards: 2,
                    guilds: 31,
                },
                "there was no progress for too long: 2 shards of the new set are not ready, and 31 guilds have not arrived \
                 or are not aligned",
            ),
            (
                AbortReason::TooManyTracked,
                "more events had to be tracked than the limit allows",
            ),
            (
                AbortReason::TooManyHeld,
                "more events had to be held than the limit allows",
            ),
            (AbortReason::Requested, "the application aborted it"),
        ] {
            assert_eq!(reason.to_string(), text);
        }
    }
}
