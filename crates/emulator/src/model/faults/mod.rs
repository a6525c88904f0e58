//! The faults of the gateway as a whole, and the scenarios that cause faults.

mod expirations;
mod request_failures;
mod scenario_player;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

pub(crate) use self::scenario_player::Target;
use self::{
    expirations::{Expirations, Expiry},
    request_failures::RequestFailures,
    scenario_player::{Due, ScenarioPlayer},
};
use crate::{
    connection::{ConnectionId, Host},
    mute::Mute,
    rest::RestRoute,
    scenario::{Action, FailureAnswer, RequestFailure, Scenario, TriggerEvent},
    settings::Settings,
};

/// What the gateway withholds and refuses, and the scenarios that play.
#[derive(Debug)]
pub(crate) struct Faults {
    player: ScenarioPlayer,
    muted: BTreeSet<Mute>,
    mute_expirations: Expirations<Mute>,
    /// The HTTP status that handshakes are refused with, by host.
    refusals: [Option<u16>; 2],
    refusal_expirations: Expirations<Host>,
    /// How many of the next connections get op 7 in place of HELLO.
    reconnects_before_hello: u64,
    requests: RequestFailures,
}

/// What the gateway has to do because of a scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum DueFault {
    /// Take an action.
    Action(Action, Target),
    /// Unmute a message and send what was withheld.
    Unmute(Mute),
}

/// What a new connection gets first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Greeting {
    Hello,
    /// Op 7.
    Reconnect,
    /// HELLO is muted.
    Nothing,
}

impl Faults {
    pub(crate) fn new(settings: &Settings, now: Instant) -> Self {
        Self {
            player: ScenarioPlayer::new(settings.seed, &settings.scenarios, now),
            muted: BTreeSet::new(),
            mute_expirations: Expirations::default(),
            refusals: [None; 2],
            refusal_expirations: Expirations::default(),
            reconnects_before_hello: 0,
            requests: RequestFailures::default(),
        }
    }

    /// Starts a scenario.
    pub(crate) fn play(&mut self, now: Instant, scenario: &Scenario) {
        self.player.start(now, scenario);
    }

    /// An event that may trigger faults occurred on a connection.
    pub(crate) fn observe(
        &mut self,
        now: Instant,
        event: TriggerEvent,
        connection: ConnectionId,
        shard: Option<u32>,
    ) {
        self.player.observe(now, event, connection, shard);
    }

    /// When to call [`pop_due`](Self::pop_due) next.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        self.player.next_at()
    }

    /// Returns the next thing that is due.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<DueFault> {
        loop {
            match self.player.pop_due(now)? {
                Due::Action(action, target) => return Some(DueFault::Action(action, target)),
                Due::Unmute(message, at) => {
                    if self.mute_expirations.expire(message, at) == Expiry::Ended {
                        return Some(DueFault::Unmute(message));
                    }
                }
                Due::Accept(host, at) => {
                    if self.refusal_expirations.expire(host, at) == Expiry::Ended {
                        self.set_refusal(host, None);
                    }
                }
            }
        }
    }

    /// Stops all scenarios and ends all faults. Returns the messages that were muted: the gateway sends what was withheld.
    pub(crate) fn reset(&mut self) -> BTreeSet<Mute> {
        self.player.stop();
        self.mute_expirations = Expirations::default();
        self.refusal_expirations = Expirations::default();
        self.refusals = [None; 2];
        self.reconnects_before_hello = 0;
        self.requests = RequestFailures::default();
        std::mem::take(&mut self.muted)
    }

    pub(crate) fn is_muted(&self, message: Mute) -> bool {
        self.muted.contains(&message)
    }

    pub(crate) fn mute(&mut self, message: Mute) {
        self.muted.insert(message);
    }

    /// Mutes a message for a duration, or without limit.
    pub(crate) fn mute_for(&mut self, now: Instant, message: Mute, duration: Option<Duration>) {
        self.mute(message);
        if let Some(end) = self.mute_expirations.start(now, message, duration) {
            self.player.schedule(end, Due::Unmute(message, end));
        }
    }

    pub(crate) fn unmute(&mut self, message: Mute) {
        self.muted.remove(&message);
    }

    /// A mute of a scenario ends early.
    pub(crate) fn cancel_mute(&mut self, message: Mute) {
        self.mute_expirations.cancel(&message);
    }

    pub(crate) const fn refusal(&self, host: Host) -> Option<u16> {
        self.refusals[host as usize]
    }

    pub(crate) const fn set_refusal(&mut self, host: Host, status: Option<u16>) {
        self.refusals[host as usize] = status;
    }

    /// Refuses handshakes at a host for a duration, or without limit.
    pub(crate) fn refuse_for(
        &mut self,
        now: Instant,
        host: Host,
        status: u16,
        duration: Option<Duration>,
    ) {
        self.set_refusal(host, Some(status));
        if let Some(end) = self.refusal_expirations.start(now, host, duration) {
            self.player.schedule(end, Due::Accept(host, end));
        }
    }

    /// A refusal of a scenario ends early.
    pub(crate) fn cancel_refusal(&mut self, host: Host) {
        self.refusal_expirations.cancel(&host);
        self.set_refusal(host, None);
    }

    pub(crate) const fn reconnect_before_hello(&mut self, connections: u64) {
        self.reconnects_before_hello = connections;
    }

    /// The next requests to REST fail.
    pub(crate) fn fail_requests(&mut self, failure: RequestFailure) {
        self.requests.add(failure);
    }

    /// How a request that takes a route fails; `None` if it does not.
    pub(crate) fn next_request_failure(&mut self, route: RestRoute) -> Option<FailureAnswer> {
        self.requests.next(route)
    }

    /// What to send first to the next connection that waits for HELLO.
    pub(crate) fn next_greeting(&mut self) -> Greeting {
        if self.reconnects_before_hello > 0 {
            self.reconnects_before_hello -= 1;
            Greeting::Reconnect
        } else if self.is_muted(Mute::Hello) {
            Greeting::Nothing
        } else {
            Greeting::Hello
        }
    }
}
