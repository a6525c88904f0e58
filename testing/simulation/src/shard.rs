//! A shard: its machine, its link to the network, its permit, and the checks of its invariants.

use crate::{
    bug::Bug,
    check::{CommandGuard, ConnectGuard, DeliveryGuard, HeartbeatGuard, RequestGuard, SendGuard},
    fault::FaultKind,
    plan::Plan,
    state::State,
    subject::Subject,
};
use gloaming_emulator::{DEFAULT_TOKEN, model::Host};
use gloaming_machine::{MachineConfig, Session};
use gloaming_protocol::{Compression, ShardId, Token};
use gloaming_queue::{RecordedIdentify, Ticket};
use std::time::Duration;

/// Where shards connect to first.
pub(crate) const MAIN_HOST: &str = "wss://main.invalid";
/// Where READY sends them to resume.
pub(crate) const RESUME_HOST: &str = "wss://resume.invalid";

/// A machine, its driver, and those who watch it.
#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) number: u32,
    pub(crate) subject: Subject,
    pub(crate) presence: Presence,
    /// Counts starts, so that what was meant for an earlier life is told apart.
    pub(crate) life: u64,
    /// When its process started.
    pub(crate) started: Duration,
    pub(crate) link: Link,
    /// Where it is, or was, connecting to.
    pub(crate) dialed: Host,
    pub(crate) dialed_query: String,
    /// The link before it went down.
    pub(crate) last_connection: Option<u64>,
    /// The attempt to connect that ended last was never answered.
    pub(crate) unanswered: bool,
    pub(crate) permit: PermitSlot,
    pub(crate) permit_requests: u64,
    pub(crate) deadline: Option<Duration>,
    pub(crate) timer: u64,
    pub(crate) consumer: Consumer,
    pub(crate) writing: Writing,
    /// When the socket last began to take data again.
    pub(crate) writable_since: Duration,
    pub(crate) paused_until: Duration,
    pub(crate) asleep_until: Duration,
    /// Slow network.
    pub(crate) latency: (Duration, Duration),
    /// The session as it was stored last.
    pub(crate) stored: Option<Session>,
    pub(crate) state: State,
    pub(crate) last_fault: Option<FaultKind>,
    /// Faults that wait for a state, by index.
    pub(crate) waiting: Vec<usize>,
    pub(crate) armed: Armed,
    /// The code of a close frame that the user asked for.
    pub(crate) shutdown: Option<u16>,
    /// How long it stays away once it has stopped.
    pub(crate) away: Duration,
    /// Timeouts at the same instant.
    pub(crate) spins: (Duration, u32),
    pub(crate) delivery: DeliveryGuard,
    pub(crate) heartbeats: HeartbeatGuard,
    pub(crate) sends: SendGuard,
    pub(crate) commands: CommandGuard,
    pub(crate) requests: RequestGuard,
    /// A guild of the session.
    pub(crate) guild: Option<u64>,
    pub(crate) connects: ConnectGuard,
}

/// Whether there is a process with this shard in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Presence {
    Up,
    Away,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Link {
    Down,
    Connecting { attempt: u64, fate: Fate },
    Open(u64),
}

/// Whether an attempt to connect is being left without an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    Open,
    Unanswered,
}

/// The shard's place in the queue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PermitSlot {
    Empty,
    /// Asked; the queue will refuse.
    Doomed(u64),
    Asking(Ticket),
    /// On record, and not spent.
    Held(Ticket, RecordedIdentify),
}

/// Whether the consumer takes what arrives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Consumer {
    Reading,
    /// What arrives stays in the socket.
    Paused,
}

/// Whether frames are handed to the socket after each input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Writing {
    AtOnce,
    /// More inputs come first.
    Deferred,
}

/// Faults that wait for their occasion.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Armed {
    pub(crate) corrupt: u64,
    pub(crate) duplicate: u64,
    pub(crate) skip: u64,
    pub(crate) late: u64,
    pub(crate) accept_then_close: u64,
    pub(crate) accept_then_cut: u64,
    pub(crate) invalidate_replay: u64,
    pub(crate) refuse_permit: u64,
    pub(crate) refuse_for: Duration,
}

impl Shard {
    pub(crate) fn new(plan: &Plan, number: u32, seed: u64, bug: Option<Bug>) -> Self {
        Self {
            number,
            subject: subject(plan, number, None, seed, bug),
            presence: Presence::Up,
            life: 0,
            started: Duration::ZERO,
            link: Link::Down,
            dialed: Host::Main,
            dialed_query: String::new(),
            last_connection: None,
            unanswered: false,
            permit: PermitSlot::Empty,
            permit_requests: 0,
            deadline: None,
            timer: 0,
            consumer: Consumer::Reading,
            writing: Writing::AtOnce,
            writable_since: Duration::ZERO,
            paused_until: Duration::ZERO,
            asleep_until: Duration::ZERO,
            latency: (Duration::ZERO, Duration::ZERO),
            stored: None,
            state: State::Idle,
            last_fault: None,
            waiting: Vec::new(),
            armed: Armed::default(),
            shutdown: None,
            away: Duration::from_secs(60),
            spins: (Duration::ZERO, 0),
            delivery: DeliveryGuard::default(),
            heartbeats: HeartbeatGuard::default(),
            sends: SendGuard::default(),
            commands: CommandGuard::default(),
            requests: RequestGuard::default(),
            guild: None,
            connects: ConnectGuard::default(),
        }
    }

    /// A new machine in place of the old, with a session to resume if there is one.
    pub(crate) fn restart(
        &mut self,
        plan: &Plan,
        session: Option<Session>,
        seed: u64,
        bug: Option<Bug>,
    ) {
        self.delivery.restart(session.as_ref());
        self.connects.restart();
        self.subject = subject(plan, self.number, session, seed, bug);
        self.presence = Presence::Up;
        self.shutdown = None;
        self.paused_until = Duration::ZERO;
        self.consumer = Consumer::Reading;
        self.state = State::Idle;
    }

    pub(crate) const fn connection(&self) -> Option<u64> {
        match self.link {
            Link::Open(id) => Some(id),
            Link::Down | Link::Connecting { .. } => None,
        }
    }
}

fn subject(
    plan: &Plan,
    number: u32,
    session: Option<Session>,
    seed: u64,
    bug: Option<Bug>,
) -> Subject {
    let count = plan.shards;
    let identify = format!(
        r#"{{"op":2,"d":{{"token":"{DEFAULT_TOKEN}","properties":{{"os":"linux","browser":"simulation","device":"simulation"}},"intents":3,"shard":[{number},{count}]}}}}"#
    );
    let mut config = MachineConfig::new(
        Token::new(DEFAULT_TOKEN),
        identify,
        MAIN_HOST,
        Compression::None,
    )
    .expect("the URL is valid");
    config.shard = Some(ShardId::new(number, count));
    Subject::new(config, session, seed, bug)
}
