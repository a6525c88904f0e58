//! Plays scenarios: does what the director says is due.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{
    director::{Act, Target, bounded},
    gateway::Gateway,
    input::{ConnectionId, Host, Operation},
    timers::Timer,
};
use crate::{
    flood::Flood,
    scenario::{Action, Impairment, Scenario, TriggerEvent},
    selector::Selector,
};

impl Gateway {
    /// The HTTP status that handshakes at a host are to be refused with (P16), if any.
    #[must_use]
    pub fn refusal(&self, host: Host) -> Option<u16> {
        self.refusals[host as usize]
    }

    /// Makes a host answer handshakes with an HTTP status, or accept again.
    pub fn refuse_host(&mut self, host: Host, status: Option<u16>) {
        self.refusals[host as usize] = status;
    }

    /// What is sent on connections suffers from now on. Gives how many it were.
    pub fn impair(&mut self, selector: &Selector, impairment: Impairment) -> usize {
        self.for_connections(selector, |gateway, id| {
            if impairment == Impairment::Duplicate {
                if let Some(connection) = gateway.connections.get_mut(&id) {
                    connection.copies = Copies::Two;
                }
                return;
            }
            if let Some(connection) = gateway.connections.get_mut(&id)
                && matches!(
                    impairment,
                    Impairment::HalfOpen | Impairment::Throttle { .. }
                )
            {
                connection.silence = Silence::OfTheNetwork;
            }
            gateway.act(id, Operation::Impair(impairment));
        })
    }

    /// Cuts all connections, as a gateway that is restarted does; its sessions are there afterwards or are not. Gives how
    /// many connections it were.
    pub fn restart(&mut self, now: Instant, keep_sessions: bool) -> usize {
        let cut = self.drop_connections(now, &Selector::All);
        if !keep_sessions {
            self.forget_sessions(&Selector::All);
        }
        cut
    }

    /// Plays one more scenario, whose time begins now.
    pub fn play_scenario(&mut self, now: Instant, scenario: &Scenario) {
        self.director.add(now, scenario);
        self.direct(now);
    }

    /// Plays no scenario any more, keeps nothing to itself and refuses nobody. What became of connections and sessions
    /// stays as it is.
    pub fn reset_faults(&mut self, now: Instant) {
        self.director.rest();
        (self.mute_ends, self.refusal_ends) = (Ends::default(), Ends::default());
        self.refusals = [None; 2];
        self.reconnect_first = 0;
        self.make_guilds_available(now, &Selector::All);
        for what in std::mem::take(&mut self.muted) {
            self.unmute(now, what);
        }
        self.direct(now);
    }

    /// Something happened that may be a cue.
    pub(super) fn notice(&mut self, now: Instant, occasion: TriggerEvent, id: ConnectionId) {
        let shard = self
            .connections
            .get(&id)
            .and_then(|connection| connection.shard)
            .map(|[number, _]| number);
        self.director.notice(now, occasion, id, shard);
    }

    /// Does what is due, and sets the timer for what is not.
    pub(super) fn direct(&mut self, now: Instant) {
        while let Some(act) = self.director.pop_due(now) {
            match act {
                Act::Action(action, target) => self.play(now, action, target),
                Act::Unmute(what, end) if self.mute_ends.is_over(what, end) => {
                    self.unmute(now, what);
                }
                Act::Accept(host, end) if self.refusal_ends.is_over(host, end) => {
                    self.refuse_host(host, None);
                }
                // Another one goes on for longer.
                Act::Unmute(..) | Act::Accept(..) => {}
            }
        }
        match self.director.next() {
            Some(at) => self.timers.set(Timer::Director, at),
            None => self.timers.cancel(Timer::Director),
        }
    }

    /// Does something at once, to a shard's connections or to all.
    pub(crate) fn do_now(&mut self, now: Instant, action: Action, shard: Option<u32>) {
        self.play(now, action, shard.map_or(Target::All, Target::Shard));
        self.direct(now);
    }

    fn play(&mut self, now: Instant, action: Action, target: Target) {
        tracing::debug!(?action, ?target, "a fault of the scenario");
        self.stats.faults += 1;
        let selector = match target {
            Target::Connection(id) => Selector::Connection(id),
            Target::Shard(number) => Selector::Shard(number),
            Target::All => Selector::All,
        };
        match action {
            Action::Drop => {
                self.drop_connections(now, &selector);
            }
            Action::Close(code) => {
                self.close(now, &selector, code);
            }
            Action::Reconnect => {
                self.reconnect(&selector);
            }
            Action::InvalidSession { resumable } => {
                self.invalidate(now, &selector, resumable);
            }
            Action::RequestHeartbeat => {
                self.request_heartbeat(now, &selector);
            }
            Action::ReconnectBeforeHello { connections } => {
                self.reconnect_before_hello(connections)
            }
            Action::Mute {
                message: what,
                duration: lasting,
            } => {
                self.mute(what);
                if let Some(end) = self.mute_ends.extend(now, what, lasting) {
                    self.director.plan(end, Act::Unmute(what, end));
                }
            }
            Action::Unmute { message: what } => {
                self.mute_ends.forget(&what);
                self.unmute(now, what);
            }
            Action::Accept { host } => {
                self.refusal_ends.forget(&host);
                self.refuse_host(host, None);
            }
            Action::Refuse {
                host,
                status,
                duration: lasting,
            } => {
                self.refuse_host(host, Some(status));
                if let Some(end) = self.refusal_ends.extend(now, host, lasting) {
                    self.director.plan(end, Act::Accept(host, end));
                }
            }
            Action::Impair(impairment) => {
                self.impair(&selector, impairment);
            }
            Action::GenerateEvents { count } => self.generate_events(count),
            Action::Flood { count } => {
                self.flood(now, &selector, Flood::new(count));
            }
            Action::GuildsUnavailable => {
                self.make_guilds_unavailable(&selector);
            }
            Action::GuildsAvailable => {
                self.make_guilds_available(now, &selector);
            }
            Action::GuildFlood { count } => {
                self.flood_guilds(now, &selector, count);
            }
            Action::UnknownEvents { count } => {
                self.send_unknown_events(&selector, count);
            }
            Action::InvalidJson => {
                self.send_invalid_json(&selector);
            }
            Action::ForgetSessions => {
                self.forget_sessions(&selector);
            }
            Action::Restart { keep_sessions } => {
                self.restart(now, keep_sessions);
            }
        }
    }
}

/// When what was begun several times ends: with the last of them.
#[derive(Debug)]
pub(super) struct Ends<K>(BTreeMap<K, End>);

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum End {
    At(Instant),
    Never,
}

impl<K> Default for Ends<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Ends<K> {
    /// It lasts for that long at least, `None` for good; gives when to look whether it is over.
    fn extend(&mut self, now: Instant, what: K, lasting: Option<Duration>) -> Option<Instant> {
        let end = lasting.map_or(End::Never, |lasting| End::At(now + bounded(lasting)));
        let known = self.0.entry(what).or_insert(end);
        *known = end.max(*known);
        match end {
            End::At(end) => Some(end),
            End::Never => None,
        }
    }

    /// It is over already.
    fn forget(&mut self, what: &K) {
        self.0.remove(what);
    }

    /// Whether it ends then.
    fn is_over(&mut self, what: K, end: Instant) -> bool {
        let is_over = self.0.get(&what) == Some(&End::At(end));
        if is_over {
            self.0.remove(&what);
        }
        is_over
    }
}

/// Who is to blame if nothing is heard of a client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Silence {
    OfTheClient,
    OfTheNetwork,
}

/// How often each event is sent on a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Copies {
    One,
    Two,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_twice_ends_with_the_later() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut ends = Ends::default();
        let first = ends.extend(now, "acks", Some(5 * second)).unwrap();
        let second = ends.extend(now, "acks", Some(60 * second)).unwrap();
        assert!(!ends.is_over("acks", first));
        assert!(ends.is_over("acks", second));

        let first = ends.extend(now, "acks", Some(second - now)).unwrap();
        assert_eq!(ends.extend(now, "acks", None), None);
        assert!(!ends.is_over("acks", first));
    }

    #[test]
    fn what_ended_early_does_not_end_what_is_begun_afterwards() {
        let now = Instant::now();
        let minute = Some(Duration::from_secs(60));
        let mut ends = Ends::default();
        let first = ends.extend(now, "acks", minute).unwrap();
        ends.forget(&"acks");
        let later = now + Duration::from_secs(30);
        let second = ends.extend(later, "acks", minute).unwrap();
        assert!(!ends.is_over("acks", first));
        assert!(ends.is_over("acks", second));
    }
}
