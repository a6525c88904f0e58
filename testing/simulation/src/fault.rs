//! What can go wrong.

use crate::{clock::Shown, state::State};
use gloaming_test_support::Random;
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// One fault of a schedule: what, when, to whom.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// When, counted from the start.
    pub at: Duration,
    /// The shard that it happens to. Kinds that concern all shards don't look at it.
    pub shard: u32,
    /// If set, it waits from `at` until that shard's machine comes into this state.
    pub on: Option<State>,
    /// How long it lasts, if it lasts.
    pub lasting: Duration,
    /// How many, or which, if that makes sense.
    pub amount: u64,
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} shard {}: {}",
            Shown(self.at),
            self.shard,
            self.kind.name()
        )?;
        if let Some(state) = self.on {
            write!(f, ", once it is {}", state.name())?;
        }
        write!(f, " ({:.1} s, {})", self.lasting.as_secs_f64(), self.amount)
    }
}

macro_rules! faults {
    ($($variant:ident $weight:literal $name:literal, $seconds:literal, $most:literal;)*) => {
        /// The kinds of faults.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum FaultKind {
            $(#[doc = $name] $variant,)*
        }

        impl FaultKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What it is, in words.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// How often it is drawn, relative to the others.
            const fn weight(self) -> u64 {
                match self { $(Self::$variant => $weight,)* }
            }

            /// The longest that it lasts, in seconds.
            const fn longest(self) -> u64 {
                match self { $(Self::$variant => $seconds,)* }
            }

            /// The largest amount.
            const fn most(self) -> u64 {
                match self { $(Self::$variant => $most,)* }
            }
        }
    };
}

// Name, weight, words, longest duration in seconds, largest amount.
faults! {
    // The network.
    Cut 8 "cut, both sides hear of it", 0, 0;
    CutUnseenByServer 4 "cut, the server does not hear of it", 0, 0;
    CutUnseenByClient 4 "cut, the client does not hear of it", 0, 0;
    SwallowUp 3 "half-open: nothing arrives at the server any more", 0, 0;
    SwallowDown 3 "half-open: nothing arrives at the client any more", 0, 0;
    SwallowBoth 3 "half-open: nothing arrives anywhere any more", 0, 0;
    Latency 4 "everything takes longer", 60, 3000;
    StallUp 4 "held up on the way to the server", 30, 0;
    StallDown 4 "held up on the way to the client", 30, 0;
    WriteBlocked 5 "the socket takes nothing", 90, 0;
    Stalled 3 "the socket takes nothing, the consumer is slow, and there are commands", 300, 400;
    Refuse 4 "the main host refuses connections", 60, 0;
    RefuseResume 4 "the resume host answers 503", 400, 0;
    Blackhole 3 "the main host does not answer", 60, 0;
    BlackholeResume 3 "the resume host does not answer", 120, 0;
    PermanentResume 3 "the resume host has no certificate that is trusted", 60, 0;
    PermanentMain 1 "the main host has no certificate that is trusted", 20, 0;
    Corrupt 4 "a frame that can't be read", 0, 0;
    Duplicate 3 "events come twice", 0, 3;
    Skip 2 "events are skipped", 0, 2;
    SkipThenLate 2 "an event comes after the next", 0, 0;
    // The server.
    RestartKeeping 2 "the gateway restarts and keeps its sessions", 30, 0;
    RestartLosing 2 "the gateway restarts and loses its sessions", 30, 0;
    CloseResumable 3 "closed with a code that lets resume", 0, 5;
    CloseReidentify 3 "closed with a code that ends the session", 0, 1;
    CloseFatal 2 "closed with a code that forbids to come back", 0, 5;
    CloseOdd 3 "closed with 1000, 1001, an unknown code or none", 0, 3;
    Reconnect 5 "op 7", 0, 0;
    ReconnectFirst 2 "op 7 in place of HELLO", 0, 2;
    InvalidateResumable 3 "op 9 true", 0, 0;
    InvalidateFinal 3 "op 9 false", 0, 0;
    InvalidateReplay 2 "cut, and op 9 true in the middle of the replay", 0, 0;
    RequestHeartbeat 4 "op 1", 0, 4;
    MuteHello 2 "no HELLO", 60, 0;
    MuteReady 3 "no READY", 200, 0;
    MuteAcks 3 "no acknowledgements", 150, 0;
    MuteCloseReplies 2 "no replies to close frames", 120, 0;
    AcceptThenClose 3 "connections are accepted, then closed", 0, 6;
    AcceptThenCut 3 "connections are accepted, then cut", 0, 6;
    Forget 2 "the session is forgotten without a word", 0, 0;
    Burst 3 "many events at once", 0, 200;
    // The bot and its machine.
    Commands 5 "many commands", 0, 150;
    HugeCommand 1 "a command that is too large", 0, 0;
    SlowConsumer 5 "the consumer is slow", 150, 0;
    Unpolled 4 "the shard's task does not run", 120, 0;
    Suspend 2 "the computer sleeps", 600, 0;
    ClockForward 2 "the wall clock is set forward", 600, 0;
    ClockBack 2 "the wall clock is set back", 600, 0;
    UserReconnect 4 "the user asks to reconnect", 0, 0;
    ShutdownResumable 3 "the user closes, to resume later", 60, 0;
    ShutdownFinal 2 "the user closes for good, and starts again", 60, 0;
    Crash 2 "the process dies and starts again", 30, 0;
    QueueRefuses 2 "the queue refuses", 30, 2;
    QueueUpdated 2 "the queue is told the limit anew", 0, 0;
}

impl FaultKind {
    /// Draws a kind by weight.
    fn draw(random: &mut Random) -> Self {
        let total: u64 = Self::ALL.iter().map(|kind| kind.weight()).sum();
        let mut rest = random.below(total);
        for kind in Self::ALL {
            match rest.checked_sub(kind.weight()) {
                Some(left) => rest = left,
                None => return *kind,
            }
        }
        Self::Cut
    }
}

impl Fault {
    /// Draws a fault that begins before `until`.
    pub(crate) fn draw(random: &mut Random, shards: u32, until: Duration) -> Self {
        let kind = FaultKind::draw(random);
        let longest = kind.longest() * 1000;
        Self {
            kind,
            at: random.millis(0, until.as_millis() as u64),
            shard: random.below(shards),
            on: random.once_in(2).then(|| random.pick(State::WAITING)),
            lasting: random.millis(longest / 20, longest),
            amount: random.between(0, kind.most()),
        }
    }
}
