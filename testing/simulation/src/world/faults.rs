//! Injection of the faults.

use super::{World, queue_settings, replays::REPLAYED, server::NO_CODE};
use crate::{
    coverage::InputKind,
    event_queue::Event,
    fault::{Fault, FaultKind},
    network::{Connection, Downstream},
    queue::ClockStep,
    shard::{ProcessState, WriteMode},
};
use gloaming_emulator::{
    Selector,
    model::{ConnectionId, Host, Mute},
};
use gloaming_machine::Input;
use gloaming_protocol::CloseFrame;
use std::time::Duration;

const RESUMABLE: [u16; 6] = [4000, 4001, 4002, 4003, 4005, 4008];
const REIDENTIFY: [u16; 2] = [4007, 4009];
const FATAL: [u16; 6] = [4004, 4010, 4011, 4012, 4013, 4014];
const OTHER: [u16; 4] = [1000, 1001, 4242, NO_CODE];

/// A size at which the gateway replays a burst in several batches.
const BURST_PADDING: usize = 10_000;

/// A number of events that exceeds one batch.
const MORE_THAN_A_BATCH: u64 = 40;

/// One in so many commands is a presence update.
const PRESENCE_EVERY: u64 = 4;

impl World<'_> {
    pub(super) fn fault_due(&mut self, index: usize) {
        let plan = self.plan;
        let fault = &plan.faults[index];
        let shard = fault.shard as usize;
        match fault.on {
            Some(state) if state != self.shards[shard].state => {
                self.shards[shard].waiting_faults.push(index);
            }
            _ => self.inject(index),
        }
    }

    /// Schedules a fault that waits for the new state of the shard.
    pub(super) fn trigger(&mut self, shard: usize) {
        let plan = self.plan;
        let this = &mut self.shards[shard];
        let state = Some(this.state);
        if let Some(at) = this
            .waiting_faults
            .iter()
            .position(|index| plan.faults[*index].on == state)
        {
            let index = this.waiting_faults.remove(at);
            let delay = Duration::from_micros(
                self.timer_random
                    .below(4 * plan.latency.as_micros() as u64 + 1),
            );
            let at = self.clock.elapsed() + delay;
            self.event_queue.add(at, Event::Inject { index });
        }
    }

    pub(super) fn inject(&mut self, index: usize) {
        if !self.is_injection_allowed() {
            return;
        }
        let plan = self.plan;
        let fault = &plan.faults[index];
        let shard = fault.shard as usize;
        let this = &mut self.shards[shard];
        self.coverage.fault(fault.kind, this.state);
        self.note(Some(shard), || format!("*** {fault}"));
        let until = self.clock.elapsed() + fault.duration;
        match fault.kind {
            FaultKind::Cut
            | FaultKind::CutUnnoticedByServer
            | FaultKind::CutUnnoticedByClient
            | FaultKind::HalfOpenUpstream
            | FaultKind::HalfOpenDownstream
            | FaultKind::HalfOpenBoth
            | FaultKind::StallUpstream
            | FaultKind::StallDownstream
            | FaultKind::WriteBlocked => self.impair_connection(shard, fault.kind, until),
            FaultKind::Latency => {
                self.shards[shard].latency = (until, Duration::from_millis(fault.amount));
                self.with_connection(shard, |connection| {
                    connection.impairments.upstream = true;
                    connection.impairments.downstream = true;
                });
            }
            FaultKind::Refuse => self.refuse(Host::Main, until),
            FaultKind::RefuseResume => self.refuse(Host::Resume, until),
            FaultKind::RetryAfter => self.limit(Host::Main, until, fault.amount),
            FaultKind::RetryAfterResume => self.limit(Host::Resume, until, fault.amount),
            FaultKind::Blackhole => self.network.main.unresponsive_until = until,
            FaultKind::BlackholeResume => self.network.resume.unresponsive_until = until,
            FaultKind::UntrustedResume => self.network.resume.untrusted_until = until,
            FaultKind::UntrustedMain => self.network.main.untrusted_until = until,
            FaultKind::Corrupt
            | FaultKind::Duplicate
            | FaultKind::Skip
            | FaultKind::Reorder
            | FaultKind::AcceptThenClose
            | FaultKind::AcceptThenCut
            | FaultKind::PermitRefused => self.set_pending_fault(shard, fault),
            FaultKind::RestartKeeping | FaultKind::RestartLosing => self.restart_gateway(fault),
            FaultKind::CloseResumable
            | FaultKind::CloseReidentify
            | FaultKind::CloseFatal
            | FaultKind::CloseOther
            | FaultKind::Reconnect
            | FaultKind::ReconnectBeforeHello
            | FaultKind::InvalidateResumable
            | FaultKind::InvalidateFinal
            | FaultKind::InvalidateReplay
            | FaultKind::RequestHeartbeat
            | FaultKind::AnswerThenClose
            | FaultKind::SlowReplay
            | FaultKind::ReadyForResume
            | FaultKind::ForgetSession
            | FaultKind::Burst => self.inject_in_gateway(shard, fault),
            FaultKind::EarlyAck
            | FaultKind::StraySequence
            | FaultKind::Flood
            | FaultKind::ForeignResumeUrl
            | FaultKind::UnusableReady => self.inject_hostile(shard, fault),
            FaultKind::MuteHello => self.mute(index, Mute::Hello),
            FaultKind::MuteReady => self.mute(index, Mute::Ready),
            FaultKind::MuteAcks => self.mute(index, Mute::Acks),
            FaultKind::MuteCloseReplies => self.mute(index, Mute::CloseReplies),
            FaultKind::SlowConsumer => self.pause_consumer(shard, until),
            FaultKind::Stalled => {
                self.pause_consumer(shard, until);
                self.impair_connection(shard, FaultKind::WriteBlocked, until);
                self.inject_user_action(shard, fault);
            }
            FaultKind::BlockedWithCommands => {
                self.impair_connection(shard, FaultKind::WriteBlocked, until);
                self.inject_user_action(shard, fault);
            }
            FaultKind::Unpolled => self.suspend(shard, until),
            FaultKind::Suspend => {
                for shard in 0..self.shards.len() {
                    self.suspend(shard, until);
                }
            }
            FaultKind::Crash => self.crash(fault.duration),
            FaultKind::ClockForward => {
                self.queue
                    .set_wall_clock(ClockStep::Forward(fault.duration));
            }
            FaultKind::ClockBack => {
                self.queue.set_wall_clock(ClockStep::Back(fault.duration));
            }
            FaultKind::LimitUpdated => self.update_queue(),
            FaultKind::Commands
            | FaultKind::OversizedCommand
            | FaultKind::UserReconnect
            | FaultKind::NewSession
            | FaultKind::ShutdownResumable
            | FaultKind::ShutdownFinal
            | FaultKind::ForeignSession => self.inject_user_action(shard, fault),
        }
        // Inputs that the injection itself caused are attributed to the previous fault.
        self.shards[shard].last_fault = Some(fault.kind);
    }

    fn is_injection_allowed(&self) -> bool {
        self.phase == super::phases::Phase::Faults
    }

    pub(super) fn with_connection(&mut self, shard: usize, act: impl FnOnce(&mut Connection)) {
        if let Some(id) = self.shards[shard].connection()
            && let Some(connection) = self.network.connections.get_mut(&id)
        {
            act(connection);
        }
    }

    /// Lets a host refuse connections, and ask to wait for some seconds.
    fn limit(&mut self, host: Host, until: Duration, seconds: u64) {
        let status = match host {
            Host::Main => &mut self.network.main,
            Host::Resume => &mut self.network.resume,
        };
        status.limited_until = until;
        status.retry_after = Duration::from_secs(seconds);
    }

    pub(super) fn impair_connection(&mut self, shard: usize, kind: FaultKind, until: Duration) {
        let Some(id) = self.shards[shard].connection() else {
            return;
        };
        let kept = self.network_random.below(4) as usize;
        let arrival = self.clock.elapsed() + self.one_way(shard);
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        match kind {
            FaultKind::WriteBlocked => connection.impairments.write_blocked = true,
            _ => {
                connection.impairments.upstream = true;
                connection.impairments.downstream = true;
            }
        }
        let (mut notify_client, mut notify_server) = (false, false);
        match kind {
            FaultKind::Cut => (notify_client, notify_server) = (true, true),
            FaultKind::CutUnnoticedByServer => notify_client = true,
            FaultKind::CutUnnoticedByClient => notify_server = true,
            FaultKind::HalfOpenUpstream => connection.upstream.loses_packets = true,
            FaultKind::HalfOpenDownstream => connection.downstream.loses_packets = true,
            FaultKind::HalfOpenBoth => {
                connection.upstream.loses_packets = true;
                connection.downstream.loses_packets = true;
            }
            FaultKind::StallUpstream => connection.upstream.stalled_until = until,
            FaultKind::StallDownstream => connection.downstream.stalled_until = until,
            _ => {
                connection.write_blocked_until = until;
                self.event_queue.add(until, Event::Flush { shard });
            }
        }
        if !(notify_client || notify_server) {
            return;
        }
        // The first packets in transit still arrive.
        connection.downstream.cut(kept);
        connection.upstream.cut(kept);
        let down = notify_client
            .then(|| connection.downstream.send(arrival, Downstream::Eof))
            .flatten();
        let up = notify_server
            .then(|| {
                connection
                    .upstream
                    .send(arrival, crate::network::Upstream::Eof)
            })
            .flatten();
        connection.downstream.loses_packets |= !notify_client;
        connection.upstream.loses_packets |= !notify_server;
        connection.downstream.is_closed = true;
        connection.upstream.is_closed = true;
        if let Some(at) = down {
            let connection = id;
            self.event_queue.add(at, Event::Downstream { connection });
        }
        if let Some(at) = up {
            let connection = id;
            self.event_queue.add(at, Event::Upstream { connection });
        }
    }

    fn set_pending_fault(&mut self, shard: usize, fault: &Fault) {
        let pending_faults = &mut self.shards[shard].pending_faults;
        let times = fault.amount + 1;
        match fault.kind {
            FaultKind::Corrupt => pending_faults.corrupt = 1,
            FaultKind::Duplicate => pending_faults.duplicate = times,
            FaultKind::Skip => pending_faults.skip = times,
            FaultKind::Reorder => pending_faults.reorder = 1,
            FaultKind::AcceptThenClose => pending_faults.accept_then_close = times,
            FaultKind::AcceptThenCut => pending_faults.accept_then_cut = times,
            _ => {
                pending_faults.refuse_permit = times;
                pending_faults.refuse_for = fault.duration;
            }
        }
    }

    fn restart_gateway(&mut self, fault: &Fault) {
        let now = self.clock.now();
        let until = self.clock.elapsed() + fault.duration;
        self.refuse(Host::Main, until);
        self.refuse(Host::Resume, until);
        self.gateway.drop_connections(now, &Selector::All);
        if fault.kind == FaultKind::RestartLosing {
            self.gateway.forget_sessions(&Selector::All);
        }
        self.drain_gateway();
    }

    fn inject_in_gateway(&mut self, shard: usize, fault: &Fault) {
        let now = self.clock.now();
        let code = |codes: &[u16]| codes[fault.amount as usize % codes.len()];
        if fault.kind == FaultKind::ReconnectBeforeHello {
            return self.gateway.reconnect_before_hello(fault.amount + 1);
        }
        if fault.kind == FaultKind::Burst {
            return self.create_events(shard, fault.amount, BURST_PADDING);
        }
        // The session may have no connection, and the connection may have no session.
        let selector = match self.shards[shard].connection() {
            Some(id) => Selector::Connection(ConnectionId(id)),
            None => Selector::Shard(self.shards[shard].number),
        };
        match fault.kind {
            FaultKind::CloseResumable => {
                self.gateway.close(now, &selector, code(&RESUMABLE));
            }
            FaultKind::CloseReidentify => {
                self.gateway.close(now, &selector, code(&REIDENTIFY));
            }
            FaultKind::CloseFatal => {
                self.gateway.close(now, &selector, code(&FATAL));
            }
            FaultKind::CloseOther => {
                self.gateway.close(now, &selector, code(&OTHER));
            }
            FaultKind::Reconnect => {
                self.gateway.reconnect(&selector);
            }
            FaultKind::InvalidateResumable => {
                self.gateway.invalidate(now, &selector, true);
            }
            FaultKind::InvalidateFinal => {
                self.gateway.invalidate(now, &selector, false);
            }
            FaultKind::InvalidateReplay => {
                self.shards[shard].pending_faults.invalidate_replay = 1;
                self.gateway.drop_connections(now, &selector);
                self.create_events(shard, MORE_THAN_A_BATCH, BURST_PADDING);
            }
            FaultKind::AnswerThenClose => {
                let until = self.clock.elapsed() + fault.duration;
                self.shards[shard].closed_after_hello_until = until;
                self.gateway.close(now, &selector, code(&RESUMABLE));
            }
            FaultKind::SlowReplay => {
                self.shards[shard].pending_faults.slow_replay = 1;
                self.gateway.drop_connections(now, &selector);
                self.create_events(shard, REPLAYED, 0);
            }
            // Few session starts are for the IDENTIFYs that the queue knows of.
            FaultKind::ReadyForResume if !self.plan.is_scarce() => {
                self.shards[shard].pending_faults.ready_for_resume = 1;
                self.gateway.drop_connections(now, &selector);
            }
            FaultKind::ReadyForResume => {}
            FaultKind::RequestHeartbeat => {
                for _ in 0..=fault.amount {
                    self.gateway.request_heartbeat(now, &selector);
                }
            }
            _ => {
                // The connection is dropped, since a client can't detect that its session is forgotten.
                let selector = Selector::Shard(self.shards[shard].number);
                self.gateway.drop_connections(now, &selector);
                self.gateway.forget_sessions(&selector);
            }
        }
        self.drain_gateway();
    }

    fn mute(&mut self, index: usize, what: Mute) {
        self.gateway.mute(what);
        for connection in self.network.connections.values_mut() {
            connection.impairments.downstream = true;
        }
        let at = self.clock.elapsed() + self.plan.faults[index].duration;
        self.event_queue.add(at, Event::Unmute { index });
    }

    pub(super) fn unmute(&mut self, index: usize) {
        let what = match self.plan.faults[index].kind {
            FaultKind::MuteHello => Mute::Hello,
            FaultKind::MuteReady => Mute::Ready,
            FaultKind::MuteAcks => Mute::Acks,
            _ => Mute::CloseReplies,
        };
        self.gateway.unmute(self.clock.now(), what);
        self.drain_gateway();
    }

    fn pause_consumer(&mut self, shard: usize, until: Duration) {
        self.shards[shard].paused_until = until;
        self.with_connection(shard, |connection| connection.impairments.client = true);
        self.event_queue.add(until, Event::ResumeReading { shard });
        if self.shards[shard].suspended_until <= self.clock.elapsed() {
            self.pause(shard);
        }
    }

    fn suspend(&mut self, shard: usize, until: Duration) {
        let this = &mut self.shards[shard];
        if this.process == ProcessState::Running {
            this.suspended_until = this.suspended_until.max(until);
            self.with_connection(shard, |connection| connection.impairments.client = true);
        }
    }

    /// Updates the queue's limit from the gateway, which does not count IDENTIFYs in transit yet.
    fn update_queue(&mut self) {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let limit = self.gateway.session_start_limit(now);
        let settings = gloaming_queue::QueueSettings {
            reset_after: limit.reset_after,
            ..queue_settings(self.plan, limit.remaining, self.bug)
        };
        self.queue.update(now, elapsed, settings);
        self.poll_queue();
    }

    fn inject_user_action(&mut self, shard: usize, fault: &Fault) {
        let now = self.clock.elapsed();
        let this = &mut self.shards[shard];
        if this.process == ProcessState::Stopped || this.suspended_until > now {
            return;
        }
        match fault.kind {
            FaultKind::Commands | FaultKind::Stalled | FaultKind::BlockedWithCommands => {
                // The machine gets all commands before the first is written.
                self.shards[shard].write_mode = WriteMode::Deferred;
                for _ in 0..fault.amount {
                    self.command(shard, 0);
                }
                self.shards[shard].write_mode = WriteMode::Immediate;
                self.command(shard, 0);
            }
            FaultKind::OversizedCommand => self.command(shard, 5000),
            FaultKind::UserReconnect => {
                self.feed(shard, InputKind::Reconnect, Input::Reconnect, None);
            }
            FaultKind::NewSession => {
                if this.is_going_on() {
                    this.replace_session();
                    self.with_connection(shard, |connection| connection.is_given_up = true);
                }
                self.feed(shard, InputKind::NewSession, Input::NewSession, None);
            }
            kind => {
                if kind == FaultKind::ForeignSession && self.plan.shards > 1 {
                    let other = (shard + 1) % self.plan.shards as usize;
                    this.restarts_with_session_of = Some(other);
                }
                this.restart_delay = fault.duration;
                let frame = match kind {
                    FaultKind::ShutdownFinal => CloseFrame::NORMAL,
                    _ => CloseFrame::RESUME,
                };
                self.shut_down(shard, frame);
            }
        }
    }

    fn command(&mut self, shard: usize, padding: usize) {
        let this = &mut self.shards[shard];
        let id = this.commands.queue();
        let padding = "x".repeat(padding);
        // Presence updates have a limit of their own, behind which the others must not wait.
        let json = if id.0.is_multiple_of(PRESENCE_EVERY) {
            format!(
                r#"{{"op":3,"d":{{"since":{},"activities":[],"status":"online","afk":false,"padding":"{padding}"}}}}"#,
                id.0
            )
        } else {
            format!(
                r#"{{"op":4,"d":{{"guild_id":"{}","channel_id":null,"self_mute":false,"self_deaf":false,"padding":"{padding}"}}}}"#,
                id.0 + 1
            )
        };
        let input = Input::Command { id, json };
        self.feed(shard, InputKind::Command, input, None);
    }
}
