//! The machine under test, and the place for mistakes before it.

use crate::bug::Bug;
use gloaming_machine::{
    CommandId, CommandOutcome, Input, Lifecycle, Machine, MachineConfig, Output, RecoveryStep,
    SendKind, Session,
};
use gloaming_protocol::{CloseFrame, Disposition, OpCode, disposition_of};
use std::{collections::VecDeque, time::Instant};

/// What the machine wants done: its outputs, with texts that may be changed.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Connect {
        url: String,
        step: RecoveryStep,
    },
    RequestPermit,
    CancelPermit,
    Send {
        kind: SendKind,
        text: String,
    },
    Close(CloseFrame<'static>),
    Disconnect,
    Deliver,
    Command {
        id: CommandId,
        outcome: CommandOutcome,
    },
    Event(Lifecycle),
    Wait(Option<Instant>),
}

/// A machine as it is, or with a [`Bug`] between it and the world.
///
/// Mistakes are made here, at the door, so that the library has none in any build: whatever a broken
/// machine would do wrong shows in its inputs being ignored or its outputs being others.
#[derive(Debug)]
pub(crate) struct Subject {
    machine: Machine,
    bug: Option<Bug>,
    /// Deeds of the bug's own, before those of the machine.
    extra: VecDeque<Deed>,
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

    pub(crate) fn poll(&mut self) -> Deed {
        loop {
            if let Some(deed) = self.extra.pop_front() {
                return deed;
            }
            let deed = match self.machine.poll_output() {
                Output::Connect { url, step } => Deed::Connect {
                    url: url.as_str().to_owned(),
                    step,
                },
                Output::RequestPermit => Deed::RequestPermit,
                Output::CancelPermit => Deed::CancelPermit,
                Output::Send { kind, text } => Deed::Send {
                    kind,
                    text: text.into_inner(),
                },
                Output::Close(frame) => Deed::Close(frame),
                Output::Disconnect => Deed::Disconnect,
                Output::Deliver => Deed::Deliver,
                Output::Command { id, outcome } => Deed::Command { id, outcome },
                Output::Event(event) => Deed::Event(event),
                Output::Wait(at) => Deed::Wait(at),
            };
            let deed = match self.bug {
                Some(bug) => self.spoil(bug, deed),
                None => Some(deed),
            };
            if let Some(deed) = deed {
                return deed;
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
            (Bug::PauseIgnored, Input::ReadPaused) | (Bug::BlockIgnored, Input::WriteBlocked) => {
                None
            }
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

    /// What is left of a deed.
    fn spoil(&mut self, bug: Bug, deed: Deed) -> Option<Deed> {
        if let Deed::Connect {
            url,
            step: RecoveryStep::ResumeHost,
        } = &deed
        {
            self.resume_url = Some(url.clone());
        }
        match (bug, deed) {
            (Bug::SequenceOffByOne, Deed::Send { kind, text }) if kind == SendKind::Resume => {
                let text = changed(&text, |d| {
                    d["seq"] = (d["seq"].as_u64().unwrap_or_default() + 1).into();
                });
                Some(Deed::Send { kind, text })
            }
            (Bug::OtherSession, Deed::Send { kind, text }) if kind == SendKind::Resume => {
                let text = changed(&text, |d| d["session_id"] = "another".into());
                Some(Deed::Send { kind, text })
            }
            (Bug::HeartbeatOfZero, Deed::Send { kind, text }) if kind == SendKind::Heartbeat => {
                let text = changed(&text, |d| *d = 0.into());
                Some(Deed::Send { kind, text })
            }
            (Bug::HeartbeatForgotten, deed @ Deed::Send { .. })
                if matches!(
                    deed,
                    Deed::Send {
                        kind: SendKind::Heartbeat,
                        ..
                    }
                ) =>
            {
                (!self.is_chance(3)).then_some(deed)
            }
            (Bug::EventDropped, Deed::Deliver) => (!self.is_chance(50)).then_some(Deed::Deliver),
            (Bug::EventTwice, Deed::Deliver) => {
                if self.is_chance(50) {
                    self.extra.push_back(Deed::Deliver);
                }
                Some(Deed::Deliver)
            }
            (Bug::GapHidden, Deed::Event(Lifecycle::Gap { .. }))
            | (Bug::SkipHidden, Deed::Event(Lifecycle::Skipped { .. }))
            | (Bug::PermitKept, Deed::CancelPermit) => None,
            (Bug::SessionForgotten, deed @ Deed::Connect { .. }) => {
                if self.machine.session().is_none() {
                    return Some(deed);
                }
                let config = self.machine.config().clone();
                self.chances += 1;
                self.machine = Machine::new(config, None, self.chances);
                if let Some(now) = self.now {
                    self.machine.handle_input(now, Input::Start);
                }
                None
            }
            (Bug::NoPermit, Deed::RequestPermit) => {
                if let Some(now) = self.now {
                    self.machine.handle_input(now, Input::PermitGranted);
                }
                None
            }
            (Bug::IdentifyTwice, Deed::Send { kind, text }) if kind == SendKind::Identify => {
                self.extra.push_back(Deed::Send {
                    kind,
                    text: text.clone(),
                });
                Some(Deed::Send { kind, text })
            }
            (Bug::ClosesForGood, Deed::Close(_)) => Some(Deed::Close(CloseFrame::NORMAL)),
            (Bug::HotLoop, Deed::Wait(Some(at))) => self.hurry(at),
            (Bug::ResumeHostForever, Deed::Connect { url, step }) => {
                let url = match (step, &self.resume_url) {
                    (RecoveryStep::MainHost, Some(url)) => url.clone(),
                    _ => url,
                };
                Some(Deed::Connect { url, step })
            }
            (Bug::MainHostOnly, Deed::Connect { step, .. }) => Some(Deed::Connect {
                url: self.machine.config().main_url().as_str().to_owned(),
                step,
            }),
            (Bug::CommandTwice, Deed::Command { id, outcome }) => {
                if self.is_chance(10) {
                    self.extra.push_back(Deed::Command { id, outcome });
                }
                Some(Deed::Command { id, outcome })
            }
            (Bug::CommandForgotten, deed @ Deed::Command { .. }) => {
                (!self.is_chance(10)).then_some(deed)
            }
            (Bug::NoDeadline, Deed::Wait(at)) => Some(Deed::Wait(
                at.filter(|_| self.machine.state_name() != "resuming"),
            )),
            (_, deed) => Some(deed),
        }
    }

    /// Has a wait between connections end at once.
    fn hurry(&mut self, at: Instant) -> Option<Deed> {
        let waits = self.machine.state_name() == "backing off";
        if waits && self.now.is_some_and(|now| now < at) {
            self.machine.handle_input(at, Input::Timeout);
            return None;
        }
        Some(Deed::Wait(Some(at)))
    }

    fn send_at_once(&mut self, id: CommandId, text: String) {
        let kind = SendKind::Command;
        let outcome = CommandOutcome::Sent;
        self.extra.push_back(Deed::Send { kind, text });
        self.extra.push_back(Deed::Command { id, outcome });
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
