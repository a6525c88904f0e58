//! The switch from one set of shards to another.

mod end;

use super::{
    AbortReason, EventRole, EventScope, GuildOwner, Receipt, ShardSet, Sides, SwitchoverInput,
    SwitchoverOutcome, SwitchoverOutput, SwitchoverSettings,
    stream_merge::{Context, Counts, JoinOutcome, Stage, StreamMerge},
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    num::NonZeroU32,
    time::{Duration, Instant},
};

/// How often expired fingerprints are removed, and the end is checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Decides which events of two sets of shards the consumer gets while a bot switches to another number of shards.
///
/// The contract: feed one input to [`handle_input`](Self::handle_input), or a time to
/// [`handle_timeout`](Self::handle_timeout) when [`poll_timeout`](Self::poll_timeout) says so, then drain
/// [`poll_output`](Self::poll_output) until it returns `None`. Items that are not events of the gateway, such as changes of
/// a connection, need not pass through it.
///
/// The [module](crate::reshard) explains the method and says what it relies on.
///
/// ```
/// use gloaming_cluster::reshard::{
///     EventRole, EventScope, Switchover, SwitchoverInput, SwitchoverOutput, SwitchoverSettings, ShardSet,
/// };
/// use std::{num::NonZeroU32, time::Instant};
///
/// # fn example(now: Instant) {
/// let totals = [4, 7].map(|total| NonZeroU32::new(total).unwrap());
/// let mut switchover = Switchover::new(now, totals, SwitchoverSettings::default());
/// let scope = EventScope::Guild(81_384_788_765_712_384);
/// switchover.handle_input(
///     now,
///     SwitchoverInput::Event {
///         set: ShardSet::Old,
///         shard: scope.shard(4),
///         scope,
///         role: EventRole::Shared,
///         fingerprint: 0x5eed,
///         item: "hello",
///     },
/// );
/// while let Some(output) = switchover.poll_output() {
///     match output {
///         SwitchoverOutput::Deliver(text) => println!("{text}"),
///         SwitchoverOutput::Finished(outcome) => println!("{:?} remains", outcome.end.remaining()),
///         _ => {}
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Switchover<T> {
    settings: SwitchoverSettings,
    started: Instant,
    totals: Sides<NonZeroU32>,
    shards: Sides<Vec<ShardProgress>>,
    streams: BTreeMap<EventScope, Stream<T>>,
    counts: Counts,
    delivered: VecDeque<T>,
    phase: Phase,
    next_check: Instant,
    /// `None` once it was returned, and until the end.
    outcome: Option<SwitchoverOutcome>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Running {
        /// When the switch is aborted unless there is progress.
        deadline: Instant,
        /// The most shards that were ready and guilds that were merged.
        progress: usize,
        /// Since when nothing is missing.
        complete_since: Option<Instant>,
    },
    Finished {
        remaining: ShardSet,
    },
}

#[derive(Clone, Copy, Debug)]
struct ShardProgress {
    receipt: Receipt,
    session: SessionProgress,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SessionProgress {
    /// There was no READY since the switch began. A shard of the old set has been ready before.
    Unknown,
    Lost,
    Ready,
    /// Since then, guilds that have not arrived are not awaited.
    GuildsArrived {
        at: Instant,
    },
}

#[derive(Debug)]
struct Stream<T> {
    merge: StreamMerge<T>,
    listing: Listing,
}

/// Whether the new set has to bring a stream before the old one ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Listing {
    /// READY of the new set lists the guild, or it is no guild.
    Required,
    /// No shard of the new set has listed it, or the bot has left it.
    Unlisted,
}

impl<T> Switchover<T> {
    /// Begins a switch from the first number of shards to the second. No shard of the new set has connected before `now`.
    #[must_use]
    pub fn new(now: Instant, totals: [NonZeroU32; 2], settings: SwitchoverSettings) -> Self {
        let [old, new] = totals;
        let shards = |total: NonZeroU32| {
            let progress = ShardProgress {
                receipt: Receipt::Until(now),
                session: SessionProgress::Unknown,
            };
            vec![progress; usize::try_from(total.get()).unwrap_or(usize::MAX)]
        };
        let direct = Stream {
            merge: StreamMerge::new(ShardSet::Old),
            listing: Listing::Required,
        };
        Self {
            settings,
            started: now,
            totals: Sides { old, new },
            shards: Sides {
                old: shards(old),
                new: shards(new),
            },
            streams: BTreeMap::from([(EventScope::Direct, direct)]),
            counts: Counts::default(),
            delivered: VecDeque::new(),
            phase: Phase::Running {
                deadline: now + settings.bounded_patience(),
                progress: 0,
                complete_since: None,
            },
            next_check: now + CHECK_INTERVAL,
            outcome: None,
        }
    }

    /// Takes notice of what happened.
    pub fn handle_input(&mut self, now: Instant, input: SwitchoverInput<T>) {
        match input {
            SwitchoverInput::Event {
                set,
                shard,
                scope,
                role,
                fingerprint,
                item,
            } => self.event(now, (set, shard), (scope, role), fingerprint, item),
            SwitchoverInput::Disconnected { set, .. } => {
                if let Phase::Running { complete_since, .. } = &mut self.phase
                    && set == ShardSet::New
                {
                    *complete_since = None;
                }
            }
            SwitchoverInput::SessionLost { set, shard } => {
                if let Some(progress) = self.shard_mut(set, shard) {
                    progress.session = SessionProgress::Lost;
                    self.session_lost(now, set, shard);
                }
            }
            SwitchoverInput::Ready { set, shard, guilds } => {
                if let Some(progress) = self.shard_mut(set, shard) {
                    progress.session = SessionProgress::Ready;
                    self.session_lost(now, set, shard);
                    self.session_started(now, set, shard, guilds);
                }
            }
            SwitchoverInput::GuildsArrived { set, shard } => {
                if let Some(progress) = self.shard_mut(set, shard)
                    && progress.session == SessionProgress::Ready
                {
                    progress.session = SessionProgress::GuildsArrived { at: now };
                }
            }
            SwitchoverInput::Received { set, shard, until } => {
                if let Some(progress) = self.shard_mut(set, shard) {
                    progress.receipt.advance(until);
                }
            }
            SwitchoverInput::Stopped { set, shard } => {
                if let Some(progress) = self.shard_mut(set, shard) {
                    progress.receipt = Receipt::Complete;
                    match set {
                        ShardSet::Old => self.session_lost(now, set, shard),
                        ShardSet::New => self.abort(now, AbortReason::ShardStopped { shard }),
                    }
                }
            }
            SwitchoverInput::Abort => self.abort(now, AbortReason::Requested),
        }
        self.keep_limits(now);
    }

    /// Takes notice of the time.
    pub fn handle_timeout(&mut self, now: Instant) {
        if now < self.next_check {
            return;
        }
        self.next_check = now + CHECK_INTERVAL;
        match self.phase {
            Phase::Running { .. } => self.check(now),
            Phase::Finished { .. } => self.drain(now),
        }
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout), or `None` if there is nothing to wait for.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        (!self.is_drained()).then_some(self.next_check)
    }

    /// Returns what is to be done, or `None` if that was all.
    pub fn poll_output(&mut self) -> Option<SwitchoverOutput<T>> {
        if let Some(item) = self.delivered.pop_front() {
            return Some(SwitchoverOutput::Deliver(item));
        }
        self.outcome.take().map(SwitchoverOutput::Finished)
    }

    /// Returns which set brings the events of a guild.
    #[must_use]
    pub fn owner(&self, guild: u64) -> GuildOwner {
        if let Phase::Finished { remaining } = self.phase {
            return GuildOwner::Set(remaining);
        }
        let stream = self.streams.get(&EventScope::Guild(guild));
        match stream.map(|stream| stream.merge.stage()) {
            None => GuildOwner::Set(ShardSet::Old),
            Some(Stage::Merged) => GuildOwner::Both,
            Some(
                Stage::Single { owner }
                | Stage::Joining { owner, .. }
                | Stage::CatchingUp { owner },
            ) => GuildOwner::Set(owner),
        }
    }

    /// Returns the number of fingerprints and guilds that are kept.
    #[must_use]
    pub fn tracked(&self) -> usize {
        self.counts.tracked + self.streams.len()
    }

    /// Returns the number of events that are held.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.counts.held
    }

    /// Returns whether the switch is over and no copy of a delivered event can arrive any more. From then on, every event
    /// of the set that remains can be delivered without this value.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        matches!(self.phase, Phase::Finished { .. }) && self.streams.is_empty()
    }

    fn event(
        &mut self,
        now: Instant,
        (set, shard): (ShardSet, u32),
        (scope, role): (EventScope, EventRole),
        fingerprint: u64,
        item: T,
    ) {
        if role == EventRole::OfSession {
            return self.delivered.push_back(item);
        }
        let leading = match self.phase {
            Phase::Running { .. } => ShardSet::Old,
            Phase::Finished { remaining } => remaining,
        };
        if scope.shard(self.totals[set].get()) != shard {
            // What comes from another shard than it should has no counterpart.
            if set == leading {
                self.delivered.push_back(item);
            }
            return;
        }
        if let Phase::Finished { remaining } = self.phase {
            if set == remaining && !self.is_copy(now, set, scope, fingerprint) {
                self.delivered.push_back(item);
            }
            return;
        }
        let (stream, mut cx) = self.stream(now, scope);
        if role == EventRole::GuildRemoved {
            stream.listing = Listing::Unlisted;
        }
        if role == EventRole::GuildCreate && stream.merge.join(&mut cx, set) == JoinOutcome::Joined
        {
            // The other set has brought the guild before.
            return;
        }
        stream.merge.event(&mut cx, set, fingerprint, item);
    }

    fn is_copy(
        &mut self,
        now: Instant,
        set: ShardSet,
        scope: EventScope,
        fingerprint: u64,
    ) -> bool {
        if !self.streams.contains_key(&scope) {
            return false;
        }
        let (stream, mut cx) = self.stream(now, scope);
        stream.merge.is_copy(&mut cx, set, fingerprint)
    }

    /// The shard lost its session. Its streams begin anew with the next one.
    fn session_lost(&mut self, now: Instant, set: ShardSet, shard: u32) {
        let total = self.totals[set].get();
        let phase = self.phase;
        self.each_stream(now, |scope, stream, cx| {
            if scope.shard(total) == shard {
                match phase {
                    Phase::Running { .. } => stream.merge.lose_session(cx, set),
                    // If it is not the remaining set, there is nothing to forget.
                    Phase::Finished { .. } => stream.merge.forget_copies(cx, set),
                }
            }
        });
    }

    fn session_started(&mut self, now: Instant, set: ShardSet, shard: u32, guilds: Vec<u64>) {
        if matches!(self.phase, Phase::Finished { .. }) {
            return;
        }
        if shard == EventScope::Direct.shard(self.totals[set].get()) {
            let (stream, mut cx) = self.stream(now, EventScope::Direct);
            stream.merge.join(&mut cx, set);
        }
        if set == ShardSet::Old {
            for id in guilds {
                if self.tracked() > self.settings.max_tracked {
                    return;
                }
                // So that it is known whether the guild has arrived again.
                let (stream, mut cx) = self.stream(now, EventScope::Guild(id));
                stream.merge.lose_session(&mut cx, set);
            }
            return;
        }
        let total = self.totals.new.get();
        let listed: BTreeSet<u64> = guilds.into_iter().collect();
        for (scope, stream) in &mut self.streams {
            if let EventScope::Guild(id) = scope
                && scope.shard(total) == shard
                && !listed.contains(id)
            {
                stream.listing = Listing::Unlisted;
            }
        }
        for id in listed {
            if self.tracked() > self.settings.max_tracked {
                return;
            }
            let (stream, _) = self.stream(now, EventScope::Guild(id));
            stream.listing = Listing::Required;
        }
    }

    fn stream(&mut self, now: Instant, scope: EventScope) -> (&mut Stream<T>, Context<'_, T>) {
        let receipt = receipts(&self.shards, &self.totals, scope);
        let old = index(scope.shard(self.totals.old.get()));
        let old = self.shards.old.get(old).map(|shard| shard.session);
        let stream = self.streams.entry(scope).or_insert_with(|| Stream {
            merge: match old {
                Some(SessionProgress::Lost) => StreamMerge::without_session(ShardSet::Old),
                _ => StreamMerge::new(ShardSet::Old),
            },
            listing: Listing::Unlisted,
        });
        let cx = Context {
            now,
            window: self.settings.bounded_window(),
            epoch: self.started,
            receipt,
            delivered: &mut self.delivered,
            counts: &mut self.counts,
        };
        (stream, cx)
    }

    fn each_stream(
        &mut self,
        now: Instant,
        mut each: impl FnMut(EventScope, &mut Stream<T>, &mut Context<'_, T>),
    ) {
        let mut cx = Context {
            now,
            window: self.settings.bounded_window(),
            epoch: self.started,
            receipt: Sides {
                old: Receipt::Complete,
                new: Receipt::Complete,
            },
            delivered: &mut self.delivered,
            counts: &mut self.counts,
        };
        for (scope, stream) in &mut self.streams {
            cx.receipt = receipts(&self.shards, &self.totals, *scope);
            each(*scope, stream, &mut cx);
        }
    }

    fn shard_mut(&mut self, set: ShardSet, shard: u32) -> Option<&mut ShardProgress> {
        self.shards[set].get_mut(index(shard))
    }
}

fn receipts(
    shards: &Sides<Vec<ShardProgress>>,
    totals: &Sides<NonZeroU32>,
    scope: EventScope,
) -> Sides<Receipt> {
    let of = |set: ShardSet| {
        let shard = index(scope.shard(totals[set].get()));
        shards[set]
            .get(shard)
            .map_or(Receipt::Complete, |shard| shard.receipt)
    };
    Sides {
        old: of(ShardSet::Old),
        new: of(ShardSet::New),
    }
}

fn index(shard: u32) -> usize {
    usize::try_from(shard).unwrap_or(usize::MAX)
}
