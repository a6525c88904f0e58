//! A scheduler, a clock one can turn, and a send lane.

use super::super::{
    ask::Body,
    error::RequestErrorKind,
    policy::RequestPolicy,
    scheduler::{HandleId, Input, Output, Scheduler},
    sighting::Sighting,
    state::RequestState,
};
use crate::{
    machine::{CommandId, CommandOutcome},
    test_instant,
};
use gloaming_protocol::{ChannelInfoField, RequestChannelInfo, RequestSoundboardSounds};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::{Duration, Instant},
};
use twilight_model::{gateway::payload::outgoing::RequestGuildMembers, id::Id};

pub(super) type End = Result<(), RequestErrorKind>;

pub(super) const LIFETIME: Duration = Duration::from_secs(600);

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) struct Bench {
    pub(super) scheduler: Scheduler,
    start: Instant,
    pub(super) now: Instant,
    pub(super) deadline: Option<Instant>,
    /// Submitted and not yet sent.
    pub(super) lane: VecDeque<(CommandId, Value)>,
    /// On the wire, with the time in seconds.
    pub(super) wire: Vec<(u64, Value)>,
    /// Which of these the gateway held back: it does not count them.
    pub(super) held_back: BTreeSet<usize>,
    /// How many answers each handle was given.
    pub(super) given: BTreeMap<u64, u32>,
    pub(super) ends: Vec<(u64, End)>,
    pub(super) states: BTreeMap<u64, RequestState>,
    handles: u64,
}

impl Bench {
    /// Its session is up.
    pub(super) fn new() -> Self {
        Self::with(RequestPolicy::default())
    }

    pub(super) fn with(policy: RequestPolicy) -> Self {
        let now = test_instant();
        let mut bench = Self {
            scheduler: Scheduler::new(policy, LIFETIME, 7),
            start: now,
            now,
            deadline: None,
            lane: VecDeque::new(),
            wire: Vec::new(),
            held_back: BTreeSet::new(),
            given: BTreeMap::new(),
            ends: Vec::new(),
            states: BTreeMap::new(),
            handles: 0,
        };
        bench.input(Input::SessionReplaced);
        bench
    }

    pub(super) fn input(&mut self, input: Input<'_>) {
        self.scheduler.handle_input(self.now, input);
        loop {
            match self.scheduler.poll_output() {
                Output::Deliver(handles) => {
                    for HandleId(handle) in handles {
                        *self.given.entry(handle).or_default() += 1;
                    }
                }
                Output::Submit { id, json } => {
                    let payload = serde_json::from_str(&json).expect("requests are JSON");
                    self.lane.push_back((id, payload));
                }
                Output::Withdraw(id) => self.lane.retain(|(waiting, _)| *waiting != id),
                Output::State { handle, state } => {
                    self.states.insert(handle.0, state);
                }
                Output::Finish { handle, end } => self.ends.push((handle.0, end)),
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    pub(super) fn ask(&mut self, bodies: Vec<Body>) -> u64 {
        self.handles += 1;
        let handle = HandleId(self.handles);
        self.input(Input::Ask { handle, bodies });
        self.handles
    }

    pub(super) fn forget(&mut self, handle: u64) {
        self.input(Input::Forget(HandleId(handle)));
    }

    /// The connection takes what waits, and what that lets go on.
    pub(super) fn send(&mut self) {
        while self.send_one() {}
    }

    pub(super) fn send_one(&mut self) -> bool {
        let Some((id, payload)) = self.lane.pop_front() else {
            return false;
        };
        self.wire.push((self.seconds(), payload));
        let outcome = CommandOutcome::Sent;
        self.input(Input::Outcome { id, outcome });
        true
    }

    /// What waits in the lane comes back.
    pub(super) fn return_lane(&mut self, outcome: CommandOutcome) {
        for (id, _) in std::mem::take(&mut self.lane) {
            self.input(Input::Outcome { id, outcome });
        }
    }

    pub(super) fn seconds(&self) -> u64 {
        self.now.duration_since(self.start).as_secs()
    }

    /// Lets time pass, each deadline heeded, all sent that is submitted.
    pub(super) fn advance(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(deadline) = self.deadline.filter(|deadline| *deadline <= end) {
            self.now = self.now.max(deadline);
            self.input(Input::Timeout);
            self.send();
        }
        self.now = end;
    }

    /// The nonce of the last payload on the wire.
    pub(super) fn nonce(&self) -> String {
        let (_, payload) = self.wire.last().expect("something was sent");
        payload["d"]["nonce"].as_str().expect("with a nonce").into()
    }

    pub(super) fn chunk(&mut self, nonce: &str, index: u32, count: u32) {
        self.input(Input::Seen(&Sighting::Chunk {
            nonce: nonce.into(),
            index,
            count,
        }));
    }

    pub(super) fn sounds(&mut self, guild: u64) {
        let guild = Id::new(guild);
        self.input(Input::Seen(&Sighting::Sounds { guild }));
    }

    pub(super) fn channel_info(&mut self, guild: u64) {
        let guild = Id::new(guild);
        self.input(Input::Seen(&Sighting::ChannelInfo { guild }));
    }

    pub(super) fn limited(&mut self, nonce: Option<&str>, guild: u64, retry_after: Duration) {
        let held_back = self.wire.iter().rposition(|(_, payload)| {
            let data = &payload["d"];
            match nonce {
                Some(nonce) => data["nonce"] == nonce,
                None => data["query"] == "" && data["guild_id"] == *guild.to_string(),
            }
        });
        self.held_back.extend(held_back);
        self.input(Input::Seen(&Sighting::Limited {
            nonce: nonce.map(Into::into),
            guild: Some(Id::new(guild)),
            retry_after,
        }));
    }

    /// When what was put on the wire.
    pub(super) fn times(&self) -> Vec<u64> {
        self.wire.iter().map(|(time, _)| *time).collect()
    }

    pub(super) fn given(&self, handle: u64) -> u32 {
        self.given.get(&handle).copied().unwrap_or_default()
    }

    pub(super) fn state(&self, handle: u64) -> RequestState {
        let state = self.states.get(&handle);
        state.copied().unwrap_or(RequestState::Queued)
    }
}

pub(super) fn everybody(guild: u64) -> Vec<Body> {
    query(guild, "")
}

pub(super) fn query(guild: u64, prefix: &str) -> Vec<Body> {
    let request = RequestGuildMembers::builder(Id::new(guild)).query(prefix, None);
    vec![Body::Members(request.d)]
}

pub(super) fn named(guild: u64, prefix: &str, nonce: &str) -> Vec<Body> {
    let request = RequestGuildMembers::builder(Id::new(guild))
        .nonce(nonce)
        .query(prefix, None);
    vec![Body::Members(request.d)]
}

/// One payload for each list of guilds.
pub(super) fn sounds(parts: &[&[u64]]) -> Vec<Body> {
    parts
        .iter()
        .map(|guilds| guilds.iter().copied().map(Id::new))
        .map(|guilds| RequestSoundboardSounds::new(guilds).expect("there are guilds"))
        .map(Body::Sounds)
        .collect()
}

pub(super) fn channel_info(guild: u64, field: ChannelInfoField) -> Vec<Body> {
    let request = RequestChannelInfo::new(Id::new(guild), [field]).expect("there is a field");
    vec![Body::ChannelInfo(request)]
}
