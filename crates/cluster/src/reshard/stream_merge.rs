//! Two copies of one stream of events, of which the consumer gets each event once.

mod sessions;
mod unmatched;

use self::unmatched::{Cut, Fate, Unmatched};
use super::{Receipt, ShardSet, Sides};
use std::{
    collections::VecDeque,
    ops::RangeBounds,
    time::{Duration, Instant},
};

/// The merge of the two copies of the events of a guild, or of the events without a guild.
///
/// ```text
///                 cut of the other set        no doubt is left         nothing is left to the owner
///  Single{owner} ─────────────────────► Joining ──────────────► CatchingUp ──────────────────────► Merged
///        ▲                                 │                         │                               │
///        └─────────────────────────────────┴─────────────────────────┴───────────────────────────────┘
///                 one set lost its session: the other owns the stream
/// ```
///
/// | stage | events of the owner | events of the other set |
/// |---|---|---|
/// | `Single` | delivered | dropped |
/// | `Joining` | delivered | dropped, and their fingerprints kept |
/// | `CatchingUp` | delivered | held, unless the owner had delivered them |
/// | `Merged` | of two copies the first is delivered | the same |
#[derive(Debug)]
pub(super) struct StreamMerge<T> {
    stage: Stage,
    owner_session: OwnerSession,
    /// The events that one set has brought and the other has not, by set, oldest first.
    unmatched: Sides<VecDeque<Unmatched<T>>>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    /// The events of one set are all there is.
    Single { owner: ShardSet },
    /// The other set has begun to bring the events. Which of the events came after both cuts is not certain yet.
    Joining {
        owner: ShardSet,
        /// When the events of the later cut began.
        joined: Instant,
    },
    /// Both bring the same events. The owner has not delivered everything that the other brought before this stage.
    CatchingUp { owner: ShardSet },
    /// Both bring the same events.
    Merged,
}

/// The session in which the owner brings the events.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum OwnerSession {
    /// The other set's cut is later than that of this session.
    Established,
    /// It was lost. The next one has not begun to bring the events.
    Lost,
    /// It is the next one after that, and began to bring the events at this time. Its cut may be later than that of the other
    /// set.
    Renewed { at: Instant },
}

/// Whether the beginning of a set's events was taken for the cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum JoinOutcome {
    Joined,
    /// The set had begun before, so that it is an event as any other.
    Ordinary,
}

/// What a step of a merge needs to know, and where its outputs go.
#[derive(Debug)]
pub(super) struct Context<'a, T> {
    pub(super) now: Instant,
    /// The copies of an event are sent at most this much apart.
    pub(super) window: Duration,
    /// The fingerprints of events before this time are unknown.
    pub(super) epoch: Instant,
    /// How far the shards of this stream are.
    pub(super) receipt: Sides<Receipt>,
    pub(super) delivered: &'a mut VecDeque<T>,
    pub(super) counts: &'a mut Counts,
}

/// Over all streams.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Fingerprints that are kept now.
    pub(super) tracked: usize,
    /// Events that are held now.
    pub(super) held: usize,
    /// Events of which the second copy was dropped.
    pub(super) matched: u64,
    /// Events of which the second copy did not arrive within the window, although it was expected.
    pub(super) unmatched: u64,
    /// Streams in which events may be lost.
    pub(super) possible_gaps: u64,
}

impl<T> Context<'_, T> {
    /// Returns whether everything that was sent to the set until `time` and the window after it was received.
    pub(super) fn is_past(&self, set: ShardSet, time: Instant) -> bool {
        self.receipt[set].includes(time + self.window)
    }
}

impl<T> StreamMerge<T> {
    pub(super) fn new(owner: ShardSet) -> Self {
        Self {
            stage: Stage::Single { owner },
            owner_session: OwnerSession::Established,
            unmatched: Sides::default(),
        }
    }

    const fn owner(&self) -> ShardSet {
        match self.stage {
            Stage::Single { owner }
            | Stage::Joining { owner, .. }
            | Stage::CatchingUp { owner } => owner,
            Stage::Merged => ShardSet::New,
        }
    }

    /// The owner has lost its session.
    pub(super) fn without_session(owner: ShardSet) -> Self {
        Self {
            owner_session: OwnerSession::Lost,
            ..Self::new(owner)
        }
    }

    pub(super) const fn stage(&self) -> Stage {
        self.stage
    }

    /// Returns whether the fingerprints of no events are kept.
    pub(super) fn is_idle(&self) -> bool {
        ShardSet::BOTH
            .iter()
            .all(|set| self.unmatched[*set].is_empty())
    }

    /// Returns whether nothing is known of it that a new merge would not know.
    pub(super) fn is_as_new(&self, set: ShardSet) -> bool {
        let is_single = matches!(self.stage, Stage::Single { owner } if owner == set);
        is_single && self.owner_session == OwnerSession::Established && self.is_idle()
    }

    /// Returns whether the owner has lost its session, and the set that joins has brought nothing of late.
    pub(super) fn is_abandoned(&self) -> bool {
        self.owner_session == OwnerSession::Lost && self.is_idle()
    }

    /// Returns whether the set has brought nothing of late that the other has not.
    pub(super) fn is_quiet(&self, set: ShardSet) -> bool {
        self.unmatched[set].is_empty()
    }

    /// Takes an event of one of the sets.
    pub(super) fn event(
        &mut self,
        cx: &mut Context<'_, T>,
        set: ShardSet,
        fingerprint: u64,
        item: T,
    ) {
        self.advance(cx);
        match self.stage {
            Stage::Single { owner }
            | Stage::Joining { owner, .. }
            | Stage::CatchingUp { owner }
                if owner == set =>
            {
                self.event_of_owner(cx, set, fingerprint, item);
            }
            // It came before the cut.
            Stage::Single { .. } => {}
            Stage::Joining { joined, .. } => {
                self.event_while_joining(cx, (set, joined), fingerprint);
            }
            Stage::CatchingUp { .. } => match self.matching_delivery(set, fingerprint) {
                Some(position) => self.remove(cx, set.other(), position),
                None => self.push(cx, set, fingerprint, Fate::Held(item)),
            },
            Stage::Merged => match self.matching_delivery(set, fingerprint) {
                Some(position) => self.remove(cx, set.other(), position),
                None => {
                    cx.delivered.push_back(item);
                    self.push(cx, set, fingerprint, Fate::Delivered(Cut::After));
                }
            },
        }
        self.advance(cx);
    }

    fn event_of_owner(
        &mut self,
        cx: &mut Context<'_, T>,
        owner: ShardSet,
        fingerprint: u64,
        item: T,
    ) {
        let cut = match self.stage {
            Stage::Joining { joined, .. } if cx.is_past(owner, joined) => Cut::After,
            Stage::Single { .. } | Stage::Joining { .. } => Cut::Doubtful,
            Stage::CatchingUp { .. } | Stage::Merged => Cut::After,
        };
        if let Some(position) = self.matching_event(owner, fingerprint) {
            if !self.unmatched[owner.other()][position].fate.is_delivered() {
                cx.delivered.push_back(item);
            }
            return self.matched(cx, owner, position, cut);
        }
        let cut = self.resolve_doubtful_match(cx, owner, fingerprint, cut);
        cx.delivered.push_back(item);
        self.push(cx, owner, fingerprint, Fate::Delivered(cut));
    }

    fn event_while_joining(
        &mut self,
        cx: &mut Context<'_, T>,
        (set, joined): (ShardSet, Instant),
        fingerprint: u64,
    ) {
        let cut = match self.owner_session {
            OwnerSession::Renewed { .. } if cx.is_past(set, joined) => Cut::After,
            OwnerSession::Lost | OwnerSession::Renewed { .. } => Cut::Doubtful,
            OwnerSession::Established => Cut::After,
        };
        if let Some(position) = self.matching_delivery(set, fingerprint) {
            return self.matched(cx, set, position, cut);
        }
        let cut = self.resolve_doubtful_match(cx, set, fingerprint, cut);
        self.push(cx, set, fingerprint, Fate::Awaited(cut));
    }

    /// The set has brought the second copy of an event. If one of the copies is doubtful, they may be of two events, and the
    /// other copy of one of them is still to come. It stays without a match then, so that the doubt is passed on to it.
    fn matched(&mut self, cx: &mut Context<'_, T>, set: ShardSet, position: usize, cut: Cut) {
        let other = set.other();
        // What a session before the cut delivered is followed by its copy.
        let is_owner = set == self.owner();
        let first = &mut self.unmatched[other][position];
        let fingerprint = first.fingerprint;
        let is_first_doubtful = first.fate.is_doubtful();
        if cut == Cut::Doubtful && !(is_owner && first.fate.is_delivered()) {
            first.fate = Fate::DoubtfulMatch;
            cx.counts.matched += 1;
        } else if let Some(earlier) = self.doubtful_match(other, fingerprint, ..position) {
            // After a wrong match, those that follow are shifted.
            self.unmatched[other][position].fate = Fate::DoubtfulMatch;
            self.remove(cx, other, earlier);
        } else {
            self.remove(cx, other, position);
        }
        if is_first_doubtful {
            let has_later = self.unmatched[other]
                .iter_mut()
                .filter(|later| later.fingerprint == fingerprint)
                .any(|later| later.fate.doubt());
            if !has_later {
                self.push(cx, set, fingerprint, Fate::DoubtfulMatch);
            }
        }
    }

    /// Returns whether a copy of an event that has no match will come. After a doubtful match, that is doubtful.
    fn resolve_doubtful_match(
        &mut self,
        cx: &mut Context<'_, T>,
        set: ShardSet,
        fingerprint: u64,
        cut: Cut,
    ) -> Cut {
        // An event that is doubtful anyway does not take over the doubt, of which there would be one less then.
        if cut == Cut::After
            && let Some(position) = self.doubtful_match(set.other(), fingerprint, ..)
        {
            self.discard(cx, set.other(), position);
            return Cut::Doubtful;
        }
        cut
    }

    /// Some time has passed, or more was received.
    pub(super) fn receive(&mut self, cx: &mut Context<'_, T>) {
        self.expire(cx);
        self.advance(cx);
    }

    /// From now on, all events come from one set.
    pub(super) fn finish(&mut self, cx: &mut Context<'_, T>, set: ShardSet) {
        match self.stage {
            Stage::Single { owner } | Stage::Joining { owner, .. } if owner != set => {
                cx.counts.possible_gaps += u64::from(!self.is_idle());
            }
            Stage::CatchingUp { owner } if owner != set => {
                cx.counts.possible_gaps += 1;
                self.release(cx);
            }
            _ => {}
        }
        self.leave_to(cx, set);
        // No copies of its events are to be dropped.
        cx.counts.tracked -= self.unmatched[set].len();
        self.unmatched[set].clear();
    }

    /// Takes an event after the [end](Self::finish). Returns whether it is a copy of an event that was delivered.
    pub(super) fn is_copy(
        &mut self,
        cx: &mut Context<'_, T>,
        set: ShardSet,
        fingerprint: u64,
    ) -> bool {
        let position = self.matching_delivery(set, fingerprint);
        if let Some(position) = position {
            self.remove(cx, set.other(), position);
        }
        position.is_some()
    }

    /// Forgets fingerprints whose copies can't arrive any more.
    pub(super) fn expire(&mut self, cx: &mut Context<'_, T>) {
        for set in ShardSet::BOTH {
            while let Some(oldest) = self.unmatched[set].front()
                && cx.is_past(set.other(), oldest.at)
                && !matches!(oldest.fate, Fate::Held(_))
            {
                let was_expected = matches!(
                    oldest.fate,
                    Fate::Awaited(Cut::After) | Fate::Delivered(Cut::After)
                );
                cx.counts.unmatched += u64::from(was_expected);
                self.discard(cx, set, 0);
            }
        }
    }

    fn advance(&mut self, cx: &mut Context<'_, T>) {
        if let Stage::Joining { owner, joined } = self.stage
            && self.owner_session != OwnerSession::Lost
            && cx.is_past(owner, joined)
            && (self.owner_session == OwnerSession::Established
                || cx.is_past(owner.other(), joined))
            && !self.has_doubt()
        {
            self.stage = Stage::CatchingUp { owner };
        }
        if let Stage::CatchingUp { owner } = self.stage
            && !self.unmatched[owner.other()]
                .iter()
                .any(|event| matches!(event.fate, Fate::Awaited(_)))
        {
            self.release(cx);
            self.stage = Stage::Merged;
        }
    }

    fn has_doubt(&self) -> bool {
        ShardSet::BOTH.iter().any(|set| {
            self.unmatched[*set]
                .iter()
                .any(|event| event.fate.is_doubtful())
        })
    }

    /// Delivers the held events.
    fn release(&mut self, cx: &mut Context<'_, T>) {
        for set in ShardSet::BOTH {
            for event in &mut self.unmatched[set] {
                if matches!(event.fate, Fate::Held(_)) {
                    let fate = std::mem::replace(&mut event.fate, Fate::Delivered(Cut::After));
                    if let Fate::Held(item) = fate {
                        cx.counts.held -= 1;
                        cx.delivered.push_back(item);
                    }
                }
            }
        }
    }

    /// Returns the oldest event of this content that the other set has delivered and this one has not brought.
    fn matching_delivery(&self, set: ShardSet, fingerprint: u64) -> Option<usize> {
        self.unmatched[set.other()].iter().position(|event| {
            event.fingerprint == fingerprint && matches!(event.fate, Fate::Delivered(_))
        })
    }

    /// Returns the oldest event of this content that the other set has brought and this one has not.
    fn matching_event(&self, set: ShardSet, fingerprint: u64) -> Option<usize> {
        self.unmatched[set.other()].iter().position(|event| {
            event.fingerprint == fingerprint && !matches!(event.fate, Fate::DoubtfulMatch)
        })
    }

    /// Returns the oldest doubtful match of this content, within the first events of a set.
    fn doubtful_match(
        &self,
        set: ShardSet,
        fingerprint: u64,
        within: impl RangeBounds<usize>,
    ) -> Option<usize> {
        self.unmatched[set].range(within).position(|event| {
            event.fingerprint == fingerprint && matches!(event.fate, Fate::DoubtfulMatch)
        })
    }

    fn push(&mut self, cx: &mut Context<'_, T>, set: ShardSet, fingerprint: u64, fate: Fate<T>) {
        cx.counts.tracked += 1;
        cx.counts.held += usize::from(matches!(fate, Fate::Held(_)));
        self.unmatched[set].push_back(Unmatched {
            fingerprint,
            at: cx.now,
            fate,
        });
    }

    /// Removes an event of which both copies have arrived.
    fn remove(&mut self, cx: &mut Context<'_, T>, set: ShardSet, position: usize) {
        cx.counts.matched += 1;
        self.discard(cx, set, position);
    }

    fn discard(&mut self, cx: &mut Context<'_, T>, set: ShardSet, position: usize) {
        if let Some(event) = self.unmatched[set].remove(position) {
            cx.counts.tracked -= 1;
            cx.counts.held -= usize::from(matches!(event.fate, Fate::Held(_)));
        }
    }
}
