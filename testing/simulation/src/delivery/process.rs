//! One process: a shard that reads into a buffer, and handlers.

use super::{
    World,
    gateway::Event,
    items::{Buffered, Report, Taken, cursor, event, lost_event},
};
use crate::bug::Bug;
use gloaming_machine::delivery::{
    AckOutcome, Cursor, DeliveryKind, DeliveryOutcome, DeliveryTracker, Lane, Ticket,
};
use gloaming_test_support::Random;
use std::{
    collections::{BTreeSet, VecDeque},
    num::NonZeroUsize,
};

/// How many items the buffer has room for.
const BUFFER: usize = 16;

pub(super) struct Process {
    pub(super) tracker: DeliveryTracker,
    /// The last event that the shard has received.
    pub(super) received: Event,
    pub(super) buffer: VecDeque<Buffered>,
    pub(super) overtaking: VecDeque<Buffered>,
    pub(super) taken: Option<Taken>,
    pub(super) running: Vec<(Taken, Option<Ticket>)>,
    /// The last event of a lost session, while the report is not in the buffer yet. The next session begins after it.
    pub(super) report: Option<Event>,
    pub(super) report_kind: DeliveryKind,
    /// Received and wanted, but not handled.
    pub(super) unhandled: BTreeSet<Event>,
    pub(super) handled: BTreeSet<Event>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Handlers {
    Succeed,
    MayFail,
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
            report: None,
            report_kind: match world.bug {
                Some(Bug::LossReportCounts) => DeliveryKind::Other,
                _ => DeliveryKind::Loss,
            },
            unhandled: BTreeSet::new(),
            handled: BTreeSet::new(),
        };
        let Some(stored) = world.stored.clone() else {
            process.begin_session(world);
            return process;
        };
        if let Some(loss) = &stored.loss {
            if world.bug != Some(Bug::RestoredLossForgotten) {
                process.tracker.restore_loss(loss);
            }
            if let Some(after) = lost_event(loss) {
                let current = stored.at.map(|at| at.session);
                let until = current.unwrap_or_else(|| world.gateway.next());
                process.push(Buffered::Report(Report { after, until }));
            }
        }
        match stored.at {
            Some(at) => {
                process.received = at;
                process.tracker.advance(cursor(at));
                if Some(at.session) != world.gateway.current() {
                    process.lose_session(world);
                }
            }
            None => process.begin_session(world),
        }
        process
    }

    /// Adds an item that is no event.
    fn push(&mut self, item: Buffered) {
        let at = self.tracker.received().clone();
        let kind = self.kind(item);
        self.tracker.buffer(Lane::Ordered, kind, at);
        if kind == DeliveryKind::Other && matches!(item, Buffered::Report(_)) {
            self.tracker.no_more_reports();
        }
        self.buffer.push_back(item);
    }

    const fn kind(&self, item: Buffered) -> DeliveryKind {
        match item {
            Buffered::Event(_) => DeliveryKind::Event,
            Buffered::Report(_) => self.report_kind,
            Buffered::Other(_) => DeliveryKind::Other,
        }
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
            0 => self.read(world),
            1 => self.take(random, world)?,
            _ => self.finish(random, world, handlers)?,
        }
        Ok(())
    }

    /// The shard goes on, if the buffer has room.
    fn read(&mut self, world: &mut World) {
        if self.buffer.len() + self.overtaking.len() >= BUFFER {
            return;
        }
        if let Some(after) = self.report.take() {
            let until = world.gateway.next();
            self.push(Buffered::Report(Report { after, until }));
            self.begin_session(world);
            return;
        }
        let next = Event {
            sequence: self.received.sequence + 1,
            ..self.received
        };
        if next.sequence <= world.gateway.last_sequence(next.session) {
            self.receive(next);
        }
    }

    /// The consumer comes back, which handles what it took, and takes another item.
    fn take(&mut self, random: &mut Random, world: &mut World) -> Result<(), String> {
        self.tracker.acknowledge_taken();
        if let Some(taken) = self.taken.take() {
            self.finished(taken, world)?;
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
        if let Some(taken) = Taken::of(item) {
            if world.bug == Some(Bug::TakenCounts) {
                self.tracker.acknowledge_taken();
            }
            match random.once_in(2) {
                true => self.running.push((taken, self.tracker.hold())),
                false => self.taken = Some(taken),
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
        let (lane, position) = match item {
            Buffered::Event(event) => (event.lane(), cursor(event)),
            Buffered::Other(event) => (Lane::Ordered, cursor(event)),
            Buffered::Report(_) => (Lane::Ordered, Cursor::default()),
        };
        self.tracker.deliver(lane, self.kind(item), position)
    }

    fn finished(&mut self, taken: Taken, world: &mut World) -> Result<(), String> {
        match taken {
            Taken::Event(event) => self.handled(event, world),
            Taken::Report(Report { after, until }) => {
                world.handled.report_gap(after, until);
                Ok(())
            }
        }
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
        let (taken, ticket) = self.running.swap_remove(nth);
        if fails {
            if let Some(ticket) = ticket {
                match world.bug {
                    Some(Bug::DroppedCounts) => _ = self.tracker.acknowledge(ticket),
                    _ => self.tracker.abandon(ticket),
                }
            }
            match taken {
                // The application dropped an event that no resume brings again.
                Taken::Event(event) if self.is_lost(event) => {
                    world.handled.give_up(event);
                    self.unhandled.remove(&event);
                }
                Taken::Event(_) => {}
                // It was told.
                Taken::Report(_) => self.finished(taken, world)?,
            }
            return Ok(());
        }
        self.finished(taken, world)?;
        match ticket.map(|ticket| self.tracker.acknowledge(ticket)) {
            Some(AckOutcome::Stale) => Err(format!("the ticket of {taken:?} is stale")),
            _ => Ok(()),
        }
    }

    /// The task of the shard panics, and the next one goes on with the same buffer.
    pub(super) fn crash_task(&mut self, world: &World) {
        if self.report.is_some() {
            return;
        }
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
        if self.report.is_some() {
            return;
        }
        debug_assert!(self.received.sequence <= world.gateway.last_sequence(self.received.session));
        let at = cursor(self.received);
        self.tracker.buffer(Lane::Ordered, DeliveryKind::Other, at);
        self.buffer.push_back(Buffered::Other(self.received));
    }

    /// The gateway loses the session. The shard identifies once the report is in the buffer.
    pub(super) fn lose_session(&mut self, world: &mut World) {
        if self.report.is_none() {
            self.drop_failed(world);
            self.tracker.advance(Cursor::default());
            self.report = Some(self.received);
        }
    }

    /// Whether no resume brings the event again.
    fn is_lost(&self, event: Event) -> bool {
        event.session != self.received.session || self.report.is_some()
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
                Buffered::Report(_) | Buffered::Other(_) => None,
            });
        let taken = self.running.iter().map(|(taken, _)| *taken);
        let taken = taken.chain(self.taken).filter_map(|taken| match taken {
            Taken::Event(event) => Some(event),
            Taken::Report(_) => None,
        });
        buffered.chain(taken).collect()
    }

    pub(super) fn checkpoint(&mut self, world: &mut World) -> Result<(), String> {
        self.store(world);
        let Some(at) = world.stored.as_ref().and_then(|stored| stored.at) else {
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
                session: at.session,
                sequence,
            };
            sequence > 1 && !event.is_filtered() && event.lane() == Lane::Ordered
        };
        if let Some(again) = (at.sequence + 1..=last).find(|next| is_wanted(*next)) {
            return Err(format!(
                "{at:?} is stored, and {again} of the session is handled"
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
            _ => self.tracker.unhandled_loss(),
        };
        world.store(acknowledged, loss);
    }

    /// Closes the shard in order: handlers that run may finish, and nothing is handled twice.
    pub(super) fn shut_down(
        &mut self,
        random: &mut Random,
        world: &mut World,
    ) -> Result<(), String> {
        // What was taken counts as handled.
        if let Some(taken) = self.taken.take() {
            self.finished(taken, world)?;
        }
        _ = self.tracker.freeze();
        while let Some(item) = self.pop() {
            let outcome = self.deliver(item);
            let is_handled =
                outcome == DeliveryOutcome::Delivered || world.bug == Some(Bug::FreezeIgnored);
            // It counts as handled once the next one is taken, and the last one at the end.
            if let Some(taken) = Taken::of(item)
                && is_handled
            {
                self.finished(taken, world)?;
            }
        }
        while !self.running.is_empty() && !random.once_in(20) {
            self.finish(random, world, Handlers::Succeed)?;
        }
        let at = event(&self.tracker.freeze());
        world.store(at, self.tracker.unhandled_loss());
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
}
