use crate::start_of_time;
use gloaming_machine::{
    CommandId, CommandOutcome, DisconnectCause, Input, Lifecycle, Machine, MachineConfig, Output,
    RecoveryStep, SendKind, Session, Severity, Transmit,
};
use gloaming_protocol::{CloseFrame, Compression, Payload, Token};
use std::time::{Duration, Instant};

/// The interval of heartbeats in HELLO.
pub const INTERVAL: Duration = Duration::from_millis(41_250);
/// The main URL, as the machine connects to it.
pub const MAIN: &str = "wss://gateway.discord.gg/?v=10&encoding=json";
/// The host in READY.
pub const RESUME_HOST: &str = "wss://gateway-us-east1-b.discord.gg";
/// The id of the session in READY.
pub const SESSION: &str = "c9f7a1";
const IDENTIFY: &str = r#"{"op":2,"d":{"token":"secret"}}"#;

/// What came out of the machine.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// An output.
    Output(Output),
    /// A frame that was handed to the transport.
    Transmit(Transmit),
}

impl PartialEq<Output> for Effect {
    fn eq(&self, other: &Output) -> bool {
        matches!(self, Self::Output(output) if output == other)
    }
}

/// Whether the transport has room for a frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Room {
    Free,
    None,
}

/// Whether the transport writes what it is handed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Writes {
    AtOnce,
    /// Not before [`Harness::unblock`].
    Held,
}

/// A machine, the clock that it is told, a transport, and a log of the machine's effects.
#[derive(Debug)]
pub struct Harness {
    /// The machine.
    pub machine: Machine,
    /// The time that the machine is told with the next input.
    pub now: Instant,
    /// The deadline that the machine waits for.
    pub deadline: Option<Instant>,
    /// Every effect but `Wait`, with its time.
    pub log: Vec<(Instant, Effect)>,
    room: Room,
    writes: Writes,
    commands: u64,
}

impl Default for Harness {
    fn default() -> Self {
        Self::new()
    }
}

impl Harness {
    /// Creates a machine without a session.
    pub fn new() -> Self {
        Self::build(|_| {}, None, 1)
    }

    /// Creates a machine with its own seed.
    pub fn seeded(seed: u64) -> Self {
        Self::build(|_| {}, None, seed)
    }

    /// Creates a machine whose configuration is changed.
    pub fn configured(change: impl FnOnce(&mut MachineConfig)) -> Self {
        Self::build(change, None, 1)
    }

    /// Creates a machine that resumes a session.
    pub fn with_session(session: Session) -> Self {
        Self::build(|_| {}, Some(session), 1)
    }

    /// Creates a machine from a changed configuration, a session and a seed.
    pub fn build(
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
            now: start_of_time(),
            deadline: None,
            log: Vec::new(),
            room: Room::Free,
            writes: Writes::AtOnce,
            commands: 0,
        }
    }

    /// Creates a machine that has just become ready, with sequence 1.
    pub fn ready() -> Self {
        Self::new().make_ready()
    }

    /// Connects and identifies, until READY with sequence 1.
    pub fn make_ready(mut self) -> Self {
        self.input(Input::Start);
        self.input(Input::Connected);
        self.hello();
        self.input(Input::PermitGranted);
        self.payload(&ready(1));
        self
    }

    /// Feeds an input and does what a driver does then: drains the outputs, and hands frames to the transport while
    /// it has room.
    pub fn input(&mut self, input: Input<'_>) -> Vec<Effect> {
        let from = self.log.len();
        if matches!(input, Input::Connected) && self.machine.state_name() == "connecting" {
            (self.room, self.writes) = (Room::Free, Writes::AtOnce);
        }
        self.machine.handle_input(self.now, input);
        self.drain();
        self.transmit();
        self.log[from..]
            .iter()
            .map(|(_, effect)| effect.clone())
            .collect()
    }

    /// Leaves the transport without room for another frame.
    pub fn block(&mut self) {
        self.room = Room::None;
    }

    /// Makes the transport take frames without writing them.
    pub fn hold_writes(&mut self) {
        self.writes = Writes::Held;
    }

    /// Makes the transport write what it was handed, and gives it room again.
    pub fn unblock(&mut self) -> Vec<Effect> {
        (self.room, self.writes) = (Room::Free, Writes::AtOnce);
        let from = self.log.len();
        self.machine.handle_input(self.now, Input::Flushed);
        self.drain();
        self.transmit();
        self.log[from..]
            .iter()
            .map(|(_, effect)| effect.clone())
            .collect()
    }

    /// Makes the transport write what it was handed, and gives it room for one frame.
    pub fn unblock_for_one(&mut self) -> Vec<Effect> {
        let from = self.log.len();
        self.machine.handle_input(self.now, Input::Flushed);
        self.drain();
        self.transmit_one();
        self.log[from..]
            .iter()
            .map(|(_, effect)| effect.clone())
            .collect()
    }

    fn drain(&mut self) {
        loop {
            match self.machine.poll_output() {
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
                output => self.log.push((self.now, Effect::Output(output))),
            }
        }
    }

    fn transmit(&mut self) {
        let mut handed = false;
        while self.room == Room::Free && self.transmit_one() {
            handed = true;
        }
        if handed && self.writes == Writes::AtOnce {
            self.machine.handle_input(self.now, Input::Flushed);
            self.drain();
        }
    }

    fn transmit_one(&mut self) -> bool {
        let has_transmit = self.machine.has_transmit(self.now);
        let frame = self.machine.poll_transmit(self.now);
        assert!(
            has_transmit || frame.is_none(),
            "has_transmit denies what poll_transmit gives"
        );
        let is_handed = frame.is_some();
        if let Some(frame) = frame {
            self.log.push((self.now, Effect::Transmit(frame)));
        }
        self.drain();
        is_handed
    }

    /// Feeds a payload.
    ///
    /// # Panics
    ///
    /// Panics if the text is not a payload.
    pub fn payload(&mut self, json: &str) -> Vec<Effect> {
        let payload = Payload::parse(json).expect("test payloads are well-formed");
        self.input(Input::Payload(&payload))
    }

    /// Feeds HELLO.
    pub fn hello(&mut self) -> Vec<Effect> {
        self.payload(r#"{"op":10,"d":{"heartbeat_interval":41250},"s":null,"t":null}"#)
    }

    /// Feeds the acknowledgement of a heartbeat.
    pub fn ack(&mut self) -> Vec<Effect> {
        self.payload(r#"{"op":11,"d":null,"s":null,"t":null}"#)
    }

    /// Feeds an event with this sequence.
    pub fn dispatch(&mut self, sequence: u64) -> Vec<Effect> {
        self.payload(&message(sequence))
    }

    /// Ends the connection without a close frame.
    pub fn lost(&mut self) -> Vec<Effect> {
        self.input(Input::Lost)
    }

    /// Ends the connection with a close code.
    pub fn closed(&mut self, code: u16) -> Vec<Effect> {
        self.input(Input::Closed {
            frame: Some(CloseFrame::new(code, "")),
        })
    }

    /// Fails the attempt to connect.
    pub fn connect_failed(&mut self) -> Vec<Effect> {
        self.connect_failed_with(Severity::Transient, None)
    }

    /// Feeds a failed attempt after which the server asks for this wait.
    pub fn connect_refused_for(&mut self, retry_after: Duration) -> Vec<Effect> {
        self.connect_failed_with(Severity::Transient, Some(retry_after))
    }

    /// Feeds an attempt that can never succeed.
    pub fn connect_rejected(&mut self) -> Vec<Effect> {
        self.connect_failed_with(Severity::Permanent, None)
    }

    fn connect_failed_with(
        &mut self,
        severity: Severity,
        retry_after: Option<Duration>,
    ) -> Vec<Effect> {
        self.input(Input::ConnectFailed {
            severity,
            retry_after,
        })
    }

    /// Feeds a command, and returns its id and the outputs.
    pub fn command(&mut self, json: impl Into<String>) -> (CommandId, Vec<Effect>) {
        self.commands += 1;
        let id = CommandId(self.commands);
        let json = json.into();
        (id, self.input(Input::Command { id, json }))
    }

    /// Checks that the machine does not wait for a deadline that has changed since it was computed. An input that does
    /// nothing makes the machine compute the deadline anew.
    ///
    /// # Panics
    ///
    /// Panics if the deadline has changed.
    pub fn check_deadline(&mut self) {
        let unknown = CommandId(u64::MAX >> 1);
        self.machine
            .handle_input(self.now, Input::WithdrawCommand(unknown));
        let output = self.machine.poll_output();
        let Output::Wait(deadline) = output else {
            panic!("{output:?} for a command that the machine does not know");
        };
        // The send limit makes nothing wait any more once its time has passed.
        let is_overdue = self.deadline.is_some_and(|waited| waited <= self.now);
        assert!(
            deadline == self.deadline || is_overdue,
            "the machine waited for {:?} in place of {deadline:?}",
            self.deadline
        );
        self.deadline = deadline;
    }

    /// Advances the clock to the machine's deadline, and feeds it.
    ///
    /// # Panics
    ///
    /// Panics if the machine has no deadline.
    pub fn next_deadline(&mut self) -> Vec<Effect> {
        let deadline = self.deadline.expect("a waiting machine has a deadline");
        self.now = self.now.max(deadline);
        self.input(Input::Timeout)
    }

    /// Advances the clock, feeding each deadline in between.
    pub fn advance(&mut self, time: Duration) -> Vec<Effect> {
        self.advance_with(time, |_, _| {})
    }

    /// Advances the clock with a server that acknowledges each heartbeat.
    pub fn advance_acknowledged(&mut self, time: Duration) -> Vec<Effect> {
        self.advance_with(time, |harness, output| {
            if is_send(output, SendKind::Heartbeat) {
                harness.ack();
            }
        })
    }

    /// Advances the clock, feeding each deadline in between, and calls `react` for each output.
    pub fn advance_with(
        &mut self,
        time: Duration,
        mut react: impl FnMut(&mut Self, &Effect),
    ) -> Vec<Effect> {
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

    /// Returns the session's sequence.
    pub fn sequence(&self) -> Option<u64> {
        self.machine.session().map(Session::sequence)
    }
}

/// Returns READY with this sequence.
pub fn ready(sequence: u64) -> String {
    ready_as(SESSION, sequence)
}

/// Returns READY with this session and sequence.
pub fn ready_as(session: &str, sequence: u64) -> String {
    format!(
        r#"{{"t":"READY","s":{sequence},"op":0,"d":{{"v":10,"session_id":"{session}","resume_gateway_url":"{RESUME_HOST}"}}}}"#
    )
}

/// Returns RESUMED with this sequence.
pub fn resumed(sequence: u64) -> String {
    format!(r#"{{"t":"RESUMED","s":{sequence},"op":0,"d":{{}}}}"#)
}

/// Returns an event with this sequence.
pub fn message(sequence: u64) -> String {
    format!(r#"{{"t":"MESSAGE_CREATE","s":{sequence},"op":0,"d":{{"id":"1"}}}}"#)
}

/// Returns a session at sequence 7.
pub fn stored_session() -> Session {
    Session::new(7, SESSION.to_owned()).with_resume_url(RESUME_HOST.to_owned())
}

/// Returns the URL for resuming, as the machine connects to it.
pub fn resume_url() -> String {
    format!("{RESUME_HOST}/?v=10&encoding=json")
}

/// Returns true if the output sends a payload of this kind.
pub fn is_send(output: &Effect, wanted: SendKind) -> bool {
    matches!(output, Effect::Transmit(Transmit::Message { kind, .. }) if *kind == wanted)
}

/// Returns the payloads of this kind that the outputs send.
pub fn sent(outputs: &[Effect], wanted: SendKind) -> Vec<&str> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Effect::Transmit(Transmit::Message { kind, text }) if *kind == wanted => {
                Some(text.expose())
            }
            _ => None,
        })
        .collect()
}

/// Returns the URLs that the outputs connect to, with the step of recovery.
pub fn connects(outputs: &[Effect]) -> Vec<(&str, RecoveryStep)> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Effect::Output(Output::Connect { url, step }) => Some((url.as_str(), *step)),
            _ => None,
        })
        .collect()
}

/// Returns the lifecycle events among the outputs.
pub fn events(outputs: &[Effect]) -> Vec<&Lifecycle> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Effect::Output(Output::Event(event)) => Some(event),
            _ => None,
        })
        .collect()
}

/// Returns the causes of the disconnects among the outputs.
pub fn causes(outputs: &[Effect]) -> Vec<DisconnectCause> {
    events(outputs)
        .into_iter()
        .filter_map(|event| match event {
            Lifecycle::Disconnected { cause, .. } => Some(*cause),
            _ => None,
        })
        .collect()
}

/// Returns the codes of the close frames among the outputs.
pub fn close_codes(outputs: &[Effect]) -> Vec<u16> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Effect::Transmit(Transmit::Close(frame))
            | Effect::Output(Output::Disconnect { close: Some(frame) }) => Some(frame.code),
            _ => None,
        })
        .collect()
}

/// Returns the outcomes of commands among the outputs.
pub fn outcomes(outputs: &[Effect]) -> Vec<(CommandId, CommandOutcome)> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Effect::Output(Output::Command { id, outcome }) => Some((*id, *outcome)),
            _ => None,
        })
        .collect()
}

/// Returns true if the outputs request a permit.
pub fn asks_for_permit(outputs: &[Effect]) -> bool {
    has(outputs, &Output::RequestPermit)
}

/// Returns true if the output is among the effects.
pub fn has(outputs: &[Effect], wanted: &Output) -> bool {
    outputs.iter().any(|effect| effect == wanted)
}

/// Returns true if the effects drop the connection.
pub fn disconnects(outputs: &[Effect]) -> bool {
    outputs
        .iter()
        .any(|effect| matches!(effect, Effect::Output(Output::Disconnect { .. })))
}
