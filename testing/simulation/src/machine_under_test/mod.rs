//! The machine under test, with an optional deliberate bug.

mod stateful;

use self::stateful::{Memory, anonymous};
use crate::bug::Bug;
use gloaming_machine::{
    CommandId, CommandOutcome, Input, Lifecycle, Machine, MachineConfig, Output, RecoveryStep,
    SendKind, Session, Transmit,
    requests::{RequestErrorKind, RequestId},
};
use gloaming_protocol::{CloseFrame, Disposition, OpCode, disposition_of};
use std::{collections::VecDeque, time::Instant};

/// An output of the machine, as owned data that a bug can change.
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

/// A frame that the machine sends, as owned data that a bug can change.
#[derive(Clone, Debug)]
pub(crate) enum Frame {
    Message { kind: SendKind, text: String },
    Close(CloseFrame<'static>),
}

/// A machine, optionally with a [`Bug`].
///
/// A bug is simulated here, by ignored inputs and changed outputs, so that the library does not contain broken code
/// in any build.
#[derive(Debug)]
pub(crate) struct MachineUnderTest {
    machine: Machine,
    bug: Option<Bug>,
    /// Actions that the bug adds before those of the machine.
    added_actions: VecDeque<Action>,
    /// Frames that the bug adds before those of the machine.
    added_frames: VecDeque<Frame>,
    /// The number of occasions for the bug so far.
    occasions: u64,
    resume_url: Option<String>,
    now: Option<Instant>,
    memory: Memory,
}

impl MachineUnderTest {
    pub(crate) fn new(
        config: MachineConfig,
        session: Option<Session>,
        seed: u64,
        bug: Option<Bug>,
    ) -> Self {
        let session = match bug {
            Some(Bug::ForeignSessionResumed) => session.as_ref().map(anonymous),
            _ => session,
        };
        Self {
            machine: Machine::new(config, session, seed),
            bug,
            added_actions: VecDeque::new(),
            added_frames: VecDeque::new(),
            occasions: 0,
            resume_url: None,
            now: None,
            memory: Memory::default(),
        }
    }

    pub(crate) const fn inner(&self) -> &Machine {
        &self.machine
    }

    pub(crate) fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        self.now = Some(now);
        let input = match self.bug {
            Some(bug) => self
                .alter_input(bug, input)
                .and_then(|input| self.alter_input_by_past(bug, now, input)),
            None => Some(input),
        };
        if let Some(input) = input {
            self.machine.handle_input(now, input);
        }
    }

    pub(crate) fn poll_output(&mut self) -> Action {
        loop {
            if let Some(action) = self.added_actions.pop_front() {
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
                Some(bug) => self
                    .alter_action(bug, action)
                    .and_then(|action| self.alter_action_by_past(bug, action)),
                None => Some(action),
            };
            if let Some(action) = action {
                return action;
            }
        }
    }

    pub(crate) fn poll_transmit(&mut self, now: Instant) -> Option<Frame> {
        self.now = Some(now);
        loop {
            if let Some(frame) = self.added_frames.pop_front() {
                return Some(frame);
            }
            if let Some(bug) = self.bug {
                self.after_frame(bug, now);
            }
            let frame = match self.machine.poll_transmit(now)? {
                Transmit::Message { kind, text } => Frame::Message {
                    kind,
                    text: text.into_inner(),
                },
                Transmit::Close(frame) => Frame::Close(frame),
            };
            let frame = match self.bug {
                Some(bug) => self.alter_frame(bug, frame),
                None => Some(frame),
            };
            if frame.is_some() {
                return frame;
            }
        }
    }

    /// Applies the bug to an input. Returns `None` if the machine does not get the input.
    fn alter_input<'a>(&mut self, bug: Bug, input: Input<'a>) -> Option<Input<'a>> {
        match (bug, &input) {
            (Bug::AckIgnored, Input::Payload(payload)) if payload.op() == OpCode::HeartbeatAck => {
                None
            }
            (Bug::ReconnectIgnored, Input::Payload(payload))
                if payload.op() == OpCode::Reconnect =>
            {
                None
            }
            (Bug::InvalidSessionIgnored, Input::Payload(payload))
                if payload.op() == OpCode::InvalidSession =>
            {
                None
            }
            (Bug::PauseIgnored, Input::ReadPaused)
            | (Bug::FlushIgnored, Input::Flushed)
            | (Bug::FloodIgnored, Input::EmptyFrame) => None,
            (Bug::NewSessionIgnored, Input::NewSession) => Some(Input::Reconnect),
            (Bug::RetryAfterIgnored, Input::ConnectFailed { severity, .. }) => {
                Some(Input::ConnectFailed {
                    severity: *severity,
                    retry_after: None,
                })
            }
            (Bug::FatalCloseIgnored, Input::Closed { frame })
                if disposition_of(frame.as_ref().map(|frame| frame.code)) == Disposition::Fatal =>
            {
                Some(Input::Lost)
            }
            (Bug::SendLimitIgnored, Input::Command { id, json })
                if json.len() <= 4096 && self.machine.state().is_identified() =>
            {
                self.send_at_once(*id, json.clone());
                None
            }
            (Bug::SizeLimitIgnored, Input::Command { id, json })
                if json.len() > 4096 && self.machine.state().is_identified() =>
            {
                self.send_at_once(*id, json.clone());
                None
            }
            _ => Some(input),
        }
    }

    /// Applies the bug to an action. Returns `None` if the action is dropped.
    fn alter_action(&mut self, bug: Bug, action: Action) -> Option<Action> {
        if let Action::Connect {
            url,
            step: RecoveryStep::ResumeHost,
        } = &action
        {
            self.resume_url = Some(url.clone());
        }
        match (bug, action) {
            (Bug::EventDropped, Action::Deliver) => {
                (!self.is_nth_occasion(50)).then_some(Action::Deliver)
            }
            (Bug::EventDuplicated, Action::Deliver) => {
                if self.is_nth_occasion(50) {
                    self.added_actions.push_back(Action::Deliver);
                }
                Some(Action::Deliver)
            }
            (Bug::GapNotReported, Action::Event(Lifecycle::Gap { .. }))
            | (Bug::SkipNotReported, Action::Event(Lifecycle::Skipped { .. }))
            | (Bug::PermitNotReleased, Action::CancelPermit) => None,
            (Bug::SessionDiscarded, action @ Action::Connect { .. }) => {
                if self.machine.session().is_none() {
                    return Some(action);
                }
                let config = self.machine.config().clone();
                self.occasions += 1;
                self.machine = Machine::new(config, None, self.occasions);
                if let Some(now) = self.now {
                    self.machine.handle_input(now, Input::Start);
                }
                None
            }
            (Bug::PermitIgnored, Action::RequestPermit) => {
                if let Some(now) = self.now {
                    self.machine.handle_input(now, Input::PermitGranted);
                }
                None
            }
            (Bug::CloseEndsSession, Action::Disconnect { close: Some(_) }) => {
                let close = Some(CloseFrame::NORMAL);
                Some(Action::Disconnect { close })
            }
            (Bug::NoBackoff, Action::Wait(Some(at))) => self.skip_backoff(at),
            (Bug::ResumeHostOnly, Action::Connect { url, step }) => {
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
            (Bug::CommandResolvedTwice, Action::Command { id, outcome }) if !id.is_request() => {
                if self.is_nth_occasion(10) {
                    self.added_actions
                        .push_back(Action::Command { id, outcome });
                }
                Some(Action::Command { id, outcome })
            }
            (Bug::CommandNotResolved, Action::Command { id, outcome }) if !id.is_request() => {
                (!self.is_nth_occasion(10)).then_some(Action::Command { id, outcome })
            }
            (Bug::ReplyDropped, Action::Reply(ids)) => {
                (!self.is_nth_occasion(3)).then_some(Action::Reply(ids))
            }
            (Bug::ReplyDuplicated, Action::Reply(ids)) => {
                if self.is_nth_occasion(3) {
                    self.added_actions.push_back(Action::Reply(ids.clone()));
                }
                Some(Action::Reply(ids))
            }
            (Bug::RequestNotResolved, action @ Action::RequestEnded { .. }) => {
                (!self.is_nth_occasion(10)).then_some(action)
            }
            (Bug::DeadlineMissing, Action::Wait(at)) => Some(Action::Wait(
                at.filter(|_| self.machine.state_name() != "resuming"),
            )),
            (_, action) => Some(action),
        }
    }

    /// Applies the bug to a frame. Returns `None` if the frame is dropped.
    fn alter_frame(&mut self, bug: Bug, frame: Frame) -> Option<Frame> {
        let Frame::Message { kind, text } = frame else {
            return Some(match bug {
                Bug::CloseEndsSession => Frame::Close(CloseFrame::NORMAL),
                _ => frame,
            });
        };
        let text = match (bug, kind) {
            (Bug::SequenceOffByOne, SendKind::Resume) => with_data(&text, |d| {
                d["seq"] = (d["seq"].as_u64().unwrap_or_default() + 1).into();
            }),
            (Bug::WrongSession, SendKind::Resume) => {
                with_data(&text, |d| d["session_id"] = "another".into())
            }
            (Bug::HeartbeatZero, SendKind::Heartbeat) => with_data(&text, |d| *d = 0.into()),
            (Bug::HeartbeatDropped, SendKind::Heartbeat) if self.is_nth_occasion(3) => return None,
            (Bug::IdentifyDuplicated, SendKind::Identify) => {
                self.added_frames.push_back(Frame::Message {
                    kind,
                    text: text.clone(),
                });
                text
            }
            _ => text,
        };
        let text = self.alter_frame_by_past(bug, kind, text);
        Some(Frame::Message { kind, text })
    }

    /// Ends a backoff immediately.
    fn skip_backoff(&mut self, at: Instant) -> Option<Action> {
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
        self.added_frames.push_back(Frame::Message { kind, text });
        self.added_actions
            .push_back(Action::Command { id, outcome });
    }

    /// Returns true on every `n`th occasion.
    const fn is_nth_occasion(&mut self, n: u64) -> bool {
        self.occasions += 1;
        self.occasions.is_multiple_of(n)
    }
}

/// Returns the payload with a changed `d`.
fn with_data(text: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let mut payload: serde_json::Value =
        serde_json::from_str(text).expect("the machine writes JSON");
    change(&mut payload["d"]);
    payload.to_string()
}
