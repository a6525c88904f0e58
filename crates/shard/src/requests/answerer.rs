//! The shard's side: the scheduler, and the lines on which its callers wait.

use super::{
    asker::{Asker, NewRequest, Taker},
    error::RequestError,
    handles::GuildAnswer,
    line::{Dropped, Given},
};
use crate::machine::{CommandId, CommandOutcome, Lifecycle};
use gloaming_machine::requests::{
    HandleId, Input, Output, RequestErrorKind, RequestPolicy, RequestState, Scheduler, Sighting,
};
use gloaming_protocol::{Decoded, Event, Intents, JsonParser, OwnedPayload, Payload, decode_event};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use twilight_model::gateway::payload::incoming::MemberChunk;

/// What the shard needs to know to answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) intents: Intents,
    pub(crate) policy: RequestPolicy,
    /// How long what is asked may wait to be sent.
    pub(crate) lifetime: Duration,
    pub(crate) parser: JsonParser,
    pub(crate) seed: u64,
    /// Requests that may wait to be looked at.
    pub(crate) bound: usize,
}

/// Something for the machine.
#[derive(Debug)]
pub(crate) enum Order {
    Submit { id: CommandId, json: String },
    Withdraw(CommandId),
}

/// Whether a payload may have changed what is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Interest {
    Some,
    None,
}

/// Answers what is asked of a shard.
#[derive(Debug)]
pub(crate) struct Answerer {
    scheduler: Scheduler,
    asks: mpsc::Receiver<NewRequest>,
    takers: HashMap<HandleId, Taker>,
    orders: VecDeque<Order>,
    dropped: Dropped,
    parser: JsonParser,
    handles: u64,
    room: Room,
}

/// Whether a caller can be given more before it takes what it has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Room {
    Some,
    None,
}

/// Both sides of a shard's requests.
pub(crate) fn requests(terms: Terms) -> (Asker, Answerer) {
    let (sender, asks) = mpsc::channel(terms.bound.max(1));
    let dropped = Dropped::default();
    let asker = Asker {
        asks: sender,
        intents: terms.intents,
        policy: terms.policy,
        dropped: dropped.clone(),
    };
    let answerer = Answerer {
        scheduler: Scheduler::new(terms.policy, terms.lifetime, terms.seed),
        asks,
        takers: HashMap::new(),
        orders: VecDeque::new(),
        dropped,
        parser: terms.parser,
        handles: 0,
        room: Room::Some,
    };
    (asker, answerer)
}

impl Answerer {
    /// Whether anything is waited for: if not, no payload needs to be looked at.
    pub(crate) fn is_open(&self) -> bool {
        self.scheduler.is_open()
    }

    /// Whether callers have come or gone.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.asks.is_empty() || (self.is_open() && self.dropped.load(Ordering::Relaxed))
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.scheduler.deadline()
    }

    /// Whether a command is a request's.
    pub(crate) const fn is_request(id: CommandId) -> bool {
        Scheduler::is_request(id)
    }

    /// The next thing for the machine to do; looks after callers that have come or gone.
    pub(crate) fn poll_order(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<Order> {
        if self.dropped.swap(false, Ordering::Acquire) {
            self.forget_the_gone(now);
        }
        while self.scheduler.has_room()
            && let Poll::Ready(Some(NewRequest { bodies, taker })) = self.asks.poll_recv(cx)
        {
            if taker.is_forgotten() {
                continue;
            }
            self.handles += 1;
            let handle = HandleId(self.handles);
            self.takers.insert(handle, taker);
            self.feed(now, Input::Ask { handle, bodies });
        }
        match self.orders.pop_front() {
            Some(order) => Poll::Ready(order),
            None => Poll::Pending,
        }
    }

    pub(crate) fn outcome(&mut self, now: Instant, id: CommandId, outcome: CommandOutcome) {
        self.feed(now, Input::Outcome { id, outcome });
    }

    /// What happens to the connection happens to what was asked on it.
    pub(crate) fn follow(&mut self, now: Instant, event: &Lifecycle) {
        match event {
            Lifecycle::Ready { .. } => self.feed(now, Input::SessionReplaced),
            Lifecycle::Resumed { .. } => self.feed(now, Input::Resumed),
            Lifecycle::Disconnected { .. } => self.feed(now, Input::Disconnected),
            _ => {}
        }
    }

    pub(crate) fn read_paused(&mut self, now: Instant) {
        self.scheduler.handle_input(now, Input::ReadPaused);
    }

    /// How many requests are among the machine's commands.
    pub(crate) const fn in_lane(&self) -> usize {
        self.scheduler.in_lane()
    }

    pub(crate) fn caught_up(&mut self, now: Instant) {
        self.scheduler.handle_input(now, Input::CaughtUp);
    }

    pub(crate) fn timeout(&mut self, now: Instant) {
        self.feed(now, Input::Timeout);
    }

    /// Ends all that is asked.
    pub(crate) fn close(&mut self, now: Instant) {
        self.asks.close();
        self.feed(now, Input::Close);
        self.orders.clear();
        while let Ok(new) = self.asks.try_recv() {
            let end = Err(RequestError::new(RequestErrorKind::Closed));
            new.taker.end(end);
        }
    }

    /// Hands a payload to those who wait for it.
    pub(crate) fn look(&mut self, now: Instant, payload: &Payload<'_>) -> Interest {
        let Some(sighting) = Sighting::of(payload) else {
            return Interest::None;
        };
        self.scheduler.handle_input(now, Input::Seen(&sighting));
        let gone = self.drain(Some(payload));
        for handle in gone {
            self.feed(now, Input::Forget(handle));
        }
        Interest::Some
    }

    /// Whether it is the turn of a caller that can be given no more; told once.
    pub(crate) fn leaves_turn(&mut self) -> bool {
        std::mem::replace(&mut self.room, Room::Some) == Room::None
    }

    fn forget_the_gone(&mut self, now: Instant) {
        let gone: Vec<_> = self
            .takers
            .iter()
            .filter(|(_, taker)| taker.is_forgotten())
            .map(|(handle, _)| *handle)
            .collect();
        for handle in gone {
            self.takers.remove(&handle);
            self.feed(now, Input::Forget(handle));
        }
    }

    fn feed(&mut self, now: Instant, input: Input<'_>) {
        self.scheduler.handle_input(now, input);
        self.drain(None);
    }

    /// Does what the scheduler says; gives those who can't be answered any more.
    fn drain(&mut self, payload: Option<&Payload<'_>>) -> Vec<HandleId> {
        let mut gone = Vec::new();
        loop {
            match self.scheduler.poll_output() {
                Output::Deliver(handles) => {
                    if let Some(payload) = payload {
                        gone = self.deliver(payload, &handles);
                    }
                }
                Output::Submit { id, json } => self.orders.push_back(Order::Submit { id, json }),
                Output::Withdraw(id) => self.orders.push_back(Order::Withdraw(id)),
                Output::State { handle, state } => {
                    if let Some(taker) = self.takers.get(&handle) {
                        taker.tell(state);
                    }
                }
                Output::Finish { handle, end } => {
                    if let Some(taker) = self.takers.remove(&handle) {
                        taker.end(end.map_err(RequestError::new));
                    }
                }
                Output::Wait(_) => return gone,
            }
        }
    }

    fn deliver(&mut self, payload: &Payload<'_>, handles: &[HandleId]) -> Vec<HandleId> {
        let answer = match self.read(payload) {
            Ok(answer) => answer,
            Err(error) => {
                for handle in handles {
                    if let Some(taker) = self.takers.remove(handle) {
                        taker.end(Err(error.clone()));
                    }
                }
                return handles.to_vec();
            }
        };
        let mut gone = Vec::new();
        let mut answer = Some(answer);
        for (place, handle) in handles.iter().enumerate() {
            let Some(taker) = self.takers.get(handle) else {
                continue;
            };
            // The last one gets it without a copy.
            let given = if place + 1 == handles.len() {
                answer.take()
            } else {
                answer.clone()
            };
            match given.map(|answer| taker.give(answer)) {
                Some(Given::Taken) | None => {}
                Some(Given::Filled) => self.room = Room::None,
                Some(Given::Overrun) => {
                    gone.push(*handle);
                    if let Some(taker) = self.takers.remove(handle) {
                        taker.end(Err(RequestError::new(RequestErrorKind::Overrun)));
                    }
                }
                Some(Given::Forgotten) => {
                    gone.push(*handle);
                    self.takers.remove(handle);
                }
            }
        }
        gone
    }

    fn read(&self, payload: &Payload<'_>) -> Result<Answer, RequestError> {
        if payload.kind() != Some(gloaming_protocol::DispatchKind::MemberChunk) {
            return Ok(Answer::Guild(payload.to_owned_payload()));
        }
        match decode_event(payload, self.parser) {
            Ok(Decoded::Event(Event::MemberChunk(chunk))) => Ok(Answer::Members(chunk)),
            Ok(_) => Ok(Answer::Guild(payload.to_owned_payload())),
            Err(error) => Err(RequestError::undecodable(Arc::new(error))),
        }
    }
}

/// Something to hand to all who asked for it.
#[derive(Clone, Debug)]
enum Answer {
    Members(MemberChunk),
    Guild(OwnedPayload),
}

impl Taker {
    fn give(&self, answer: Answer) -> Given {
        match (self, answer) {
            (Self::Members(giving), Answer::Members(chunk)) => giving.give(chunk),
            (Self::Guilds(giving), Answer::Guild(payload)) => match GuildAnswer::of(payload) {
                Some(answer) => giving.give(answer),
                None => Given::Taken,
            },
            // What is seen is of the kind that was asked for.
            _ => Given::Taken,
        }
    }

    fn tell(&self, state: RequestState) {
        match self {
            Self::Members(giving) => giving.tell(state),
            Self::Guilds(giving) => giving.tell(state),
        }
    }

    fn end(self, end: Result<(), RequestError>) {
        self.tell(RequestState::Ended);
        match self {
            Self::Members(giving) => giving.end(end),
            Self::Guilds(giving) => giving.end(end),
        }
    }

    fn is_forgotten(&self) -> bool {
        match self {
            Self::Members(giving) => giving.is_forgotten(),
            Self::Guilds(giving) => giving.is_forgotten(),
        }
    }
}
