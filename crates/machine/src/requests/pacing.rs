//! Requests that exclude each other, or must keep a distance.

use gloaming_protocol::limits::{FULL_MEMBER_LIST_INTERVAL, SEND_MARGIN};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use twilight_model::id::{Id, marker::GuildMarker};

/// The time between two requests for the full list of a guild ([P25](gloaming_protocol::rules#p25)).
pub(super) const INTERVAL: Duration = FULL_MEMBER_LIST_INTERVAL.saturating_add(SEND_MARGIN);

/// The time for which requests may be stuck in the transport, as for the send limit.
const MEMORY: Duration = Duration::from_secs(600);

/// A key that one request holds at a time.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum PacingKey {
    /// All members of a guild ([P25](gloaming_protocol::rules#p25)).
    FullList(Id<GuildMarker>),
    /// Channel info of a guild: the reply does not name its request.
    ChannelInfo(Id<GuildMarker>),
}

/// When a key is available.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Availability {
    Now,
    At(Instant),
    /// When the request that holds it releases it.
    WhenReleased,
}

#[derive(Clone, Copy, Debug)]
enum Hold {
    Taken,
    Until(Instant),
}

/// The keys that are held.
#[derive(Debug, Default)]
pub(super) struct Pacing {
    holds: HashMap<PacingKey, Hold>,
    /// The guilds whose full lists were requested, with the times at which the transport got the requests.
    full_lists: Vec<(Id<GuildMarker>, Instant)>,
}

impl Pacing {
    pub(super) fn availability(&self, now: Instant, key: PacingKey) -> Availability {
        match self.holds.get(&key) {
            Some(Hold::Taken) => Availability::WhenReleased,
            Some(Hold::Until(until)) if *until > now => Availability::At(*until),
            Some(Hold::Until(_)) | None => Availability::Now,
        }
    }

    pub(super) fn take(&mut self, key: PacingKey) {
        self.holds.insert(key, Hold::Taken);
    }

    /// Withholds the key until `until`.
    pub(super) fn hold(&mut self, key: PacingKey, until: Instant) {
        self.holds.insert(key, Hold::Until(until));
    }

    /// Withholds a key that is not taken until `until`, or longer if it is withheld longer already.
    pub(super) fn hold_at_least(&mut self, key: PacingKey, until: Instant) {
        match self.holds.entry(key).or_insert(Hold::Until(until)) {
            Hold::Taken => {}
            Hold::Until(held) => *held = until.max(*held),
        }
    }

    /// Extends a hold that ends at `own` until `until`. A later hold is only extended, never shortened.
    pub(super) fn hold_back(&mut self, key: PacingKey, own: Instant, until: Instant) {
        match self.holds.get_mut(&key) {
            Some(Hold::Taken) => {}
            Some(Hold::Until(held)) if *held == own => *held = until,
            Some(Hold::Until(held)) => *held = until.max(*held),
            None => self.hold(key, until),
        }
    }

    /// A request for the full list of a guild was handed to the transport: the next has to keep its distance.
    pub(super) fn full_list_sent(&mut self, now: Instant, guild: Id<GuildMarker>) {
        self.hold(PacingKey::FullList(guild), now + INTERVAL);
        self.full_lists.push((guild, now));
    }

    /// Requests that were sent since `stuck_since` are written only now: full lists keep their distance from now on.
    /// Returns the keys of requests that were given to the connection too early. They no longer hold them.
    pub(super) fn held_up(&mut self, now: Instant, stuck_since: Instant) -> Vec<PacingKey> {
        let until = now + INTERVAL;
        let mut early = Vec::new();
        for (guild, sent) in &mut self.full_lists {
            if *sent < stuck_since {
                continue;
            }
            *sent = now;
            let key = PacingKey::FullList(*guild);
            match self.holds.entry(key).or_insert(Hold::Until(until)) {
                Hold::Until(held) => *held = until.max(*held),
                hold @ Hold::Taken => {
                    *hold = Hold::Until(until);
                    early.push(key);
                }
            }
        }
        early
    }

    /// Releases a key that was taken.
    pub(super) fn release(&mut self, key: PacingKey) {
        if matches!(self.holds.get(&key), Some(Hold::Taken)) {
            self.holds.remove(&key);
        }
    }

    /// Removes the holds that have ended, and the requests that can't be stuck any more.
    pub(super) fn prune(&mut self, now: Instant) {
        self.full_lists.retain(|(_, sent)| *sent + MEMORY > now);
        self.holds.retain(|_, hold| {
            matches!(hold, Hold::Taken) || matches!(hold, Hold::Until(until) if *until > now)
        });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.holds.len() + self.full_lists.len()
    }
}
