//! The machine under test, and the place for mistakes before it.

use crate::bug::Bug;
use gloaming_machine::{
    CommandId, CommandOutcome, Input, Lifecycle, Machine, MachineConfig, Output, RecoveryStep,
    SendKind, Session, Transmit,
    requests::{RequestErrorKind, RequestId},
};
use gloaming_protocol::{CloseFrame, Disposition, OpCode, disposition_of};
use std::{collections::VecDeque, time::Instant};

/// What the machine wants done: its outputs, with texts that may be changed.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Connect {
        url: String,
        step: RecoveryStep,
    },
    RequestPermit,
    CancelPermit,
    Disconnect {
        close: Option<CloseFrame<'static>>,
    },
    Deliver,
    Command {
        id: CommandId,
        outcome: CommandOutcome,
    },
    Reply(Vec<RequestId>),
    RequestEnded {
        id: RequestId,
        result: Result<(), RequestErrorKind>,
    },
    Event(Lifecycle),
    Wait(Option<Instant>),
}

/// A frame that the machine sends, with a text that may be changed.
#[derive(Clone, Debug)]
pub(crate) enum Frame {
    Message { kind: SendKind, text: String },
    Close(CloseFrame<'static>),
}

/// A machine as it is, or with a [`Bug`] between it and the world.
///
/// Mistakes are made here, at the door, so that the library has none in any build: whatever a broken
/// machine would do wrong shows in its inputs being ignored or its outputs being others.
#[derive(Debug)]
pub(crate) struct Subject {
    machine: Machine,
    bug: Option<Bug>,
    /// Actions of the bug's own, before those of the machine.
    extra: VecDeque<Action>,
    /// Frames of the bug's own, before those of the machine.
    extra_frames: VecDeque<Frame>,
    /// How often the bug had its chance.
    chances: u64,
    resume_url: Option<String>,
    now: Option<Instant>,
}

impl Subject {
    pub(crate) fn new(
        config: MachineConfig,
        session: Option<Session>,
        seed: u64,
        bug: Option<Bug>,
    ) -> Self {
        Self {
            machine: Machine::new(config, session, seed),
            bug,
            extra: VecDeque::new(),
            extra_frames: VecDeque::new(),
            chances: 0,
            resume_url: None,
            now: None,
        }
    }

    pub(crate) const fn machine(&self) -> &Machine {
        &self.machine
    }

    pub(crate) fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        self.now = Some(now);
        let input = match self.bug {
            Some(bug) => self.spoil_input(bug, input),
            None => Some(input),
        };
        if let Some(input) = input {
            self.machine.handle_input(now, input);
        }
    }

    pub(crate) fn poll_output(&mut self) -> Action {
        loop {
            if let Some(action) = self.extra.pop_front() {
                return action;
            }
            let action = match self.machine.poll_output() {
                Output::Connect { url, step } => Action::Connect {
                    url: url.as_str().to_owned(),
                    step,
                },
                Output::RequestPermit => Action::RequestPermit,
                Output::CancelPermit => Action::CancelPermit,
                Output::Disconnect { close } => Action::Disconnect { close },
                Output::Deliver => Action::Deliver,
                Output::Command { id, outcome } => Action::Command { id, outcome },
                Output::Event(event) => Action::Event(event),
                Output::Wait(at) => Action::Wait(at),
                Output::Reply(ids) => Action::Reply(ids),
                Output::RequestEnded { id, result } => Action::RequestEnded { id, result },
                Output::RequestState { .. } => continue,
            };
            let action = match self.bug {
                Some(bug) => self.spoil(bug, action),
                None => Some(action),
            };
            if let Some(action) = action {
                return action;
            }
        }
    }

    pub(crate) fn poll_transmit(&mut self, now: Instant) -> Option<Frame> {
        loop {
            if let Some(frame) = self.extra_frames.pop_front() {
                return Some(frame);
            }
            let frame = match self.machine.poll_transmit(now)? {
                Transmit::Message { kind, text } => Frame::Message {
                    kind,
                    text: text.into_inner(),
                },
                Transmit::Close(frame) => Frame::Close(frame),
            };
            let frame = match self.bug {
                Some(bug) => self.spoil_frame(bug, frame),
                None => Some(frame),
            };
            if frame.is_some() {
                return frame;
            }
        }
    }

    /// What is left of an input.
    fn spoil_input<'a>(&mut self, bug: Bug, input: Input<'a>) -> Option<Input<'a>> {
        match (bug, &input) {
            (Bug::AckIgnored, Input::Payload(payload)) if payload.op() == OpCode::HeartbeatAck => {
                None
            }
            (Bug::ReconnectIgnored, Input::Payload(payload))
                if payload.op() == OpCode::Reconnect =>
            {
                None
            }
            (Bug::InvalidIgnored, Input::Payload(payload))
                if payload.op() == OpCode::InvalidSession =>
            {
                None
            }
            (Bug::PauseIgnored, Input::ReadPaused) | (Bug::FlushIgnored, Input::Flushed) => None,
            (Bug::FatalCloseIgnored, Input::Closed { frame })
                if disposition_of(frame.as_ref().map(|frame| frame.code)) == Disposition::Fatal =>
            {
                Some(Input::Lost)
            }
            (Bug::WindowIgnored, Input::Command { id, json })
                if json.len() <= 4096 && self.machine.state().is_identified() =>
            {
                self.send_at_once(*id, json.clone());
                None
            }
            (Bug::SizeIgnored, Input::Command { id, json })
                if json.len() > 4096 && self.machine.state().is_identified() =>
            {
                self.send_at_once(*id, json.clone());
                None
            }
            _ => Some(input),
        }
    }

    /// What is left of a action.
    fn spoil(&mut self, bug: Bug, action: Action) -> Option<Action> {
        if let Action::Connect {
            url,
            step: RecoveryStep::ResumeHost,
        } = &action
        {
            self.resume_url = Some(url.clone());
        }
        match (bug, action) {
            (Bug::EventDropped, Action::Deliver) => {
                (!self.is_chance(50)).then_some(Action::Deliver)
            }
            (Bug::EventTwice, Action::Deliver) => {
                if self.is_chance(50) {
                    self.extra.push_back(Action::Deliver);
                }
                Some(Action::Deliver)
            }
            (Bug::GapHidden, Action::Event(Lifecycle::Gap { .. }))
            | (Bug::SkipHidden, Action::Event(Lifecycle::Skipped { .. }))
            | (Bug::PermitKept, Action::CancelPermit) => None,
            (Bug::SessionForgotten, action @ Action::Connect { .. }) => {
                if self.machine.session().is_none() {
                    return Some(action);
                }
                let config = self.machine.config().clone();
                self.chances += 1;
                self.machine = Machine::new(config, None, self.chances);
                if let Some(now) = self.now {
                    self.machine.handle_input(now, Input::Start);
                }
                None
            }
            (Bug::NoPermit, Action::RequestPermit) => {
                if let Some(now) = self.now {
                    self.machine.handle_input(now, Input::PermitGranted);
                }
                None
            }
            (Bug::ClosesForGood, Action::Disconnect { close: Some(_) }) => {
                let close = Some(CloseFrame::NORMAL);
                Some(Action::Disconnect { close })
            }
            (Bug::HotLoop, Action::Wait(Some(at))) => self.hurry(at),
            (Bug::ResumeHostForever, Action::Connect { url, step }) => {
                let url = match (step, &self.resume_url) {
                    (RecoveryStep::MainHost, Some(url)) => url.clone(),
                    _ => url,
                };
                Some(Action::Connect { url, step })
            }
            (Bug::MainHostOnly, Action::Connect { step, .. }) => Some(Action::Connect {
                url: self.machine.config().main_url().as_str().to_owned(),
                step,
            }),
            (Bug::CommandTwice, Action::Command { id, outcome }) if !id.is_request() => {
                if self.is_chance(10) {
                    self.extra.push_back(Action::Command { id, outcome });
                }
                Some(Action::Command { id, outcome })
            }
            (Bug::CommandForgotten, Action::Command { id, outcome }) if !id.is_request() => {
                (!self.is_chance(10)).then_some(Action::Command { id, outcome })
            }
            (Bug::ReplyDropped, Action::Reply(ids)) => {
                (!self.is_chance(3)).then_some(Action::Reply(ids))
            }
            (Bug::ReplyTwice, Action::Reply(ids)) => {
                if self.is_chance(3) {
                    self.extra.push_back(Action::Reply(ids.clone()));
                }
                Some(Action::Reply(ids))
            }
            (Bug::RequestForgotten, action @ Action::RequestEnded { .. }) => {
                (!self.is_chance(10)).then_some(action)
            }
            (Bug::NoDeadline, Action::Wait(at)) => Some(Action::Wait(
                at.filter(|_| self.machine.state_name() != "resuming"),
            )),
            (_, action) => Some(action),
        }
    }

    /// What is left of a frame.
    fn spoil_frame(&mut self, bug: Bug, frame: Frame) -> Option<Frame> {
        let Frame::Message { kind, text } = frame else {
            return Some(match bug {
                Bug::ClosesForGood => Frame::Close(CloseFrame::NORMAL),
                _ => frame,
            });
        };
        let text = match (bug, kind) {
            (Bug::SequenceOffByOne, SendKind::Resume) => changed(&text, |d| {
                d["seq"] = (d["seq"].as_u64().unwrap_or_default() + 1).into();
            }),
            (Bug::OtherSession, SendKind::Resume) => {
                changed(&text, |d| d["session_id"] = "another".into())
            }
            (Bug::HeartbeatOfZero, SendKind::Heartbeat) => changed(&text, |d| *d = 0.into()),
            (Bug::HeartbeatForgotten, SendKind::Heartbeat) if self.is_chance(3) => return None,
            (Bug::IdentifyTwice, SendKind::Identify) => {
                self.extra_frames.push_back(Frame::Message {
                    kind,
                    text: text.clone(),
                });
                text
            }
            _ => text,
        };
        Some(Frame::Message { kind, text })
    }

    /// Has a wait between connections end at once.
    fn hurry(&mut self, at: Instant) -> Option<Action> {
        let waits = self.machine.state_name() == "backing off";
        if waits && self.now.is_some_and(|now| now < at) {
            self.machine.handle_input(at, Input::Timeout);
            return None;
        }
        Some(Action::Wait(Some(at)))
    }

    fn send_at_once(&mut self, id: CommandId, text: String) {
        let kind = SendKind::Command;
        let outcome = CommandOutcome::Sent;
        self.extra_frames.push_back(Frame::Message { kind, text });
        self.extra.push_back(Action::Command { id, outcome });
    }

    /// True once in `times`.
    const fn is_chance(&mut self, times: u64) -> bool {
        self.chances += 1;
        self.chances.is_multiple_of(times)
    }
}

/// A payload with another `d`.
fn changed(text: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let mut payload: serde_json::Value =
        serde_json::from_str(text).expect("the machine writes JSON");
    change(&mut payload["d"]);
    payload.to_string()
}
