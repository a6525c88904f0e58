//! Plays scenarios: does what the director says is due.

use std::time::Instant;

use super::{
    director::{Act, Target},
    gateway::Gateway,
    input::{Action, ConnectionId, Host},
    timers::Timer,
};
use crate::{
    flood::Flood,
    scenario::{Deed, Impairment, Occasion},
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
                && matches!(impairment, Impairment::HalfOpen | Impairment::Slow { .. })
            {
                connection.silence = Silence::OfTheNetwork;
            }
            gateway.act(id, Action::Impair(impairment));
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

    /// Something happened that may be a cue.
    pub(super) fn notice(&mut self, now: Instant, occasion: Occasion, id: ConnectionId) {
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
                Act::Deed(deed, target) => self.play(now, deed, target),
                Act::Unmute(what) => self.unmute(now, what),
                Act::Accept(host) => self.refuse_host(host, None),
            }
        }
        match self.director.next() {
            Some(at) => self.timers.set(Timer::Director, at),
            None => self.timers.cancel(Timer::Director),
        }
    }

    /// Does something at once, to a shard's connections or to all.
    pub(crate) fn do_now(&mut self, now: Instant, deed: Deed, shard: Option<u32>) {
        self.play(now, deed, shard.map_or(Target::All, Target::Shard));
        self.direct(now);
    }

    fn play(&mut self, now: Instant, deed: Deed, target: Target) {
        tracing::debug!(?deed, ?target, "a fault of the scenario");
        self.stats.faults += 1;
        let selector = match target {
            Target::Connection(id) => Selector::Connection(id),
            Target::Shard(number) => Selector::Shard(number),
            Target::All => Selector::All,
        };
        match deed {
            Deed::Drop => {
                self.drop_connections(now, &selector);
            }
            Deed::Close(code) => {
                self.close(now, &selector, code);
            }
            Deed::Reconnect => {
                self.reconnect(&selector);
            }
            Deed::InvalidSession { resumable } => {
                self.invalidate(now, &selector, resumable);
            }
            Deed::RequestHeartbeat => {
                self.request_heartbeat(now, &selector);
            }
            Deed::ReconnectFirst { connections } => self.reconnect_before_hello(connections),
            Deed::Mute { what, lasting } => {
                self.mute(what);
                self.end_later(now, lasting, Act::Unmute(what));
            }
            Deed::Refuse {
                host,
                status,
                lasting,
            } => {
                self.refuse_host(host, Some(status));
                self.end_later(now, lasting, Act::Accept(host));
            }
            Deed::Impair(impairment) => {
                self.impair(&selector, impairment);
            }
            Deed::Events { count } => self.make_events(count),
            Deed::Flood { count } => {
                self.flood(now, &selector, Flood::new(count));
            }
            Deed::ForgetSessions => {
                self.forget_sessions(&selector);
            }
            Deed::Restart { keep_sessions } => {
                self.restart(now, keep_sessions);
            }
        }
    }

    fn end_later(&mut self, now: Instant, lasting: Option<std::time::Duration>, end: Act) {
        if let Some(lasting) = lasting {
            self.director.plan(now + lasting, end);
        }
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
