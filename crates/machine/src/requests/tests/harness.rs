//! A request scheduler in virtual time, with a command queue in front of the gateway.

use super::super::{
    error::RequestErrorKind,
    id::RequestId,
    payload::RequestPayload,
    policy::RequestPolicy,
    reply_match::ReplyMatch,
    scheduler::{Input, Output, RequestScheduler},
    state::RequestState,
};
use crate::{CommandId, CommandOutcome, reader::Reader, test_instant};
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

pub(super) struct Harness {
    pub(super) scheduler: RequestScheduler,
    start: Instant,
    pub(super) now: Instant,
    pub(super) deadline: Option<Instant>,
    /// Submitted and not sent yet.
    pub(super) queue: VecDeque<(CommandId, Value)>,
    /// Sent, with the time in seconds.
    pub(super) wire: Vec<(u64, Value)>,
    /// Those that the gateway rate limited, by index in `wire`. They do not count towards its limit.
    pub(super) held_back: BTreeSet<usize>,
    /// The number of replies of each request.
    pub(super) replies: BTreeMap<u64, u32>,
    pub(super) ends: Vec<(u64, End)>,
    pub(super) states: BTreeMap<u64, RequestState>,
    reader: Reader,
    request_ids: u64,
}

impl Harness {
    /// A scheduler whose session is up.
    pub(super) fn new() -> Self {
        Self::with(RequestPolicy::default())
    }

    pub(super) fn with(policy: RequestPolicy) -> Self {
        let now = test_instant();
        let mut harness = Self {
            scheduler: RequestScheduler::new(policy, LIFETIME, 7),
            start: now,
            now,
            deadline: None,
            queue: VecDeque::new(),
            wire: Vec::new(),
            held_back: BTreeSet::new(),
            replies: BTreeMap::new(),
            ends: Vec::new(),
            states: BTreeMap::new(),
            reader: Reader::CaughtUp,
            request_ids: 0,
        };
        harness.input(Input::SessionReplaced);
        harness
    }

    pub(super) fn input(&mut self, input: Input<'_>) {
        self.scheduler.handle_input(self.now, input);
        while let Some(output) = self.scheduler.poll_output() {
            match output {
                Output::Reply(request_ids) => {
                    for RequestId(request_id) in request_ids {
                        *self.replies.entry(request_id).or_default() += 1;
                    }
                }
                Output::Submit { id, json } => {
                    let payload = serde_json::from_str(&json).expect("requests are JSON");
                    self.queue.push_back((id, payload));
                }
                Output::Withdraw(id) => self.queue.retain(|(queued, _)| *queued != id),
                Output::State { request_id, state } => {
                    self.states.insert(request_id.0, state);
                }
                Output::Ended { request_id, result } => self.ends.push((request_id.0, result)),
            }
        }
        self.deadline = self.scheduler.deadline(self.reader);
    }

    pub(super) fn timeout(&mut self) {
        self.input(Input::Timeout(self.reader));
    }

    /// From here on, what arrives is not read at once.
    pub(super) fn pause_reading(&mut self) {
        if self.reader == Reader::CaughtUp {
            self.reader = Reader::Backlogged { since: self.now };
        }
        self.deadline = self.scheduler.deadline(self.reader);
    }

    /// Everything that had arrived has been read.
    pub(super) fn resume_reading(&mut self) {
        if let Reader::Backlogged { since } = std::mem::replace(&mut self.reader, Reader::CaughtUp)
        {
            self.input(Input::ReadResumed {
                backlogged_since: since,
            });
        }
    }

    pub(super) fn request(&mut self, payloads: Vec<RequestPayload>) -> u64 {
        self.request_ids += 1;
        let request_id = RequestId(self.request_ids);
        self.input(Input::Open {
            request_id,
            payloads,
        });
        self.request_ids
    }

    pub(super) fn forget(&mut self, request_id: u64) {
        self.input(Input::Forget(RequestId(request_id)));
    }

    /// Sends what is queued, and what that lets follow.
    pub(super) fn send(&mut self) {
        while self.send_one() {}
    }

    pub(super) fn send_one(&mut self) -> bool {
        let Some((id, payload)) = self.queue.pop_front() else {
            return false;
        };
        self.wire.push((self.seconds(), payload));
        let outcome = CommandOutcome::Sent;
        self.input(Input::Outcome { id, outcome });
        true
    }

    /// Returns what is queued with an outcome.
    pub(super) fn return_queued(&mut self, outcome: CommandOutcome) {
        for (id, _) in std::mem::take(&mut self.queue) {
            self.input(Input::Outcome { id, outcome });
        }
    }

    pub(super) fn seconds(&self) -> u64 {
        self.now.duration_since(self.start).as_secs()
    }

    /// Lets time pass: each deadline is applied, and everything submitted is sent.
    pub(super) fn advance(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(deadline) = self.deadline.filter(|deadline| *deadline <= end) {
            self.now = self.now.max(deadline);
            self.input(Input::Timeout(self.reader));
            self.send();
        }
        self.now = end;
    }

    /// The nonce of the last payload sent.
    pub(super) fn nonce(&self) -> String {
        let (_, payload) = self.wire.last().expect("something was sent");
        payload["d"]["nonce"].as_str().expect("with a nonce").into()
    }

    pub(super) fn chunk(&mut self, nonce: &str, index: u32, count: u32) {
        self.input(Input::Matched(&ReplyMatch::Chunk {
            nonce: nonce.into(),
            index,
            count,
        }));
    }

    pub(super) fn sounds(&mut self, guild: u64) {
        let guild = Id::new(guild);
        self.input(Input::Matched(&ReplyMatch::Sounds { guild }));
    }

    pub(super) fn channel_info(&mut self, guild: u64) {
        let guild = Id::new(guild);
        self.input(Input::Matched(&ReplyMatch::ChannelInfo { guild }));
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
        self.input(Input::Matched(&ReplyMatch::Limited {
            nonce: nonce.map(Into::into),
            guild: Some(Id::new(guild)),
            retry_after,
        }));
    }

    /// The times at which payloads were sent.
    pub(super) fn times(&self) -> Vec<u64> {
        self.wire.iter().map(|(time, _)| *time).collect()
    }

    pub(super) fn replies(&self, request_id: u64) -> u32 {
        self.replies.get(&request_id).copied().unwrap_or_default()
    }

    pub(super) fn state(&self, request_id: u64) -> RequestState {
        let state = self.states.get(&request_id);
        state.copied().unwrap_or(RequestState::Queued)
    }
}

pub(super) fn full_list(guild: u64) -> Vec<RequestPayload> {
    query(guild, "")
}

pub(super) fn query(guild: u64, prefix: &str) -> Vec<RequestPayload> {
    let request = RequestGuildMembers::builder(Id::new(guild)).query(prefix, None);
    vec![RequestPayload::Members(request.d)]
}

pub(super) fn with_nonce(guild: u64, prefix: &str, nonce: &str) -> Vec<RequestPayload> {
    let request = RequestGuildMembers::builder(Id::new(guild))
        .nonce(nonce)
        .query(prefix, None);
    vec![RequestPayload::Members(request.d)]
}

/// One payload for each list of guilds.
pub(super) fn sounds(parts: &[&[u64]]) -> Vec<RequestPayload> {
    parts
        .iter()
        .map(|guilds| guilds.iter().copied().map(Id::new))
        .map(|guilds| RequestSoundboardSounds::new(guilds).expect("there are guilds"))
        .map(RequestPayload::Sounds)
        .collect()
}

pub(super) fn channel_info(guild: u64, field: ChannelInfoField) -> Vec<RequestPayload> {
    let request = RequestChannelInfo::new(Id::new(guild), [field]).expect("there is a field");
    vec![RequestPayload::ChannelInfo(request)]
}
