//! One process: a shard that reads into a buffer, and handlers.

use super::{
    World,
    gateway::{Event, SessionNumber},
};
use crate::bug::Bug;
use gloaming_machine::{
    Session,
    delivery::{AckOutcome, Cursor, DeliveryKind, DeliveryOutcome, DeliveryTracker, Lane, Ticket},
};
use gloaming_test_support::Random;
use std::{
    collections::{BTreeSet, VecDeque},
    num::NonZeroUsize,
};

/// How many items the buffer has room for.
const BUFFER: usize = 16;

/// A checkpoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    /// Where to resume.
    at: Event,
    /// A lost session of which not all events are handled.
    loss: Option<Event>,
}

pub(super) struct Process {
    tracker: DeliveryTracker,
    /// The last event that the shard has received.
    received: Event,
    buffer: VecDeque<Buffered>,
    overtaking: VecDeque<Buffered>,
    taken: Option<Event>,
    running: Vec<(Event, Option<Ticket>)>,
    /// Received and wanted, but not handled.
    unhandled: BTreeSet<Event>,
    handled: BTreeSet<Event>,
}

#[derive(Clone, Copy, Debug)]
enum Buffered {
    Event(Event),
    /// A change of the connection, at this position.
    Other(Event),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Handlers {
    Succeed,
    MayFail,
}

fn cursor(event: Event) -> Cursor {
    let session = Session::new(event.sequence, event.session.to_string());
    Cursor::of(Some(&session), &Cursor::default())
}

fn event(cursor: &Cursor) -> Option<Event> {
    Some(Event {
        session: cursor.session_id()?.parse().ok()?,
        sequence: cursor.sequence()?,
    })
}

impl Process {
    /// Resumes what is stored, or identifies.
    pub(super) fn start(world: &mut World, random: &mut Random) -> Self {
        let mut tracker = DeliveryTracker::new();
        tracker.set_max_held(NonZeroUsize::MIN.saturating_add(random.below(12)));
        let mut process = Self {
            tracker,
            received: Event {
                session: 0,
                sequence: 0,
            },
            buffer: VecDeque::new(),
            overtaking: VecDeque::new(),
            taken: None,
            running: Vec::new(),
            unhandled: BTreeSet::new(),
            handled: BTreeSet::new(),
        };
        match world.stored {
            Some(stored) => {
                if let Some(loss) = stored.loss {
                    world.handled.report_gap(loss, stored.at.session);
                }
                process.received = stored.at;
                if Some(stored.at.session) == world.gateway.current() {
                    process.tracker.advance(cursor(stored.at));
                } else {
                    process.begin_session(world);
                    world
                        .handled
                        .report_gap(stored.at, process.received.session);
                }
            }
            None => process.begin_session(world),
        }
        process
    }

    fn begin_session(&mut self, world: &mut World) {
        let session = world.gateway.identify();
        self.receive(Event {
            session,
            sequence: 1,
        });
        // What a process receives right after it began is stored at once.
        if world.stored.is_none() {
            self.store(world);
        }
    }

    fn receive(&mut self, event: Event) {
        self.received = event;
        if event.is_filtered() {
            self.tracker.advance(cursor(event));
            return;
        }
        let lane = event.lane();
        self.tracker
            .buffer(lane, DeliveryKind::Event, cursor(event));
        match lane {
            Lane::Ordered => self.buffer.push_back(Buffered::Event(event)),
            Lane::Overtaking => self.overtaking.push_back(Buffered::Event(event)),
        }
        if event.sequence > 1 {
            self.unhandled.insert(event);
        }
    }

    pub(super) fn step(
        &mut self,
        random: &mut Random,
        world: &mut World,
        handlers: Handlers,
    ) -> Result<(), String> {
        match random.below(3) {
            0 => {
                let next = Event {
                    sequence: self.received.sequence + 1,
                    ..self.received
                };
                if self.buffer.len() + self.overtaking.len() < BUFFER
                    && next.sequence <= world.gateway.last_sequence(next.session)
                {
                    self.receive(next);
                }
            }
            1 => self.take(random, world)?,
            _ => self.finish(random, world, handlers)?,
        }
        Ok(())
    }

    /// The consumer comes back, which handles what it took, and takes another item.
    fn take(&mut self, random: &mut Random, world: &mut World) -> Result<(), String> {
        self.tracker.acknowledge_taken();
        if let Some(event) = self.taken.take() {
            self.handled(event, world)?;
        }
        if !self.tracker.may_deliver() {
            return Ok(());
        }
        let Some(item) = self.pop() else {
            return Ok(());
        };
        match self.deliver(item) {
            DeliveryOutcome::Withheld => return Err(format!("{item:?} is withheld")),
            DeliveryOutcome::Delivered => {}
        }
        if let Buffered::Event(event) = item {
            if world.bug == Some(Bug::TakenCounts) {
                self.tracker.acknowledge_taken();
            }
            match random.once_in(2) {
                true => self.running.push((event, self.tracker.hold())),
                false => self.taken = Some(event),
            }
        }
        Ok(())
    }

    fn pop(&mut self) -> Option<Buffered> {
        self.overtaking
            .pop_front()
            .or_else(|| self.buffer.pop_front())
    }

    fn deliver(&mut self, item: Buffered) -> DeliveryOutcome {
        let (lane, kind, position) = match item {
            Buffered::Event(event) => (event.lane(), DeliveryKind::Event, event),
            Buffered::Other(event) => (Lane::Ordered, DeliveryKind::Other, event),
        };
        self.tracker.deliver(lane, kind, cursor(position))
    }

    fn handled(&mut self, event: Event, world: &mut World) -> Result<(), String> {
        world.handled.insert(event);
        self.unhandled.remove(&event);
        match self.handled.insert(event) {
            true => Ok(()),
            false => Err(format!("one process handled {event:?} twice")),
        }
    }

    /// A handler ends.
    fn finish(
        &mut self,
        random: &mut Random,
        world: &mut World,
        handlers: Handlers,
    ) -> Result<(), String> {
        if self.running.is_empty() {
            return Ok(());
        }
        let nth = random.below(self.running.len());
        let fails = handlers == Handlers::MayFail && random.once_in(60);
        let (event, ticket) = self.running.swap_remove(nth);
        if fails {
            if let Some(ticket) = ticket {
                match world.bug {
                    Some(Bug::DroppedCounts) => _ = self.tracker.acknowledge(ticket),
                    _ => self.tracker.abandon(ticket),
                }
            }
            if event.session != self.received.session {
                // The application dropped an event that no resume brings again.
                world.handled.give_up(event);
                self.unhandled.remove(&event);
            }
            return Ok(());
        }
        self.handled(event, world)?;
        match ticket.map(|ticket| self.tracker.acknowledge(ticket)) {
            Some(AckOutcome::Stale) => Err(format!("the ticket of {event:?} is stale")),
            _ => Ok(()),
        }
    }

    /// The task of the shard panics, and the next one goes on with the same buffer.
    pub(super) fn crash_task(&mut self, world: &World) {
        if world.bug == Some(Bug::TaskResumesAcknowledged)
            && let Some(at) = event(&self.tracker.acknowledged())
        {
            self.received = at;
        }
        self.buffer.push_back(Buffered::Other(self.received));
        let at = cursor(self.received);
        self.tracker
            .buffer(Lane::Ordered, DeliveryKind::Other, at.clone());
        self.tracker.advance(at);
    }

    /// The connection is lost, and the session resumed.
    pub(super) fn reconnect(&mut self, world: &World) {
        debug_assert!(self.received.sequence <= world.gateway.last_sequence(self.received.session));
        let at = cursor(self.received);
        self.tracker.buffer(Lane::Ordered, DeliveryKind::Other, at);
        self.buffer.push_back(Buffered::Other(self.received));
    }

    /// The gateway loses the session, and the shard identifies.
    pub(super) fn lose_session(&mut self, world: &mut World) {
        let last = self.received;
        self.drop_failed(world);
        self.begin_session(world);
        world.handled.report_gap(last, self.received.session);
    }

    /// The application dropped events that no resume brings again any more.
    fn drop_failed(&mut self, world: &mut World) {
        let session = self.received.session;
        let pending = self.pending();
        let dropped: Vec<_> = self
            .unhandled
            .iter()
            .filter(|event| event.session == session && !pending.contains(event))
            .copied()
            .collect();
        for event in dropped {
            world.handled.give_up(event);
            self.unhandled.remove(&event);
        }
    }

    /// The events that can still be handled.
    fn pending(&self) -> BTreeSet<Event> {
        let buffered = self
            .buffer
            .iter()
            .chain(&self.overtaking)
            .filter_map(|item| match item {
                Buffered::Event(event) => Some(*event),
                Buffered::Other(_) => None,
            });
        let running = self.running.iter().map(|(event, _)| *event);
        buffered.chain(running).chain(self.taken).collect()
    }

    pub(super) fn checkpoint(&mut self, world: &mut World) -> Result<(), String> {
        self.store(world);
        let Some(stored) = world.stored else {
            return Ok(());
        };
        // Nothing that is handled by now may be handled again, if all events before it are.
        let first = self
            .unhandled
            .iter()
            .find(|event| event.session == self.received.session);
        let last = first.map_or(self.received.sequence, |first| first.sequence - 1);
        let is_wanted = |sequence: u64| {
            let event = Event {
                session: stored.at.session,
                sequence,
            };
            sequence > 1 && !event.is_filtered() && event.lane() == Lane::Ordered
        };
        if let Some(again) = (stored.at.sequence + 1..=last).find(|next| is_wanted(*next)) {
            return Err(format!(
                "{:?} is stored, and {again} of the session is handled",
                stored.at
            ));
        }
        Ok(())
    }

    fn store(&self, world: &mut World) {
        let acknowledged = match world.bug {
            Some(Bug::ReceivedStored) => event(self.tracker.received()),
            Some(Bug::NewestStored) => self
                .handled
                .last()
                .copied()
                .filter(|newest| newest.session == self.received.session)
                .or_else(|| event(&self.tracker.acknowledged())),
            Some(Bug::PositionOfLostSession) => {
                event(self.tracker.delivered()).map(|delivered| Event {
                    session: self.received.session,
                    ..delivered
                })
            }
            _ => event(&self.tracker.acknowledged()),
        };
        let loss = match world.bug {
            Some(Bug::LossNotStored) => None,
            _ => self.tracker.unhandled_loss().and_then(event),
        };
        world.stored = acknowledged.map(|at| Position { at, loss });
    }

    /// Closes the shard in order: handlers that run may finish, and nothing is handled twice.
    pub(super) fn shut_down(
        &mut self,
        random: &mut Random,
        world: &mut World,
    ) -> Result<(), String> {
        // What was taken counts as handled.
        if let Some(event) = self.taken.take() {
            self.handled(event, world)?;
        }
        _ = self.tracker.freeze();
        while let Some(item) = self.pop() {
            let outcome = self.deliver(item);
            let is_handled =
                outcome == DeliveryOutcome::Delivered || world.bug == Some(Bug::FreezeIgnored);
            if let Buffered::Event(event) = item
                && is_handled
            {
                self.handled(event, world)?;
            }
        }
        while !self.running.is_empty() && !random.once_in(20) {
            self.finish(random, world, Handlers::Succeed)?;
        }
        let at = event(&self.tracker.freeze());
        let loss = self.tracker.unhandled_loss().and_then(event);
        world.stored = at.map(|at| Position { at, loss });
        let Some(at) = at else {
            return Ok(());
        };
        let again = self
            .handled
            .iter()
            .filter(|event| event.lane() == Lane::Ordered)
            .find(|event| event.session == at.session && **event > at);
        match again {
            // If no handler dropped its event or is running, nothing holds the position back.
            Some(event) if self.running.is_empty() && self.tracker.held_events() == 0 => {
                Err(format!("{event:?} will be handled twice"))
            }
            _ => Ok(()),
        }
    }

    /// Checks the positions.
    pub(super) fn check(&self, world: &World) -> Result<(), String> {
        let held = self.tracker.held_events();
        if held > self.tracker.max_held().get() + 1 {
            return Err(format!("{held} events are held"));
        }
        let session: SessionNumber = self.received.session;
        let Some(stored) = world.stored else {
            return Ok(());
        };
        let passed = |event: &&Event| {
            event.session == session
                && stored.at.session == session
                && event.sequence <= stored.at.sequence
        };
        match self.unhandled.iter().find(passed) {
            Some(event) => Err(format!(
                "{stored:?} is past {event:?}, which is not handled"
            )),
            None => Ok(()),
        }
    }

    pub(super) fn is_idle(&self, world: &World) -> bool {
        self.unhandled.is_empty()
            && self.received.sequence == world.gateway.last_sequence(self.received.session)
    }
}
