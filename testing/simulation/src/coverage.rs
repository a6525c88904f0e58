//! What was tried in which state.

use crate::{fault::FaultKind, state::State};
use std::collections::BTreeMap;

macro_rules! kinds {
    ($($variant:ident $name:literal;)*) => {
        /// The machine's inputs, payloads and closes told apart.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum InputKind {
            $(#[doc = $name] $variant,)*
        }

        impl InputKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// A short name.
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
    ConnectImpossible "connect impossible";
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
    ClosedResumable "closed, resumable";
    ClosedReidentify "closed, session over";
    ClosedFatal "closed, fatal";
    Lost "lost";
    PermitGranted "permit granted";
    PermitRefused "permit refused";
    Command "command";
    Request "request";
    ForgetRequest "request dropped";
    ReadPaused "read paused";
    ReadResumed "read resumed";
    Flushed "flushed";
    Timeout "timeout";
    ShutdownKeeping "shutdown, to resume";
    ShutdownEnding "shutdown, for good";
    Reconnect "reconnect";
}

/// How often each input met each state, and under which fault.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coverage {
    /// The last fault of the shard is `None` before the first.
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

    /// Adds what another run covered.
    pub fn merge(&mut self, other: &Self) {
        for (cell, times) in &other.inputs {
            *self.inputs.entry(*cell).or_default() += times;
        }
        for (cell, times) in &other.faults {
            *self.faults.entry(*cell).or_default() += times;
        }
    }

    /// How often that input met that state.
    #[must_use]
    pub fn input_times(&self, state: State, input: InputKind) -> u64 {
        self.inputs
            .range((state, input, None)..)
            .take_while(|((s, i, _), _)| (*s, *i) == (state, input))
            .map(|(_, times)| times)
            .sum()
    }

    /// Under how many faults that input met that state.
    #[must_use]
    pub fn faults_of(&self, state: State, input: InputKind) -> usize {
        self.inputs
            .range((state, input, None)..)
            .take_while(|((s, i, _), _)| (*s, *i) == (state, input))
            .filter(|((_, _, fault), _)| fault.is_some())
            .count()
    }

    /// How often that fault struck in that state.
    #[must_use]
    pub fn fault_times(&self, fault: FaultKind, state: State) -> u64 {
        self.faults
            .get(&(fault, state))
            .copied()
            .unwrap_or_default()
    }

    /// How many cells of state x input x fault were hit.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.inputs.len()
    }
}
