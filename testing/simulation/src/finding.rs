//! What must hold, and what is found when it does not.

use crate::clock::Shown;
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

macro_rules! invariants {
    ($($variant:ident $words:literal;)*) => {
        /// Something that must hold at every step.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Invariant {
            $(#[doc = $words] $variant,)*
        }

        impl Invariant {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What it is, in words.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }
        }
    };
}

invariants! {
    Delivery "every event is delivered once and in order";
    Loss "a loss is announced, and nothing else is";
    Keeping "no session is given up while it might be resumed";
    Complete "in the end, all that the server made was delivered";
    Rules "the gateway has nothing to complain of";
    Heartbeat "heartbeats are on time and carry the last sequence";
    Permit "each IDENTIFY has a permit, and no permit is kept for nothing";
    Pace "IDENTIFYs of one key are 5 s and a margin apart when they are handed to the socket";
    Session "RESUME names the session and the last event delivered; one session message a connection";
    Window "at most 120 payloads of at most 4096 bytes in 60 s";
    Goodbye "1000 and 1001 are for those who asked for them";
    Patience "no connection is given up without a reason";
    Obedience "op 7 and op 9 are obeyed at once";
    Attempts "connections are not made in a hot loop";
    Recovery "each step is tried as often as it may, on its own host";
    Deadline "every wait has a deadline, within reach, and time goes on";
    Bounds "memory is bounded";
    Commands "each command ends exactly once, and as it was told";
    Requests "each request ends exactly once, and with its replies if it ends well";
    Liveness "once faults cease, all shards are ready again";
    Shutdown "closed shards stop, and leave nothing behind";
}

/// An invariant that did not hold.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// Which.
    pub invariant: Invariant,
    /// When.
    pub at: Duration,
    /// With which shard, if with one.
    pub shard: Option<u32>,
    /// How.
    pub detail: String,
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({})", self.invariant, self.invariant.words())?;
        write!(f, " at {}", Shown(self.at))?;
        if let Some(shard) = self.shard {
            write!(f, ", shard {shard}")?;
        }
        write!(f, ": {}", self.detail)
    }
}

/// What an invariant's guard says.
pub(crate) type Check = Result<(), (Invariant, String)>;

/// Says no.
pub(crate) fn broken(invariant: Invariant, detail: impl Into<String>) -> Check {
    Err((invariant, detail.into()))
}
