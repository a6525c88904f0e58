//! How the bot handles events.

use gloaming_cluster::ApplicationState;
use std::{
    fmt::{self, Display, Formatter},
    str::FromStr,
};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    /// One after the other: coming back for the next event acknowledges the one before.
    OneByOne,
    /// In 64 tasks that finish in any order, with explicit acknowledgements.
    Concurrent,
    /// One after the other, with a state of the application that is stored with the session.
    WithState,
    /// As with a state, which is a cache of guilds with their channels, roles and members.
    WithCache,
}

impl Mode {
    pub(crate) const ALL: [Self; 4] = [
        Self::OneByOne,
        Self::Concurrent,
        Self::WithState,
        Self::WithCache,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OneByOne => "one-by-one",
            Self::Concurrent => "concurrent",
            Self::WithState => "with-state",
            Self::WithCache => "with-cache",
        }
    }

    /// Whether the bot stores a state with its sessions.
    pub(crate) const fn state(self) -> ApplicationState {
        match self {
            Self::OneByOne | Self::Concurrent => ApplicationState::None,
            Self::WithState | Self::WithCache => ApplicationState::Provided,
        }
    }
}

impl Display for Mode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let mode = Self::ALL.into_iter().find(|mode| mode.name() == name);
        mode.ok_or_else(|| format!("there is no mode `{name}`"))
    }
}
