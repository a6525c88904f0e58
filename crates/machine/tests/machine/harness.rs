//! A machine, a clock one can turn, and the gateway's side of a conversation.

use gloaming_machine::{
    CommandId, CommandOutcome, DisconnectCause, Input, Lifecycle, Machine, MachineConfig, Output,
    RecoveryStep, SendKind, Session, Severity,
};
use gloaming_protocol::{CloseFrame, Compression, Payload, Token};
use std::time::{Duration, Instant};

pub(crate) const INTERVAL: Duration = Duration::from_millis(41_250);
pub(crate) const MAIN: &str = "wss://gateway.discord.gg/?v=10&encoding=json";
pub(crate) const RESUME_HOST: &str = "wss://gateway-us-east1-b.discord.gg";
pub(crate) const SESSION: &str = "c9f7a1";
const IDENTIFY: &str = r#"{"op":2,"d":{"token":"secret"}}"#;

#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to an instant"
)]
fn a_moment() -> Instant {
    Instant::now()
}

pub(crate) struct Harness {
    pub(crate) machine: Machine,
    pub(crate) now: Instant,
    pub(crate) deadline: Option<Instant>,
    pub(crate) log: Vec<(Instant, Output)>,
    commands: u64,
}

impl Harness {
    pub(crate) fn new() -> Self {
        Self::build(|_| {}, None, 1)
    }

    pub(crate) fn seeded(seed: u64) -> Self {
        Self::build(|_| {}, None, seed)
    }

    pub(crate) fn configured(change: impl FnOnce(&mut MachineConfig)) -> Self {
        Self::build(change, None, 1)
    }

    pub(crate) fn with_session(session: Session) -> Self {
        Self::build(|_| {}, Some(session), 1)
    }

    pub(crate) fn build(
        change: impl FnOnce(&mut MachineConfig),
        session: Option<Session>,
        seed: u64,
    ) -> Self {
        let mut config = MachineConfig::new(
            Token::new("secret"),
            IDENTIFY.to_owned(),
            "wss://gateway.discord.gg",
            Compression::None,
        )
        .expect("the URL is valid");
        change(&mut config);
        Self {
            machine: Machine::new(config, session, seed),
            now: a_moment(),
            deadline: None,
            log: Vec::new(),
            commands: 0,
        }
    }

    /// A harness whose shard has just become ready, with sequence 1.
    pub(crate) fn ready() -> Self {
        Self::new().make_ready()
    }

    pub(crate) fn make_ready(mut self) -> Self {
        self.input(Input::Start);
        self.input(Input::Connected);
        self.hello();
        self.input(Input::PermitGranted);
        self.payload(&ready(1));
        self
    }

    pub(crate) fn input(&mut self, input: Input<'_>) -> Vec<Output> {
        self.machine.handle_input(self.now, input);
        let mut outputs = Vec::new();
        loop {
            match self.machine.poll_output() {
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    break;
                }
                output => {
                    self.log.push((self.now, output.clone()));
                    outputs.push(output);
                }
            }
        }
        outputs
    }

    pub(crate) fn payload(&mut self, json: &str) -> Vec<Output> {
        let payload = Payload::parse(json).expect("test payloads are well-formed");
        self.input(Input::Payload(&payload))
    }

    pub(crate) fn hello(&mut self) -> Vec<Output> {
        self.payload(r#"{"op":10,"d":{"heartbeat_interval":41250},"s":null,"t":null}"#)
    }

    pub(crate) fn ack(&mut self) -> Vec<Output> {
        self.payload(r#"{"op":11,"d":null,"s":null,"t":null}"#)
    }

    pub(crate) fn dispatch(&mut self, sequence: u64) -> Vec<Output> {
        self.payload(&message(sequence))
    }

    pub(crate) fn lost(&mut self) -> Vec<Output> {
        self.input(Input::Lost)
    }

    pub(crate) fn closed(&mut self, code: u16) -> Vec<Output> {
        self.input(Input::Closed {
            frame: Some(CloseFrame::new(code, "")),
        })
    }

    pub(crate) fn connect_failed(&mut self) -> Vec<Output> {
        self.input(Input::ConnectFailed(Severity::Transient))
    }

    pub(crate) fn command(&mut self, json: impl Into<String>) -> (CommandId, Vec<Output>) {
        self.commands += 1;
        let id = CommandId(self.commands);
        let json = json.into();
        (id, self.input(Input::Command { id, json }))
    }

    /// Jumps to the machine's deadline and reports it.
    pub(crate) fn next_deadline(&mut self) -> Vec<Output> {
        let deadline = self.deadline.expect("a waiting machine has a deadline");
        self.now = self.now.max(deadline);
        self.input(Input::Timeout)
    }

    /// Lets time pass, reporting each deadline on its way.
    pub(crate) fn advance(&mut self, time: Duration) -> Vec<Output> {
        self.advance_with(time, |_, _| {})
    }

    /// Lets time pass with a server that acknowledges each heartbeat.
    pub(crate) fn advance_acknowledged(&mut self, time: Duration) -> Vec<Output> {
        self.advance_with(time, |harness, output| {
            if is_send(output, SendKind::Heartbeat) {
                harness.ack();
            }
        })
    }

    pub(crate) fn advance_with(
        &mut self,
        time: Duration,
        mut react: impl FnMut(&mut Self, &Output),
    ) -> Vec<Output> {
        let end = self.now + time;
        let start = self.log.len();
        while let Some(deadline) = self.deadline.filter(|deadline| *deadline <= end) {
            self.now = self.now.max(deadline);
            for output in self.input(Input::Timeout) {
                react(self, &output);
            }
        }
        self.now = end;
        self.log[start..].iter().map(|(_, o)| o.clone()).collect()
    }

    pub(crate) fn sequence(&self) -> Option<u64> {
        self.machine.session().map(Session::sequence)
    }
}

pub(crate) fn ready(sequence: u64) -> String {
    ready_as(SESSION, sequence)
}

pub(crate) fn ready_as(session: &str, sequence: u64) -> String {
    format!(
        r#"{{"t":"READY","s":{sequence},"op":0,"d":{{"v":10,"session_id":"{session}","resume_gateway_url":"{RESUME_HOST}"}}}}"#
    )
}

pub(crate) fn resumed(sequence: u64) -> String {
    format!(r#"{{"t":"RESUMED","s":{sequence},"op":0,"d":{{}}}}"#)
}

pub(crate) fn message(sequence: u64) -> String {
    format!(r#"{{"t":"MESSAGE_CREATE","s":{sequence},"op":0,"d":{{"id":"1"}}}}"#)
}

pub(crate) fn stored_session() -> Session {
    Session::new(7, SESSION.to_owned()).with_resume_url(RESUME_HOST.to_owned())
}

pub(crate) fn resume_url() -> String {
    format!("{RESUME_HOST}/?v=10&encoding=json")
}

pub(crate) fn is_send(output: &Output, wanted: SendKind) -> bool {
    matches!(output, Output::Send { kind, .. } if *kind == wanted)
}

pub(crate) fn sent(outputs: &[Output], wanted: SendKind) -> Vec<&str> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Send { kind, text } if *kind == wanted => Some(text.expose()),
            _ => None,
        })
        .collect()
}

pub(crate) fn connects(outputs: &[Output]) -> Vec<(&str, RecoveryStep)> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Connect { url, step } => Some((url.as_str(), *step)),
            _ => None,
        })
        .collect()
}

pub(crate) fn events(outputs: &[Output]) -> Vec<&Lifecycle> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Event(event) => Some(event),
            _ => None,
        })
        .collect()
}

pub(crate) fn causes(outputs: &[Output]) -> Vec<DisconnectCause> {
    events(outputs)
        .into_iter()
        .filter_map(|event| match event {
            Lifecycle::Disconnected { cause, .. } => Some(*cause),
            _ => None,
        })
        .collect()
}

pub(crate) fn close_codes(outputs: &[Output]) -> Vec<u16> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Close(frame) => Some(frame.code),
            _ => None,
        })
        .collect()
}

pub(crate) fn outcomes(outputs: &[Output]) -> Vec<(CommandId, CommandOutcome)> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Command { id, outcome } => Some((*id, *outcome)),
            _ => None,
        })
        .collect()
}

pub(crate) fn asks_for_permit(outputs: &[Output]) -> bool {
    outputs.contains(&Output::RequestPermit)
}
