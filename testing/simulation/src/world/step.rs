//! One step of a machine: an input, what it wants done, and what must hold then.

use super::World;
use crate::{
    agenda::Event,
    coverage::InputKind,
    finding::{Check, Invariant, broken},
    network::{Tag, Up},
    shard::{Consumer, Fate, Link, PermitSlot, RESUME_HOST, Writing},
    state::State,
    subject::{Action, Frame},
};
use gloaming_machine::{DisconnectCause, Input, Lifecycle, RecoveryStep, SendKind};
use gloaming_protocol::{CloseFrame, Disposition, disposition_of};
use std::time::Duration;

/// Timeouts in a second after which time is taken to stand still.
const MOST_SPINS: u32 = 200;

/// Waits longer than this are no deadline.
const LONGEST_WAIT: Duration = Duration::from_secs(700);

/// What a step did.
#[derive(Default)]
struct Step {
    deliveries: usize,
    events: Vec<Lifecycle>,
    /// What there is to say to a session that was given up.
    gave_up: Option<Check>,
    /// It left its connection.
    left: bool,
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
        this.subject.handle_input(now, input);
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
        self.after(shard, before, kind, tag, &mut step);
    }

    /// Does what the machine says, until it waits.
    fn drain(&mut self, shard: usize, step: &mut Step) {
        loop {
            let action = self.shards[shard].subject.poll_output();
            if !matches!(action, Action::Wait(_)) {
                self.note(Some(shard), || format!("    -> {action:?}"));
            }
            match action {
                Action::Connect { url, step } => self.connect(shard, &url, step),
                Action::RequestPermit => self.request_permit(shard),
                Action::CancelPermit => self.cancel_permit(shard),
                Action::Disconnect { close } => {
                    step.left = true;
                    self.disconnect(shard, close);
                }
                Action::Deliver => step.deliveries += 1,
                Action::Command { id, outcome } => {
                    let check = self.shards[shard].commands.ended(id, outcome);
                    self.judge(shard, check);
                }
                Action::Reply(ids) => {
                    let check = self.shards[shard].requests.replied(&ids);
                    self.judge(shard, check);
                }
                Action::RequestEnded { id, result } => {
                    let check = self.shards[shard].requests.ended(id, result);
                    self.judge(shard, check);
                }
                Action::Event(event) => {
                    if matches!(event, Lifecycle::Gap { .. }) {
                        let now = self.clock.elapsed();
                        step.gave_up = Some(self.shards[shard].connects.gives_up(now));
                    }
                    self.hear(shard, &event);
                    step.events.push(event);
                }
                Action::Wait(deadline) => {
                    let deadline = deadline.map(|at| self.clock.offset(at));
                    return self.set_timer(shard, deadline);
                }
            }
        }
    }

    /// Hands frames to the socket if it has room, as the contract of the machine says. A socket that is blocked takes
    /// what there is once, and writes none of it.
    fn transmit(&mut self, shard: usize, step: &mut Step) {
        let mut is_handed = false;
        if !self.has_room(shard) || self.shards[shard].writing == Writing::Deferred {
            return;
        }
        while self.shards[shard].connection().is_some() {
            let now = self.clock.now();
            let Some(frame) = self.shards[shard].subject.poll_transmit(now) else {
                break;
            };
            is_handed = true;
            self.note(Some(shard), || format!("    => {frame:?}"));
            match frame {
                Frame::Message { kind, text } => self.send(shard, kind, text),
                Frame::Close(frame) => {
                    step.left = true;
                    self.shards[shard].heartbeats.ended();
                    self.check_close(shard, &frame);
                    self.write(shard, Up::Close(frame.code));
                }
            }
            self.drain(shard, step);
        }
        // An expired command is an outcome without a frame.
        self.drain(shard, step);
        if is_handed && self.has_room(shard) {
            let now = self.clock.now();
            let this = &mut self.shards[shard];
            let state = State::of(this.subject.machine());
            let kind = InputKind::Flushed;
            self.coverage.input(state, kind, this.last_fault);
            this.subject.handle_input(now, Input::Flushed);
            self.drain(shard, step);
        }
    }

    fn send(&mut self, shard: usize, kind: SendKind, text: String) {
        let now = self.clock.elapsed();
        let this = &mut self.shards[shard];
        let Some(connection) = this.connection() else {
            return self.fail(
                Some(shard),
                Invariant::Session,
                "sends without a connection",
            );
        };
        let position = this.delivery.position();
        let last = position.map(|(_, last)| last);
        let position = position.map(|(session, last)| (&**session, last));
        let limits = this.sends.sent(now, kind, &text, position);
        let check = match kind {
            SendKind::Heartbeat => this.heartbeats.sent(now, &text, last),
            SendKind::Resume => this.connects.resumes(),
            SendKind::Command => {
                this.commands.went_out();
                Ok(())
            }
            SendKind::Identify => Ok(()),
        };
        self.judge(shard, limits);
        self.judge(shard, check);
        if kind == SendKind::Identify {
            self.spend_permit(shard, connection);
        }
        self.write(shard, Up::Text { kind, text });
    }

    pub(super) fn check_close(&mut self, shard: usize, frame: &CloseFrame<'static>) {
        let is_requested = self.shards[shard].shutdown == Some(frame.code);
        if matches!(frame.code, 1000 | 1001) && !is_requested {
            let detail = format!("closes with {}", frame.code);
            self.fail(Some(shard), Invariant::Goodbye, detail);
        }
    }

    fn connect(&mut self, shard: usize, url: &str, step: RecoveryStep) {
        let now = self.clock.elapsed();
        let this = &mut self.shards[shard];
        let is_resume = url.starts_with(RESUME_HOST);
        let check = this.connects.attempt(now, step, is_resume);
        if this.link != Link::Down {
            let link = this.link;
            let detail = format!("a second connection, besides {link:?}");
            self.fail(Some(shard), Invariant::Attempts, detail);
        }
        self.judge(shard, check);
        self.dial(shard, url);
    }

    /// What the machine tells, as far as guards need to know.
    fn hear(&mut self, shard: usize, event: &Lifecycle) {
        let now = self.clock.elapsed();
        let this = &mut self.shards[shard];
        match event {
            Lifecycle::Hello { interval } => {
                this.heartbeats.hello(now, *interval);
                this.connects.hello();
            }
            Lifecycle::Ready { .. } | Lifecycle::Resumed { .. } => this.connects.established(),
            Lifecycle::Disconnected { cause, .. } => {
                this.heartbeats.ended();
                self.excuse(shard, *cause);
                if self.is_settled() {
                    let detail = format!("{cause:?}, with nothing wrong any more");
                    self.fail(Some(shard), Invariant::Liveness, detail);
                }
            }
            _ => {}
        }
    }

    /// Looks for a reason to give a connection up.
    fn excuse(&mut self, shard: usize, cause: DisconnectCause) {
        let this = &self.shards[shard];
        // The machine may have let go of it a moment ago.
        let connection = this.connection().or(this.last_connection);
        let is_troubled = connection
            .and_then(|id| self.network.connections.get(&id))
            .is_none_or(|connection| connection.trouble.is_on_the_way());
        // What is waited for may lie unread, but who has slept reads before he judges.
        let is_behind = this.consumer == Consumer::Paused;
        let is_excused = match cause {
            DisconnectCause::Zombie
            | DisconnectCause::HelloTimeout
            | DisconnectCause::ResumeTimeout => is_troubled && !is_behind,
            DisconnectCause::Unreadable => is_troubled,
            DisconnectCause::ConnectTimeout => this.unanswered && !is_behind,
            _ => true,
        };
        if !is_excused {
            let detail = format!("{cause:?} on a connection that was fine");
            self.fail(Some(shard), Invariant::Patience, detail);
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
        // Timers tell milliseconds, and a busy machine is late.
        let late = match self.timer_random.once_in(50) {
            true => self.timer_random.millis(0, 40),
            false => Duration::from_micros(self.timer_random.below(2_000)),
        };
        let version = this.timer;
        let at = at.max(self.clock.elapsed()) + late;
        self.agenda.add(at, Event::Timer { shard, version });
    }

    pub(super) fn timer(&mut self, shard: usize, version: u64) {
        let now = self.clock.elapsed();
        let this = &mut self.shards[shard];
        if this.timer != version || this.deadline.is_none() {
            return;
        }
        this.deadline = None;
        let (since, times) = this.spins;
        this.spins = match now < since + Duration::from_secs(1) {
            true => (since, times + 1),
            false => (now, 0),
        };
        if this.spins.1 > MOST_SPINS {
            return self.fail(
                Some(shard),
                Invariant::Deadline,
                "one timeout after the other",
            );
        }
        self.feed(shard, InputKind::Timeout, Input::Timeout, None);
    }

    /// What must hold after a step.
    fn after(
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
        let this = &mut self.shards[shard];
        this.state = State::of(this.subject.machine());
        let delivery = this.delivery.step(tag, step.deliveries, &step.events);
        let commands = this.commands.check();
        let heartbeats = if is_blocked {
            Ok(())
        } else {
            let able_since = this.asleep_until.max(this.writable_since);
            this.heartbeats.check(now, able_since)
        };
        for check in [delivery, commands, heartbeats] {
            self.judge(shard, check);
        }
        self.check_gaps(shard, step);
        self.check_obedience(shard, before, kind, step);
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

    fn check_gaps(&mut self, shard: usize, step: &mut Step) {
        let begins = |event: &Lifecycle| matches!(event, Lifecycle::Ready { .. });
        // READY in place of RESUMED says it as well.
        if let Some(check) = step.gave_up.take()
            && !step.events.iter().any(begins)
        {
            self.judge(shard, check);
        }
    }

    fn check_obedience(&mut self, shard: usize, before: State, kind: InputKind, step: &Step) {
        let was_open = matches!(
            before,
            State::AwaitHello
                | State::AwaitPermit
                | State::Identifying
                | State::Resuming
                | State::Active
        );
        let is_order = matches!(
            kind,
            InputKind::ReconnectRequest
                | InputKind::InvalidResumable
                | InputKind::InvalidFinal
                | InputKind::Unreadable
                | InputKind::Reconnect
                | InputKind::ShutdownKeeping
                | InputKind::ShutdownEnding
        );
        let state = self.shards[shard].state;
        // Without room for a close frame, the machine is closing all the same.
        if was_open && is_order && !step.left && state != State::Closing {
            let detail = format!("{} is not obeyed", kind.name());
            return self.fail(Some(shard), Invariant::Obedience, detail);
        }
        if kind == InputKind::ClosedFatal && was_open && state != State::Stopped {
            let detail = format!("{} after a fatal close code", state.name());
            self.fail(Some(shard), Invariant::Obedience, detail);
        }
    }

    fn check_wait(&mut self, shard: usize) {
        let this = &self.shards[shard];
        let rests = matches!(this.state, State::Idle | State::Stopped);
        let now = self.clock.elapsed();
        let check = match this.deadline {
            None if rests => Ok(()),
            None => broken(
                Invariant::Deadline,
                format!("{} waits forever", this.state.name()),
            ),
            Some(_) if rests => broken(Invariant::Deadline, "waits for something while it rests"),
            Some(at) if at > now + LONGEST_WAIT => {
                broken(Invariant::Deadline, format!("waits for {:?}", at - now))
            }
            Some(_) => Ok(()),
        };
        self.judge(shard, check);
    }

    fn check_permit(&mut self, shard: usize) {
        let this = &self.shards[shard];
        let needs = matches!(this.state, State::AwaitPermit | State::Identifying);
        if !needs && this.permit != PermitSlot::Empty {
            let detail = format!("{} with {:?}", this.state.name(), this.permit);
            self.fail(Some(shard), Invariant::Permit, detail);
        }
    }

    fn check_bounds(&mut self, shard: usize) {
        let machine = self.shards[shard].subject.machine();
        let commands = machine.queued_commands();
        let bound = machine.config().command_bound;
        if commands > bound {
            let detail = format!("{commands} commands wait, {bound} may");
            self.fail(Some(shard), Invariant::Bounds, detail);
        }
        if self.queue.waiting() > self.shards.len() {
            self.fail(Some(shard), Invariant::Bounds, "the identify queue grows");
        }
    }

    /// The connection ended by a close frame.
    pub(super) fn closed_kind(frame: Option<&CloseFrame<'static>>) -> InputKind {
        match disposition_of(frame.map(|frame| frame.code)) {
            Disposition::Resume => InputKind::ClosedResumable,
            Disposition::Reidentify => InputKind::ClosedReidentify,
            Disposition::Fatal => InputKind::ClosedFatal,
        }
    }

    /// The driver's link is down; what it had to send is gone with it.
    pub(super) fn link_down(&mut self, shard: usize) {
        let this = &mut self.shards[shard];
        this.last_connection = this.connection();
        this.unanswered = matches!(
            this.link,
            Link::Connecting {
                fate: Fate::Unanswered,
                ..
            }
        );
        this.link = Link::Down;
    }
}
