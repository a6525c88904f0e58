//! The faults that are injected.

use crate::{clock::DisplayTime, state::State};
use gloaming_test_support::Random;
use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

/// A fault of a plan.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The kind of the fault.
    pub kind: FaultKind,
    /// The time since the start at which the fault is due.
    pub at: Duration,
    /// The affected shard. Kinds that affect all shards ignore it.
    pub shard: u32,
    /// If set, the fault is injected when the shard's machine enters this state after `at`.
    pub on: Option<State>,
    /// The duration, for kinds that have one.
    pub duration: Duration,
    /// A count or an index, for kinds that have one.
    pub amount: u64,
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} shard {}: {}",
            DisplayTime(self.at),
            self.shard,
            self.kind.name()
        )?;
        if let Some(state) = self.on {
            write!(f, ", once in state {}", state.name())?;
        }
        write!(
            f,
            " ({:.1} s, {})",
            self.duration.as_secs_f64(),
            self.amount
        )
    }
}

macro_rules! faults {
    ($($variant:ident $weight:literal $name:literal, $seconds:literal, $max:literal;)*) => {
        /// The kinds of faults.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum FaultKind {
            $(#[doc = $name] $variant,)*
        }

        impl FaultKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns a description of the kind.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns how often the kind is drawn, relative to the others.
            const fn weight(self) -> u64 {
                match self { $(Self::$variant => $weight,)* }
            }

            /// Returns the longest duration in seconds.
            const fn max_seconds(self) -> u64 {
                match self { $(Self::$variant => $seconds,)* }
            }

            /// Returns the largest amount.
            const fn max_amount(self) -> u64 {
                match self { $(Self::$variant => $max,)* }
            }
        }
    };
}

// Name, weight, description, longest duration in seconds, largest amount.
faults! {
    // The network.
    Cut 8 "cut, both sides are notified", 0, 0;
    CutUnnoticedByServer 4 "cut, the server is not notified", 0, 0;
    CutUnnoticedByClient 4 "cut, the client is not notified", 0, 0;
    HalfOpenUpstream 3 "half-open: packets to the server are lost", 0, 0;
    HalfOpenDownstream 3 "half-open: packets to the client are lost", 0, 0;
    HalfOpenBoth 3 "half-open: packets in both directions are lost", 0, 0;
    Latency 4 "higher latency", 60, 3000;
    StallUpstream 4 "packets to the server are stalled", 30, 0;
    StallDownstream 4 "packets to the client are stalled", 30, 0;
    WriteBlocked 5 "writes to the socket block", 90, 0;
    Stalled 3 "writes to the socket block, the consumer is slow, and commands are queued", 300, 400;
    BlockedWithCommands 3 "writes to the socket block, and commands are queued", 30, 400;
    Refuse 4 "the main host refuses connections", 60, 0;
    RefuseResume 4 "the resume host answers 503", 400, 0;
    RetryAfter 3 "the main host refuses connections with Retry-After", 90, 240;
    RetryAfterResume 3 "the resume host refuses connections with Retry-After", 120, 240;
    Blackhole 3 "the main host does not respond", 60, 0;
    BlackholeResume 3 "the resume host does not respond", 120, 0;
    UntrustedResume 3 "the resume host's certificate is not trusted", 60, 0;
    UntrustedMain 1 "the main host's certificate is not trusted", 20, 0;
    Corrupt 4 "an unreadable frame", 0, 0;
    Duplicate 3 "events are duplicated", 0, 3;
    Skip 2 "events are skipped", 0, 2;
    Reorder 2 "an event is delivered after the next one", 0, 0;
    // The server.
    RestartKeeping 2 "the gateway restarts and keeps its sessions", 30, 0;
    RestartLosing 2 "the gateway restarts and loses its sessions", 30, 0;
    CloseResumable 3 "closed with a resumable code", 0, 5;
    CloseReidentify 3 "closed with a code that ends the session", 0, 1;
    CloseFatal 2 "closed with a fatal code", 0, 5;
    CloseOther 3 "closed with 1000, 1001, an unknown code or none", 0, 3;
    Reconnect 5 "op 7", 0, 0;
    ReconnectBeforeHello 2 "op 7 instead of HELLO", 0, 2;
    InvalidateResumable 3 "op 9 true", 0, 0;
    InvalidateFinal 3 "op 9 false", 0, 0;
    InvalidateReplay 2 "cut, then op 9 true during the replay", 0, 0;
    RequestHeartbeat 4 "op 1", 0, 4;
    EarlyAck 3 "op 11 before its heartbeat, then half-open: packets to the server are lost", 0, 0;
    StraySequence 3 "op 11 with a sequence number", 0, 0;
    Flood 4 "more frames without an event than a gateway sends", 0, 0;
    ForeignResumeUrl 3 "the session is forgotten, then READY with the URL of another host", 0, 2;
    UnusableReady 3 "the session is forgotten, then READY without a session id", 0, 3;
    MuteHello 2 "no HELLO", 60, 0;
    MuteReady 3 "no READY", 200, 0;
    MuteAcks 3 "no heartbeat ACKs", 150, 0;
    MuteCloseReplies 2 "no replies to close frames", 120, 0;
    AcceptThenClose 3 "connections are accepted, then closed", 0, 6;
    AcceptThenCut 3 "connections are accepted, then cut", 0, 6;
    AnswerThenClose 2 "for some time, connections are closed after HELLO", 120, 0;
    SlowReplay 3 "cut, then a slow replay", 0, 0;
    ReadyForResume 3 "cut, then READY in answer to RESUME", 0, 0;
    ForgetSession 2 "the session is forgotten without a notification", 0, 0;
    Burst 3 "many events at once", 0, 200;
    // The bot and its machine.
    Commands 5 "many commands", 0, 150;
    OversizedCommand 1 "an oversized command", 0, 0;
    SlowConsumer 5 "the consumer is slow", 150, 0;
    Unpolled 4 "the shard's task is not polled", 120, 0;
    Suspend 2 "the computer is suspended", 600, 0;
    ClockForward 2 "the wall clock is set forward", 100_000, 0;
    ClockBack 2 "the wall clock is set back", 100_000, 0;
    UserReconnect 4 "the user requests a reconnect", 0, 0;
    NewSession 3 "the user requests a new session", 0, 0;
    ShutdownResumable 3 "the user closes with a resumable code, and restarts", 60, 0;
    ShutdownFinal 2 "the user closes with 1000, and restarts", 60, 0;
    ForeignSession 3 "the user closes with a resumable code, and restarts with the session of another shard", 60, 0;
    Crash 2 "the process crashes and restarts", 30, 0;
    PermitRefused 2 "the queue refuses permits", 30, 2;
    LimitUpdated 2 "the queue's limit is updated from REST", 0, 0;
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
        let longest = kind.max_seconds() * 1000;
        Self {
            kind,
            at: random.millis(0, until.as_millis() as u64),
            shard: random.below(shards),
            on: random
                .once_in(2)
                .then(|| random.pick(State::FAULT_TRIGGERS)),
            duration: random.millis(longest / 20, longest),
            amount: random.between(0, kind.max_amount()),
        }
    }
}
