//! The inputs that can occur in each state.

use crate::{Coverage, InputKind, State};

/// Whether an input can occur in a state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reachability {
    /// The input can occur, and must occur in at least one seed of a large campaign.
    Reachable,
    /// The input can't occur, for this reason.
    Unreachable(UnreachableReason),
}

macro_rules! reasons {
    ($($variant:ident $letter:literal $description:literal;)*) => {
        /// The reason why an input can't occur in a state.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum UnreachableReason {
            $(#[doc = $description] $variant,)*
        }

        impl UnreachableReason {
            /// All reasons.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns the letter for the reason in the coverage table.
            #[must_use]
            pub const fn letter(self) -> char {
                match self { $(Self::$variant => $letter,)* }
            }

            /// Returns a description of the reason.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }
        }
    };
}

reasons! {
    Once 'o' "a machine is started once, before any other input";
    NoAttempt 'a' "only a connection attempt can succeed or fail";
    NoConnection 'n' "nothing is read without an open connection";
    NoWriting 'w' "nothing is sent in this state, except for replies to an early op 1";
    Protocol 'p' "the gateway does not send this in this state";
    NoRequest 'r' "a permit is granted or refused only while it is requested";
    NoDeadline 'd' "a stopped machine has no deadline";
    NoOpenRequest 'q' "all requests are resolved when the machine stops";
}

/// Returns whether `input` can occur in `state`.
#[must_use]
pub const fn reachability(state: State, input: InputKind) -> Reachability {
    use InputKind as I;
    use Reachability::{Reachable, Unreachable};
    use State as S;

    let is_unconnected = matches!(state, S::Connecting | S::Backoff | S::Stopped);
    match (input, state) {
        (I::Start, S::Idle) => Reachable,
        (I::Start, _) | (_, S::Idle) => Unreachable(UnreachableReason::Once),
        (
            I::Connected | I::ConnectFailed | I::ConnectRejected | I::ConnectDelayed,
            S::Connecting,
        ) => Reachable,
        (I::Connected | I::ConnectFailed | I::ConnectRejected | I::ConnectDelayed, _) => {
            Unreachable(UnreachableReason::NoAttempt)
        }
        (I::PermitGranted | I::PermitRefused, S::AwaitPermit) => Reachable,
        (I::PermitGranted | I::PermitRefused, _) => Unreachable(UnreachableReason::NoRequest),
        (I::Timeout, S::Stopped) => Unreachable(UnreachableReason::NoDeadline),
        (I::DropRequest, S::Stopped) => Unreachable(UnreachableReason::NoOpenRequest),
        (I::Flushed, S::AwaitPermit | S::Identifying | S::Resuming | S::Active | S::Closing) => {
            Reachable
        }
        (I::Flushed, _) => Unreachable(UnreachableReason::NoWriting),
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
            | I::Flood
            | I::ClosedResumable
            | I::ClosedReidentify
            | I::ClosedFatal
            | I::Lost,
            _,
        ) if is_unconnected => Unreachable(UnreachableReason::NoConnection),
        // HELLO is sent once per connection. A late one can arrive while the machine is closing.
        (I::Hello, S::AwaitHello | S::Closing) => Reachable,
        (I::Hello, _) => Unreachable(UnreachableReason::Protocol),
        // READY is the reply to IDENTIFY, and to RESUME if the server starts a new session. RESUMED is the other reply to
        // RESUME.
        (I::Ready, S::Identifying | S::Resuming | S::Closing) => Reachable,
        (I::Ready, _) => Unreachable(UnreachableReason::Protocol),
        // In `Active`, the replay can contain an earlier RESUMED.
        (I::Resumed, S::Resuming | S::Active | S::Closing) => Reachable,
        (I::Resumed, _) => Unreachable(UnreachableReason::Protocol),
        // Events and invalidations require a session.
        (I::Dispatch, S::AwaitHello | S::AwaitPermit | S::Identifying)
        | (I::InvalidResumable, S::AwaitHello | S::AwaitPermit | S::Identifying)
        | (I::InvalidFinal, S::AwaitHello | S::AwaitPermit) => {
            Unreachable(UnreachableReason::Protocol)
        }
        _ => Reachable,
    }
}

/// Returns the reachable combinations of state and input that did not occur.
#[must_use]
pub fn missing_cells(coverage: &Coverage) -> Vec<String> {
    let mut missing = Vec::new();
    for state in State::ALL {
        for input in InputKind::ALL {
            if reachability(*state, *input) == Reachability::Reachable
                && coverage.input_count(*state, *input) == 0
            {
                missing.push(format!("{} while {}", input.name(), state.name()));
            }
        }
    }
    missing
}
