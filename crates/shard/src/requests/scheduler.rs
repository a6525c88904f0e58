//! When which request is sent, who gets which answer, and how each request ends: no IO, no clock.

use super::{
    ask::{Ask, Body, Missing, Stage},
    chunks::Arrival,
    error::RequestErrorKind,
    hearing::Hearing,
    nonces::Nonces,
    policy::RequestPolicy,
    sighting::Sighting,
    state::RequestState,
    turns::{self, Free, Turn, Turns},
};
use crate::machine::{CommandId, CommandOutcome};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::{Duration, Instant},
};
use twilight_model::id::{Id, marker::GuildMarker};

/// Names a caller's request.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct HandleId(pub(super) u64);

/// Names a payload that is asked; in their order they are sent.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct AskId(u64);

/// Requests among the commands that wait for the send limit. The others wait here: they can still be
/// joined, and they do not keep commands waiting.
pub(crate) const IN_LANE: usize = 16;

/// A guild is not asked for its full list again for as long as RATE_LIMITED says, but for this at most.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// Tells the commands of requests from others.
const MARK: u64 = 1 << 63;

/// Something that happened outside of the scheduler.
#[derive(Debug)]
pub(super) enum Input<'a> {
    /// A caller asks these, one after another.
    Ask { handle: HandleId, bodies: Vec<Body> },
    /// A caller is not interested any more. Its handle is not named again.
    Forget(HandleId),
    /// What became of an [`Output::Submit`].
    Outcome {
        id: CommandId,
        outcome: CommandOutcome,
    },
    /// Something arrived.
    Seen(&'a Sighting<'a>),
    /// A new session is up.
    SessionReplaced,
    /// The session has no connection.
    Disconnected,
    /// The session goes on, on another connection.
    Resumed,
    /// From here on, what arrives is not read at once.
    ReadPaused,
    /// All that arrived has been read.
    CaughtUp,
    /// The deadline of [`Output::Wait`] has passed. Harmless when it has not.
    Timeout,
    /// Nothing will be sent any more.
    Close,
}

/// Something to do, in the order handed out.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Output {
    /// Hand what was just seen to these. Comes at most once, before all else.
    Deliver(Vec<HandleId>),
    /// Send this when the send limit allows.
    Submit { id: CommandId, json: String },
    /// Send it no more, if it has not been sent yet.
    Withdraw(CommandId),
    /// Tell the caller how far it is.
    State {
        handle: HandleId,
        state: RequestState,
    },
    /// The request is over. Its handle is not named again.
    Finish {
        handle: HandleId,
        end: Result<(), RequestErrorKind>,
    },
    /// Nothing more to do until an input, or this time.
    Wait(Option<Instant>),
}

/// The requests of one shard.
///
/// Contract: feed one [`Input`], then drain [`poll_output`](Self::poll_output) until it answers
/// [`Output::Wait`]. Each handle that asks is named by exactly one [`Output::Finish`], unless it is
/// forgotten before.
#[derive(Debug)]
pub(super) struct Scheduler {
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
    pub(super) fn new(policy: RequestPolicy, lifetime: Duration, seed: u64) -> Self {
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
    pub(super) fn is_open(&self) -> bool {
        !self.asks.is_empty()
    }

    /// Whether another request can be taken.
    pub(super) fn has_room(&self) -> bool {
        self.asks.len() < self.policy.open_requests
    }

    /// Whether a command is a request's.
    pub(super) const fn is_request(id: CommandId) -> bool {
        id.0 & MARK != 0
    }

    pub(super) fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        match input {
            // These come with every event, and make nothing happen before the deadline.
            Input::ReadPaused => return self.hearing.read_paused(),
            Input::CaughtUp => return self.hearing.caught_up(),
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

    pub(super) fn poll_output(&mut self) -> Output {
        self.outputs
            .pop_front()
            .unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let quiet = self.quiet_since.map(|since| since + self.patience());
        [self.waiting, quiet].into_iter().flatten().min()
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

    fn seen(&mut self, now: Instant, sighting: &Sighting<'_>) {
        match sighting {
            Sighting::Chunk {
                nonce,
                index,
                count,
            } => self.chunk(now, nonce, *index, *count),
            Sighting::Sounds { guild } => self.sounds(now, *guild),
            Sighting::ChannelInfo { guild } => self.channel_info(now, *guild),
            Sighting::Limited {
                nonce,
                guild,
                retry_after,
            } => self.limited(now, nonce.as_deref(), *guild, *retry_after),
        }
    }

    fn chunk(&mut self, now: Instant, nonce: &str, index: u32, count: u32) {
        let asked = self
            .asks
            .iter_mut()
            .filter(|(_, ask)| ask.is_on_the_wire())
            .find(|(_, ask)| ask.body.nonce() == Some(nonce));
        let Some((id, ask)) = asked else {
            return;
        };
        let Missing::Chunks(chunks) = &mut ask.missing else {
            return;
        };
        let arrival = chunks.arrived(index, count);
        ask.stage = Stage::Answered { quiet_since: now };
        let (id, callers) = (*id, ask.callers.clone());
        if arrival != Arrival::Again {
            self.deliver(callers);
        }
        if arrival == Arrival::Last {
            self.end(now, id, Ok(()));
        }
    }

    fn sounds(&mut self, now: Instant, guild: Id<GuildMarker>) {
        let mut callers = Vec::new();
        let mut complete = Vec::new();
        for (id, ask) in &mut self.asks {
            if !ask.is_on_the_wire() {
                continue;
            }
            let Missing::Guilds(guilds) = &mut ask.missing else {
                continue;
            };
            if guilds.remove(&guild) {
                callers.extend_from_slice(&ask.callers);
                if guilds.is_empty() {
                    complete.push(*id);
                }
                ask.stage = Stage::Answered { quiet_since: now };
            }
        }
        if !callers.is_empty() {
            self.deliver(callers);
        }
        for id in complete {
            self.end(now, id, Ok(()));
        }
    }

    fn channel_info(&mut self, now: Instant, guild: Id<GuildMarker>) {
        let asked = self
            .asks
            .iter_mut()
            .filter(|(_, ask)| ask.is_on_the_wire())
            .find(|(_, ask)| matches!(ask.missing, Missing::Guild(missing) if missing == guild));
        if let Some((id, ask)) = asked {
            ask.stage = Stage::Answered { quiet_since: now };
            let (id, callers) = (*id, ask.callers.clone());
            self.deliver(callers);
            self.end(now, id, Ok(()));
        }
    }

    fn deliver(&mut self, callers: Vec<HandleId>) {
        for handle in &callers {
            if let Some(caller) = self.callers.get_mut(handle) {
                caller.has_received = true;
            }
        }
        self.touched.extend_from_slice(&callers);
        self.outputs.push_back(Output::Deliver(callers));
    }

    fn limited(
        &mut self,
        now: Instant,
        nonce: Option<&str>,
        guild: Option<Id<GuildMarker>>,
        retry_after: Duration,
    ) {
        let is_meant = |ask: &Ask| match nonce {
            Some(_) => ask.body.nonce() == nonce,
            // Full lists are what the limit is for.
            None => guild.is_some_and(|guild| ask.body.turn() == Some(Turn::FullList(guild))),
        };
        let asked = self.asks.iter_mut().find_map(|(id, ask)| match ask.stage {
            Stage::Sent { quiet_since: sent } if is_meant(ask) => Some((*id, ask, sent)),
            _ => None,
        });
        let Some((id, ask, sent)) = asked else {
            return;
        };
        // What no clock can count ends the request below.
        let until = now + retry_after.min(LONGEST_HOLD);
        if let Some(turn @ Turn::FullList(_)) = ask.body.turn() {
            self.turns.hold_back(turn, sent + turns::INTERVAL, until);
        }
        if ask.resends_left == 0 || retry_after > self.policy.longest_wait {
            let kind = RequestErrorKind::RateLimited { retry_after };
            return self.end(now, id, Err(kind));
        }
        ask.resends_left -= 1;
        ask.stage = Stage::Waiting {
            not_before: Some(until),
            expires: until + self.lifetime,
        };
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

    fn timeout(&mut self, now: Instant) {
        let patience = self.patience();
        let mut over = Vec::new();
        for (id, ask) in &self.asks {
            if let Some(since) = ask.quiet_since().map(|since| self.hearing.since(since))
                && since + patience <= now
            {
                let waited = now.duration_since(since);
                over.push((*id, RequestErrorKind::Silent { waited }));
            }
            if ask.expires().is_some_and(|expires| expires <= now) {
                let outcome = CommandOutcome::Expired;
                over.push((*id, RequestErrorKind::NotSent(outcome)));
            }
        }
        for (id, kind) in over {
            self.end(now, id, Err(kind));
        }
    }

    fn forget(&mut self, now: Instant, handle: HandleId) {
        self.outputs.retain(|output| match output {
            Output::State { handle: named, .. } | Output::Finish { handle: named, .. } => {
                *named != handle
            }
            _ => true,
        });
        if let Some(caller) = self.callers.remove(&handle) {
            self.leave(now, handle, &caller);
        }
    }

    /// The ask is over for everybody.
    fn end(&mut self, now: Instant, id: AskId, end: Result<(), RequestErrorKind>) {
        let Some(ask) = self.asks.remove(&id) else {
            return;
        };
        self.settle(now, id, &ask);
        for handle in ask.callers {
            let Some(caller) = self.callers.get_mut(&handle) else {
                continue;
            };
            caller.asks.retain(|asked| *asked != id);
            if end.is_err() || caller.asks.is_empty() {
                self.finish(now, handle, end);
            }
        }
    }

    /// The request is over for one caller.
    fn finish(&mut self, now: Instant, handle: HandleId, end: Result<(), RequestErrorKind>) {
        if let Some(caller) = self.callers.remove(&handle) {
            self.leave(now, handle, &caller);
            self.outputs.push_back(Output::Finish { handle, end });
        }
    }

    /// Gives up what nobody else asks.
    fn leave(&mut self, now: Instant, handle: HandleId, caller: &Caller) {
        for id in &caller.asks {
            let Some(ask) = self.asks.get_mut(id) else {
                continue;
            };
            ask.callers.retain(|asking| *asking != handle);
            if ask.callers.is_empty()
                && let Some(ask) = self.asks.remove(id)
            {
                self.settle(now, *id, &ask);
            }
        }
    }

    /// Puts in order what an ask that is gone has left behind.
    fn settle(&mut self, now: Instant, id: AskId, ask: &Ask) {
        let turn = ask.body.turn();
        match (ask.stage, turn) {
            (Stage::InLane { .. }, _) => {
                self.in_lane -= 1;
                self.outputs.push_back(Output::Withdraw(id.command()));
                if let Some(turn) = turn {
                    self.turns.release(turn);
                }
            }
            // Its answer may still come, and is not the next one's.
            (Stage::Sent { .. }, Some(turn @ Turn::ChannelInfo(_))) => {
                self.turns.hold(turn, now + self.policy.silence);
            }
            // The turn of a full list may be the next one's already.
            (Stage::Answered { .. }, Some(turn @ Turn::ChannelInfo(_))) => self.turns.release(turn),
            _ => {}
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
    pub(super) fn remembered(&self) -> usize {
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
