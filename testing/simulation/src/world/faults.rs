//! How each fault comes about.

use super::{World, queue_settings, server::NO_CODE};
use crate::{
    agenda::Event,
    coverage::InputKind,
    fault::{Fault, FaultKind},
    network::{Connection, Down},
    queue::ClockStep,
    shard::{Presence, Writing},
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
const ODD: [u16; 4] = [1000, 1001, 4242, NO_CODE];

/// Enough for a burst to be replayed in several portions.
const BURST_PADDING: usize = 10_000;

/// Events of a burst, more than the gateway sends before the client took them.
const MORE_THAN_A_PORTION: u64 = 40;

impl World<'_> {
    pub(super) fn fault_is_due(&mut self, index: usize) {
        let plan = self.plan;
        let fault = &plan.faults[index];
        let shard = fault.shard as usize;
        match fault.on {
            Some(state) if state != self.shards[shard].state => {
                self.shards[shard].waiting.push(index);
            }
            _ => self.strike(index),
        }
    }

    /// The shard came into another state: faults may have waited for it.
    pub(super) fn trigger(&mut self, shard: usize) {
        let plan = self.plan;
        let this = &mut self.shards[shard];
        let state = Some(this.state);
        if let Some(at) = this
            .waiting
            .iter()
            .position(|index| plan.faults[*index].on == state)
        {
            let index = this.waiting.remove(at);
            let delay = Duration::from_micros(
                self.timer_random
                    .below(4 * plan.latency.as_micros() as u64 + 1),
            );
            let at = self.clock.elapsed() + delay;
            self.agenda.add(at, Event::Strike { index });
        }
    }

    pub(super) fn strike(&mut self, index: usize) {
        if !self.may_strike() {
            return;
        }
        let plan = self.plan;
        let fault = &plan.faults[index];
        let shard = fault.shard as usize;
        let this = &mut self.shards[shard];
        self.coverage.fault(fault.kind, this.state);
        self.note(Some(shard), || format!("*** {fault}"));
        let until = self.clock.elapsed() + fault.lasting;
        match fault.kind {
            FaultKind::Cut
            | FaultKind::CutUnseenByServer
            | FaultKind::CutUnseenByClient
            | FaultKind::SwallowUp
            | FaultKind::SwallowDown
            | FaultKind::SwallowBoth
            | FaultKind::StallUp
            | FaultKind::StallDown
            | FaultKind::WriteBlocked => self.disturb(shard, fault.kind, until),
            FaultKind::Latency => {
                self.shards[shard].latency = (until, Duration::from_millis(fault.amount));
                self.with_connection(shard, |connection| {
                    connection.trouble.up = true;
                    connection.trouble.down = true;
                });
            }
            FaultKind::Refuse => self.refuse(Host::Main, until),
            FaultKind::RefuseResume => self.refuse(Host::Resume, until),
            FaultKind::Blackhole => self.network.main.silent_until = until,
            FaultKind::BlackholeResume => self.network.resume.silent_until = until,
            FaultKind::PermanentResume => self.network.resume.untrusted_until = until,
            FaultKind::PermanentMain => self.network.main.untrusted_until = until,
            FaultKind::Corrupt
            | FaultKind::Duplicate
            | FaultKind::Skip
            | FaultKind::SkipThenLate
            | FaultKind::AcceptThenClose
            | FaultKind::AcceptThenCut
            | FaultKind::QueueRefuses => self.arm(shard, fault),
            FaultKind::RestartKeeping | FaultKind::RestartLosing => self.restart_gateway(fault),
            FaultKind::CloseResumable
            | FaultKind::CloseReidentify
            | FaultKind::CloseFatal
            | FaultKind::CloseOdd
            | FaultKind::Reconnect
            | FaultKind::ReconnectFirst
            | FaultKind::InvalidateResumable
            | FaultKind::InvalidateFinal
            | FaultKind::InvalidateReplay
            | FaultKind::RequestHeartbeat
            | FaultKind::Forget
            | FaultKind::Burst => self.gateway_acts(shard, fault),
            FaultKind::MuteHello => self.mute(index, Mute::Hello),
            FaultKind::MuteReady => self.mute(index, Mute::Ready),
            FaultKind::MuteAcks => self.mute(index, Mute::Acks),
            FaultKind::MuteCloseReplies => self.mute(index, Mute::CloseReplies),
            FaultKind::SlowConsumer => self.slow_down(shard, until),
            FaultKind::Stalled => {
                self.slow_down(shard, until);
                self.disturb(shard, FaultKind::WriteBlocked, until);
                self.user_acts(shard, fault);
            }
            FaultKind::Unpolled => self.sleep(shard, until),
            FaultKind::Suspend => {
                for shard in 0..self.shards.len() {
                    self.sleep(shard, until);
                }
            }
            FaultKind::Crash => self.crash(fault.lasting),
            FaultKind::ClockForward => {
                self.queue.set_wall_clock(ClockStep::Forward(fault.lasting));
                for identified in self.identified.values_mut() {
                    identified.looks_older = true;
                }
            }
            FaultKind::ClockBack => {
                self.queue.set_wall_clock(ClockStep::Back(fault.lasting));
            }
            FaultKind::QueueUpdated => self.update_queue(),
            FaultKind::Commands
            | FaultKind::HugeCommand
            | FaultKind::UserReconnect
            | FaultKind::ShutdownResumable
            | FaultKind::ShutdownFinal => self.user_acts(shard, fault),
        }
        // What it did at once still counts for the one before.
        self.shards[shard].last_fault = Some(fault.kind);
    }

    fn may_strike(&self) -> bool {
        self.phase == super::end::Phase::Faults
    }

    pub(super) fn with_connection(&mut self, shard: usize, act: impl FnOnce(&mut Connection)) {
        if let Some(id) = self.shards[shard].connection()
            && let Some(connection) = self.network.connections.get_mut(&id)
        {
            act(connection);
        }
    }

    fn disturb(&mut self, shard: usize, kind: FaultKind, until: Duration) {
        let Some(id) = self.shards[shard].connection() else {
            return;
        };
        let kept = self.wire_random.below(4) as usize;
        let arrival = self.clock.elapsed() + self.one_way(shard);
        let Some(connection) = self.network.connections.get_mut(&id) else {
            return;
        };
        match kind {
            FaultKind::WriteBlocked => connection.trouble.blocked = true,
            _ => {
                connection.trouble.up = true;
                connection.trouble.down = true;
            }
        }
        let (mut tell_client, mut tell_server) = (false, false);
        match kind {
            FaultKind::Cut => (tell_client, tell_server) = (true, true),
            FaultKind::CutUnseenByServer => tell_client = true,
            FaultKind::CutUnseenByClient => tell_server = true,
            FaultKind::SwallowUp => connection.up.swallows = true,
            FaultKind::SwallowDown => connection.down.swallows = true,
            FaultKind::SwallowBoth => {
                connection.up.swallows = true;
                connection.down.swallows = true;
            }
            FaultKind::StallUp => connection.up.held_until = until,
            FaultKind::StallDown => connection.down.held_until = until,
            _ => {
                connection.write_blocked_until = until;
                self.agenda.add(until, Event::Flush { shard });
            }
        }
        if !(tell_client || tell_server) {
            return;
        }
        // Some of what is on its way still arrives; then it is over.
        connection.down.cut(kept);
        connection.up.cut(kept);
        let down = tell_client
            .then(|| connection.down.send(arrival, Down::End))
            .flatten();
        let up = tell_server
            .then(|| connection.up.send(arrival, crate::network::Up::End))
            .flatten();
        connection.down.swallows |= !tell_client;
        connection.up.swallows |= !tell_server;
        connection.down.is_over = true;
        connection.up.is_over = true;
        if let Some(at) = down {
            let connection = id;
            self.agenda.add(at, Event::Down { connection });
        }
        if let Some(at) = up {
            let connection = id;
            self.agenda.add(at, Event::Up { connection });
        }
    }

    fn arm(&mut self, shard: usize, fault: &Fault) {
        let armed = &mut self.shards[shard].armed;
        let times = fault.amount + 1;
        match fault.kind {
            FaultKind::Corrupt => armed.corrupt = 1,
            FaultKind::Duplicate => armed.duplicate = times,
            FaultKind::Skip => armed.skip = times,
            FaultKind::SkipThenLate => armed.late = 1,
            FaultKind::AcceptThenClose => armed.accept_then_close = times,
            FaultKind::AcceptThenCut => armed.accept_then_cut = times,
            _ => {
                armed.refuse_permit = times;
                armed.refuse_for = fault.lasting;
            }
        }
    }

    fn restart_gateway(&mut self, fault: &Fault) {
        let now = self.clock.now();
        let until = self.clock.elapsed() + fault.lasting;
        self.refuse(Host::Main, until);
        self.refuse(Host::Resume, until);
        self.gateway.drop_connections(now, &Selector::All);
        if fault.kind == FaultKind::RestartLosing {
            self.gateway.forget_sessions(&Selector::All);
        }
        self.drain_gateway();
    }

    fn gateway_acts(&mut self, shard: usize, fault: &Fault) {
        let now = self.clock.now();
        let code = |codes: &[u16]| codes[fault.amount as usize % codes.len()];
        if fault.kind == FaultKind::ReconnectFirst {
            return self.gateway.reconnect_before_hello(fault.amount + 1);
        }
        if fault.kind == FaultKind::Burst {
            return self.make_events(shard, fault.amount, BURST_PADDING);
        }
        // The session may be away; a connection may have none yet.
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
            FaultKind::CloseOdd => {
                self.gateway.close(now, &selector, code(&ODD));
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
                self.shards[shard].armed.invalidate_replay = 1;
                self.gateway.drop_connections(now, &selector);
                self.make_events(shard, MORE_THAN_A_PORTION, BURST_PADDING);
            }
            FaultKind::RequestHeartbeat => {
                for _ in 0..=fault.amount {
                    self.gateway.request_heartbeat(now, &selector);
                }
            }
            _ => {
                // A connection that carries nothing from then on is nothing that a client could notice.
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
            connection.trouble.down = true;
        }
        let at = self.clock.elapsed() + self.plan.faults[index].lasting;
        self.agenda.add(at, Event::Unmute { index });
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

    fn slow_down(&mut self, shard: usize, until: Duration) {
        self.shards[shard].paused_until = until;
        self.with_connection(shard, |connection| connection.trouble.client = true);
        self.agenda.add(until, Event::Unpause { shard });
        if self.shards[shard].asleep_until <= self.clock.elapsed() {
            self.pause(shard);
        }
    }

    fn sleep(&mut self, shard: usize, until: Duration) {
        let this = &mut self.shards[shard];
        if this.presence == Presence::Up {
            this.asleep_until = this.asleep_until.max(until);
            self.with_connection(shard, |connection| connection.trouble.client = true);
        }
    }

    /// REST was asked again; IDENTIFYs on their way are not counted yet.
    fn update_queue(&mut self) {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let said = self.gateway.session_start_limit(now);
        let settings = gloaming_queue::QueueSettings {
            reset_after: said.reset_after,
            ..queue_settings(self.plan, said.remaining)
        };
        self.queue.update(now, elapsed, settings);
        self.settle_queue();
    }

    fn user_acts(&mut self, shard: usize, fault: &Fault) {
        let now = self.clock.elapsed();
        let this = &mut self.shards[shard];
        if this.presence == Presence::Away || this.asleep_until > now {
            return;
        }
        match fault.kind {
            FaultKind::Commands | FaultKind::Stalled => {
                // They are taken before any of them is written.
                self.shards[shard].writing = Writing::Deferred;
                for _ in 0..fault.amount {
                    self.command(shard, 0);
                }
                self.shards[shard].writing = Writing::AtOnce;
                self.command(shard, 0);
            }
            FaultKind::HugeCommand => self.command(shard, 5000),
            FaultKind::UserReconnect => {
                self.feed(shard, InputKind::Reconnect, Input::Reconnect, None);
            }
            kind => {
                this.away = fault.lasting;
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
        let json = format!(
            r#"{{"op":3,"d":{{"since":{},"activities":[],"status":"online","afk":false,"padding":"{padding}"}}}}"#,
            id.0
        );
        let input = Input::Command { id, json };
        self.feed(shard, InputKind::Command, input, None);
    }
}
