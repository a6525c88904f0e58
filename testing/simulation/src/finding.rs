//! Invariants, and findings of their violations.

use crate::clock::DisplayTime;
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

macro_rules! invariants {
    ($($variant:ident $description:literal;)*) => {
        /// A property that must hold at every step.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Invariant {
            $(#[doc = $description] $variant,)*
        }

        impl Invariant {
            /// All invariants.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns a description of the invariant.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }
        }
    };
}

invariants! {
    Delivery "every event is delivered once and in order";
    LossReports "exactly the lost events are reported as lost";
    SessionKept "a session is not given up while it can be resumed";
    Completeness "at the end, all events of the server are delivered";
    Rules "the gateway reports no rule violation";
    Heartbeat "heartbeats are on time and have the last sequence number";
    Permit "each IDENTIFY has a permit, and unused permits are released";
    Reserve "the reserve of session starts is not spent";
    IdentifyPacing "IDENTIFYs of one rate-limit key are 5 s and a margin apart when they are passed to the socket";
    SharedLimits "processes that share a ledger keep the spacing of each key and the daily limit together, and are not locked out";
    AtLeastOnce "events are handled or reported as lost over any number of processes, and again only if they came after the stored position";
    SwitchDelivery "during a switch to another number of shards, each event is delivered once and in order, and memory is bounded";
    SwitchEnd "a switch to another number of shards is completed unless it has to be aborted";
    FleetOwners "no two nodes of a fleet count on one shard, unless the engine forgot";
    FleetFences "an engine accepts events of the owner with the highest fence only";
    FleetService "no shard is served by a node after another one has it, unless the engine forgot";
    FleetTakeover "a shard of a fleet is served again within 15 s, if a node and the engine can";
    FleetIdentifies "all nodes of a fleet together keep the spacing of each key and the daily limit";
    FleetSessions "no shard of a fleet identifies while its session can be resumed";
    FleetStops "no shard of a fleet stops at once without a fault";
    FleetEvents "every event of a session is published, over any number of nodes";
    FleetBalance "the shards of a fleet are balanced at the end";
    Session "RESUME has the session id and the last delivered sequence number; one IDENTIFY or RESUME per connection";
    SendLimit "at most 120 payloads of at most 4096 bytes in 60 s, and 5 presence updates in 20 s";
    CloseCodes "1000 and 1001 are sent only if the user requested them";
    Disconnects "a healthy connection is not given up";
    ServerRequests "op 7 and op 9 take effect immediately";
    Attempts "connection attempts have a backoff";
    Hosts "connections are made to the hosts of the gateway only";
    Recovery "each recovery step is tried on its host, within its number of tries";
    Deadline "every wait has a deadline in the near future, and time advances";
    Bounds "memory is bounded";
    Commands "each command is resolved exactly once, with the right outcome";
    Requests "each request is resolved exactly once, and has replies if it succeeds";
    Liveness "all shards are ready again after the faults";
    Shutdown "closed shards stop, and release all resources";
}

/// A violation of an invariant.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The violated invariant.
    pub invariant: Invariant,
    /// The time since the start.
    pub at: Duration,
    /// The shard that violated the invariant, if it was a single shard.
    pub shard: Option<u32>,
    /// The details of the violation.
    pub detail: String,
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({})", self.invariant, self.invariant.description())?;
        write!(f, " at {}", DisplayTime(self.at))?;
        if let Some(shard) = self.shard {
            write!(f, ", shard {shard}")?;
        }
        write!(f, ": {}", self.detail)
    }
}

/// The result of a check: an invariant and the details if it is violated.
pub(crate) type Check = Result<(), Violation>;

/// A violated invariant, and the details.
pub(crate) type Violation = (Invariant, String);

/// Returns a violation.
pub(crate) fn violated(invariant: Invariant, detail: impl Into<String>) -> Check {
    Err((invariant, detail.into()))
}
