//! Which checkpoints are saved, and when. Without IO or a clock.

use crate::{ApplicationState, Checkpoint, CheckpointPolicy};
use gloaming_protocol::ShardId;
use gloaming_shard::{Session, machine::delivery::UnhandledLoss};
use std::{
    mem,
    time::{Duration, Instant},
};

/// The longest wait after a failed save.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// The shortest time between two warnings about failed saves.
const WARNING_PERIOD: Duration = Duration::from_secs(60);

/// What a shard's session is at the moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Observed {
    /// The shard has not begun: what is stored still counts.
    Unknown,
    /// The session has ended for good.
    Ended,
    /// As of the last event that counts as handled.
    At(ResumePoint),
}

/// What a process that follows needs of a shard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ResumePoint {
    pub(crate) session: Option<Session>,
    pub(crate) loss: Option<UnhandledLoss>,
}

impl ResumePoint {
    fn of(checkpoint: &Checkpoint) -> Self {
        Self {
            session: checkpoint.session().cloned(),
            loss: checkpoint.unhandled_loss().cloned(),
        }
    }

    /// Returns this as a checkpoint, unless there is nothing to save.
    pub(crate) fn into_checkpoint(self, shard: ShardId) -> Option<Checkpoint> {
        match (self.session, self.loss) {
            (Some(session), None) => Some(Checkpoint::new(shard, session)),
            (Some(session), Some(loss)) => {
                Some(Checkpoint::new(shard, session).with_unhandled_loss(loss))
            }
            (None, Some(loss)) => Some(Checkpoint::without_session(shard, loss)),
            (None, None) => None,
        }
    }

    fn is_of_session(&self, session: Option<&Session>) -> bool {
        let id = self.session.as_ref().map(Session::id);
        id.is_some() && id == session.map(Session::id)
    }
}

/// What is to be saved at once.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Batch {
    pub(crate) saves: Vec<Checkpoint>,
    pub(crate) removals: Vec<ShardId>,
}

/// What is to be logged about a save.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Report {
    Nothing,
    /// Saves fail, so many in a row.
    Failing(u32),
    /// A save has succeeded after so many failed ones.
    Recovered(u32),
}

/// Decides what is saved next.
///
/// ```text
///             batch                    finished
///  waiting ───────────► saving ───────────────────► waiting, for the interval or longer after failures
/// ```
///
/// It compares the sessions of the shards with what the store has. While a batch is being saved, the shards in it are
/// uncertain: the store may have the old or the new checkpoint. A batch that has failed leaves them so, and they are in
/// the next one again.
#[derive(Debug)]
pub(crate) struct CheckpointSchedule {
    policy: CheckpointPolicy,
    shards: Vec<Record>,
    /// Those in the store that are of shards of another total.
    outdated: Vec<ShardId>,
    next: Instant,
    saving: Option<Saving>,
    failures: u32,
    warned: Option<Instant>,
    asking: Asking,
}

#[derive(Debug)]
struct Record {
    id: ShardId,
    membership: Membership,
    stored: Stored,
    /// Waits to be saved.
    provided: Option<Checkpoint>,
    /// What the last checkpoint had that was provided or loaded.
    last: Option<ResumePoint>,
}

/// Whether a shard is part of the cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Membership {
    Listed,
    /// What the store has of it stays as it is.
    Removed,
}

/// Whether the application is asked for the states of shards.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Asking {
    /// Not before this time.
    From(Instant),
    /// Those from this position on. The next round begins at that time.
    Position { position: usize, next: Instant },
}

/// What the store has of a shard.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Stored {
    Nothing,
    At(ResumePoint),
    Uncertain,
}

/// A batch on its way.
#[derive(Debug)]
struct Saving {
    /// What the store has if it succeeds, by position.
    shards: Vec<(usize, Stored)>,
    /// Those with a state, which are to be saved again if it fails.
    provided: Vec<(usize, Checkpoint)>,
    outdated: Vec<ShardId>,
}

impl CheckpointSchedule {
    /// Begins with these shards, and the checkpoints in the store.
    pub(crate) fn new(
        now: Instant,
        policy: CheckpointPolicy,
        shards: impl IntoIterator<Item = ShardId>,
        loaded: &[Checkpoint],
    ) -> Self {
        let record = |id| {
            let loaded = loaded.iter().find(|it| it.shard() == id);
            let loaded = loaded.map(ResumePoint::of);
            Record {
                id,
                membership: Membership::Listed,
                stored: loaded.clone().map_or(Stored::Nothing, Stored::At),
                provided: None,
                last: loaded,
            }
        };
        let shards: Vec<_> = shards.into_iter().map(record).collect();
        let total = shards.first().map(|shard| shard.id.total());
        let outdated = loaded.iter().map(Checkpoint::shard);
        let outdated = outdated.filter(|id| total.is_some_and(|total| id.total() != total));
        Self {
            policy,
            outdated: outdated.collect(),
            shards,
            next: now + policy.bounded_interval(),
            saving: None,
            failures: 0,
            warned: None,
            asking: Asking::From(now + policy.bounded_interval()),
        }
    }

    /// Adds a shard, and returns its position. One that was removed before returns to its position.
    ///
    /// `stored` is what the store has of it, if that is known. Otherwise it is uncertain for a shard that was removed before,
    /// since another process may have had it in between.
    pub(crate) fn add(&mut self, id: ShardId, stored: Option<&Checkpoint>) -> usize {
        let known = stored.map(ResumePoint::of);
        let position = self.shards.iter().position(|shard| shard.id == id);
        let before = position.map(|position| match self.policy.state {
            ApplicationState::None => Stored::Uncertain,
            // What was saved with a state is consistent, and the next state replaces it.
            ApplicationState::Provided => self.shards[position].stored.clone(),
        });
        let unknown = before.unwrap_or(Stored::Nothing);
        let record = Record {
            id,
            membership: Membership::Listed,
            stored: known.clone().map_or(unknown, Stored::At),
            provided: None,
            last: known,
        };
        let Some(position) = position else {
            self.shards.push(record);
            return self.shards.len() - 1;
        };
        self.shards[position] = record;
        if let Some(saving) = &mut self.saving {
            // What is on its way is of the time before.
            saving.shards.retain(|(other, _)| *other != position);
            saving.provided.retain(|(other, _)| *other != position);
        }
        position
    }

    /// Removes a shard, and returns its position. What the store has of it stays as it is, as another process may have
    /// the session now.
    pub(crate) fn remove(&mut self, id: ShardId) -> Option<usize> {
        let position = self.shards.iter().position(|shard| shard.id == id)?;
        let shard = &mut self.shards[position];
        shard.membership = Membership::Removed;
        shard.provided = None;
        shard.last = None;
        Some(position)
    }

    /// Replaces the shards by those of another total. What the store has of the former ones is outdated from now on: it is
    /// removed once all of the new ones are saved. They are due at once.
    pub(crate) fn replace(&mut self, now: Instant, shards: impl IntoIterator<Item = ShardId>) {
        let former = mem::take(&mut self.shards);
        let stored = former
            .iter()
            .filter(|shard| shard.stored != Stored::Nothing);
        self.outdated.extend(stored.map(|shard| shard.id));
        if let Some(saving) = &mut self.saving {
            // Their positions are those of the new shards.
            saving.shards.clear();
            saving.provided.clear();
        }
        for id in shards {
            self.add(id, None);
        }
        self.next = now;
        self.asking = Asking::From(now);
    }

    pub(crate) const fn policy(&self) -> &CheckpointPolicy {
        &self.policy
    }

    /// Returns the position of the next shard whose state the application is to provide: each once per interval, if it has a
    /// session, and that or its loss has changed.
    pub(crate) fn next_due(
        &mut self,
        now: Instant,
        mut point: impl FnMut(ShardId) -> Option<ResumePoint>,
    ) -> Option<usize> {
        if self.policy.state != ApplicationState::Provided {
            return None;
        }
        let (first, next) = match self.asking {
            Asking::From(time) if now < time => return None,
            Asking::From(_) => (0, now + self.policy.bounded_interval()),
            Asking::Position { position, next } => (position, next),
        };
        let mut rest = self.shards.iter().enumerate().skip(first);
        let due = rest.find(|(_, shard)| {
            let point = point(shard.id).filter(|point| point.session.is_some());
            point.is_some() && point != shard.last
        });
        let due = due.map(|(position, _)| position);
        self.asking = match due {
            Some(position) => Asking::Position {
                position: position + 1,
                next,
            },
            None => Asking::From(next),
        };
        due
    }

    /// Asks the application for the states of all shards that have changed, without waiting for the interval.
    pub(crate) fn ask_now(&mut self, now: Instant) {
        self.asking = Asking::From(now);
    }

    pub(crate) fn id(&self, position: usize) -> ShardId {
        self.shards[position].id
    }

    /// Takes a checkpoint with the state of the application, to be in the next batch.
    pub(crate) fn provide(&mut self, position: usize, checkpoint: Checkpoint) {
        let shard = &mut self.shards[position];
        shard.last = Some(ResumePoint::of(&checkpoint));
        shard.provided = Some(checkpoint);
    }

    /// Returns when to ask for the next batch.
    pub(crate) const fn next(&self) -> Instant {
        self.next
    }

    /// Returns what has changed since the last batch, if anything has. The next call follows once that is
    /// [finished](Self::finished).
    pub(crate) fn batch(
        &mut self,
        now: Instant,
        mut observe: impl FnMut(usize) -> Observed,
    ) -> Option<Batch> {
        let mut batch = Batch::default();
        let mut saving = Saving {
            shards: Vec::new(),
            provided: Vec::new(),
            outdated: Vec::new(),
        };
        for (position, shard) in self.shards.iter_mut().enumerate() {
            let Some(change) = shard.change(observe(position), self.policy.state) else {
                continue;
            };
            shard.stored = Stored::Uncertain;
            let after = match change {
                Change::Save(checkpoint) => {
                    let point = ResumePoint::of(&checkpoint);
                    if checkpoint.state().is_some() {
                        saving.provided.push((position, checkpoint.clone()));
                    }
                    batch.saves.push(checkpoint);
                    Stored::At(point)
                }
                Change::Remove => {
                    batch.removals.push(shard.id);
                    Stored::Nothing
                }
            };
            saving.shards.push((position, after));
        }
        let is_replaced = |shard: &Record| {
            shard.membership == Membership::Removed || !matches!(shard.stored, Stored::Nothing)
        };
        if !self.outdated.is_empty() && self.shards.iter().all(is_replaced) {
            // Until then, a process of the former total could still take over.
            saving.outdated = mem::take(&mut self.outdated);
            batch.removals.extend(&saving.outdated);
        }
        self.next = now + self.policy.bounded_interval();
        if batch.saves.is_empty() && batch.removals.is_empty() {
            return None;
        }
        self.saving = Some(saving);
        Some(batch)
    }

    /// Records that the last batch was saved.
    pub(crate) fn saved(&mut self) -> Report {
        let Some(saving) = self.saving.take() else {
            return Report::Nothing;
        };
        for (position, after) in saving.shards {
            self.shards[position].stored = after;
        }
        self.warned = None;
        match mem::take(&mut self.failures) {
            0 => Report::Nothing,
            failures => Report::Recovered(failures),
        }
    }

    /// Records that another process may have used the store, and that the shards are this one's again.
    pub(crate) fn taken_back(&mut self, now: Instant) {
        // What the other process has saved with a state is consistent, and the next state replaces it.
        if self.policy.state == ApplicationState::None {
            for shard in &mut self.shards {
                shard.stored = Stored::Uncertain;
            }
        }
        self.next = now;
    }

    /// Records that the last batch was not saved, or that it is not known whether it was.
    pub(crate) fn failed(&mut self, now: Instant) -> Report {
        let Some(saving) = self.saving.take() else {
            return Report::Nothing;
        };
        for (position, checkpoint) in saving.provided {
            // One that was provided meanwhile is newer.
            self.shards[position].provided.get_or_insert(checkpoint);
        }
        self.outdated.extend(saving.outdated);
        self.failures = self.failures.saturating_add(1);
        let interval = self.policy.bounded_interval();
        let backoff = interval.saturating_mul(1 << self.failures.min(16));
        self.next = now + backoff.min(MAX_BACKOFF.max(interval));
        match self.warned {
            Some(warned) if now < warned + WARNING_PERIOD => Report::Nothing,
            _ => {
                self.warned = Some(now);
                Report::Failing(self.failures)
            }
        }
    }
}

#[derive(Debug)]
enum Change {
    Save(Checkpoint),
    Remove,
}

impl Record {
    /// Returns what the store is to be told, and takes the checkpoint that waits.
    fn change(&mut self, observed: Observed, state: ApplicationState) -> Option<Change> {
        match observed {
            Observed::Unknown => None,
            Observed::Ended => {
                self.provided = None;
                (self.stored != Stored::Nothing).then_some(Change::Remove)
            }
            Observed::At(point) if state == ApplicationState::None => self.save(point),
            Observed::At(point) => self.provided_change(point),
        }
    }

    /// Saves this without a state, unless the store has it.
    fn save(&self, point: ResumePoint) -> Option<Change> {
        let is_new = !matches!(&self.stored, Stored::At(stored) if *stored == point);
        let checkpoint = is_new.then(|| point.into_checkpoint(self.id));
        checkpoint.flatten().map(Change::Save)
    }

    fn provided_change(&mut self, point: ResumePoint) -> Option<Change> {
        // One of a session that was lost meanwhile can't be resumed.
        let provided = self.provided.take();
        if let Some(checkpoint) = provided.filter(|it| point.is_of_session(it.session())) {
            return Some(Change::Save(checkpoint));
        }
        if let Stored::At(stored) = &self.stored
            && stored.is_of_session(point.session.as_ref())
        {
            return None;
        }
        // A session without a state is no use, but what was lost before it has to be reported.
        if point.loss.is_some() {
            let without_session = ResumePoint {
                session: None,
                ..point
            };
            return self.save(without_session);
        }
        // If it is uncertain, an attempt to save has failed, and its checkpoint is lost with its session.
        (self.stored != Stored::Nothing).then_some(Change::Remove)
    }
}

#[cfg(test)]
mod tests;
