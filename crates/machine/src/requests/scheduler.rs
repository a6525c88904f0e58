//! When which request is sent, who gets which answer, and how each request ends: no IO, no clock.

mod answers;
mod endings;
mod io;

pub use self::io::{Input, Output};

use super::{
    ask::{Ask, Body, Stage},
    error::RequestErrorKind,
    hearing::Hearing,
    nonces::Nonces,
    policy::RequestPolicy,
    state::RequestState,
    turns::{self, Free, Turn, Turns},
};
use crate::machine::{CommandId, CommandOutcome};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::{Duration, Instant},
};

/// Names a caller's request.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct HandleId(pub u64);

/// Names a payload that is asked; in their order they are sent.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct AskId(u64);

/// Requests among the commands that wait for the send limit. The others wait here: they can still be
/// joined, and they do not keep commands waiting.
pub const IN_LANE: usize = 16;

/// Tells the commands of requests from others.
const MARK: u64 = 1 << 63;

/// The requests of one shard.
///
/// Contract: feed one [`Input`], then drain [`poll_output`](Self::poll_output) until it answers
/// [`Output::Wait`]. Each handle that asks is named by exactly one [`Output::Finish`], unless it is
/// forgotten before.
#[derive(Debug)]
pub struct Scheduler {
    policy: RequestPolicy,
    /// How long an ask may wait to be sent.
    lifetime: Duration,
    asks: BTreeMap<AskId, Ask>,
    callers: HashMap<HandleId, Caller>,
    turns: Turns,
    nonces: Nonces,
    hearing: Hearing,
    made: u64,
    in_lane: usize,
    /// Callers whose state may have changed.
    touched: Vec<HandleId>,
    outputs: VecDeque<Output>,
    /// When something that waits to be sent may go on, or expires.
    waiting: Option<Instant>,
    /// What has been quiet for longest, since when.
    quiet_since: Option<Instant>,
}

#[derive(Debug)]
struct Caller {
    asks: Vec<AskId>,
    state: RequestState,
    has_received: bool,
}

impl Scheduler {
    pub fn new(policy: RequestPolicy, lifetime: Duration, seed: u64) -> Self {
        Self {
            policy: policy.bounded(),
            lifetime,
            asks: BTreeMap::new(),
            callers: HashMap::new(),
            turns: Turns::default(),
            nonces: Nonces::new(seed),
            hearing: Hearing::default(),
            made: 0,
            in_lane: 0,
            touched: Vec::new(),
            outputs: VecDeque::new(),
            waiting: None,
            quiet_since: None,
        }
    }

    /// Whether anything is waited for.
    pub fn is_open(&self) -> bool {
        !self.asks.is_empty()
    }

    /// Whether another request can be taken.
    pub fn has_room(&self) -> bool {
        self.asks.len() < self.policy.open_requests
    }

    /// Whether a command is a request's.
    pub const fn is_request(id: CommandId) -> bool {
        id.0 & MARK != 0
    }

    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        match input {
            // These come with every event, and make nothing happen before the deadline.
            Input::ReadPaused => return self.hearing.read_paused(now),
            Input::CaughtUp => return self.caught_up(now),
            Input::Ask { handle, bodies } => self.ask(now, handle, bodies),
            Input::Forget(handle) => self.forget(now, handle),
            Input::Outcome { id, outcome } => self.outcome(now, id, outcome),
            Input::Seen(sighting) => self.seen(now, sighting),
            Input::SessionReplaced => self.session_replaced(now),
            Input::Disconnected => self.hearing.disconnected(),
            Input::Resumed => self.hearing.connected(now),
            Input::Timeout => self.timeout(now),
            Input::Close => {
                let callers: Vec<_> = self.callers.keys().copied().collect();
                for handle in callers {
                    self.finish(now, handle, Err(RequestErrorKind::Closed));
                }
            }
        }
        self.submit_what_may_be_sent(now);
        self.tell_states(now);
        self.recount(now);
    }

    pub fn poll_output(&mut self) -> Output {
        self.outputs
            .pop_front()
            .unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    pub fn deadline(&self) -> Option<Instant> {
        let quiet = self.quiet_since.map(|since| since + self.patience());
        [self.waiting, quiet].into_iter().flatten().min()
    }

    pub const fn in_lane(&self) -> usize {
        self.in_lane
    }

    /// An answer that fell due during a stall may be on its way only now: it gets its whole time again, as
    /// long as the policy waits for one that nobody reads.
    fn caught_up(&mut self, now: Instant) {
        let Some(behind_since) = self.hearing.caught_up(now) else {
            return;
        };
        let Some(quiet_since) = self.quiet_since else {
            return;
        };
        let verdict = quiet_since + self.policy.silence;
        let last_heard = self.asks.values().filter_map(Ask::quiet_since).min();
        let is_bounded =
            last_heard.is_some_and(|heard| now < heard + self.policy.silence + self.policy.unheard);
        if (behind_since..=now).contains(&verdict) && is_bounded {
            self.hearing.count_from(now);
            self.quiet_since = Some(now);
        }
    }

    fn patience(&self) -> Duration {
        if self.hearing.is_clear() {
            self.policy.silence
        } else {
            self.policy.silence + self.policy.unheard
        }
    }

    fn ask(&mut self, now: Instant, handle: HandleId, bodies: Vec<Body>) {
        self.turns.prune(now);
        let caller = Caller {
            asks: Vec::new(),
            state: RequestState::Queued,
            has_received: false,
        };
        self.callers.insert(handle, caller);
        for body in bodies {
            let joined = self
                .asks
                .iter()
                .find(|(_, ask)| ask.can_be_joined_by(&body))
                .map(|(id, _)| *id);
            let id = match joined {
                Some(id) => id,
                None if self.is_in_use(body.nonce()) => {
                    return self.finish(now, handle, Err(RequestErrorKind::NonceInUse));
                }
                None => self.open(now, body),
            };
            if let Some(ask) = self.asks.get_mut(&id) {
                ask.callers.push(handle);
            }
            if let Some(caller) = self.callers.get_mut(&handle) {
                caller.asks.push(id);
            }
        }
        self.touched.push(handle);
    }

    fn is_in_use(&self, nonce: Option<&str>) -> bool {
        nonce.is_some() && self.asks.values().any(|ask| ask.body.nonce() == nonce)
    }

    fn open(&mut self, now: Instant, body: Body) -> AskId {
        self.made += 1;
        let id = AskId(self.made);
        let expires = now + self.lifetime;
        let ask = Ask::new(body, &mut self.nonces, expires, self.policy.resends);
        self.asks.insert(id, ask);
        id
    }

    fn submit_what_may_be_sent(&mut self, now: Instant) {
        let mut unsendable = Vec::new();
        for (id, ask) in &mut self.asks {
            let Stage::Waiting {
                not_before,
                expires,
            } = ask.stage
            else {
                continue;
            };
            self.touched.extend_from_slice(&ask.callers);
            let turn = ask.body.turn();
            let is_free = turn.is_none_or(|turn| self.turns.free(now, turn) == Free::Now);
            if self.in_lane == IN_LANE || !is_free || not_before.is_some_and(|time| time > now) {
                continue;
            }
            match ask.body.encode() {
                Ok(json) => {
                    if let Some(turn) = turn {
                        self.turns.take(turn);
                    }
                    ask.stage = Stage::InLane { expires };
                    self.in_lane += 1;
                    let id = id.command();
                    self.outputs.push_back(Output::Submit { id, json });
                }
                // It was checked when it was asked.
                Err(_) => unsendable.push(*id),
            }
        }
        for id in unsendable {
            let outcome = CommandOutcome::TooLarge;
            self.end(now, id, Err(RequestErrorKind::NotSent(outcome)));
        }
    }

    fn outcome(&mut self, now: Instant, id: CommandId, outcome: CommandOutcome) {
        let id = AskId::of(id);
        let Some(ask) = self.asks.get_mut(&id) else {
            // Withdrawn, as nobody wants it any more.
            return;
        };
        let Stage::InLane { expires } = ask.stage else {
            return;
        };
        self.in_lane -= 1;
        let turn = ask.body.turn();
        if outcome == CommandOutcome::Sent {
            ask.stage = Stage::Sent { quiet_since: now };
            self.touched.extend_from_slice(&ask.callers);
            if let Some(turn @ Turn::FullList(_)) = turn {
                self.turns.hold(turn, now + turns::INTERVAL);
            }
            return;
        }
        ask.stage = Stage::Waiting {
            not_before: None,
            expires,
        };
        if let Some(turn) = turn {
            self.turns.release(turn);
        }
        match outcome {
            // It was never sent: any session will do.
            CommandOutcome::SessionReplaced => {}
            CommandOutcome::Closed => self.end(now, id, Err(RequestErrorKind::Closed)),
            _ => self.end(now, id, Err(RequestErrorKind::NotSent(outcome))),
        }
    }

    fn session_replaced(&mut self, now: Instant) {
        self.hearing.connected(now);
        let mut lost = Vec::new();
        for (id, ask) in &mut self.asks {
            match ask.stage {
                Stage::Waiting { .. } | Stage::InLane { .. } => continue,
                Stage::Sent { .. } if ask.resends_left > 0 => {}
                Stage::Sent { .. } | Stage::Answered { .. } => {
                    lost.push(*id);
                    continue;
                }
            }
            ask.resends_left -= 1;
            ask.stage = Stage::Waiting {
                not_before: None,
                expires: now + self.lifetime,
            };
            if let Some(turn @ Turn::ChannelInfo(_)) = ask.body.turn() {
                self.turns.release(turn);
            }
        }
        for id in lost {
            self.end(now, id, Err(RequestErrorKind::SessionReplaced));
        }
    }

    fn tell_states(&mut self, now: Instant) {
        let mut touched = std::mem::take(&mut self.touched);
        for handle in touched.drain(..) {
            let Some(caller) = self.callers.get(&handle) else {
                continue;
            };
            let state = self.state_of(now, caller);
            if let Some(caller) = self.callers.get_mut(&handle)
                && caller.state != state
            {
                caller.state = state;
                self.outputs.push_back(Output::State { handle, state });
            }
        }
        self.touched = touched;
    }

    fn state_of(&self, now: Instant, caller: &Caller) -> RequestState {
        if caller.has_received {
            return RequestState::Receiving;
        }
        let unsent = caller
            .asks
            .iter()
            .filter_map(|id| self.asks.get(id))
            .find(|ask| !ask.is_on_the_wire());
        let Some(ask) = unsent else {
            return RequestState::Sent;
        };
        match self.paced_until(now, ask) {
            Some(until) => RequestState::Paced { until },
            None => RequestState::Queued,
        }
    }

    /// When the gateway will take it, if it does not yet and that is known.
    fn paced_until(&self, now: Instant, ask: &Ask) -> Option<Instant> {
        let Stage::Waiting { not_before, .. } = ask.stage else {
            return None;
        };
        let turn = match ask.body.turn().map(|turn| self.turns.free(now, turn)) {
            Some(Free::From(time)) => Some(time),
            Some(Free::Now | Free::Later) | None => None,
        };
        not_before.max(turn).filter(|time| *time > now)
    }

    fn recount(&mut self, now: Instant) {
        let asks = self.asks.values();
        self.quiet_since = asks
            .clone()
            .filter_map(|ask| ask.quiet_since().map(|since| self.hearing.since(since)))
            .min();
        self.waiting = asks
            .flat_map(|ask| [ask.expires(), self.paced_until(now, ask)])
            .flatten()
            .min();
    }

    #[cfg(test)]
    pub fn remembered(&self) -> usize {
        self.asks.len()
            + self.callers.len()
            + self.turns.len()
            + self.touched.len()
            + self.outputs.len()
    }
}

impl AskId {
    const fn command(self) -> CommandId {
        CommandId(self.0 | MARK)
    }

    const fn of(id: CommandId) -> Self {
        Self(id.0 & !MARK)
    }
}
