//! The state of a supervised shard, as data.
//!
//! ```text
//!  NotStarted ──start──► Running ──panic──► Restarting
//!      │                 │     ▲                │ │
//!      │ close           │     └─────delay──────┘ │ close
//!      ▼                 ▼ stopped                ▼
//!      └─────────────► Exited ◄───────────────────┘
//! ```

use gloaming_protocol::CloseFrame;
use serde::Serialize;
use std::{
    fmt::{self, Display, Formatter},
    sync::Arc,
    time::Instant,
};

/// Where a supervised shard is in its life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Phase {
    NotStarted,
    Running,
    Restarting { at: Instant },
    Exited(ExitReason),
}

/// Why a shard of a cluster does not run any more.
///
/// `Display` is a phrase that follows "the shard is". Serialized, it is the name of the reason, such as
/// `"peer-refused"`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ExitReason {
    /// The application closed it.
    Closed,
    /// Discord refuses to let it reconnect, or it can't work with its configuration. The
    /// [`Item::Failure`](gloaming_shard::Item::Failure) before says which.
    FatallyClosed,
    /// Discord refused another shard for a reason that concerns this one, too, and this one had no session to
    /// go on with. [`Events::fatal_error`](crate::Events::fatal_error) has the reason.
    PeerRefused,
    /// Its task panicked, and the [`RestartPolicy`](crate::RestartPolicy) does not restart it.
    Crashed,
    /// The stream of its items was dropped.
    ItemsDropped,
    /// The tokio runtime in which it ran was shut down.
    RuntimeShutDown,
}

impl Display for ExitReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::FatallyClosed => "closed after a fatal error",
            Self::PeerRefused => {
                "closed, as discord refused another shard for a reason that concerns this one"
            }
            Self::Crashed => "ended by a panic and not restarted",
            Self::ItemsDropped => "ended, as the stream of its items was dropped",
            Self::RuntimeShutDown => "ended, as its tokio runtime was shut down",
        })
    }
}

/// What a shard is to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum DesiredState {
    Running,
    /// Run while there is a session, and never identify: Discord would refuse it.
    NotIdentifying,
    Closed(CloseFrame<'static>),
    Aborted,
}

/// A shard's phase and crashes, as published by its supervisor.
#[derive(Clone, Debug)]
pub(crate) struct SupervisionStatus {
    pub(crate) phase: Phase,
    pub(crate) crashes: u64,
    pub(crate) last_crash: Option<Arc<str>>,
}
