//! A step of a machine: an input, its outputs, and the checks after it.

use super::World;
use crate::{
    coverage::InputKind,
    event_queue::Event,
    finding::{Check, Invariant, violated},
    machine_under_test::{Action, Frame},
    network::{Impairments, Tag, Upstream},
    shard::{AttemptState, Consumer, Link, MAIN_HOST, PermitSlot, RESUME_HOST, WriteMode},
    state::State,
};
use gloaming_machine::{DisconnectCause, Input, Lifecycle, RecoveryStep, SendKind};
use gloaming_protocol::{
    CloseFrame, Disposition, disposition_of, limits::MAX_UNREAD_WAIT_FOR_HELLO,
};
use std::time::Duration;

/// The maximum number of timeouts per second.
const MAX_TIMEOUTS_PER_SECOND: u32 = 200;

/// The maximum time until a deadline.
const MAX_WAIT: Duration = Duration::from_secs(700);

/// The outputs of a step.
#[derive(Default)]
struct Step {
    deliveries: usize,
    events: Vec<Lifecycle>,
    /// The check of a session that was given up.
    given_up: Option<Check>,
    /// Whether the machine closed its connection.
    disconnected: bool,
}

impl World<'_> {
    pub(super) fn feed(
        &mut self,
        shard: usize,
        kind: InputKind,
        input: Input<'_>,
        tag: Option<&Tag>,
    ) {
        let now = self.clock.now();
        let this = &mut self.shards[shard];
        let before = this.state;
        self.coverage.input(before, kind, this.last_fault);
        self.steps += 1;
        match kind {
            InputKind::HeartbeatRequest => this.heartbeats.requested(),
            InputKind::HeartbeatAck => this.heartbeats.acknowledged(),
            _ => {}
        }
        this.machine.handle_input(now, input);
        self.note(Some(shard), || match tag {
            Some(tag) => format!(
                "[{}] <- {} {} of {:.6}",
                before.name(),
                kind.name(),
                tag.sequence,
                tag.session
            ),
            None => format!("[{}] <- {}", before.name(), kind.name()),
        });
        let mut step = Step::default();
        self.drain(shard, &mut step);
        self.transmit(shard, &mut step);
        self.check_step(shard, before, kind, tag, &mut step);
    }

    /// Executes the outputs of the machine until it waits.
    fn drain(&mut self, shard: usize, step: &mut Step) {
        loop {
            let action = self.shards[shard].machine.poll_output();
            if !matches!(action, Action::Wait(_)) {
                self.note(Some(shard), || format!("    -> {action:?}"));
            }
            match action {
                Action::Connect { url, step } => self.connect(shard, &url, step),
                Action::RequestPermit => self.request_permit(shard),
                Action::CancelPermit => self.cancel_permit(shard),
                Action::Disconnect { close } => {
                    step.disconnected = true;
                    self.disconnect(shard, close);
                }
                Action::Deliver => step.deliveries += 1,
                Action::Command { id, outcome } => {
                    let check = self.shards[shard].commands.resolved(id, outcome);
                    self.check(shard, check);
                }
                Action::Reply(ids) => {
                    let check = self.shards[shard].requests.reply_received(&ids);
                    self.check(shard, check);
                }
                Action::RequestEnded { id, result } => {
                    let check = self.shards[shard].requests.resolved(id, result);
                    self.check(shard, check);
                }
                Action::Event(event) => {
                    if matches!(event, Lifecycle::Gap { .. }) {
                        let now = self.clock.elapsed();
                        step.given_up = Some(self.shards[shard].connects.session_given_up(now));
                    }
                    self.handle_lifecycle(shard, &event);
                    step.events.push(event);
                }
                Action::Wait(deadline) => {
                    let deadline = deadline.map(|at| self.clock.offset(at));
                    return self.set_timer(shard, deadline);
                }
            }
        }
    }

    /// Passes frames to the socket if it has room, as required by the contract of the machine. A blocked socket
    /// accepts frames once, and does not write them.
    fn transmit(&mut self, shard: usize, step: &mut Step) {
        let mut has_transmitted = false;
        if !self.has_room(shard) || self.shards[shard].write_mode == WriteMode::Deferred {
            return;
        }
        while self.shards[shard].connection().is_some() {
            let now = self.clock.now();
            let Some(frame) = self.shards[shard].machine.poll_transmit(now) else {
                break;
            };
            has_transmitted = true;
            self.note(Some(shard), || format!("    => {frame:?}"));
            match frame {
                Frame::Message { kind, text } => self.send(shard, kind, text),
                Frame::Close(frame) => {
                    step.disconnected = true;
                    self.shards[shard].heartbeats.disconnected();
                    self.check_close(shard, &frame);
                    self.write(shard, Upstream::Close(frame.code));
                }
            }
            self.drain(shard, step);
        }
        // An expired command has an outcome and no frame.
        self.drain(shard, step);
        if has_transmitted && self.has_room(shard) {
            let now = self.clock.now();
            let this = &mut self.shards[shard];
            let state = State::of(this.machine.inner());
            let kind = InputKind::Flushed;
            self.coverage.input(state, kind, this.last_fault);
            this.machine.handle_input(now, Input::Flushed);
            self.drain(shard, step);
        }
    }

    fn send(&mut self, shard: usize, kind: SendKind, text: String) {
        let now = self.clock.elapsed();
        let impairments = self.impairments(shard);
        let this = &mut self.shards[shard];
        let Some(connection) = this.connection() else {
            return self.fail(
                Some(shard),
                Invariant::Session,
                "a message is sent without a connection",
            );
        };
        let position = this.delivery.position();
        let last = position.map(|(_, last)| last);
        let position = position.map(|(session, last)| (&**session, last));
        let limits = this.sends.sent(now, kind, &text, position);
        let check = match kind {
            SendKind::Heartbeat => this.heartbeats.sent(now, &text, last, impairments),
            SendKind::Resume => this.connects.check_resume(),
            SendKind::Command => {
                this.commands.command_sent();
                Ok(())
            }
            SendKind::Identify => Ok(()),
        };
        self.check(shard, limits);
        self.check(shard, check);
        if kind == SendKind::Identify {
            self.spend_permit(shard, connection);
        }
        self.write(shard, Upstream::Text { kind, text });
    }

    pub(super) fn check_close(&mut self, shard: usize, frame: &CloseFrame<'static>) {
        let this = &self.shards[shard];
        let is_requested = this.shutdown == Some(frame.code)
            || (this.gives_up_session && *frame == CloseFrame::NORMAL);
        if matches!(frame.code, 1000 | 1001) && !is_requested {
            let detail = format!("the connection is closed with {}", frame.code);
            self.fail(Some(shard), Invariant::CloseCodes, detail);
        }
    }

    fn connect(&mut self, shard: usize, url: &str, step: RecoveryStep) {
        let now = self.clock.elapsed();
        let is_resume = url.starts_with(RESUME_HOST);
        if !(is_resume || url.starts_with(MAIN_HOST)) {
            let detail = format!("the token would be sent to {url}");
            self.fail(Some(shard), Invariant::Hosts, detail);
        }
        let this = &mut self.shards[shard];
        let check = this.connects.attempt(now, step, is_resume);
        this.attempt();
        if this.link != Link::Down {
            let link = this.link;
            let detail = format!("a second connection attempt while the link is {link:?}");
            self.fail(Some(shard), Invariant::Attempts, detail);
        }
        self.check(shard, check);
        self.begin_connect(shard, url);
    }

    /// Updates the checkers for a lifecycle event.
    fn handle_lifecycle(&mut self, shard: usize, event: &Lifecycle) {
        let now = self.clock.elapsed();
        let this = &mut self.shards[shard];
        match event {
            Lifecycle::Hello { interval } => {
                this.heartbeats.hello(now, *interval);
                this.connects.hello();
            }
            Lifecycle::Ready { .. } | Lifecycle::Resumed { .. } => this.connects.established(),
            Lifecycle::Retrying { after, .. } => {
                let check = this.connects.retrying(now, *after);
                self.check(shard, check);
            }
            Lifecycle::Disconnected { cause, .. } => {
                this.heartbeats.disconnected();
                self.check_disconnect(shard, *cause);
                if self.is_stable() {
                    let detail = format!("{cause:?} after the faults");
                    self.fail(Some(shard), Invariant::Liveness, detail);
                }
            }
            _ => {}
        }
    }

    /// Checks that a fault explains why the machine gave up its connection.
    fn check_disconnect(&mut self, shard: usize, cause: DisconnectCause) {
        let this = &self.shards[shard];
        // The machine may have dropped the connection in this step.
        let connection = this.connection().or(this.last_connection);
        let is_impaired = connection
            .and_then(|id| self.network.connections.get(&id))
            .is_none_or(|connection| connection.impairments.affects_packets());
        // If the consumer is paused, the expected payload may be unread. A machine has to read before it times out.
        let is_paused = this.consumer == Consumer::Paused;
        let now = self.clock.elapsed();
        let is_excused = match cause {
            // A slow consumer puts these off, but not for ever.
            DisconnectCause::ConnectTimeout
                if now >= this.connects.attempted() + MAX_UNREAD_WAIT_FOR_HELLO =>
            {
                true
            }
            DisconnectCause::HelloTimeout if now >= this.opened + MAX_UNREAD_WAIT_FOR_HELLO => true,
            DisconnectCause::Zombie
            | DisconnectCause::HelloTimeout
            | DisconnectCause::ResumeTimeout => is_impaired && !is_paused,
            DisconnectCause::Unreadable => is_impaired,
            DisconnectCause::ConnectTimeout => this.unanswered && !is_paused,
            _ => true,
        };
        if !is_excused {
            let detail = format!("{cause:?} on a healthy connection");
            self.fail(Some(shard), Invariant::Disconnects, detail);
        }
    }

    fn set_timer(&mut self, shard: usize, deadline: Option<Duration>) {
        let this = &mut self.shards[shard];
        let Some(at) = deadline else {
            this.deadline = None;
            this.timer += 1;
            return;
        };
        if this.deadline == Some(at) {
            return;
        }
        this.deadline = Some(at);
        this.timer += 1;
        // Timers have a resolution of milliseconds, and are late on a busy computer.
        let late = match self.timer_random.once_in(50) {
            true => self.timer_random.millis(0, 40),
            false => Duration::from_micros(self.timer_random.below(2_000)),
        };
        let version = this.timer;
        let at = at.max(self.clock.elapsed()) + late;
        self.event_queue.add(at, Event::Timer { shard, version });
    }

    pub(super) fn timer(&mut self, shard: usize, version: u64) {
        let now = self.clock.elapsed();
        let this = &mut self.shards[shard];
        if this.timer != version || this.deadline.is_none() {
            return;
        }
        this.deadline = None;
        let (since, times) = this.timeouts_per_second;
        this.timeouts_per_second = match now < since + Duration::from_secs(1) {
            true => (since, times + 1),
            false => (now, 0),
        };
        if this.timeouts_per_second.1 > MAX_TIMEOUTS_PER_SECOND {
            return self.fail(
                Some(shard),
                Invariant::Deadline,
                "too many timeouts within a second",
            );
        }
        self.feed(shard, InputKind::Timeout, Input::Timeout, None);
    }

    /// Checks the invariants after a step.
    fn check_step(
        &mut self,
        shard: usize,
        before: State,
        kind: InputKind,
        tag: Option<&Tag>,
        step: &mut Step,
    ) {
        let now = self.clock.elapsed();
        self.delivered += step.deliveries as u64;
        let is_blocked = !self.has_room(shard);
        let impairments = self.impairments(shard);
        let this = &mut self.shards[shard];
        this.state = State::of(this.machine.inner());
        let delivery = this.delivery.step(tag, step.deliveries, &step.events);
        let commands = this.commands.check();
        let heartbeats = if is_blocked {
            Ok(())
        } else {
            let able_since = this.suspended_until.max(this.writable_since);
            this.heartbeats.check(now, able_since, impairments)
        };
        for check in [delivery, commands, heartbeats] {
            self.check(shard, check);
        }
        self.check_given_up(shard, step);
        self.check_server_requests(shard, before, kind, step);
        self.check_wait(shard);
        self.check_permit(shard);
        self.check_bounds(shard);
        let this = &mut self.shards[shard];
        if this.state != before {
            self.trigger(shard);
        }
        if self.shards[shard].state == State::Stopped && before != State::Stopped {
            self.stopped(shard);
        }
    }

    fn check_given_up(&mut self, shard: usize, step: &mut Step) {
        let is_ready = |event: &Lifecycle| matches!(event, Lifecycle::Ready { .. });
        // READY instead of RESUMED means that the server ended the session.
        if let Some(check) = step.given_up.take()
            && !step.events.iter().any(is_ready)
        {
            self.check(shard, check);
        }
    }

    fn check_server_requests(&mut self, shard: usize, before: State, kind: InputKind, step: &Step) {
        let was_open = before.is_open();
        let must_disconnect = matches!(
            kind,
            InputKind::ReconnectRequest
                | InputKind::InvalidResumable
                | InputKind::InvalidFinal
                | InputKind::Unreadable
                | InputKind::Flood
                | InputKind::Reconnect
                | InputKind::NewSession
                | InputKind::ShutdownResumable
                | InputKind::ShutdownFinal
        );
        let state = self.shards[shard].state;
        // If there is no room for a close frame, the machine still enters the state `Closing`.
        if was_open && must_disconnect && !step.disconnected && state != State::Closing {
            let detail = format!("{} has no effect", kind.name());
            return self.fail(Some(shard), Invariant::ServerRequests, detail);
        }
        if kind == InputKind::ClosedFatal && was_open && state != State::Stopped {
            let detail = format!("the shard is {} after a fatal close code", state.name());
            self.fail(Some(shard), Invariant::ServerRequests, detail);
        }
    }

    fn check_wait(&mut self, shard: usize) {
        let this = &self.shards[shard];
        let is_inactive = matches!(this.state, State::Idle | State::Stopped);
        let now = self.clock.elapsed();
        let check = match this.deadline {
            None if is_inactive => Ok(()),
            None => violated(
                Invariant::Deadline,
                format!("the state {} has no deadline", this.state.name()),
            ),
            Some(_) if is_inactive => violated(
                Invariant::Deadline,
                "an idle or stopped machine has a deadline",
            ),
            Some(at) if at > now + MAX_WAIT => violated(
                Invariant::Deadline,
                format!("the deadline is in {:?}", at - now),
            ),
            Some(_) => Ok(()),
        };
        self.check(shard, check);
    }

    fn check_permit(&mut self, shard: usize) {
        let this = &self.shards[shard];
        let needs = matches!(this.state, State::AwaitPermit | State::Identifying);
        if !needs && this.permit != PermitSlot::Empty {
            let detail = format!("the shard is {} with {:?}", this.state.name(), this.permit);
            self.fail(Some(shard), Invariant::Permit, detail);
        }
    }

    fn check_bounds(&mut self, shard: usize) {
        let machine = self.shards[shard].machine.inner();
        let commands = machine.queued_commands();
        let bound = machine.config().command_bound;
        if commands > bound {
            let detail = format!("{commands} commands are queued, the bound is {bound}");
            self.fail(Some(shard), Invariant::Bounds, detail);
        }
        if self.queue.waiting() > self.shards.len() {
            self.fail(Some(shard), Invariant::Bounds, "the identify queue grows");
        }
    }

    /// Returns the effects of faults on the shard's connection.
    fn impairments(&self, shard: usize) -> Impairments {
        self.shards[shard]
            .connection()
            .and_then(|id| self.network.connections.get(&id))
            .map(|connection| connection.impairments)
            .unwrap_or_default()
    }

    /// Returns the kind of a close frame.
    pub(super) fn closed_kind(frame: Option<&CloseFrame<'static>>) -> InputKind {
        match disposition_of(frame.map(|frame| frame.code)) {
            Disposition::Resume => InputKind::ClosedResumable,
            Disposition::Reidentify => InputKind::ClosedReidentify,
            Disposition::Fatal => InputKind::ClosedFatal,
        }
    }

    /// Records that the driver has no connection.
    pub(super) fn link_down(&mut self, shard: usize) {
        let this = &mut self.shards[shard];
        this.last_connection = this.connection();
        this.unanswered = matches!(
            this.link,
            Link::Connecting {
                state: AttemptState::Unanswered,
                ..
            }
        );
        this.link = Link::Down;
    }
}
