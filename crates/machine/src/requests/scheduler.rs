//! When each payload is sent, which request a reply belongs to, and when a request ends.

mod ends;
mod io;
mod replies;

pub(crate) use self::io::{Input, Output};

use super::{
    error::RequestErrorKind,
    id::{PendingId, RequestId},
    liveness::Liveness,
    nonces::Nonces,
    pacing::{Availability, Pacing, PacingKey},
    payload::RequestPayload,
    pending::{PendingRequest, Progress},
    policy::RequestPolicy,
    state::RequestState,
};
use crate::{CommandId, CommandOutcome, reader::Reader};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::{Duration, Instant},
};

/// The most payloads in the command queue at a time. The others wait in the scheduler, where equivalent requests can
/// still join them and they do not delay commands.
pub(crate) const MAX_QUEUED: usize = 16;

/// The open requests of one shard.
///
/// Contract: feed one [`Input`], then drain [`poll_output`](Self::poll_output). Each request that is opened ends with
/// exactly one [`Output::Ended`], unless it is forgotten before.
#[derive(Debug)]
pub(crate) struct RequestScheduler {
    policy: RequestPolicy,
    /// How long a payload may wait to be sent.
    lifetime: Duration,
    pending: BTreeMap<PendingId, PendingRequest>,
    callers: HashMap<RequestId, Caller>,
    pacing: Pacing,
    nonces: Nonces,
    liveness: Liveness,
    last_id: u64,
    queued: usize,
    /// Callers whose state may have changed.
    changed: Vec<RequestId>,
    outputs: VecDeque<Output>,
    /// When a payload that waits to be sent may be sent, or expires.
    waiting: Option<Instant>,
    /// Since when the longest silent request has been silent.
    quiet_since: Option<Instant>,
}

#[derive(Debug)]
struct Caller {
    pending: Vec<PendingId>,
    state: RequestState,
    has_received: bool,
}

impl RequestScheduler {
    pub(crate) fn new(policy: RequestPolicy, lifetime: Duration, seed: u64) -> Self {
        Self {
            policy: policy.bounded(),
            lifetime,
            pending: BTreeMap::new(),
            callers: HashMap::new(),
            pacing: Pacing::default(),
            nonces: Nonces::new(seed),
            liveness: Liveness::default(),
            last_id: 0,
            queued: 0,
            changed: Vec::new(),
            outputs: VecDeque::new(),
            waiting: None,
            quiet_since: None,
        }
    }

    /// Whether any request is open.
    pub(crate) fn is_open(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Whether another request may be opened.
    pub(crate) fn has_room(&self) -> bool {
        self.pending.len() < self.policy.open_requests
    }

    pub(crate) fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        match input {
            // Comes with every event, and changes nothing before the deadline.
            Input::ReadResumed { backlogged_since } => {
                return self.read_resumed(now, backlogged_since);
            }
            Input::Open {
                request_id,
                payloads,
            } => self.open(now, request_id, payloads),
            Input::Forget(request_id) => self.forget(now, request_id),
            Input::Outcome { id, outcome } => self.outcome(now, id, outcome),
            Input::Matched(reply) => self.matched(now, reply),
            Input::SessionReplaced => self.session_replaced(now),
            Input::Disconnected => self.liveness.disconnected(),
            Input::Resumed => self.liveness.connected(now),
            Input::Flushed { stuck_since } => self.flushed(now, stuck_since),
            Input::Timeout(reader) => self.timeout(now, reader),
            Input::Close => {
                let callers: Vec<_> = self.callers.keys().copied().collect();
                for request_id in callers {
                    self.finish(now, request_id, Err(RequestErrorKind::Closed));
                }
            }
        }
        self.submit_sendable(now);
        self.report_states(now);
        self.recount(now);
    }

    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(crate) fn deadline(&self, reader: Reader) -> Option<Instant> {
        let quiet = self.quiet_since.map(|since| since + self.patience(reader));
        [self.waiting, quiet].into_iter().flatten().min()
    }

    /// The number of payloads in the command queue.
    pub(crate) const fn queued(&self) -> usize {
        self.queued
    }

    /// The transport has written what it held. Full lists that were submitted in the meantime came too early.
    fn flushed(&mut self, now: Instant, stuck_since: Instant) {
        let early = self.pacing.held_up(now, stuck_since);
        for (id, request) in &mut self.pending {
            let key = request.payload.pacing_key();
            if let Progress::Queued { expires } = request.progress
                && key.is_some_and(|key| early.contains(&key))
            {
                let not_before = None;
                request.progress = Progress::Waiting {
                    not_before,
                    expires,
                };
                self.queued -= 1;
                self.outputs.push_back(Output::Withdraw(id.command()));
            }
        }
    }

    /// A reply that fell due during a stall may arrive only now. It gets its whole time again, within the bound of
    /// the policy for replies that are not read.
    fn read_resumed(&mut self, now: Instant, backlogged_since: Instant) {
        if !Liveness::was_stall(backlogged_since, now) {
            return;
        }
        let Some(quiet_since) = self.quiet_since else {
            return;
        };
        let verdict = quiet_since + self.policy.silence;
        let last_reply = self
            .pending
            .values()
            .filter_map(PendingRequest::quiet_since)
            .min();
        let is_bounded =
            last_reply.is_some_and(|last| now < last + self.policy.silence + self.policy.unheard);
        if (backlogged_since..=now).contains(&verdict) && is_bounded {
            self.liveness.count_from(now);
            self.quiet_since = Some(now);
        }
    }

    /// The longest silence that is not an error.
    fn patience(&self, reader: Reader) -> Duration {
        if self.liveness.is_clear(reader) {
            self.policy.silence
        } else {
            self.policy.silence + self.policy.unheard
        }
    }

    fn open(&mut self, now: Instant, request_id: RequestId, payloads: Vec<RequestPayload>) {
        self.pacing.prune(now);
        let caller = Caller {
            pending: Vec::new(),
            state: RequestState::Queued,
            has_received: false,
        };
        self.callers.insert(request_id, caller);
        for payload in payloads {
            let joined = self
                .pending
                .iter()
                .find(|(_, request)| request.can_join(&payload))
                .map(|(id, _)| *id);
            let id = match joined {
                Some(id) => id,
                None if self.is_in_use(payload.nonce()) => {
                    return self.finish(now, request_id, Err(RequestErrorKind::NonceInUse));
                }
                None => self.add(now, payload),
            };
            if let Some(request) = self.pending.get_mut(&id) {
                request.callers.push(request_id);
            }
            if let Some(caller) = self.callers.get_mut(&request_id) {
                caller.pending.push(id);
            }
        }
        self.changed.push(request_id);
    }

    fn is_in_use(&self, nonce: Option<&str>) -> bool {
        nonce.is_some()
            && self
                .pending
                .values()
                .any(|request| request.payload.nonce() == nonce)
    }

    fn add(&mut self, now: Instant, payload: RequestPayload) -> PendingId {
        self.last_id += 1;
        let id = PendingId(self.last_id);
        let expires = now + self.lifetime;
        let request = PendingRequest::new(payload, &mut self.nonces, expires, self.policy.resends);
        self.pending.insert(id, request);
        id
    }

    fn submit_sendable(&mut self, now: Instant) {
        let mut unsendable = Vec::new();
        for (id, request) in &mut self.pending {
            let Progress::Waiting {
                not_before,
                expires,
            } = request.progress
            else {
                continue;
            };
            self.changed.extend_from_slice(&request.callers);
            let key = request.payload.pacing_key();
            let is_free =
                key.is_none_or(|key| self.pacing.availability(now, key) == Availability::Now);
            if self.queued == MAX_QUEUED || !is_free || not_before.is_some_and(|time| time > now) {
                continue;
            }
            match request.payload.encode() {
                Ok(json) => {
                    if let Some(key) = key {
                        self.pacing.take(key);
                    }
                    request.progress = Progress::Queued { expires };
                    self.queued += 1;
                    let id = id.command();
                    self.outputs.push_back(Output::Submit { id, json });
                }
                // The size was checked before the request was opened.
                Err(_) => unsendable.push(*id),
            }
        }
        for id in unsendable {
            let outcome = CommandOutcome::TooLarge;
            self.end(now, id, Err(RequestErrorKind::NotSent(outcome)));
        }
    }

    fn outcome(&mut self, now: Instant, id: CommandId, outcome: CommandOutcome) {
        let id = PendingId::of(id);
        let Some(request) = self.pending.get_mut(&id) else {
            // Withdrawn: the last caller dropped the request.
            return;
        };
        let Progress::Queued { expires } = request.progress else {
            return;
        };
        self.queued -= 1;
        let key = request.payload.pacing_key();
        if outcome == CommandOutcome::Sent {
            request.progress = Progress::Sent { quiet_since: now };
            self.changed.extend_from_slice(&request.callers);
            if let Some(PacingKey::FullList(guild)) = key {
                self.pacing.full_list_sent(now, guild);
            }
            return;
        }
        request.progress = Progress::Waiting {
            not_before: None,
            expires,
        };
        if let Some(key) = key {
            self.pacing.release(key);
        }
        match outcome {
            // It was never sent, so it fits any session.
            CommandOutcome::SessionReplaced => {}
            CommandOutcome::Closed => self.end(now, id, Err(RequestErrorKind::Closed)),
            _ => self.end(now, id, Err(RequestErrorKind::NotSent(outcome))),
        }
    }

    fn session_replaced(&mut self, now: Instant) {
        self.liveness.connected(now);
        let mut lost = Vec::new();
        for (id, request) in &mut self.pending {
            match request.progress {
                Progress::Waiting { .. } | Progress::Queued { .. } => continue,
                Progress::Sent { .. } if request.resends_left > 0 => {}
                Progress::Sent { .. } | Progress::Answered { .. } => {
                    lost.push(*id);
                    continue;
                }
            }
            request.resends_left -= 1;
            request.progress = Progress::Waiting {
                not_before: None,
                expires: now + self.lifetime,
            };
            if let Some(key @ PacingKey::ChannelInfo(_)) = request.payload.pacing_key() {
                self.pacing.release(key);
            }
        }
        for id in lost {
            self.end(now, id, Err(RequestErrorKind::SessionReplaced));
        }
    }

    fn report_states(&mut self, now: Instant) {
        let mut changed = std::mem::take(&mut self.changed);
        for request_id in changed.drain(..) {
            let Some(caller) = self.callers.get(&request_id) else {
                continue;
            };
            let state = self.state_of(now, caller);
            if let Some(caller) = self.callers.get_mut(&request_id)
                && caller.state != state
            {
                caller.state = state;
                self.outputs.push_back(Output::State { request_id, state });
            }
        }
        self.changed = changed;
    }

    fn state_of(&self, now: Instant, caller: &Caller) -> RequestState {
        if caller.has_received {
            return RequestState::Receiving;
        }
        let unsent = caller
            .pending
            .iter()
            .filter_map(|id| self.pending.get(id))
            .find(|request| !request.is_sent());
        let Some(request) = unsent else {
            return RequestState::Sent;
        };
        match self.paced_until(now, request) {
            Some(until) => RequestState::Paced { until },
            None => RequestState::Queued,
        }
    }

    /// The earliest time at which the gateway accepts the payload, if that is later than now and known.
    fn paced_until(&self, now: Instant, request: &PendingRequest) -> Option<Instant> {
        let Progress::Waiting { not_before, .. } = request.progress else {
            return None;
        };
        let key = match request
            .payload
            .pacing_key()
            .map(|key| self.pacing.availability(now, key))
        {
            Some(Availability::At(time)) => Some(time),
            Some(Availability::Now | Availability::WhenReleased) | None => None,
        };
        not_before.max(key).filter(|time| *time > now)
    }

    fn recount(&mut self, now: Instant) {
        let pending = self.pending.values();
        self.quiet_since = pending
            .clone()
            .filter_map(|request| {
                request
                    .quiet_since()
                    .map(|since| self.liveness.since(since))
            })
            .min();
        self.waiting = pending
            .flat_map(|request| [request.expires(), self.paced_until(now, request)])
            .flatten()
            .min();
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.pending.len()
            + self.callers.len()
            + self.pacing.len()
            + self.changed.len()
            + self.outputs.len()
    }
}
