//! The state of a supervised shard, as data.
//!
//! ```text
//!                       Stopped ◄──────stop───────┐
//!                        │    ▲                   │
//!                  start │    │ stop (Stopping)   │
//!                        ▼    │                   │
//!  NotStarted ──start──► Running ──panic──► Restarting
//!      │                 │     ▲                │ │
//!      │ close           │     └─────delay──────┘ │ close
//!      ▼                 ▼ closed                 ▼
//!      └─────────────► Exited ◄───────────────────┘
//!                        ▲
//!                        └─────── close ─────── Stopped
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
    Restarting {
        at: Instant,
    },
    /// It was asked to stop, or is stopping and runs again after that.
    Stopping,
    /// Until the application starts it again. It keeps its session.
    Stopped,
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
    /// Close the connection and keep the session.
    Stopped(IdentifyRight),
    Closed(CloseFrame<'static>),
    Aborted,
}

/// Whether a stopped shard may identify once it is started again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum IdentifyRight {
    Allowed,
    Forbidden,
}

impl DesiredState {
    /// What the shard is to do once it is to stop.
    pub(crate) const fn stopped(&self) -> Option<Self> {
        match self {
            Self::Running => Some(Self::Stopped(IdentifyRight::Allowed)),
            Self::NotIdentifying => Some(Self::Stopped(IdentifyRight::Forbidden)),
            _ => None,
        }
    }

    /// What a stopped shard is to do once it is started again.
    pub(crate) const fn started(&self) -> Option<Self> {
        match self {
            Self::Stopped(IdentifyRight::Allowed) => Some(Self::Running),
            Self::Stopped(IdentifyRight::Forbidden) => Some(Self::NotIdentifying),
            _ => None,
        }
    }

    /// What the shard is to do once it must not identify.
    pub(crate) const fn not_identifying(&self) -> Option<Self> {
        match self {
            Self::Running => Some(Self::NotIdentifying),
            Self::Stopped(IdentifyRight::Allowed) => Some(Self::Stopped(IdentifyRight::Forbidden)),
            _ => None,
        }
    }

    /// Whether the shard is to go on, now or later.
    pub(crate) const fn is_kept(&self) -> bool {
        matches!(
            self,
            Self::Running | Self::NotIdentifying | Self::Stopped(_)
        )
    }
}

/// A shard's phase and crashes, as published by its supervisor.
#[derive(Clone, Debug)]
pub(crate) struct SupervisionStatus {
    pub(crate) phase: Phase,
    pub(crate) crashes: u64,
    pub(crate) last_crash: Option<Arc<str>>,
}

#[cfg(test)]
mod tests {
    use super::{DesiredState, IdentifyRight};
    use gloaming_protocol::CloseFrame;

    const STOPPED: DesiredState = DesiredState::Stopped(IdentifyRight::Allowed);
    const STOPPED_WITHOUT_RIGHT: DesiredState = DesiredState::Stopped(IdentifyRight::Forbidden);

    #[test]
    fn stopping_and_starting_keeps_the_right_to_identify() {
        for (running, stopped) in [
            (DesiredState::Running, STOPPED),
            (DesiredState::NotIdentifying, STOPPED_WITHOUT_RIGHT),
        ] {
            assert_eq!(running.stopped(), Some(stopped.clone()));
            assert_eq!(stopped.started(), Some(running.clone()));
            // Again, nothing changes.
            assert_eq!(stopped.stopped(), None);
            assert_eq!(running.started(), None);
        }
    }

    #[test]
    fn right_to_identify_is_lost_once() {
        let running = DesiredState::Running.not_identifying();
        assert_eq!(running, Some(DesiredState::NotIdentifying));
        assert_eq!(STOPPED.not_identifying(), Some(STOPPED_WITHOUT_RIGHT));
        assert_eq!(DesiredState::NotIdentifying.not_identifying(), None);
        assert_eq!(STOPPED_WITHOUT_RIGHT.not_identifying(), None);
    }

    #[test]
    fn end_is_final() {
        for end in [
            DesiredState::Closed(CloseFrame::NORMAL),
            DesiredState::Aborted,
        ] {
            assert_eq!(end.stopped(), None);
            assert_eq!(end.started(), None);
            assert_eq!(end.not_identifying(), None);
            assert!(!end.is_kept());
        }
    }
}
