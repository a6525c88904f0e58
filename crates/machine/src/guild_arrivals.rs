//! Which of the guilds that READY lists have arrived.

use gloaming_protocol::{Payload, limits::MAX_UNREAD_WAIT, view::ViewError};
use serde::Deserialize;
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};
use twilight_model::id::{Id, marker::GuildMarker};

/// The guilds of a session that are awaited after READY.
#[derive(Debug, Default)]
pub(crate) enum GuildArrivals {
    /// No session awaits guilds.
    #[default]
    NotAwaited,
    Awaited {
        missing: HashSet<Id<GuildMarker>>,
        arrived: usize,
        /// When READY or the last of them arrived.
        progressed: Instant,
        /// When to report that the missing ones have not arrived.
        deadline: Instant,
    },
}

/// The end of the wait for guilds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Arrived {
    pub(crate) arrived: usize,
    pub(crate) missing: usize,
}

/// The part of READY that lists the guilds.
#[derive(Deserialize)]
struct ReadyGuilds {
    guilds: Vec<ReadyGuild>,
}

#[derive(Deserialize)]
struct ReadyGuild {
    id: Id<GuildMarker>,
}

/// The part of GUILD_CREATE and GUILD_DELETE that matters here.
struct Guild {
    id: Id<GuildMarker>,
    unavailable: Option<bool>,
}

impl Guild {
    /// Skips the rest of the guild, which may have megabytes.
    fn of(payload: &Payload<'_>) -> Result<Self, ViewError> {
        let guild = payload.object()?;
        Ok(Self {
            id: guild.required("id")?,
            unavailable: guild.optional("unavailable")?,
        })
    }
}

impl GuildArrivals {
    /// Awaits the guilds that READY lists. Returns the end of the wait if it lists none.
    ///
    /// Nothing is awaited if the list is missing or can't be read.
    pub(crate) fn start(
        &mut self,
        now: Instant,
        ready: &Payload<'_>,
        patience: Duration,
    ) -> Option<Arrived> {
        *self = Self::NotAwaited;
        let ready: ReadyGuilds = ready.decode_data().ok()?;
        *self = Self::Awaited {
            missing: ready.guilds.iter().map(|guild| guild.id).collect(),
            arrived: 0,
            progressed: now,
            deadline: now + patience,
        };
        self.end_if_complete()
    }

    /// A GUILD_CREATE or GUILD_DELETE. Returns the end of the wait if it was that of the last guild. One that says that a
    /// guild is unavailable, in an outage, changes nothing: the guild may still arrive.
    pub(crate) fn handle(
        &mut self,
        now: Instant,
        payload: &Payload<'_>,
        patience: Duration,
        change: Change,
    ) -> Option<Arrived> {
        let Self::Awaited {
            missing,
            arrived,
            progressed,
            deadline,
        } = self
        else {
            return None;
        };
        let guild = Guild::of(payload).ok()?;
        if guild.unavailable == Some(true) || !missing.remove(&guild.id) {
            return None;
        }
        if change == Change::Created {
            *arrived += 1;
        }
        *progressed = now;
        *deadline = now + patience;
        self.end_if_complete()
    }

    /// Returns the end of the wait if its time is over.
    pub(crate) fn timeout(&mut self, now: Instant) -> Option<Arrived> {
        self.deadline().filter(|deadline| *deadline <= now)?;
        self.end()
    }

    /// Puts off the end of a wait whose time is over, since guilds may lie unread. Returns the end if it was put off for
    /// long enough.
    pub(crate) fn extend(&mut self, now: Instant, patience: Duration) -> Option<Arrived> {
        let Self::Awaited {
            progressed,
            deadline,
            ..
        } = self
        else {
            return None;
        };
        let end = *progressed + MAX_UNREAD_WAIT;
        *deadline = end.min(now + patience);
        (end <= now).then(|| self.end()).flatten()
    }

    pub(crate) fn stop(&mut self) {
        *self = Self::NotAwaited;
    }

    pub(crate) const fn is_awaited(&self) -> bool {
        matches!(self, Self::Awaited { .. })
    }

    pub(crate) const fn deadline(&self) -> Option<Instant> {
        match self {
            Self::NotAwaited => None,
            Self::Awaited { deadline, .. } => Some(*deadline),
        }
    }

    fn end_if_complete(&mut self) -> Option<Arrived> {
        match self {
            Self::Awaited { missing, .. } if missing.is_empty() => self.end(),
            _ => None,
        }
    }

    fn end(&mut self) -> Option<Arrived> {
        match std::mem::take(self) {
            Self::NotAwaited => None,
            Self::Awaited {
                missing, arrived, ..
            } => Some(Arrived {
                arrived,
                missing: missing.len(),
            }),
        }
    }
}

/// What happened to a guild.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Change {
    Created,
    Deleted,
}
