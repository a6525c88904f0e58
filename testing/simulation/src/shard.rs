//! A simulated shard: its machine, its driver's state, and the checkers of its invariants.

use crate::{
    bug::Bug,
    check::{
        CommandChecker, ConnectChecker, DeliveryChecker, HeartbeatChecker, RequestChecker,
        SendChecker,
    },
    fault::FaultKind,
    machine_under_test::MachineUnderTest,
    plan::Plan,
    state::State,
};
use gloaming_emulator::{DEFAULT_TOKEN, model::Host};
use gloaming_machine::{MachineConfig, Session};
use gloaming_protocol::{Compression, ShardId, Token};
use gloaming_queue::{RecordedIdentify, Ticket};
use std::time::Duration;

/// The URL for a first connection.
pub(crate) const MAIN_HOST: &str = "wss://main.invalid/";
/// The resume URL in READY.
pub(crate) const RESUME_HOST: &str = "wss://resume.main.invalid/";

/// A machine, the state of its simulated driver, and the checkers of its invariants.
#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) number: u32,
    pub(crate) machine: MachineUnderTest,
    pub(crate) process: ProcessState,
    /// The number of restarts, by which events for an earlier instance are recognized.
    pub(crate) generation: u64,
    /// The time at which the process started.
    pub(crate) started: Duration,
    pub(crate) link: Link,
    /// The time at which the last connection was opened.
    pub(crate) opened: Duration,
    /// The host of the last connection attempt.
    pub(crate) connect_host: Host,
    pub(crate) connect_query: String,
    /// The connection before the link went down.
    pub(crate) last_connection: Option<u64>,
    /// Whether the last connection attempt got no response.
    pub(crate) unanswered: bool,
    pub(crate) permit: PermitSlot,
    pub(crate) permit_requests: u64,
    pub(crate) deadline: Option<Duration>,
    pub(crate) timer: u64,
    pub(crate) consumer: Consumer,
    pub(crate) write_mode: WriteMode,
    /// The time since which the socket accepts data.
    pub(crate) writable_since: Duration,
    pub(crate) paused_until: Duration,
    pub(crate) suspended_until: Duration,
    /// The end of a latency fault, and its maximum additional latency.
    pub(crate) latency: (Duration, Duration),
    /// The session that was stored last.
    pub(crate) stored: Option<Session>,
    pub(crate) state: State,
    pub(crate) last_fault: Option<FaultKind>,
    /// The indices of due faults that wait for a state.
    pub(crate) waiting_faults: Vec<usize>,
    pub(crate) pending_faults: PendingFaults,
    /// The close code that the user requested.
    pub(crate) shutdown: Option<u16>,
    /// Whether the user gave up the session since the last connection attempt.
    pub(crate) gives_up_session: bool,
    /// The shard whose session the next restart is given.
    pub(crate) restarts_with_session_of: Option<usize>,
    /// The end of the time in which the server closes each connection after HELLO.
    pub(crate) closed_after_hello_until: Duration,
    /// The time from the stop of the shard to its restart.
    pub(crate) restart_delay: Duration,
    /// The start of a second, and the number of timeouts in it.
    pub(crate) timeouts_per_second: (Duration, u32),
    pub(crate) delivery: DeliveryChecker,
    pub(crate) heartbeats: HeartbeatChecker,
    pub(crate) sends: SendChecker,
    pub(crate) commands: CommandChecker,
    pub(crate) requests: RequestChecker,
    /// The id of a guild of the session.
    pub(crate) guild: Option<u64>,
    pub(crate) connects: ConnectChecker,
}

/// Whether the shard's process is running.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ProcessState {
    Running,
    Stopped,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Link {
    Down,
    Connecting { attempt: u64, state: AttemptState },
    Open(u64),
}

/// Whether a connection attempt can still complete.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AttemptState {
    Pending,
    Unanswered,
}

/// The shard's permit, or its request for one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PermitSlot {
    Empty,
    /// The permit is requested, and the queue will refuse it.
    WillBeRefused(u64),
    Requested(Ticket),
    /// The permit is recorded in the ledger, and not spent.
    Held(Ticket, RecordedIdentify),
}

/// Whether the consumer reads packets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Consumer {
    Reading,
    /// Packets stay in the socket's receive buffer.
    Paused,
}

/// Whether frames are passed to the socket after each input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum WriteMode {
    Immediate,
    /// More inputs are handled first.
    Deferred,
}

/// The remaining number of packets, connections or permits that injected faults affect.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PendingFaults {
    pub(crate) corrupt: u64,
    pub(crate) duplicate: u64,
    pub(crate) skip: u64,
    pub(crate) reorder: u64,
    pub(crate) accept_then_close: u64,
    pub(crate) accept_then_cut: u64,
    pub(crate) invalidate_replay: u64,
    pub(crate) slow_replay: u64,
    pub(crate) ready_for_resume: u64,
    pub(crate) unusable_ready: u64,
    /// The number of a URL in READY, from one.
    pub(crate) foreign_resume_url: u64,
    pub(crate) refuse_permit: u64,
    pub(crate) refuse_for: Duration,
}

impl Shard {
    pub(crate) fn new(plan: &Plan, number: u32, seed: u64, bug: Option<Bug>) -> Self {
        Self {
            number,
            machine: build_machine(plan, number, None, seed, bug),
            process: ProcessState::Running,
            generation: 0,
            started: Duration::ZERO,
            link: Link::Down,
            opened: Duration::ZERO,
            connect_host: Host::Main,
            connect_query: String::new(),
            last_connection: None,
            unanswered: false,
            permit: PermitSlot::Empty,
            permit_requests: 0,
            deadline: None,
            timer: 0,
            consumer: Consumer::Reading,
            write_mode: WriteMode::Immediate,
            writable_since: Duration::ZERO,
            paused_until: Duration::ZERO,
            suspended_until: Duration::ZERO,
            latency: (Duration::ZERO, Duration::ZERO),
            stored: None,
            state: State::Idle,
            last_fault: None,
            waiting_faults: Vec::new(),
            pending_faults: PendingFaults::default(),
            shutdown: None,
            gives_up_session: false,
            restarts_with_session_of: None,
            closed_after_hello_until: Duration::ZERO,
            restart_delay: Duration::from_secs(60),
            timeouts_per_second: (Duration::ZERO, 0),
            delivery: DeliveryChecker::default(),
            heartbeats: HeartbeatChecker::default(),
            sends: SendChecker::default(),
            commands: CommandChecker::default(),
            requests: RequestChecker::default(),
            guild: None,
            connects: ConnectChecker::default(),
        }
    }

    /// Replaces the machine. The new machine resumes `session`, if there is one.
    pub(crate) fn restart(
        &mut self,
        plan: &Plan,
        session: Option<Session>,
        seed: u64,
        bug: Option<Bug>,
    ) {
        self.delivery.restart(session.as_ref());
        // The machine of another process does not know what was sent before.
        self.sends = SendChecker::default();
        self.connects.restart();
        self.machine = build_machine(plan, self.number, session, seed, bug);
        self.process = ProcessState::Running;
        self.shutdown = None;
        self.gives_up_session = false;
        self.paused_until = Duration::ZERO;
        self.consumer = Consumer::Reading;
        self.state = State::Idle;
    }

    /// Returns whether the shard will connect again, or stay connected.
    pub(crate) fn is_going_on(&self) -> bool {
        self.shutdown.is_none() && self.state != State::Stopped
    }

    /// The user gives up the session.
    pub(crate) fn replace_session(&mut self) {
        self.gives_up_session = true;
        self.connects.session_ended();
        self.delivery.replace();
    }

    /// Begins a connection attempt, on which nothing of a session arrives that was given up before.
    pub(crate) fn attempt(&mut self) {
        self.gives_up_session = false;
        self.delivery.attempt();
    }

    pub(crate) const fn connection(&self) -> Option<u64> {
        match self.link {
            Link::Open(id) => Some(id),
            Link::Down | Link::Connecting { .. } => None,
        }
    }
}

/// Returns the IDENTIFY of a shard.
pub(crate) fn identify_text(plan: &Plan, number: u32) -> String {
    let count = plan.shards;
    format!(
        r#"{{"op":2,"d":{{"token":"{DEFAULT_TOKEN}","properties":{{"os":"linux","browser":"simulation","device":"simulation"}},"intents":3,"shard":[{number},{count}]}}}}"#
    )
}

fn build_machine(
    plan: &Plan,
    number: u32,
    session: Option<Session>,
    seed: u64,
    bug: Option<Bug>,
) -> MachineUnderTest {
    let count = plan.shards;
    let mut config = MachineConfig::new(
        Token::new(DEFAULT_TOKEN),
        identify_text(plan, number),
        MAIN_HOST,
        Compression::None,
    )
    .expect("the URL is valid");
    config.shard = Some(ShardId::new(number, count));
    MachineUnderTest::new(config, session, seed, bug)
}
