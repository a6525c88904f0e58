//! Scenarios and their actions.

use std::time::Instant;

use super::Gateway;
use crate::{
    connection::{ConnectionId, Host},
    flood::Flood,
    model::{
        connections::{DispatchCopies, NetworkCondition},
        faults::{DueFault, Target},
        io::Operation,
        timers::Timer,
    },
    rest::RestRoute,
    scenario::{Action, FailureAnswer, Impairment, RequestFailure, Scenario, TriggerEvent},
    selector::Selector,
};

impl Gateway {
    /// Starts a scenario.
    pub fn play_scenario(&mut self, now: Instant, scenario: &Scenario) {
        self.faults.play(now, scenario);
        self.run_due_faults(now);
    }

    /// Stops all scenarios, ends all mutes and refusals, and makes guilds available again. Connections and sessions stay
    /// as they are.
    pub fn reset_faults(&mut self, now: Instant) {
        let muted = self.faults.reset();
        self.make_guilds_available(now, &Selector::All);
        for message in muted {
            self.unmute(now, message);
        }
        self.run_due_faults(now);
    }

    /// The HTTP status that handshakes at a host are to be refused with
    /// ([P16](gloaming_protocol::rules#p16)).
    #[must_use]
    pub fn refusal(&self, host: Host) -> Option<u16> {
        self.faults.refusal(host)
    }

    /// Refuses handshakes at a host with an HTTP status, or accepts them again.
    pub fn refuse_host(&mut self, host: Host, status: Option<u16>) {
        self.faults.set_refusal(host, status);
    }

    /// Sends op 7 in place of HELLO to the next `connections` connections
    /// ([P3](gloaming_protocol::rules#p3)).
    pub fn reconnect_before_hello(&mut self, connections: u64) {
        self.faults.reconnect_before_hello(connections);
    }

    /// Fails the next requests to REST, in addition to those that are to fail already.
    pub fn fail_requests(&mut self, failure: RequestFailure) {
        self.faults.fail_requests(failure);
    }

    /// How a request that takes a route fails; `None` if it does not.
    pub(crate) fn next_request_failure(&mut self, route: RestRoute) -> Option<FailureAnswer> {
        let answer = self.faults.next_request_failure(route)?;
        self.effects.stats.requests_failed += 1;
        Some(answer)
    }

    /// Impairs everything that is sent on connections from now on. Returns the number of connections.
    pub fn impair(&mut self, selector: &Selector, impairment: Impairment) -> usize {
        self.for_connections(selector, |gateway, id| {
            let Some(connection) = gateway.connections.get_mut(id) else {
                return;
            };
            match impairment {
                Impairment::Duplicate => {
                    connection.copies = DispatchCopies::Two;
                    return;
                }
                Impairment::HalfOpen | Impairment::Throttle { .. } => {
                    connection.network = NetworkCondition::Impaired;
                }
                Impairment::Fragment { .. }
                | Impairment::SplitMessages { .. }
                | Impairment::Corrupt => {}
            }
            gateway.effects.push(id, Operation::Impair(impairment));
        })
    }

    /// Drops all connections, as in a restart. Sessions can be resumed afterwards or are deleted. Returns the number of
    /// connections.
    pub fn restart(&mut self, now: Instant, keep_sessions: bool) -> usize {
        let dropped = self.drop_connections(now, &Selector::All);
        if !keep_sessions {
            self.forget_sessions(&Selector::All);
        }
        dropped
    }

    /// Takes an action immediately, for the connections of a shard or for all.
    pub(crate) fn perform(&mut self, now: Instant, action: Action, shard: Option<u32>) {
        self.perform_for(now, action, shard.map_or(Target::All, Target::Shard));
        self.run_due_faults(now);
    }

    /// An event that may trigger faults occurred on a connection.
    pub(super) fn observe(&mut self, now: Instant, event: TriggerEvent, id: ConnectionId) {
        let shard = self.connections.shard(id).map(|[number, _]| number);
        self.faults.observe(now, event, id, shard);
    }

    /// Does what scenarios have scheduled until now, and sets the timer for the rest.
    pub(super) fn run_due_faults(&mut self, now: Instant) {
        while let Some(due) = self.faults.pop_due(now) {
            match due {
                DueFault::Action(action, target) => self.perform_for(now, action, target),
                DueFault::Unmute(message) => self.unmute(now, message),
            }
        }
        self.effects
            .timers
            .set_or_cancel(Timer::Scenario, self.faults.next_at());
    }

    fn perform_for(&mut self, now: Instant, action: Action, target: Target) {
        tracing::debug!(?action, ?target, "taking the action of a fault");
        self.effects.stats.faults += 1;
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
                self.reconnect_before_hello(connections);
            }
            Action::Mute { message, duration } => self.faults.mute_for(now, message, duration),
            Action::Unmute { message } => {
                self.faults.cancel_mute(message);
                self.unmute(now, message);
            }
            Action::Refuse {
                host,
                status,
                duration,
            } => self.faults.refuse_for(now, host, status, duration),
            Action::Accept { host } => self.faults.cancel_refusal(host),
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
            Action::HideChannels { count } => self.hide_last_channels(count),
            Action::RevealChannels => self.reveal_all_channels(),
            Action::FailRequests(failure) => self.fail_requests(failure),
            Action::ForgetSessions => {
                self.forget_sessions(&selector);
            }
            Action::Restart { keep_sessions } => {
                self.restart(now, keep_sessions);
            }
        }
    }
}
