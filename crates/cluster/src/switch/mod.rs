//! Drives a [`Switchover`]: two clusters as one stream.

mod copies;
mod custody;
mod fingerprint;
mod in_place;
mod receipts;
mod side;

pub(crate) use self::custody::release as release_copies;

use self::{
    copies::CopyHolds,
    custody::{Custody, DroppedItems, SwitchItem},
    in_place::InPlace,
    side::{Side, StreamEnd, intents, notice, total},
};
use crate::{
    Cluster, Items, clock,
    reshard::{
        IdentifyBudget, ReshardError, ReshardErrorKind, ShardSet, Switchover, SwitchoverInput,
        SwitchoverOutcome, SwitchoverOutput, SwitchoverSettings,
    },
    stream::{Merged, Origin, SetItems, SetOutput},
};
use futures_core::Stream;
use futures_util::StreamExt as _;
use gloaming_protocol::{EventTypeFlags, Intents, ShardId};
use gloaming_shard::{Acknowledgement, Delivery, Item};
use std::{
    collections::VecDeque,
    future::poll_fn,
    hash::RandomState,
    num::NonZeroU32,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};
use tokio::time::{Sleep, sleep_until};

/// The acknowledgements of second copies that wait for those of events before.
pub(crate) type AcknowledgedCopies = CopyHolds<Acknowledgement>;

/// The events from which a switch learns which guilds a shard brings.
const NEEDED: EventTypeFlags = EventTypeFlags::READY
    .union(EventTypeFlags::GUILD_CREATE)
    .union(EventTypeFlags::GUILD_DELETE);

/// A bot that switches to another number of shards while events flow.
///
/// It merges the items of a running cluster and of a new one with another number of shards, so that each event comes
/// once and in the order of its guild. When the events of all guilds come from both clusters, it closes the old one. If
/// the new one is refused, or is not ready in time, it closes that, and the old one goes on. Either is an
/// [`outcome`](Self::outcome), after which [`into_parts`](Self::into_parts) returns the cluster that remains.
///
/// Items that are not events, such as changes of connections, come from both clusters; so do READY and the answers to
/// commands. Send commands to [`cluster`](Self::cluster). [`Cluster::reshard`] does the same within one cluster. Taking the next item acknowledges the ones before, as with
/// [`Items`].
///
/// The [module `reshard`](crate::reshard) has the method, and says what it relies on.
///
/// ```no_run
/// use gloaming_cluster::{
///     Cluster, ClusterSwitch, Items, ShardScheme,
///     reshard::{SwitchoverSettings, IdentifyBudget},
/// };
/// use gloaming_protocol::Intents;
///
/// # async fn example(
/// #     token: String,
/// #     running: (Cluster, Items),
/// #     budget: IdentifyBudget,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// // With the settings of the running cluster, and its queue.
/// let (cluster, events) = Cluster::builder(token, Intents::GUILDS | Intents::GUILD_MESSAGES)
///     .shard_scheme(ShardScheme::try_from((.., 32))?)
///     .build()
///     .await?;
/// let next = (cluster, events.into_items());
/// let mut switch = ClusterSwitch::start(running, next, budget, SwitchoverSettings::default())?;
/// while switch.outcome().is_none() {
///     let Some((shard, item)) = switch.next().await else { break };
///     println!("{shard}: {item:?}");
/// }
/// println!("{:?}", switch.outcome());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "dropping it ends the shards of both clusters"]
pub struct ClusterSwitch {
    old: Side,
    new: Side,
    switchover: Switchover<SwitchItem>,
    hasher: RandomState,
    /// What the consumer gets next.
    ready: VecDeque<SwitchItem>,
    /// The item that the consumer has, if the next one acknowledges it.
    last: Option<Acknowledgement>,
    /// What the consumer does not get.
    dropped: DroppedItems,
    copies: AcknowledgedCopies,
    outcome: Option<SwitchoverOutcome>,
    /// The set that is polled first, so that none starves.
    first: ShardSet,
    timer: Option<Pin<Box<Sleep>>>,
    /// `None` if the application has built both clusters.
    in_place: Option<InPlace>,
}

impl ClusterSwitch {
    /// Starts the shards of the second cluster, which was not started before, and begins the switch to it.
    ///
    /// `budget` is what is left of Discord's daily limit, as
    /// [`GatewayInfoRequest`](gloaming_shard::GatewayInfoRequest) returns it. It is checked before the first IDENTIFY.
    ///
    /// # Errors
    ///
    /// Fails as [`validate`](Self::validate) does. Then no shard was started; as both clusters are dropped, validate before if
    /// the old one is to go on.
    pub fn start(
        old: (Cluster, Items),
        new: (Cluster, Items),
        budget: IdentifyBudget,
        settings: SwitchoverSettings,
    ) -> Result<Self, ReshardError> {
        let totals = Self::validate(&old.0, &new.0, budget)?;
        let sides = [old.1.into_set()?, new.1.into_set()?];
        Ok(Self::begin([old.0, new.0], sides, totals, settings, None))
    }

    /// Starts the new shards, and begins the switch to them.
    fn begin(
        [old, new]: [Cluster; 2],
        [old_items, new_items]: [SetItems; 2],
        totals: [NonZeroU32; 2],
        settings: SwitchoverSettings,
        in_place: Option<InPlace>,
    ) -> Self {
        let now = clock::now();
        let switch = Self {
            old: Side::new(now, old, old_items),
            new: Side::new(now, new, new_items),
            switchover: Switchover::new(now, totals, settings),
            hasher: RandomState::new(),
            ready: VecDeque::new(),
            last: None,
            dropped: DroppedItems::default(),
            copies: CopyHolds::new(),
            outcome: None,
            first: ShardSet::Old,
            timer: None,
            in_place,
        };
        for shard in switch.new.cluster.members().started() {
            shard.start();
        }
        switch
    }

    /// Checks whether a switch can begin, and returns both numbers of shards.
    ///
    /// # Errors
    ///
    /// Fails if the budget is too small for the shards of the new cluster, if a cluster does not have all shards of the bot,
    /// if the intents differ or lack `GUILDS`, or if a cluster does not deliver READY, GUILD_CREATE and GUILD_DELETE.
    pub fn validate(
        old: &Cluster,
        new: &Cluster,
        budget: IdentifyBudget,
    ) -> Result<[NonZeroU32; 2], ReshardError> {
        let totals = [total(old)?, total(new)?];
        let intents = [intents(old), intents(new)];
        if intents[0] != intents[1] {
            return Err(ReshardError::from(ReshardErrorKind::IntentsDiffer));
        }
        if !intents[0].contains(Intents::GUILDS) {
            return Err(ReshardError::from(ReshardErrorKind::GuildsIntentMissing));
        }
        let delivers = |cluster: &Cluster| cluster.config().event_types().contains(NEEDED);
        if !(delivers(old) && delivers(new)) {
            return Err(ReshardError::from(ReshardErrorKind::EventsMissing));
        }
        budget.check(totals[1].get())?;
        Ok(totals)
    }

    /// Returns the next item, or `None` once all shards have stopped.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no item.
    pub async fn next(&mut self) -> Option<(ShardId, Item)> {
        poll_fn(|cx| self.poll_next_unpin(cx)).await
    }

    /// Returns the next item, which the consumer acknowledges itself, or `None` once all shards have stopped; see
    /// [`Items::next_delivery`].
    ///
    /// The second copy of an event, which is dropped, is acknowledged once all events are that were taken before.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future loses no item.
    pub async fn next_delivery(&mut self) -> Option<(ShardId, Delivery)> {
        let (id, item, acknowledgement) = poll_fn(|cx| self.poll_held(cx)).await?;
        Some((id, Delivery::new(item, self.counted(acknowledgement))))
    }

    /// Returns how the switch has ended, or `None` before.
    #[must_use]
    pub const fn outcome(&self) -> Option<&SwitchoverOutcome> {
        self.outcome.as_ref()
    }

    /// Returns the cluster that commands are to be sent to: the old one until the end, then the one that remains.
    #[must_use]
    pub const fn cluster(&self) -> &Cluster {
        match self.remaining() {
            ShardSet::Old => &self.old.cluster,
            ShardSet::New => &self.new.cluster,
        }
    }

    /// Aborts the switch, unless it has ended. The old cluster goes on.
    pub fn abort(&mut self) {
        self.switchover
            .handle_input(clock::now(), SwitchoverInput::Abort);
        self.drain();
    }

    /// Returns the cluster that remains, and its items, once the switch [is over](Self::is_over).
    ///
    /// # Errors
    ///
    /// Returns the switch if it is not over. Go on with [`next`](Self::next).
    #[allow(clippy::result_large_err, reason = "the error is the value itself")]
    pub fn into_parts(self) -> Result<(Cluster, Items), Self> {
        if !self.is_over() {
            return Err(self);
        }
        let remaining = self.remaining();
        let cluster = self.side(remaining).cluster.clone();
        let (set, copies) = self.into_remaining();
        Ok((cluster, Items::of(set, copies)))
    }

    /// Returns the items of the set that remains, with the copies that are not acknowledged yet.
    pub(crate) fn into_remaining(mut self) -> (SetItems, Option<AcknowledgedCopies>) {
        if let Some(last) = self.last.take() {
            last.ack();
        }
        self.dropped.settle(&mut self.copies);
        if let Some(in_place) = self.in_place.take() {
            in_place.over(self.outcome);
        }
        let side = match self.remaining() {
            ShardSet::Old => self.old,
            ShardSet::New => self.new,
        };
        let copies = Some(self.copies).filter(|copies| !copies.is_empty());
        (side.items, copies)
    }

    /// Returns whether the switch has ended, the other cluster has stopped, and no more copies of events can arrive.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.outcome.is_some()
            && self.switchover.is_drained()
            && self.ready.is_empty()
            && self.side(self.remaining().other()).end == StreamEnd::Reached
    }

    const fn remaining(&self) -> ShardSet {
        match &self.outcome {
            Some(outcome) => outcome.end.remaining(),
            None => ShardSet::Old,
        }
    }

    const fn side(&self, set: ShardSet) -> &Side {
        match set {
            ShardSet::Old => &self.old,
            ShardSet::New => &self.new,
        }
    }

    const fn side_mut(&mut self, set: ShardSet) -> &mut Side {
        match set {
            ShardSet::Old => &mut self.old,
            ShardSet::New => &mut self.new,
        }
    }

    fn handle(&mut self, set: ShardSet, merged: Merged, item: Item) {
        let now = clock::now();
        let Merged { id, origin } = merged;
        let shard = id.number();
        let side = self.side_mut(set);
        let acknowledgement = match origin {
            Origin::Buffer(position) => side.items.hold(position),
            Origin::Held(acknowledgement) => acknowledgement,
            Origin::Cluster => Acknowledgement::none(),
        };
        side.receipts.handle(now, shard, &item);
        let before = side.delivered.take();
        let custody = Custody::new((set, shard), acknowledgement, &self.dropped);
        if let Some(input) = notice(set, shard, &item) {
            self.switchover.handle_input(now, input);
            self.drain();
        }
        if matches!(&item, Item::Repaired(_)) && before != Some(id) {
            // Of an event that was dropped or is held.
            return;
        }
        let summary = fingerprint::summary(&item, &self.hasher);
        let item = SwitchItem { id, item, custody };
        let Some(summary) = summary else {
            return self.ready.push_back(item);
        };
        let input = SwitchoverInput::Event {
            set,
            shard,
            scope: summary.scope,
            role: summary.role,
            fingerprint: summary.fingerprint,
            item,
        };
        self.switchover.handle_input(now, input);
        self.drain();
        let was_delivered = self.ready.back().is_some_and(|last| last.id == id);
        self.side_mut(set).delivered = was_delivered.then_some(id);
    }

    /// Takes the outputs of the switchover, and closes a cluster at the end.
    fn drain(&mut self) {
        while let Some(output) = self.switchover.poll_output() {
            match output {
                SwitchoverOutput::Deliver(item) => self.ready.push_back(item),
                SwitchoverOutput::Finished(outcome) => {
                    tracing::info!(?outcome, "the switch to another number of shards has ended");
                    self.outcome = Some(outcome);
                    if let Some(in_place) = &self.in_place {
                        in_place.finish(outcome.end);
                    }
                    self.side(outcome.end.remaining().other()).cluster.down();
                }
            }
        }
    }

    /// Takes notice of the time, if a timeout is due.
    fn poll_timer(&mut self, cx: &mut Context<'_>) {
        while let Some(deadline) = self.switchover.poll_timeout() {
            let now = clock::now();
            if deadline <= now {
                self.timer = None;
                self.receive();
                self.switchover.handle_timeout(now);
                self.drain();
                continue;
            }
            let timer = self
                .timer
                .get_or_insert_with(|| Box::pin(sleep_until(deadline.into())));
            if timer.as_mut().poll(cx).is_pending() {
                return;
            }
            self.timer = None;
        }
    }

    fn receive(&mut self) {
        let now = clock::now();
        for set in [ShardSet::Old, ShardSet::New] {
            let side = self.side_mut(set);
            for (shard, until) in side.receipts.poll(&side.cluster) {
                let input = SwitchoverInput::Received { set, shard, until };
                self.switchover.handle_input(now, input);
            }
        }
        self.drain();
    }

    fn stream_ended(&mut self, now: Instant, set: ShardSet) {
        let side = self.side_mut(set);
        side.end = StreamEnd::Reached;
        let shards: Vec<u32> = side.cluster.shards().map(|it| it.id().number()).collect();
        for shard in shards {
            let input = SwitchoverInput::Stopped { set, shard };
            self.switchover.handle_input(now, input);
        }
        self.drain();
    }

    /// Counts an item until the consumer has acknowledged it.
    pub(crate) fn counted(&mut self, acknowledgement: Acknowledgement) -> Acknowledgement {
        acknowledgement.counted_by(&self.copies.counter())
    }

    /// Lets the next item acknowledge this one.
    pub(crate) fn acknowledge_with_next(&mut self, acknowledgement: Acknowledgement) {
        self.last = Some(acknowledgement);
    }

    /// Returns the next item with the duty to acknowledge it.
    pub(crate) fn poll_held(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<(ShardId, Item, Acknowledgement)>> {
        if let Some(last) = self.last.take() {
            last.ack();
        }
        loop {
            self.poll_timer(cx);
            if let Some(SwitchItem { id, item, custody }) = self.ready.pop_front() {
                return Poll::Ready(Some((id, item, custody.release())));
            }
            // The consumer has got everything before.
            self.dropped.settle(&mut self.copies);
            let mut pending = false;
            let (mut taken, mut item) = (None, None);
            for set in [self.first, self.first.other()] {
                let side = self.side_mut(set);
                if side.end == StreamEnd::Reached {
                    continue;
                }
                match side.items.poll(cx, &mut item) {
                    Poll::Ready(output) => {
                        taken = Some((set, output));
                        break;
                    }
                    Poll::Pending => pending = true,
                }
            }
            match taken {
                Some((set, SetOutput::Item(merged))) => {
                    self.first = set.other();
                    if let Some(item) = item {
                        self.handle(set, merged, item);
                    }
                }
                Some((set, SetOutput::End)) => self.stream_ended(clock::now(), set),
                Some((_, SetOutput::AbortReshard)) => self.abort(),
                Some((_, SetOutput::Reshard(request))) => {
                    request.refuse(ReshardErrorKind::InProgress);
                }
                None if pending => return Poll::Pending,
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Stream for ClusterSwitch {
    type Item = (ShardId, Item);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_held(cx).map(|held| {
            let (id, item, acknowledgement) = held?;
            self.acknowledge_with_next(acknowledgement);
            Some((id, item))
        })
    }
}
