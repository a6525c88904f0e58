//! The inputs and faults that occurred in each state.

use crate::{fault::FaultKind, state::State};
use std::collections::BTreeMap;

macro_rules! kinds {
    ($($variant:ident $name:literal;)*) => {
        /// The kinds of the machine's inputs, with payloads and close codes divided by their effect.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum InputKind {
            $(#[doc = $name] $variant,)*
        }

        impl InputKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns a short name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    Start "start";
    Connected "connected";
    ConnectFailed "connect failed";
    ConnectRejected "connect rejected";
    ConnectDelayed "connect failed, Retry-After";
    Hello "HELLO";
    Ready "READY";
    Resumed "RESUMED";
    Dispatch "event";
    HeartbeatRequest "op 1";
    HeartbeatAck "op 11";
    ReconnectRequest "op 7";
    InvalidResumable "op 9 true";
    InvalidFinal "op 9 false";
    Unreadable "unreadable";
    Flood "flood";
    ClosedResumable "closed, resumable";
    ClosedReidentify "closed, reidentify";
    ClosedFatal "closed, fatal";
    Lost "lost";
    PermitGranted "permit granted";
    PermitRefused "permit refused";
    Command "command";
    Request "request";
    DropRequest "request dropped";
    ReadPaused "read paused";
    ReadResumed "read resumed";
    Flushed "flushed";
    Timeout "timeout";
    ShutdownResumable "shutdown, resumable";
    ShutdownFinal "shutdown, final";
    Reconnect "reconnect";
    NewSession "new session";
}

/// How often each input occurred in each state, and after which fault.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coverage {
    /// By state, input, and the last fault of the shard, which is `None` before the first fault.
    inputs: BTreeMap<(State, InputKind, Option<FaultKind>), u64>,
    faults: BTreeMap<(FaultKind, State), u64>,
}

impl Coverage {
    pub(crate) fn input(&mut self, state: State, input: InputKind, under: Option<FaultKind>) {
        *self.inputs.entry((state, input, under)).or_default() += 1;
    }

    pub(crate) fn fault(&mut self, fault: FaultKind, state: State) {
        *self.faults.entry((fault, state)).or_default() += 1;
    }

    /// Adds the coverage of another run.
    pub fn merge(&mut self, other: &Self) {
        for (cell, count) in &other.inputs {
            *self.inputs.entry(*cell).or_default() += count;
        }
        for (cell, count) in &other.faults {
            *self.faults.entry(*cell).or_default() += count;
        }
    }

    /// Returns how often the input occurred in the state.
    #[must_use]
    pub fn input_count(&self, state: State, input: InputKind) -> u64 {
        self.inputs
            .range((state, input, None)..)
            .take_while(|((s, i, _), _)| (*s, *i) == (state, input))
            .map(|(_, count)| count)
            .sum()
    }

    /// Returns the number of fault kinds after which the input occurred in the state.
    #[must_use]
    pub fn fault_kind_count(&self, state: State, input: InputKind) -> usize {
        self.inputs
            .range((state, input, None)..)
            .take_while(|((s, i, _), _)| (*s, *i) == (state, input))
            .filter(|((_, _, fault), _)| fault.is_some())
            .count()
    }

    /// Returns how often the fault was injected in the state.
    #[must_use]
    pub fn fault_count(&self, fault: FaultKind, state: State) -> u64 {
        self.faults
            .get(&(fault, state))
            .copied()
            .unwrap_or_default()
    }

    /// Returns the number of combinations of state, input and fault that occurred.
    #[must_use]
    pub fn cell_count(&self) -> usize {
        self.inputs.len()
    }
}
