//! The two state machines against each other: at every step, one side dies, stalls or fails, and in the end one side has
//! the shards.

use super::{
    frame::Frame,
    giver::{Giver, GiverOutput, GiverTimeouts},
    owner::Owner,
    taker::{Taker, TakerLimits, TakerOutput},
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

/// What happens to one side at some step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    None,
    GiverDies,
    TakerDies,
    /// It does nothing until the other has done all it can do.
    GiverStalls,
    TakerStalls,
    /// Its shards do not start.
    TakerFails,
}

/// A mistake that the checks have to find.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Bug {
    None,
    RollBackIsNotTold,
    RollBackIsForgotten,
    CommitIsForgotten,
    TakerStartsBeforeRelease,
    TakerIgnoresStop,
    TakerDropsASession,
}

struct World {
    now: Instant,
    random: u64,
    bug: Bug,
    giver: Side<Giver>,
    taker: Side<Taker>,
    to_giver: VecDeque<Frame>,
    to_taker: VecDeque<Frame>,
    preparing: Vec<ShardId>,
    committed: bool,
    taker_has: Step,
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

/// What the application of the taker does next.
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
    GiverReads,
    TakerReads,
    Prepare,
    TakerSteps,
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
        let timeouts = GiverTimeouts {
            handlers: Duration::from_secs(30),
            start: Duration::from_secs(60),
        };
        let limits = TakerLimits {
            silence: Duration::from_secs(60),
            state_bytes: 1 << 20,
        };
        Self {
            now,
            random: seed,
            bug,
            giver: Side::new(Giver::new(now, owner, timeouts), true),
            taker: Side::new(Taker::new(now, owner, Vec::new(), limits), false),
            to_giver: VecDeque::new(),
            to_taker: VecDeque::new(),
            preparing: Vec::new(),
            committed: false,
            taker_has: Step::Nothing,
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
            Fault::GiverDies => {
                self.giver.die();
                self.preparing.clear();
            }
            Fault::TakerDies => self.taker.die(),
            Fault::GiverStalls => self.giver.life = Life::Stalled,
            Fault::TakerStalls => self.taker.life = Life::Stalled,
            Fault::TakerFails => {
                if matches!(self.taker_has, Step::Start | Step::Confirm) {
                    self.taker_has = Step::Fail;
                }
            }
        }
    }

    fn actions(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        let taker_closed = self.taker.connection == Connection::Closed && !self.giver.saw_end;
        if self.giver.is_awake() {
            if !self.to_giver.is_empty() || taker_closed {
                actions.push(Action::GiverReads);
            }
            if !self.preparing.is_empty() {
                actions.push(Action::Prepare);
            }
        }
        let giver_closed = self.giver.connection == Connection::Closed && !self.taker.saw_end;
        if self.taker.is_awake() {
            if !self.to_taker.is_empty() || giver_closed {
                actions.push(Action::TakerReads);
            }
            if !matches!(self.taker_has, Step::Nothing | Step::Failed) {
                actions.push(Action::TakerSteps);
            }
        }
        actions
    }

    fn act(&mut self, action: Action) {
        let now = self.now;
        match action {
            Action::GiverReads => match self.to_giver.pop_front() {
                Some(frame) => self.giver.machine.handle_frame(now, frame),
                None => {
                    self.giver.saw_end = true;
                    self.giver.machine.handle_end();
                }
            },
            Action::TakerReads => match self.to_taker.pop_front() {
                Some(frame) => self.taker.machine.handle_frame(now, frame),
                None => {
                    self.taker.saw_end = true;
                    self.taker.machine.handle_end();
                }
            },
            Action::Prepare => {
                let position = self.below(self.preparing.len());
                let shard = self.preparing.swap_remove(position);
                let machine = &mut self.giver.machine;
                machine.prepared(now, shard, Some(session(shard)), state(shard));
            }
            Action::TakerSteps => self.step_of_taker(),
        }
    }

    fn step_of_taker(&mut self) {
        self.taker_has = match self.taker_has {
            Step::Accept => {
                self.taker.machine.accept(self.now);
                self.taker.runs = self.bug == Bug::TakerStartsBeforeRelease;
                Step::Nothing
            }
            Step::Start => {
                for received in self.taker.machine.take_received() {
                    let (shard, session, state) = received.into_parts();
                    let is_dropped = self.bug == Bug::TakerDropsASession && shard.number() == 1;
                    if !is_dropped {
                        self.taken.insert(shard, (session, state));
                    }
                }
                self.taker.runs = true;
                Step::Confirm
            }
            Step::Confirm => {
                self.taker.machine.running(self.now);
                Step::Nothing
            }
            Step::Fail => {
                self.taker.runs = false;
                self.taker.connection = Connection::Closed;
                Step::Failed
            }
            other => other,
        };
    }

    /// Nothing else can happen: the next deadline passes, or a side that stalls goes on.
    fn wait(&mut self) -> bool {
        let giver = self.giver.is_awake().then(|| self.giver.machine.deadline());
        let taker = self.taker.is_awake().then(|| self.taker.machine.deadline());
        let next = [giver.flatten(), taker.flatten()]
            .into_iter()
            .flatten()
            .min();
        if let Some(next) = next {
            self.now = self.now.max(next);
            if giver.is_some() {
                self.giver.machine.handle_timeout(self.now);
            }
            if taker.is_some() {
                self.taker.machine.handle_timeout(self.now);
            }
            return true;
        }
        let mut is_woken = false;
        for life in [&mut self.giver.life, &mut self.taker.life] {
            if *life == Life::Stalled {
                *life = Life::Awake;
                is_woken = true;
            }
        }
        is_woken
    }

    fn drain(&mut self) {
        while let Some(output) = self.giver.machine.poll_output() {
            if self.giver.life == Life::Dead {
                continue;
            }
            match output {
                GiverOutput::Claim(_) => {
                    self.giver.runs = false;
                    self.giver.machine.claimed(self.now, SHARDS.to_vec());
                }
                GiverOutput::Prepare(shards) => self.preparing = shards,
                GiverOutput::Send(Frame::RolledBack(_)) if self.bug == Bug::RollBackIsNotTold => {}
                GiverOutput::Send(frame) => self.to_taker.push_back(frame),
                GiverOutput::RollBack => {
                    self.preparing.clear();
                    self.giver.runs = self.bug != Bug::RollBackIsForgotten;
                }
                GiverOutput::Commit => {
                    self.committed = true;
                    self.giver.runs = self.bug == Bug::CommitIsForgotten;
                }
                GiverOutput::End(_) => self.giver.connection = Connection::Closed,
            }
        }
        while let Some(output) = self.taker.machine.poll_output() {
            if self.taker.life == Life::Dead {
                continue;
            }
            match output {
                TakerOutput::Send(frame) => self.to_giver.push_back(frame),
                TakerOutput::Checked => self.taker_has = Step::Accept,
                TakerOutput::Released => self.taker_has = Step::Start,
                TakerOutput::Taken => self.taker.connection = Connection::Closed,
                TakerOutput::Failed(_) => {
                    self.taker_has = Step::Failed;
                    self.taker.connection = Connection::Closed;
                }
                TakerOutput::Stop(_) => {
                    self.taker.runs &= self.bug == Bug::TakerIgnoresStop;
                    self.taker_has = Step::Failed;
                    self.taker.connection = Connection::Closed;
                }
            }
        }
    }

    /// Checks that one side has the shards.
    fn check(&self) -> Result<(), &'static str> {
        let (giver, taker) = (&self.giver, &self.taker);
        if giver.runs && taker.runs {
            return Err("both sides run the shards");
        }
        if taker.runs {
            let is_complete = SHARDS.iter().all(|shard| {
                self.taken.get(shard) == Some(&(Some(session(*shard)), state(*shard)))
            });
            return match is_complete {
                true => Ok(()),
                false => Err("a session or a state was lost"),
            };
        }
        match (giver.runs, giver.life, taker.life) {
            (true, ..) | (false, Life::Dead, Life::Dead) => Ok(()),
            // It has heard that they run, and is done.
            (false, _, Life::Dead) if self.committed => Ok(()),
            // It knows that it has taken nothing.
            (false, Life::Dead, _) if self.taker_has == Step::Failed => Ok(()),
            _ => Err("no side runs the shards"),
        }
    }
}

const FAULTS: [Fault; 6] = [
    Fault::None,
    Fault::GiverDies,
    Fault::TakerDies,
    Fault::GiverStalls,
    Fault::TakerStalls,
    Fault::TakerFails,
];

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
        assert!(world.committed && world.taker.runs && !world.giver.runs);
    }
}

#[test]
fn mistakes_are_found() {
    for bug in [
        Bug::RollBackIsNotTold,
        Bug::RollBackIsForgotten,
        Bug::CommitIsForgotten,
        Bug::TakerStartsBeforeRelease,
        Bug::TakerIgnoresStop,
        Bug::TakerDropsASession,
    ] {
        assert!(violation(bug).is_some(), "{bug:?} is not found");
    }
}
