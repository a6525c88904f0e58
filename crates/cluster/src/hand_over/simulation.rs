//! The two state machines against each other: at every step, one side dies, stalls or fails, and in the end one side has
//! the shards.

mod fault;
mod store;

use self::{
    fault::{Bug, FAULTS, Fault},
    store::Lock,
};
use super::{
    frame::Frame,
    owner::Owner,
    predecessor::{Predecessor, PredecessorOutput, PredecessorTimeouts},
    successor::{Successor, SuccessorLimits, SuccessorOutput},
};
use bytes::Bytes;
use gloaming_protocol::ShardId;
use gloaming_shard::Session;
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

const SHARDS: [ShardId; 2] = [ShardId::new(0, 2), ShardId::new(1, 2)];

/// More than enough for a hand-over with a fault.
const MAX_STEPS: usize = 1_000;

struct World {
    now: Instant,
    random: u64,
    bug: Bug,
    predecessor: Side<Predecessor>,
    successor: Side<Successor>,
    to_predecessor: VecDeque<Frame>,
    to_successor: VecDeque<Frame>,
    preparing: Vec<ShardId>,
    releasing: bool,
    lock: Lock,
    /// Whether the predecessor takes the lock as soon as it is free.
    wants_lock: bool,
    /// The first violation that was seen on the way.
    violation: Option<&'static str>,
    committed: bool,
    successor_has: Step,
    taken: HashMap<ShardId, (Option<Session>, Bytes)>,
}

struct Side<T> {
    machine: T,
    life: Life,
    connection: Connection,
    /// Whether the other side's end of the connection was handled.
    saw_end: bool,
    runs: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Life {
    Awake,
    Stalled,
    Dead,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Connection {
    Open,
    Closed,
}

/// What the application of the successor does next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Nothing,
    Accept,
    Start,
    Confirm,
    Fail,
    Failed,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Action {
    PredecessorReads,
    SuccessorReads,
    Prepare,
    ReleaseStore,
    SuccessorSteps,
}

impl<T> Side<T> {
    const fn new(machine: T, runs: bool) -> Self {
        Self {
            machine,
            life: Life::Awake,
            connection: Connection::Open,
            saw_end: false,
            runs,
        }
    }

    fn is_awake(&self) -> bool {
        self.life == Life::Awake && self.connection == Connection::Open
    }

    fn die(&mut self) {
        self.life = Life::Dead;
        self.connection = Connection::Closed;
        self.runs = false;
    }
}

fn session(shard: ShardId) -> Session {
    Session::new(7, format!("of {}", shard.number())).with_shard(shard)
}

/// The second shard has several parts.
fn state(shard: ShardId) -> Bytes {
    Bytes::from(vec![7; 100_000 * shard.number() as usize])
}

impl World {
    fn new(seed: u64, bug: Bug) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the simulation needs some instant to start from"
        )]
        let now = Instant::now();
        let owner = Owner::of("token");
        let timeouts = PredecessorTimeouts {
            handlers: Duration::from_secs(30),
            start: Duration::from_secs(60),
        };
        let limits = SuccessorLimits {
            silence: Duration::from_secs(60),
            state_bytes: 1 << 20,
        };
        Self {
            now,
            random: seed,
            bug,
            predecessor: Side::new(Predecessor::new(now, owner, timeouts), true),
            successor: Side::new(Successor::new(now, owner, Vec::new(), limits), false),
            to_predecessor: VecDeque::new(),
            to_successor: VecDeque::new(),
            preparing: Vec::new(),
            releasing: false,
            lock: Lock::Predecessor,
            wants_lock: false,
            violation: None,
            committed: false,
            successor_has: Step::Nothing,
            taken: HashMap::new(),
        }
    }

    /// SplitMix64.
    fn below(&mut self, bound: usize) -> usize {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    /// Runs until nothing can happen any more, with the fault at this step. Returns whether the step was reached.
    fn run(&mut self, fault: Fault, fault_step: usize) -> bool {
        self.drain();
        for step in 0..MAX_STEPS {
            if step == fault_step {
                self.inject(fault);
            }
            let actions = self.actions();
            if let Some(last) = actions.len().checked_sub(1) {
                let action = actions[self.below(last + 1)];
                self.act(action);
            } else if !self.wait() {
                return step > fault_step;
            }
            self.drain();
        }
        panic!("the hand-over does not end");
    }

    fn inject(&mut self, fault: Fault) {
        match fault {
            Fault::None => {}
            Fault::PredecessorDies => {
                self.predecessor.die();
                self.preparing.clear();
                self.releasing = false;
                self.unlock(Lock::Predecessor);
            }
            Fault::SuccessorDies => {
                self.successor.die();
                self.unlock(Lock::Successor);
            }
            Fault::PredecessorStalls => self.predecessor.life = Life::Stalled,
            Fault::SuccessorStalls => self.successor.life = Life::Stalled,
            Fault::SuccessorFails => {
                if matches!(self.successor_has, Step::Start | Step::Confirm) {
                    self.successor_has = Step::Fail;
                }
            }
        }
    }

    fn actions(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        let successor_closed =
            self.successor.connection == Connection::Closed && !self.predecessor.saw_end;
        if self.predecessor.is_awake() {
            if !self.to_predecessor.is_empty() || successor_closed {
                actions.push(Action::PredecessorReads);
            }
            if !self.preparing.is_empty() {
                actions.push(Action::Prepare);
            }
            if self.releasing {
                actions.push(Action::ReleaseStore);
            }
        }
        let predecessor_closed =
            self.predecessor.connection == Connection::Closed && !self.successor.saw_end;
        if self.successor.is_awake() {
            if !self.to_successor.is_empty() || predecessor_closed {
                actions.push(Action::SuccessorReads);
            }
            if !matches!(self.successor_has, Step::Nothing | Step::Failed) {
                actions.push(Action::SuccessorSteps);
            }
        }
        actions
    }

    fn act(&mut self, action: Action) {
        let now = self.now;
        match action {
            Action::PredecessorReads => match self.to_predecessor.pop_front() {
                Some(frame) => self.predecessor.machine.handle_frame(now, frame),
                None => {
                    self.predecessor.saw_end = true;
                    self.predecessor.machine.handle_end();
                }
            },
            Action::SuccessorReads => match self.to_successor.pop_front() {
                Some(frame) => self.successor.machine.handle_frame(now, frame),
                None => {
                    self.successor.saw_end = true;
                    self.successor.machine.handle_end();
                }
            },
            Action::Prepare => {
                let position = self.below(self.preparing.len());
                let shard = self.preparing.swap_remove(position);
                let machine = &mut self.predecessor.machine;
                machine.prepared(now, shard, Some(session(shard)), state(shard));
            }
            Action::ReleaseStore => {
                self.releasing = false;
                if self.bug != Bug::StoreIsNotReleased {
                    self.unlock(Lock::Predecessor);
                }
                self.predecessor.machine.store_released(now);
            }
            Action::SuccessorSteps => self.step_of_successor(),
        }
    }

    fn step_of_successor(&mut self) {
        self.successor_has = match self.successor_has {
            Step::Accept => {
                self.successor.machine.accept(self.now);
                self.successor.runs = self.bug == Bug::SuccessorStartsBeforeRelease;
                Step::Nothing
            }
            Step::Start => {
                for received in self.successor.machine.take_received() {
                    let (shard, session, state) = received.into_parts();
                    let is_dropped = self.bug == Bug::SuccessorDropsASession && shard.number() == 1;
                    if !is_dropped {
                        self.taken.insert(shard, (session, state));
                    }
                }
                self.successor_locks();
                self.successor.runs = true;
                Step::Confirm
            }
            Step::Confirm => {
                self.successor.machine.running(self.now);
                Step::Nothing
            }
            Step::Fail => {
                self.successor.runs = false;
                self.successor_unlocks();
                self.successor.connection = Connection::Closed;
                Step::Failed
            }
            other => other,
        };
    }

    /// Nothing else can happen: the next deadline passes, or a side that stalls goes on.
    fn wait(&mut self) -> bool {
        let predecessor = self
            .predecessor
            .is_awake()
            .then(|| self.predecessor.machine.deadline());
        let successor = self
            .successor
            .is_awake()
            .then(|| self.successor.machine.deadline());
        let next = [predecessor.flatten(), successor.flatten()]
            .into_iter()
            .flatten()
            .min();
        if let Some(next) = next {
            self.now = self.now.max(next);
            if predecessor.is_some() {
                self.predecessor.machine.handle_timeout(self.now);
            }
            if successor.is_some() {
                self.successor.machine.handle_timeout(self.now);
            }
            return true;
        }
        let mut is_woken = false;
        for life in [&mut self.predecessor.life, &mut self.successor.life] {
            if *life == Life::Stalled {
                *life = Life::Awake;
                is_woken = true;
            }
        }
        is_woken
    }

    fn drain(&mut self) {
        while let Some(output) = self.predecessor.machine.poll_output() {
            if self.predecessor.life == Life::Dead {
                continue;
            }
            match output {
                PredecessorOutput::Claim(_) => {
                    self.predecessor.runs = false;
                    self.predecessor.machine.claimed(self.now, SHARDS.to_vec());
                }
                PredecessorOutput::Prepare(shards) => self.preparing = shards,
                PredecessorOutput::Send(Frame::RolledBack(_))
                    if self.bug == Bug::RollBackIsNotTold => {}
                PredecessorOutput::Send(frame) => self.to_successor.push_back(frame),
                PredecessorOutput::ReleaseStore => self.releasing = true,
                PredecessorOutput::RollBack => {
                    self.preparing.clear();
                    self.releasing = false;
                    self.wants_lock = self.bug != Bug::StoreIsNotTakenBack;
                    self.predecessor.runs = self.bug != Bug::RollBackIsForgotten;
                }
                PredecessorOutput::Commit => {
                    self.committed = true;
                    self.predecessor.runs = self.bug == Bug::CommitIsForgotten;
                }
                PredecessorOutput::End(_) => self.predecessor.connection = Connection::Closed,
            }
        }
        while let Some(output) = self.successor.machine.poll_output() {
            if self.successor.life == Life::Dead {
                continue;
            }
            match output {
                SuccessorOutput::Send(frame) => self.to_predecessor.push_back(frame),
                SuccessorOutput::Checked => self.successor_has = Step::Accept,
                SuccessorOutput::Released => self.successor_has = Step::Start,
                SuccessorOutput::Taken => self.successor.connection = Connection::Closed,
                SuccessorOutput::Failed(_) => {
                    self.successor_has = Step::Failed;
                    self.successor.connection = Connection::Closed;
                }
                SuccessorOutput::Stop(_) => {
                    self.successor.runs &= self.bug == Bug::SuccessorIgnoresStop;
                    self.successor_unlocks();
                    self.successor_has = Step::Failed;
                    self.successor.connection = Connection::Closed;
                }
            }
        }
    }

    /// Checks that one side has the shards.
    fn check(&self) -> Result<(), &'static str> {
        if let Some(violation) = self.violation {
            return Err(violation);
        }
        let (predecessor, successor) = (&self.predecessor, &self.successor);
        let has_store = match self.lock {
            Lock::Predecessor => predecessor.runs,
            Lock::Successor => successor.runs,
            Lock::Free => predecessor.runs && self.wants_lock,
        };
        if (predecessor.runs || successor.runs) && !has_store {
            return Err("the side that runs the shards has no store");
        }
        if predecessor.runs && successor.runs {
            return Err("both sides run the shards");
        }
        if successor.runs {
            let is_complete = SHARDS.iter().all(|shard| {
                self.taken.get(shard) == Some(&(Some(session(*shard)), state(*shard)))
            });
            return match is_complete {
                true => Ok(()),
                false => Err("a session or a state was lost"),
            };
        }
        match (predecessor.runs, predecessor.life, successor.life) {
            (true, ..) | (false, Life::Dead, Life::Dead) => Ok(()),
            // It has heard that they run, and is done.
            (false, _, Life::Dead) if self.committed => Ok(()),
            // It knows that it has taken nothing.
            (false, Life::Dead, _) if self.successor_has == Step::Failed => Ok(()),
            _ => Err("no side runs the shards"),
        }
    }
}

/// Runs hand-overs with each fault at each step, and returns the first violation.
fn violation(bug: Bug) -> Option<String> {
    for fault in FAULTS {
        for step in 0.. {
            let mut is_reached = false;
            for seed in 0..20 {
                let mut world = World::new(seed, bug);
                is_reached |= world.run(fault, step);
                if let Err(violation) = world.check() {
                    return Some(format!("{violation}: {fault:?} at {step}, seed {seed}"));
                }
            }
            if !is_reached {
                break;
            }
        }
    }
    None
}

#[test]
fn one_side_has_the_shards_whatever_happens() {
    assert_eq!(violation(Bug::None), None);
}

#[test]
fn undisturbed_hand_over_gives_the_shards() {
    for seed in 0..50 {
        let mut world = World::new(seed, Bug::None);
        world.run(Fault::None, 0);
        assert!(world.committed && world.successor.runs && !world.predecessor.runs);
    }
}

#[test]
fn mistakes_are_found() {
    for bug in [
        Bug::RollBackIsNotTold,
        Bug::RollBackIsForgotten,
        Bug::CommitIsForgotten,
        Bug::SuccessorStartsBeforeRelease,
        Bug::SuccessorIgnoresStop,
        Bug::SuccessorDropsASession,
        Bug::StoreIsNotReleased,
        Bug::StoreIsNotTakenBack,
        Bug::StoreOfTheSuccessorIsNotReleased,
    ] {
        assert!(violation(bug).is_some(), "{bug:?} is not found");
    }
}
