//! What may not be asked at the same time, or so soon after.

use gloaming_protocol::limits::{FULL_MEMBER_LIST_INTERVAL, SEND_MARGIN};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use twilight_model::id::{Id, marker::GuildMarker};

/// From one full list of a guild to the next (P25).
pub(super) const INTERVAL: Duration = FULL_MEMBER_LIST_INTERVAL.saturating_add(SEND_MARGIN);

/// Something that one request has at a time.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Turn {
    /// All members of a guild (P25).
    FullList(Id<GuildMarker>),
    /// The answers for a guild do not say which request they are for.
    ChannelInfo(Id<GuildMarker>),
}

/// Whether a turn can be had.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Free {
    Now,
    From(Instant),
    /// Once the request that has it gives it back.
    Later,
}

#[derive(Clone, Copy, Debug)]
enum Hold {
    Taken,
    Until(Instant),
}

/// Who has had which turn.
#[derive(Debug, Default)]
pub(super) struct Turns {
    holds: HashMap<Turn, Hold>,
}

impl Turns {
    pub(super) fn free(&self, now: Instant, turn: Turn) -> Free {
        match self.holds.get(&turn) {
            Some(Hold::Taken) => Free::Later,
            Some(Hold::Until(until)) if *until > now => Free::From(*until),
            Some(Hold::Until(_)) | None => Free::Now,
        }
    }

    pub(super) fn take(&mut self, turn: Turn) {
        self.holds.insert(turn, Hold::Taken);
    }

    /// Nobody has it before `until`.
    pub(super) fn hold(&mut self, turn: Turn, until: Instant) {
        self.holds.insert(turn, Hold::Until(until));
    }

    /// Whoever held it until `own` has to wait until `until` instead; who came after it is not hurried.
    pub(super) fn hold_back(&mut self, turn: Turn, own: Instant, until: Instant) {
        match self.holds.get_mut(&turn) {
            Some(Hold::Taken) => {}
            Some(Hold::Until(held)) if *held == own => *held = until,
            Some(Hold::Until(held)) => *held = until.max(*held),
            None => self.hold(turn, until),
        }
    }

    /// Gives back a turn that was taken.
    pub(super) fn release(&mut self, turn: Turn) {
        if matches!(self.holds.get(&turn), Some(Hold::Taken)) {
            self.holds.remove(&turn);
        }
    }

    /// Forgets what is over.
    pub(super) fn prune(&mut self, now: Instant) {
        self.holds.retain(|_, hold| {
            matches!(hold, Hold::Taken) || matches!(hold, Hold::Until(until) if *until > now)
        });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.holds.len()
    }
}
