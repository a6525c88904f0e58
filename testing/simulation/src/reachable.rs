//! Which inputs can meet which states.

use crate::{Coverage, InputKind, State};

/// Whether an input can meet a state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// It can, and some seed has to show it.
    Reachable,
    /// It can't.
    Unreachable(Why),
}

macro_rules! reasons {
    ($($variant:ident $letter:literal $words:literal;)*) => {
        /// Why an input can't meet a state.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Why {
            $(#[doc = $words] $variant,)*
        }

        impl Why {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What stands for it in the table.
            #[must_use]
            pub const fn letter(self) -> char {
                match self { $(Self::$variant => $letter,)* }
            }

            /// It in words.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }
        }
    };
}

reasons! {
    Once 'o' "a machine is started once, before all else, by the code that made it";
    NoAttempt 'a' "only an attempt to connect succeeds or fails";
    NoConnection 'n' "without an open connection nothing is read";
    NoWriting 'w' "nothing is sent then, answers to an early op 1 apart";
    Protocol 'p' "the gateway does not send this then";
    NoRequest 'r' "a permit that was not asked for, or was withdrawn, is not granted";
    NoDeadline 'd' "there is nothing to wait for";
    NoOpenRequest 'q' "requests end when the machine stops";
}

/// Whether `input` can meet `state`, and if not, why.
#[must_use]
pub const fn reach(state: State, input: InputKind) -> Reach {
    use InputKind as I;
    use Reach::{Reachable, Unreachable};
    use State as S;

    let is_unconnected = matches!(state, S::Connecting | S::Backoff | S::Stopped);
    match (input, state) {
        (I::Start, S::Idle) => Reachable,
        (I::Start, _) | (_, S::Idle) => Unreachable(Why::Once),
        (I::Connected | I::ConnectFailed | I::ConnectImpossible, S::Connecting) => Reachable,
        (I::Connected | I::ConnectFailed | I::ConnectImpossible, _) => Unreachable(Why::NoAttempt),
        (I::PermitGranted | I::PermitRefused, S::AwaitPermit) => Reachable,
        (I::PermitGranted | I::PermitRefused, _) => Unreachable(Why::NoRequest),
        (I::Timeout, S::Stopped) => Unreachable(Why::NoDeadline),
        (I::ForgetRequest, S::Stopped) => Unreachable(Why::NoOpenRequest),
        (I::Flushed, S::AwaitPermit | S::Identifying | S::Resuming | S::Active | S::Closing) => {
            Reachable
        }
        (I::Flushed, _) => Unreachable(Why::NoWriting),
        (
            I::Hello
            | I::Ready
            | I::Resumed
            | I::Dispatch
            | I::HeartbeatRequest
            | I::HeartbeatAck
            | I::ReconnectRequest
            | I::InvalidResumable
            | I::InvalidFinal
            | I::Unreadable
            | I::ClosedResumable
            | I::ClosedReidentify
            | I::ClosedFatal
            | I::Lost,
            _,
        ) if is_unconnected => Unreachable(Why::NoConnection),
        // HELLO comes once; what comes late meets a machine that is leaving.
        (I::Hello, S::AwaitHello | S::Closing) => Reachable,
        (I::Hello, _) => Unreachable(Why::Protocol),
        // Each answers one request.
        (I::Ready, S::Identifying | S::Closing) => Reachable,
        (I::Ready, _) => Unreachable(Why::Protocol),
        // Active: an earlier RESUMED is among what is replayed.
        (I::Resumed, S::Resuming | S::Active | S::Closing) => Reachable,
        (I::Resumed, _) => Unreachable(Why::Protocol),
        // Only a session has events, and only a session is invalidated.
        (I::Dispatch, S::AwaitHello | S::AwaitPermit | S::Identifying)
        | (I::InvalidResumable, S::AwaitHello | S::AwaitPermit | S::Identifying)
        | (I::InvalidFinal, S::AwaitHello | S::AwaitPermit) => Unreachable(Why::Protocol),
        _ => Reachable,
    }
}

/// The cells that should have been hit, and were not.
#[must_use]
pub fn unreached(coverage: &Coverage) -> Vec<String> {
    let mut missing = Vec::new();
    for state in State::ALL {
        for input in InputKind::ALL {
            if reach(*state, *input) == Reach::Reachable
                && coverage.input_times(*state, *input) == 0
            {
                missing.push(format!("{} while {}", input.name(), state.name()));
            }
        }
    }
    missing
}
